#include <gmock/gmock.h>

#include "roles/ike_wire_for_test.h"

namespace mipvet::roles::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class IkeEndpointTest : public IkeWire {
 protected:
  std::vector<std::uint64_t> exchanges() {
    std::vector<std::uint64_t> result;
    for (const Carried& one : take()) result.push_back(one.exchange());
    return result;
  }
};

TEST_F(IkeEndpointTest, ConnectsInFourMessages) {
  establish();
  EXPECT_THAT(exchanges(), ElementsAre(34, 34, 35, 35));
  EXPECT_EQ(testing::ip("10.9.0.1"), mn_.diary.assigned);
  EXPECT_EQ(mn_.diary.up.front().inbound_spi, gw_.diary.up.front().outbound_spi);
  EXPECT_EQ(mn_.diary.up.front().outbound_spi, gw_.diary.up.front().inbound_spi);
  EXPECT_TRUE(mn_state().mobike);
  EXPECT_TRUE(gw_state().mobike);
  EXPECT_FALSE(mn_state().nat);
}

TEST_F(IkeEndpointTest, GoesOnOnPort4500) {
  establish();
  const auto all = take();
  EXPECT_EQ(500U, all[0].destination_port());
  EXPECT_EQ(4500U, all[2].source_port());
  EXPECT_EQ(4500U, all[2].destination_port());
  EXPECT_EQ(4500U, all[3].source_port());
}

TEST_F(IkeEndpointTest, EveryMessageDecodesWithoutDefect) {
  establish();
  ASSERT_TRUE(up());
  ASSERT_TRUE(down());
  move("198.51.100.7");
  pass(2s);
  ASSERT_TRUE(mn_.endpoint->rekey_child(id_));
  pass(2s);
  ASSERT_TRUE(mn_.endpoint->rekey_ike(id_));
  pass(2s);
  ASSERT_TRUE(mn_.endpoint->close(id_));
  pass(2s);
  const auto all = take();
  EXPECT_THAT(all, SizeIs(20));
  for (const Carried& one : all) {
    EXPECT_EQ(0, one.packet->defects());
    for (const wire::Layer& layer : one.packet->layers()) {
      if (layer.layout != &ike::encrypted::layout && layer.layout != &wire::esp::layout) continue;
      EXPECT_TRUE(wire::is_open(layer));
    }
  }
}

TEST_F(IkeEndpointTest, CarriesDatagramsBothWaysAsProtocol50) {
  establish();
  take();
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
  const auto all = take();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(wire::ip::kEsp, all[0].ip()[wire::ip::protocol]);
  EXPECT_EQ(1U, all[0][wire::esp::layout][wire::esp::sequence_number]);
}

TEST_F(IkeEndpointTest, EncapsulatesBehindANat) {
  nat_.emplace(Nat{}).outside = testing::ip("203.0.113.41");
  establish();
  EXPECT_TRUE(mn_state().nat);
  EXPECT_TRUE(gw_state().nat);
  take();
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
  const auto all = take();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(4500U, all[0].source_port());
  EXPECT_EQ(0U, all[0].udp()[wire::udp::checksum]);
  EXPECT_EQ(testing::ip("203.0.113.41"), all[1].destination());
}

TEST_F(IkeEndpointTest, SendsKeepalivesBehindANat) {
  nat_.emplace(Nat{}).outside = testing::ip("203.0.113.41");
  establish();
  take();
  pass(61s);
  const auto all = take();
  ASSERT_THAT(all, SizeIs(3));
  for (const Carried& one : all) {
    EXPECT_TRUE(one.from_mn);
    EXPECT_EQ(one.datagram.size(), 29U);
    EXPECT_EQ(one.datagram.back(), 0xFF);
  }
}

TEST_F(IkeEndpointTest, RefusesAWrongSecret) {
  gw_settings_.credentials.front().psk = "another";
  start();
  connect();
  EXPECT_EQ(0, mn_.diary.established);
  ASSERT_THAT(mn_.diary.closed, SizeIs(1));
  EXPECT_EQ("refused: authentication-failed", to_string(mn_.diary.closed.front()));
  EXPECT_EQ("rejected: authentication-failed", to_string(gw_.diary.closed.front()));
}

TEST_F(IkeEndpointTest, RefusesAnotherNameOfTheResponder) {
  gw_settings_.credentials.front().own = ike_identity("other.example.com");
  start();
  connect();
  EXPECT_EQ(1, gw_.diary.established);
  EXPECT_EQ(0, mn_.diary.established);
  ASSERT_THAT(mn_.diary.closed, SizeIs(1));
  EXPECT_EQ("rejected: authentication-failed", to_string(mn_.diary.closed.front()));
}

TEST_F(IkeEndpointTest, AnswersWithACookie) {
  gw_settings_.cookie_threshold = 0;
  establish();
  const auto all = take();
  ASSERT_THAT(all, SizeIs(6));
  EXPECT_TRUE(all[1].notify("cookie"));
  EXPECT_EQ(ike::notify::kPayloadType, all[2].message()[ike::message::next_payload]);
}

TEST_F(IkeEndpointTest, TakesTheGroupThatTheResponderWants) {
  mn_settings_.ike = {ike_proposal("aes128-sha256-modp2048-x25519-ecp256")};
  gw_settings_.ike = {ike_proposal("aes128-sha256-x25519")};
  establish();
  const auto all = take();
  ASSERT_THAT(all, SizeIs(6));
  EXPECT_EQ(31U, all[1].notify("invalid-ke-payload")[ike::notify::group]);
  EXPECT_EQ(31U, all[2][ike::key_exchange::layout][ike::key_exchange::group]);
}

