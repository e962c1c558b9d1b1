#include "engine/scenario/craft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/crypto/authenticator.h"
#include "engine/crypto/ntp.h"
#include "engine/scenario/network_for_test.h"
#include "engine/scenario/reader.h"
#include "engine/wire/arp.h"
#include "engine/wire/compose.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"
#include "engine/wire/udp.h"

namespace mipvet::scenario {
namespace {

using namespace testing;
namespace authentication = wire::mip4::authentication;
namespace request = wire::mip4::request;

constexpr net::Time kNow{std::chrono::seconds(1767225600)};

wire::Ipv4Address ip(std::string_view text) {
  return wire::Ipv4Address::parse(text).value();
}

/// A request with an NAI and an authenticator of mn and ha, to start from.
constexpr std::string_view kRequest = R"({"link": "visited", "from": "mn", "to": "fa",
  "message": "registration-request",
  "fields": {"lifetime": 300, "home_address": "mn.home_address", "home_agent": "ha.home",
             "care_of_address": "fa.public", "identification": "now"},
  "extensions": [{"extension": "nai", "nai": "mn@x"},
                 {"extension": "mobile-home-authentication", "as": "mn", "with": "ha"}]})";

class Craft : public ::testing::Test {
 protected:
  /// The frame of a step that sends; `as` names it.
  wire::Buffer send(std::string_view frame, const std::string& as = {}) {
    documents_.push_back(model::parse_document(
        R"({"send": )" + std::string(frame) + (as.empty() ? "" : ", \"as\": \"" + as + "\"") + "}",
        "s.json"));
    const Step step = reader_.step(model::Value(documents_.back()));
    wire::Buffer result = crafter_.craft(std::get<Send>(step.action), kNow);
    if (!as.empty()) named_.keep(as, result);
    return result;
  }

  wire::Buffer error(std::string_view frame) {
    documents_.push_back(
        model::parse_document(R"({"icmp": )" + std::string(frame) + "}", "s.json"));
    const Step step = reader_.step(model::Value(documents_.back()));
    return crafter_.craft(std::get<SendError>(step.action));
  }

  /// The request as a mutation leaves it.
  wire::Buffer mutate(std::string_view edit) {
    const wire::Buffer frame = send(kRequest);
    documents_.push_back(model::parse_document(
        R"({"mutate": {"link": "visited", "message": "registration-request", )" +
            std::string(edit) + "}}",
        "s.json"));
    const Step step = reader_.step(model::Value(documents_.back()));
    return crafter_.edited(frame, std::get<Edit>(std::get<Impair>(step.action).effect), kNow);
  }

  wire::Packet decoded(const wire::Buffer& frame) {
    kept_.push_back(frame);
    wire::Packet packet;
    packet.decode(kept_.back(), network_.decode);
    return packet;
  }

  /// Whether the authenticator of a packet is that of an association.
  bool is_signed(const wire::Packet& packet, const wire::Layout& extension, model::NodeId one,
                 model::NodeId other, std::uint32_t spi) {
    const auto& association = network_.association(one, other, spi)->association;
    for (const wire::Layer& layer : packet.extensions()) {
      if (layer.layout != &extension) continue;
      const std::size_t begin = packet.message().offset;
      return crypto::Authenticator(association.algorithm, association.key)
          .verify(packet.frame().subspan(begin, layer.offset + 6 - begin),
                  packet.view(layer).octets(authentication::authenticator));
    }
    return false;
  }

  static std::vector<std::string_view> extensions(const wire::Packet& packet) {
    std::vector<std::string_view> names;
    for (const wire::Layer& layer : packet.extensions()) names.push_back(layer.layout->name);
    return names;
  }

  model::Network network_ = network();
  NamedFrames named_{network_.decode};
  Crafter crafter_{network_, named_};
  Reader reader_{network_};
  std::deque<model::Document> documents_;
  std::deque<wire::Buffer> kept_;
};

