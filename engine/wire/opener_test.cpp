#include "engine/wire/opener.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/allocations_for_test.h"
#include "engine/wire/dissect.h"
#include "engine/wire/esp.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ike_notify.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"
#include "engine/wire/opener_for_test.h"
#include "engine/wire/test_frames.h"
#include "engine/wire/udp.h"

namespace mipvet::wire {
namespace {

using frames::octets;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::XorCipher;

constexpr IpHeader kOuter{.source = {0xCB007109}, .destination = {0xC0000201}};
constexpr UdpFrame kNatted{{}, kOuter, {4500, 4500}};

std::vector<std::string_view> names(std::span<const Layer> layers) {
  std::vector<std::string_view> result;
  for (const Layer& layer : layers) result.push_back(layer.layout->name);
  return result;
}

Unsealed update() {
  ike::PayloadChain inside;
  inside.add(ike::notify::named("update-sa-addresses"))
      .add(ike::notify::named("cookie2"), {{ike::notify::data, octets("0102030405060708")}});
  return unsealed_message(
      ike::informational,
      std::vector<FieldValue>{{ike::message::initiator, true}, {ike::message::message_id, 7}},
      inside, XorCipher::kSizes);
}

/// The datagram of a frame.
Buffer datagram(const Buffer& frame) {
  return {frame.begin() + 14, frame.end()};
}

Buffer esp_packet(Bytes inside, std::uint8_t next_header = ip::kIpv4) {
  return XorCipher().seal(unsealed_esp(0xC1C2C3C4, 9, next_header, inside, XorCipher::kSizes));
}

/// How a mobile node's frame looks behind a NAT: ESP in UDP.
Buffer esp_frame(Bytes inside) {
  return udp_frame(kNatted, esp_packet(inside));
}

TEST(Opener, OpensAnEncryptedPayload) {
  const Buffer frame = udp_frame(kNatted, ike::behind_marker(XorCipher().seal(update())));
  Packet packet;
  packet.decode(frame);
  ASSERT_THAT(names(packet.extensions()), ElementsAre("encrypted"));
  EXPECT_FALSE(is_open(packet.extensions()[0]));

  XorCipher opener;
  packet.decode(frame, {.opener = &opener});
  EXPECT_EQ(packet.defects(), 0) << dissect(packet);
  EXPECT_EQ(packet.message().layout, &ike::informational);
  const auto payloads = packet.extensions();
  ASSERT_THAT(names(payloads), ElementsAre("encrypted", "update-sa-addresses", "cookie2"));
  EXPECT_TRUE(is_open(payloads[0]));
  EXPECT_EQ(packet.header(payloads[0]).octets(ike::encrypted::data).size(), XorCipher::kSizes.iv);
  EXPECT_EQ(packet.view(payloads[2]).octets(ike::notify::data)[7], 8);
  // Evidence points into the frame: the octets keep their places.
  const std::uint32_t plain = 14 + 20 + 8 + 4 + 28 + 4 + XorCipher::kSizes.iv;
  EXPECT_EQ(payloads[1].offset, plain);
  EXPECT_EQ(payloads[2].offset, plain + 8);
  EXPECT_EQ(payloads[2].length, 16U);
  EXPECT_EQ(packet.frame().size(), frame.size());
}

TEST(Opener, LeavesTheGivenFrameAlone) {
  const Buffer frame = esp_frame(datagram(octets(frames::echo_request)));
  const Buffer before = frame;
  XorCipher opener;
  Packet packet;
  packet.decode(frame, {.opener = &opener});
  EXPECT_EQ(frame, before);
  EXPECT_NE(packet.frame().data(), frame.data());
  packet.decode(frame);
  EXPECT_EQ(packet.frame().data(), frame.data());
}

TEST(Opener, CostsNoAllocationOnceWarm) {
  const Buffer frame = esp_frame(datagram(octets(frames::registration_request)));
  XorCipher opener;
  Packet packet;
  packet.decode(frame, {.opener = &opener});
  EXPECT_EQ(mipvet::testing::allocations_of([&] { packet.decode(frame, {.opener = &opener}); }),
            0U);
  EXPECT_EQ(packet.message().layout, &mip4::request::layout);
}

TEST(Opener, LeavesCopiesOfPacketsIndependent) {
  const Buffer frame = esp_frame(datagram(octets(frames::registration_request)));
  XorCipher opener;
  Packet packet;
  packet.decode(frame, {.opener = &opener});
  const Packet copy = packet;
  packet.decode(octets(frames::keepalive));
  EXPECT_EQ(copy.view(copy.message())[mip4::request::lifetime], 300U);
}

TEST(Opener, OpensWhatIsInsideATunnel) {
  const Buffer inner = octets(frames::registration_request);
  const Buffer frame =
      esp_frame(ipip_datagram({.source = {1}, .destination = {2}}, datagram(inner)));
  XorCipher opener;
  Packet packet;
  packet.decode(frame, {.opener = &opener});
  EXPECT_EQ(packet.defects(), 0) << dissect(packet);
  EXPECT_THAT(
      names(packet.layers()),
      ElementsAre("ethernet", "ipv4", "udp", "esp", "esp-trailer", "ipv4", "ipv4", "udp",
                  "registration-request", "ha-parameter", "nai", "mobile-home-authentication"));
  EXPECT_EQ(packet.message().layout, &mip4::request::layout);
  EXPECT_EQ(packet.extensions().size(), 3U);
  EXPECT_TRUE(packet.quoted().empty());
  const View view = packet.view(packet.message());
  EXPECT_EQ(view[mip4::request::lifetime], 300U);
  const std::uint32_t plain = 14 + 20 + 8 + 8 + XorCipher::kSizes.iv;
  EXPECT_EQ(packet.find(ip::layout, 1)->offset, plain);
  EXPECT_EQ(packet.message().offset, plain + 20 + 20 + 8);
  EXPECT_EQ(opener.last_source, kOuter.source);
  EXPECT_EQ(opener.last_destination, kOuter.destination);
  EXPECT_THAT(one_line(packet), HasSubstr("in 203.0.113.9 -> 192.0.2.1"));
}

TEST(Opener, ShowsTheTrailer) {
  Packet packet;
  XorCipher opener;
  const Buffer inner = octets(frames::echo_request);
  const Buffer frame = ip_frame({}, ip_datagram(kOuter, ip::kEsp, esp_packet(datagram(inner))));
  packet.decode(frame, {.opener = &opener});
  const Layer* trailer = packet.find(esp::trailer::layout);
  ASSERT_NE(trailer, nullptr);
  const View view = packet.header(*trailer);
  EXPECT_EQ(view[esp::trailer::next_header], ip::kIpv4);
  EXPECT_EQ((datagram(inner).size() + view[esp::trailer::pad_length] + 2) % 16, 0U);
  EXPECT_EQ(view.octets(esp::trailer::icv).size(), XorCipher::kSizes.icv);
  EXPECT_EQ(packet.frame()[trailer->offset - 1], view[esp::trailer::pad_length]);  // 1, 2, 3, ...
  EXPECT_EQ(packet.header(*packet.find(esp::layout)).octets(esp::payload).size(),
            XorCipher::kSizes.iv);
}

TEST(Opener, StopsAtPayloadsThatAreNoDatagrams) {
  Packet packet;
  XorCipher opener;
  const Buffer frame = ip_frame(
      {}, ip_datagram(kOuter, ip::kEsp, esp_packet(octets("0102"), esp::trailer::kNoNextHeader)));
  packet.decode(frame, {.opener = &opener});
  EXPECT_EQ(packet.defects(), 0);
  EXPECT_EQ(packet.message().layout, &esp::layout);
  EXPECT_THAT(names(packet.extensions()), ElementsAre("esp-trailer"));
}

TEST(Opener, TakesTrafficFlowConfidentialityPaddingForRight) {
  Buffer inner = datagram(octets(frames::echo_request));
  inner.resize(inner.size() + 40);  // RFC 4303 §2.7
  const Buffer frame = esp_frame(inner);
  XorCipher opener;
  Packet packet;
  packet.decode(frame, {.opener = &opener});
  EXPECT_EQ(packet.defects(), 0);
  EXPECT_EQ(packet.message().layout->name, "echo-request");
}

TEST(Opener, NotesWhatIsNotAuthentic) {
  Packet packet;
  XorCipher opener;
  const Buffer inner = octets(frames::echo_request);
  for (Buffer frame : {udp_frame(kNatted, ike::behind_marker(XorCipher().seal(update()))),
                       esp_frame(datagram(inner))}) {
    frame.back() ^= 1;
    refresh_checksums(frame);
    packet.decode(frame, {.opener = &opener});
    EXPECT_EQ(packet.defects(), static_cast<Defects>(Defect::not_authentic));
    const Layer& sealed = packet.layers().back();
    EXPECT_TRUE(has(sealed.defects, Defect::not_authentic));
    EXPECT_FALSE(is_open(sealed));
    EXPECT_THAT(dissect(packet), HasSubstr("! not authentic"));
  }
}

TEST(Opener, NotesLengthsOfPaddingThatDoNotFit) {
  Packet packet;
  XorCipher opener;
  Unsealed message = update();
  message.octets[message.end - 1] = 200;
  const Buffer ike = udp_frame(kNatted, ike::behind_marker(XorCipher().seal(message)));
  packet.decode(ike, {.opener = &opener});
  EXPECT_TRUE(has(packet.layers().back().defects, Defect::bad_length));
  Unsealed datagram = unsealed_esp(1, 1, ip::kIpv4, octets("45"), XorCipher::kSizes);
  datagram.octets[datagram.end - 2] = 15;
  const Buffer esp = udp_frame(kNatted, XorCipher().seal(datagram));
  packet.decode(esp, {.opener = &opener});
  EXPECT_EQ(packet.layers().back().layout, &esp::layout);
  EXPECT_TRUE(has(packet.layers().back().defects, Defect::bad_length));
}

TEST(Opener, IsNotAskedForWhatIsCutOrQuoted) {
  const Buffer frame = esp_frame(datagram(octets(frames::echo_request)));
  XorCipher opener;
  Packet packet;
  for (std::size_t size = 0; size < frame.size(); ++size)
    packet.decode(Bytes(frame).first(size), {.opener = &opener});
  const Buffer error =
      icmp_frame({}, kOuter, icmp_error(icmp::error::unreachable, 3, datagram(frame), 500));
  packet.decode(error, {.opener = &opener});
  EXPECT_EQ(opener.asked, 0U);
}

TEST(Opener, OpensNoEncryptedPayloadInsideAnother) {
  ike::PayloadChain nested;
  nested.add(ike::encrypted::layout, {}, Buffer(40));
  const Unsealed message = unsealed_message(ike::informational, {}, nested, XorCipher::kSizes);
  const Buffer frame = udp_frame(kNatted, ike::behind_marker(XorCipher().seal(message)));
  XorCipher opener;
  Packet packet;
  packet.decode(frame, {.opener = &opener});
  EXPECT_EQ(opener.asked, 1U);
  ASSERT_THAT(names(packet.extensions()), ElementsAre("encrypted", "encrypted"));
  EXPECT_FALSE(is_open(packet.extensions()[1]));
}

TEST(Opener, IsAskedOnlySoOften) {
  Buffer inner = datagram(octets(frames::echo_request));
  for (std::size_t depth = 0; depth < Packet::kMaxOpened + 3; ++depth)
    inner = ip_datagram(kOuter, ip::kEsp, esp_packet(inner));
  const Buffer frame = ip_frame({}, inner);
  XorCipher opener;
  Packet packet;
  packet.decode(frame, {.opener = &opener});
  EXPECT_EQ(opener.asked, Packet::kMaxOpened);
  EXPECT_EQ(packet.defects(), static_cast<Defects>(Defect::too_many_layers));
  EXPECT_EQ(packet.message().layout, &esp::layout);
}

/// An opener that says anything.
class Liar : public Opener {
 public:
  explicit Liar(std::mt19937& random) : random_(random) {}
  Opening open_ike(MutableBytes message, std::uint32_t) override { return lie(message); }
  Opening open_esp(MutableBytes packet, Ipv4Address, Ipv4Address) override { return lie(packet); }

