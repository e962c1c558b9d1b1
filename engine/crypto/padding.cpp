#include "engine/crypto/padding.h"

#include <algorithm>

namespace mipvet::crypto {
namespace {

using wire::Buffer;
using wire::Bytes;

/// How many octets are missing until `size` is a multiple of `unit`.
std::size_t missing(std::size_t size, std::size_t unit) {
  return (unit - size % unit) % unit;
}

}  // namespace

std::optional<EspPlaintext> esp_plaintext(Bytes plaintext) {
  if (plaintext.size() < 2) return std::nullopt;
  const std::size_t pad_length = plaintext[plaintext.size() - 2];
  const auto before = plaintext.first(plaintext.size() - 2);
  if (pad_length > before.size()) return std::nullopt;
  return EspPlaintext{before.first(before.size() - pad_length), before.last(pad_length),
                      plaintext.back()};
}

bool is_default_padding(Bytes padding) {
  for (std::size_t i = 0; i < padding.size(); ++i)
    if (padding[i] != i + 1) return false;
  return true;
}

void append_esp_trailer(Buffer& payload, Encryption encryption, std::uint8_t next_header) {
  constexpr std::size_t kWord = 4;
  const auto count = missing(payload.size() + 2, std::max(kWord, algorithm(encryption).block_size));
  for (std::size_t i = 1; i <= count; ++i) payload.push_back(static_cast<std::uint8_t>(i));
  payload.push_back(static_cast<std::uint8_t>(count));
  payload.push_back(next_header);
}

std::optional<Bytes> sk_plaintext(Bytes plaintext) {
  if (plaintext.empty() || plaintext.back() > plaintext.size() - 1) return std::nullopt;
  return plaintext.first(plaintext.size() - 1 - plaintext.back());
}

void append_sk_padding(Buffer& payloads, Encryption encryption, std::size_t most) {
  const std::size_t block = algorithm(encryption).block_size;
  std::size_t count = missing(payloads.size() + 1, block);
  if (most > count) count += (std::min<std::size_t>(most, 255) - count) / block * block;
  payloads.insert(payloads.end(), count, 0);
  payloads.push_back(static_cast<std::uint8_t>(count));
}

}  // namespace mipvet::crypto
