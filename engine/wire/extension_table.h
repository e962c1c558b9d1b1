#pragma once

#include <array>

#include "engine/wire/icmp.h"
#include "engine/wire/layout.h"
#include "engine/wire/mip4.h"

namespace mipvet::wire {

/// How an extension type is read: its table, and where its length field stands.
struct ExtensionFormat {
  const Layout* layout = &mip4::extension::layout;
  std::uint32_t length_octet = mip4::extension::length.first_octet();
  std::uint32_t head = 2;  ///< octets up to the end of the length field
};
using ExtensionTable = std::array<ExtensionFormat, 256>;

template <std::size_t N>
constexpr ExtensionTable table_of(const std::array<const Layout*, N>& layouts) {
  ExtensionTable table{};
  for (const Layout* layout : layouts) {
    // HA Parameter is left out: its type is not fixed (DecodeOptions).
    if (layout->name == mip4::ha_parameter::layout.name) continue;
    for (const Field& field : layout->fields) {
      if (field.name != mip4::extension::length.name) continue;
      table[*layout->type_value] = {layout, static_cast<std::uint32_t>(field.first_octet()),
                                    static_cast<std::uint32_t>(field.end_octet(0))};
    }
  }
  return table;
}

inline constexpr ExtensionTable kRegistrationExtensions = table_of(mip4::extensions);
inline constexpr ExtensionTable kDiscoveryExtensions = table_of(icmp::extensions);

}  // namespace mipvet::wire
