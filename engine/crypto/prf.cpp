#include "engine/crypto/prf.h"

#include <memory>
#include <stdexcept>
#include <string>

#include <botan/hash.h>
#include <botan/mac.h>
#include <fmt/format.h>

namespace mipvet::crypto {
namespace {

using wire::Buffer;
using wire::Bytes;

std::unique_ptr<Botan::MessageAuthenticationCode> keyed(Prf prf, Bytes key) {
  const auto& row = algorithm(prf);
  auto mac = Botan::MessageAuthenticationCode::create_or_throw(std::string(row.library));
  if (mac->valid_keylength(key.size())) {
    mac->set_key(key.data(), key.size());
  } else {
    // RFC 2104 §2: a key longer than a block is hashed first. Botan does so, but not for any
    // length.
    const auto hash = Botan::HashFunction::create_or_throw(std::string(row.hash));
    mac->set_key(hash->process(key.data(), key.size()));
  }
  return mac;
}

}  // namespace

Buffer prf(Prf algorithm, Bytes key, std::initializer_list<Bytes> parts) {
  const auto mac = keyed(algorithm, key);
  for (auto part : parts) mac->update(part.data(), part.size());
  Buffer result(mac->output_length());
  mac->final(result.data());
  return result;
}

Buffer prf_plus(Prf algorithm, Bytes key, Bytes seed, std::size_t size) {
  const auto mac = keyed(algorithm, key);
  const std::size_t step = mac->output_length();
  if (size > 255 * step)
    throw std::invalid_argument(
        fmt::format("{} octets of prf+: at most {} would be right", size, 255 * step));
  Buffer result;
  Buffer block(step);
  for (std::uint8_t count = 1; result.size() < size; ++count) {
    if (count > 1) mac->update(block.data(), block.size());
    mac->update(seed.data(), seed.size());
    mac->update(count);
    mac->final(block.data());
    result.insert(result.end(), block.begin(), block.end());
  }
  result.resize(size);
  return result;
}

}  // namespace mipvet::crypto
