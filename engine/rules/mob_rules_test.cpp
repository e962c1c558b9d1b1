#include <optional>
#include <string_view>

#include <gtest/gtest.h>

#include "engine/model/network_file.h"
#include "engine/rules/judge.h"
#include "engine/rules/rule_book.h"

namespace mipvet::rules {
namespace {

using model::Verdict;
using observer::Bindings;
using observer::Duration;
using observer::Place;
using observer::ReverseTunnelled;
using observer::Stay;
using observer::StayReviewed;
using observer::Time;
using observer::TrafficSent;
using Moment = StayReviewed::Moment;

constexpr Time kBegin{std::chrono::seconds(1000)};

Time at(double seconds) {
  return kBegin + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}
observer::Seen seen(double seconds) {
  return {1 + static_cast<std::uint64_t>(seconds * 1000), at(seconds)};
}

model::Network mobike_network() {
  return model::load_network(std::string(MIPVET_SOURCE_DIR) + "/scenarios/networks/mobike.json");
}

/// Facts made by hand, told to the rules.
class MobRules : public ::testing::Test {
 protected:
  explicit MobRules(model::Network network = mobike_network())
      : network_(std::move(network)),
        book_(all_rules()),
        judge_(network_, book_),
        mn_(network_.find_node("mn")) {
    sa_.state = observer::IkeSa::State::established;
    sa_.established = at(-100);
    sa_.keys_known = true;
    sa_.inner_address = {0x0A140001};
    sa_.sides[observer::kClient].node = mn_;
    sa_.sides[observer::kGateway].node = network_.find_node("gw");
  }

  /// A stay on a link, with a lease at once.
  Stay stay_on(std::string_view link, std::uint64_t number = 2) const {
    Stay result;
    result.number = number;
    result.link = *network_.find_link(link);
    result.side = network_.link(result.link).side;
    result.began = result.dhcp = seen(0);
    result.lease = seen(0.1);
    result.address = {0xC6336440};
    return result;
  }
  /// The same with an IKE SA, from another address.
  Stay moved_to(std::string_view link) const {
    Stay result = stay_on(link);
    result.had_ike_sa = result.had_mobike = result.had_child_sa = true;
    result.inner_address = result.old_inner_address = sa_.inner_address;
    return result;
  }
  static void probe(Stay& stay, double seconds) {
    if (stay.probes == 0) stay.clear_request = seen(seconds);
    stay.probe[stay.probes++] = seen(seconds);
  }

  void register_with(wire::Ipv4Address care_of) {
    observer::Binding binding;
    binding.expires = at(100);
    binding.care_of_address = care_of;
    registered_.add(binding, false);
  }

  void review(const Stay& stay, Moment moment, double seconds) {
    Place place;
    place.frame = 7;
    place.link = stay.link;
    place.time = at(seconds);
    judge_.on(StayReviewed{
        {network_, mn_, {}, mn_}, moment, stay, &previous_, at(seconds), &sa_, registered_, place});
  }
  /// Data of the home address.
  void data(const Stay& stay, double seconds, bool in_esp) {
    Place place;
    place.frame = 8;
    place.link = stay.link;
    place.time = at(seconds);
    place.source = network_.node(mn_).home_address->address;
    judge_.on(TrafficSent{{network_, mn_, {}, mn_},
                          place,
                          packet_,
                          {},
                          &stay,
                          in_esp,
                          0,
                          true,
                          false,
                          false,
                          {},
                          {},
                          in_esp ? sa_.inner_address : stay.address,
                          *network_.resolve("ha.inside"),
                          &sa_,
                          registered_});
  }

  std::optional<Verdict> verdict(std::string_view id, observer::Duration jitter = {}) const {
    for (const model::Finding& finding : judge_.findings(jitter))
      if (finding.requirement->id == id) return finding.verdict;
    return std::nullopt;
  }

