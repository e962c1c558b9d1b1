#include "engine/rules/ike_words.h"
#include "engine/rules/mob_words.h"
#include "engine/rules/rule_files.h"
#include "engine/wire/esp.h"
#include "engine/wire/ike_notify.h"

// draft-ietf-mip4-mobike-connectivity-02 §1 and §2: what the scheme is made of. Tunnels by IKEv2
// with MOBIKE, the address that the gateway gives out, one home agent.

namespace mipvet::rules {

using observer::DatagramForwarded;
using observer::IkeMessage;
using observer::IkeRequestSent;
using observer::IkeResponseSent;
using observer::PayloadPlace;
namespace ike = wire::ike;
namespace attribute = wire::ike::configuration_attribute;

namespace {

const wire::Layout& mobike_supported() {
  return ike::notify::named("mobike-supported");
}

/// A legible IKE_AUTH message that negotiates a CHILD_SA: the one that MOBIKE speaks of.
bool negotiates(const IkeMessage& message) {
  return message.exchange() == ike::kIkeAuth && message.is_readable() && !message.clipped &&
         message.carries(ike::security_association::layout);
}

bool is_client(const observer::IkeFact& fact) {
  return fact.node().role == Role::mobile_node;
}

/// Of all the nodes that may speak IKE here, the VPN gateway is asked.
bool asks_gateway(const IkeRequestSent& r) {
  const model::NodeId asked = r.network.owner(r.request.destination);
  return asked != model::kNobody && r.network.node(asked).role == Role::vpn_gateway;
}

bool is_version_2(const IkeMessage& message) {
  return message[ike::message::major_version] == 2;
}

/// INTERNAL_IP4_ADDRESS in a configuration payload; null: it has none.
const PayloadPlace* inner_address(const IkeMessage& message, std::uint64_t cfg_type) {
  bool in_configuration = false;
  for (const PayloadPlace& place : message.payloads()) {
    if (place.layout == &ike::configuration::layout)
      in_configuration = message.view(place)[ike::configuration::cfg_type] == cfg_type;
    else if (place.layout != &attribute::layout)
      in_configuration = false;
    else if (in_configuration &&
             message.view(place)[attribute::attribute_type] == attribute::kInternalIp4Address)
      return &place;
  }
  return nullptr;
}

bool asked_for_address(const IkeResponseSent& r) {
  return r.request != nullptr && r.request->exchange() == ike::kIkeAuth &&
         r.request->is_readable() &&
         inner_address(*r.request, ike::configuration::kRequest) != nullptr;
}

constexpr std::uint16_t kInternalAddressFailure = 36;

Outcome gives_address(const IkeResponseSent& r) {
  if (r.response.error_type() == kInternalAddressFailure) {
    // A gateway without a pool is to be seen refusing: it has none to give.
    if (!r.node().parameters.contains("pool")) return Outcome::Kind::skip;
    return {Outcome::Kind::warn, "the gateway has no address left"};
  }
  if (!negotiates(r.response)) return Outcome::Kind::skip;
  const PayloadPlace* given = inner_address(r.response, ike::configuration::kReply);
  return given != nullptr && r.response.view(*given)[attribute::length] == 4;
}

bool is_registration(const DatagramForwarded& d) {
  return d.packet.message().layout == &request::layout;
}

/// An address of an untrusted link that a mobile node may visit: by the prefixes of the nodes
/// there.
bool is_of_visitors(const model::Network& network, wire::Ipv4Address address) {
  const auto is_visited = [&](observer::LinkId link) {
    return std::any_of(network.nodes.begin(), network.nodes.end(), [&](const model::Node& node) {
      return node.role == Role::mobile_node && node.attachment(link) != nullptr;
    });
  };
  return std::any_of(network.nodes.begin(), network.nodes.end(), [&](const model::Node& node) {
    return std::any_of(node.attachments.begin(), node.attachments.end(),
                       [&](const model::Attachment& attachment) {
                         return attachment.address && attachment.address->contains(address) &&
                                network.link(attachment.link).side == model::Side::external &&
                                is_visited(attachment.link);
                       });
  });
}

/// A datagram that went in through the gateway: out of ESP, or as it came from where mobile nodes
/// are. What else may come in is the firewall's own business.
bool comes_in(const DatagramForwarded& d) {
  const model::Side side = d.network.link(d.place.link).side;
  if (side == model::Side::external || side == model::Side::dmz || d.arrival == nullptr)
    return false;
  return d.child != nullptr ||
         (d.network.link(d.arrival->link).side == model::Side::external &&
          (is_of_visitors(d.network, d.place.source) || giver_of(d, d.place.source) == d.judged));
}

bool came_through_tunnel(const DatagramForwarded& d) {
  return d.child != nullptr;
}

std::string crossing(const DatagramForwarded& d) {
  return fmt::format("{} -> {} was let in without a tunnel", d.place.source.to_string(),
                     d.place.destination.to_string());
}

/// Both sides sent NAT detection, and it is not the first exchange.
bool has_to_float(const observer::IkeFact& fact, const IkeMessage& message) {
  return fact.sa != nullptr && fact.sa->natt() && message.exchange() != ike::kIkeSaInit &&
         is_version_2(message);
}

std::string ports(const observer::Place& place) {
  return fmt::format("UDP {} -> {}", place.source_port, place.destination_port);
}

}  // namespace

void add_mob_vpn_rules(RuleBook& book) {
  // §1
  book.add<RegistrationSent>("MOB-1-02")
      .itself({"mode-mc"})
      .when([](const RegistrationSent& r) {
        return r.stay != nullptr && !r.stay->is_trusted() && r.way != Way::in_vpn &&
               !r.node().declares("external-home-agent");
      })
      .require(asks_internal_home_agent)
      .evidence(request::home_agent);

  book.add<RegistrationSent>("MOB-1-03")
      .itself({"mode-mc"})
      .when([](const RegistrationSent& r) {
        return r.way == Way::in_vpn && asks_binding(r) && r.sa != nullptr &&
               !r.sa->inner_address.is_zero() &&
               (r.child == nullptr || r.child->ike_sa == r.sa->number);
      })
      .judge([](const RegistrationSent& r) -> Outcome {
        if (care_of(r) != r.sa->inner_address || r.request.source != r.sa->inner_address)
          return false;
        if (r.request[request::decapsulation_by_mobile_node] == 0)
          return {Outcome::Kind::warn, "D is clear, which RFC 3344 §3.6.1.2 only advises against"};
        return true;
      })
      .evidence(request::care_of_address)
      .observed([](const RegistrationSent& r) {
        return fmt::format("care-of address {} from {}, D {}; TIA {}", care_of(r).to_string(),
                           r.request.source.to_string(),
                           r.request[request::decapsulation_by_mobile_node],
                           r.sa->inner_address.to_string());
      });

  book.add<IkeRequestSent>("MOB-1-05")
      .when([](const IkeRequestSent& r) {
        return is_ike(r.request) && (!is_client(r) || asks_gateway(r));
      })
      .require([](const IkeRequestSent& r) { return is_version_2(r.request); })
      .evidence(ike::message::major_version);
  book.add<IkeResponseSent>("MOB-1-05")
      .when([](const IkeResponseSent& r) {
        return is_ike(r.response) && (r.request == nullptr || is_version_2(*r.request));
      })
      .require([](const IkeResponseSent& r) { return is_version_2(r.response); })
      .evidence(ike::message::major_version);
  book.add<DatagramForwarded>("MOB-1-05")
      .when([](const DatagramForwarded& d) {
        return d.network.link(d.place.link).side == model::Side::external &&
               giver_of(d, d.place.destination) == d.judged;
      })
      .require(
          [](const DatagramForwarded& d) { return d.packet.find(wire::esp::layout) != nullptr; })
      .in_ip(wire::ip::destination)
      .observed([](const DatagramForwarded& d) {
        return fmt::format("a datagram for the TIA {} left without ESP",
                           d.place.destination.to_string());
      });

  book.add<IkeRequestSent>("MOB-1-06")
      .when([](const IkeRequestSent& r) { return is_client(r) && negotiates(r.request); })
      .require([](const IkeRequestSent& r) {
        const PayloadPlace* notify = r.request.find(mobike_supported());
        return notify != nullptr && notify->length == 8;
      })
      .observed([](const IkeRequestSent& r) -> std::string {
        return r.request.carries(mobike_supported())
                   ? "MOBIKE_SUPPORTED with data in it"
                   : "IKE_AUTH request with SA payload, without MOBIKE_SUPPORTED";
      });

  book.add<IkeResponseSent>("MOB-1-07")
      .when([](const IkeResponseSent& r) {
        return negotiates(r.response) &&
               ((r.request != nullptr && r.request->carries(mobike_supported())) ||
                (r.sa != nullptr && r.sa->client().sent_mobike));
      })
      .require([](const IkeResponseSent& r) { return r.response.carries(mobike_supported()); })
      .observed([](const IkeResponseSent&) -> std::string {
        return "IKE_AUTH response with SA payload, without MOBIKE_SUPPORTED";
      });

  book.add<DatagramForwarded>("MOB-1-13")
      .when([](const DatagramForwarded& d) { return comes_in(d) && !is_registration(d); })
      .require(came_through_tunnel)
      .in_ip(wire::ip::source)
      .observed(crossing);

  book.add<IkeRequestSent>("MOB-1-14")
      .itself({"nat-t-both"})
      .when([](const IkeRequestSent& r) {
        // A gateway goes where its client is.
        return has_to_float(r, r.request) &&
               (is_client(r) || r.own().path.local_port != ike::kPort);
      })
      .require([](const IkeRequestSent& r) {
        const std::uint16_t port =
            is_client(r) ? r.request.destination_port : r.request.source_port;
        return port == ike::kNatPort && r.request.has_marker;
      })
      .in_udp(wire::udp::destination_port)
      .observed([](const IkeRequestSent& r) { return ports(r.request); });
  book.add<IkeResponseSent>("MOB-1-14")
      .itself({"nat-t-both"})
      .when([](const IkeResponseSent& r) {
        return has_to_float(r, r.response) && r.request != nullptr &&
               r.request->destination_port == ike::kNatPort;
      })
      .require([](const IkeResponseSent& r) {
        return r.response.source_port == ike::kNatPort && r.response.has_marker;
      })
      .in_udp(wire::udp::source_port)
      .observed([](const IkeResponseSent& r) { return ports(r.response); });

  // §2
  book.add<IkeResponseSent>("MOB-2-01")
      .when(asked_for_address)
      .judge(gives_address)
      .observed([](const IkeResponseSent& r) -> std::string {
        return r.response.error_type() == kInternalAddressFailure
                   ? "INTERNAL_ADDRESS_FAILURE"
                   : "IKE_AUTH response without INTERNAL_IP4_ADDRESS in a CFG_REPLY";
      });

  book.add<RegistrationSent>("MOB-2-05")
      .when([](const RegistrationSent& r) {
        // In clear outside it registers nowhere: MOB-1-02.
        return r.stay != nullptr && (r.stay->is_trusted() || r.way == Way::in_vpn);
      })
      .require(asks_internal_home_agent)
      .evidence(request::home_agent);

  book.add<IkeRequestSent>("MOB-2-06")
      .when([](const IkeRequestSent& r) { return is_client(r) && negotiates(r.request); })
      .require([](const IkeRequestSent& r) {
        const PayloadPlace* asked = inner_address(r.request, ike::configuration::kRequest);
        if (asked == nullptr) return false;
        const std::uint64_t length = r.request.view(*asked)[attribute::length];
        return (length == 0 || length == 4) &&
               asked->offset < r.request.find(ike::security_association::layout)->offset;
      })
      .observed([](const IkeRequestSent& r) -> std::string {
        return inner_address(r.request, ike::configuration::kRequest) == nullptr
                   ? "no CFG_REQUEST with INTERNAL_IP4_ADDRESS"
                   : "INTERNAL_IP4_ADDRESS with an odd length, or behind the SA payload";
      });

  // §3.4: what the detection rests on. The gateway is the perimeter where it stands on it.
  book.add<DatagramForwarded>("MOB-3.4-19")
      .when([](const DatagramForwarded& d) { return comes_in(d) && is_registration(d); })
      .require(came_through_tunnel)
      .in_ip(wire::ip::source)
      .observed(crossing);
}

}  // namespace mipvet::rules
