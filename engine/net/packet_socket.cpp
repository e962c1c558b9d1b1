#include "engine/net/packet_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <poll.h>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "engine/net/interface.h"
#include "engine/net/network_namespace.h"
#include "engine/wire/checksum.h"

namespace mipvet::net {
namespace {

constexpr std::size_t kTag = 4;           // room for a VLAN tag before a frame
constexpr std::size_t kLongest = 262144;  // far more than the kernel makes without "big TCP"
constexpr int kReceiveQueue = 16 << 20;
constexpr std::size_t kAddresses = 12;  // destination and source, before a VLAN tag

// What stands before a frame in a socket with PACKET_VNET_HDR; <linux/virtio_net.h> is no C++.
struct VirtioHeader {
  std::uint8_t flags;
  std::uint8_t segmentation;
  std::uint16_t header_length;
  std::uint16_t segment_length;
  std::uint16_t checksum_start;
  std::uint16_t checksum_offset;  // from the start
};
constexpr std::uint8_t kNeedsChecksum = 1;

// What the kernel says beside a frame.
struct Beside {
  Time time{};
  std::optional<tpacket_auxdata> auxiliary;
};

template <typename Value>
Value value_of(const cmsghdr* message) {
  Value value;
  std::memcpy(&value, CMSG_DATA(message), sizeof value);
  return value;
}

Beside read_beside(msghdr& message) {
  Beside beside;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
      const auto stamp = value_of<timespec>(part);
      beside.time = Time(std::chrono::seconds(stamp.tv_sec) + Duration(stamp.tv_nsec));
    } else if (part->cmsg_level == SOL_PACKET && part->cmsg_type == PACKET_AUXDATA) {
      beside.auxiliary = value_of<tpacket_auxdata>(part);
    }
  }
  if (beside.time == Time{}) beside.time = std::chrono::system_clock::now();
  return beside;
}

// The kernel left a checksum to hardware that is not there: its field holds the pseudo header's
// sum, and what follows from `checksum_start` on is to be added.
void complete_checksum(std::span<std::uint8_t> frame, const VirtioHeader& header) {
  const std::size_t start = header.checksum_start;
  const std::size_t field = start + header.checksum_offset;
  if (start > frame.size() || field + 2 > frame.size()) return;
  std::uint16_t sum = wire::checksum(frame.subspan(start));
  if (sum == 0) sum = 0xFFFF;  // 0 would mean "none" in UDP; in TCP both are the same
  frame[field] = static_cast<std::uint8_t>(sum >> 8U);
  frame[field + 1] = static_cast<std::uint8_t>(sum);
}

void put_u16(std::uint8_t* at, unsigned value) {
  at[0] = static_cast<std::uint8_t>(value >> 8U);
  at[1] = static_cast<std::uint8_t>(value);
}

}  // namespace

PacketSocket::PacketSocket(std::string interface, const std::string& network_namespace,
                           Outgoing outgoing)
    : name_(std::move(interface)), buffer_(kTag + kLongest) {
  in_namespace(network_namespace, [&] { open(outgoing); });
}

void PacketSocket::open(Outgoing outgoing) {
  const int index = interface::index(name_);
  if (!interface::is_up(name_))
    throw DeviceError(fmt::format("{}: is down: `ip link set {} up` first", name_, name_));
  // Protocol 0: takes no frames, of whatever interface, until it is bound.
  socket_ = FileDescriptor(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_)
    throw DeviceError(fmt::format("{}: cannot open a packet socket: {}{}", name_,
                                  std::strerror(errno),
                                  errno == EPERM ? ": needs CAP_NET_RAW: run as root" : ""));
  const auto set = [&](int level, int option, const auto& value) {
    return ::setsockopt(socket_.get(), level, option, &value, sizeof value) == 0;
  };
  if (!set(SOL_SOCKET, SO_RCVBUFFORCE, kReceiveQueue)) set(SOL_SOCKET, SO_RCVBUF, kReceiveQueue);
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = index;
  promiscuous.mr_type = PACKET_MR_PROMISC;
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = index;
  const bool ready =
      set(SOL_SOCKET, SO_TIMESTAMPNS, 1) && set(SOL_PACKET, PACKET_AUXDATA, 1) &&
      set(SOL_PACKET, PACKET_VNET_HDR, 1) &&
      set(SOL_PACKET, PACKET_IGNORE_OUTGOING, outgoing == Outgoing::kIgnored ? 1 : 0) &&
      set(SOL_PACKET, PACKET_ADD_MEMBERSHIP, promiscuous) &&
      ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (!ready)
    throw DeviceError(
        fmt::format("{}: cannot set its packet socket up: {}", name_, std::strerror(errno)));
}

