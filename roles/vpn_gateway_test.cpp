#include "roles/vpn_gateway.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/model/network_file.h"
#include "engine/net/environment_for_test.h"
#include "engine/net/network_for_test.h"
#include "engine/wire/arp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"
#include "engine/wire/ike_notify.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"
#include "roles/ike_deviations.h"
#include "roles/ike_endpoint.h"

// The gateway between an initiator outside and whoever is inside, which the test is.

namespace mipvet::roles {
namespace {

using namespace std::chrono_literals;
using net::testing::ip;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using wire::Ipv4Address;

constexpr std::string_view kNetwork = R"({
 "network": "gateway",
 "links": {"public": {"side": "external"}, "inside": {"side": "internal"}},
 "nodes": {
   "mn": {"role": "mobile-node", "home_address": "10.1.0.5",
          "attachments": {"public": {"address": "203.0.113.77/24"}, "inside": {"address": "10.0.0.77/24"}}},
   "gw": {"role": "vpn-gateway",
          "attachments": {"public": {"address": "203.0.113.10/24"}, "inside": {"address": "10.0.0.1/24"}},
          "parameters": {"outside": "public", "inside": "inside", "pool": "10.20.0.0/28"}},
   "ha": {"role": "home-agent", "attachments": {"inside": {"address": "10.0.0.2/24"}}}},
 "ike": [{"between": ["mn", "gw"], "psk": "a secret",
          "ids": {"mn": "mn@example.com", "gw": "gw.example.com"}}]
})";

/// What an initiator heard of its IKE SAs.
struct Initiator : IkeOwner {
  void ike_established(IkeSaId) override { ++established; }
  void ike_closed(IkeSaId, const IkeEnd& end) override { ended.push_back(end); }
  void address_assigned(IkeSaId, Ipv4Address address) override { tia = address; }
  void child_up(IkeSaId, const ChildSa&) override { ++children; }
  void child_failed(IkeSaId, const IkeEnd& end) override { failed.push_back(end.notification); }
  void move_confirmed(IkeSaId, const AddressPair&) override { ++moves; }
  void move_refused(IkeSaId, std::uint16_t notification) override {
    failed.push_back(notification);
  }
  void inner_datagram(IkeSaId, const ChildSa&, wire::Bytes datagram) override {
    inner.emplace_back(datagram.begin(), datagram.end());
  }

  int established = 0;
  int children = 0;
  int moves = 0;
  std::optional<Ipv4Address> tia;
  std::vector<IkeEnd> ended;
  std::vector<std::uint16_t> failed;
  std::vector<wire::Buffer> inner;
};

class VpnGatewayTest : public ::testing::Test {
 protected:
  static constexpr net::PortId kPublic = 0, kInside = 1;
  static constexpr wire::MacAddress kPeerMac{{0x02, 0, 0, 0, 0x77, 0x77}};
  const Ipv4Address gateway_ = ip("203.0.113.10"), mn_ = ip("203.0.113.77"), ha_ = ip("10.0.0.2");

  void SetUp() override { play(); }

  void play(std::string_view patch = "{}", std::vector<std::string> deviations = {}) {
    model::Document document = model::parse_document(kNetwork, "gateway.json");
    document.json.merge_patch(model::Json::parse(patch));
    network_ = model::network_from_document(document);
    endpoint_.reset();
    gw_ = make_actor({network_, 1, gw_environment_, std::move(deviations)});
    gw_->start();
    mn_host_ = std::make_unique<net::Host>(network_, 0, mn_environment_);
    mn_host_->set_up(kPublic, true);
    mn_host_->add_address(kPublic, net::testing::prefix("203.0.113.77/24"));
    IkeSettings settings;
    settings.credentials = {{.own = ike_identity("mn@example.com"),
                             .peer = ike_identity("gw.example.com"),
                             .psk = "a secret"}};
    endpoint_ = std::make_unique<IkeEndpoint>(*mn_host_, initiator_, settings, no_deviations_);
    carry();
  }

  IkeSaId connect(std::string_view from = "203.0.113.77") {
    const IkeSaId id = endpoint_->connect(
        {.local = ip(from), .peer = gateway_, .peer_identity = ike_identity("gw.example.com")});
    carry();
    return id;
  }

