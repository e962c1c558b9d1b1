#pragma once

#include <initializer_list>
#include <span>

#include "engine/wire/layout.h"
#include "engine/wire/packet.h"
#include "engine/wire/value.h"

/// Making messages. What is asked for is what is sent: a type, length or checksum that is given
/// stays as it is, right or wrong.
namespace mipvet::wire {

struct FieldValue {
  Field field;
  Value value;
};
using FieldValues = std::span<const FieldValue>;

bool is_given(FieldValues values, const Field& field);

/// Overwrites one field. Octets into a field "up to the end" make the message end behind them;
/// octets into any other must be of its size; numbers too large lose their upper bits. False, and
/// nothing changed, where the field is not in the message or does not take the value.
bool set(Buffer& message, const Field& field, const Value& value);

/// A message of its minimum size (or as far as the fields given reach), all zero but for its type
/// and the values. Throws std::invalid_argument where a field does not take its value.
Buffer make(const Layout& layout, FieldValues values = {});
Buffer make(const Layout& layout, std::initializer_list<FieldValue> values);

/// Appends an extension, and octets behind its fields that count as its own. Its length is set
/// unless it is among the values. Throws as `make` does.
void append_extension(Buffer& message, const Layout& layout, FieldValues values, Bytes rest = {});
void append_extension(Buffer& message, const Layout& layout,
                      std::initializer_list<FieldValue> values, Bytes rest = {});

/// Appends an HA Parameter extension (MIPP §2.5.3) with the type and sub-type of the network.
void append_ha_parameter(Buffer& message, const DecodeOptions& numbers, Ipv4Address home_agent);

}  // namespace mipvet::wire