  model::Network network_;
  RuleBook book_;
  Judge judge_;
  model::NodeId mn_;
  observer::IkeSa sa_;
  Bindings registered_;
  Stay previous_;
  wire::Packet packet_;
};

TEST_F(MobRules, DataInClearOutsideBreakTheRule) {
  data(stay_on("hotspot"), 5, false);
  EXPECT_EQ(verdict("MOB-3.1.2-01"), Verdict::fail);
  EXPECT_EQ(verdict("MOB-3.4-12"), Verdict::warn);
}

TEST_F(MobRules, WhatALateMachineMayHaveDoneIsInconclusive) {
  Stay waits = stay_on("hotspot");
  waits.had_ike_sa = false;
  probe(waits, 0.2);
  waits.dhcp = seen(0.0);
  waits.solicitation = seen(1.5);
  waits.clear_request = seen(0.2);
  review(waits, Moment::never, 60);
  data(waits, 5, false);
  ASSERT_EQ(verdict("MOB-3.2-04"), Verdict::warn);
  EXPECT_EQ(verdict("MOB-3.2-04", std::chrono::milliseconds(100)), Verdict::warn);
  EXPECT_EQ(verdict("MOB-3.2-04", std::chrono::milliseconds(400)), Verdict::inconclusive);
  // Time has no part in this one.
  EXPECT_EQ(verdict("MOB-3.1.2-01", std::chrono::milliseconds(400)), Verdict::fail);
}

TEST_F(MobRules, DataInClearFollowTheVerdict) {
  Stay stay = stay_on("inside");
  stay.verdict = seen(0.2);
  data(stay, 5, false);
  EXPECT_EQ(verdict("MOB-3.1.2-01"), Verdict::pass);
}

TEST_F(MobRules, WhoJoinsLateAccusesNobody) {
  Stay stay = stay_on("inside", 1);
  stay.lease = stay.dhcp = {};
  data(stay, 5, false);
  EXPECT_EQ(verdict("MOB-3.1.2-01"), std::nullopt);
  EXPECT_EQ(verdict("MOB-3.4-17"), std::nullopt);
}

TEST_F(MobRules, GatewayAndHomeAgentAreToldAtTheSameTime) {
  Stay stay = moved_to("hotspot");
  probe(stay, 0.2);
  stay.ike_request = stay.update = seen(0.3);
  review(stay, Moment::converged, 10);
  EXPECT_EQ(verdict("MOB-3.4-08"), Verdict::pass);
  EXPECT_EQ(verdict("MOB-3.3-01"), Verdict::pass);
  EXPECT_EQ(verdict("MOB-3.4-02"), Verdict::pass);
}

TEST_F(MobRules, TheUpdateDoesNotWaitForTheHomeAgent) {
  Stay stay = moved_to("hotspot");
  for (const double when : {0.2, 1.2, 3.2}) probe(stay, when);
  stay.ike_request = stay.update = seen(7.2);
  review(stay, Moment::converged, 10);
  EXPECT_EQ(verdict("MOB-3.4-08"), Verdict::fail);
}

TEST_F(MobRules, FarApartButNotInLineIsAWarning) {
  Stay stay = moved_to("hotspot");
  for (const double when : {0.2, 1.2, 3.2}) probe(stay, when);
  stay.ike_request = stay.update = seen(2.2);
  review(stay, Moment::converged, 10);
  EXPECT_EQ(verdict("MOB-3.4-08"), Verdict::warn);
}

TEST_F(MobRules, ARequestThatWasUnderWayHoldsTheUpdateBack) {
  Stay stay = moved_to("hotspot");
  probe(stay, 0.2);
  stay.ike_request = seen(0.3);
  stay.update = seen(6);
  review(stay, Moment::converged, 10);
  EXPECT_EQ(verdict("MOB-3.4-08"), Verdict::pass);
}

TEST_F(MobRules, UpdatesThatNobodyCanReadAreNotMissed) {
  sa_.keys_known = false;
  Stay stay = moved_to("hotspot");
  probe(stay, 0.2);
  stay.ike_request = seen(0.3);
  review(stay, Moment::never, 60);
  EXPECT_EQ(verdict("MOB-3.4-08"), std::nullopt);
  EXPECT_EQ(verdict("MOB-3.3-01"), std::nullopt);
}

TEST_F(MobRules, ANewTunnelIsNoUpdate) {
  Stay stay = moved_to("hotspot");
  probe(stay, 0.2);
  stay.ike_request = stay.ike_sa_init = seen(0.3);
  stay.ike_sa_inits = 1;
  review(stay, Moment::converged, 10);
  EXPECT_EQ(verdict("MOB-3.3-01"), Verdict::fail);
  EXPECT_EQ(verdict("MOB-3.4-08"), Verdict::fail);
}

TEST_F(MobRules, TheTunnelIsBuiltBesideTheRequests) {
  Stay stay = stay_on("hotspot");
  for (const double when : {0.2, 1.2, 3.2}) probe(stay, when);
  stay.ike_request = stay.ike_sa_init = seen(0.2);
  review(stay, Moment::converged, 10);
  EXPECT_EQ(verdict("MOB-3.4.2-07"), Verdict::pass);
  EXPECT_EQ(verdict("MOB-3-04"), Verdict::pass);
  EXPECT_EQ(verdict("MOB-3.4-04"), Verdict::pass);
}

TEST_F(MobRules, TheTunnelIsBuiltAfterTheRequests) {
  Stay stay = stay_on("hotspot");
  for (const double when : {0.2, 1.2, 3.2}) probe(stay, when);
  stay.ike_request = stay.ike_sa_init = seen(7.2);
  review(stay, Moment::converged, 10);
  EXPECT_EQ(verdict("MOB-3.4.2-07"), Verdict::fail);
}

TEST_F(MobRules, WithoutKeysItMayHaveBroughtItsTunnelAlong) {
  Stay stay = stay_on("hotspot");
  for (const double when : {0.2, 1.2, 3.2}) probe(stay, when);
  stay.ike_request = seen(0.2);
  review(stay, Moment::never, 60);
  EXPECT_NE(verdict("MOB-3.4.2-07"), Verdict::fail);
  EXPECT_NE(verdict("MOB-3-04"), Verdict::fail);
}

TEST_F(MobRules, WhatWasLostBeforeTheFirstRequestIsNotMissed) {
  Stay stay = stay_on("inside2");
  probe(stay, 5.2);
  review(stay, Moment::never, 60);
  EXPECT_NE(verdict("MOB-3.4-04"), Verdict::warn);
  EXPECT_NE(verdict("MOB-3.4-05"), Verdict::warn);
}

TEST_F(MobRules, OneRequestIsTooFew) {
  Stay stay = stay_on("hotspot");
  probe(stay, 0.2);
  review(stay, Moment::converged, 10);
  EXPECT_EQ(verdict("MOB-3.4-04"), Verdict::warn);
  EXPECT_EQ(verdict("MOB-3.4-05"), Verdict::warn);
}

TEST_F(MobRules, DataInEspAreForWhoKnowsThatItIsOutside) {
  Stay stay = moved_to("hotspot");
  register_with(sa_.inner_address);
  for (const double when : {0.2, 1.2, 3.2}) probe(stay, when);
  data(stay, 8, true);
  EXPECT_EQ(verdict("MOB-3.4-12"), Verdict::pass);
  EXPECT_EQ(verdict("MOB-3.4.2-11"), Verdict::pass);
  stay.probes = 2;
  data(stay, 2, true);
  EXPECT_EQ(verdict("MOB-3.4-12"), Verdict::warn);
}

TEST_F(MobRules, InsideTheVpnIsLeft) {
  Stay stay = moved_to("inside");
  stay.verdict = seen(0.5);
  data(stay, 5, true);
  EXPECT_EQ(verdict("MOB-3.4.2-01"), std::nullopt) << "the change may take T_conv";
  data(stay, 30, true);
  EXPECT_EQ(verdict("MOB-3.4.2-01"), Verdict::fail);
  EXPECT_EQ(verdict("MOB-3.4-10"), Verdict::warn);
  data(stay, 61, true);
  EXPECT_EQ(verdict("MOB-3.4-10"), Verdict::fail);
}

TEST_F(MobRules, AForgedReplyIsNoProof) {
  Stay stay = stay_on("hotspot");
  probe(stay, 0.2);
  stay.forgery = seen(0.3);
  review(stay, Moment::converged, 10);
  EXPECT_EQ(verdict("MOB-3.4-13"), Verdict::pass);
  data(stay, 11, false);
  EXPECT_EQ(verdict("MOB-3.4-13"), Verdict::fail);
}

TEST_F(MobRules, HomeAgentsTakeTunnelsFromTheRegisteredAddress) {
  register_with(sa_.inner_address);
  Place datagram;
  observer::TunnelCopy tunnel;
  tunnel.time = at(1);
  tunnel.source = {0x0A140001};
  // It was granted while the datagram was on its way through.
  const Bindings none;
  const ReverseTunnelled fact{
      {network_, network_.find_node("ha"), {}, mn_}, datagram, tunnel, none, registered_};
  judge_.on(fact);
  EXPECT_EQ(verdict("MOB-3-13"), Verdict::pass);
  tunnel.source = {0x0A140002};
  judge_.on(fact);
  EXPECT_EQ(verdict("MOB-3-13"), Verdict::warn);
}

model::Network without_vpn() {
  model::Network network = mobike_network();
  network.nodes[network.find_node("mn")].parameters.erase("vpn");
  return network;
}

class PlainMobileNode : public MobRules {
 protected:
  PlainMobileNode() : MobRules(without_vpn()) {}
};

TEST_F(PlainMobileNode, IsNotJudgedByTheScheme) {
  data(stay_on("hotspot"), 5, false);
  EXPECT_EQ(verdict("MOB-3.1.2-01"), std::nullopt);
}

}  // namespace
}  // namespace mipvet::rules
