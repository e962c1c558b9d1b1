#include "engine/net/packet_socket.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "engine/net/device_for_test.h"
#include "engine/net/interface.h"
#include "engine/net/ip_command.h"
#include "engine/net/network_namespace.h"
#include "engine/wire/checksum.h"

namespace mipvet::net {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::string& device, const std::string& network_namespace = {}) {
  try {
    const PacketSocket socket(device, network_namespace);
    return {};
  } catch (const DeviceError& error) {
    return error.what();
  }
}

/// Two ends of a cable, offloads as the kernel has them, in a namespace of the test's own.
class PacketSocketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    MIPVET_NEEDS_ROOT();
    run_ip({}, "netns add " + name_ + "\n");
    made_ = true;
    run_ip(name_,
           "link add left type veth peer name right\n"
           "link set left addrgenmode none up\nlink set right addrgenmode none up\n");
    wait_running();
  }
  void TearDown() override {
    if (made_) run_ip({}, "netns del " + name_ + "\n");
  }

  void wait_running() {
    in_namespace(name_, [] { interface::wait_running(std::vector<std::string>{"left", "right"}); });
  }

  std::string name_ = "mipvet-test-" + std::to_string(::getpid());
  bool made_ = false;
};

TEST_F(PacketSocketTest, FramesPassInBothDirections) {
  PacketSocket left("left", name_);
  PacketSocket right("right", name_);
  EXPECT_FALSE(left.receive());
  left.send(test_frame(1));
  EXPECT_EQ(next_bytes(right), test_frame(1));
  right.send(test_frame(2, {{2, 0, 0, 0, 9, 9}}, 1));
  EXPECT_EQ(next_bytes(left), test_frame(2, {{2, 0, 0, 0, 9, 9}}, 1));
  left.send(test_frame(3, wire::kBroadcastMac, 0));
  EXPECT_EQ(next_bytes(right), test_frame(3, wire::kBroadcastMac, 0));
}

TEST_F(PacketSocketTest, TheKernelStampsFrames) {
  PacketSocket left("left", name_);
  PacketSocket right("right", name_);
  const Time before = std::chrono::system_clock::now();
  left.send(test_frame(1));
  left.send(test_frame(2));
  const auto first = next_frame(right);
  const auto second = next_frame(right);
  const Time after = std::chrono::system_clock::now();
  ASSERT_TRUE(first && second);
  EXPECT_LE(before, first->time);
  EXPECT_LE(first->time, second->time);
  EXPECT_LE(second->time, after);
}

TEST_F(PacketSocketTest, OutgoingFramesAreSeenWhereAskedFor) {
  PacketSocket sender("left", name_);
  PacketSocket incoming("left", name_, Outgoing::kIgnored);
  PacketSocket both("left", name_, Outgoing::kSeen);
  PacketSocket right("right", name_);
  sender.send(test_frame(1));
  right.send(test_frame(2));
  EXPECT_EQ(next_bytes(both), test_frame(1));
  EXPECT_EQ(next_bytes(both), test_frame(2));
  EXPECT_EQ(next_bytes(incoming), test_frame(2));
  EXPECT_EQ(next_bytes(sender), test_frame(2));
}

TEST_F(PacketSocketTest, AVlanTagStays) {
  PacketSocket left("left", name_);
  PacketSocket right("right", name_);
  wire::Buffer tagged = test_frame(1);
  const std::array<std::uint8_t, 4> tag{0x81, 0x00, 0x20, 0x07};
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  left.send(tagged);
  EXPECT_EQ(next_bytes(right), tagged);
}

// With checksum offload a veth passes frames on with the pseudo header's sum only.
TEST_F(PacketSocketTest, AChecksumLeftToHardwareIsCompleted) {
  run_ip(name_, "address add 192.0.2.1/24 dev left\n");
  PacketSocket right("right", name_);
  in_namespace(name_, [] {
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM, 0));
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(434);
    to.sin_addr.s_addr = htonl(0xC00002FF);
    EXPECT_EQ(::sendto(socket.get(), "abc", 3, 0, reinterpret_cast<sockaddr*>(&to), sizeof to), 3);
  });
  const wire::Buffer frame = next_bytes(right);
  ASSERT_EQ(frame.size(), 14U + 20U + 8U + 3U);
  const auto udp = wire::Bytes(frame).subspan(34);
  EXPECT_EQ(udp[6] << 8U | udp[7], wire::udp_checksum({0xC0000201}, {0xC00002FF}, udp));
}

TEST_F(PacketSocketTest, LostFramesAreCounted) {
  PacketSocket left("left", name_);
  PacketSocket right("right", name_);
  EXPECT_EQ(right.lost(), 0U);
  // A queue of 32 MiB at most (the kernel doubles what it is asked for).
  const wire::Buffer large = test_frame(1, wire::kBroadcastMac, 1500);
  for (int i = 0; i < 30000; ++i) left.send(large);
  const auto lost = right.lost();
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(right.lost(), lost);
  std::uint64_t received = 0;
  while (right.receive()) ++received;
  // Before the socket's queue there is the kernel's own, whose losses no socket is told of.
  EXPECT_LE(received + lost, 30000U);
  EXPECT_GT(received, 0U);
}

TEST_F(PacketSocketTest, WhatCannotBeSentIsAnError) {
  PacketSocket left("left", name_);
  EXPECT_THROW(left.send(wire::Buffer(13)), DeviceError);
  EXPECT_THROW(left.send(test_frame(1, wire::kBroadcastMac, 1600)), DeviceError);
}

TEST_F(PacketSocketTest, ADeviceThatIsDownLosesFramesAndComesBack) {
  PacketSocket left("left", name_);
  PacketSocket right("right", name_);
  run_ip(name_, "link set left down\n");
  EXPECT_FALSE(left.receive());
  left.send(test_frame(1));
  run_ip(name_, "link set left up\n");
  wait_running();
  right.send(test_frame(2));
  EXPECT_EQ(next_bytes(left), test_frame(2));
}

TEST_F(PacketSocketTest, ADeviceThatIsGoneIsAnError) {
  PacketSocket left("left", name_);
  run_ip(name_, "link del left\n");
  EXPECT_THROW(left.send(test_frame(1)), DeviceError);
}

TEST_F(PacketSocketTest, ErrorsSayWhatWouldBeRight) {
  EXPECT_EQ(error_of("none", name_),
            "none: cannot be opened: No such device: `ip link` shows the interfaces there are");
  EXPECT_EQ(error_of("lo", name_), "lo: is no Ethernet interface, one such is needed");
  EXPECT_EQ(error_of(std::string(16, 'x'), name_),
            "interface name 'xxxxxxxxxxxxxxxx': has to have 1 to 15 characters");
  EXPECT_THAT(error_of("left", "no-such"), HasSubstr("network namespace no-such: "));
  run_ip(name_, "link set left down\n");
  EXPECT_EQ(error_of("left", name_), "left: is down: `ip link set left up` first");
}

TEST_F(PacketSocketTest, WithoutRightsItSaysSo) {
  int status = -1;
  in_namespace(name_, [&] {
    const pid_t child = ::fork();
    if (child == 0) {
      const bool nobody = ::setuid(65534) == 0;
      const bool said = error_of("left").ends_with(": needs CAP_NET_RAW: run as root");
      ::_exit(nobody && said ? 0 : 1);
    }
    ::waitpid(child, &status, 0);
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace mipvet::net
