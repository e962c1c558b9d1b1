#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/net/environment_for_test.h"
#include "engine/net/network_for_test.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"
#include "engine/wire/ipv4.h"
#include "roles/dhcp_client.h"
#include "roles/dhcp_server.h"

// A client and a server on one link: RFC 2131 §3, §4.3, §4.4.

namespace mipvet::roles {
namespace {

using namespace std::chrono_literals;
namespace dhcp = wire::dhcp;
using net::testing::ip;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::Ipv4Address;

model::Network two_clients() {
  return net::testing::NetworkBuilder()
      .link("hotspot")
      .node("ar", Role::router)
      .attach(0, "198.51.100.1/25")
      .node("mn", Role::mobile_node)
      .attach(0)
      .node("other", Role::mobile_node)
      .attach(0)
      .network;
}

class DhcpTest : public ::testing::Test {
 protected:
  struct Node {
    Node(const model::Network& network, model::NodeId id) : host(network, id, environment) {
      host.set_up(0, true);
    }
    net::testing::TestEnvironment environment;
    net::Host host;
  };
  struct Client : Node {
    Client(const model::Network& network, model::NodeId id)
        : Node(network, id),
          dhcp(host, {[this](const DhcpLease& lease) {
                        host.add_address(0, lease.address);
                        bound.push_back(lease.address.to_string());
                      },
                      [this](const DhcpLease& lease) {
                        host.remove_address(0, lease.address.address);
                        lost.push_back(lease.address.to_string());
                      }}) {}
    DhcpClient dhcp;
    std::vector<std::string> bound;
    std::vector<std::string> lost;
  };

  void serve(std::string_view pool, std::uint32_t lease = 3600) {
    server_ = std::make_unique<DhcpServer>(
        network_, ar_.host, std::vector<DhcpServer::Range>{{0, net::testing::prefix(pool), lease}});
  }
  /// Carries frames between the nodes until all are quiet; `told` keeps DHCP messages.
  void carry() {
    const std::vector<Node*> nodes = {&ar_, &mn_, &other_};
    for (bool more = true; std::exchange(more, false);)
      for (Node* from : nodes)
        for (const net::testing::SentFrame& frame : from->environment.take()) {
          more = true;
          note(frame);
          if (cut_) continue;
          for (Node* to : nodes)
            if (to != from) to->host.receive(0, frame.octets);
        }
  }
  void note(const net::testing::SentFrame& frame) {
    wire::Packet packet;
    packet.decode(frame.octets);
    EXPECT_EQ(packet.defects(), 0);
    const wire::Layer& message = packet.message();
    if (dhcp::message_type_of(*message.layout) == 0) return;
    told_.emplace_back(message.layout->name);
    times_.push_back(frame.time);
    const wire::Layer* header = packet.find(wire::ip::layout);
    last_source_ = packet.view(*header).address(wire::ip::source);
    last_destination_ = packet.view(*header).address(wire::ip::destination);
    last_ = *dhcp::read_message(packet.view(message).bytes());
  }
  void pass(net::Duration duration) {
    const net::Time end = mn_.environment.now() + duration;
    while (mn_.environment.now() < end) {
      const net::Duration step = std::min<net::Duration>(100ms, end - mn_.environment.now());
      for (Node* node :
           {static_cast<Node*>(&ar_), static_cast<Node*>(&mn_), static_cast<Node*>(&other_)})
        node->environment.pass(step);
      carry();
    }
  }
  std::vector<std::string> told() { return std::exchange(told_, {}); }
  void start(Client& client) {
    client.dhcp.start(0);
    carry();
  }
  /// A message that no client of ours would send now.
  void ask(Client& client, const dhcp::Message& message) {
    client.host.send_udp({}, dhcp::kClientPort, wire::kLimitedBroadcast, dhcp::kServerPort,
                         dhcp::compose(message), {.port = 0});
    carry();
  }

