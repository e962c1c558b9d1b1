#include "roles/dhcp_server.h"

#include <algorithm>

namespace mipvet::roles {

namespace dhcp = wire::dhcp;
using wire::Ipv4Address;

namespace {

/// How long an offered address waits for its request.
constexpr net::Duration kOffer = std::chrono::seconds(30);
/// Of a larger pool the first ones are given away.
constexpr std::uint32_t kMostAddresses = 4096;

}  // namespace

DhcpServer::DhcpServer(const model::Network& network, net::Host& host, std::vector<Range> ranges)
    : network_(network), host_(host), ranges_(std::move(ranges)) {
  if (ranges_.empty()) return;
  host_.on_udp(dhcp::kServerPort, [this](const net::Datagram& datagram) { received(datagram); });
}

void DhcpServer::received(const net::Datagram& datagram) {
  const Range* range = range_on(datagram.port);
  if (range == nullptr || datagram.checksum_wrong) return;
  const auto asked = dhcp::read_message(datagram.payload);
  // Relayed ones (RFC 2131 §4.1) are for a server with ranges beyond its links.
  if (!asked || !asked->giaddr.is_zero()) return;
  if (asked->kind == &dhcp::discover) {
    discovered(*range, *asked);
  } else if (asked->kind == &dhcp::request) {
    requested(*range, *asked);
  } else if (asked->kind == &dhcp::decline) {
    declined(*range, *asked);
  } else if (asked->kind == &dhcp::release) {
    leases_.erase(key_of(*range, *asked));
  } else if (asked->kind == &dhcp::inform) {
    dhcp::Message told = answer(*range, *asked, dhcp::ack);
    told.lease_time = told.renewal_time = told.rebinding_time = {};  // RFC 2131 §4.3.5
    send(*range, *asked, told);
  }
}

/// RFC 2131 §4.3.1.
void DhcpServer::discovered(const Range& range, const dhcp::Message& asked) {
  if (const auto address = choose(range, asked)) grant(range, asked, dhcp::offer, *address, kOffer);
}

/// RFC 2131 §4.3.2: which state the client is in, the message's fields tell.
void DhcpServer::requested(const Range& range, const dhcp::Message& asked) {
  const ClientKey client = key_of(range, asked);
  const auto known = leases_.find(client);
  if (asked.server && *asked.server != own_address(range)) {
    // Another server's offer was taken.
    if (known != leases_.end() && !known->second.is_bound) leases_.erase(known);
    return;
  }
  const bool renews = !asked.ciaddr.is_zero();
  const Ipv4Address address =
      renews ? asked.ciaddr : asked.requested_address.value_or(Ipv4Address{});
  if (!may_give(range, address)) return refuse(range, asked, "not an address of this link");
  const bool has_record = known != leases_.end();
  if (has_record && known->second.address == address && !is_free(range, address, client))
    return refuse(range, asked, "the address is another's");
  if (!has_record || known->second.address != address) {
    // After a reboot, a server that knows nothing says nothing: it may be another's client.
    if (!has_record && !renews && !asked.server) return;
    if (!renews) return refuse(range, asked, "that was not offered");
    // A server that forgot lets clients keep what nobody else has.
    if (!is_free(range, address, client)) return refuse(range, asked, "the address is another's");
  }
  grant(range, asked, dhcp::ack, address, std::chrono::seconds(range.lease));
  leases_[client].is_bound = true;
}

/// RFC 2131 §4.3.3: somebody has the address already.
void DhcpServer::declined(const Range& range, const dhcp::Message& asked) {
  const auto known = leases_.find(key_of(range, asked));
  if (known == leases_.end()) return;
  declined_.insert(known->second.address);
  leases_.erase(known);
}

const DhcpServer::Range* DhcpServer::range_on(net::PortId port) const {
  const auto found = std::ranges::find(ranges_, port, &Range::port);
  return found == ranges_.end() ? nullptr : &*found;
}

Ipv4Address DhcpServer::own_address(const Range& range) const {
  return host_.address(range.port)->address;
}

/// RFC 2131 §4.2: the client identifier, else the hardware address.
DhcpServer::ClientKey DhcpServer::key_of(const Range& range, const dhcp::Message& asked) {
  if (!asked.client_identifier.empty()) return {range.port, asked.client_identifier};
  return {range.port, {asked.chaddr.octets.begin(), asked.chaddr.octets.end()}};
}

bool DhcpServer::may_give(const Range& range, Ipv4Address address) const {
  const wire::Ipv4Prefix link = *host_.address(range.port);
  return range.pool.contains(address) && !declined_.contains(address) &&
         address.value != (link.address.value & link.mask()) &&
         address != link.directed_broadcast() && network_.owner(address) == model::kNobody;
}

bool DhcpServer::is_free(const Range& range, Ipv4Address address, const ClientKey& client) const {
  const net::Time now = host_.environment().now();
  return may_give(range, address) && std::ranges::none_of(leases_, [&](const auto& entry) {
           return entry.first != client && entry.second.address == address &&
                  entry.second.ends > now;
         });
}

/// RFC 2131 §4.3.1: what it has or had, what it asks for, any other.
std::optional<Ipv4Address> DhcpServer::choose(const Range& range,
                                              const dhcp::Message& asked) const {
  const ClientKey client = key_of(range, asked);
  if (const auto known = leases_.find(client);
      known != leases_.end() && is_free(range, known->second.address, client))
    return known->second.address;
  if (asked.requested_address && is_free(range, *asked.requested_address, client))
    return asked.requested_address;
  const std::uint32_t first = range.pool.address.value & range.pool.mask();
  const std::uint32_t last = std::min(~range.pool.mask(), kMostAddresses - 1);
  for (std::uint32_t n = 0; n <= last; ++n)
    if (is_free(range, {first + n}, client)) return Ipv4Address{first + n};
  return std::nullopt;
}

dhcp::Message DhcpServer::answer(const Range& range, const dhcp::Message& asked,
                                 const wire::Layout& kind) const {
  dhcp::Message message;
  message.kind = &kind;
  message.xid = asked.xid;
  message.broadcast = asked.broadcast;
  message.chaddr = asked.chaddr;
  message.server = own_address(range);
  if (&kind == &dhcp::nak) return message;
  message.ciaddr = &kind == &dhcp::ack ? asked.ciaddr : Ipv4Address{};
  message.lease_time = range.lease;
  message.renewal_time = range.lease / 2;  // RFC 2131 §4.4.5
  message.rebinding_time = static_cast<std::uint32_t>(std::uint64_t{range.lease} * 7 / 8);
  message.subnet_mask = Ipv4Address{host_.address(range.port)->mask()};
  message.router = own_address(range);
  return message;
}

void DhcpServer::grant(const Range& range, const dhcp::Message& asked, const wire::Layout& kind,
                       Ipv4Address address, net::Duration keep) {
  const ClientKey client = key_of(range, asked);
  // Whoever had it before has it no more: there are never more leases than addresses.
  std::erase_if(leases_, [&](const auto& entry) {
    return entry.first != client && entry.second.address == address;
  });
  Lease& lease = leases_[client];
  // An offer of what it has already takes nothing from its time.
  const net::Time ends = host_.environment().now() + keep;
  const bool has_it_longer = &kind == &dhcp::offer && lease.address == address && lease.ends > ends;
  lease.address = address;
  if (!has_it_longer) lease.ends = ends;
  dhcp::Message message = answer(range, asked, kind);
  message.yiaddr = address;
  send(range, asked, message);
}

void DhcpServer::refuse(const Range& range, const dhcp::Message& asked, const char* why) {
  dhcp::Message message = answer(range, asked, dhcp::nak);
  message.text = why;
  send(range, asked, message);
}

/// RFC 2131 §4.1: to whom an answer goes.
void DhcpServer::send(const Range& range, const dhcp::Message& asked,
                      const dhcp::Message& message) {
  net::SendOptions options;
  options.port = range.port;
  Ipv4Address to = wire::kLimitedBroadcast;
  if (message.kind != &dhcp::nak && !asked.ciaddr.is_zero()) {
    to = asked.ciaddr;
    options.next_hop_mac = asked.chaddr;
  } else if (message.kind != &dhcp::nak && !asked.broadcast) {
    to = message.yiaddr;
    options.next_hop_mac = asked.chaddr;
  }
  host_.send_udp(own_address(range), dhcp::kServerPort, to, dhcp::kClientPort,
                 dhcp::compose(message), options);
}

std::vector<DhcpServer::Range> dhcp_ranges(const model::Network& network, const model::Node& node) {
  std::vector<DhcpServer::Range> ranges;
  const auto parameter = node.parameters.find("dhcp");
  if (parameter == node.parameters.end()) return ranges;
  for (const nlohmann::json& entry : *parameter) {
    const auto link = network.find_link(entry.at("link").get<std::string>());
    const auto pool = wire::Ipv4Prefix::parse(entry.at("pool").get<std::string>());
    for (net::PortId port = 0; link && pool && port < node.attachments.size(); ++port)
      if (node.attachments[port].link == *link)
        ranges.push_back({port, *pool, entry.value("lease", std::uint32_t{3600})});
  }
  return ranges;
}

}  // namespace mipvet::roles
