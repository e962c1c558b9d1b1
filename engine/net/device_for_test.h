#pragma once

#include <chrono>
#include <optional>
#include <poll.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "engine/net/device.h"
#include "engine/wire/address.h"

namespace mipvet::net {

/// Skips a test that makes network namespaces where that is not allowed.
#define MIPVET_NEEDS_ROOT() \
  if (::geteuid() != 0) GTEST_SKIP() << "makes network namespaces: run as root"

struct KeptFrame {
  Time time;
  wire::Buffer bytes;
};

/// The next frame that comes to a device, nothing where none comes.
inline std::optional<KeptFrame> next_frame(
    Device& device, std::chrono::milliseconds patience = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    if (const auto frame = device.receive())
      return KeptFrame{frame->time, {frame->bytes.begin(), frame->bytes.end()}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd event{device.fd(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&event, 1, static_cast<int>(left.count())) < 0)
      return std::nullopt;
  }
}

inline wire::Buffer next_bytes(Device& device) {
  const auto frame = next_frame(device);
  return frame ? frame->bytes : wire::Buffer{};
}

/// A frame of an experimental Ethertype, which the kernel has nothing to say to.
inline wire::Buffer test_frame(std::uint8_t mark, const wire::MacAddress& to = wire::kBroadcastMac,
                               std::size_t payload = 46) {
  wire::Buffer frame(to.octets.begin(), to.octets.end());
  frame.insert(frame.end(), {2, 0, 0, 0, 0, mark, 0x88, 0xB5});
  frame.resize(frame.size() + payload, mark);
  return frame;
}

}  // namespace mipvet::net
