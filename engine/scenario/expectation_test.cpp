#include "engine/scenario/expectation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/scenario/network_for_test.h"
#include "engine/scenario/reader.h"
#include "engine/wire/arp.h"
#include "engine/wire/compose.h"
#include "engine/wire/frame.h"
#include "engine/wire/mip4.h"

namespace mipvet::scenario {
namespace {

using namespace testing;  // the network's names
namespace request = wire::mip4::request;

wire::Ipv4Address ip(std::string_view text) {
  return wire::Ipv4Address::parse(text).value();
}
wire::MacAddress mac(std::string_view text) {
  return wire::MacAddress::parse(text).value();
}

/// A registration request from the proxy to the home agent, with an NAI.
class Expectation : public ::testing::Test {
 protected:
  Expectation() {
    message_ = wire::make(request::layout, {{request::lifetime, 300},
                                            {request::reverse_tunneling, 1},
                                            {request::home_address, ip("10.1.0.5")},
                                            {request::care_of_address, ip("10.0.0.1")},
                                            {request::identification, 0xEE00000000000001}});
    wire::append_extension(message_, wire::mip4::nai::layout, {{wire::mip4::nai::nai, "mn@x"}});
    frame_ = wire::udp_frame({ethernet_, {ip("10.0.0.1"), ip("10.0.0.2")}, {434, 434}}, message_);
  }

  /// "" where the frame matches, else how it differs.
  std::string compare(std::string_view match, model::LinkId link = kPrivate) {
    const model::Document document = model::parse_document(match, "s.json");
    wire::Packet packet;
    packet.decode(frame_);
    const auto difference = mismatch(Reader(network_).match(model::Value(document)), network_, link,
                                     packet, named_, net::Time(std::chrono::seconds(1767225600)));
    return difference ? difference->reason : "";
  }

  model::Network network_ = network();
  NamedFrames named_{network_.decode};
  wire::EthernetHeader ethernet_{mac("02:00:00:02:00:02"), mac("02:00:00:02:00:03")};
  wire::Buffer message_;
  wire::Buffer frame_;
};

TEST_F(Expectation, ComparesLinkAndMessage) {
  EXPECT_EQ(compare(R"({"link": "private"})"), "");
  EXPECT_EQ(compare(R"({"link": "home"})"), "on another link");
  EXPECT_EQ(compare(R"({"link": "private", "message": "registration-request"})"), "");
  EXPECT_EQ(compare(R"({"link": "private", "message": "registration-reply"})"),
            "registration-request");
}

TEST_F(Expectation, KnowsPartiesByTheirAddresses) {
  EXPECT_EQ(compare(R"({"link": "private", "from": "mipp", "to": "ha"})"), "");
  EXPECT_EQ(compare(R"({"link": "private", "from": "mipp.private", "to": "10.0.0.2"})"), "");
  EXPECT_EQ(compare(R"({"link": "private", "from": "mipp.public"})"), "not from mipp.public");
  EXPECT_EQ(compare(R"({"link": "private", "from": "fa"})"), "not from fa");
  EXPECT_EQ(compare(R"({"link": "private", "to": "mn"})"), "not to mn");
  EXPECT_EQ(compare(R"({"link": "private", "from": "tester"})"), "not from tester");
}

TEST_F(Expectation, KnowsPartiesByTheirMacWhereTheAddressIsNobodys) {
  frame_ = wire::udp_frame({{mac("02:00:00:00:00:00"), wire::kBroadcastMac},
                            {ip("0.0.0.0"), ip("255.255.255.255")},
                            {434, 434}},
                           message_);
  EXPECT_EQ(compare(R"({"link": "visited", "from": "mn"})", kVisited), "");
  EXPECT_EQ(compare(R"({"link": "visited", "to": "fa"})", kVisited), "not to fa");
  EXPECT_EQ(compare(R"({"link": "visited", "to": "255.255.255.255"})", kVisited), "");
}

TEST_F(Expectation, TakesFramesOfTheTesterForNobodyElses) {
  std::ranges::copy(network_.tester_mac.octets, frame_.begin() + 6);
  EXPECT_EQ(compare(R"({"link": "private", "from": "mipp"})"), "not from mipp");
  EXPECT_EQ(compare(R"({"link": "private", "from": "10.0.0.1"})"), "not from 10.0.0.1");
  EXPECT_EQ(compare(R"({"link": "private", "from": "tester"})"), "");
  EXPECT_EQ(compare(R"({"link": "private"})"), "");
}

TEST_F(Expectation, KnowsPartiesOfArp) {
  frame_ = wire::arp_frame(
      {mac("02:00:00:02:00:02"), wire::kBroadcastMac},
      {wire::arp::kRequest, mac("02:00:00:02:00:02"), ip("10.0.0.1"), {}, ip("10.0.0.2")});
  EXPECT_EQ(compare(R"({"link": "private", "message": "arp", "from": "mipp", "to": "ha"})"), "");
}

TEST_F(Expectation, ComparesFieldsOfTheMessage) {
  const auto fields = [this](std::string_view tests) {
    return compare(R"({"link": "private", "message": "registration-request", "fields": )" +
                   std::string(tests) + "}");
  };
  EXPECT_EQ(fields(R"({"lifetime": 300, "reverse_tunneling": true})"), "");
  EXPECT_EQ(fields(R"({"lifetime": "0x12c"})"), "");
  EXPECT_EQ(fields(R"({"lifetime": 301})"), "lifetime 300");
  EXPECT_EQ(fields(R"({"lifetime": {"at_most": 300}})"), "");
  EXPECT_EQ(fields(R"({"lifetime": {"at_most": 299}})"), "lifetime 300");
  EXPECT_EQ(fields(R"({"lifetime": {"at_least": 300}})"), "");
  EXPECT_EQ(fields(R"({"lifetime": {"at_least": 301}})"), "lifetime 300");
  EXPECT_EQ(fields(R"({"lifetime": {"one_of": [1, 300]}})"), "");
  EXPECT_EQ(fields(R"({"lifetime": {"one_of": [1, 2]}})"), "lifetime 300");
  EXPECT_EQ(fields(R"({"lifetime": {"not": 300}})"), "lifetime 300");
  EXPECT_EQ(fields(R"({"lifetime": {"not": {"one_of": [1, 2]}}})"), "");
  EXPECT_EQ(fields(R"({"care_of_address": "mipp.private", "home_address": "mn.home_address"})"),
            "");
  EXPECT_EQ(fields(R"({"care_of_address": "10.0.0.9"})"), "care_of_address 10.0.0.1");
}

TEST_F(Expectation, ComparesFieldsOfOtherLayers) {
  EXPECT_EQ(compare(R"({"link": "private", "fields": {"ipv4.time_to_live": 64,
                        "udp.destination_port": 434, "nai.nai": "mn@x",
                        "ethernet.source": "02:00:00:02:00:02"}})"),
            "");
  EXPECT_EQ(compare(R"({"link": "private", "fields": {"nai.nai": "nm@x"}})"), "nai.nai mn@x");
  EXPECT_EQ(
      compare(R"({"link": "private", "fields": {"ha-parameter.home_agent_address": "0.0.0.0"}})"),
      "no ha-parameter.home_agent_address");
}

