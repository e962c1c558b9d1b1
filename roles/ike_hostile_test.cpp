#include <gmock/gmock.h>

#include "roles/ike_wire_for_test.h"

namespace mipvet::roles::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

/// What somebody on the path can do: nothing may come of it.
class IkeHostileTest : public IkeWire {
 protected:
  /// A UDP datagram from whoever.
  wire::Buffer from(std::string_view source, std::uint16_t port, wire::Bytes payload,
                    bool to_gateway = true) const {
    return wire::udp_datagram(
        {.source = testing::ip(source),
         .destination = testing::ip(to_gateway ? "203.0.113.10" : "192.0.2.7")},
        {port, port}, payload);
  }
  static wire::Bytes payload_of(const Carried& one) {
    return wire::Bytes(one.datagram).subspan(28);
  }
  static wire::Bytes ike_of(const Carried& one) {
    return payload_of(one).subspan(one.destination_port() == 4500 ? 4 : 0);
  }
  std::uint64_t next() { return clock_.random() >> 20; }
};

TEST_F(IkeHostileTest, MessagesCutAtEveryLengthAreDropped) {
  establish();
  ASSERT_TRUE(up());
  move("198.51.100.7");
  pass(1s);
  const auto all = take();
  for (const Carried& one : all)
    for (std::size_t length = 0; length < one.datagram.size(); ++length) {
      wire::Buffer cut(one.datagram.begin(), one.datagram.begin() + std::ptrdiff_t(length));
      (one.from_mn ? gw_ : mn_).receive(cut);
      if (length < 28 || !one.is_udp()) continue;
      // Its headers say so, too.
      const wire::Bytes rest = wire::Bytes(cut).subspan(28);
      (one.from_mn ? gw_ : mn_)
          .receive(from("198.51.100.7", one.is_udp() ? 4500 : 500, rest, one.from_mn));
    }
  pass(1s);
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
  EXPECT_THAT(mn_.diary.closed, IsEmpty());
  EXPECT_THAT(gw_.diary.closed, IsEmpty());
}

TEST_F(IkeHostileTest, MutatedMessagesOfASetUpNeverEstablishAnythingElse) {
  mn_settings_.ike = gw_settings_.ike = {ike_proposal("aes128-sha256-x25519")};
  for (int round = 0; round < 200; ++round) {
    mn_.diary = {};
    gw_.diary = {};
    gw_.diary.pool = testing::ip("10.9.0.1");
    lose_ = [&](Carried& one) {
      for (std::uint64_t n = next() % 3; n > 0 && one.datagram.size() > 28; --n)
        one.datagram[28 + next() % (one.datagram.size() - 28)] = static_cast<std::uint8_t>(next());
      // The checksums are right again: what arrives is taken.
      wire::Buffer framed = wire::ip_frame({kRouterMac, kRouterMac}, one.datagram);
      wire::refresh_checksums(framed);
      one.datagram.assign(framed.begin() + 14, framed.end());
      return false;
    };
    start();
    connect();
    pass(300s);
    carried_.clear();
  }
}

TEST_F(IkeHostileTest, AuthenticMessagesWithAnyPayloadsAreSurvived) {
  mn_settings_.ike = gw_settings_.ike = {ike_proposal("aes128-sha256-x25519")};
  establish();
  const std::vector<std::uint8_t> types{33, 34, 35, 36, 37, 39, 40, 41,
                                        42, 43, 44, 45, 46, 47, 48, 99};
  for (int round = 0; round < 1500; ++round) {
    if (mn_.endpoint->find(id_) == nullptr || gw_.endpoint->find(gw_.diary.last) == nullptr) {
      mn_.diary = {};
      gw_.diary = {};
      gw_.diary.pool = testing::ip("10.9.0.1");
      establish();
    }
    ike::PayloadChain chain;
    for (std::uint64_t n = next() % 4; n > 0; --n) {
      wire::Buffer body(next() % 40);
      for (std::uint8_t& octet : body)
        octet = static_cast<std::uint8_t>(next() % 5 == 0 ? next() : next() % 4);
      std::vector<wire::FieldValue> values;
      if (next() % 8 == 0) values = {{ike::payload::length, next() % 64}};
      if (next() % 8 == 0) values = {{ike::payload::critical, true}};
      chain.add_type(types[next() % types.size()], values, body);
    }
    End& end = next() % 2 == 0 ? mn_ : gw_;
    end.endpoint->request(&end == &mn_ ? id_ : gw_.diary.last, chain);
    pass(100ms);
    carried_.clear();
  }
}