TEST_F(Craft, MakesARegistrationRequest) {
  const wire::Packet packet = decoded(send(kRequest));
  EXPECT_EQ(packet.defects(), 0);
  const wire::View ethernet = packet.view(packet.layers()[0]);
  EXPECT_EQ(ethernet.mac(wire::ethernet::source), network_.tester_mac);
  EXPECT_EQ(ethernet.mac(wire::ethernet::destination), network_.nodes[kFa].attachments[0].mac);
  const wire::View header = packet.header(*packet.carrying_ip());
  EXPECT_EQ(header.address(wire::ip::source), ip("10.1.0.5"));
  EXPECT_EQ(header.address(wire::ip::destination), ip("192.0.2.1"));
  EXPECT_EQ(packet.header(*packet.carrying_udp())[wire::udp::source_port], 434U);
  ASSERT_EQ(packet.message().layout, &request::layout);
  const wire::View message = packet.header(packet.message());
  EXPECT_EQ(message[request::lifetime], 300U);
  EXPECT_EQ(message.address(request::care_of_address), ip("203.0.113.1"));
  EXPECT_EQ(message[request::identification], crypto::ntp_timestamp(kNow));
  EXPECT_THAT(extensions(packet), ::testing::ElementsAre("nai", "mobile-home-authentication"));
  EXPECT_TRUE(is_signed(packet, authentication::mobile_home, kMn, kHa, 512));
}

TEST_F(Craft, ChoosesTheAssociationByItsSpi) {
  const wire::Packet packet = decoded(send(R"({"link": "visited", "from": "mn", "to": "fa",
    "message": "registration-request",
    "extensions": [{"extension": "mobile-home-authentication", "as": "mn", "with": "ha", "spi": 513},
                   {"extension": "mobile-foreign-authentication", "as": "mn", "with": "fa"}]})"));
  EXPECT_TRUE(is_signed(packet, authentication::mobile_home, kMn, kHa, 513));
  EXPECT_EQ(packet.extensions()[0].length, 26U);
  EXPECT_TRUE(is_signed(packet, authentication::mobile_foreign, kMn, kFa, 300));
}

TEST_F(Craft, LeavesTheSpiOutAsRfc2002Does) {
  network_.nodes[kMn].edition = model::Edition::rfc2002;
  const wire::Packet packet = decoded(send(R"({"link": "visited", "from": "mn", "to": "fa",
    "message": "registration-request",
    "extensions": [{"extension": "mobile-foreign-authentication", "as": "mn", "with": "fa"}]})"));
  const auto& association = network_.association(kMn, kFa)->association;
  EXPECT_TRUE(
      crypto::Authenticator(association.algorithm, association.key)
          .verify(packet.frame().subspan(42, 24 + 2),
                  packet.view(packet.extensions()[0]).octets(authentication::authenticator)));
}

TEST_F(Craft, SendsWhatIsWrongOnPurpose) {
  const wire::Packet packet = decoded(send(R"({"link": "visited", "from": "mn", "to": "fa",
    "message": "registration-request",
    "extensions": [{"extension": "mobile-home-authentication", "as": "mn", "with": "ha",
                    "spi": 9999, "authenticator": "00ff"},
                   {"extension": "extension", "type": 250, "length": 200, "data": "0102"}],
    "ttl": 3, "source_port": 5000, "checksum": "wrong"})"));
  EXPECT_TRUE(wire::has(packet.carrying_udp()->defects, wire::Defect::bad_checksum));
  EXPECT_EQ(packet.header(*packet.carrying_ip())[wire::ip::time_to_live], 3U);
  EXPECT_FALSE(wire::has(packet.carrying_ip()->defects, wire::Defect::bad_checksum));
  EXPECT_EQ(packet.header(*packet.carrying_udp())[wire::udp::source_port], 5000U);
  const wire::View authentication_view = packet.view(packet.extensions()[0]);
  EXPECT_EQ(authentication_view[authentication::spi], 9999U);
  EXPECT_EQ(authentication_view[authentication::length], 6U);
  EXPECT_THAT(authentication_view.octets(authentication::authenticator),
              ::testing::ElementsAre(0x00, 0xFF));
  const wire::Layer& last = packet.extensions()[1];
  EXPECT_TRUE(wire::has(last.defects, wire::Defect::bad_length));
  EXPECT_EQ(packet.view(last)[wire::mip4::extension::length], 200U);
}

