#pragma once

#include <string_view>

#include "engine/wire/layout.h"

namespace mipvet::wire::ike {

/// What the number in a field of an IKE table means, by the name of RFC 7296 or of the registry
/// that it refers to: an exchange, a payload, a transform, a notification ...; empty where it has
/// none.
std::string_view name_of(const View& message, const Field& field);

}  // namespace mipvet::wire::ike
