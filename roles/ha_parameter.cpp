#include "roles/ha_parameter.h"

#include <algorithm>

namespace mipvet::roles {

void append_ha_parameter(wire::Buffer& message, const wire::DecodeOptions& numbers,
                         wire::Ipv4Address home_agent, const ActiveDeviations& deviates) {
  const std::size_t start = message.size();
  wire::append_ha_parameter(message, numbers, home_agent);
  if (deviates("MIPP-2.5.3-02")) message[start] = 200;
  if (deviates("MIPP-2.5.3-05")) {
    message[start + 1] = 8;
    message.insert(message.end(), 2, std::uint8_t{0});
  }
  if (deviates("MIPP-2.5.3-06")) {
    const auto reserved = message.begin() + static_cast<std::ptrdiff_t>(start) + 3;
    std::rotate(reserved, reserved + 1, message.end());
  }
  if (deviates("MIPP-2.5.3-08")) message[start + 3] = 1;
  if (deviates("MIPP-2.5.3-11")) wire::append_ha_parameter(message, numbers, home_agent);
}

}  // namespace mipvet::roles
