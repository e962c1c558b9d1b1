#include "roles/ike_deviations.h"

#include <vector>

#include "roles/ike_deviation_tables.h"

namespace mipvet::roles {
namespace {

std::vector<Deviation> of_side(IkeSide side) {
  std::vector<Deviation> result;
  for (const auto table :
       {mobike_deviations(), ike_base_deviations(), ike_receiver_deviations(), esp_deviations()})
    for (const IkeDeviation& one : table)
      if (one.side == side || one.side == IkeSide::both) result.push_back(one.deviation);
  return result;
}

}  // namespace

std::span<const Deviation> ike_initiator_deviations() {
  static const std::vector<Deviation> all = of_side(IkeSide::initiator);
  return all;
}

std::span<const Deviation> ike_responder_deviations() {
  static const std::vector<Deviation> all = of_side(IkeSide::responder);
  return all;
}

}  // namespace mipvet::roles