TEST_F(Craft, CanLeaveTheChecksumOut) {
  const wire::Packet packet = decoded(send(R"({"link": "public", "from": "fa", "to": "mipp",
    "message": "registration-reply", "fields": {"code": 131}, "checksum": "none"})"));
  EXPECT_EQ(packet.header(*packet.carrying_udp())[wire::udp::checksum], 0U);
}

TEST_F(Craft, UsesTheNetworksNumbersOfTheHaParameter) {
  network_.decode = {125, 9};
  const wire::Packet packet = decoded(send(R"({"link": "public", "from": "fa", "to": "mipp",
    "message": "registration-request",
    "extensions": [{"extension": "ha-parameter", "home_agent_address": "ha.home"}]})"));
  EXPECT_THAT(extensions(packet), ::testing::ElementsAre("ha-parameter"));
  EXPECT_THAT(packet.view(packet.extensions()[0]).bytes(),
              ::testing::ElementsAre(125, 6, 9, 0, 10, 1, 0, 1));
}

TEST_F(Craft, FindsTheNextHop) {
  const auto destination = [this](std::string_view frame) {
    return decoded(send(frame))
        .view(decoded(send(frame)).layers()[0])
        .mac(wire::ethernet::destination);
  };
  EXPECT_EQ(destination(R"({"link": "public", "from": "fa", "to": "ha.home", "message": "udp"})"),
            wire::kBroadcastMac);
  EXPECT_EQ(destination(R"({"link": "public", "from": "fa", "to": "ha.home", "via": "mipp",
                            "message": "udp"})"),
            network_.nodes[kMipp].attachments[0].mac);
  EXPECT_EQ(destination(R"({"link": "visited", "from": "fa", "to": "224.0.0.11",
                            "message": "agent-advertisement"})")
                .to_string(),
            "01:00:5e:00:00:0b");
}

TEST_F(Craft, MakesDiscoveryMessages) {
  const wire::Packet packet = decoded(send(R"({"link": "visited", "from": "fa",
    "to": "255.255.255.255", "message": "router-advertisement",
    "fields": {"num_addrs": 1, "addr_entry_size": 2, "lifetime": 9, "addresses": "c000020100000000"},
    "extensions": [{"extension": "mobility-agent-advertisement", "registration_lifetime": 60,
                    "foreign_agent": true, "care_of_addresses": "cb007101"}]})"));
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_EQ(packet.message().layout, &wire::icmp::advertisement::agent);
  EXPECT_EQ(packet.header(*packet.carrying_ip())[wire::ip::time_to_live], 1U);
  const wire::View extension = packet.view(packet.extensions()[0]);
  EXPECT_EQ(wire::icmp::mobility_agent::care_of_address(extension, 0), ip("203.0.113.1"));
  EXPECT_EQ(extension[wire::icmp::mobility_agent::length], 10U);
}

TEST_F(Craft, MakesArpAndPlainUdp) {
  const wire::Packet arp = decoded(send(R"({"link": "home", "message": "arp",
    "fields": {"operation": 2, "sender_ip": "mn.home_address", "target_ip": "ha.home"}})"));
  ASSERT_EQ(arp.message().layout, &wire::arp::layout);
  EXPECT_EQ(arp.defects(), 0);
  EXPECT_EQ(arp.view(arp.message()).mac(wire::arp::sender_mac), network_.tester_mac);
  const wire::Packet udp = decoded(send(R"({"link": "public", "from": "fa", "to": "mipp",
    "message": "udp", "source_port": 7, "destination_port": 8, "payload": "0102"})"));
  EXPECT_EQ(udp.defects(), 0);
  EXPECT_EQ(udp.header(*udp.carrying_udp())[wire::udp::length], 10U);
  const wire::Packet lie = decoded(send(R"({"link": "public", "from": "fa", "to": "mipp",
    "message": "udp", "fields": {"length": 40}})"));
  EXPECT_TRUE(wire::has(lie.carrying_udp()->defects, wire::Defect::bad_length));
}

