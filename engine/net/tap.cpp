#include "engine/net/tap.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "engine/net/interface.h"
#include "engine/net/network_namespace.h"

namespace mipvet::net {
namespace {

constexpr std::size_t kLongest = 65536 + ETH_HLEN;  // the largest MTU of a TAP, and a VLAN tag

const char* what_would_be_right(int error) {
  switch (error) {
    case EPERM:
    case EACCES:
      return ": needs CAP_NET_ADMIN: run as root";
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return ": the kernel needs TUN/TAP";
    case EBUSY:
      return ": another program holds it, close that one";
    case EINVAL:
      return ": an interface of that name is there, but is no TAP";
    default:
      return "";
  }
}

}  // namespace

TapDevice::TapDevice(std::string interface, const std::string& network_namespace)
    : name_(std::move(interface)), buffer_(kLongest) {
  if (name_.empty() || name_.size() >= IFNAMSIZ)
    throw DeviceError(
        fmt::format("TAP name '{}': has to have 1 to {} characters", name_, IFNAMSIZ - 1));
  in_namespace(network_namespace, [&] { open(); });
}

void TapDevice::open() {
  tun_ = FileDescriptor(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!tun_)
    throw DeviceError(
        fmt::format("/dev/net/tun: {}{}", std::strerror(errno), what_would_be_right(errno)));
  const bool was_there = interface::exists(name_);
  ifreq request{};
  std::memcpy(request.ifr_name, name_.data(), name_.size());
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (::ioctl(tun_.get(), TUNSETIFF, &request) != 0)
    throw DeviceError(fmt::format("{}: cannot be opened as a TAP: {}{}", name_,
                                  std::strerror(errno), what_would_be_right(errno)));
  interface::set_up(name_);
  if (was_there) interface::wait_running({&name_, 1});
}

std::optional<Received> TapDevice::receive() {
  ssize_t length = -1;
  do {
    length = ::read(tun_.get(), buffer_.data(), buffer_.size());
  } while (length < 0 && errno == EINTR);
  if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EIO)) return std::nullopt;
  if (length < 0)
    throw DeviceError(fmt::format("{}: cannot receive: {}", name_, std::strerror(errno)));
  return Received{std::chrono::system_clock::now(),
                  {buffer_.data(), static_cast<std::size_t>(length)}};
}

void TapDevice::send(wire::Bytes frame) {
  if (frame.size() < ETH_HLEN)
    throw DeviceError(
        fmt::format("{}: a frame of {} octets cannot be sent, an Ethernet header has "
                    "{}",
                    name_, frame.size(), ETH_HLEN));
  for (int attempt = 0; attempt < 1000; ++attempt) {
    // EIO: the interface is down.
    if (::write(tun_.get(), frame.data(), frame.size()) >= 0 || errno == EIO) return;
    if (errno == EAGAIN) {
      pollfd room{tun_.get(), POLLOUT, 0};
      ::poll(&room, 1, 1);
    } else if (errno != EINTR) {
      break;
    }
  }
  throw DeviceError(fmt::format("{}: cannot send: {}", name_, std::strerror(errno)));
}

}  // namespace mipvet::net
