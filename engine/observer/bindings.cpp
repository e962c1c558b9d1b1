#include <algorithm>

#include "engine/observer/facts.h"

namespace mipvet::observer {

void Bindings::remove(wire::Ipv4Address care_of_address) {
  const auto end = list.begin() + count;
  const auto kept = std::remove_if(list.begin(), end, [&](const Binding& binding) {
    return binding.care_of_address == care_of_address;
  });
  count = static_cast<std::uint8_t>(kept - list.begin());
}

void Bindings::add(const Binding& binding, bool simultaneous) {
  if (simultaneous)
    remove(binding.care_of_address);
  else
    count = 0;
  if (count == kMax) {
    std::rotate(list.begin(), list.begin() + 1, list.end());
    --count;
  }
  list[count++] = binding;
}

}  // namespace mipvet::observer
