#pragma once

#include <initializer_list>
#include <span>

#include "engine/crypto/ike_algorithms.h"
#include "engine/wire/bytes.h"

namespace mipvet::crypto {

/// prf(key, data), where the data is all `parts` one after the other. The key has any length: that
/// of SKEYSEED is two nonces from the wire.
wire::Buffer prf(Prf algorithm, wire::Bytes key, std::initializer_list<wire::Bytes> parts);

/// prf+(key, seed): the first `size` octets of T1 | T2 | ... (RFC 7296 §2.13). At most 255 times
/// the output of prf, else std::invalid_argument.
wire::Buffer prf_plus(Prf algorithm, wire::Bytes key, wire::Bytes seed, std::size_t size);

}  // namespace mipvet::crypto
