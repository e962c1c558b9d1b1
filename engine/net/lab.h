#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/net/device.h"

namespace mipvet::net {

/// The network of a live run: one Linux bridge per link, which passes every frame on to all its
/// ports as a hub does, all in one network namespace without addresses, where the kernel itself
/// says nothing. First the ports are named, then `up` makes everything at once. The destructor
/// removes everything, also what a failed `up` left. Throws DeviceError.
///
/// The namespaces are called `mipvet-<pid>-<n>` and, for implementations under test,
/// `mipvet-<pid>-<n>-<name>`.
class Lab {
 public:
  /// Where a real implementation meets a link.
  struct ExternalPort {
    std::string network_namespace;
    std::string device;
  };

  /// Ends what was started in the namespaces of processes that are no more, and removes these.
  static void sweep();

  /// Link names are any, but no two the same.
  explicit Lab(std::vector<std::string> links);
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;
  ~Lab();

  /// A port for a node that is played here: a veth, to be opened as PacketSocket in the lab's
  /// namespace.
  std::string add_port(std::string_view link);
  /// A port for a program that brings its own Ethernet (a virtual machine): a TAP in the lab's
  /// namespace, whose other side is on the link.
  std::string add_tap(std::string_view link);
  /// A port for a real implementation: a veth of that name in a network namespace, which is made
  /// for this lab unless one of that name is there. It is up, but has no address.
  ExternalPort add_external_port(std::string_view link, const std::string& network_namespace,
                                 const std::string& device);

  /// Returns when frames can pass between all ports (to a TAP: from when it is opened).
  void up();
  /// What the destructor does, but says what went wrong. Ends processes that still run in the
  /// namespaces that were made for this lab.
  void remove();

  const std::string& network_namespace() const { return name_; }
  /// The interface in the lab's namespace on which a PacketSocket sees every frame of the link.
  std::string bridge_device(std::string_view link) const;

 private:
  struct Port {
    std::string bridge;             // the bridge it is on
    std::string near;               // the interface that is a port of the bridge
    std::string far;                // the other end; none for a TAP
    std::string network_namespace;  // of the other end
  };

  void set_interfaces_up();

  std::string name_;
  std::vector<std::string> links_;  // link i is bridge br<i>: link names may be too long for one
  std::vector<Port> ports_;
  std::vector<std::string> made_;  // the namespaces that are ours
};

}  // namespace mipvet::net
