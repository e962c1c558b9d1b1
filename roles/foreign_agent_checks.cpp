#include "roles/foreign_agent_checks.h"

namespace mipvet::roles {

std::optional<Code> ForeignAgentChecks::fault(const net::Datagram& datagram,
                                              const Received& asked) {
  const bool with_own_address = asked[request::decapsulation_by_mobile_node] != 0;
  const std::uint64_t lifetime = asked[request::lifetime];
  const bool reserved = asked[request::reserved_r] != 0 || asked[request::reserved_x] != 0;
  if (asked.malformed() || (reserved && !deviates_("RFC3344-3.7.2.1-02")))
    return Code::fa_poorly_formed_request;
  const model::NodeId mobile =
      mobile_node_of(network_, asked.address(request::home_address), asked.nai());
  if (keys_.with(mobile) != nullptr &&
      keys_.check(asked, authentication::mobile_foreign, mobile) != Checked::valid)
    return Code::fa_mobile_node_failed_authentication;
  if (asked.address(request::home_address).is_zero() && asked.nai().empty())
    return Code::fa_nonzero_home_address_required;
  if (!with_own_address && lifetime > 0 &&
      asked.address(request::care_of_address) != service_.care_of_address &&
      !deviates_("RFC3344-3.7.2.1-03"))
    return Code::fa_invalid_care_of_address;
  if (lifetime > service_.max_lifetime) return Code::fa_requested_lifetime_too_long;
  if (host_.owns(asked.address(request::home_agent))) return Code::unknown_home_agent_address;
  if (!with_own_address && !deviates_("RFC3344-3.7.2.1-06") &&
      (asked[request::gre_encapsulation] != 0 || asked[request::minimal_encapsulation] != 0))
    return Code::fa_requested_encapsulation_unavailable;
  if (asked[request::reverse_tunneling] != 0) {
    if (datagram.ttl != 255 && !deviates_("RFC3024-4.2.1-02")) {
      // At most one such denial a second, RFC 3024 §4.2.1.
      const net::Time now = host_.environment().now();
      if (too_distant_ != net::Time{} && now - too_distant_ < std::chrono::seconds(1))
        return Code::accepted;
      too_distant_ = now;
      return Code::fa_mobile_node_too_distant;
    }
    if (!service_.reverse_tunneling) return Code::fa_reverse_tunnel_unavailable;
  }
  return std::nullopt;
}

}  // namespace mipvet::roles
