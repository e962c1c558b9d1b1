#pragma once

#include <span>
#include <vector>

#include "roles/actor.h"

/// The tables that ike_deviations.h puts together, for each specification and subject.
namespace mipvet::roles {

/// Who can be asked for it: by what it does in an IKE SA.
enum class IkeSide : std::uint8_t { initiator, responder, both };

struct IkeDeviation {
  IkeSide side = IkeSide::both;
  Deviation deviation;
};

std::span<const IkeDeviation> mobike_deviations();
std::span<const IkeDeviation> ike_base_deviations();
std::span<const IkeDeviation> ike_receiver_deviations();
std::span<const IkeDeviation> esp_deviations();

}  // namespace mipvet::roles
