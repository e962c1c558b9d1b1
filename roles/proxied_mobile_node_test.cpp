#include "roles/mobile_node.h"
#include "roles/role_for_test.h"

// A mobile node that registers with a MIP Proxy: draft-adrangi-mobileip-vpn-traversal-02 §2.5,
// §2.6.

namespace mipvet::roles {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kRegistrar = R"({"nodes": {"mn": {"parameters":
    {"registrar": "mipp.public"}}}})";

class ProxiedMobileNodeTest : public RoleTest {
 protected:
  void SetUp() override { play("mn", kRegistrar); }
  void attach(const char* link) { command("attach", {{"link", link}, {"mode", "co-located"}}); }

  void answer(const Sent& asked, Code code, wire::Ipv4Address home_agent) {
    wire::Buffer message = reply_to(asked, {{reply::code, code}});
    wire::append_ha_parameter(message, network_.decode, home_agent);
    arrive_message(asked.link, {kProxy}, asked.source(), signed_by("mipp", "mn", message),
                   static_cast<std::uint16_t>(asked.source_port()));
  }
};

TEST_F(ProxiedMobileNodeTest, ARequestForTheProxyNamesTheHomeAgent) {
  attach("hotspot");
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].destination(), kProxy);
  EXPECT_EQ(sent[0].address(request::home_agent), kProxy);
  EXPECT_EQ(sent[0][request::reverse_tunneling], 1U);
  const wire::View parameter = sent[0].body().extension(mip4::ha_parameter::layout);
  ASSERT_TRUE(parameter);
  EXPECT_EQ(parameter.address(mip4::ha_parameter::home_agent_address), kHa);
  EXPECT_EQ(sent[0].body().extensions().back().layout, &authentication::mobile_home);
  EXPECT_EQ(check("mipp", "mn", sent[0]), Checked::valid);
}

TEST_F(ProxiedMobileNodeTest, TypesOfTheHaParameterAreThoseOfTheNetwork) {
  play("mn", R"({"ha_parameter": {"type": 126, "sub_type": 3},
                 "nodes": {"mn": {"parameters": {"registrar": "mipp.public"}}}})");
  attach("hotspot");
  const Sent sent = requests().at(0);
  const wire::View parameter = sent.body().extension(mip4::ha_parameter::layout);
  EXPECT_EQ(parameter[mip4::ha_parameter::type], 126U);
  EXPECT_EQ(parameter[mip4::ha_parameter::sub_type], 3U);
}

// MIPP §2.6.1.
TEST_F(ProxiedMobileNodeTest, ToldThatItIsInsideItRegistersWithTheHomeAgentItself) {
  attach("inside");
  answer(requests().at(0), Code::mobile_node_inside, kHa);
  pass(1s);
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].destination(), kHa);
  EXPECT_EQ(sent[0].address(request::home_agent), kHa);
  EXPECT_FALSE(sent[0].body().find(mip4::ha_parameter::layout));
  EXPECT_EQ(check("ha", "mn", sent[0]), Checked::valid);
}

TEST_F(ProxiedMobileNodeTest, AForged206ChangesNothing) {
  attach("inside");
  const Sent asked = requests().at(0);
  wire::Buffer message = reply_to(asked, {{reply::code, Code::mobile_node_inside}});
  wire::append_ha_parameter(message, network_.decode, kHa);
  arrive_message("inside", {kProxy}, kInside, message,
                 static_cast<std::uint16_t>(asked.source_port()));
  pass(1500ms);
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].destination(), kProxy);
}

TEST_F(ProxiedMobileNodeTest, AfterAMoveItAsksTheProxyAgain) {
  attach("inside");
  answer(requests().at(0), Code::mobile_node_inside, kHa);
  pass(2s);
  requests();
  command("move", {{"link", "hotspot"}, {"mode", "co-located"}});
  pass(2s);
  const auto sent = requests();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].destination(), kProxy);
}

TEST_F(ProxiedMobileNodeTest, RefusedForItsHaParameterItDoesNotAskTheSameAgain) {
  attach("hotspot");
  answer(requests().at(0), Code::zero_ha_parameter, kHa);
  pass(60s);
  EXPECT_THAT(requests(), IsEmpty());
}

}  // namespace
}  // namespace mipvet::roles
