#include "engine/wire/dissect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/test_frames.h"

namespace mipvet::wire {
namespace {

using testing::HasSubstr;

std::string line(std::string_view frame) {
  const Buffer octets = frames::octets(frame);
  Packet packet;
  packet.decode(octets);
  return one_line(packet);
}

TEST(OneLine, TellsWhatAPacketIsAbout) {
  EXPECT_EQ(line(frames::registration_request),
            "registration-request 10.0.1.5 -> 10.0.1.15 home_address 10.0.1.5 home_agent 192.0.2.1 "
            "care_of_address 203.0.113.9 lifetime 300 "
            "[ha-parameter, nai, mobile-home-authentication]");
  EXPECT_EQ(line(frames::unreachable),
            "icmp-unreachable 10.0.1.15 -> 10.0.1.5 code 3 quoting ipv4, udp");
  EXPECT_EQ(line(frames::arp_request),
            "arp 10.0.1.5 -> 10.0.1.15 operation 1 sender_mac 02:00:00:00:00:05 target_mac "
            "00:00:00:00:00:00");
  EXPECT_EQ(line(frames::ipip),
            "echo-request 10.0.1.5 -> 198.51.100.20 identifier 4660 sequence_number 1 in "
            "203.0.113.9 -> 192.0.2.1");
  EXPECT_EQ(line(frames::fragment), "ipv4 10.0.1.5 -> 192.0.2.1 protocol 17 ! fragment");
  EXPECT_EQ(line(frames::marker), "marker kind 1 text mipp/register-through-fa");
}

TEST(Dissect, ShowsEveryLayerAndField) {
  const Buffer frame = frames::octets(frames::registration_request);
  Packet packet;
  packet.decode(frame);
  const std::string text = dissect(packet);
  EXPECT_THAT(text, HasSubstr("ethernet 0-112\n      0    destination"));
  EXPECT_THAT(text, HasSubstr("registration-request 42-112\n"));
  EXPECT_THAT(text, HasSubstr("    43.1  broadcast_datagrams          1\n"));
  EXPECT_THAT(text, HasSubstr("    44    lifetime                     300\n"));
  EXPECT_THAT(text, HasSubstr("    58    identification               0xe8d4a51000000001\n"));
  EXPECT_THAT(text, HasSubstr("+ nai 74-90\n"));
  EXPECT_THAT(text, HasSubstr("nai                          mn@example.org\n"));
}

TEST(Dissect, MarksDefectsAndQuotes) {
  Buffer frame = frames::octets(frames::unreachable);
  frame[25] ^= 1;
  frame.resize(frame.size() - 2);
  Packet packet;
  packet.decode(frame);
  const std::string text = dissect(packet);
  EXPECT_THAT(text, HasSubstr("ipv4 14-68  ! truncated, bad checksum\n"));
  EXPECT_THAT(text, HasSubstr("quoted udp 62-68  ! truncated\n"));
  EXPECT_THAT(text, HasSubstr("missing"));
}

}  // namespace
}  // namespace mipvet::wire
