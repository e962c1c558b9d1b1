#include "engine/wire/ipv4.h"

#include <gtest/gtest.h>

#include "engine/wire/checksum.h"
#include "engine/wire/frame.h"
#include "engine/wire/mip4.h"
#include "engine/wire/packet.h"
#include "engine/wire/test_frames.h"
#include "engine/wire/udp.h"

namespace mipvet::wire {
namespace {

using frames::octets;

constexpr Ipv4Address kMobileNode{0x0A000105};
constexpr Ipv4Address kForeignAgent{0x0A00010F};

/// A frame with a header that was edited, its checksum right again.
struct Edited {
  Buffer frame = octets(frames::registration_request);
  Packet packet;

  explicit Edited(const Field& field, std::uint64_t value, std::size_t header = 20) {
    const MutableBytes ip = MutableBytes(frame).subspan(14);
    write(ip, field, value);
    write(ip, ip::checksum, 0);
    write(ip, ip::checksum, checksum(ip.first(header)));
    packet.decode(frame);
  }
};

TEST(Ipv4, IsTakenApart) {
  const Buffer frame = octets(frames::registration_request);
  Packet packet;
  packet.decode(frame);
  const Layer* layer = packet.carrying_ip();
  ASSERT_NE(layer, nullptr);
  EXPECT_EQ(layer->header, 20U);
  EXPECT_EQ(layer->length, 98U);
  const View view = packet.header(*layer);
  EXPECT_EQ(view[ip::version], 4U);
  EXPECT_EQ(view[ip::header_length], 5U);
  EXPECT_EQ(view[ip::total_length], 98U);
  EXPECT_EQ(view[ip::identification], 7U);
  EXPECT_EQ(view[ip::time_to_live], 255U);
  EXPECT_EQ(view[ip::protocol], ip::kUdp);
  EXPECT_EQ(view[ip::checksum], 0xA570U);
  EXPECT_EQ(view.address(ip::source), kMobileNode);
  EXPECT_EQ(view.address(ip::destination), kForeignAgent);
  EXPECT_TRUE(view.octets(ip::options).empty());
}

TEST(Ipv4, IsMade) {
  const Buffer frame = octets(frames::registration_request);
  IpHeader header{.source = kMobileNode,
                  .destination = kForeignAgent,
                  .time_to_live = 255,
                  .type_of_service = 0,
                  .identification = 7};
  EXPECT_EQ(ip_datagram(header, ip::kUdp, Bytes(frame).subspan(34)),
            Buffer(frame.begin() + 14, frame.end()));
  EXPECT_EQ(udp_datagram(header, {1024, 434}, Bytes(frame).subspan(42)),
            Buffer(frame.begin() + 14, frame.end()));
}

TEST(Ipv4, OptionsStayOpaque) {
  const Buffer frame = octets(frames::options);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
  const Layer* layer = packet.carrying_ip();
  EXPECT_EQ(layer->header, 24U);
  const Bytes options = packet.header(*layer).octets(ip::options);
  EXPECT_EQ(Buffer(options.begin(), options.end()), octets("94040000"));
  EXPECT_EQ(packet.message().layout, &mip4::request::layout);
}

TEST(Ipv4, PaddingOfTheLinkIsNoDefect) {
  Buffer frame = octets(frames::echo_request);
  frame.resize(60, 0xEE);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
  EXPECT_EQ(packet.message().length, 14U);
}

TEST(Ipv4, NotesAWrongChecksum) {
  Buffer frame = octets(frames::registration_request);
  frame[25] ^= 1;
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.layers()[1].defects, static_cast<Defects>(Defect::bad_checksum));
  EXPECT_EQ(packet.message().layout, &mip4::request::layout);  // and goes on
}

TEST(Ipv4, NotesAWrongVersion) {
  const Edited edited(ip::version, 6);
  EXPECT_EQ(edited.packet.defects(), static_cast<Defects>(Defect::bad_version));
  EXPECT_EQ(edited.packet.message().layout, &ip::layout);
}

TEST(Ipv4, NotesWrongLengths) {
  for (const std::uint64_t words : {0UL, 4UL}) {
    const Edited edited(ip::header_length, words);
    EXPECT_TRUE(has(edited.packet.defects(), Defect::bad_length)) << words;
    EXPECT_EQ(edited.packet.message().layout, &ip::layout);
  }
  const Edited small(ip::total_length, 19);
  EXPECT_EQ(small.packet.defects(), static_cast<Defects>(Defect::bad_length));
  const Edited large(ip::total_length, 99);
  EXPECT_TRUE(has(large.packet.layers()[1].defects, Defect::truncated));
  EXPECT_EQ(large.packet.message().layout, &mip4::request::layout);
}

TEST(Ipv4, DoesNotLookIntoFragments) {
  const Buffer frame = octets(frames::fragment);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), static_cast<Defects>(Defect::fragment));
  EXPECT_EQ(packet.message().layout, &ip::layout);
  EXPECT_EQ(Edited(ip::fragment_offset, 1).packet.message().layout, &ip::layout);
}

TEST(Udp, IsTakenApart) {
  const Buffer frame = octets(frames::registration_request);
  Packet packet;
  packet.decode(frame);
  const Layer* layer = packet.carrying_udp();
  ASSERT_NE(layer, nullptr);
  const View view = packet.view(*layer);
  EXPECT_EQ(view.bytes().size(), 78U);
  EXPECT_EQ(view[udp::source_port], 1024U);
  EXPECT_EQ(view[udp::destination_port], 434U);
  EXPECT_EQ(view[udp::length], 78U);
  EXPECT_EQ(view[udp::checksum], 0x2296U);
}

TEST(Udp, NotesAWrongChecksumButNotAMissingOne) {
  Buffer frame = octets(frames::registration_request);
  frame.back() ^= 1;
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.carrying_udp()->defects, static_cast<Defects>(Defect::bad_checksum));
  frame[40] = frame[41] = 0;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
}

TEST(Udp, NotesWrongLengths) {
  Buffer frame = octets(frames::registration_request);
  const MutableBytes datagram = MutableBytes(frame).subspan(34);
  write(datagram, udp::checksum, 0);
  Packet packet;
  write(datagram, udp::length, 7);
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), static_cast<Defects>(Defect::bad_length));
  EXPECT_EQ(packet.message().layout, &udp::layout);
  write(datagram, udp::length, 79);
  packet.decode(frame);
  EXPECT_TRUE(has(packet.carrying_udp()->defects, Defect::bad_length));
  EXPECT_TRUE(has(packet.carrying_udp()->defects, Defect::truncated));
  write(datagram, udp::length, 32);
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), static_cast<Defects>(Defect::trailing));
  EXPECT_EQ(packet.message().length, 24U);
  EXPECT_TRUE(packet.extensions().empty());
}

TEST(Udp, OnAnotherPortIsTheMessage) {
  Buffer frame = octets(frames::registration_request);
  write(MutableBytes(frame).subspan(34), udp::destination_port, 435);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.message().layout, &udp::layout);
  write(MutableBytes(frame).subspan(34), udp::source_port, 434);
  packet.decode(frame);
  EXPECT_EQ(packet.message().layout, &mip4::request::layout);
}

}  // namespace
}  // namespace mipvet::wire
