#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "engine/net/frame.h"

namespace mipvet::net {

/// One line: which device, what is wrong, what would be right.
class DeviceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A frame as it came from a device. The bytes live until the next one is received.
struct Received {
  Time time;
  wire::Bytes bytes;
};

/// An Ethernet device of the machine that frames are taken from and put on, without waiting.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;

  virtual const std::string& name() const = 0;
  /// Readable when a frame is there.
  virtual int fd() const = 0;
  /// The next frame, nothing where none is there now. Throws DeviceError where the device is gone.
  virtual std::optional<Received> receive() = 0;
  /// Puts a frame on the wire. As on any wire, one that is sent while the device is down is lost.
  /// Throws DeviceError where the device cannot take such a frame or is gone.
  virtual void send(wire::Bytes frame) = 0;
};

}  // namespace mipvet::net
