#include <algorithm>
#include <optional>
#include <string_view>

#include <gtest/gtest.h>

#include "engine/model/network_file.h"
#include "engine/rules/judge.h"
#include "engine/rules/rule_book.h"
#include "engine/wire/compose.h"
#include "engine/wire/mip4.h"

namespace mipvet::rules {
namespace {

using model::Verdict;
using observer::Circumstance;
using observer::Duration;
using observer::Sighting;
using observer::Time;
namespace mip4 = wire::mip4;
namespace request = mip4::request;
namespace reply = mip4::reply;

constexpr Time kBegin{std::chrono::seconds(1000)};

/// Registration messages made by hand, told to the rules: of a mobile node and a MIP Proxy.
class Mip4Rules : public ::testing::Test {
 protected:
  Mip4Rules()
      : network_(
            model::load_network(std::string(MIPVET_SOURCE_DIR) + "/scenarios/networks/dmz.json")),
        book_(all_rules()),
        judge_(network_, book_),
        mn_(network_.find_node("mn")),
        mipp_(network_.find_node("mipp")) {}

  static Sighting sighting(const wire::Layout& layout, const wire::Buffer& octets) {
    Sighting result;
    result.layout = &layout;
    result.size = static_cast<std::uint16_t>(octets.size());
    std::ranges::copy(octets, result.octets.begin());
    result.time = kBegin;
    result.frame = 1;
    return result;
  }
  void add_ha_parameter(Sighting& message, wire::Ipv4Address home_agent) const {
    wire::Buffer octets(message.bytes().begin(), message.bytes().end());
    const std::size_t offset = octets.size();
    wire::append_ha_parameter(octets, network_.decode, home_agent);
    message.size = static_cast<std::uint16_t>(octets.size());
    std::ranges::copy(octets, message.octets.begin());
    message.extension_places[message.extension_count++] = {
        &mip4::ha_parameter::layout, static_cast<std::uint16_t>(offset),
        static_cast<std::uint16_t>(octets.size() - offset)};
  }

  /// The mobile node sends a request after each of these waits, in seconds, and gets no answer.
  void ask_in_vain(std::initializer_list<double> waits) {
    observer::RequestMemory before;
    Time now = kBegin;
    std::uint32_t restarts = 0;
    const auto send = [&] {
      Sighting seen =
          sighting(request::layout, wire::make(request::layout, {{request::lifetime, 300}}));
      seen.time = now;
      judge_.on(observer::RequestSent{{network_, mn_, {}, mn_}, seen, before, {}, {}});
    };
    send();
    before.frame = 1;
    before.time = now;
    for (const double wait : waits) {
      const auto interval =
          std::chrono::duration_cast<Duration>(std::chrono::duration<double>(wait));
      now += interval;
      send();
      const bool grows = interval >= before.interval * 2;
      const bool begins_anew = before.waits > 0 && !grows;
      restarts += begins_anew ? 1 : 0;
      before.restarts = restarts;
      before.waits = begins_anew ? 0 : before.waits + 1;
      before.interval = interval;
      before.time = now;
    }
  }

  /// The proxy answers an inside mobile node with 206.
  void send_206(const Sighting& asked, const Sighting& answer) {
    observer::Circumstances inside;
    inside.add(Circumstance::internal);
    judge_.on(observer::ReplySent{{network_, mipp_, inside, mn_}, asked, answer, false, 0, 0, {}});
  }

  /// The mobile node repeats its request so long after an acceptance with an HA Parameter came.
  void repeat_after_acceptance(Duration wait) {
    const Sighting asked =
        sighting(request::layout, wire::make(request::layout, {{request::lifetime, 300}}));
    Sighting answer = sighting(reply::layout, wire::make(reply::layout, {{reply::code, 0}}));
    add_ha_parameter(answer, *wire::Ipv4Address::parse("10.0.0.2"));
    answer.authentication.mobile_home = observer::Authentication::valid;
    observer::RequestMemory next;
    next.frame = 2;
    next.time = kBegin + wait;
    next.lifetime = 300;
    observer::Circumstances outside;
    outside.add(Circumstance::external);
    judge_.on(observer::ReplyReceived{{network_, mn_, outside, mipp_}, &asked, answer, next});
  }

  std::optional<Verdict> verdict(std::string_view id, Duration jitter = {}) const {
    for (const model::Finding& finding : judge_.findings(jitter))
      if (finding.requirement->id == id && finding.verdict != Verdict::not_applicable)
        return finding.verdict;
    return std::nullopt;
  }

  model::Network network_;
  RuleBook book_;
  Judge judge_;
  model::NodeId mn_;
  model::NodeId mipp_;
};

TEST_F(Mip4Rules, WaitsThatDoubleAreRight) {
  ask_in_vain({1, 2, 4, 8});
  EXPECT_EQ(verdict("RFC3344-3.6.3-07"), Verdict::pass);
}

TEST_F(Mip4Rules, AConstantPaceIsNoNewAttempt) {
  ask_in_vain({1, 1, 1, 1});
  EXPECT_EQ(verdict("RFC3344-3.6.3-07"), Verdict::warn);
}

TEST_F(Mip4Rules, AUserMayAskTwiceInOneOutage) {
  ask_in_vain({1, 1.02, 1, 2, 1.02, 1});
  EXPECT_NE(verdict("RFC3344-3.6.3-07"), Verdict::warn);
}

TEST_F(Mip4Rules, NobodyAsksAnewTimeAndAgain) {
  ask_in_vain({1, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1});
  EXPECT_EQ(verdict("RFC3344-3.6.3-07"), Verdict::warn);
}

TEST_F(Mip4Rules, AProxyNamesAHomeAgentOnlyToWhoToldItOne) {
  Sighting asked = sighting(request::layout, wire::make(request::layout, {}));
  Sighting answer = sighting(reply::layout, wire::make(reply::layout, {{reply::code, 206}}));
  add_ha_parameter(answer, {});
  send_206(asked, answer);
  EXPECT_EQ(verdict("MIPP-2.6.1-10"), std::nullopt);
  add_ha_parameter(asked, *wire::Ipv4Address::parse("10.0.0.2"));
  send_206(asked, answer);
  EXPECT_EQ(verdict("MIPP-2.6.1-10"), Verdict::fail);
}

TEST_F(Mip4Rules, WhoRepeatsARequestDidNotUnderstandItsReply) {
  repeat_after_acceptance(std::chrono::seconds(1));
  EXPECT_EQ(verdict("MIPP-2.6.1-27"), Verdict::fail);
  // Or its machine did not come to look at it.
  EXPECT_EQ(verdict("MIPP-2.6.1-27", std::chrono::seconds(3)), Verdict::inconclusive);
}

TEST_F(Mip4Rules, ARequestMayCrossTheReplyToTheOneBefore) {
  repeat_after_acceptance(std::chrono::milliseconds(10));
  EXPECT_EQ(verdict("MIPP-2.6.1-27"), Verdict::pass);
}

}  // namespace
}  // namespace mipvet::rules
