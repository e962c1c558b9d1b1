#include "engine/rules/rule.h"

namespace mipvet::rules {

std::string value_text(const wire::Field& field, std::uint64_t value) {
  if (field.kind == wire::Kind::ipv4)
    return wire::Ipv4Address{static_cast<std::uint32_t>(value)}.to_string();
  if (field.bit_width > 32) return fmt::format("0x{:016x}", value);
  return fmt::format("{}", value);
}

}  // namespace mipvet::rules
