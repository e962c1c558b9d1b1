#include "engine/wire/ike.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/dissect.h"
#include "engine/wire/frame.h"
#include "engine/wire/ike_names.h"
#include "engine/wire/ike_notify.h"
#include "engine/wire/test_frames.h"
#include "engine/wire/udp.h"

namespace mipvet::wire::ike {
namespace {

using frames::Decoded;
using frames::octets;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string_view> names(const Packet& packet) {
  std::vector<std::string_view> result;
  for (const Layer& layer : packet.extensions()) result.push_back(layer.layout->name);
  return result;
}

View nth(const Packet& packet, const Layout& layout, std::size_t n = 0) {
  const Layer* layer = packet.find(layout, n);
  return layer == nullptr ? View() : packet.header(*layer);
}

std::string text(Bytes of) {
  return {of.begin(), of.end()};
}

TEST(IkeMessage, HasAHeader) {
  const Decoded request(octets(frames::sa_init_request));
  EXPECT_EQ(request.packet.defects(), 0);
  ASSERT_EQ(request.packet.message().layout, &ike_sa_init);
  const View header = request.packet.header(request.packet.message());
  EXPECT_EQ(header[message::initiator_spi], 0x1122334455667788U);
  EXPECT_EQ(header[message::responder_spi], 0U);
  EXPECT_EQ(header[message::next_payload], 33U);
  EXPECT_EQ(header[message::major_version], 2U);
  EXPECT_EQ(header[message::minor_version], 0U);
  EXPECT_EQ(header[message::exchange_type], kIkeSaInit);
  EXPECT_EQ(header[message::response], 0U);
  EXPECT_EQ(header[message::version_flag], 0U);
  EXPECT_EQ(header[message::initiator], 1U);
  EXPECT_EQ(header[message::message_id], 0U);
  EXPECT_EQ(header[message::length], 284U);
  const Decoded response(octets(frames::auth_response));
  const View other = response.packet.header(response.packet.message());
  EXPECT_EQ(other[message::response], 1U);
  EXPECT_EQ(other[message::initiator], 0U);
  EXPECT_EQ(other[message::message_id], 1U);
}

TEST(IkeMessage, IsNamedByItsExchange) {
  for (const auto& [frame, layout] : {std::pair{frames::sa_init_request, &ike_sa_init},
                                      {frames::auth_request, &ike_auth},
                                      {frames::rekey, &create_child_sa},
                                      {frames::update_addresses, &informational}})
    EXPECT_EQ(Decoded(octets(frame)).packet.message().layout, layout);
  Buffer unknown = octets(frames::sa_init_request);
  unknown[60] = 43;
  EXPECT_EQ(Decoded(unknown).packet.message().layout, &other_exchange);
}

TEST(SecurityAssociation, IsProposalsOfTransforms) {
  const Decoded frame(octets(frames::sa_init_request));
  const Packet& packet = frame.packet;
  EXPECT_THAT(
      names(packet),
      ElementsAre("security-association", "proposal", "transform", "transform-attribute",
                  "transform", "transform", "transform", "transform", "proposal", "transform",
                  "transform-attribute", "transform", "transform", "key-exchange", "nonce",
                  "nat-detection-source-ip", "nat-detection-destination-ip",
                  "ikev2-fragmentation-supported", "signature-hash-algorithms", "vendor-id"));
  const View second = nth(packet, proposal::layout, 1);
  EXPECT_EQ(second[proposal::last], 0U);
  EXPECT_EQ(second[proposal::number_], 2U);
  EXPECT_EQ(second[proposal::protocol_id], kProtocolIke);
  EXPECT_EQ(second[proposal::transforms], 3U);
  EXPECT_TRUE(second.octets(proposal::spi).empty());
  const View encryption = nth(packet, transform::layout);
  EXPECT_EQ(encryption[transform::last], 3U);
  EXPECT_EQ(encryption[transform::transform_type], transform::kEncryption);
  EXPECT_EQ(encryption[transform::transform_id], 12U);
  const View key_length = nth(packet, transform_attribute::layout);
  EXPECT_EQ(key_length[transform_attribute::format], 1U);
  EXPECT_EQ(key_length[transform_attribute::attribute_type], transform_attribute::kKeyLength);
  EXPECT_EQ(key_length[transform_attribute::length_or_value], 256U);
  const View group = nth(packet, transform::layout, 4);
  EXPECT_EQ(group[transform::last], 0U);
  EXPECT_EQ(group[transform::transform_type], transform::kGroup);
  EXPECT_EQ(group[transform::transform_id], 31U);
}

TEST(SecurityAssociation, HasSpisForChildren) {
  const Decoded frame(octets(frames::auth_request));
  const View child = nth(frame.packet, proposal::layout);
  EXPECT_EQ(child[proposal::protocol_id], kProtocolEsp);
  EXPECT_EQ(child[proposal::spi_size], 4U);
  EXPECT_EQ(text(child.octets(proposal::spi)), "\xC1\xC2\xC3\xC4");
}

TEST(Payloads, OfTheFirstExchange) {
  const Decoded frame(octets(frames::sa_init_request));
  const View key = nth(frame.packet, key_exchange::layout);
  EXPECT_EQ(key[key_exchange::group], 31U);
  EXPECT_EQ(key.octets(key_exchange::data).size(), 32U);
  EXPECT_EQ(nth(frame.packet, nonce::layout).octets(nonce::data).size(), 32U);
  EXPECT_EQ(text(nth(frame.packet, vendor_id::layout).octets(vendor_id::data)), "mipvet");
}

TEST(Payloads, OfTheAuthentication) {
  const Decoded request(octets(frames::auth_request));
  EXPECT_EQ(request.packet.defects(), 0);
  EXPECT_THAT(
      names(request.packet),
      ElementsAre("identification-initiator", "certificate-request", "authentication",
                  "configuration", "configuration-attribute", "configuration-attribute",
                  "configuration-attribute", "security-association", "proposal", "transform",
                  "transform-attribute", "transform", "transform", "traffic-selectors-initiator",
                  "traffic-selector", "traffic-selectors-responder", "traffic-selector",
                  "traffic-selector", "initial-contact", "mobike-supported",
                  "additional-ip4-address", "additional-ip6-address"));
  const View name = nth(request.packet, identification::initiator);
  EXPECT_EQ(name[identification::id_type], identification::kFqdn);
  EXPECT_EQ(text(name.octets(identification::data)), "mn.example.org");
  const View authentication = nth(request.packet, authentication::layout);
  EXPECT_EQ(authentication[authentication::method], authentication::kSharedKey);
  EXPECT_EQ(authentication.octets(authentication::data).size(), 32U);
  EXPECT_EQ(nth(request.packet, certificate::request)[certificate::encoding],
            certificate::kX509Signature);

  const Decoded response(octets(frames::auth_response));
  EXPECT_EQ(response.packet.defects(), 0);
  EXPECT_EQ(nth(response.packet, identification::responder)[identification::id_type],
            identification::kIpv4Address);
  EXPECT_EQ(nth(response.packet, certificate::layout)[certificate::encoding], 12U);
}

TEST(Payloads, ConfigureAnAddress) {
  namespace attribute = configuration_attribute;
  const Decoded request(octets(frames::auth_request));
  EXPECT_EQ(nth(request.packet, configuration::layout)[configuration::cfg_type],
            configuration::kRequest);
  const View wanted = nth(request.packet, attribute::layout);
  EXPECT_EQ(wanted[attribute::attribute_type], attribute::kInternalIp4Address);
  EXPECT_EQ(wanted[attribute::length], 0U);
  const Decoded response(octets(frames::auth_response));
  EXPECT_EQ(nth(response.packet, configuration::layout)[configuration::cfg_type],
            configuration::kReply);
  const View given = nth(response.packet, attribute::layout);
  EXPECT_EQ(given[attribute::attribute_type], attribute::kInternalIp4Address);
  EXPECT_EQ(text(given.octets(attribute::value)), std::string("\x0A\x00\x01\x05", 4));
  EXPECT_EQ(nth(response.packet, attribute::layout, 3)[attribute::attribute_type],
            attribute::kInternalIp4Subnet);
}

TEST(Payloads, SelectTraffic) {
  const Decoded frame(octets(frames::auth_request));
  EXPECT_EQ(nth(frame.packet, traffic_selectors::responder)[traffic_selectors::count], 2U);
  const View last = nth(frame.packet, traffic_selector::layout, 2);
  EXPECT_EQ(last[traffic_selector::ts_type], traffic_selector::kIpv4Range);
  EXPECT_EQ(last[traffic_selector::protocol], 17U);
  EXPECT_EQ(last[traffic_selector::start_port], 434U);
  EXPECT_EQ(last[traffic_selector::end_port], 434U);
  EXPECT_EQ(last.address(traffic_selector::start_address).to_string(), "192.0.2.7");
  EXPECT_EQ(last.address(traffic_selector::end_address).to_string(), "192.0.2.7");
}

TEST(Payloads, DeleteAndRekey) {
  const Decoded deletion(octets(frames::deletion));
  EXPECT_EQ(deletion.packet.defects(), 0);
  const View children = nth(deletion.packet, delete_::layout);
  EXPECT_EQ(children[delete_::protocol_id], kProtocolEsp);
  EXPECT_EQ(children[delete_::count], 2U);
  EXPECT_EQ(children.octets(delete_::spis).size(), 8U);
  EXPECT_EQ(nth(deletion.packet, delete_::layout, 1)[delete_::protocol_id], kProtocolIke);
  const Decoded rekey(octets(frames::rekey));
  EXPECT_EQ(rekey.packet.defects(), 0);
  const View old = nth(rekey.packet, notify::named("rekey-sa"));
  EXPECT_EQ(old[notify::protocol_id], kProtocolEsp);
  EXPECT_EQ(old[notify::spi], 0xC1C2C3C4U);
}

TEST(Payloads, MayBeNone) {
  const Decoded frame(octets(frames::dead_peer_detection));
  EXPECT_EQ(frame.packet.defects(), 0);
  EXPECT_TRUE(frame.packet.extensions().empty());
}

TEST(Payloads, OfAnUnknownTypeAreGeneric) {
  Buffer frame = octets(frames::deletion);
  frame[46 + 16] = 99;
  const Decoded unknown(frame);
  EXPECT_THAT(names(unknown.packet), ElementsAre("ike-payload", "delete"));
  EXPECT_EQ(nth(unknown.packet, payload::layout).octets(payload::body).size(), 12U);
}

TEST(EncryptedPayload, StaysOpaqueAndIsTheLast) {
  const Decoded frame(octets(frames::auth_sealed));
  EXPECT_EQ(frame.packet.defects(), 0);
  ASSERT_THAT(names(frame.packet), ElementsAre("encrypted"));
  const View view = nth(frame.packet, encrypted::layout);
  EXPECT_EQ(view[payload::next_payload], *identification::initiator.type_value);
  EXPECT_EQ(view.octets(encrypted::data).size(), 92U);
}

/// The defects of a frame with one octet changed, its UDP checksum right.
Defects with(std::string_view frame, std::size_t octet, std::uint8_t value) {
  Buffer changed = octets(frame);
  changed[octet] = value;
  refresh_checksums(changed);
  return Decoded(changed).packet.defects();
}
constexpr Defects only(Defect defect) {
  return static_cast<Defects>(defect);
}

TEST(IkeLengths, ThatDoNotFitAreDefects) {
  constexpr std::size_t header = 42;
  constexpr auto init = frames::sa_init_request;
  EXPECT_EQ(with(init, header + 17, 0x30), only(Defect::bad_version));
  EXPECT_EQ(with(frames::dead_peer_detection, header + 4 + 27, 27), only(Defect::bad_length));
  EXPECT_TRUE(has(with(init, header + 27, 0x1D), Defect::truncated));  // one octet too many
  EXPECT_TRUE(has(with(init, header + 27, 0x1B), Defect::trailing));   // one too few
  constexpr std::size_t association = header + 28;
  EXPECT_EQ(with(init, association + 3, 2), only(Defect::bad_length));
  EXPECT_TRUE(has(with(init, association + 2, 0x7F), Defect::truncated));
  constexpr std::size_t first = association + 4;
  EXPECT_TRUE(has(with(init, first + 3, 4), Defect::bad_length));    // less than its head
  EXPECT_TRUE(has(with(init, first + 6, 200), Defect::bad_length));  // an SPI beyond its end
  EXPECT_TRUE(has(with(init, first + 7, 6), Defect::bad_length));    // six transforms, five there
  EXPECT_EQ(with(init, first + 7, 4), only(Defect::trailing));
  EXPECT_TRUE(has(with(init, first + 8 + 3, 7), Defect::bad_length));
  constexpr std::size_t deletion = header + 4 + 28;
  EXPECT_EQ(with(frames::deletion, deletion + 7, 3), only(Defect::bad_length));
  EXPECT_EQ(with(frames::deletion, deletion + 5, 3), only(Defect::bad_length));
}

TEST(IkeLengths, CountSelectors) {
  Buffer frame = octets(frames::auth_request);
  Packet packet;
  packet.decode(frame);
  frame[packet.find(traffic_selectors::responder)->offset + 4] = 3;
  packet.decode(frame);
  EXPECT_TRUE(has(packet.find(traffic_selectors::responder)->defects, Defect::bad_length));
}

TEST(IkeLengths, OfCutFramesAreNotBlamed) {
  for (const auto text : {frames::sa_init_request, frames::auth_response, frames::rekey}) {
    const Buffer whole = octets(text);
    Packet packet;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      packet.decode(Bytes(whole).first(size));
      EXPECT_TRUE(has(packet.defects(), Defect::truncated)) << size;
      EXPECT_FALSE(has(packet.defects(), Defect::bad_length)) << size << '\n' << dissect(packet);
    }
  }
}

TEST(IkeNames, AreShown) {
  const Decoded init(octets(frames::sa_init_request));
  const std::string text = dissect(init.packet);
  for (const char* line :
       {"exchange_type                34 (IKE_SA_INIT)\n", "next_payload                 33 (SA)\n",
        "transform_type               1 (ENCR)\n",
        "transform_id                 12 (ENCR_AES_CBC)\n",
        "transform_id                 5 (PRF_HMAC_SHA2_256)\n",
        "transform_id                 12 (AUTH_HMAC_SHA2_256_128)\n",
        "transform_id                 14 (2048-bit MODP)\n",
        "attribute_type               14 (Key Length)\n",
        "group                        31 (Curve25519)\n", "protocol_id                  1 (IKE)\n"})
    EXPECT_THAT(text, HasSubstr(line));
  const Decoded auth(octets(frames::auth_response));
  const std::string other = dissect(auth.packet);
  for (const char* line : {"id_type                      1 (ID_IPV4_ADDR)\n",
                           "method                       2 (Shared Key Message Integrity Code)\n",
                           "cfg_type                     2 (CFG_REPLY)\n",
                           "attribute_type               1 (INTERNAL_IP4_ADDRESS)\n",
                           "ts_type                      7 (TS_IPV4_ADDR_RANGE)\n",
                           "notify_type                  16396 (mobike-supported)\n"})
    EXPECT_THAT(other, HasSubstr(line));
  EXPECT_EQ(one_line(Decoded(octets(frames::update_refused)).packet),
            "informational 192.0.2.1 -> 203.0.113.9 message_id 2 response 1 initiator 0 "
            "[unacceptable-addresses, unexpected-nat-detected, cookie2]");
}

TEST(IkeNames, OfOtherNumbersAreNone) {
  Buffer octets(8, 0xFF);
  EXPECT_EQ(name_of(View(transform::layout, octets), transform::transform_id), "");
  octets[4] = 0;
  EXPECT_EQ(name_of(View(transform::layout, octets), transform::transform_id), "");
  EXPECT_EQ(name_of(View(transform::layout, {}), transform::transform_id), "");
  EXPECT_EQ(name_of(View(udp::layout, octets), udp::source_port), "");
}

}  // namespace
}  // namespace mipvet::wire::ike
