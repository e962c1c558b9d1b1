#include "engine/net/tap.h"

#include <gmock/gmock.h>

#include "engine/net/device_for_test.h"
#include "engine/net/ip_command.h"
#include "engine/net/packet_socket.h"

namespace mipvet::net {
namespace {

std::string error_of(const std::string& device, const std::string& network_namespace) {
  try {
    const TapDevice tap(device, network_namespace);
    return {};
  } catch (const DeviceError& error) {
    return error.what();
  }
}

class TapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    MIPVET_NEEDS_ROOT();
    run_ip({}, "netns add " + name_ + "\n");
    made_ = true;
  }
  void TearDown() override {
    if (made_) run_ip({}, "netns del " + name_ + "\n");
  }

  std::string name_ = "mipvet-test-" + std::to_string(::getpid());
  bool made_ = false;
};

TEST_F(TapTest, FramesPassToTheKernelAndBack) {
  run_ip(name_, "tuntap add dev tap7 mode tap\nlink set tap7 addrgenmode none\n");
  TapDevice tap("tap7", name_);
  PacketSocket kernel("tap7", name_);
  EXPECT_FALSE(tap.receive());
  tap.send(test_frame(1));
  EXPECT_EQ(next_bytes(kernel), test_frame(1));
  const Time before = std::chrono::system_clock::now();
  kernel.send(test_frame(2));
  const auto frame = next_frame(tap);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->bytes, test_frame(2));
  EXPECT_LE(before, frame->time);
  EXPECT_LE(frame->time, std::chrono::system_clock::now());
}

TEST_F(TapTest, OneThatIsNotThereIsMadeAndGoneAfterwards) {
  {
    TapDevice tap("tap8", name_);
    EXPECT_NO_THROW(PacketSocket("tap8", name_));
  }
  EXPECT_THROW(PacketSocket("tap8", name_), DeviceError);
}

TEST_F(TapTest, ErrorsSayWhatWouldBeRight) {
  run_ip(name_, "link add left type veth peer name right\n");
  EXPECT_EQ(error_of("left", name_),
            "left: cannot be opened as a TAP: Invalid argument: an interface of that name is "
            "there, but is no TAP");
  EXPECT_EQ(error_of("", name_), "TAP name '': has to have 1 to 15 characters");
  TapDevice held("tap7", name_);
  EXPECT_EQ(error_of("tap7", name_),
            "tap7: cannot be opened as a TAP: Device or resource busy: another program holds it, "
            "close that one");
  EXPECT_THROW(held.send(wire::Buffer(13)), DeviceError);
}

}  // namespace
}  // namespace mipvet::net
