#include "roles/proxy_checks.h"

#include <algorithm>

namespace mipvet::roles {

using wire::Ipv4Address;

namespace {

/// More than one HA Parameter, for different home agents: malformed (MIPP §2.2.4 foresees one).
bool names_several(const Received& asked) {
  const wire::View first = asked.extension(mip4::ha_parameter::layout);
  return std::any_of(
      asked.extensions().begin(), asked.extensions().end(),
      [&](const Received::Extension& extension) {
        return extension.layout == &mip4::ha_parameter::layout &&
               asked.view(extension).address(mip4::ha_parameter::home_agent_address) !=
                   first.address(mip4::ha_parameter::home_agent_address);
      });
}

}  // namespace

ProxyChecks::Result ProxyChecks::check(const net::Datagram& datagram, const Received& asked) const {
  Result result;
  const auto refuse = [&](Code code) {
    result.refusal = code;
    return result;
  };
  const bool authenticates_last = deviates_("MIPP-2.2.4-15");
  if (!authenticates_last)
    if (const auto code = authentication_fault(datagram, asked)) return refuse(*code);
  const bool inside = is_inside(datagram, asked);
  const wire::View extension = ha_parameter(asked);
  if (names_several(asked) && !deviates_("MIPP-2.2.4-14"))
    return refuse(Code::poorly_formed_request);
  const bool valid_extension =
      extension && extension[mip4::ha_parameter::length] == 6 &&
      (extension[mip4::ha_parameter::sub_type] == network_.decode.ha_parameter_sub_type ||
       deviates_("MIPP-2.5.3-07"));
  Ipv4Address named = extension.address(mip4::ha_parameter::home_agent_address);
  bool assigned = false;
  if (valid_extension && named.is_zero() && node_.declares("dynamic-ha") &&
      !settings_.home_agents.empty() && !(inside && deviates_("MIPP-2.6.1-11"))) {
    named = settings_.home_agents.front();
    assigned = true;
  }
  if (valid_extension && (!named.is_zero() || assigned)) result.home_agent = named;
  if (inside && !deviates_("MIPP-2.6.1-02") && (result.home_agent || !valid_extension))
    return refuse(deviates_("MIPP-2.6.1-08") ? Code::administratively_prohibited
                                             : Code::mobile_node_inside);
  if (const auto code = mode_fault(asked)) return refuse(*code);
  if (const auto code = home_agent_fault(extension, valid_extension, named, result))
    return refuse(*code);
  if (authenticates_last) result.refusal = authentication_fault(datagram, asked);
  return result;
}

std::optional<Code> ProxyChecks::authentication_fault(const net::Datagram& datagram,
                                                      const Received& asked) const {
  const Checked checked = keys_.check(asked, authentication::mobile_home, peer(asked));
  const bool overlooked = (checked == Checked::wrong && deviates_("MIPP-2.1-02")) ||
                          (checked == Checked::absent && deviates_("MIPP-2.1-03")) ||
                          (checked == Checked::several && deviates_("MIPP-2.1-04")) ||
                          (checked == Checked::unknown_spi && deviates_("MIPP-2.1-05"));
  if (checked != Checked::valid && !overlooked)
    return deviates_("MIPP-2.4-02") ? static_cast<Code>(199)
                                    : Code::mobile_node_failed_authentication;
  const model::NodeId sender = network_.owner(datagram.source);
  if (sender != model::kNobody && network_.node(sender).role == Role::foreign_agent &&
      keys_.with(sender) != nullptr && !deviates_("MIPP-2.1-10") &&
      keys_.check(asked, authentication::foreign_home, sender) != Checked::valid)
    return Code::foreign_agent_failed_authentication;
  return std::nullopt;
}

/// The fields and flags of the request.
std::optional<Code> ProxyChecks::mode_fault(const Received& asked) const {
  if (deviates_("MIPP-2.4.1-11")) return Code::mobile_node_inside;
  if (asked.address(request::home_agent) != settings_.public_address && !deviates_("MIPP-2.2.4-03"))
    return Code::unknown_home_agent_address;
  if (asked[request::reverse_tunneling] == 0 && !deviates_("MIPP-2.2.4-05"))
    return Code::reverse_tunnel_mandatory;
  if ((asked[request::gre_encapsulation] != 0 || asked[request::minimal_encapsulation] != 0) &&
      node_.declares("encapsulation-subset") && !deviates_("MIPP-2.2.4-04"))
    return Code::requested_encapsulation_unavailable;
  if (asked[request::broadcast_datagrams] != 0 && deviates_("MIPP-2.2.1-06"))
    return Code::administratively_prohibited;
  if (asked[request::simultaneous_bindings] != 0 && deviates_("MIPP-2.6.2-10"))
    return Code::administratively_prohibited;
  return std::nullopt;
}

/// The home agent that the request names, or does not.
std::optional<Code> ProxyChecks::home_agent_fault(wire::View extension, bool valid_extension,
                                                  Ipv4Address named, Result& result) const {
  if (!extension) {
    if (deviates_("MIPP-2.2.4-09")) return Code::reason_unspecified;
    return deviates_("MIPP-2.4.1-01") ? Code::zero_ha_parameter : Code::missing_ha_parameter;
  }
  if (!valid_extension || named.is_multicast() || named.is_limited_broadcast()) {
    if (!deviates_("MIPP-2.2.4-11")) return Code::missing_ha_parameter;
    result.home_agent = settings_.home_agents.front();
    return std::nullopt;
  }
  if (named.is_zero()) {
    if (deviates_("MIPP-2.2.4-12")) return Code::reason_unspecified;
    return deviates_("MIPP-2.4.1-02") ? Code::missing_ha_parameter : Code::zero_ha_parameter;
  }
  const auto& known = settings_.home_agents;
  if (std::find(known.begin(), known.end(), named) == known.end() && !deviates_("MIPP-2.2.4-13"))
    return Code::administratively_prohibited;
  return std::nullopt;
}

bool ProxyChecks::is_inside(const net::Datagram& datagram, const Received& asked) const {
  if (settings_.by_interface && !deviates_("MIPP-2.6.1-05"))
    return datagram.port == settings_.private_port;
  // The source decides where it is not the care-of address (MIPP §2.6.1).
  const Ipv4Address care_of = asked.address(request::care_of_address);
  const Ipv4Address place = deviates_("MIPP-2.6.1-03") ? care_of : datagram.source;
  return std::any_of(settings_.internal_prefixes.begin(), settings_.internal_prefixes.end(),
                     [place](const wire::Ipv4Prefix& prefix) { return prefix.contains(place); });
}

wire::View ProxyChecks::ha_parameter(const Received& message) const {
  for (const Received::Extension& extension : message.extensions()) {
    const wire::View view(mip4::ha_parameter::layout, message.view(extension).bytes());
    if (extension.layout == &mip4::ha_parameter::layout ||
        (deviates_("MIPP-2.5.3-07") &&
         view[mip4::ha_parameter::type] == network_.decode.ha_parameter_type))
      return view;
  }
  return {};
}

}  // namespace mipvet::roles
