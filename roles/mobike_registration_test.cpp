#include "roles/mobike_registration.h"

#include "roles/role_for_test.h"

// Registrations of a mobile node with a VPN, whichever way they go: RFC 3344 §3.6, MOB §3.4.

namespace mipvet::roles {
namespace {

using namespace testing;

constexpr wire::Ipv4Address kTia{0x0A140001};

/// What became of the requests.
struct Recorder final : RegistrationOwner {
  void send_request(const RegistrationPlan& plan, wire::Bytes message) override {
    requests.push_back({plan.path, {message.begin(), message.end()}});
  }
  void registered(const Registration& one) override { accepted.push_back(one); }
  void unanswered(Path path) override { exhausted.push_back(path); }
  void answered_late(Path path) override { late.push_back(path); }
  void renewal_due(const Registration&) override { ++renewals; }

  struct Request {
    Path path;
    wire::Buffer message;
    std::uint64_t operator[](const wire::Field& field) const { return wire::read(message, field); }
  };
  std::vector<Request> requests;
  std::vector<Registration> accepted;
  std::vector<Path> exhausted;
  std::vector<Path> late;
  unsigned renewals = 0;
};

class MobikeRegistrationTest : public ::testing::Test {
 protected:
  RegistrationPlan direct(unsigned tries = 3) const {
    return {.path = Path::direct,
            .care_of = kInside,
            .lifetime = 300,
            .tries = tries,
            .wait = std::chrono::seconds(1)};
  }
  RegistrationPlan through_vpn() const {
    return {.path = Path::tunnel,
            .care_of = kTia,
            .lifetime = 300,
            .tries = 3,
            .wait = std::chrono::seconds(1)};
  }
  wire::Buffer reply(const Recorder::Request& asked, std::uint8_t code = 0,
                     std::uint16_t lifetime = 300) const {
    return wire::make(reply::layout, {{reply::code, code},
                                      {reply::lifetime, lifetime},
                                      {reply::home_address, kMn},
                                      {reply::home_agent, kHa},
                                      {reply::identification, asked[request::identification]}});
  }
  wire::Buffer by_home_agent(wire::Buffer message) const {
    Keyring(network_, network_.find_node("ha"))
        .sign(message, authentication::mobile_home, network_.find_node("mn"));
    return message;
  }

