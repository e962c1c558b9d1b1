#include "engine/rules/esp_words.h"
#include "engine/rules/rule_files.h"

// RFC 7296 §2.23: NAT detection and NAT traversal.

namespace mipvet::rules {

namespace {

/// A false source digest beside a right destination digest makes the peer encapsulate, which is a
/// known option (A3); with both wrong it is no more than a warning, as nobody has declared it.
Outcome source_fits(const IkeMessage& m) {
  if (m.nat_source == Check::invalid)
    return m.nat_destination == Check::valid
               ? Outcome{Outcome::Kind::pass,
                         "a false source digest, which asks for UDP encapsulation (A3)"}
               : Outcome(Outcome::Kind::warn);
  return m.nat_source == Check::valid ? Outcome(true) : Outcome(Outcome::Kind::skip);
}
Outcome destination_fits(const IkeMessage& m) {
  if (m.nat_destination == Check::invalid) return false;
  return m.nat_destination == Check::valid ? Outcome(true) : Outcome(Outcome::Kind::skip);
}
/// The digests belong to the first copy of a message (A7).
bool is_first(const IkeRequestSent& r) {
  return r.original == nullptr;
}
bool is_first(const IkeResponseSent& r) {
  return r.original == nullptr;
}

}  // namespace

void add_ike_nat_rules(RuleBook& book) {
  of_messages(book, "RFC7296-2.23-01", [](auto& rule) {
    rule.itself({"natt"})
        .when([](const auto& f) {
          return is_init(f.primary()) && is_read(f.primary()) &&
                 (f.primary().carries(kNatSource) || f.primary().carries(kNatDestination));
        })
        .require([](const auto& f) { return has_nat_detection(f.primary()); });
  });
  of_messages(book, "RFC7296-2.23-02", [](auto& rule) {
    rule.itself({"natt"})
        .when([](const auto& f) {
          return is_init(f.primary()) && f.primary().carries(kNatSource) && is_first(f);
        })
        .judge([](const auto& f) { return source_fits(f.primary()); })
        .evidence(kNatSource);
  });
  of_messages(book, "RFC7296-2.23-03", [](auto& rule) {
    rule.itself({"natt"})
        .when([](const auto& f) {
          return is_init(f.primary()) && f.primary().carries(kNatDestination) && is_first(f);
        })
        .judge([](const auto& f) { return destination_fits(f.primary()); })
        .evidence(kNatDestination);
  });

  book.add<IkeRequestSent>("RFC7296-2.23-05")
      .when([](const IkeRequestSent& r) {
        return r.is_client() && !is_init(r.request) && r.sa->nat();
      })
      .require([](const IkeRequestSent& r) {
        return r.request.destination_port == ike::kNatPort && r.request.has_marker;
      })
      .in_udp(wire::udp::destination_port);
  book.add<EspSent>("RFC7296-2.23-05")
      .when([](const EspSent& e) { return e.is_client() && is_behind_nat_now(e); })
      .require([](const EspSent& e) { return e.in_udp; })
      .observed(esp_path);

  book.add<IkeRequestSettled>("RFC7296-2.23-06")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && !is_init(r.request) && !is_further_auth(r.request) &&
               r.request.destination_port == ike::kNatPort;
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && mirrors(*r.response, r.request);
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.23-06")
      .itself({"natt"})
      .when([](const IkeRequestSettled& r) {
        return is_fresh_init(r) && is_fair(r) && r.request.destination_port == ike::kNatPort &&
               r.node().declares("nat-traversal");
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && mirrors(*r.response, r.request);
      })
      .observed(reaction);

  book.add<EspSent>("RFC7296-2.23-07")
      .when([](const EspSent& e) { return e.in_udp; })
      .require([](const EspSent& e) {
        return e.place.source_port != ike::kPort && e.place.destination_port != ike::kPort;
      })
      .in_udp(wire::udp::destination_port);
  book.add<EspSent>("RFC7296-2.23-09")
      .when(is_behind_nat_now)
      .require([](const EspSent& e) { return e.in_udp; })
      .observed(esp_path);

  book.add<IkeRequestSent>("RFC7296-2.23-10")
      .when([](const IkeRequestSent& r) {
        return !r.is_client() && r.own().path.is_known() && r.sa->mobike() &&
               r.request.time - r.own().moved > kUnderWay && !is_being_updated(r);
      })
      .require([](const IkeRequestSent& r) {
        return r.request.destination == r.own().path.remote &&
               r.request.destination_port == r.own().path.remote_port;
      })
      .in_udp(wire::udp::destination_port)
      .observed(sent_path<IkeRequestSent>);
  book.add<EspSent>("RFC7296-2.23-10")
      .when([](const EspSent& e) {
        return !e.is_client() && is_behind_nat_now(e) && e.sa->client().behind_nat &&
               e.own().path.is_known();
      })
      .judge([](const EspSent& e) -> Outcome {
        const Path& path = e.own().path;
        if (e.in_udp && e.place.destination == path.remote &&
            e.place.destination_port == path.remote_port)
          return true;
        // ESP must not go to port 500, wherever the client sends IKE from.
        if (e.in_udp && path.remote_port == ike::kPort) return Outcome::Kind::skip;
        // The gateway may have followed packets with a new mapping (RFC 4555 §3.8).
        const bool untranslated = !e.in_udp || (e.place.destination_port == ike::kNatPort &&
                                                path.remote_port != ike::kNatPort);
        return untranslated ? Outcome(false) : Outcome(Outcome::Kind::skip);
      })
      .observed(esp_path);

  book.add<IkeRequestSettled>("RFC7296-2.23-12")
      .itself({"natt"})
      .when([](const IkeRequestSettled& r) {
        return is_fresh_init(r) && is_fair(r) && r.request.nat_source == Check::invalid;
      })
      .judge([](const IkeRequestSettled& r) -> Outcome {
        // Silence or another error has a reason of its own.
        if (r.response == nullptr) return Outcome::Kind::skip;
        if (r.response->error() == nullptr) return true;
        return r.response->error_type() == error::kUnexpectedNatDetected
                   ? Outcome(false)
                   : Outcome(Outcome::Kind::skip);
      })
      .observed(reaction);
}

}  // namespace mipvet::rules
