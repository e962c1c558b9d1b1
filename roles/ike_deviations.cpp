#include "roles/ike_deviations.h"

#include <vector>

namespace mipvet::roles {

std::span<const Deviation> ike_initiator_deviations() {
  static const std::vector<Deviation> all{};
  return all;
}

std::span<const Deviation> ike_responder_deviations() {
  static const std::vector<Deviation> all{};
  return all;
}

}  // namespace mipvet::roles
