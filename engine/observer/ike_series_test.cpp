#include <gmock/gmock.h>

#include "engine/observer/ike_exchanges.h"
#include "engine/observer/ipsec_stage_for_test.h"

/// Which requests and responses belong together where some are lost, odd or put off.
namespace mipvet::observer {
namespace {

using ::testing::Contains;
using namespace std::chrono_literals;
namespace ike = wire::ike;
namespace notify = wire::ike::notify;

class IkeSeriesTest : public ::testing::Test {
 protected:
  testing::Stage stage_;
  testing::Recorder& told_ = stage_.told;

  const IkeSa& sa() const { return stage_.observer.ipsec()->ike().records().begin()->second->sa; }
  wire::Buffer informational(bool initiator, bool response, std::uint32_t id) const {
    return stage_.sealed(ike::informational, initiator, response, id, {});
  }
  /// Seen on the gateway's link, lost behind it.
  void lose(wire::Bytes message, std::uint16_t port) {
    const wire::Buffer octets =
        port == 4500 ? ike::behind_marker(message) : wire::Buffer(message.begin(), message.end());
    stage_.put("public", "gw", "ar1",
               wire::udp_datagram(stage_.header(false), {port, port}, octets));
  }
};

TEST_F(IkeSeriesTest, AnAttemptWithACookieIsARequestOfItsOwn) {
  stage_.get_lease();
  stage_.tell_keys();
  const wire::Buffer octets(16, 0xC0);
  ike::PayloadChain cookie;
  cookie.add(notify::named("cookie"), {}, octets);
  wire::Buffer put_off = stage_.head(ike::ike_sa_init, false, true, 0, cookie);
  wire::write(put_off, ike::message::responder_spi, 0);
  stage_.send_ike(
      true,
      stage_.head(ike::ike_sa_init, true, false, 0, stage_.init_chain(true, stage_.header(true))),
      500);
  stage_.send_ike(false, put_off, 500);

  ike::PayloadChain again = cookie;
  again.add(ike::nonce::layout, {}, wire::Buffer(32, 0x0A));
  stage_.init_request = stage_.head(ike::ike_sa_init, true, false, 0, again);
  stage_.send_ike(true, stage_.init_request, 500);
  stage_.init_response =
      stage_.head(ike::ike_sa_init, false, true, 0, stage_.init_chain(false, stage_.header(false)));
  stage_.send_ike(false, stage_.init_response, 500);
  stage_.authenticate();
  EXPECT_THAT(told_.of("IkeRequestSent"), Contains("mn ike-auth 1 opened auth valid"));
  EXPECT_THAT(told_.of("IkeSaChanged"), Contains("mn established mobike"));
}

TEST_F(IkeSeriesTest, OfDifferentResponsesTheOneThatArrivesCounts) {
  stage_.get_lease();
  stage_.tell_keys();
  stage_.init_request =
      stage_.head(ike::ike_sa_init, true, false, 0, stage_.init_chain(true, stage_.header(true)));
  stage_.send_ike(true, stage_.init_request, 500);
  stage_.init_response =
      stage_.head(ike::ike_sa_init, false, true, 0, stage_.init_chain(false, stage_.header(false)));
  wire::Buffer lost = stage_.init_response;
  wire::write(lost, ike::message::responder_spi, 0x9999);
  lose(lost, 500);
  stage_.pass(2s);
  stage_.send_ike(true, stage_.init_request, 500);
  stage_.send_ike(false, stage_.init_response, 500);
  stage_.authenticate();
  EXPECT_THAT(told_.of("IkeSaChanged"), Contains("mn established mobike"));
}

TEST_F(IkeSeriesTest, ARequestIsOnTheWayUntilItsResponseArrives) {
  stage_.get_lease();
  stage_.connect();
  stage_.send_ike(true, informational(true, false, 2));
  lose(informational(false, true, 2), 4500);
  EXPECT_EQ(sa().client().unanswered, 1);
  stage_.pass(2s);
  stage_.send_ike(true, informational(true, false, 2));
  stage_.send_ike(false, informational(false, true, 2));
  EXPECT_EQ(sa().client().unanswered, 0);
}

TEST_F(IkeSeriesTest, ARequestWhoseResponseNeverArrivesIsNotOnTheWayForEver) {
  stage_.get_lease();
  stage_.connect();
  stage_.send_ike(true, informational(true, false, 2));
  lose(informational(false, true, 2), 4500);
  stage_.finish(3min);
  EXPECT_EQ(sa().client().unanswered, 0);
}

TEST_F(IkeSeriesTest, WhatIsAheadOfTheWindowIsNoneOfTheSeries) {
  stage_.get_lease();
  stage_.connect();
  stage_.send_ike(true, informational(true, false, 600));
  EXPECT_EQ(sa().client().next_request, 2);
  stage_.send_ike(true, informational(true, false, 2));
  stage_.send_ike(false, informational(false, true, 2));
  EXPECT_EQ(sa().client().next_request, 3);
  stage_.finish(2s);
  EXPECT_THAT(told_.of("IkeRequestSettled"), Contains("gw informational 600 opened unanswered"));
  EXPECT_THAT(told_.of("IkeRequestSettled"), Contains("gw informational 2 opened answered"));
}

TEST_F(IkeSeriesTest, AnUnprotectedErrorAnswersEvenWithAnotherMessageId) {
  stage_.get_lease();
  stage_.connect();
  constexpr std::uint64_t kUnknown = 0x5eed;
  ike::PayloadChain chain;
  chain.add(notify::named("invalid-ike-spi"));
  wire::Buffer asked = informational(true, false, 7);
  wire::Buffer answer = stage_.head(ike::informational, false, true, 8, chain);
  for (wire::Buffer* one : {&asked, &answer})
    wire::write(*one, ike::message::initiator_spi, kUnknown);
  stage_.send_ike(true, asked);
  stage_.send_ike(false, answer);
  stage_.finish(2s);
  EXPECT_THAT(told_.of("IkeRequestSettled"), Contains("gw informational 7 no key answered"));
}

}  // namespace
}  // namespace mipvet::observer
