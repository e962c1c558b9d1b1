#include "engine/net/interface.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "engine/net/device.h"
#include "engine/net/file_descriptor.h"

namespace mipvet::net::interface {
namespace {

[[noreturn]] void fail(const std::string& name, std::string_view what, int error) {
  std::string_view right;
  if (error == EPERM || error == EACCES) right = ": needs CAP_NET_ADMIN: run as root";
  if (error == ENODEV) right = ": `ip link` shows the interfaces there are";
  throw DeviceError(fmt::format("{}: {}: {}{}", name, what, std::strerror(error), right));
}

ifreq request_for(const std::string& name) {
  ifreq request{};
  if (name.empty() || name.size() >= IFNAMSIZ)
    throw DeviceError(
        fmt::format("interface name '{}': has to have 1 to {} characters", name, IFNAMSIZ - 1));
  std::memcpy(request.ifr_name, name.data(), name.size());
  return request;
}

/// Any socket takes the requests; they concern the network namespace that it was made in.
class Control {
 public:
  Control() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    if (!socket_) throw DeviceError(fmt::format("cannot open a socket: {}", std::strerror(errno)));
  }
  bool ask(unsigned long what, ifreq& request) const {
    return ::ioctl(socket_.get(), what, &request) == 0;
  }

 private:
  FileDescriptor socket_;
};

short flags(const Control& control, const std::string& name) {
  ifreq request = request_for(name);
  if (!control.ask(SIOCGIFFLAGS, request)) fail(name, "cannot be asked for its state", errno);
  return request.ifr_flags;
}

/// Asks the kernel for the operational state (RFC 2863), which it changes when an interface is
/// ready to pass frames; IFF_RUNNING is set even while the state is not known yet.
class OperationalState {
 public:
  OperationalState() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
    if (!socket_)
      throw DeviceError(fmt::format("cannot open a netlink socket: {}", std::strerror(errno)));
  }

  int of(const std::string& name) const {
    struct {
      nlmsghdr header;
      ifinfomsg link;
    } request{};
    request.header = {.nlmsg_len = sizeof request,
                      .nlmsg_type = RTM_GETLINK,
                      .nlmsg_flags = NLM_F_REQUEST,
                      .nlmsg_seq = 0,
                      .nlmsg_pid = 0};
    request.link.ifi_index = index(name);
    alignas(nlmsghdr) std::array<char, 16384> answer;
    ssize_t length = ::send(socket_.get(), &request, sizeof request, 0);
    if (length >= 0) length = ::recv(socket_.get(), answer.data(), answer.size(), 0);
    if (length < 0) fail(name, "cannot be asked for its state", errno);
    const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
    if (!NLMSG_OK(header, static_cast<std::uint32_t>(length)) || header->nlmsg_type != RTM_NEWLINK)
      fail(name, "cannot be asked for its state", ENODEV);
    const auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(header));
    std::size_t left = IFLA_PAYLOAD(header);
    for (const rtattr* attribute = IFLA_RTA(link); RTA_OK(attribute, left);
         attribute = RTA_NEXT(attribute, left))
      if (attribute->rta_type == IFLA_OPERSTATE)
        return *static_cast<const std::uint8_t*>(RTA_DATA(attribute));
    return IF_OPER_UNKNOWN;
  }

 private:
  FileDescriptor socket_;
};

}  // namespace

int index(const std::string& name) {
  const Control control;
  ifreq request = request_for(name);
  if (!control.ask(SIOCGIFHWADDR, request)) fail(name, "cannot be opened", errno);
  if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
    throw DeviceError(fmt::format("{}: is no Ethernet interface, one such is needed", name));
  if (!control.ask(SIOCGIFINDEX, request)) fail(name, "cannot be opened", errno);
  return request.ifr_ifindex;
}

bool exists(const std::string& name) {
  ifreq request = request_for(name);
  return Control().ask(SIOCGIFINDEX, request);
}

bool is_up(const std::string& name) {
  return (flags(Control(), name) & IFF_UP) != 0;
}

void set_up(const std::string& name) {
  const Control control;
  ifreq request = request_for(name);
  request.ifr_flags = static_cast<short>(flags(control, name) | IFF_UP);
  if (!control.ask(SIOCSIFFLAGS, request)) fail(name, "cannot be set up", errno);
}

void wait_running(std::span<const std::string> names, std::chrono::milliseconds patience) {
  const OperationalState state;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (const std::string& name : names)
    while (state.of(name) != IF_OPER_UP) {
      if (std::chrono::steady_clock::now() > deadline)
        throw DeviceError(
            fmt::format("{}: does not come into operation; is its other end up?", name));
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
}

void turn_off_offloads(const std::string& name) {
  const Control control;
  for (const std::uint32_t what :
       {ETHTOOL_STXCSUM, ETHTOOL_SSG, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO}) {
    ethtool_value off{.cmd = what, .data = 0};
    ifreq request = request_for(name);
    request.ifr_data = reinterpret_cast<char*>(&off);
    // What a device does not have needs no turning off.
    if (!control.ask(SIOCETHTOOL, request) && errno != EOPNOTSUPP)
      fail(name, "its offloads cannot be turned off", errno);
  }
}

}  // namespace mipvet::net::interface
