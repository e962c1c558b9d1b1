#include "roles/agent_advertiser.h"

#include "engine/wire/compose.h"
#include "engine/wire/icmp.h"
#include "roles/registration.h"

namespace mipvet::roles {

namespace icmp = wire::icmp;
namespace mobility = wire::icmp::mobility_agent;

namespace {

double number(const nlohmann::json& settings, const char* name, double otherwise) {
  return settings.is_object() ? settings.value(name, otherwise) : otherwise;
}

void append(wire::Buffer& message, wire::Ipv4Address address) {
  for (int shift = 24; shift >= 0; shift -= 8)
    message.push_back(static_cast<std::uint8_t>(address.value >> shift));
}

}  // namespace

AgentAdvertiser::AgentAdvertiser(net::Host& host, net::PortId port, const nlohmann::json& settings,
                                 const Service& service, const ActiveDeviations& deviates)
    : host_(host),
      port_(port),
      interval_(seconds(number(settings, "interval", 1.0))),
      lifetime_(static_cast<std::uint16_t>(number(settings, "lifetime", 3))),
      prefix_lengths_(!settings.is_object() || settings.value("prefix_lengths", true)),
      service_(service),
      deviates_(deviates) {
  service_.registration_lifetime =
      static_cast<std::uint16_t>(number(settings, "registration_lifetime", 1800));
  sequence_ = static_cast<std::uint16_t>(number(settings, "sequence", 0));
}

void AgentAdvertiser::start() {
  host_.on_icmp(icmp::kSolicitationType, [this](net::PortId port, const wire::Packet& packet) {
    if (port != port_ || packet.view(packet.message())[icmp::code] != 0) return;
    // One multicast advertisement answers many; RFC 3344 §2.3 wants their rate bounded.
    const net::Time now = host_.environment().now();
    if (last_ != net::Time{} && now - last_ < std::chrono::milliseconds(200)) return;
    advertise(wire::kAllSystems);
  });
  periodic();
}

void AgentAdvertiser::periodic() {
  advertise(wire::kAllSystems);
  // Randomised a little, RFC 3344 §2.1; never later than a third of the lifetime.
  const auto spread = static_cast<std::uint64_t>(interval_.count() / 10 + 1);
  const net::Duration early(static_cast<std::int64_t>(host_.environment().random() % spread));
  const net::Duration wait = deviates_("RFC3344-2.1-10") ? interval_ * 4 : interval_ - early;
  host_.environment().schedule(wait, [this] { periodic(); });
}

void AgentAdvertiser::advertise(wire::Ipv4Address destination) {
  const auto own = host_.address(port_);
  if (!own) return;
  last_ = host_.environment().now();
  const bool no_care_of = deviates_("RFC3344-2.1.1-09");
  const bool nothing = deviates_("RFC3344-2.1.1-16");
  wire::Buffer message =
      wire::make(icmp::advertisement::agent, {{icmp::code, deviates_("RFC3344-2.1-06") ? 5 : 0},
                                              {icmp::advertisement::num_addrs, 1},
                                              {icmp::advertisement::addr_entry_size, 2},
                                              {icmp::advertisement::lifetime, lifetime_}});
  append(message, deviates_("RFC3344-2.3.1-01") ? wire::Ipv4Address{own->address.value ^ 0x80U}
                                                : own->address);
  append(message, {});  // preference level
  const auto append_prefixes = [&] {
    wire::Buffer lengths{own->length};
    if (deviates_("RFC3344-2.1.2-01")) lengths.push_back(32);
    wire::append_extension(message, icmp::prefix_lengths::layout, {}, lengths);
  };
  if (prefix_lengths_ && deviates_("RFC3344-2.1.2-03")) append_prefixes();
  wire::Buffer care_of;
  if (service_.foreign_agent && !no_care_of)
    for (const wire::Ipv4Address address : service_.care_of_addresses) append(care_of, address);
  if (deviates_("RFC3344-2.1.1-01")) care_of.push_back(0);
  const bool is_foreign = service_.foreign_agent && !nothing && !deviates_("RFC3344-2.1.1-15") &&
                          !deviates_("RFC3344-2.1.1-17");
  const auto append_mobility = [&] {
    wire::append_extension(
        message, mobility::layout,
        {{mobility::sequence_number, sequence_},
         {mobility::registration_lifetime, service_.registration_lifetime},
         {mobility::registration_required, deviates_("RFC3344-2.1.1-17")},
         {mobility::busy, deviates_("RFC3344-2.1.1-15")},
         {mobility::home_agent, (service_.home_agent && !nothing && !deviates_("RFC3344-2.3-08")) ||
                                    (service_.foreign_agent && !is_foreign && !nothing)},
         {mobility::foreign_agent, is_foreign || deviates_("RFC3344-2.3-08")},
         {mobility::reserved_r, deviates_("RFC3344-2.1.1-07")},
         {mobility::reverse_tunneling, service_.reverse_tunneling},
         {mobility::udp_tunneling, service_.udp_tunneling},
         {mobility::reserved, deviates_("RFC3344-2.1.1-08") ? 1 : 0}},
        care_of);
  };
  append_mobility();
  if (deviates_("RFC3344-2.1.1-02")) append_mobility();
  if (prefix_lengths_ && !deviates_("RFC3344-2.1.2-03")) append_prefixes();
  const std::uint16_t first_again = deviates_("RFC3344-2.3.2-03") ? 0 : 256;
  sequence_ = sequence_ == 0xFFFF ? first_again : static_cast<std::uint16_t>(sequence_ + 1);
  if (deviates_("RFC3344-2.3.2-02")) sequence_ = 7;
  if (deviates_("RFC3344-2.1-04")) destination = own->directed_broadcast();
  host_.send_icmp(own->address, destination, message,
                  {.port = port_,
                   .next_hop_mac = deviates_("RFC3344-2.1-04") ? std::optional(wire::kBroadcastMac)
                                                               : std::nullopt,
                   .ttl = static_cast<std::uint8_t>(deviates_("RFC3344-2.1-03") ? 64 : 1)});
}

}  // namespace mipvet::roles