  void carry() {
    for (bool more = true; std::exchange(more, false);) {
      for (const auto& frame : mn_environment_.take()) {
        more = true;
        gw_->receive(frame.port, frame.octets);
        if (frame.port == kInside) answer_arp(*mn_host_, frame);
      }
      for (auto& frame : gw_environment_.take()) {
        more = true;
        if (frame.port == kPublic) last_outside_ = frame.octets;
        mn_host_->receive(frame.port, frame.octets);
        if (frame.port == kInside && !answer_arp(*gw_, frame)) inside_.push_back(frame.octets);
      }
    }
  }
  /// For all neighbours inside but the gateway and the initiator.
  template <typename To>
  bool answer_arp(To& to, const net::testing::SentFrame& frame) {
    if (wire::read(frame.octets, wire::ethernet::ethertype) != wire::ethernet::kArp) return false;
    const wire::View arp(wire::arp::layout,
                         wire::Bytes(frame.octets).subspan(wire::ethernet::layout.minimum));
    const Ipv4Address target = arp.address(wire::arp::target_ip);
    if (arp[wire::arp::operation] != wire::arp::kRequest || target == ip("10.0.0.1") ||
        target == ip("10.0.0.77"))
      return true;
    to.receive(frame.port, wire::arp_frame({kPeerMac, arp.mac(wire::arp::sender_mac)},
                                           {.operation = wire::arp::kReply,
                                            .sender_mac = kPeerMac,
                                            .sender_ip = target,
                                            .target_mac = arp.mac(wire::arp::sender_mac),
                                            .target_ip = arp.address(wire::arp::sender_ip)}));
    return true;
  }
  void pass(net::Duration duration) {
    for (net::Duration left = duration; left > 0s; left -= 100ms) {
      mn_environment_.pass(100ms);
      gw_environment_.pass(100ms);
      carry();
    }
  }
  void command(std::string_view verb) {
    const nlohmann::json arguments = nlohmann::json::object();
    gw_->command({verb, &arguments});
    carry();
  }

  static wire::Buffer datagram(Ipv4Address from, Ipv4Address to, std::uint16_t port = 9,
                               std::uint8_t ttl = 64) {
    return wire::udp_datagram({.source = from, .destination = to, .time_to_live = ttl},
                              {1000, port}, wire::Buffer{1, 2, 3});
  }
  /// Somebody's datagram comes to the gateway on a link.
  void arrive(net::PortId port, const wire::Buffer& octets) {
    gw_->receive(port, wire::ip_frame({kPeerMac, network_.node(1).attachments[port].mac}, octets));
    carry();
  }
  /// The datagrams that came inside since it was last asked: "source > destination ttl".
  std::vector<std::string> inside() {
    std::vector<std::string> result;
    for (const wire::Buffer& frame : std::exchange(inside_, {})) result.push_back(told(frame, 14));
    return result;
  }
  std::vector<std::string> through_tunnel() {
    std::vector<std::string> result;
    for (const wire::Buffer& inner : std::exchange(initiator_.inner, {}))
      result.push_back(told(inner, 0));
    return result;
  }
  static std::string told(const wire::Buffer& octets, std::size_t head) {
    const wire::View header(wire::ip::layout, wire::Bytes(octets).subspan(head));
    return header.address(wire::ip::source).to_string() + " > " +
           header.address(wire::ip::destination).to_string() + " " +
           std::to_string(header[wire::ip::time_to_live]);
  }
  /// The source port of what was sent inside last.
  std::uint16_t source_port() const {
    const wire::Bytes udp = wire::Bytes(inside_.back()).subspan(34);
    return static_cast<std::uint16_t>(wire::read(udp, wire::udp::source_port));
  }

  model::Network network_;
  net::testing::TestEnvironment gw_environment_;
  net::testing::TestEnvironment mn_environment_;
  const ActiveDeviations no_deviations_{{}, {}, "mobile-node"};
  Initiator initiator_;
  std::unique_ptr<Actor> gw_;
  std::unique_ptr<net::Host> mn_host_;
  std::unique_ptr<IkeEndpoint> endpoint_;
  std::vector<wire::Buffer> inside_;
  wire::Buffer last_outside_;
};

TEST_F(VpnGatewayTest, GivesATunnelAndAnAddress) {
  const IkeSaId id = connect();
  EXPECT_EQ(initiator_.established, 1);
  EXPECT_EQ(initiator_.children, 1);
  EXPECT_THAT(initiator_.tia, Optional(ip("10.20.0.1")));
  EXPECT_TRUE(endpoint_->find(id)->mobike);
}

TEST_F(VpnGatewayTest, CarriesDatagramsBothWays) {
  const IkeSaId id = connect();
  EXPECT_TRUE(endpoint_->send(id, datagram(*initiator_.tia, ha_)));
  carry();
  EXPECT_THAT(inside(), ElementsAre("10.20.0.1 > 10.0.0.2 63"));
  arrive(kInside, datagram(ha_, *initiator_.tia));
  EXPECT_THAT(through_tunnel(), ElementsAre("10.0.0.2 > 10.20.0.1 63"));
  arrive(kInside, datagram(ha_, *initiator_.tia, 9, 1));
  EXPECT_THAT(through_tunnel(), IsEmpty());
}

