#pragma once

#include <chrono>
#include <span>
#include <string>

/// Settings of network interfaces of the current network namespace. All throw DeviceError.
namespace mipvet::net::interface {

/// Index of an Ethernet interface.
int index(const std::string& name);

bool is_up(const std::string& name);
void set_up(const std::string& name);

bool exists(const std::string& name);

/// Waits until frames can pass: the kernel brings an interface into operation a little after it and
/// its other end were set up, and drops what is sent before. (A TAP that is made and opened at once
/// passes frames at once; its state stays unknown.)
void wait_running(std::span<const std::string> names,
                  std::chrono::milliseconds patience = std::chrono::seconds(5));

/// Has the kernel fill in checksums and cut segments before frames leave through the interface:
/// otherwise a frame between two veths carries half a checksum, which looks like a fault of its
/// sender.
void turn_off_offloads(const std::string& name);

}  // namespace mipvet::net::interface