TEST_F(IkeEndpointTest, EndsWithoutACommonProposal) {
  gw_settings_.ike = {ike_proposal("aes256-sha1-modp2048")};
  start();
  connect();
  pass(3s);
  ASSERT_THAT(mn_.diary.closed, SizeIs(1));
  EXPECT_EQ("refused: no-proposal-chosen", to_string(mn_.diary.closed.front()));
  EXPECT_THAT(gw_.endpoint->ids(), IsEmpty());
}

TEST_F(IkeEndpointTest, AnIkeSaWithoutAnAddressIsClosed) {
  gw_.diary.pool.reset();
  start();
  connect();
  ASSERT_THAT(mn_.diary.failed, SizeIs(1));
  EXPECT_EQ("refused: internal-address-failure", to_string(mn_.diary.failed.front()));
  EXPECT_THAT(mn_.diary.closed, SizeIs(1));
  EXPECT_EQ("deleted by the peer", to_string(gw_.diary.closed.front()));
}

TEST_F(IkeEndpointTest, EveryAlgorithmCarries) {
  for (const auto& [ike_text, esp_text] : {std::pair{"aes128-sha1-modp2048", "aes128-sha1"},
                                           {"aes256-sha256-ecp256", "aes256-sha256"},
                                           {"aes128gcm16-prfsha256-x25519", "aes128gcm16"},
                                           {"aes256gcm16-prfsha1-ecp256", "aes256gcm16-ecp256"}}) {
    mn_settings_.ike = gw_settings_.ike = {ike_proposal(ike_text)};
    mn_settings_.esp = gw_settings_.esp = {esp_proposal(esp_text)};
    mn_.diary = {};
    gw_.diary = {};
    gw_.diary.pool = testing::ip("10.9.0.1");
    establish();
    EXPECT_TRUE(up()) << ike_text;
    EXPECT_TRUE(down()) << ike_text;
    ASSERT_TRUE(mn_.endpoint->rekey_child(id_));
    pass(1s);
    EXPECT_THAT(mn_state().children, SizeIs(1));
    ASSERT_TRUE(gw_.endpoint->rekey_ike(gw_.diary.last));
    pass(1s);
    EXPECT_TRUE(up()) << ike_text;
    EXPECT_TRUE(down()) << ike_text;
  }
}

TEST_F(IkeEndpointTest, LostMessagesAreRepeatedBitByBit) {
  for (std::size_t lost = 0; lost < 4; ++lost) {
    mn_.diary = {};
    gw_.diary = {};
    gw_.diary.pool = testing::ip("10.9.0.1");
    start();
    std::size_t count = 0;
    std::vector<wire::Buffer> seen;
    lose_ = [&](Carried& one) {
      seen.push_back(one.datagram);
      return count++ == lost;
    };
    connect();
    pass(5s);
    EXPECT_EQ(1, mn_.diary.established) << lost;
    EXPECT_EQ(1, gw_.diary.established) << lost;
    EXPECT_EQ(lost % 2 == 0 ? 5U : 6U, seen.size());
    // IP identifications differ, UDP payloads do not.
    const auto payload = [](const wire::Buffer& octets) {
      return wire::Buffer(octets.begin() + 28, octets.end());
    };
    EXPECT_EQ(payload(seen[lost / 2 * 2]), payload(seen[lost / 2 * 2 + (lost % 2 == 0 ? 1 : 2)]));
  }
}

TEST_F(IkeEndpointTest, GivesUpWithGrowingGaps) {
  lose_ = [](const Carried& one) { return !one.from_mn; };
  start();
  connect();
  pass(10min);
  const auto sent = take_if([](const Carried& one) { return one.from_mn; });
  ASSERT_THAT(sent, SizeIs(6));
  for (std::size_t i = 2; i < sent.size(); ++i)
    EXPECT_GT(sent[i].time - sent[i - 1].time, sent[i - 1].time - sent[i - 2].time);
  ASSERT_THAT(mn_.diary.closed, SizeIs(1));
  EXPECT_EQ("unanswered", to_string(mn_.diary.closed.front()));
}

TEST_F(IkeEndpointTest, ChecksLivenessWhenItIsQuiet) {
  mn_settings_.liveness = 10s;
  establish();
  take();
  pass(25s);
  EXPECT_THAT(exchanges(), ElementsAre(37, 37, 37, 37));
}

TEST_F(IkeEndpointTest, ClosesWithADelete) {
  establish();
  ASSERT_TRUE(up());
  ASSERT_TRUE(mn_.endpoint->close(id_));
  pass(1s);
  EXPECT_EQ("closed", to_string(mn_.diary.closed.front()));
  EXPECT_EQ("deleted by the peer", to_string(gw_.diary.closed.front()));
  EXPECT_THAT(gw_.diary.down, SizeIs(1));
  EXPECT_FALSE(up());
  EXPECT_THAT(mn_.endpoint->ids(), IsEmpty());
}

TEST_F(IkeEndpointTest, ALostAnswerToADeleteIsRepeated) {
  establish();
  int lost = 0;
  lose_ = [&](const Carried& one) { return !one.from_mn && lost++ == 0; };
  ASSERT_TRUE(mn_.endpoint->close(id_));
  pass(5s);
  EXPECT_EQ(2, lost);
  EXPECT_THAT(mn_.diary.closed, SizeIs(1));
}

TEST_F(IkeEndpointTest, InitialContactReplacesTheFormerLife) {
  establish();
  mn_.endpoint->restart();
  connect();
  EXPECT_EQ(2, gw_.diary.established);
  EXPECT_THAT(gw_.endpoint->ids(), SizeIs(1));
  EXPECT_TRUE(up());
}

}  // namespace
}  // namespace mipvet::roles::testing
