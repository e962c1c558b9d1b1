#include "engine/rules/esp_words.h"
#include "engine/rules/ike_proposal_words.h"
#include "engine/rules/rule_files.h"

// RFC 4303 §2 and §3.1-3.3, RFC 7296 §2.9, §2.17, §2.19: ESP packets as they are sent.

namespace mipvet::rules {

namespace {

constexpr std::uint8_t kIpv4 = 4;
constexpr std::uint8_t kIpv6 = 41;
constexpr std::size_t kCbcBlock = 16;

bool is_tunnelled(const EspSent& e) {
  return is_opened(e) && e.child != nullptr && !e.child->transport_mode;
}
bool holds_ipv4(const EspSent& e) {
  return is_tunnelled(e) && next_header(e) == kIpv4;
}
/// Of what stands where an inner IP header has to (behind the initialization vector).
std::uint8_t inner_version(const EspSent& e) {
  const std::size_t begin = wire::esp::layout.minimum + (is_cbc(e.child->suite) ? kCbcBlock : 8);
  const wire::Bytes octets = e.message.bytes();
  return begin < octets.size() ? static_cast<std::uint8_t>(octets[begin] >> 4) : std::uint8_t{0};
}
/// From the SPI to Next Header.
std::size_t sealed_size(const EspSent& e, std::size_t icv) {
  return e.message.bytes().size() - std::min(e.message.bytes().size(), icv);
}

/// SPIs below 256 are not to be assigned; 0 is not even to be sent (RFC 4303 §2.1).
Outcome spi_is_free(std::uint64_t spi) {
  if (spi == 0) return false;
  return spi < 256 ? Outcome(Outcome::Kind::warn) : Outcome(true);
}
/// The lowest SPI that a message offers or takes for ESP; 256 where it does neither.
template <typename F>
std::uint64_t lowest_spi(const F& f) {
  std::uint64_t lowest = 256;
  const IkeMessage& m = f.primary();
  all_of(m, ike::proposal::layout, [&](const PayloadPlace& place, const wire::View& view) {
    if (view[ike::proposal::protocol_id] == ike::kProtocolEsp && view[ike::proposal::spi_size] == 4)
      lowest =
          std::min(lowest, wire::read(m.bytes().subspan(place.offset), wire::number("spi", 8, 4)));
    return true;
  });
  return lowest;
}
template <typename F>
bool gives_esp_spi(const F& f) {
  return is_opened(f.primary()) && !rekeys_ike_sa(f.primary()) &&
         f.primary().carries(ike::proposal::layout);
}

/// The side that receives with this SPI has no other: it is what its proposal said.
bool was_given_badly(const EspSent& e) {
  return e.child != nullptr || e.message[wire::esp::spi] == 0;
}

/// How long a node may use a CHILD_SA, where its parameters say it.
std::optional<net::Duration> child_lifetime(const model::Node& node) {
  const auto vpn = node.parameters.find("vpn");
  const nlohmann::json& parameters = vpn != node.parameters.end() ? *vpn : node.parameters;
  const auto lifetime = parameters.find("child_lifetime");
  if (lifetime == parameters.end() || !lifetime->is_number()) return std::nullopt;
  return std::chrono::duration_cast<net::Duration>(
      std::chrono::duration<double>(lifetime->get<double>()));
}

wire::Ipv4Address inner_source(const EspSent& e) {
  return e.inner.address(wire::ip::source);
}
wire::Ipv4Address inner_destination(const EspSent& e) {
  return e.inner.address(wire::ip::destination);
}
std::string inner_text(const EspSent& e) {
  return fmt::format("inner {} -> {}", inner_source(e).to_string(),
                     inner_destination(e).to_string());
}

}  // namespace

void add_esp_rules(RuleBook& book) {
  // SPI and sequence number (RFC 4303 §2.1, §2.2).
  // An SPI that the peer chose badly is the peer's fault.
  book.add<EspSent>("RFC4303-2.1-01")
      .when([](const EspSent& e) {
        return is_whole(e) && (e.message[wire::esp::spi] >= 256 || !was_given_badly(e));
      })
      .judge([](const EspSent& e) { return spi_is_free(e.message[wire::esp::spi]); })
      .evidence(wire::esp::spi);
  of_messages(book, "RFC4303-2.1-01", [](auto& rule) {
    rule.when([](const auto& f) { return gives_esp_spi(f); })
        .judge([](const auto& f) { return spi_is_free(lowest_spi(f)); })
        .evidence(ike::security_association::layout);
  });
  of_messages(book, "RFC3948-1-01", [](auto& rule) {
    rule.itself({"natt"})
        .when([](const auto& f) { return gives_esp_spi(f); })
        .require([](const auto& f) { return lowest_spi(f) != 0; })
        .evidence(ike::security_association::layout);
  });
  book.add<EspSent>("RFC4303-2.1-02")
      .when([](const EspSent& e) {
        return e.sa != nullptr && e.sa->keys_known && is_whole(e) && e.message[wire::esp::spi] != 0;
      })
      .require([](const EspSent& e) { return e.child != nullptr; })
      .evidence(wire::esp::spi)
      .observed(
          [](const EspSent& e) { return fmt::format("SPI 0x{:08x}", e.message[wire::esp::spi]); });
  book.add<EspSent>("RFC4303-2.2-01")
      .when([](const EspSent& e) {
        // Reserved SPIs that a peer gives may stand for several SAs.
        return e.child != nullptr && e.packets > 0 && e.message[wire::esp::spi] >= 256;
      })
      .judge([](const EspSent& e) -> Outcome {
        constexpr std::uint32_t kReordered = 32;
        const std::uint64_t number = sequence_number(e);
        if (number > e.highest) return true;  // gaps: drops before the capture, several queues
        return number > 1 && number < e.highest && e.highest - number < kReordered
                   ? Outcome(Outcome::Kind::warn)
                   : Outcome(false);
      })
      .evidence(wire::esp::sequence_number)
      .observed([](const EspSent& e) {
        return fmt::format("sequence number {} after {}", sequence_number(e), e.highest);
      });
  book.add<EspSent>("RFC4303-2.2-02")
      .when([](const EspSent& e) { return e.child != nullptr && e.packets == 0; })
      .require([](const EspSent& e) { return sequence_number(e) != 0; })
      .evidence(wire::esp::sequence_number);
  book.add<EspSent>("RFC4555-3.5-19")
      .when([](const EspSent& e) {
        return e.child != nullptr && e.packets > 0 && e.own().moved != net::Time{};
      })
      .require([](const EspSent& e) { return sequence_number(e) > 1 || e.highest <= 1; })
      .evidence(wire::esp::sequence_number);

  // What is sealed, and how (§2.3-2.8, §3.3.2).
  book.add<EspSent>("RFC4303-2.3-01")
      .itself({"cbc"})
      .when([](const EspSent& e) {
        return has_known_key(e) && is_cbc(e.child->suite) && esp_icv_size(e.child->suite) != 0 &&
               !e.child->transport_mode;
      })
      .judge([](const EspSent& e) -> Outcome {
        if (is_opened(e)) return next_header(e) != kIpv4 || static_cast<bool>(e.inner);
        // A vector of another length leaves no whole number of blocks.
        const std::size_t size = sealed_size(e, esp_icv_size(e.child->suite));
        return (size - wire::esp::layout.minimum) % kCbcBlock == 0 ? Outcome(Outcome::Kind::skip)
                                                                   : Outcome(false);
      })
      .evidence(wire::esp::payload);
  book.add<EspSent>("RFC4303-2.4-01")
      .when([](const EspSent& e) { return has_known_key(e) && esp_icv_size(e.child->suite) != 0; })
      .require(
          [](const EspSent& e) { return sealed_size(e, esp_icv_size(e.child->suite)) % 4 == 0; })
      .observed([](const EspSent& e) {
        return fmt::format("{} octets from SPI to Next Header",
                           sealed_size(e, esp_icv_size(e.child->suite)));
      });
  book.add<EspSent>("RFC4303-2.4-02")
      .itself({"cbc"})
      .when([](const EspSent& e) {
        return has_known_key(e) && is_cbc(e.child->suite) && esp_icv_size(e.child->suite) != 0;
      })
      .require([](const EspSent& e) {
        const std::size_t size = sealed_size(e, esp_icv_size(e.child->suite));
        const std::size_t head = wire::esp::layout.minimum + kCbcBlock;
        return size > head && (size - head) % kCbcBlock == 0;
      });
  book.add<EspSent>("RFC4303-2.4-04")
      .when([](const EspSent& e) { return is_opened(e) && e.trailer; })
      .require([](const EspSent& e) { return e.padding_is_right; });
  book.add<EspSent>("RFC4303-2.6-01")
      .when(is_tunnelled)
      .require([](const EspSent& e) {
        if (next_header(e) == kIpv6) return inner_version(e) == 6;
        return next_header(e) == kIpv4 || next_header(e) == wire::esp::trailer::kNoNextHeader;
      })
      .observed([](const EspSent& e) { return fmt::format("next_header {}", next_header(e)); });
  book.add<EspSent>("RFC4303-2.8-01")
      .when([](const EspSent& e) { return has_known_key(e) && esp_icv_size(e.child->suite) != 0; })
      .judge([](const EspSent& e) -> Outcome {
        if (is_opened(e)) return true;
        // Of a CBC packet the length tells that the check value is longer or shorter.
        const std::size_t size = sealed_size(e, esp_icv_size(e.child->suite));
        const bool fits = (size - wire::esp::layout.minimum) % kCbcBlock == 0;
        return !is_cbc(e.child->suite) || fits ? Outcome(Outcome::Kind::skip) : Outcome(false);
      });
  book.add<EspSent>("RFC4303-3.1.2-01")
      .when([](const EspSent& e) {
        return is_tunnelled(e) && next_header(e) != wire::esp::trailer::kNoNextHeader;
      })
      .require([](const EspSent& e) {
        return (next_header(e) == kIpv4 && e.inner) || next_header(e) == kIpv6;
      })
      .observed([](const EspSent& e) { return fmt::format("next_header {}", next_header(e)); });
  for (const char* id : {"RFC4303-3.3.2.1-01", "RFC7296-2.17-01"})
    book.add<EspSent>(id)
        .when(has_known_key)
        .require([](const EspSent& e) { return is_opened(e); })
        .observed([](const EspSent& e) {
          return fmt::format(
              "the integrity check value of SPI 0x{:08x}, sequence number {}, is "
              "not the one of its keys",
              e.message[wire::esp::spi], sequence_number(e));
        });

  // Until when (RFC 7296 §2.8).
  book.add<EspSent>("RFC7296-2.8-01")
      .itself({"rekey"})
      .declared([](const model::Node& node) { return child_lifetime(node).has_value(); })
      .when([](const EspSent& e) { return e.child != nullptr; })
      .require([](const EspSent& e) {
        return e.place.time - e.child->created <= *child_lifetime(e.node()) + kUnderWay;
      })
      .observed([](const EspSent& e) {
        return fmt::format("SPI 0x{:08x} is {:.1f} s old", e.message[wire::esp::spi],
                           std::chrono::duration<double>(e.place.time - e.child->created).count());
      });

  // What may be inside (RFC 7296 §2.9, §2.19).
  book.add<EspSent>("RFC7296-2.9-03")
      .when([](const EspSent& e) {
        return e.sa != nullptr && e.is_client() && holds_ipv4(e) && e.inner &&
               e.child->from[0].selectors.count > 0 && !e.child->from[0].selectors.clipped &&
               e.child->from[1].selectors.count > 0 && !e.child->from[1].selectors.clipped;
      })
      .require([](const EspSent& e) {
        return e.child->from[e.side].selectors.contains(inner_source(e)) &&
               e.child->from[1U - e.side].selectors.contains(inner_destination(e));
      })
      .observed(inner_text);
  book.add<EspSent>("RFC7296-2.19-07")
      .itself({"cp"})
      .when([](const EspSent& e) {
        return e.sa != nullptr && e.is_client() && holds_ipv4(e) && e.inner &&
               !e.sa->inner_address.is_zero();
      })
      .require([](const EspSent& e) { return inner_source(e) == e.sa->inner_address; })
      .observed(inner_text);
  book.add<EspSent>("RFC7296-2.19-08")
      .itself({"cp"})
      .when([](const EspSent& e) {
        return e.sa != nullptr && !e.is_client() && holds_ipv4(e) && e.inner &&
               !e.sa->inner_address.is_zero() &&
               (e.own().moved != net::Time{} || e.sa->replaces != 0);
      })
      .require([](const EspSent& e) { return inner_destination(e) == e.sa->inner_address; })
      .observed(inner_text);
}

}  // namespace mipvet::rules
