#include "engine/observer/ike_exchanges.h"

#include <gmock/gmock.h>

#include "engine/observer/ipsec_stage_for_test.h"

namespace mipvet::observer {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;
namespace ike = wire::ike;
namespace notify = wire::ike::notify;

class IkeExchangesTest : public ::testing::Test {
 protected:
  testing::Stage stage_;
  testing::Recorder& told_ = stage_.told;

  const IkeStore& store() const { return stage_.observer.ipsec()->ike(); }
  const IkeSa& sa() const { return store().records().begin()->second->sa; }
  wire::Buffer informational(bool initiator, bool response, std::uint32_t id,
                             const ike::PayloadChain& chain = {}) const {
    return stage_.sealed(ike::informational, initiator, response, id, chain);
  }
  wire::Buffer update(std::uint32_t id) const {
    ike::PayloadChain chain;
    chain.add(notify::named("update-sa-addresses"));
    testing::Stage::add_nat_detection(
        chain, {testing::Stage::kInitiatorSpi, testing::Stage::kResponderSpi}, stage_.header(true),
        4500, 4500);
    return informational(true, false, id, chain);
  }
};

TEST_F(IkeExchangesTest, ASetupIsOneMessageEachAndNoneOfTheRouters) {
  stage_.get_lease();
  stage_.connect();
  EXPECT_THAT(told_.of("IkeRequestSent"),
              ElementsAre("mn ike-sa-init 0 clear", "mn ike-auth 1 opened auth valid"));
  EXPECT_THAT(told_.of("IkeResponseSent"),
              ElementsAre("gw ike-sa-init 0 clear", "gw ike-auth 1 opened auth valid"));
  EXPECT_THAT(told_.of("IkeSaChanged"),
              ElementsAre("mn established mobike", "gw established mobike"));
  EXPECT_THAT(told_.of("ChildSaChanged"),
              ElementsAre("mn created c0000001 c0000002 by it", "gw created c0000001 c0000002"));
  EXPECT_EQ(sa().inner_address, stage_.tia);
  EXPECT_TRUE(sa().natt());
  EXPECT_FALSE(sa().nat());
  EXPECT_EQ(sa().client().path, (Path{stage_.lease, stage_.gateway(), 4500, 4500}));
  EXPECT_EQ(sa().client().next_request, 2);
  EXPECT_EQ(sa().client().unanswered, 0);
  EXPECT_EQ(sa().suite.encryption, 12);
  stage_.finish(2s);
  EXPECT_THAT(
      told_.of("IkeRequestSettled"),
      ElementsAre("gw ike-sa-init 0 clear answered", "gw ike-auth 1 opened auth valid answered"));
}

TEST_F(IkeExchangesTest, AWrongSecretIsSeen) {
  stage_.get_lease();
  stage_.tell_keys();
  stage_.init();
  stage_.authenticate("another secret");
  EXPECT_THAT(told_.of("IkeRequestSent"), Contains("mn ike-auth 1 opened auth invalid"));
}

TEST_F(IkeExchangesTest, WithoutKeysNobodyKnowsWhetherAnAlteredRequestIsAnswered) {
  stage_.get_lease();
  stage_.init();
  const wire::Buffer request = informational(true, false, 2);
  stage_.send_ike(true, request);
  stage_.spoil = [](wire::Buffer& frame) {
    const wire::Buffer tester{0x02, 0, 0, 0, 0xFF, 0xFF};
    std::copy(tester.begin(), tester.end(), frame.begin() + 6);
  };
  stage_.send_ike(true, request);
  stage_.spoil = nullptr;
  for (int i = 0; i < 2; ++i) stage_.send_ike(false, informational(false, true, 2));
  EXPECT_THAT(told_.of("IkeResponseSent"), ElementsAre("gw ike-sa-init 0 clear"));
}

TEST_F(IkeExchangesTest, AnAnswerThatTheTesterAlteredIsNoSilence) {
  stage_.get_lease();
  stage_.connect();
  for (const std::uint32_t id : {2U, 3U}) {
    stage_.send_ike(true, informational(true, false, id));
    if (id == 3) break;  // that one is not answered
    stage_.spoil = [](wire::Buffer& frame) {
      const wire::Buffer tester{0x02, 0, 0, 0, 0xFF, 0xFF};
      std::copy(tester.begin(), tester.end(), frame.begin() + 6);
    };
    stage_.send_ike(false, informational(false, true, id));
    stage_.spoil = nullptr;
  }
  stage_.finish(2s);
  const auto settled = told_.of("IkeRequestSettled");
  EXPECT_THAT(settled, Not(Contains("gw informational 2 opened unanswered")));
  EXPECT_THAT(settled, Contains("gw informational 3 opened unanswered"));
}

TEST_F(IkeExchangesTest, CopiesAreCounted) {
  stage_.get_lease();
  stage_.connect();
  const wire::Buffer request = informational(true, false, 2);
  stage_.send_ike(true, request);
  stage_.pass(2s);
  stage_.send_ike(true, request);
  EXPECT_THAT(told_.of("IkeRequestSent"), Contains("mn informational 2 opened"));
  EXPECT_THAT(told_.of("IkeRequestSent"), Contains("mn informational 2 opened again"));
  EXPECT_EQ(sa().client().unanswered, 1);
  stage_.finish(3min);
  EXPECT_THAT(told_.of("IkeRequestSettled"), Contains("gw informational 2 opened unanswered"));
  EXPECT_THAT(told_.of("IkeExchangeEnded"), Contains("mn informational 2 opened given up"));
  EXPECT_EQ(sa().client().unanswered, 0);
  EXPECT_EQ(store().live(sa().client().node), nullptr);
  EXPECT_NE(store().live(sa().gateway().node), nullptr);
}

TEST_F(IkeExchangesTest, WhatIsNotAuthenticChangesNothing) {
  stage_.get_lease();
  stage_.connect();
  ike::PayloadChain chain;
  chain.add(ike::delete_::layout, {{ike::delete_::protocol_id, std::uint64_t{1}}});
  wire::Buffer forged = informational(true, false, 2, chain);
  forged.back() ^= 1;
  stage_.send_ike(true, forged);
  stage_.send_ike(false, informational(false, true, 2));
  EXPECT_TRUE(sa().is_alive());
  EXPECT_EQ(sa().client().next_request, 2);
  stage_.finish(2s);
  EXPECT_THAT(told_.of("IkeRequestSettled"), Contains("gw informational 2 not authentic answered"));
}

TEST_F(IkeExchangesTest, AClearDeleteChangesNothing) {
  stage_.get_lease();
  stage_.connect();
  ike::PayloadChain chain;
  chain.add(ike::delete_::layout, {{ike::delete_::protocol_id, std::uint64_t{1}}});
  stage_.send_ike(true, stage_.head(ike::informational, true, false, 2, chain));
  stage_.send_ike(false, stage_.head(ike::informational, false, true, 2, {}));
  EXPECT_TRUE(sa().is_alive());
}

TEST_F(IkeExchangesTest, AMoveIsSeenFromBothSides) {
  stage_.get_lease();
  stage_.connect();
  stage_.link = "hotspot2";
  stage_.router = "ar2";
  stage_.lease = *wire::Ipv4Address::parse("198.51.100.200");
  stage_.get_lease();
  stage_.send_ike(true, update(2));
  EXPECT_EQ(sa().client().path.local, stage_.lease);
  stage_.send_ike(false, informational(false, true, 2));
  EXPECT_EQ(sa().gateway().path.remote, stage_.lease);
  const wire::Buffer inner =
      wire::udp_datagram({stage_.tia, stage_.address("ha.inside")}, {1000, 2000}, wire::Buffer(8));
  stage_.send_esp(true, inner);
  stage_.send_esp(true, inner);
  stage_.finish(15s);
  EXPECT_THAT(told_.of("AddressesUpdated"), ElementsAre("mn answered 198.51.100.200 new 2 old 0",
                                                        "gw answered 203.0.113.10 new 0 old 0"));
}

TEST_F(IkeExchangesTest, ARefusedMoveGoesBack) {
  stage_.get_lease();
  stage_.connect();
  const wire::Ipv4Address before = stage_.lease;
  stage_.lease = *wire::Ipv4Address::parse("198.51.100.71");
  stage_.send_ike(true, update(2));
  ike::PayloadChain refusal;
  refusal.add(notify::named("unacceptable-addresses"));
  stage_.send_ike(false, informational(false, true, 2, refusal));
  EXPECT_EQ(sa().client().path.local, before);
  EXPECT_EQ(sa().gateway().path.remote, before);
  EXPECT_EQ(sa().client().update.answer_error, 40);
}

TEST_F(IkeExchangesTest, AClientThatDoesNotBelieveItsGatewayEndsTheIkeSa) {
  stage_.get_lease();
  stage_.connect();
  ike::PayloadChain chain;
  chain.add(notify::layout, {{notify::notify_type, 24}});  // AUTHENTICATION_FAILED
  stage_.send_ike(true, informational(true, false, 2, chain));
  EXPECT_EQ(sa().state, IkeSa::State::closed);
  EXPECT_THAT(told_.of("IkeSaChanged"), Contains("mn failed mobike"));
}

TEST_F(IkeExchangesTest, ANonceIsNewInEveryExchange) {
  const auto create = [&](std::uint32_t id, wire::Bytes nonce) {
    ike::PayloadChain chain;
    chain.add(ike::nonce::layout, {}, nonce);
    stage_.send_ike(true, stage_.sealed(ike::create_child_sa, true, false, id, chain));
    return store().records().begin()->second->tracks[kClient].back()->request->repeats_nonce;
  };
  stage_.get_lease();
  stage_.connect();
  EXPECT_FALSE(create(2, wire::Buffer(32, 0x4E)));
  EXPECT_FALSE(create(2, wire::Buffer(32, 0x4E))) << "a copy";
  EXPECT_TRUE(create(3, wire::Buffer(32, 0x4E)));
  EXPECT_FALSE(create(4, wire::Buffer(32, 0x4F)));
}

TEST_F(IkeExchangesTest, ADeletedIkeSaTakesItsChildrenAlong) {
  stage_.get_lease();
  stage_.connect();
  ike::PayloadChain chain;
  chain.add(ike::delete_::layout, {{ike::delete_::protocol_id, std::uint64_t{1}}});
  stage_.send_ike(true, informational(true, false, 2, chain));
  EXPECT_TRUE(sa().is_alive());
  stage_.send_ike(false, informational(false, true, 2));
  EXPECT_FALSE(sa().is_alive());
  EXPECT_THAT(told_.of("IkeSaChanged"), Contains("gw deleted mobike"));
  stage_.finish(5min);
  EXPECT_THAT(stage_.observer.ipsec()->ike().records(), IsEmpty());
}

TEST_F(IkeExchangesTest, AFloodIsForgotten) {
  wire::Buffer request =
      stage_.head(ike::ike_sa_init, true, false, 0, stage_.init_chain(true, stage_.header(true)));
  for (std::uint64_t spi = 1; spi < 5000; ++spi) {
    wire::write(request, ike::message::initiator_spi, spi);
    stage_.put("public", "ar1", "gw", wire::udp_datagram(stage_.header(true), {500, 500}, request));
  }
  EXPECT_LE(stage_.observer.ipsec()->ike().records().size(), IkeStore::kMaxHalfOpen + 1);
  stage_.finish(5min);
  EXPECT_THAT(stage_.observer.ipsec()->ike().records(), IsEmpty());
}

}  // namespace
}  // namespace mipvet::observer
