#include "roles/mip_proxy.h"
#include "roles/role_for_test.h"

// What the proxy refuses by itself: draft-adrangi-mobileip-vpn-traversal-02 §2.2.4, §2.4, §2.6.1.

namespace mipvet::roles {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class MipProxyDenials : public RoleTest {
 protected:
  void SetUp() override { play("mipp"); }

  wire::Buffer bare(std::initializer_list<wire::FieldValue> changes = {}) {
    return changed(request_of({{request::reverse_tunneling, true}, {request::home_agent, kProxy}}),
                   changes);
  }
  wire::Buffer asked(wire::Ipv4Address home_agent,
                     std::initializer_list<wire::FieldValue> changes = {}) {
    wire::Buffer message = bare(changes);
    wire::append_ha_parameter(message, network_.decode, home_agent);
    return signed_by("mn", "mipp", message);
  }
  /// Refused with a signed reply and not relayed; the home agent that the reply names.
  wire::Ipv4Address expect_denied(wire::Bytes message, Code code,
                                  wire::Ipv4Address source = kHotspot,
                                  std::string_view link = "public") {
    arrive_message(link, {source, 40434}, kProxy, message);
    const auto sent = take();
    EXPECT_THAT(sent, SizeIs(1));
    if (sent.size() != 1 || !sent[0].is(reply::layout)) return {};
    EXPECT_EQ(sent[0][reply::code], static_cast<std::uint64_t>(code));
    EXPECT_EQ(sent[0].source(), kProxy);
    EXPECT_EQ(sent[0].destination(), source);
    EXPECT_EQ(sent[0][reply::identification], wire::read(message, request::identification));
    EXPECT_EQ(sent[0].address(reply::home_agent), kProxy);
    EXPECT_EQ(check("mn", "mipp", sent[0]), Checked::valid);
    return sent[0]
        .body()
        .extension(mip4::ha_parameter::layout)
        .address(mip4::ha_parameter::home_agent_address);
  }
};

TEST_F(MipProxyDenials, AuthenticationCode131) {
  wire::Buffer altered = asked(kHa);
  altered.back() ^= 1;
  expect_denied(altered, Code::mobile_node_failed_authentication);
  expect_denied(bare(), Code::mobile_node_failed_authentication);
  expect_denied(signed_by("mn", "mipp", asked(kHa)), Code::mobile_node_failed_authentication);
}

TEST_F(MipProxyDenials, AnUnknownSpiIsRefusedWithoutASignature) {
  wire::Buffer message = asked(kHa);
  message[message.size() - 17] ^= 0x40;  // the last octet of the SPI
  arrive_message("public", {kHotspot, 40434}, kProxy, message);
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0][reply::code], 131U);
  EXPECT_FALSE(sent[0].body().find(authentication::mobile_home)) << "no key to sign with";
}

TEST_F(MipProxyDenials, HaParameterCodes200And201) {
  expect_denied(signed_by("mn", "mipp", bare()), Code::missing_ha_parameter);
  EXPECT_EQ(expect_denied(asked({}), Code::zero_ha_parameter), wire::Ipv4Address{});
  expect_denied(asked(ip("224.0.0.11")), Code::missing_ha_parameter);
}

TEST_F(MipProxyDenials, OtherFaults) {
  expect_denied(asked(kHa, {{request::home_agent, kHa}}), Code::unknown_home_agent_address);
  expect_denied(asked(kHa, {{request::reverse_tunneling, false}}), Code::reverse_tunnel_mandatory);
  EXPECT_EQ(expect_denied(asked(ip("10.0.0.77")), Code::administratively_prohibited),
            ip("10.0.0.77"))
      << "a home agent that it does not serve";
}

TEST_F(MipProxyDenials, EncapsulationOnlyWhereItDeclaresToHaveNone) {
  const auto with_gre = [this] { return asked(kHa, {{request::gre_encapsulation, true}}); };
  arrive_message("public", {kHotspot, 40434}, kProxy, with_gre());
  EXPECT_THAT(requests(), SizeIs(1));
  play("mipp", R"({"nodes": {"mipp": {"supports": ["encapsulation-subset"]}}})");
  expect_denied(with_gre(), Code::requested_encapsulation_unavailable);
}

// MIPP §2.6.1: the source tells where the node is, and the reply names its home agent.
TEST_F(MipProxyDenials, InsideTheyAreSentToTheHomeAgent) {
  EXPECT_EQ(expect_denied(asked(kHa, {{request::care_of_address, kInside}}),
                          Code::mobile_node_inside, kInside, "private"),
            kHa);
  arrive_message("public", {kHotspot, 40434}, kProxy,
                 asked(kHa, {{request::care_of_address, kInside}}));
  EXPECT_THAT(requests(), SizeIs(1)) << "a care-of address inside, but it came from outside";
}

TEST_F(MipProxyDenials, ByInterfaceTheLinkTellsInsteadOfTheSource) {
  play("mipp", R"({"nodes": {"mipp": {"parameters": {"location": "by-interface"}}}})");
  expect_denied(asked(kHa), Code::mobile_node_inside, kHotspot, "private");
  arrive_message("public", {kInside, 40434}, kProxy, asked(kHa));
  EXPECT_THAT(requests(), SizeIs(1));
}

TEST_F(MipProxyDenials, DropsInSilence) {
  const auto is_dropped = [this](wire::Bytes message) {
    arrive_message("public", {kHotspot, 40434}, kProxy, message);
    return take().empty();
  };
  wire::Buffer cut = bare();
  cut.insert(cut.end(), {131, 200, 'm'});
  EXPECT_TRUE(is_dropped(cut)) << "an extension runs over the end";
  wire::Buffer unknown = bare();
  unknown.insert(unknown.end(), {99, 0});
  EXPECT_TRUE(is_dropped(signed_by("mn", "mipp", unknown)));
  EXPECT_TRUE(is_dropped(bare({{request::home_address, wire::Ipv4Address{}}})))
      << "nobody, and no NAI";
}

TEST_F(MipProxyDenials, TheHomeAgentForgotTheNaiOrTheAddress) {
  play("mipp", R"({"nodes": {"mn": {"home_address": null}, "mipp": {"supports": ["nai"]}}})");
  wire::Buffer message = bare({{request::home_address, wire::Ipv4Address{}}});
  append_nai(message, "mn@example.com");
  wire::append_ha_parameter(message, network_.decode, kHa);
  const auto code_after = [&](wire::Ipv4Address home, wire::Ipv4Address home_agent, bool with_nai) {
    pass(1s);
    arrive_message(
        "public", {kHotspot, 40434}, kProxy,
        signed_by("mn", "mipp", changed(message, {{request::identification, timestamp()}})));
    wire::Buffer answer =
        reply_to(requests().at(0), {{reply::home_address, home}, {reply::home_agent, home_agent}});
    if (with_nai) append_nai(answer, "mn@example.com");
    arrive_message("private", {kHa}, kProxyInside, signed_by("ha", "mipp", answer));
    return replies().at(0)[reply::code];
  };
  EXPECT_EQ(code_after(kMn, kHa, false), 203U);
  EXPECT_EQ(code_after({}, kHa, true), 204U);
  EXPECT_EQ(code_after(kMn, {}, true), 205U);
  EXPECT_EQ(code_after(kMn, kHa, true), 0U);
}

}  // namespace
}  // namespace mipvet::roles