TEST_F(VpnGatewayTest, LetsNothingInFromOutside) {
  connect();
  inside();
  arrive(kPublic, datagram(ip("203.0.113.99"), ha_));
  arrive(kPublic, datagram(*initiator_.tia, ha_));
  arrive(kPublic, datagram(ip("203.0.113.99"), *initiator_.tia));
  EXPECT_THAT(inside(), IsEmpty());
  EXPECT_THAT(through_tunnel(), IsEmpty());
}

TEST_F(VpnGatewayTest, LetsNothingOutInTheClear) {
  const IkeSaId id = connect();
  last_outside_.clear();
  arrive(kInside, datagram(ha_, ip("203.0.113.99")));
  arrive(kInside, datagram(ha_, ip("10.20.0.9")));  // nobody has that one
  endpoint_->send(id, datagram(*initiator_.tia, ip("203.0.113.99")));
  carry();
  EXPECT_THAT(last_outside_, IsEmpty());
}

TEST_F(VpnGatewayTest, RefusesAnAddressWhereThePoolIsExhausted) {
  play(R"({"nodes": {"gw": {"parameters": {"pool": "10.20.0.7/32"}}}})");
  connect();
  EXPECT_THAT(initiator_.tia, Optional(ip("10.20.0.7")));
  connect();
  EXPECT_THAT(initiator_.failed, ElementsAre(36)) << "INTERNAL_ADDRESS_FAILURE";
}

TEST_F(VpnGatewayTest, GivesTheAddressToTheNextOnceItIsBack) {
  play(R"({"nodes": {"gw": {"parameters": {"pool": "10.20.0.7/32"}}}})");
  const IkeSaId id = connect();
  endpoint_->close(id);
  carry();
  initiator_.tia.reset();
  connect();
  EXPECT_THAT(initiator_.tia, Optional(ip("10.20.0.7")));
}

TEST_F(VpnGatewayTest, HasNoMobikeWhereItIsOff) {
  play(R"({"nodes": {"gw": {"parameters": {"mobike": false}}}})");
  EXPECT_FALSE(endpoint_->find(connect())->mobike);
}

TEST_F(VpnGatewayTest, RefusesAnotherSecret) {
  play(R"({"nodes": {"gw": {"parameters": {"psk": "another"}}}})");
  connect();
  EXPECT_EQ(initiator_.established, 0);
  ASSERT_THAT(initiator_.ended, SizeIs(1));
  EXPECT_EQ(initiator_.ended[0].notification, 24) << "AUTHENTICATION_FAILED";
}

TEST_F(VpnGatewayTest, RefusesOtherProposals) {
  play(R"({"nodes": {"gw": {"parameters": {"ike": ["aes256gcm16-prfsha256-curve25519"]}}}})");
  connect();
  wire::Packet packet;
  packet.decode(last_outside_);
  EXPECT_NE(packet.find(wire::ike::notify::named("no-proposal-chosen")), nullptr);
  EXPECT_EQ(initiator_.established, 0);
}

TEST_F(VpnGatewayTest, FollowsItsPeer) {
  const IkeSaId id = connect();
  const Ipv4Address elsewhere = ip("203.0.113.78");
  mn_host_->remove_address(kPublic, mn_);
  mn_host_->add_address(kPublic, {elsewhere, 24});
  endpoint_->move(id, elsewhere);
  pass(1s);
  EXPECT_EQ(initiator_.moves, 1);
  arrive(kInside, datagram(ha_, *initiator_.tia));
  EXPECT_THAT(through_tunnel(), ElementsAre("10.0.0.2 > 10.20.0.1 63"));
  EXPECT_EQ(initiator_.established, 1);
}

TEST_F(VpnGatewayTest, RefusesMovesWhereItIsToldTo) {
  const IkeSaId id = connect();
  command("refuse");
  mn_host_->add_address(kPublic, net::testing::prefix("203.0.113.78/24"));
  endpoint_->move(id, ip("203.0.113.78"));
  pass(1s);
  EXPECT_THAT(initiator_.failed, ElementsAre(40)) << "UNACCEPTABLE_ADDRESSES";
}

TEST_F(VpnGatewayTest, IsSilentWhereItIsToldTo) {
  command("silence");
  connect();
  EXPECT_EQ(initiator_.established, 0);
  command("answer");
  pass(5s);
  EXPECT_EQ(initiator_.established, 1) << "sent again";
}

TEST_F(VpnGatewayTest, ForgetsWhereItIsToldTo) {
  const IkeSaId id = connect();
  command("drop");
  endpoint_->send(id, datagram(*initiator_.tia, ha_));
  carry();
  EXPECT_THAT(inside(), IsEmpty());
  EXPECT_THAT(initiator_.ended, IsEmpty()) << "without a word";
}

