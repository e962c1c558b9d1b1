#pragma once

#include <vector>

#include "engine/net/device.h"
#include "engine/net/file_descriptor.h"

namespace mipvet::net {

/// The user's side of a TAP interface: what the kernel sends through it is received here, what is
/// sent here the kernel receives.
class TapDevice final : public Device {
 public:
  /// Opens the TAP interface of that name, or makes one, which is gone with this object, and sets
  /// it up. The namespace is that of `in_namespace`. Throws DeviceError.
  explicit TapDevice(std::string interface, const std::string& network_namespace = {});

  const std::string& name() const override { return name_; }
  int fd() const override { return tun_.get(); }
  std::optional<Received> receive() override;
  void send(wire::Bytes frame) override;

 private:
  void open();

  std::string name_;
  FileDescriptor tun_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace mipvet::net