 private:
  Opening lie(MutableBytes octets) {
    for (std::uint8_t& octet : octets.subspan(octets.size() / 2))
      octet = static_cast<std::uint8_t>(random_());
    const auto size = static_cast<std::uint32_t>(octets.size());
    return {random_() % 8 == 0 ? Opening::Result::not_authentic : Opening::Result::opened,
            static_cast<std::uint32_t>(random_()) % (size + 4),
            static_cast<std::uint32_t>(random_()) % (size + 4)};
  }
  std::mt19937& random_;
};

TEST(Opener, MaySayAnything) {
  std::mt19937 random(4303);
  Liar liar(random);
  Packet packet;
  const Buffer frames[] = {udp_frame(kNatted, ike::behind_marker(XorCipher().seal(update()))),
                           esp_frame(datagram(octets(frames::registration_request))),
                           octets(frames::esp), octets(frames::auth_sealed)};
  for (int round = 0; round < 4000; ++round) {
    packet.decode(frames[random() % std::size(frames)], {.opener = &liar});
    for (const Layer& layer : packet.layers()) {
      ASSERT_LE(layer.header, layer.length);
      ASSERT_LE(layer.offset + layer.length, packet.frame().size());
    }
    ASSERT_FALSE(dissect(packet).empty());
  }
}

/// Octets that are authentic and nonsense: whoever has the keys can be hostile too.
TEST(Opener, StandsHostilePlaintext) {
  std::mt19937 random(7296);
  XorCipher opener;
  Packet packet;
  for (int round = 0; round < 3000; ++round) {
    Unsealed plain = round % 2 == 0
                         ? update()
                         : unsealed_esp(1, 1, ip::kIpv4, datagram(octets(frames::auth_request)),
                                        XorCipher::kSizes);
    for (std::size_t flips = random() % 6; flips > 0; --flips)
      plain.octets[plain.first + random() % (plain.end - plain.first)] =
          static_cast<std::uint8_t>(random());
    const Buffer sealed = XorCipher().seal(plain);
    const Buffer frame = udp_frame(kNatted, round % 2 == 0 ? ike::behind_marker(sealed) : sealed);
    packet.decode(frame, {.opener = &opener});
    ASSERT_EQ(packet.layers()[3].offset, 42U);
    for (const Layer& layer : packet.layers()) ASSERT_LE(layer.header, layer.length);
  }
}

}  // namespace
}  // namespace mipvet::wire
