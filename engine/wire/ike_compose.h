#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "engine/wire/compose.h"
#include "engine/wire/ike.h"

/// Making IKE messages. As with all messages, what is given stays as it is, right or wrong; what is
/// not given is filled in rightly.
namespace mipvet::wire::ike {

/// Payloads one behind the other. Each one's type goes into the `next_payload` of the one before,
/// its length into itself, unless these are given.
class PayloadChain {
 public:
  /// Appends a payload, and octets behind its fields that are its own: proposals, traffic
  /// selectors, more data. Throws as `make` does.
  PayloadChain& add(const Layout& layout, FieldValues values, Bytes rest = {});
  PayloadChain& add(const Layout& layout, std::initializer_list<FieldValue> values = {},
                    Bytes rest = {});
  /// A payload of any type, as `ike-payload`.
  PayloadChain& add_type(std::uint8_t type, FieldValues values = {}, Bytes rest = {});

  /// The type of the first payload, 0 where there is none: what a header says of the chain.
  std::uint8_t first_type() const { return first_type_; }
  const Buffer& octets() const { return octets_; }

 private:
  void append(std::uint8_t type, const Layout& layout, FieldValues values, Bytes rest);

  Buffer octets_;
  std::uint8_t first_type_ = 0;
  std::size_t last_ = 0;
  bool last_names_next_ = false;
};

/// A message with its payloads in the clear. Version 2.0, first type and length are filled in.
Buffer make_message(const Layout& exchange, FieldValues values, const PayloadChain& chain);
Buffer make_message(const Layout& exchange, std::initializer_list<FieldValue> values,
                    const PayloadChain& chain);

/// As it is sent on port 4500: behind four zero octets (RFC 3948 §2.2).
Buffer behind_marker(Bytes message);

// What stands inside payloads, ready to be the `rest` of one.

struct Transform {
  std::uint8_t type = 0;
  std::uint16_t id = 0;
  std::optional<std::uint16_t> key_length;  ///< in bits
};

struct Proposal {
  std::uint8_t protocol_id = kProtocolIke;
  Buffer spi;
  std::vector<Transform> transforms;
  std::optional<std::uint8_t> number;  ///< its place, from 1, where it is not given
};
/// RFC 7296 §3.3.
Buffer make_proposals(std::span<const Proposal> all);

struct TrafficSelector {
  Ipv4Address start;
  Ipv4Address end;
  std::uint8_t protocol = 0;  ///< 0: any
  std::uint16_t start_port = 0;
  std::uint16_t end_port = 65535;
};
/// RFC 7296 §3.13.1.
Buffer make_selectors(std::span<const TrafficSelector> all);
/// TSi or TSr with its selectors.
void add_traffic_selectors(PayloadChain& chain, const Layout& layout,
                           std::span<const TrafficSelector> selectors);

struct Attribute {
  std::uint16_t type = 0;
  Buffer value;  ///< empty in requests for any value
};
/// RFC 7296 §3.15.1.
Buffer make_attributes(std::span<const Attribute> all);

}  // namespace mipvet::wire::ike