  const model::Network network_ = two_clients();
  Node ar_{network_, 0};
  Client mn_{network_, 1};
  Client other_{network_, 2};
  std::unique_ptr<DhcpServer> server_;
  bool cut_ = false;
  std::vector<std::string> told_;
  std::vector<net::Time> times_;
  Ipv4Address last_source_, last_destination_;
  dhcp::Message last_;
};

TEST_F(DhcpTest, GivesAnAddressToWhoHasNone) {
  serve("198.51.100.64/27");
  start(mn_);
  EXPECT_THAT(told(), ElementsAre("dhcp-discover", "dhcp-offer", "dhcp-request", "dhcp-ack"));
  EXPECT_EQ(last_source_, ip("198.51.100.1"));
  EXPECT_EQ(last_destination_, wire::kLimitedBroadcast) << "the client asked for that";
  ASSERT_TRUE(mn_.dhcp.lease());
  EXPECT_EQ(mn_.dhcp.lease()->address.to_string(), "198.51.100.64/25");
  EXPECT_EQ(mn_.dhcp.lease()->router, ip("198.51.100.1"));
  EXPECT_EQ(mn_.dhcp.lease()->server, ip("198.51.100.1"));
  EXPECT_EQ(mn_.dhcp.lease()->duration, 3600s);
  EXPECT_THAT(mn_.bound, ElementsAre("198.51.100.64/25"));
}

TEST_F(DhcpTest, EachClientHasItsOwnAddressAndKeepsIt) {
  serve("198.51.100.64/27");
  start(mn_);
  start(other_);
  EXPECT_THAT(other_.bound, ElementsAre("198.51.100.65/25"));
  mn_.host.remove_address(0, ip("198.51.100.64"));
  start(mn_);
  EXPECT_THAT(mn_.bound, ElementsAre("198.51.100.64/25", "198.51.100.64/25"));
}

TEST_F(DhcpTest, LeavesOutWhatIsNoHostsAddressOrANodes) {
  serve("198.51.100.0/30");  // .0 is the link's, .1 the server's
  start(mn_);
  EXPECT_THAT(mn_.bound, ElementsAre("198.51.100.2/25"));
}

TEST_F(DhcpTest, AnExhaustedPoolIsSilentUntilSomethingIsReleased) {
  serve("198.51.100.64/32");
  start(mn_);
  start(other_);
  EXPECT_THAT(other_.bound, IsEmpty());
  told();
  mn_.dhcp.release();
  carry();
  EXPECT_THAT(told(), ElementsAre("dhcp-release"));
  EXPECT_EQ(last_destination_, ip("198.51.100.1"));
  pass(20s);
  EXPECT_THAT(other_.bound, ElementsAre("198.51.100.64/25"));
}

TEST_F(DhcpTest, ALeaseThatEndedIsGivenToTheNext) {
  serve("198.51.100.64/32", 60);
  start(mn_);
  mn_.dhcp.stop();
  pass(59s);
  start(other_);
  EXPECT_THAT(other_.bound, IsEmpty());
  pass(20s);
  EXPECT_THAT(other_.bound, ElementsAre("198.51.100.64/25"));
}

TEST_F(DhcpTest, RenewsAtHalfOfTheLease) {
  serve("198.51.100.64/27", 1000);
  start(mn_);
  told();
  pass(499s);
  EXPECT_THAT(told(), IsEmpty());
  pass(2s);
  EXPECT_THAT(told(), ElementsAre("dhcp-request", "dhcp-ack"));
  EXPECT_EQ(last_destination_, ip("198.51.100.64")) << "the answer to a renewal is a unicast";
  EXPECT_EQ(last_.ciaddr, ip("198.51.100.64"));
  EXPECT_THAT(mn_.bound, ElementsAre("198.51.100.64/25")) << "nothing new";
  pass(600s);
  EXPECT_THAT(mn_.lost, IsEmpty());
}

TEST_F(DhcpTest, RenewsThenRebindsThenGivesUpWithoutAServer) {
  serve("198.51.100.64/27", 1000);
  start(mn_);
  told();
  cut_ = true;
  mn_.host.set_neighbour(0, ip("198.51.100.1"), ar_.host.mac(0));
  pass(870s);
  EXPECT_GE(told().size(), 2U);
  EXPECT_EQ(last_destination_, ip("198.51.100.1"));
  EXPECT_FALSE(last_.server || last_.requested_address) << "RFC 2131 §4.3.2, table 4";
  pass(10s);
  EXPECT_THAT(told(), ElementsAre("dhcp-request"));
  EXPECT_EQ(last_destination_, wire::kLimitedBroadcast);
  EXPECT_THAT(mn_.lost, IsEmpty());
  pass(121s);
  EXPECT_THAT(mn_.lost, ElementsAre("198.51.100.64/25"));
  EXPECT_EQ(told_.back(), "dhcp-discover");
  EXPECT_FALSE(mn_.dhcp.lease());
}

TEST_F(DhcpTest, RetransmitsWithBackoff) {
  start(mn_);  // there is no server
  pass(200s);
  ASSERT_GE(times_.size(), 6U);
  for (std::size_t i = 1; i < 6; ++i) {
    const auto gap = times_[i] - times_[i - 1];
    const auto middle = 4s * (1 << (i - 1));
    EXPECT_GE(gap, middle - 1s) << i;
    EXPECT_LE(gap, middle + 1s) << i;
  }
  EXPECT_EQ(last_.secs,
            std::chrono::duration_cast<std::chrono::seconds>(times_.back() - times_[0]).count());
}

TEST_F(DhcpTest, BeginsAnewWhenRequestsAreNotAnswered) {
  serve("198.51.100.64/27");
  mn_.dhcp.start(0);
  carry();
  mn_.dhcp.stop();
  told();
  mn_.dhcp.start(0);
  const auto frames = mn_.environment.take();
  ASSERT_EQ(frames.size(), 1U);
  ar_.host.receive(0, frames[0].octets);
  for (const auto& offer : ar_.environment.take()) mn_.host.receive(0, offer.octets);
  cut_ = true;
  pass(70s);
  auto messages = told();
  messages.resize(5);  // and more of the last kind
  EXPECT_THAT(messages, ElementsAre("dhcp-request", "dhcp-request", "dhcp-request", "dhcp-request",
                                    "dhcp-discover"));
}

TEST_F(DhcpTest, ARefusalBeginsAnew) {
  serve("198.51.100.64/27", 100);
  start(mn_);
  serve("198.51.100.96/27", 100);  // numbered anew
  told();
  pass(51s);
  EXPECT_THAT(told(), ElementsAre("dhcp-request", "dhcp-nak", "dhcp-discover", "dhcp-offer",
                                  "dhcp-request", "dhcp-ack"));
  EXPECT_THAT(mn_.lost, ElementsAre("198.51.100.64/25"));
  EXPECT_THAT(mn_.bound, ElementsAre("198.51.100.64/25", "198.51.100.96/25"));
}

TEST_F(DhcpTest, AServerThatForgotLetsClientsKeepTheirAddress) {
  serve("198.51.100.64/27", 100);
  start(mn_);
  serve("198.51.100.64/27", 100);
  pass(51s);
  EXPECT_THAT(mn_.lost, IsEmpty());
  start(other_);
  EXPECT_THAT(other_.bound, ElementsAre("198.51.100.65/25"));
}

TEST_F(DhcpTest, AnswersRequestsByTheirState) {
  serve("198.51.100.64/27");
  dhcp::Message message;
  message.kind = &dhcp::request;
  message.chaddr = mn_.host.mac(0);
  message.broadcast = true;
  message.requested_address = ip("198.51.100.70");
  ask(mn_, message);
  EXPECT_THAT(told(), ElementsAre("dhcp-request")) << "after a reboot: may be another server's";
  message.requested_address = ip("203.0.113.7");
  ask(mn_, message);
  EXPECT_THAT(told(), ElementsAre("dhcp-request", "dhcp-nak")) << "of another link";
  EXPECT_EQ(last_.text, "not an address of this link");
  message.requested_address = ip("198.51.100.70");
  message.server = ip("198.51.100.1");
  ask(mn_, message);
  EXPECT_THAT(told(), ElementsAre("dhcp-request", "dhcp-nak")) << "not offered";
  message.server = ip("198.51.100.2");
  ask(mn_, message);
  EXPECT_THAT(told(), ElementsAre("dhcp-request")) << "for another server";
  start(mn_);
  told();
  message.server.reset();
  message.requested_address = ip("198.51.100.64");
  message.client_identifier = {1, 2, 0, 0, 0, 0, 1};
  ask(mn_, message);
  EXPECT_THAT(told(), ElementsAre("dhcp-request", "dhcp-ack")) << "what it has";
}

TEST_F(DhcpTest, ADeclinedAddressIsNotGivenAgain) {
  serve("198.51.100.64/27");
  start(mn_);
  dhcp::Message message;
  message.kind = &dhcp::decline;
  message.chaddr = mn_.host.mac(0);
  message.client_identifier = {1, 2, 0, 0, 0, 0, 1};
  ask(mn_, message);
  start(other_);
  EXPECT_THAT(other_.bound, ElementsAre("198.51.100.65/25"));
}

TEST_F(DhcpTest, TellsWhoHasAnAddressAlready) {
  serve("198.51.100.64/27");
  mn_.host.add_address(0, net::testing::prefix("198.51.100.20/25"));
  dhcp::Message message;
  message.kind = &dhcp::inform;
  message.chaddr = mn_.host.mac(0);
  message.ciaddr = ip("198.51.100.20");
  ask(mn_, message);
  EXPECT_THAT(told(), ElementsAre("dhcp-inform", "dhcp-ack"));
  EXPECT_FALSE(last_.lease_time);
  EXPECT_EQ(last_destination_, ip("198.51.100.20"));
}

TEST_F(DhcpTest, StopsWithoutAWord) {
  start(mn_);
  told();
  mn_.dhcp.stop();
  pass(100s);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(DhcpTest, RangesComeFromTheParameters) {
  model::Node node = network_.node(0);
  EXPECT_THAT(dhcp_ranges(network_, node), IsEmpty());
  node.parameters = {{"dhcp", {{{"link", "hotspot"}, {"pool", "198.51.100.64/27"}}}}};
  const auto ranges = dhcp_ranges(network_, node);
  ASSERT_EQ(ranges.size(), 1U);
  EXPECT_EQ(ranges[0].port, 0);
  EXPECT_EQ(ranges[0].pool.to_string(), "198.51.100.64/27");
  EXPECT_EQ(ranges[0].lease, 3600U);
}

}  // namespace
}  // namespace mipvet::roles
