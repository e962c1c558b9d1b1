#include "reports/packet_json.h"

#include <gtest/gtest.h>

#include "engine/wire/test_frames.h"

namespace mipvet::reports {
namespace {

using Json = nlohmann::ordered_json;

const Json& layer(const Json& packet, std::string_view name) {
  for (const Json& one : packet["layers"])
    if (one["name"] == name) return one;
  throw std::out_of_range(std::string(name));
}

Json field(const Json& packet, std::string_view name, const char* field_name) {
  return layer(packet, name)["fields"][field_name];
}

TEST(PacketJson, NamesEveryFieldWithValueAndOctets) {
  const wire::frames::Decoded decoded(wire::frames::octets(wire::frames::registration_request));
  const Json json = packet_json(decoded.packet);
  EXPECT_EQ(json["message"], "registration-request");
  EXPECT_EQ(json["defects"], Json::array());
  EXPECT_EQ(json["layers"].size(), 7U);
  EXPECT_EQ(layer(json, "registration-request")["byte_range"], Json({42, 112}));
  const auto shown = [&](std::string_view name, const char* field_name) {
    return field(json, name, field_name).dump();
  };
  EXPECT_EQ(shown("ethernet", "source"), R"({"value":"02:00:00:00:00:05","byte_range":[6,12]})");
  EXPECT_EQ(shown("registration-request", "lifetime"), R"({"value":300,"byte_range":[44,46]})");
  EXPECT_EQ(shown("registration-request", "broadcast_datagrams"),
            R"({"value":true,"byte_range":[43,44]})");
  EXPECT_EQ(shown("registration-request", "home_agent"),
            R"({"value":"192.0.2.1","byte_range":[50,54]})");
  EXPECT_EQ(shown("registration-request", "identification"),
            R"({"value":"0xe8d4a51000000001","byte_range":[58,66]})");
  EXPECT_EQ(shown("nai", "nai"), R"({"value":"mn@example.org","byte_range":[76,90]})");
  EXPECT_EQ(shown("mobile-home-authentication", "authenticator"),
            R"({"value":"000102030405060708090a0b0c0d0e0f","byte_range":[96,112]})");
  EXPECT_TRUE(layer(json, "nai")["extension"]);
  EXPECT_FALSE(layer(json, "udp")["extension"]);
}

TEST(PacketJson, TellsDefectsQuotesAndWhatIsNotThere) {
  wire::Buffer frame = wire::frames::octets(wire::frames::unreachable);
  frame[25] ^= 1;
  frame.resize(frame.size() - 2);
  const wire::frames::Decoded decoded(std::move(frame));
  const Json json = packet_json(decoded.packet);
  EXPECT_EQ(json["message"], "icmp-unreachable");
  EXPECT_EQ(json["defects"], Json({"truncated", "bad checksum"}));
  EXPECT_EQ(layer(json, "ipv4")["defects"], Json({"truncated", "bad checksum"}));
  EXPECT_EQ(layer(json, "udp")["defects"], Json({"truncated"}));
  EXPECT_TRUE(layer(json, "udp")["quote"]);
  EXPECT_TRUE(field(json, "udp", "checksum")["value"].is_null());
}

}  // namespace
}  // namespace mipvet::reports
