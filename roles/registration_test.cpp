#include "roles/registration.h"

#include <gmock/gmock.h>

#include "engine/wire/test_frames.h"
#include "roles/network_for_test.h"

// Registration messages as roles read them.

namespace mipvet::roles {
namespace {

using namespace testing;
using ::testing::SizeIs;

/// The message of a frame that others have made.
wire::Buffer message_of(std::string_view frame) {
  const wire::frames::Decoded decoded(wire::frames::octets(frame));
  const wire::Bytes octets = decoded.packet.view(decoded.packet.message()).bytes();
  return {octets.begin(), octets.end()};
}

TEST(ReceivedMessage, HasItsFieldsAndExtensions) {
  const wire::Buffer octets = message_of(wire::frames::registration_request);
  const auto received = Received::parse(request::layout, octets, {});
  ASSERT_TRUE(received);
  EXPECT_EQ((*received)[request::lifetime], 300U);
  EXPECT_EQ(received->address(request::home_address), ip("10.0.1.5"));
  EXPECT_EQ(received->nai(), "mn@example.org");
  ASSERT_THAT(received->extensions(), SizeIs(3));
  EXPECT_EQ(received->count(authentication::mobile_home), 1U);
  EXPECT_EQ(received->find(authentication::foreign_home), nullptr);
  EXPECT_FALSE(received->extension(authentication::foreign_home));
  EXPECT_EQ(received->extension(mip4::ha_parameter::layout)
                .address(mip4::ha_parameter::home_agent_address),
            ip("198.51.100.10"));
  EXPECT_FALSE(received->malformed());
  EXPECT_FALSE(received->has_unknown_critical());
}

TEST(ReceivedMessage, IsOfItsLayoutAlone) {
  const wire::Buffer octets = message_of(wire::frames::registration_request);
  EXPECT_FALSE(Received::parse(reply::layout, octets, {}));
  EXPECT_TRUE(Received::parse(reply::layout, message_of(wire::frames::registration_reply), {}));
}

TEST(ReceivedMessage, CutAnywhereIsNoneOrMalformed) {
  const wire::Buffer whole = message_of(wire::frames::registration_request);
  std::size_t ends_of_extensions = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto received = Received::parse(request::layout, wire::Bytes(whole).first(size), {});
    ASSERT_EQ(received.has_value(), size >= request::layout.minimum) << size;
    if (received && !received->malformed()) ++ends_of_extensions;
  }
  EXPECT_EQ(ends_of_extensions, 3U) << "behind the fixed part, and behind two extensions";
}

TEST(ReceivedMessage, TypesBelow128AreCritical) {
  const auto with = [](std::uint8_t type) {
    wire::Buffer octets = wire::make(request::layout);
    octets.insert(octets.end(), {type, 0});
    return Received::parse(request::layout, octets, {})->has_unknown_critical();
  };
  EXPECT_TRUE(with(99));
  EXPECT_TRUE(with(126));
  EXPECT_FALSE(with(128));
  EXPECT_FALSE(with(255));
}

TEST(MobileNodeOf, IsFoundByHomeAddressElseByNai) {
  const model::Network declared = network();
  EXPECT_EQ(mobile_node_of(declared, kMn, {}), declared.find_node("mn"));
  EXPECT_EQ(mobile_node_of(declared, {}, "mn@example.com"), declared.find_node("mn"));
  EXPECT_EQ(mobile_node_of(declared, {}, {}), model::kNobody);
  EXPECT_EQ(mobile_node_of(declared, kCn, "other@example.com"), model::kNobody);
}

TEST(Parameters, AreOfTheNodeOrTheDefault) {
  const model::Network declared = network(R"({"nodes": {"mn": {"parameters": {"renew": false}}}})");
  const model::Node& mn = declared.node(declared.find_node("mn"));
  EXPECT_EQ(parameter<std::uint16_t>(mn, "lifetime", 1), 300U);
  EXPECT_EQ(parameter<std::uint16_t>(mn, "no such", 1), 1U);
  EXPECT_FALSE(parameter<bool>(mn, "renew", true));
  EXPECT_EQ(address_parameter(mn, "home_agent"), kHa);
  EXPECT_EQ(address_parameter(mn, "registrar", kCn), kCn);
  const model::Node& nat = declared.node(declared.find_node("nat"));
  EXPECT_EQ(link_parameter(declared, nat, "outside"), net::PortId{1});
  EXPECT_EQ(link_parameter(declared, nat, "no such"), std::nullopt);
}

}  // namespace
}  // namespace mipvet::roles
