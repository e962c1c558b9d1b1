#include "engine/observer/key_ring.h"

#include <algorithm>

#include "engine/wire/esp.h"
#include "engine/wire/ike.h"

namespace mipvet::observer {

namespace {

bool fits(const std::optional<wire::Ipv4Address>& declared, wire::Ipv4Address seen) {
  return !declared || *declared == seen;
}

}  // namespace

void KeyRing::add(const crypto::KeyLog& log) {
  for (const crypto::IkeSaKeys& sa : log.ike_sas) {
    // A table without a PRF says less than what is known already.
    const auto known = ike_.find(sa.spis);
    if (known != ike_.end() && (known->second.keys == sa || (known->second.keys.prf && !sa.prf)))
      continue;
    ike_.insert_or_assign(
        sa.spis, IkeEntry{sa, crypto::Opener(sa.encryption, sa.integrity, {sa.keys.ei, sa.keys.ai}),
                          crypto::Opener(sa.encryption, sa.integrity, {sa.keys.er, sa.keys.ar})});
  }
  for (const crypto::ChildSaKeys& sa : log.child_sas) {
    const auto [begin, end] = esp_.equal_range(sa.spi);
    if (std::any_of(begin, end, [&](const auto& entry) { return entry.second.keys == sa; }))
      continue;
    esp_.emplace(sa.spi, EspEntry{sa, crypto::Opener(sa.encryption, sa.integrity, sa.keys)});
  }
}

const crypto::IkeSaKeys* KeyRing::ike_sa(const crypto::IkeSpis& spis) const {
  const auto found = ike_.find(spis);
  return found == ike_.end() ? nullptr : &found->second.keys;
}

wire::Opening KeyRing::open_ike(wire::MutableBytes message, std::uint32_t payload) {
  namespace header = wire::ike::message;
  const auto found = ike_.find(
      {wire::read(message, header::initiator_spi), wire::read(message, header::responder_spi)});
  if (found == ike_.end()) return {};
  IkeEntry& sa = found->second;
  return open(wire::read(message, header::initiator) != 0 ? sa.from_initiator : sa.from_responder,
              message, payload + wire::ike::payload::layout.minimum);
}

wire::Opening KeyRing::open_esp(wire::MutableBytes packet, wire::Ipv4Address source,
                                wire::Ipv4Address destination) {
  wire::Opening result;
  const auto [begin, end] =
      esp_.equal_range(static_cast<std::uint32_t>(wire::read(packet, wire::esp::spi)));
  // Addresses change on the way and with MOBIKE, so they only say which key is tried first.
  for (const bool wanted : {true, false}) {
    for (auto entry = begin; entry != end; ++entry) {
      const crypto::ChildSaKeys& keys = entry->second.keys;
      if ((fits(keys.source, source) && fits(keys.destination, destination)) != wanted) continue;
      const wire::Opening one = open(entry->second.opener, packet, wire::esp::layout.minimum);
      if (one.result == wire::Opening::Result::opened) return one;
      if (one.result != wire::Opening::Result::no_key) result = one;
    }
  }
  return result;
}

wire::Opening KeyRing::open(crypto::Opener& opener, wire::MutableBytes packet,
                            std::size_t associated) {
  using Result = wire::Opening::Result;
  const crypto::Opened opened = opener.open(packet, associated);
  switch (opened.result) {
    case crypto::Opening::opened:
      break;
    case crypto::Opening::too_short:
      return {};
    case crypto::Opening::not_whole_blocks:
    case crypto::Opening::wrong_icv:
      return {Result::not_authentic, 0, 0};
  }
  const auto first = static_cast<std::uint32_t>(opened.plaintext.data() - packet.data());
  return {Result::opened, first, first + static_cast<std::uint32_t>(opened.plaintext.size())};
}

}  // namespace mipvet::observer
