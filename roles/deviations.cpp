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

std::vector<std::string> with_aliases(const std::vector<std::string>& active,
                                      std::span<const DeviationAlias> aliases) {
  std::vector<std::string> result = active;
  for (const std::string& id : active)
    for (const DeviationAlias& alias : aliases)
      if (alias.id == id) result.emplace_back(alias.done_as);
  return result;
}

}  // namespace mipvet::roles