TEST_F(Craft, SendsRawOctetsAsTheyAreFromTheTester) {
  EXPECT_THAT(send(R"({"link": "home", "raw": "ffffffffffff01010101010108ff0102"})"),
              ::testing::ElementsAre(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02, 0, 0, 0, 0xFF, 0xFF,
                                     0x08, 0xFF, 0x01, 0x02));
}

TEST_F(Craft, StartsFromAFrameSeenBefore) {
  const wire::Buffer first = send(kRequest, "rrq");
  const wire::Buffer again = send(R"({"link": "visited", "like": "rrq"})");
  EXPECT_EQ(again, first);
  const wire::Packet moved = decoded(send(R"({"link": "public", "like": "rrq", "to": "mipp",
    "set": {"lifetime": 7, "identification": {"same_as": "rrq.identification"}},
    "sign": {"as": "mn", "with": "ha"}})"));
  EXPECT_EQ(moved.defects(), 0);
  EXPECT_EQ(moved.header(*moved.carrying_ip()).address(wire::ip::destination), ip("203.0.113.10"));
  EXPECT_EQ(moved.header(moved.message())[request::lifetime], 7U);
  EXPECT_TRUE(is_signed(moved, authentication::mobile_home, kMn, kHa, 512));
}

TEST_F(Craft, MakesIcmpErrors) {
  send(kRequest, "rrq");
  const wire::Packet packet = decoded(error(
      R"({"link": "visited", "from": "fa", "to": "mn", "about": "rrq", "code": 3, "quote": 32})"));
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_EQ(packet.message().layout, &wire::icmp::error::unreachable);
  EXPECT_EQ(packet.view(packet.message())[wire::icmp::code], 3U);
  ASSERT_GE(packet.quoted().size(), 2U);
  EXPECT_EQ(packet.view(packet.quoted()[0]).address(wire::ip::source), ip("10.1.0.5"));
  EXPECT_EQ(packet.frame().size(), 14U + 20 + 8 + 20 + 32);
  EXPECT_EQ(packet.view(packet.layers()[0]).mac(wire::ethernet::destination),
            network_.nodes[kMn].attachments[0].mac);
}

TEST_F(Craft, MutationsLeaveTheAuthenticatorUnlessAsked) {
  const wire::Packet kept = decoded(mutate(R"("set": {"lifetime": 9})"));
  EXPECT_EQ(kept.defects(), 0);
  EXPECT_EQ(kept.header(kept.message())[request::lifetime], 9U);
  EXPECT_FALSE(is_signed(kept, authentication::mobile_home, kMn, kHa, 512));
  const wire::Packet made =
      decoded(mutate(R"("set": {"lifetime": 9}, "sign": {"as": "mn", "with": "ha"})"));
  EXPECT_TRUE(is_signed(made, authentication::mobile_home, kMn, kHa, 512));
}

TEST_F(Craft, MutationsKeepChecksumsWhereAsked) {
  const wire::Packet packet = decoded(mutate(R"("set": {"lifetime": 9}, "checksums": "keep")"));
  EXPECT_TRUE(wire::has(packet.carrying_udp()->defects, wire::Defect::bad_checksum));
}