TEST_F(Expectation, ComparesExtensions) {
  EXPECT_EQ(compare(R"({"link": "private", "extensions": ["nai"], "without": ["ha-parameter"]})"),
            "");
  EXPECT_EQ(compare(R"({"link": "private", "extensions": ["ha-parameter"]})"), "no ha-parameter");
  EXPECT_EQ(compare(R"({"link": "private", "without": ["nai"]})"), "a nai");
}

TEST_F(Expectation, ComparesWithFramesSeenBefore) {
  const model::Document document = model::parse_document(
      R"({"first": {"expect": {"link": "private", "message": "registration-request"}, "as": "rrq"},
          "then": {"link": "private", "message": "registration-request",
                   "fields": {"identification": {"same_as": "rrq.identification"},
                              "lifetime": {"at_most": "rrq.lifetime"}}}})",
      "s.json");
  const model::Value value(document);
  Reader reader(network_);
  reader.step(value["first"]);
  const Match match = reader.match(value["then"]);
  wire::Packet packet;
  packet.decode(frame_);
  const auto reason = [&] {
    const auto difference = mismatch(match, network_, kPrivate, packet, named_, {});
    return difference ? difference->reason : "";
  };
  EXPECT_EQ(reason(), "the frame rrq has not been seen");
  named_.keep("rrq", frame_);
  EXPECT_EQ(reason(), "");
  frame_[42 + 3] += 1;  // lifetime
  EXPECT_EQ(reason(), "lifetime 301");
}

TEST_F(Expectation, IsNearerTheMoreIsRight) {
  const auto closeness = [this](std::string_view match) {
    const model::Document document = model::parse_document(match, "s.json");
    wire::Packet packet;
    packet.decode(frame_);
    return mismatch(Reader(network_).match(model::Value(document)), network_, kPrivate, packet,
                    named_, {})
        ->closeness;
  };
  const std::vector<int> growing = {
      closeness(R"({"link": "home"})"),
      closeness(R"({"link": "private", "message": "arp"})"),
      closeness(R"({"link": "private", "from": "fa"})"),
      closeness(R"({"link": "private", "to": "fa"})"),
      closeness(R"({"link": "private", "extensions": ["nai", "ha-parameter"]})"),
  };
  EXPECT_TRUE(std::ranges::is_sorted(growing));
  EXPECT_LT(growing.front(), growing.back());
}

}  // namespace
}  // namespace mipvet::scenario