std::optional<Received> PacketSocket::receive() {
  VirtioHeader header{};
  std::array<iovec, 2> parts{{{&header, sizeof header}, {buffer_.data() + kTag, kLongest}}};
  alignas(cmsghdr) std::array<char, 256> control;
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  ssize_t length = -1;
  do {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    length = ::recvmsg(socket_.get(), &message, 0);
    // That the interface went down is told once; frames may come again.
  } while (length < 0 && (errno == EINTR || errno == ENETDOWN));
  if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
  if (length < static_cast<ssize_t>(sizeof header))
    throw DeviceError(fmt::format("{}: cannot receive: {}", name_,
                                  length < 0 ? std::strerror(errno) : "no whole frame"));
  if ((message.msg_flags & MSG_TRUNC) != 0)
    throw DeviceError(fmt::format("{}: a frame of more than {} octets", name_, kLongest));

  std::span<std::uint8_t> frame(buffer_.data() + kTag,
                                static_cast<std::size_t>(length) - sizeof header);
  if ((header.flags & kNeedsChecksum) != 0) complete_checksum(frame, header);
  const Beside beside = read_beside(message);
  if (beside.auxiliary && (beside.auxiliary->tp_status & TP_STATUS_VLAN_VALID) != 0 &&
      frame.size() >= kAddresses) {
    std::memmove(buffer_.data(), frame.data(), kAddresses);
    frame = {buffer_.data(), frame.size() + kTag};
    const bool has_protocol = (beside.auxiliary->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    put_u16(&frame[kAddresses], has_protocol ? beside.auxiliary->tp_vlan_tpid : ETH_P_8021Q);
    put_u16(&frame[kAddresses + 2], beside.auxiliary->tp_vlan_tci);
  }
  return Received{beside.time, frame};
}

void PacketSocket::send(wire::Bytes frame) {
  if (frame.size() < ETH_HLEN)
    throw DeviceError(
        fmt::format("{}: a frame of {} octets cannot be sent, an Ethernet header has "
                    "{}",
                    name_, frame.size(), ETH_HLEN));
  VirtioHeader header{};
  std::array<iovec, 2> parts{
      {{&header, sizeof header}, {const_cast<std::uint8_t*>(frame.data()), frame.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  // A full queue empties itself; a second is more than any needs.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    if (::sendmsg(socket_.get(), &message, 0) >= 0 || errno == ENETDOWN) return;
    if (errno == EMSGSIZE)
      throw DeviceError(
          fmt::format("{}: a frame of {} octets cannot be sent, it is longer than "
                      "the interface's MTU allows",
                      name_, frame.size()));
    if (errno == EAGAIN || errno == ENOBUFS) {
      pollfd room{socket_.get(), POLLOUT, 0};
      if (errno == ENOBUFS) room.events = 0;
      ::poll(&room, 1, 1);
    } else if (errno != EINTR) {
      break;
    }
  }
  throw DeviceError(fmt::format("{}: cannot send: {}", name_, std::strerror(errno)));
}

std::uint64_t PacketSocket::lost() const {
  tpacket_stats statistics{};
  socklen_t length = sizeof statistics;
  if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0)
    lost_ += statistics.tp_drops;
  return lost_;
}

}  // namespace mipvet::net
