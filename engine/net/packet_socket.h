#pragma once

#include <cstdint>
#include <vector>

#include "engine/net/device.h"
#include "engine/net/file_descriptor.h"

namespace mipvet::net {

/// What a packet socket sees of the frames that leave through its interface. What it sends itself
/// it never sees.
enum class Outgoing { kSeen, kIgnored };

/// All frames of one Ethernet interface (AF_PACKET, promiscuous), with the kernel's timestamps. A
/// VLAN tag and a checksum that the kernel left to the hardware are where they would be on a wire.
class PacketSocket final : public Device {
 public:
  /// The interface has to be up; the namespace is that of `in_namespace`. Throws DeviceError.
  explicit PacketSocket(std::string interface, const std::string& network_namespace = {},
                        Outgoing outgoing = Outgoing::kIgnored);

  const std::string& name() const override { return name_; }
  int fd() const override { return socket_.get(); }
  std::optional<Received> receive() override;
  void send(wire::Bytes frame) override;

  /// Frames that were lost since the socket was opened, because `receive` was not called in time.
  std::uint64_t lost() const;

 private:
  void open(Outgoing outgoing);

  std::string name_;
  FileDescriptor socket_;
  std::vector<std::uint8_t> buffer_;
  mutable std::uint64_t lost_ = 0;  // the kernel's count begins anew whenever it is asked
};

}  // namespace mipvet::net
