#pragma once

#include <string>
#include <vector>

namespace mipvet::roles {

/// The active ones of a gateway as its IKE endpoint knows them: those of
/// ike_responder_deviations(), and what a deviation of the gateway does to its endpoint.
std::vector<std::string> endpoint_deviations(const std::vector<std::string>& active);

}  // namespace mipvet::roles
