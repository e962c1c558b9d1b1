#include "engine/rules/mobike_words.h"
#include "engine/rules/rule_files.h"
#include "engine/rules/update_words.h"

// RFC 4555 §1.2, §3.3, §3.5, §3.8, §3.9, §5.1: where IKE and ESP go, before and after a change of
// addresses.

namespace mipvet::rules {

namespace {

bool is_accepted(const AddressesUpdated& u) {
  return u.response != nullptr && u.response->error() == nullptr;
}
bool is_refused_with(const AddressesUpdated& u, std::uint16_t type) {
  return u.response != nullptr && u.response->error_type() == type;
}
bool has_moved(const AddressesUpdated& u) {
  return u.old_path.is_known() && !u.old_path.same_addresses(u.new_path);
}
bool was_used(const PathUse& use) {
  return use.on_new > 0 || use.on_old > 0 || use.late_on_old > 0;
}
/// A CHILD_SA that was replaced or deleted meanwhile may end where it was (A1).
bool follows(const PathUse& use) {
  return use.late_on_old == 0 || !use.child->is_alive() || use.child->replaced != net::Time{};
}
bool all_follow(const AddressesUpdated& u) {
  return std::ranges::all_of(u.used, follows);
}
bool none_follows(const AddressesUpdated& u) {
  return std::ranges::all_of(u.used, [](const PathUse& use) { return use.on_new == 0; });
}
bool any_used(const AddressesUpdated& u) {
  return std::ranges::any_of(u.used, was_used);
}
std::string uses(const AddressesUpdated& u) {
  std::string result;
  for (const PathUse& use : u.used)
    result += fmt::format(
        "{}SPI 0x{:08x}: {} packets on the new pair, {} on the old one, {} of "
        "them late",
        result.empty() ? "" : "; ", use.child->from[u.side].spi, use.on_new,
        use.on_old + use.late_on_old, use.late_on_old);
  return result;
}

/// First packet of a direction, and its sender is where the IKE SA has it.
bool is_first_packet(const EspSent& e) {
  return e.sa != nullptr && e.child != nullptr && e.child->from[e.side].packets == 0 &&
         e.own().path.is_known() && is_settled(e) &&
         (!e.is_client() || e.stay == nullptr || e.stay->address.is_zero() ||
          e.stay->address == e.own().path.local);
}
bool is_made_later(const EspSent& e) {
  return e.child->created > e.sa->established + kUnderWay;
}

/// The gateway's ESP goes where the IKE SA says. Towards a NAT, or where the client's ESP went
/// before, it may follow that (RFC 4555 §3.8; A18).
Outcome stays_put(const EspSent& e) {
  if (e.place.destination == e.own().path.remote) return true;
  // Not yet, or not at all: RFC4555-3.5-18 speaks of that.
  const bool lingers = e.place.destination == e.own().previous.remote;
  if (e.sa->nat() || lingers) return Outcome::Kind::skip;
  if (e.child != nullptr && e.place.destination == e.child->from[1U - e.side].path.local)
    return {Outcome::Kind::pass, "it follows the client's ESP (RFC 4555 section 3.8)"};
  return false;
}

/// An address that the peer listed and does not use.
bool is_only_listed(wire::Ipv4Address address, const observer::IkeFact& f) {
  const auto listed = f.peer().listed();
  return address != f.own().path.remote && address != f.own().previous.remote &&
         address != f.peer().path.local && std::ranges::find(listed, address) != listed.end();
}

/// Named by nothing but an update that was overtaken (RFC 4555 §3.5).
bool is_only_overtaken(wire::Ipv4Address address, const observer::IkeFact& f) {
  return address == f.own().overtaken.remote && address != f.own().path.remote &&
         address != f.own().previous.remote;
}

bool is_sent_after_move(const EspSent& e) {
  return e.own().moved != net::Time{} && is_settled(e);
}

}  // namespace

void add_mobike_path_rules(RuleBook& book) {
  book.add<AddressesUpdated>("RFC4555-1.2-01")
      .when([](const AddressesUpdated& u) { return is_accepted(u) && has_moved(u) && any_used(u); })
      .require([](const AddressesUpdated& u) {
        return std::ranges::all_of(u.used, [](const PathUse& use) {
          return !use.child->transport_mode || use.on_new == 0;
        });
      })
      .observed(uses);

  // New SAs take their addresses from the IKE SA (§3.3).
  book.add<EspSent>("RFC4555-3.3-01")
      .when([](const EspSent& e) { return is_first_packet(e) && is_made_later(e); })
      .require([](const EspSent& e) {
        return sent_on(e.place).same_addresses(e.own().path) || (e.sa->nat() && !e.is_client());
      })
      .observed(esp_path);
  book.add<EspSent>("RFC4555-3.3-02")
      .when([](const EspSent& e) {
        return is_first_packet(e) && !is_made_later(e) && e.own().moved == net::Time{} &&
               e.sa->replaces == 0;
      })
      .require([](const EspSent& e) {
        return sent_on(e.place).same_addresses(e.own().path) &&
               (!e.in_udp || e.own().path.local_port == ike::kPort ||
                sent_on(e.place) == e.own().path);
      })
      .observed(esp_path);
  book.add<IkeRequestSent>("RFC4555-3.3-02")
      .when([](const IkeRequestSent& r) {
        return is_in_force(r) && !r.is_client() && r.own().path.is_known() &&
               r.own().moved == net::Time{} && r.sa->mobike() && !is_being_updated(r);
      })
      .require([](const IkeRequestSent& r) {
        return r.request.destination == r.own().path.remote &&
               r.request.destination_port == r.own().path.remote_port;
      })
      .observed(sent_path<IkeRequestSent>);

  // Nothing moves without an update (§3.5, §3.8).
  book.add<EspSent>("RFC4555-3.5-01")
      .when([](const EspSent& e) {
        return e.sa != nullptr && !e.is_client() && e.own().path.is_known() && is_settled(e);
      })
      .judge(stays_put)
      .observed(esp_path);
  for (const char* id : {"RFC4555-3.8-04", "RFC4555-3.8-11"}) {
    book.add<EspSent>(id)
        .when([](const EspSent& e) {
          return e.sa != nullptr && !e.is_client() && e.own().path.is_known() && is_settled(e) &&
                 has_strayed(e);
        })
        .judge(stays_put)
        .observed(esp_path);
    book.add<IkeRequestSent>(id)
        .when([](const IkeRequestSent& r) {
          return is_in_force(r) && !r.is_client() && r.own().path.is_known() && has_strayed(r);
        })
        .require([](const IkeRequestSent& r) {
          return r.request.destination == r.own().path.remote &&
                 r.request.destination_port == r.own().path.remote_port;
        })
        .observed(sent_path<IkeRequestSent>);
  }
  book.add<IkeRequestSent>("RFC4555-3.8-09")
      .when([](const IkeRequestSent& r) {
        return is_in_force(r) && !r.is_client() && r.own().path.is_known() && r.peer().behind_nat &&
               r.request.time - r.own().moved > kUnderWay && !is_being_updated(r);
      })
      .require([](const IkeRequestSent& r) {
        return r.request.destination == r.own().path.remote &&
               r.request.destination_port == r.own().path.remote_port;
      })
      .observed(sent_path<IkeRequestSent>);

  // What the client lists is for times when the gateway itself moves (§3.4).
  for (const char* id : {"RFC4555-3.4-02", "RFC4555-3.4-03", "RFC4555-3.4-04"}) {
    book.add<IkeRequestSent>(id)
        .when([](const IkeRequestSent& r) {
          return is_in_force(r) && !r.is_client() && r.peer().address_count > 1 &&
                 !is_being_updated(r);
        })
        .require([](const IkeRequestSent& r) { return !is_only_listed(r.request.destination, r); })
        .observed(sent_path<IkeRequestSent>);
    book.add<EspSent>(id)
        .when([](const EspSent& e) {
          return e.sa != nullptr && !e.is_client() && is_settled(e) && e.peer().address_count > 1;
        })
        .require([](const EspSent& e) { return !is_only_listed(e.place.destination, e); })
        .observed(esp_path);
  }

  // What the gateway lists the client may try, but nothing goes there without an update (§3.5).
  book.add<EspSent>("RFC4555-3.4-02")
      .when([](const EspSent& e) {
        return e.sa != nullptr && e.is_client() && is_settled(e) && e.peer().address_count > 1;
      })
      .require([](const EspSent& e) { return !is_only_listed(e.place.destination, e); })
      .observed(esp_path);

  // After an accepted update (§3.5).
  book.add<AddressesUpdated>("RFC4555-3.5-16")
      .when([](const AddressesUpdated& u) {
        return !u.is_client() && is_accepted(u) && has_moved(u);
      })
      .require([](const AddressesUpdated& u) { return u.check != nullptr; })
      .observed([](const AddressesUpdated&) -> std::string {
        return "no request on the new pair of addresses";
      });
  book.add<IkeRequestSent>("RFC4555-3.5-14")
      .when([](const IkeRequestSent& r) {
        return is_in_force(r) && !r.is_client() && r.own().moved != net::Time{} &&
               r.request.time - r.own().moved > kUnderWay && !is_being_updated(r);
      })
      .require([](const IkeRequestSent& r) {
        return r.request.destination == r.own().path.remote &&
               r.request.destination_port == r.own().path.remote_port;
      })
      .observed(sent_path<IkeRequestSent>);
  // What was overtaken by a newer update changes nothing.
  book.add<EspSent>("RFC4555-3.5-11")
      .itself({"window"})
      .when([](const EspSent& e) {
        return e.sa != nullptr && !e.is_client() && e.own().overtaken.is_known() && is_settled(e);
      })
      .require([](const EspSent& e) { return !is_only_overtaken(e.place.destination, e); })
      .observed(esp_path);
  book.add<IkeRequestSent>("RFC4555-3.5-11")
      .itself({"window"})
      .when([](const IkeRequestSent& r) {
        return is_in_force(r) && !r.is_client() && r.own().overtaken.is_known() &&
               !is_being_updated(r);
      })
      .require([](const IkeRequestSent& r) { return !is_only_overtaken(r.request.destination, r); })
      .observed(sent_path<IkeRequestSent>);
  book.add<AddressesUpdated>("RFC4555-3.5-17")
      .itself({"rr"})
      .when([](const AddressesUpdated& u) {
        return !u.is_client() && is_accepted(u) && has_moved(u) && u.check != nullptr &&
               u.check_response == nullptr;
      })
      .require(none_follows)
      .observed(uses);
  // An answer without COOKIE2 proves as little as none (§3.7).
  book.add<AddressesUpdated>("RFC4555-3.7-08")
      .when([](const AddressesUpdated& u) {
        return !u.is_client() && is_accepted(u) && has_moved(u) && u.check != nullptr &&
               u.check->carries(kCookie2) && u.check_response != nullptr &&
               is_opened(*u.check_response) && !u.check_response->carries(kCookie2);
      })
      .require(none_follows)
      .observed(uses);
  book.add<AddressesUpdated>("RFC4555-3.5-18")
      .when([](const AddressesUpdated& u) {
        return !u.is_client() && is_accepted(u) && has_moved(u) && any_used(u) && !is_checking(u);
      })
      .require(all_follow)
      .observed(uses);
  book.add<AddressesUpdated>("RFC4555-3.5-25")
      .when([](const AddressesUpdated& u) {
        return u.is_client() && is_accepted(u) && has_moved(u) && any_used(u);
      })
      .require(all_follow)
      .observed(uses);
  book.add<AddressesUpdated>("RFC4555-2.2-02")
      .when([](const AddressesUpdated& u) {
        return u.is_client() && is_accepted(u) && has_moved(u) && any_used(u);
      })
      .require(all_follow)
      .observed(uses);
  for (const char* id : {"RFC4555-3.5-20", "RFC4555-3.5-26"})
    book.add<EspSent>(id)
        .when([](const EspSent& e) {
          return e.sa != nullptr && is_sent_after_move(e) && e.sa->nat();
        })
        .require([](const EspSent& e) { return e.in_udp; })
        .observed(esp_path);

  // After a refusal (§3.5, §3.9).
  book.add<AddressesUpdated>("RFC4555-3.5-13")
      .itself({"update-refused"})
      .when([](const AddressesUpdated& u) {
        return !u.is_client() && has_moved(u) && any_used(u) &&
               is_refused_with(u, error::kUnacceptableAddresses);
      })
      .require(none_follows)
      .observed(uses);
  book.add<AddressesUpdated>("RFC4555-3.9-08")
      .itself({"no-natt", "nat-prohibition"})
      .when([](const AddressesUpdated& u) {
        return !u.is_client() && has_moved(u) && any_used(u) &&
               is_refused_with(u, error::kUnexpectedNatDetected);
      })
      .require(none_follows)
      .observed(uses);
  book.add<AddressesUpdated>("RFC4555-3.9-09")
      .itself({"no-natt", "nat-prohibition"})
      .when([](const AddressesUpdated& u) {
        return !u.is_client() && u.request.carries(kNoNats) && !u.used.empty() &&
               is_refused_with(u, error::kUnexpectedNatDetected);
      })
      .require([](const AddressesUpdated& u) {
        const wire::Ipv4Address named = u.request.payload(kNoNats).address(notify::source_address);
        return std::ranges::all_of(u.used, [&](const PathUse& use) {
          return named == u.old_path.remote || use.child->from[u.side].path.remote != named;
        });
      });

  // Nobody else moves them (§5.1).
  for (const char* id : {"RFC4555-5.1-01", "RFC4555-5.1-02"})
    book.add<EspSent>(id)
        .when([](const EspSent& e) {
          return e.sa != nullptr && !e.is_client() && is_settled(e) && !e.sa->nat();
        })
        .require([](const EspSent& e) { return !is_misled(e); })
        .observed(esp_path);
}

}  // namespace mipvet::rules