TEST_F(IkeHostileTest, RepeatsAreAnsweredAndReplaysAreNot) {
  establish();
  ASSERT_TRUE(mn_.endpoint->check_liveness(id_));
  pass(1s);
  ASSERT_TRUE(mn_.endpoint->check_liveness(id_));
  pass(1s);
  const auto all = take_if([](const Carried& one) { return one.exchange() == 37; });
  ASSERT_THAT(all, SizeIs(4));
  gw_.receive(all[2].datagram);
  EXPECT_EQ(wire::Buffer(payload_of(all[3]).begin(), payload_of(all[3]).end()), [&] {
    const auto sent = take();
    const wire::Bytes octets = payload_of(sent.at(0));
    return wire::Buffer(octets.begin(), octets.end());
  }());
  gw_.receive(all[0].datagram);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(IkeHostileTest, AReplayedUpdateFromElsewhereMovesNothing) {
  establish();
  move("198.51.100.7");
  pass(1s);
  const auto updates =
      take_if([](const Carried& one) { return bool(one.notify("update-sa-addresses")); });
  ASSERT_THAT(updates, SizeIs(1));
  gw_.receive(from("192.0.2.66", 4500, payload_of(updates[0])));
  pass(5s);
  EXPECT_EQ(testing::ip("198.51.100.7"), gw_state().addresses.peer);
  EXPECT_TRUE(down());
}

TEST_F(IkeHostileTest, UnprotectedNotificationsChangeNothing) {
  establish();
  const auto spis = [&] {
    const auto all = take();
    return std::pair{all[2].message()[ike::message::initiator_spi],
                     all[2].message()[ike::message::responder_spi]};
  }();
  for (const int type : {4, 7, 11, 24}) {
    ike::PayloadChain chain;
    chain.add(ike::notify::layout, {{ike::notify::notify_type, type}});
    for (const bool response : {false, true}) {
      const wire::Buffer forged =
          ike::make_message(ike::informational,
                            {{ike::message::initiator_spi, spis.first},
                             {ike::message::responder_spi, spis.second},
                             {ike::message::exchange_type, ike::kInformational},
                             {ike::message::response, response},
                             {ike::message::message_id, 2}},
                            chain);
      mn_.receive(from("203.0.113.10", 4500, ike::behind_marker(forged), false));
    }
  }
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_TRUE(up());
}

TEST_F(IkeHostileTest, RequestsOfUnknownIkeSasAreToldSoAndResponsesNot) {
  start();
  for (const bool response : {false, true}) {
    const wire::Buffer message =
        ike::make_message(ike::informational,
                          {{ike::message::initiator_spi, 1},
                           {ike::message::responder_spi, 2},
                           {ike::message::exchange_type, ike::kInformational},
                           {ike::message::response, response},
                           {ike::message::initiator, true},
                           {ike::message::message_id, 5}},
                          {});
    gw_.receive(from("192.0.2.7", 500, message));
  }
  const auto all = take();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_TRUE(all[0].notify("invalid-ike-spi"));
  EXPECT_EQ(5U, all[0].message()[ike::message::message_id]);
}

TEST_F(IkeHostileTest, HigherMajorVersionsAreRefused) {
  start();
  const wire::Buffer message = ike::make_message(ike::ike_sa_init,
                                                 {{ike::message::initiator_spi, 1},
                                                  {ike::message::major_version, 3},
                                                  {ike::message::exchange_type, ike::kIkeSaInit},
                                                  {ike::message::initiator, true}},
                                                 {});
  gw_.receive(from("192.0.2.7", 500, message));
  EXPECT_TRUE(take().at(0).notify("invalid-major-version"));
}

TEST_F(IkeHostileTest, EspIsTakenOnceAndInAnyOrder) {
  establish();
  take();
  for (int i = 0; i < 40; ++i) mn_.endpoint->send(id_, inner(true, std::to_string(i)));
  const auto sent = take();
  pass(100ms);
  EXPECT_THAT(gw_.diary.inner, SizeIs(40));
  for (const Carried& one : sent) gw_.receive(one.datagram);
  EXPECT_THAT(gw_.diary.inner, SizeIs(40));
}

TEST_F(IkeHostileTest, EspIsTakenFromAnywhereButOnlyWithinItsSelectors) {
  establish();
  mn_.endpoint->send(id_, inner(true, "x"));
  wire::Buffer moved = take().back().datagram;
  wire::write(moved, wire::ip::source, testing::ip("192.0.2.66").value);
  wire::Buffer framed = wire::ip_frame({kRouterMac, kRouterMac}, moved);
  wire::refresh_checksums(framed);
  gw_.receive(wire::Bytes(framed).subspan(14));
  EXPECT_THAT(gw_.diary.inner, SizeIs(1));
  const wire::Buffer foreign = wire::udp_datagram(
      {.source = testing::ip("10.9.0.2"), .destination = testing::ip("10.0.0.5")}, {1, 2}, {});
  EXPECT_FALSE(mn_.endpoint->send(id_, foreign));
}

TEST_F(IkeHostileTest, ForgedEspMovesNoWindow) {
  establish();
  take();
  mn_.endpoint->send(id_, inner(true, "x"));
  wire::Buffer forged = take().at(0).datagram;
  forged[20 + 4] = 0xFF;  // sequence number
  gw_.receive(forged);
  pass(1s);
  EXPECT_TRUE(up());
}

TEST_F(IkeHostileTest, DummyPacketsAreDropped) {
  establish();
  ASSERT_TRUE(mn_.endpoint->send_dummy(id_, wire::Buffer(40)));
  pass(1s);
  EXPECT_THAT(gw_.diary.inner, IsEmpty());
  EXPECT_TRUE(up());
}

TEST_F(IkeHostileTest, AFloodLeavesNoStateBehindCookies) {
  gw_settings_.cookie_threshold = 4;
  start();
  connect();
  const auto first = take().at(0);
  for (std::uint8_t i = 1; i <= 100; ++i) {
    wire::Buffer message(ike_of(first).begin(), ike_of(first).end());
    message[7] ^= i;
    gw_.receive(from("192.0.2.66", 500, message));
  }
  EXPECT_THAT(gw_.endpoint->ids(), SizeIs(5));
  pass(60s);
  EXPECT_THAT(gw_.endpoint->ids(), SizeIs(1));
}

}  // namespace
}  // namespace mipvet::roles::testing
