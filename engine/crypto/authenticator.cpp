#include "engine/crypto/authenticator.h"

#include <array>
#include <stdexcept>
#include <utility>

#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>
#include <fmt/format.h>

namespace mipvet::crypto {
namespace {

using wire::Bytes;
using wire::MutableBytes;

struct AlgorithmRow {
  Algorithm algorithm;
  std::string_view name;
  std::string_view hash;
  std::size_t size;
};

/// In the order of the enumeration.
constexpr std::array<AlgorithmRow, 3> kAlgorithms{{
    {Algorithm::keyed_md5, "keyed-md5", "MD5", 16},
    {Algorithm::hmac_md5, "hmac-md5", "MD5", 16},
    {Algorithm::hmac_sha1, "hmac-sha1", "SHA-1", 20},
}};

const AlgorithmRow& row(Algorithm algorithm) {
  return kAlgorithms[static_cast<std::size_t>(algorithm)];
}

std::unique_ptr<Botan::Buffered_Computation> make_hmac(std::string_view hash, Bytes key) {
  auto mac = Botan::MessageAuthenticationCode::create_or_throw(fmt::format("HMAC({})", hash));
  mac->set_key(key.data(), key.size());
  return mac;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) {
  return row(algorithm).name;
}

std::optional<Algorithm> algorithm_from_name(std::string_view name) {
  for (const auto& entry : kAlgorithms)
    if (entry.name == name) return entry.algorithm;
  return std::nullopt;
}

std::size_t authenticator_size(Algorithm algorithm) {
  return row(algorithm).size;
}

Authenticator::Authenticator(Algorithm algorithm, Bytes key) : algorithm_(algorithm) {
  if (key.empty() || key.size() > kMaxKeySize)
    throw std::invalid_argument(
        fmt::format("a key of {} octets: 1 to {} would be right", key.size(), kMaxKeySize));
  const auto hash = row(algorithm).hash;
  if (algorithm == Algorithm::keyed_md5) {
    function_ = Botan::HashFunction::create_or_throw(std::string(hash));
    wrapping_.assign(key.begin(), key.end());
  } else {
    function_ = make_hmac(hash, key);
  }
}

Authenticator::Authenticator(Authenticator&&) noexcept = default;
Authenticator& Authenticator::operator=(Authenticator&&) noexcept = default;
Authenticator::~Authenticator() = default;

void Authenticator::compute(Bytes data, MutableBytes out) {
  compute(std::span<const Bytes>(&data, 1), out);
}

void Authenticator::compute(std::span<const Bytes> parts, MutableBytes out) {
  if (out.size() != size())
    throw std::invalid_argument(fmt::format("room for {} octets of authenticator: {} has {}",
                                            out.size(), to_string(algorithm_), size()));
  if (!wrapping_.empty()) function_->update(wrapping_);
  for (auto part : parts) function_->update(part.data(), part.size());
  if (!wrapping_.empty()) function_->update(wrapping_);
  function_->final(out.data());
}

bool Authenticator::verify(Bytes data, Bytes expected) {
  return verify(std::span<const Bytes>(&data, 1), expected);
}

bool Authenticator::verify(std::span<const Bytes> parts, Bytes expected) {
  if (expected.size() != size()) return false;
  std::array<std::uint8_t, kMaxAuthenticatorSize> computed;
  compute(parts, MutableBytes(computed).first(size()));
  return Botan::constant_time_compare(computed.data(), expected.data(), expected.size());
}

}  // namespace mipvet::crypto
