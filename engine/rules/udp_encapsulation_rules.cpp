#include "engine/rules/esp_words.h"
#include "engine/rules/rule_files.h"

// RFC 3948: ESP and IKE in UDP, and the keepalives that hold a NAT's mapping.

namespace mipvet::rules {

using observer::KeepaliveSent;
using observer::PathRefreshed;

namespace {

bool looks_like_ike(wire::Bytes octets) {
  return octets.size() >= ike::ike_sa_init.minimum &&
         wire::read(octets, ike::message::major_version) == 2 &&
         wire::read(octets, ike::message::exchange_type) >= ike::kIkeSaInit &&
         wire::read(octets, ike::message::exchange_type) <= ike::kInformational &&
         wire::read(octets, ike::message::length) == octets.size();
}
/// Without the marker, an IKE message looks like ESP whose SPI is the beginning of the initiator's;
/// with another one, like ESP whose SPI is that (RFC 3948 §2.2). Version and length give it away.
bool is_unmarked_ike(const EspSent& e) {
  const wire::Bytes octets = e.message.bytes();
  constexpr std::size_t kMarker = 4;
  return e.child == nullptr && (looks_like_ike(octets) ||
                                looks_like_ike(octets.subspan(std::min(kMarker, octets.size()))));
}

/// Where a peer has chosen the SPI 0, that is what looks like a marker, and a sequence number
/// follows.
bool begins_with_spi(const IkeMessage& m) {
  constexpr std::uint64_t kFewPackets = 1U << 16;
  return m.initiator_spi() >> 32 >= kFewPackets;
}

/// The IP and UDP headers around it agree about where it ends.
bool outer_lengths_fit(const EspSent& e) {
  return std::ranges::none_of(e.packet.layers(), [&](const wire::Layer& layer) {
    return layer.offset < e.place.offset && (wire::has(layer.defects, wire::Defect::bad_length) ||
                                             wire::has(layer.defects, wire::Defect::truncated) ||
                                             wire::has(layer.defects, wire::Defect::trailing));
  });
}

bool has_just_moved(const KeepaliveSent& k) {
  return k.sa != nullptr && k.own().moved != net::Time{} &&
         k.place.time - k.own().moved <= observer::kSwitch;
}

/// A mapping is held by any packet; 60 s is the longest that is not remarkable (the default of RFC
/// 3948 §4 is 20 s, and it may be configured).
constexpr auto kLongSilence = std::chrono::seconds(60);
bool keeps_mapping(const PathRefreshed& p) {
  return p.silence < kLongSilence;
}
std::string silence_text(const PathRefreshed& p) {
  return fmt::format("nothing was sent to the gateway for {:.0f} s",
                     std::chrono::duration<double>(p.silence).count());
}

}  // namespace

void add_udp_encapsulation_rules(RuleBook& book) {
  book.add<EspSent>("RFC3948-1-01")
      .when([](const EspSent& e) { return e.in_udp && is_whole(e); })
      .require([](const EspSent& e) { return e.message[wire::esp::spi] != 0; })
      .evidence(wire::esp::spi);

  // The ports of IKE (§2.1). Towards a NAT the gateway may follow its mapping, RFC 4555 §3.8.
  book.add<EspSent>("RFC3948-2.1-01")
      .when([](const EspSent& e) {
        return e.in_udp && is_settled(e) && e.child != nullptr && e.own().path.is_known() &&
               e.place.destination == e.own().path.remote && e.own().path.local_port != ike::kPort;
      })
      .judge([](const EspSent& e) -> Outcome {
        const Path& path = e.own().path;
        if (e.place.source_port != path.local_port) return false;
        if (e.place.destination_port == path.remote_port) return true;
        return e.sa->nat() && !e.is_client() ? Outcome(Outcome::Kind::skip) : Outcome(false);
      })
      .in_udp(wire::udp::source_port)
      .observed(esp_path);

  for (const char* id : {"RFC3948-2.1-01", "RFC7296-2.23-07"})
    book.add<IkeRequestSent>(id)
        .itself({"natt"})
        .when([](const IkeRequestSent& r) { return !r.request.has_marker && is_no_ike(r.request); })
        .require([](const IkeRequestSent&) { return false; })
        .in_udp(wire::udp::source_port)
        .observed([](const IkeRequestSent& r) {
          return fmt::format("no IKE message, but ESP with SPI 0x{:08x}?",
                             r.request.initiator_spi() >> 32);
        });
  book.add<EspSent>("RFC3948-2.1-05")
      .when([](const EspSent& e) { return e.in_udp && e.child != nullptr; })
      .require([](const EspSent&) { return true; });
  book.add<IkeRequestSent>("RFC3948-2.1-05")
      .itself({"natt"})
      .when([](const IkeRequestSent& r) {
        return r.request.has_marker && is_no_ike(r.request) && begins_with_spi(r.request);
      })
      .require([](const IkeRequestSent&) { return false; })
      .observed([](const IkeRequestSent& r) {
        return fmt::format("no IKE message behind the marker, but ESP with SPI 0x{:08x}?",
                           r.request.initiator_spi() >> 32);
      });

  // ESP and IKE are told apart by the marker (§2.2).
  for (const char* id : {"RFC3948-2.2-01", "RFC7296-2-01"}) {
    of_messages(book, id, [](auto& rule) {
      rule.itself({"natt"})
          .when([](const auto& f) {
            return is_ike(f.primary()) && (f.primary().source_port == ike::kNatPort ||
                                           f.primary().destination_port == ike::kNatPort);
          })
          .require([](const auto& f) { return f.primary().has_marker; });
    });
    book.add<EspSent>(id)
        .itself({"natt"})
        .when([](const EspSent& e) { return e.in_udp && is_unmarked_ike(e); })
        .require([](const EspSent&) { return false; })
        .evidence(wire::esp::spi)
        .observed(
            [](const EspSent&) -> std::string { return "an IKE message without the marker"; });
  }

  book.add<EspSent>("RFC3948-3.4-01")
      .when([](const EspSent& e) { return e.in_udp && e.child != nullptr; })
      .require([](const EspSent& e) {
        constexpr std::uint64_t kIpv4 = 4;
        const bool is_whole_inside = !is_opened(e) || next_header(e) != kIpv4 ||
                                     e.child->transport_mode || static_cast<bool>(e.inner);
        return !e.place.udp_checksum_wrong && outer_lengths_fit(e) && is_whole_inside;
      })
      .in_udp(wire::udp::length);

  // Keepalives (§2.3, §4).
  book.add<KeepaliveSent>("RFC3948-2.3-01")
      .require([](const KeepaliveSent& k) {
        return k.message.bytes().size() == 1 &&
               k.message[ike::keepalive::octet] == ike::keepalive::kOctet;
      })
      .evidence(ike::keepalive::octet);
  book.add<EspSent>("RFC3948-2.3-01")
      .itself({"natt", "nat"})
      .when([](const EspSent& e) { return e.in_udp && e.message.bytes().size() == 1; })
      .require([](const EspSent&) { return false; })
      .observed([](const EspSent& e) {
        return fmt::format("one octet 0x{:02x}", e.message.bytes().front());
      });
  book.add<IkeRequestSent>("RFC3948-2.3-02")
      .itself({"natt", "nat"})
      .when([](const IkeRequestSent& r) { return is_keepalive(r.request); })
      .require([](const IkeRequestSent&) { return false; })
      .in_udp(wire::udp::source_port)
      .observed(sent_path<IkeRequestSent>);
  book.add<KeepaliveSent>("RFC3948-2.3-02")
      .when([](const KeepaliveSent& k) { return k.sa != nullptr && !has_just_moved(k); })
      .require([](const KeepaliveSent& k) { return k.is_on_path; })
      .observed([](const KeepaliveSent& k) { return path_text(k.path); });
  book.add<KeepaliveSent>("RFC4555-3.5-26")
      .when([](const KeepaliveSent& k) {
        return is_mobike(k) && k.is_client() && k.own().moved != net::Time{} && !has_just_moved(k);
      })
      .require([](const KeepaliveSent& k) { return k.is_on_path; })
      .observed([](const KeepaliveSent& k) { return path_text(k.path); });
  book.add<KeepaliveSent>("RFC3948-4-05")
      .when([](const KeepaliveSent& k) {
        return k.sa != nullptr && k.own().moved != net::Time{} && !has_just_moved(k);
      })
      .require([](const KeepaliveSent& k) { return k.is_on_path; })
      .observed([](const KeepaliveSent& k) { return path_text(k.path); });
  for (const char* id : {"RFC3948-4-03", "RFC7296-2.23-11"})
    book.add<PathRefreshed>(id)
        .only(Role::mobile_node)
        .require(keeps_mapping)
        .observed(silence_text);
}

}  // namespace mipvet::rules
