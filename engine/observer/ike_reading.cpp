#include "engine/observer/ike_reading.h"

#include <algorithm>
#include <array>

namespace mipvet::observer {

namespace ike = wire::ike;
namespace notify = wire::ike::notify;

namespace {

/// A SPI of 4 or 8 octets.
std::uint64_t number_of(wire::Bytes spi) {
  std::uint64_t result = 0;
  for (const std::uint8_t octet : spi.first(std::min<std::size_t>(spi.size(), 8)))
    result = result << 8 | octet;
  return result;
}

void note_transform(Suite& suite, wire::View transform) {
  const auto id = static_cast<std::uint16_t>(transform[ike::transform::transform_id]);
  const auto note = [&](std::uint16_t& of) { of = of == 0 ? id : of; };
  switch (transform[ike::transform::transform_type]) {
    case ike::transform::kEncryption:
      return note(suite.encryption);
    case ike::transform::kPrf:
      return note(suite.prf);
    case ike::transform::kIntegrity:
      return note(suite.integrity);
    case ike::transform::kGroup:
      return note(suite.group);
    case ike::transform::kExtendedSequenceNumbers:
      suite.esn = id != 0;
      break;
    default:
      break;
  }
}

bool is_inside(const PayloadPlace& part, const PayloadPlace& whole) {
  return part.offset > whole.offset && part.offset + part.length <= whole.offset + whole.length;
}

}  // namespace

std::optional<Proposal> proposal(const IkeMessage& message, std::uint8_t number) {
  const PayloadPlace* association = message.find(ike::security_association::layout);
  if (association == nullptr) return std::nullopt;
  const PayloadPlace* found = nullptr;
  for (const PayloadPlace& place : message.payloads())
    if (place.layout == &ike::proposal::layout && is_inside(place, *association) &&
        (number == 0 || message.view(place)[ike::proposal::number_] == number)) {
      found = &place;
      break;
    }
  if (found == nullptr) return std::nullopt;
  const wire::View view = message.view(*found);
  Proposal result;
  result.number = static_cast<std::uint8_t>(view[ike::proposal::number_]);
  result.protocol = static_cast<std::uint8_t>(view[ike::proposal::protocol_id]);
  const auto spi_size = static_cast<std::size_t>(view[ike::proposal::spi_size]);
  const wire::Bytes spi = view.octets(ike::proposal::spi);
  result.spi = number_of(spi.first(std::min(spi.size(), spi_size)));
  for (const PayloadPlace& place : message.payloads()) {
    if (!is_inside(place, *found)) continue;
    const wire::View part = message.view(place);
    if (place.layout == &ike::transform::layout) note_transform(result.suite, part);
    if (place.layout == &ike::transform_attribute::layout &&
        part[ike::transform_attribute::attribute_type] == ike::transform_attribute::kKeyLength &&
        result.suite.key_bits == 0)
      result.suite.key_bits =
          static_cast<std::uint16_t>(part[ike::transform_attribute::length_or_value]);
  }
  return result;
}

Selectors selectors(const IkeMessage& message, const wire::Layout& payload) {
  namespace ts = ike::traffic_selector;
  Selectors result;
  const PayloadPlace* whole = message.find(payload);
  if (whole == nullptr) return result;
  for (const PayloadPlace& place : message.payloads()) {
    if (!is_inside(place, *whole)) continue;
    if (place.layout != &ts::layout || result.count == Selectors::kMax) {
      result.clipped = true;
      continue;
    }
    const wire::View view = message.view(place);
    result.list[result.count++] = {static_cast<std::uint8_t>(view[ts::protocol]),
                                   static_cast<std::uint16_t>(view[ts::start_port]),
                                   static_cast<std::uint16_t>(view[ts::end_port]),
                                   view.address(ts::start_address), view.address(ts::end_address)};
  }
  return result;
}

wire::Ipv4Address inner_address(const IkeMessage& message, std::uint8_t cfg_type) {
  namespace attribute = ike::configuration_attribute;
  const PayloadPlace* whole = message.find(ike::configuration::layout);
  if (whole == nullptr || message.view(*whole)[ike::configuration::cfg_type] != cfg_type) return {};
  for (const PayloadPlace& place : message.payloads()) {
    if (place.layout != &attribute::layout || !is_inside(place, *whole)) continue;
    const wire::View view = message.view(place);
    if (view[attribute::attribute_type] == attribute::kInternalIp4Address &&
        view[attribute::length] == 4)
      return view.address(wire::ipv4("value", 4));
  }
  return {};
}

bool has_address_list(const IkeMessage& message) {
  return message.carries(notify::named("additional-ip4-address")) ||
         message.carries(notify::named("additional-ip6-address")) ||
         message.carries(notify::named("no-additional-addresses"));
}

bool is_address_update(const IkeMessage& message) {
  return message.carries(notify::named("update-sa-addresses"));
}

bool deletes_ike_sa(const IkeMessage& message) {
  return std::ranges::any_of(message.payloads(), [&](const PayloadPlace& place) {
    return place.layout == &ike::delete_::layout &&
           message.view(place)[ike::delete_::protocol_id] == ike::kProtocolIke;
  });
}

bool is_liveness(const IkeMessage& message) {
  if (message.exchange() != ike::kInformational) return false;
  return std::ranges::all_of(message.payloads(), [](const PayloadPlace& place) {
    return place.layout == &ike::encrypted::layout ||
           place.layout == &notify::named("nat-detection-source-ip") ||
           place.layout == &notify::named("nat-detection-destination-ip") ||
           place.layout == &notify::named("cookie2");
  });
}

bool is_child_error(std::uint16_t notify_type) {
  // NO_PROPOSAL_CHOSEN, SINGLE_PAIR_REQUIRED, NO_ADDITIONAL_SAS, INTERNAL_ADDRESS_FAILURE,
  // FAILED_CP_REQUIRED, TS_UNACCEPTABLE.
  constexpr std::array<std::uint16_t, 6> errors{14, 34, 35, 36, 37, 38};
  return std::ranges::find(errors, notify_type) != errors.end();
}

}  // namespace mipvet::observer
