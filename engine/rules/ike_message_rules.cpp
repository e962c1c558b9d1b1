#include "engine/rules/icv_words.h"
#include "engine/rules/ike_words.h"
#include "engine/rules/rule_files.h"

// RFC 7296 §2.5 and §3.1, §3.2, §3.9-3.11, §3.14: what IKE messages look like, whoever sends them.

namespace mipvet::rules {

namespace {

/// Sender and flags agree (RFC 7296 §3.1). Who initiated is not known without an IKE SA.
template <typename F>
bool flags_fit(const F& f) {
  const IkeMessage& m = f.primary();
  if ((flag_bits(m) & ~(kResponseFlag | kInitiatorFlag)) != 0) return false;
  if (is_init(m)) return m.by_initiator() == m.is_request();
  return f.sa == nullptr || m.by_initiator() == (f.sa->initiator == f.side);
}

/// Answers that stand outside any IKE SA copy what they do not understand (RFC 7296 §1.5).
bool is_outside(const IkeMessage& m) {
  return m.protection == Protection::clear && !is_init(m) &&
         (m.carries(kInvalidIkeSpi) || m.carries(kInvalidSpi) ||
          m.error_type() == error::kInvalidMajorVersion);
}

bool is_sealed_last(const IkeMessage& m) {
  if (m.count(ike::encrypted::layout) > 1) return false;
  const PayloadPlace* sealed = m.find(ike::encrypted::layout);
  return sealed->offset + m.view(*sealed)[ike::payload::length] == m.size;
}

bool reserved_are_zero(const IkeMessage& m) {
  return std::ranges::all_of(m.payloads(), [&](const PayloadPlace& place) {
    const wire::View view = m.view(place);
    return std::ranges::all_of(place.layout->fields, [&](const wire::Field& field) {
      return !field.name.starts_with("reserved") || view[field] == 0;
    });
  });
}

/// The place that the figures of RFC 7296 §1.2-1.4 give a payload; 0: anywhere.
std::uint32_t rank(const IkeMessage& m, const wire::Layout& layout) {
  static constexpr std::array init{&ike::security_association::layout, &ike::key_exchange::layout,
                                   &ike::nonce::layout};
  static constexpr std::array auth{
      &ike::identification::initiator,    &ike::certificate::layout,
      &ike::certificate::request,         &ike::authentication::layout,
      &ike::configuration::layout,        &ike::security_association::layout,
      &ike::traffic_selectors::initiator, &ike::traffic_selectors::responder};
  static constexpr std::array child{&ike::security_association::layout, &ike::nonce::layout,
                                    &ike::key_exchange::layout, &ike::traffic_selectors::initiator,
                                    &ike::traffic_selectors::responder};
  const auto in = [&](std::span<const wire::Layout* const> order) {
    const auto found = std::ranges::find(order, &layout);
    return found == order.end() ? 0U : static_cast<std::uint32_t>(found - order.begin()) + 1U;
  };
  if (is_init(m)) return in(init);
  if (is_auth(m)) return in(auth);
  return is_child(m) ? in(child) : 0U;
}

bool is_in_order(const IkeMessage& m) {
  std::uint32_t last = 0;
  return std::ranges::all_of(m.payloads(), [&](const PayloadPlace& place) {
    const std::uint32_t here = rank(m, *place.layout);
    if (here == 0) return true;
    const bool fits = here >= last;
    last = here;
    return fits;
  });
}

bool nonce_fits(const IkeMessage& m) {
  const std::size_t size = m.payload(ike::nonce::layout).octets(ike::nonce::data).size();
  return size >= 16 && size <= 256;
}

/// Half the key size of a PRF, in octets, by its number (RFC 7296 §2.10); 16 is the least.
std::size_t least_nonce(std::uint16_t prf) {
  return prf == 6 ? 24 : prf == 7 ? 32 : 16;
}

bool deletes_fit(const IkeMessage& m) {
  return !any_payload(m, [](const PayloadPlace& place, const wire::View& view) {
    if (place.layout != &ike::delete_::layout) return false;
    const std::uint64_t protocol = view[ike::delete_::protocol_id];
    const std::uint64_t spi_size = view[ike::delete_::spi_size];
    const std::uint64_t count = view[ike::delete_::count];
    const bool fits =
        protocol == ike::kProtocolIke ? spi_size == 0 && count == 0 : spi_size == 4 && count > 0;
    return !fits || view[ike::payload::length] != 8 + spi_size * count;
  });
}

/// The first octets of the encrypted payload that are the initialization vector of a CBC cipher.
constexpr std::size_t kCbcBlock = 16;
wire::Bytes cbc_vector(const IkeMessage& m) {
  const wire::Bytes data = m.payload(ike::encrypted::layout).octets(ike::encrypted::data);
  return data.first(std::min(kCbcBlock, data.size()));
}

/// Octets of padding in SK, as its Pad Length says.
std::size_t padding_of(const IkeRequestSettled& r) {
  const PayloadPlace& sealed = *r.request.find(ike::encrypted::layout);
  const std::size_t end = sealed.offset + r.request.view(sealed)[ike::payload::length] -
                          icv_size(r.sa->suite.integrity);
  return end > sealed.offset && end <= r.request.size ? r.request.octets[end - 1] : 0;
}

bool notifications_are_plain(const IkeMessage& m) {
  return !any_payload(m, [](const PayloadPlace& place, const wire::View& view) {
    constexpr std::uint64_t kPrivate = 40960;
    return is_notification(place) && place.layout->find("spi") == nullptr &&
           view[notify::notify_type] < kPrivate && !is_unknown(place) &&
           (view[notify::spi_size] != 0 || view[notify::protocol_id] > ike::kProtocolIke);
  });
}

}  // namespace

void add_ike_message_rules(RuleBook& book) {
  of_messages(book, "RFC7296-3.1-01", [](auto& rule) {
    rule.when([](const auto& f) { return is_ike(f.primary()) && !is_outside(f.primary()); })
        .require([](const auto& f) {
          const IkeMessage& m = f.primary();
          return m.initiator_spi() != 0 &&
                 (!is_init(m) || m.is_response() || m.responder_spi() == 0);
        })
        .evidence(ike::message::responder_spi);
  });

  of_messages(book, "RFC7296-3.1-02", [](auto& rule) {
    rule.when([](const auto& f) { return is_ike(f.primary()) && !f.primary().clipped; })
        .require([](const auto& f) {
          const IkeMessage& m = f.primary();
          return m[ike::message::major_version] == 2 && m[ike::message::minor_version] == 0 &&
                 (m.exchange() >= ike::kIkeSaInit && m.exchange() <= ike::kInformational) &&
                 m[ike::message::length] == m.size && m.size >= ike::ike_sa_init.minimum;
        });
  });

  of_messages(book, "RFC7296-3.1-03", [](auto& rule) {
    rule.when([](const auto& f) { return is_ike(f.primary()) && !is_outside(f.primary()); })
        .require([](const auto& f) { return flags_fit(f); })
        .evidence(ike::message::flags);
  });

  of_messages(book, "RFC7296-3.1-06", [](auto& rule) {
    rule.when([](const auto& f) {
          return f.primary().carries(ike::encrypted::layout) && !f.primary().clipped;
        })
        .require([](const auto& f) { return is_sealed_last(f.primary()); })
        .evidence(ike::encrypted::layout);
  });

  of_messages(book, "RFC7296-3.2-01", [](auto& rule) {
    rule.when([](const auto& f) { return is_ike(f.primary()) && is_read(f.primary()); })
        .require([](const auto& f) {
          const IkeMessage& m = f.primary();
          return !is_broken(m) &&
                 !any_payload(m, [](const PayloadPlace& place, const wire::View& view) {
                   return !is_unknown(place) && view[ike::payload::critical] != 0;
                 });
        });
  });

  of_messages(book, "RFC7296-2.5-01", [](auto& rule) {
    rule.when([](const auto& f) { return is_ike(f.primary()); })
        .require([](const auto& f) {
          return f.primary()[ike::message::major_version] == 2 &&
                 f.primary()[ike::message::minor_version] == 0;
        })
        .evidence(ike::message::minor_version);
  });

  of_messages(book, "RFC7296-2.5-03", [](auto& rule) {
    rule.when([](const auto& f) { return is_read(f.primary()) && !is_malformed(f.primary()); })
        .require([](const auto& f) { return reserved_are_zero(f.primary()); });
  });

  book.add<IkeResponseSent>("RFC7296-2.5-06")
      .when([](const IkeResponseSent& r) { return is_ike(r.response) && is_read(r.response); })
      .require([](const IkeResponseSent& r) {
        return !any_payload(r.response, [](const PayloadPlace&, const wire::View& view) {
          return view[ike::payload::critical] != 0;
        });
      });

  of_messages(book, "RFC7296-2.5-08", [](auto& rule) {
    rule.when([](const auto& f) { return is_read(f.primary()) && !is_informational(f.primary()); })
        .require([](const auto& f) { return is_in_order(f.primary()); });
  });

  of_messages(book, "RFC7296-3.9-01", [](auto& rule) {
    rule.when([](const auto& f) {
          return is_read(f.primary()) && f.primary().carries(ike::nonce::layout);
        })
        .require([](const auto& f) { return nonce_fits(f.primary()); })
        .evidence(ike::nonce::layout);
  });

  of_messages(book, "RFC7296-2.10-01", [](auto& rule) {
    rule.when([](const auto& f) {
          return is_read(f.primary()) && f.primary().carries(ike::nonce::layout) && f.sa != nullptr;
        })
        .require([](const auto& f) {
          return f.primary().payload(ike::nonce::layout).octets(ike::nonce::data).size() >=
                 least_nonce(f.sa->suite.prf);
        })
        .evidence(ike::nonce::layout);
  });
  // Another IKE SA or another CHILD_SA has another nonce.
  of_messages(book, "RFC7296-2.10-01", [](auto& rule) {
    rule.when([](const auto& f) {
          return is_read(f.primary()) && f.primary().carries(ike::nonce::layout);
        })
        .require([](const auto& f) { return !f.primary().repeats_nonce; })
        .evidence(ike::nonce::layout)
        .observed([](const auto&) -> std::string { return "the nonce of an earlier exchange"; });
  });

  of_messages(book, "RFC7296-3.10-01", [](auto& rule) {
    rule.when([](const auto& f) {
          return is_read(f.primary()) &&
                 any_payload(f.primary(), [](const PayloadPlace& place, const wire::View&) {
                   return is_notification(place);
                 });
        })
        .require([](const auto& f) { return notifications_are_plain(f.primary()); });
  });

  of_messages(book, "RFC7296-3.11-01", [](auto& rule) {
    rule.when([](const auto& f) {
          return is_opened(f.primary()) && f.primary().carries(ike::delete_::layout);
        })
        .require([](const auto& f) { return deletes_fit(f.primary()); })
        .evidence(ike::delete_::layout);
  });

  book.add<IkeRequestSent>("RFC7296-3.14-01")
      .when([](const IkeRequestSent& r) {
        return r.original == nullptr && r.previous != nullptr &&
               r.request.carries(ike::encrypted::layout) &&
               r.previous->carries(ike::encrypted::layout) && same_spis(r.request, *r.previous);
      })
      .require([](const IkeRequestSent& r) {
        return !same_octets(cbc_vector(r.request), cbc_vector(*r.previous));
      })
      .evidence(ike::encrypted::layout);

  of_messages(book, "RFC7296-3.14-02", [](auto& rule) {
    rule.when([](const auto& f) {
          return f.sa != nullptr && icv_size(f.sa->suite.integrity) != 0 &&
                 f.primary().carries(ike::encrypted::layout);
        })
        .require([](const auto& f) {
          const std::uint64_t size =
              f.primary().payload(ike::encrypted::layout)[ike::payload::length];
          const std::uint64_t around =
              ike::encrypted::layout.minimum + kCbcBlock + icv_size(f.sa->suite.integrity);
          return size >= around + kCbcBlock && (size - around) % kCbcBlock == 0;
        })
        .evidence(ike::encrypted::layout);
  });
  // Whoever receives it takes any length that fits.
  book.add<IkeRequestSettled>("RFC7296-3.14-02")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && r.sa != nullptr && icv_size(r.sa->suite.integrity) != 0 &&
               r.request.carries(ike::encrypted::layout) && padding_of(r) >= kCbcBlock;
      })
      .require(is_taken)
      .observed([](const IkeRequestSettled& r) {
        return fmt::format("{} octets of padding: {}", padding_of(r), reaction(r));
      });

  of_messages(book, "RFC7296-3.14-03", [](auto& rule) {
    rule.when([](const auto& f) {
          return f.primary().protection == Protection::opened ||
                 f.primary().protection == Protection::not_authentic;
        })
        .require([](const auto& f) { return f.primary().protection == Protection::opened; })
        .evidence(ike::encrypted::layout)
        .observed([](const auto&) -> std::string {
          return "the integrity check value is not the one of these keys";
        });
  });
}

}  // namespace mipvet::rules