TEST_F(VpnGatewayTest, RekeysAndTerminates) {
  const IkeSaId id = connect();
  command("rekey-child");
  pass(1s);
  EXPECT_EQ(initiator_.children, 2);
  EXPECT_THAT(endpoint_->find(id)->children, SizeIs(1));
  command("rekey-ike");
  pass(1s);
  EXPECT_THAT(initiator_.ended, IsEmpty());
  command("check");
  arrive(kInside, datagram(ha_, *initiator_.tia));
  EXPECT_THAT(through_tunnel(), SizeIs(1));
  command("terminate");
  pass(1s);
  ASSERT_THAT(initiator_.ended, SizeIs(1));
  EXPECT_EQ(initiator_.ended[0].why, IkeEnd::Why::deleted);
  EXPECT_THROW(command("fly"), model::InputError);
}

// MOB-4-06: a TIA that nobody inside knows.
TEST_F(VpnGatewayTest, TranslatesPrivateAddresses) {
  play(R"({"nodes": {"gw": {"parameters": {"translate": true}}}})");
  const IkeSaId id = connect();
  endpoint_->send(id, datagram(*initiator_.tia, ha_, 434));
  carry();
  ASSERT_THAT(inside_, SizeIs(1));
  const std::uint16_t port = source_port();
  EXPECT_NE(port, 1000);
  EXPECT_THAT(inside(), ElementsAre("10.0.0.1 > 10.0.0.2 63"));
  arrive(kInside, wire::udp_datagram({.source = ha_, .destination = ip("10.0.0.1")}, {434, port},
                                     wire::Buffer{4}));
  EXPECT_THAT(through_tunnel(), ElementsAre("10.0.0.2 > 10.20.0.1 63"));
  arrive(kInside, datagram(ha_, *initiator_.tia));
  EXPECT_THAT(through_tunnel(), IsEmpty()) << "nobody inside knows it";
}

TEST_F(VpnGatewayTest, AnswersArpForAnAddressOfTheInsideLink) {
  play(R"({"nodes": {"gw": {"parameters": {"pool": "10.0.0.64/28"}}}})");
  const auto asked =
      wire::arp_frame({kPeerMac, wire::kBroadcastMac}, {.operation = wire::arp::kRequest,
                                                        .sender_mac = kPeerMac,
                                                        .sender_ip = ha_,
                                                        .target_mac = {},
                                                        .target_ip = ip("10.0.0.65")});
  gw_->receive(kInside, asked);
  EXPECT_THAT(gw_environment_.take(), IsEmpty());
  const IkeSaId id = connect();
  gw_->receive(kInside, asked);
  EXPECT_THAT(gw_environment_.take(), SizeIs(1));
  endpoint_->close(id);
  carry();
  gw_->receive(kInside, asked);
  EXPECT_THAT(gw_environment_.take(), IsEmpty());
}

class FromInside : public VpnGatewayTest {
 protected:
  void come_inside() {
    mn_host_->remove_address(kPublic, mn_);
    mn_host_->set_up(kPublic, false);
    mn_host_->set_up(kInside, true);
    mn_host_->add_address(kInside, net::testing::prefix("10.0.0.77/24"));
    mn_host_->add_route(net::testing::prefix("203.0.113.0/24"), ip("10.0.0.1"), kInside);
  }
};

TEST_F(FromInside, IsReached) {
  come_inside();
  connect("10.0.0.77");
  EXPECT_EQ(initiator_.established, 1);
}

TEST_F(FromInside, IsNotReachedWhereItDoesNotServeInside) {
  play(R"({"nodes": {"gw": {"parameters": {"serves_inside": false}}}})");
  come_inside();
  connect("10.0.0.77");
  EXPECT_EQ(initiator_.established, 0);
}

TEST_F(VpnGatewayTest, Deviates) {
  play("{}", {"MOB-1-13"});
  arrive(kPublic, datagram(ip("203.0.113.99"), ha_));
  EXPECT_THAT(inside(), SizeIs(1));
  play("{}", {"MOB-3.4-19"});
  arrive(kPublic, datagram(ip("203.0.113.99"), ha_));
  EXPECT_THAT(inside(), IsEmpty());
  arrive(kPublic, datagram(ip("203.0.113.99"), ha_, 434));
  EXPECT_THAT(inside(), SizeIs(1));
  play("{}", {"MOB-1-07"});
  EXPECT_FALSE(endpoint_->find(connect())->mobike);
  initiator_.tia.reset();
  play("{}", {"MOB-2-01"});
  connect();
  EXPECT_FALSE(initiator_.tia);
  play("{}", {"MOB-3.1.4-03"});
  const IkeSaId id = connect();
  inside();
  endpoint_->send(id, datagram(*initiator_.tia, ha_, 434));
  carry();
  EXPECT_THAT(inside(), IsEmpty());
  EXPECT_THROW(play("{}", {"MOB-9-99"}), model::InputError);
}

}  // namespace
}  // namespace mipvet::roles