  model::Network network_ = network();
  TestEnvironment environment_;
  ActiveDeviations none_{{}, {}, "mobile-node"};
  Recorder recorder_;
  MobikeRegistration registration_{network_, network_.find_node("mn"), environment_, none_,
                                   recorder_};
};

TEST_F(MobikeRegistrationTest, ACoLocatedRequestAsksForAllThatANatMayNeed) {
  registration_.begin(direct());
  ASSERT_EQ(recorder_.requests.size(), 1U);
  const auto& asked = recorder_.requests[0];
  EXPECT_EQ(asked[request::decapsulation_by_mobile_node], 1U);
  EXPECT_EQ(asked[request::care_of_address], kInside.value);
  const auto parsed = Received::parse(request::layout, asked.message, network_.decode);
  ASSERT_TRUE(parsed);
  EXPECT_NE(parsed->find(mip4::udp_tunnel_request::layout), nullptr);
  EXPECT_EQ(Keyring(network_, network_.find_node("ha"))
                .check(*parsed, authentication::mobile_home, network_.find_node("mn")),
            Checked::valid);
}

TEST_F(MobikeRegistrationTest, InTheVpnReverseTunnellingIsNoChoice) {
  network_ = network(R"({"nodes": {"mn": {"parameters": {"reverse_tunneling": false}}}})");
  MobikeRegistration registration(network_, network_.find_node("mn"), environment_, none_,
                                  recorder_);
  registration.begin(through_vpn());
  EXPECT_EQ(recorder_.requests.at(0)[request::reverse_tunneling], 1U);
}

TEST_F(MobikeRegistrationTest, RepeatsEverMoreSlowlyWithANewIdentificationEachTime) {
  registration_.begin(direct(3));
  environment_.pass(900ms);
  EXPECT_EQ(recorder_.requests.size(), 1U);
  environment_.pass(200ms);
  EXPECT_EQ(recorder_.requests.size(), 2U);
  environment_.pass(2s);
  ASSERT_EQ(recorder_.requests.size(), 3U);
  EXPECT_NE(recorder_.requests[0][request::identification],
            recorder_.requests[1][request::identification]);
  EXPECT_TRUE(recorder_.exhausted.empty());
  environment_.pass(4s);
  EXPECT_EQ(recorder_.exhausted, std::vector{Path::direct});
  environment_.pass(60s);
  EXPECT_EQ(recorder_.requests.size(), 3U);
}

TEST_F(MobikeRegistrationTest, NeverSendsTwoRequestsWithinASecond) {
  registration_.begin(direct());
  registration_.begin(through_vpn());
  for (std::size_t second = 0; second < 6; ++second) {
    EXPECT_LE(recorder_.requests.size(), second + 1);
    environment_.pass(999ms);
    EXPECT_LE(recorder_.requests.size(), second + 1);
    environment_.pass(1ms);
  }
  EXPECT_EQ(recorder_.requests.size(), 6U);
}

TEST_F(MobikeRegistrationTest, OnAnotherLinkThereIsNothingToWaitFor) {
  registration_.begin(direct());
  registration_.new_link();
  registration_.begin(direct());
  EXPECT_EQ(recorder_.requests.size(), 2U);
}

TEST_F(MobikeRegistrationTest, AnAuthenticReplyIsARegistration) {
  registration_.begin(direct());
  registration_.receive(by_home_agent(reply(recorder_.requests[0], 0, 120)), false);
  ASSERT_EQ(recorder_.accepted.size(), 1U);
  EXPECT_EQ(recorder_.accepted[0].care_of, kInside);
  EXPECT_EQ(recorder_.accepted[0].lifetime, 120);
  ASSERT_TRUE(registration_.binding());
  environment_.pass(61s);
  EXPECT_EQ(recorder_.renewals, 1U);
  environment_.pass(60s);
  EXPECT_FALSE(registration_.binding());
}

TEST_F(MobikeRegistrationTest, AForgedReplyIsNone) {
  registration_.begin(direct());
  registration_.receive(reply(recorder_.requests[0]), false);
  wire::Buffer altered = by_home_agent(reply(recorder_.requests[0]));
  altered.back() ^= 1U;
  registration_.receive(altered, false);
  Recorder::Request other = recorder_.requests[0];
  wire::write(other.message, request::identification, other[request::identification] + 1);
  registration_.receive(by_home_agent(reply(other)), false);
  EXPECT_TRUE(recorder_.accepted.empty());
  EXPECT_FALSE(registration_.binding());
}

TEST_F(MobikeRegistrationTest, AReplyOfAnotherPathIsNone) {
  registration_.begin(direct());
  registration_.receive(by_home_agent(reply(recorder_.requests[0])), true);
  EXPECT_TRUE(recorder_.accepted.empty()) << "it came through the tunnel";
}

TEST_F(MobikeRegistrationTest, ADenialIsNoRegistrationAndIsAskedAgain) {
  registration_.begin(direct());
  registration_.receive(by_home_agent(reply(recorder_.requests[0], 128)), false);
  EXPECT_TRUE(recorder_.accepted.empty());
  environment_.pass(1100ms);
  EXPECT_EQ(recorder_.requests.size(), 2U);
}

TEST_F(MobikeRegistrationTest, AForeignAgentSaysNothingOfTheHomeAgent) {
  registration_.begin(direct());
  registration_.receive(reply(recorder_.requests[0], 65), false);
  EXPECT_TRUE(recorder_.exhausted.empty());
  environment_.pass(1100ms);
  EXPECT_EQ(recorder_.requests.size(), 2U) << "as if nothing had come";
}

TEST_F(MobikeRegistrationTest, AReplyToARequestBeforeTheLastIsLate) {
  registration_.begin(direct(1));
  environment_.pass(2s);
  registration_.begin(through_vpn());
  ASSERT_EQ(recorder_.requests.size(), 2U);
  registration_.receive(by_home_agent(reply(recorder_.requests[0])), false);
  EXPECT_TRUE(recorder_.accepted.empty());
  EXPECT_EQ(recorder_.late, std::vector{Path::direct});
  EXPECT_FALSE(registration_.binding());
}

TEST_F(MobikeRegistrationTest, UdpTunnellingHasTheIntervalThatTheHomeAgentSays) {
  registration_.begin(direct());
  wire::Buffer message = reply(recorder_.requests[0]);
  wire::append_extension(message, mip4::udp_tunnel_reply::layout,
                         {{mip4::udp_tunnel_reply::keepalive_interval, 30}});
  registration_.receive(by_home_agent(message), false);
  ASSERT_EQ(recorder_.accepted.size(), 1U);
  EXPECT_EQ(recorder_.accepted[0].udp_keepalive, net::Duration(30s));
}

}  // namespace
}  // namespace mipvet::roles