TEST_F(Craft, MutationsSetFieldsOfExtensionsAndHeaders) {
  const wire::Packet packet = decoded(mutate(
      R"("set": {"mobile-home-authentication.spi": 1, "ipv4.time_to_live": 2, "nai.nai": "longer@x"})"));
  EXPECT_FALSE(wire::has(packet.defects(), wire::Defect::bad_checksum));
  EXPECT_EQ(packet.carrying_udp()->length, packet.frame().size() - 34);
  EXPECT_EQ(packet.header(*packet.carrying_ip())[wire::ip::time_to_live], 2U);
  const wire::Packet spi = decoded(mutate(R"("set": {"mobile-home-authentication.spi": 1})"));
  EXPECT_EQ(spi.view(spi.extensions()[1])[authentication::spi], 1U);
  EXPECT_EQ(spi.defects(), 0);
}

TEST_F(Craft, MutationsRemoveAndAppendExtensions) {
  const wire::Packet removed = decoded(mutate(R"("remove": ["nai"])"));
  EXPECT_EQ(removed.defects(), 0);
  EXPECT_THAT(extensions(removed), ::testing::ElementsAre("mobile-home-authentication"));
  const wire::Packet again = decoded(mutate(R"("remove": ["mobile-home-authentication"],
    "append": [{"extension": "ha-parameter", "home_agent_address": "ha.home"},
               {"extension": "mobile-home-authentication", "as": "mn", "with": "mipp"}])"));
  EXPECT_EQ(again.defects(), 0);
  EXPECT_THAT(extensions(again),
              ::testing::ElementsAre("nai", "ha-parameter", "mobile-home-authentication"));
  EXPECT_TRUE(is_signed(again, authentication::mobile_home, kMn, kMipp, 256));
}

TEST_F(Craft, MutationsFlipPutAndTruncate) {
  const wire::Packet flipped = decoded(mutate(R"("flip_bit": {"field": "lifetime", "bit": 15})"));
  EXPECT_EQ(flipped.header(flipped.message())[request::lifetime], 301U);
  const wire::Packet put = decoded(mutate(R"("bytes": {"at": 2, "put": "0102"})"));
  EXPECT_EQ(put.header(put.message())[request::lifetime], 0x0102U);
  const wire::Packet cut = decoded(mutate(R"("truncate": 20)"));
  EXPECT_EQ(cut.header(*cut.carrying_udp())[wire::udp::length], 28U);
  EXPECT_EQ(cut.frame().size(), 14U + 20 + 28);
  EXPECT_TRUE(wire::has(cut.message().defects, wire::Defect::truncated));
  EXPECT_FALSE(wire::has(cut.defects(), wire::Defect::bad_checksum));
}

TEST_F(Craft, SaysWhatCannotBeDone) {
  EXPECT_THAT([&] { mutate(R"("remove": ["ha-parameter"])"); },
              ::testing::ThrowsMessage<CannotDo>("the frame has no ha-parameter"));
  EXPECT_THAT([&] { mutate(R"("truncate": 1000)"); },
              ::testing::ThrowsMessage<CannotDo>("the message has 52 octets only"));
  EXPECT_THAT(
      [&] { mutate(R"("sign": {"as": "mn", "with": "fa"})"); },
      ::testing::ThrowsMessage<CannotDo>("the frame has no mobile-foreign-authentication to sign"));
}

TEST_F(Craft, DropsTheLinksPadding) {
  wire::Buffer padded = wire::udp_frame(
      {{network_.tester_mac, wire::kBroadcastMac}, {ip("10.1.0.5"), ip("192.0.2.1")}, {434, 434}},
      wire::make(wire::mip4::mobile_ip::layout, {{wire::mip4::mobile_ip::type, 9}}));
  padded.resize(60);
  named_.keep("x", padded);
  Edit edit;
  edit.append.push_back({&wire::mip4::nai::layout, {}, {}});
  const wire::Packet packet = decoded(crafter_.edited(padded, edit, kNow));
  EXPECT_EQ(packet.frame().size(), 14U + 20 + 8 + 1 + 2);
  EXPECT_EQ(packet.defects(), 0);
}

}  // namespace
}  // namespace mipvet::scenario
