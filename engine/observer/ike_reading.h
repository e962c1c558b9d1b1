#pragma once

#include <cstdint>
#include <optional>

#include "engine/observer/security_associations.h"

/// What stands in IKE messages, read for the state of SAs.
namespace mipvet::observer {

/// What a message says counts: IKE_SA_INIT in clear, all others encrypted, authentic and opened.
inline bool is_trustworthy(const IkeMessage& message) {
  return message.protection ==
         (message.exchange() == wire::ike::kIkeSaInit ? Protection::clear : Protection::opened);
}

/// A proposal of a Security Association payload (RFC 7296 §3.3).
struct Proposal {
  std::uint8_t number = 0;
  std::uint8_t protocol = 0;
  std::uint64_t spi = 0;
  Suite suite;  ///< of each type the first transform
};
/// The proposal with a number, or the first (number 0); nothing where there is none.
std::optional<Proposal> proposal(const IkeMessage& message, std::uint8_t number = 0);

/// TSi or TSr.
Selectors selectors(const IkeMessage& message, const wire::Layout& payload);

/// INTERNAL_IP4_ADDRESS of the first Configuration payload of a kind (CFG_REPLY); zero: there is
/// none.
wire::Ipv4Address inner_address(const IkeMessage& message, std::uint8_t cfg_type);

/// Whether it has the notifications ADDITIONAL_*_ADDRESS or NO_ADDITIONAL_ADDRESSES.
bool has_address_list(const IkeMessage& message);
bool is_address_update(const IkeMessage& message);
/// Its Delete payloads are about the IKE SA, or about CHILD_SAs (RFC 7296 §3.11).
bool deletes_ike_sa(const IkeMessage& message);
/// Calls `visit(spi)` for each ESP SPI that a message deletes.
template <typename Visit>
void each_deleted(const IkeMessage& message, Visit visit) {
  namespace del = wire::ike::delete_;
  for (const PayloadPlace& place : message.payloads()) {
    if (place.layout != &del::layout) continue;
    const wire::View view = message.view(place);
    if (view[del::protocol_id] != wire::ike::kProtocolEsp || view[del::spi_size] != 4) continue;
    wire::Bytes spis = view.octets(del::spis);
    for (; spis.size() >= 4; spis = spis.subspan(4))
      visit(static_cast<std::uint32_t>(wire::read(spis, wire::number("spi", 0, 4))));
  }
}
/// INFORMATIONAL without anything but what a liveness check may have (RFC 7296 §2.4; RFC 4555
/// §3.8).
bool is_liveness(const IkeMessage& message);
/// An error in an IKE_AUTH response with which the IKE SA stands all the same (RFC 7296 §1.2).
bool is_child_error(std::uint16_t notify_type);

}  // namespace mipvet::observer
