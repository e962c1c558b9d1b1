#include "engine/model/finding.h"

#include <array>

namespace mipvet::model {

std::string_view to_string(Verdict verdict) {
  constexpr std::array<std::string_view, 5> names = {"pass", "fail", "warn", "inconclusive",
                                                     "not-applicable"};
  return names[static_cast<std::size_t>(verdict)];
}

}  // namespace mipvet::model
