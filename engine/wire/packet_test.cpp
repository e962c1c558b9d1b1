#include "engine/wire/packet.h"

#include <cstring>
#include <memory>
#include <random>

#include <gtest/gtest.h>
#include <tins/arp.h>
#include <tins/ethernetII.h>
#include <tins/icmp.h>
#include <tins/ip.h>
#include <tins/udp.h>

#include "engine/wire/arp.h"
#include "engine/wire/dissect.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/test_frames.h"
#include "engine/wire/udp.h"
#include "engine/wire/value.h"

namespace mipvet::wire {
namespace {

using frames::octets;

/// A copy with no room behind it, so that AddressSanitizer sees every read beyond the end.
class Tight {
 public:
  explicit Tight(Bytes octets) : size_(octets.size()), octets_(new std::uint8_t[size_]) {
    if (size_ > 0) std::memcpy(octets_.get(), octets.data(), size_);
  }
  MutableBytes bytes() { return {octets_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::uint8_t[]> octets_;
};

/// What must hold of every decoded frame, whatever its octets.
void expect_sound(const Packet& packet) {
  ASSERT_GE(packet.layers().size(), 1U);
  ASSERT_LE(packet.layers().size(), Packet::kMaxLayers);
  Defects all = 0;
  for (const Layer& layer : packet.layers()) {
    ASSERT_NE(layer.layout, nullptr);
    ASSERT_LE(layer.header, layer.length);
    ASSERT_LE(layer.offset + layer.length, packet.frame().size());
    if (!layer.is_quote) all |= layer.defects;
  }
  ASSERT_EQ(all, packet.defects());
  ASSERT_FALSE(packet.message().is_extension);
  ASSERT_FALSE(packet.message().is_quote);
  const auto in_front = static_cast<std::size_t>(&packet.message() - packet.layers().data()) + 1;
  ASSERT_EQ(in_front + packet.extensions().size() + packet.quoted().size(), packet.layers().size());
  for (const Layer& layer : packet.extensions()) ASSERT_TRUE(layer.is_extension);
  for (const Layer& layer : packet.quoted()) ASSERT_TRUE(layer.is_quote);
  ASSERT_FALSE(dissect(packet).empty());
  ASSERT_FALSE(one_line(packet).empty());
}

TEST(Packet, BeginsAsAnEmptyFrame) {
  const Packet packet;
  expect_sound(packet);
  EXPECT_EQ(packet.message().layout, &ethernet::layout);
  EXPECT_TRUE(has(packet.defects(), Defect::truncated));
}

TEST(Packet, CanBeUsedAgain) {
  Packet used;
  for (const auto text : frames::all) {
    const Buffer frame = octets(text);
    used.decode(frame);
    Packet fresh;
    fresh.decode(frame);
    EXPECT_EQ(dissect(used), dissect(fresh));
    EXPECT_EQ(one_line(used), one_line(fresh));
    EXPECT_EQ(used.defects(), fresh.defects());
  }
}

TEST(Packet, StandsFramesCutAtEveryLength) {
  Packet packet;
  for (const auto text : frames::all) {
    const Buffer whole = octets(text);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Tight cut(Bytes(whole).first(size));
      packet.decode(cut.bytes());
      expect_sound(packet);
      refresh_checksums(cut.bytes());
    }
  }
}

TEST(Packet, NotesThatAFrameIsCut) {
  const Buffer whole = octets(frames::registration_request);
  Packet packet;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    packet.decode(Bytes(whole).first(size));
    EXPECT_TRUE(has(packet.defects(), Defect::truncated)) << size;
    EXPECT_FALSE(has(packet.defects(), Defect::bad_checksum)) << size;
    EXPECT_FALSE(has(packet.defects(), Defect::bad_length)) << size;
  }
}

TEST(Packet, StandsFlippedBitsAndRandomOctets) {
  std::mt19937 random(20);
  Packet packet;
  for (const auto text : frames::all) {
    const Buffer whole = octets(text);
    for (int round = 0; round < 400; ++round) {
      Tight frame(whole);
      for (std::size_t flips = 1 + random() % 6; flips > 0; --flips)
        frame.bytes()[random() % whole.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
      packet.decode(frame.bytes(), {static_cast<std::uint8_t>(random()), 1});
      expect_sound(packet);
      refresh_checksums(frame.bytes());
      packet.decode(frame.bytes());
      expect_sound(packet);
    }
    for (int round = 0; round < 100; ++round) {
      Tight frame(whole);
      for (std::size_t i = 14 + random() % 30; i < whole.size(); ++i)
        frame.bytes()[i] = static_cast<std::uint8_t>(random());
      packet.decode(frame.bytes());
      expect_sound(packet);
    }
  }
}

TEST(Packet, HoldsNoMoreLayersThanItCan) {
  const Buffer many(1400, 0);  // one-byte paddings
  Buffer payload(24);
  payload[0] = 1;
  payload.insert(payload.end(), many.begin(), many.end());
  const Buffer frame = udp_frame({{}, {{1}, {2}}, {434, 434}}, payload);
  Packet packet;
  packet.decode(frame);
  expect_sound(packet);
  EXPECT_EQ(packet.layers().size(), Packet::kMaxLayers);
  EXPECT_EQ(packet.defects(), static_cast<Defects>(Defect::too_many_layers));
  EXPECT_EQ(packet.message().layout->name, "registration-request");
}

/// libtins is another reader of the same octets.
TEST(Packet, AgreesWithLibtins) {
  Packet packet;
  for (const auto text : frames::all) {
    const Buffer frame = octets(text);
    packet.decode(frame);
    const Tins::EthernetII other(frame.data(), static_cast<std::uint32_t>(frame.size()));
    const View ethernet = packet.view(packet.layers()[0]);
    EXPECT_EQ(ethernet.mac(ethernet::source).to_string(), other.src_addr().to_string());
    EXPECT_EQ(ethernet.mac(ethernet::destination).to_string(), other.dst_addr().to_string());
    EXPECT_EQ(ethernet[ethernet::ethertype], other.payload_type());
    if (const auto* ip = other.find_pdu<Tins::IP>()) {
      const View view = packet.header(*packet.find(ip::layout));
      EXPECT_EQ(view[ip::version], ip->version());
      EXPECT_EQ(view[ip::header_length], ip->head_len());
      EXPECT_EQ(view[ip::type_of_service], ip->tos());
      EXPECT_EQ(view[ip::total_length], ip->tot_len());
      EXPECT_EQ(view[ip::identification], ip->id());
      EXPECT_EQ(view[ip::more_fragments], ip->flags() == Tins::IP::MORE_FRAGMENTS ? 1U : 0U);
      EXPECT_EQ(view[ip::fragment_offset], ip->fragment_offset());
      EXPECT_EQ(view[ip::time_to_live], ip->ttl());
      EXPECT_EQ(view[ip::protocol], ip->protocol());
      EXPECT_EQ(view[ip::checksum], ip->checksum());
      EXPECT_EQ(view.address(ip::source).to_string(), ip->src_addr().to_string());
      EXPECT_EQ(view.address(ip::destination).to_string(), ip->dst_addr().to_string());
    }
    const auto* udp = other.find_pdu<Tins::UDP>();
    if (const Layer* layer = packet.find(udp::layout); layer != nullptr && udp != nullptr) {
      const View view = packet.view(*layer);
      EXPECT_EQ(view[udp::source_port], udp->sport());
      EXPECT_EQ(view[udp::destination_port], udp->dport());
      EXPECT_EQ(view[udp::length], udp->length());
      EXPECT_EQ(view[udp::checksum], udp->checksum());
    }
    if (const auto* arp = other.find_pdu<Tins::ARP>()) {
      const View view = packet.view(*packet.find(arp::layout));
      EXPECT_EQ(view[arp::operation], arp->opcode());
      EXPECT_EQ(view.mac(arp::sender_mac).to_string(), arp->sender_hw_addr().to_string());
      EXPECT_EQ(view.address(arp::target_ip).to_string(), arp->target_ip_addr().to_string());
    }
    if (const auto* icmp = other.find_pdu<Tins::ICMP>()) {
      const View view = packet.view(packet.message());
      EXPECT_EQ(view[icmp::type], icmp->type());
      EXPECT_EQ(view[icmp::code], icmp->code());
      EXPECT_EQ(view[icmp::checksum], icmp->checksum());
    }
  }
}

}  // namespace
}  // namespace mipvet::wire
