#include "engine/rules/binding_words.h"
#include "engine/rules/esp_words.h"
#include "engine/rules/ike_words.h"
#include "engine/rules/mob_words.h"
#include "engine/rules/rule_files.h"
#include "engine/wire/ike_notify.h"

// draft-ietf-mip4-mobike-connectivity-02 §4 and §6: NATs in front of each access mode, and that
// nothing new is put on the wire.

namespace mipvet::rules {

using observer::AddressesUpdated;
using observer::EspSent;
using observer::IkeMessage;
using observer::IkeRequestSent;
using observer::IkeResponseSent;
using observer::PathRefreshed;
using observer::PathUse;
using observer::ReplySent;
using observer::RequestRelayed;
namespace ike = wire::ike;
namespace tunnel_request = mip4::udp_tunnel_request;
namespace tunnel_reply = mip4::udp_tunnel_reply;

namespace {

/// A NAT between mobile node and gateway, as NAT detection found it.
bool is_natted(const observer::IkeFact& fact) {
  return fact.sa != nullptr && fact.sa->nat();
}
/// The same by the network, for what a mobile node sends.
bool is_behind_nat(const observer::IkeFact& fact, observer::LinkId link) {
  return fact.node().role == Role::mobile_node && (is_natted(fact) || has_nat(fact, link));
}
bool uses_detection(const observer::IkeFact& fact) {
  return fact.sa != nullptr && fact.sa->natt() && fact.sa->nat();
}

bool is_in_front(const Sighting& message, const wire::Layout& extension) {
  const observer::ExtensionPlace* place = message.find(extension);
  const observer::ExtensionPlace* boundary = message.find(mip4::authentication::mobile_home);
  return place != nullptr && (boundary == nullptr || place->offset < boundary->offset);
}

/// UDP Tunnel Request as RFC 3519 §3.1 and §4.4 have it, with D as §3.1.5 has it.
bool asks_for_udp_tunnel(const Sighting& asked) {
  return is_in_front(asked, tunnel_request::layout) &&
         asked[request::decapsulation_by_mobile_node] != 0;
}

std::string udp_tunnel_text(const RegistrationSent& r) {
  if (!r.request.carries(tunnel_request::layout)) return "no UDP Tunnel Request";
  return fmt::format("UDP Tunnel Request {} the authenticator, D {}",
                     is_in_front(r.request, tunnel_request::layout) ? "before" : "behind",
                     r.request[request::decapsulation_by_mobile_node]);
}

/// What an agent that is asked across a NAT has to answer.
Outcome grants_udp_tunnel(const ReplySent& r) {
  // A policy may refuse (RFC 3519 §4.6.1); other denials have other reasons.
  if (!is_acceptance(r.reply)) return Outcome::Kind::skip;
  const wire::View extension = r.reply.extension(tunnel_reply::layout);
  return extension && extension[tunnel_reply::reply_code] == 0 &&
         is_in_front(r.reply, tunnel_reply::layout) && r.reply.destination == r.request.source &&
         r.reply.destination_port == r.request.source_port;
}
bool crosses_nat(const ReplySent& r) {
  return r.request.carries(tunnel_request::layout) && !asks_deregistration(r.request) &&
         r.request[request::decapsulation_by_mobile_node] != 0 &&
         r.request.source != r.request.address(request::care_of_address);
}
bool is_for_inner_address(const ReplySent& r) {
  return giver_of(r, r.request.address(request::care_of_address)) != model::kNobody;
}

/// The TIA is translated on its way to the home agent.
bool has_private_inner_address(const RegistrationSent& r) {
  const model::NodeId giver = giver_of(r, care_of(r));
  return giver != model::kNobody && translates(r.network.node(giver));
}

/// The interval that a home agent declares for keepalives, else the default of RFC 3519 §4.9.
observer::Duration keepalive_interval(const observer::Fact& fact, wire::Ipv4Address home_agent) {
  constexpr int kDefault = 110;
  const model::NodeId owner = fact.network.owner(home_agent);
  if (owner == model::kNobody) return std::chrono::seconds(kDefault);
  const nlohmann::json& parameters = fact.network.node(owner).parameters;
  const auto tunnel = parameters.find("udp_tunnel");
  if (tunnel == parameters.end() || !tunnel->is_object()) return std::chrono::seconds(kDefault);
  return std::chrono::seconds(tunnel->value("keepalive", kDefault));
}
/// Registered here with a UDP tunnel, and something was sent into it.
bool keeps_mapping(const Stay& stay, const observer::Bindings& registered) {
  const observer::Binding* latest = registered.latest();
  return latest != nullptr && latest->in_udp() && latest->care_of_address == stay.address &&
         stay.last_to_home_agent && latest->since >= stay.began.time;
}
bool is_kept(const observer::Fact& fact, const Stay& stay, const observer::Bindings& registered,
             observer::Time now) {
  const observer::Time until = std::min(now, registered.latest()->expires);
  return until - stay.last_to_home_agent.time <=
         keepalive_interval(fact, internal_home_agent(fact.node())) + observer::kSwitch;
}
std::string silence(const Stay& stay, observer::Time now) {
  return fmt::format("nothing to the home agent for {:.0f} s",
                     seconds(now - stay.last_to_home_agent.time));
}

/// With the extension that a NAT in front of the mobile node asks for, nothing of the VPN is left
/// in use.
bool leaves_vpn(const Stay& stay) {
  return !(stay.tunnel_request && stay.tunnel_request.time > stay.verdict.time) &&
         !(stay.last_esp_traffic &&
           stay.last_esp_traffic.time > stay.verdict.time + observer::kConvergence);
}

/// After an update all that this side sends goes where the update says.
bool follows(const AddressesUpdated& u) {
  return std::none_of(u.used.begin(), u.used.end(),
                      [](const PathUse& use) { return use.late_on_old > 0; });
}
bool sends(const AddressesUpdated& u) {
  return std::any_of(u.used.begin(), u.used.end(),
                     [](const PathUse& use) { return use.on_new + use.late_on_old > 0; });
}

// §6: numbers for private use (RFC 7296 §3.2, §3.10.1; RFC 3115).
bool is_private(const IkeMessage& message, const observer::PayloadPlace& place) {
  if (place.layout->type_value == ike::notify::kPayloadType &&
      !ike::is_substructure(*place.layout)) {
    const std::uint64_t type = message.view(place)[ike::notify::notify_type];
    return (type >= 8192 && type < 16384) || type >= 40960;
  }
  return false;
}
bool is_standard(const IkeMessage& message) {
  if (!is_ike(message)) return true;
  return message.exchange() < 240 &&
         std::none_of(
             message.payloads().begin(), message.payloads().end(),
             [&](const observer::PayloadPlace& place) { return is_private(message, place); });
}
bool is_standard(const Sighting& message) {
  return std::none_of(message.extensions().begin(), message.extensions().end(),
                      [](const observer::ExtensionPlace& place) {
                        return place.layout == &mip4::extension::layout ||
                               place.layout == &mip4::vendor_critical::layout ||
                               place.layout == &mip4::vendor_normal::layout;
                      });
}
template <typename Message>
std::string private_text(const Message& message) {
  if constexpr (std::is_same_v<Message, IkeMessage>) {
    for (const observer::PayloadPlace& place : message.payloads())
      if (is_private(message, place))
        return fmt::format("notification {}", message.view(place)[ike::notify::notify_type]);
    return fmt::format("exchange type {}", message.exchange());
  } else {
    for (const observer::ExtensionPlace& place : message.extensions())
      if (place.layout == &mip4::extension::layout ||
          place.layout == &mip4::vendor_critical::layout ||
          place.layout == &mip4::vendor_normal::layout)
        return fmt::format("extension of type {}", message.view(place)[mip4::extension::type]);
    return {};
  }
}

template <typename F>
void add_nothing_new(RuleBook& book) {
  book.add<F>("MOB-6-01")
      .when([](const F& fact) {
        // A relay hands on what it was given.
        if constexpr (std::is_same_v<F, RequestRelayed>) return is_standard(fact.from_mn);
        return true;
      })
      .require([](const F& fact) { return is_standard(fact.primary()); })
      .observed([](const F& fact) { return private_text(fact.primary()); });
}

}  // namespace

void add_mob_nat_rules(RuleBook& book) {
  book.add<RegistrationSent>("MOB-4-01")
      .itself({"mode-c"})
      .when([](const RegistrationSent& r) {
        return r.way == Way::probe && asks_binding(r) && r.stay != nullptr && !r.stay->is_home() &&
               (r.stay->is_trusted() || r.stay->verdict);
      })
      .require([](const RegistrationSent& r) { return asks_for_udp_tunnel(r.request); })
      .evidence(tunnel_request::layout)
      .observed(udp_tunnel_text);

  book.add<ReplySent>("MOB-4-02")
      .itself({"mode-c", "nat-registration"})
      .when([](const ReplySent& r) {
        return crosses_nat(r) && is_sound(r.request) && !is_for_inner_address(r);
      })
      .judge(grants_udp_tunnel)
      .evidence(tunnel_reply::layout);

  book.add<RegistrationSent>("MOB-4-03")
      .only(Role::mobile_node)
      .itself({"mode-f", "nat-registration"})
      .when([](const RegistrationSent& r) {
        return r.way == Way::by_agent && asks_binding(r) && r.stay != nullptr &&
               r.stay->is_trusted() && care_of(r) != r.stay->address;
      })
      .require([](const RegistrationSent& r) { return !r.request.carries(tunnel_request::layout); })
      .evidence(tunnel_request::layout)
      .observed([](const RegistrationSent&) -> std::string {
        return "UDP Tunnel Request for a foreign agent's care-of address";
      });

  book.add<IkeRequestSent>("MOB-4-04")
      .itself({"mode-mc", "nat-vpn"})
      .when([](const IkeRequestSent& r) {
        // Where the gateway did not take part in NAT detection there is none to use.
        const bool offered_in_vain = r.sa != nullptr && !is_init(r.request) &&
                                     r.sa->client().sent_nat_detection &&
                                     !r.sa->gateway().sent_nat_detection;
        return is_behind_nat(r, r.request.link) && r.request.is_readable() && !offered_in_vain;
      })
      .require([](const IkeRequestSent& r) {
        if (r.request.carries(ike::notify::named("no-nats-allowed"))) return false;
        return r.request.exchange() != ike::kIkeSaInit ||
               (r.request.carries(ike::notify::named("nat-detection-source-ip")) &&
                r.request.carries(ike::notify::named("nat-detection-destination-ip")));
      })
      .observed([](const IkeRequestSent& r) -> std::string {
        return r.request.carries(ike::notify::named("no-nats-allowed"))
                   ? "NO_NATS_ALLOWED behind a NAT"
                   : "IKE_SA_INIT without NAT detection behind a NAT";
      });
  book.add<EspSent>("MOB-4-04")
      .itself({"mode-mc", "nat-vpn"})
      .when([](const EspSent& e) {
        // Whoever asks for NAT detection goes by what it is told.
        return e.child != nullptr && is_behind_nat(e, e.place.link) &&
               (is_natted(e) || e.sa == nullptr || !e.sa->client().sent_nat_detection);
      })
      .require([](const EspSent& e) { return e.in_udp; })
      .observed([](const EspSent&) -> std::string { return "ESP without UDP behind a NAT"; });

  book.add<EspSent>("MOB-4-05")
      .itself({"mode-mc", "nat-vpn"})
      .when([](const EspSent& e) {
        return uses_detection(e) && e.node().role == Role::vpn_gateway && e.child != nullptr &&
               e.own().path.is_known() && e.place.time - e.own().moved > observer::kSwitch &&
               !is_testing(e);
      })
      .require([](const EspSent& e) {
        return e.in_udp && e.place.source_port == ike::kNatPort &&
               e.place.destination == e.own().path.remote &&
               (!e.sa->mobike() || e.own().path.remote_port == ike::kPort ||
                e.place.destination_port == e.own().path.remote_port);
      })
      .observed([](const EspSent& e) {
        return fmt::format(
            "ESP {} -> {}{}", e.place.source.to_string(), e.place.destination.to_string(),
            e.in_udp
                ? fmt::format(" in UDP {} -> {}", e.place.source_port, e.place.destination_port)
                : std::string(" without UDP"));
      });
  book.add<IkeResponseSent>("MOB-4-05")
      .itself({"mode-mc", "nat-vpn"})
      .when([](const IkeResponseSent& r) {
        return is_natted(r) && r.node().role == Role::vpn_gateway && r.request != nullptr &&
               !r.request->by_tester;
      })
      .require([](const IkeResponseSent& r) {
        const bool refused = r.response.is_readable() && r.response.error_type() == 41 &&
                             !r.request->carries(ike::notify::named("no-nats-allowed"));
        return !refused && r.response.destination == r.request->source &&
               r.response.destination_port == r.request->source_port;
      })
      .in_udp(wire::udp::destination_port);

  book.add<RegistrationSent>("MOB-4-06")
      .itself({"mode-mc", "tia-natted"})
      .when([](const RegistrationSent& r) {
        return has_private_inner_address(r) && r.way == Way::in_vpn && asks_binding(r);
      })
      .require([](const RegistrationSent& r) { return asks_for_udp_tunnel(r.request); })
      .evidence(tunnel_request::layout)
      .observed(udp_tunnel_text);
  book.add<ReplySent>("MOB-4-06")
      .only(Role::home_agent)
      .itself({"mode-mc", "tia-natted"})
      .when([](const ReplySent& r) {
        return crosses_nat(r) && is_sound(r.request) && is_for_inner_address(r);
      })
      .judge(grants_udp_tunnel)
      .evidence(tunnel_reply::layout);

  book.add<TrafficSent>("MOB-4-07")
      .itself({"mip-udp-tunnel"})
      .when([](const TrafficSent& t) {
        const observer::Binding* latest = t.registered.latest();
        return t.in_mip_tunnel && latest != nullptr && latest->in_udp() &&
               latest->expires > t.place.time && t.tunnel_source == latest->care_of_address;
      })
      .require([](const TrafficSent& t) { return t.in_mip_udp; })
      .observed(nesting);
  book.add<DatagramSettled>("MOB-4-07")
      .itself({"mip-udp-tunnel"})
      .when([](const DatagramSettled& d) {
        return is_bound(d) && d.bindings.latest()->in_udp() && d.story.incident == Incident::none &&
               !d.copies.empty();
      })
      .require([](const DatagramSettled& d) { return copies_to(d, *d.bindings.latest()) > 0; })
      .in_ip(wire::ip::destination)
      .observed(whereabouts);

  book.add<RegistrationSent>("MOB-4-08")
      .itself({"mip-udp-tunnel"})
      .when([](const RegistrationSent& r) {
        return is_direct(r) && r.stay != nullptr && keeps_mapping(*r.stay, r.registered);
      })
      .require([](const RegistrationSent& r) {
        return is_kept(r, *r.stay, r.registered, r.request.time);
      })
      .observed([](const RegistrationSent& r) { return silence(*r.stay, r.request.time); });
  book.add<TrafficSent>("MOB-4-08")
      .itself({"mip-udp-tunnel"})
      .when([](const TrafficSent& t) {
        return t.in_mip_udp && !t.in_esp && t.stay != nullptr &&
               keeps_mapping(*t.stay, t.registered);
      })
      .require([](const TrafficSent& t) { return is_kept(t, *t.stay, t.registered, t.place.time); })
      .observed([](const TrafficSent& t) { return silence(*t.stay, t.place.time); });

  book.add<StayReviewed>("MOB-4-09")
      .itself({"nat-registration"})
      .when([](const StayReviewed& s) {
        const observer::Binding* latest = s.registered.latest();
        return is_settled_inside(s) && (s.circumstances.has(Circumstance::nat_registration) ||
                                        (latest != nullptr && latest->in_udp() &&
                                         latest->care_of_address == s.stay.address));
      })
      .require([](const StayReviewed& s) { return leaves_vpn(s.stay); })
      .observed([](const StayReviewed& s) {
        return fmt::format("inside behind a NAT, and after the verdict: {}, {} packets in ESP",
                           when_seen(s.stay, "request in ESP", s.stay.tunnel_request),
                           s.stay.esp_packets);
      });

  book.add<AddressesUpdated>("MOB-4-10")
      .itself({"mode-mc", "nat-vpn"})
      .when([](const AddressesUpdated& u) {
        return is_natted(u) && u.response != nullptr && u.response->error_type() == 0 && sends(u) &&
               (u.check == nullptr || u.check_response != nullptr);
      })
      .require(follows)
      .observed([](const AddressesUpdated& u) {
        return fmt::format("after the update ESP still goes from {} to {}",
                           u.old_path.local.to_string(), u.old_path.remote.to_string());
      });
  book.add<EspSent>("MOB-4-10")
      .itself({"mode-mc", "nat-vpn"})
      .when([](const EspSent& e) {
        return uses_detection(e) && e.child != nullptr && e.own().moved != observer::Time{} &&
               is_settled(e);
      })
      .require([](const EspSent& e) { return e.in_udp; })
      .observed([](const EspSent& e) {
        return fmt::format("{:.1f} s after the move behind a NAT, ESP without UDP",
                           seconds(e.place.time - e.own().moved));
      });

  book.add<PathRefreshed>("MOB-4-11")
      .itself({"mode-mc", "nat-vpn"})
      .when([](const PathRefreshed& p) {
        return is_natted(p) && p.node().role == Role::mobile_node && p.sa != nullptr &&
               p.sa->is_alive();
      })
      .require([](const PathRefreshed& p) { return !p.goes_on && p.silence < observer::kNever; })
      .observed([](const PathRefreshed& p) {
        return fmt::format("nothing to the gateway for {:.0f} s", seconds(p.silence));
      });

  // §6
  add_nothing_new<RegistrationSent>(book);
  add_nothing_new<ReplySent>(book);
  add_nothing_new<RequestRelayed>(book);
  add_nothing_new<IkeRequestSent>(book);
  add_nothing_new<IkeResponseSent>(book);
}

}  // namespace mipvet::rules
