#include "roles/deviations.h"

#include <algorithm>

#include <fmt/format.h>

namespace mipvet::roles {

ActiveDeviations::ActiveDeviations(std::span<const Deviation> known,
                                   const std::vector<std::string>& wanted, std::string_view role)
    : wanted_(wanted) {
  for (const std::string& id : wanted_)
    if (std::none_of(known.begin(), known.end(),
                     [&](const Deviation& deviation) { return deviation.id == id; }))
      throw model::InputError(fmt::format(
          "deviation {}: a {} has no such deviation; right: one that `mipvet coverage` lists", id,
          role));
}

}  // namespace mipvet::roles
