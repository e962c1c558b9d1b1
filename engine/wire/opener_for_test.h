#pragma once

#include <algorithm>

#include "engine/wire/opener.h"
#include "engine/wire/sealing_for_test.h"

namespace mipvet::wire::testing {

/// A cipher for tests: every octet but those of the initialization vector is XORed with the key,
/// and the check value is four times a sum over all before it.
class XorCipher : public Opener {
 public:
  explicit XorCipher(std::uint8_t key = 0x5C) : key_(key) {}

  static constexpr CipherSizes kSizes{.iv = 8, .block = 16, .icv = 4};

  /// Fills in check value and vector and encrypts; what is to be sent.
  Buffer seal(Unsealed plain) const {
    Buffer& octets = plain.octets;
    std::fill_n(octets.begin() + plain.first - kSizes.iv, kSizes.iv, std::uint8_t{0xA5});
    flip(MutableBytes(octets).subspan(plain.first, plain.end - plain.first));
    std::fill(octets.begin() + plain.end, octets.end(), check(Bytes(octets).first(plain.end)));
    return octets;
  }

  Opening open_ike(MutableBytes message, std::uint32_t payload) override {
    ++asked;
    return open(message, payload + 4);
  }
  Opening open_esp(MutableBytes packet, Ipv4Address source, Ipv4Address destination) override {
    ++asked;
    last_source = source;
    last_destination = destination;
    return open(packet, 8);
  }

  std::size_t asked = 0;
  Ipv4Address last_source;
  Ipv4Address last_destination;

 private:
  Opening open(MutableBytes octets, std::uint32_t head) const {
    if (octets.size() < head + kSizes.iv + kSizes.icv) return {};
    const auto end = static_cast<std::uint32_t>(octets.size()) - kSizes.icv;
    const std::uint8_t expected = check(octets.first(end));
    if (std::ranges::any_of(octets.subspan(end), [&](auto one) { return one != expected; }))
      return {Opening::Result::not_authentic};
    const std::uint32_t first = head + kSizes.iv;
    flip(octets.subspan(first, end - first));
    return {Opening::Result::opened, first, end};
  }
  void flip(MutableBytes octets) const {
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(octet ^ key_);
  }
  static std::uint8_t check(Bytes octets) {
    std::uint8_t sum = 1;
    for (const std::uint8_t octet : octets) sum = static_cast<std::uint8_t>(sum * 31 + octet);
    return sum;
  }

  std::uint8_t key_;
};

}  // namespace mipvet::wire::testing
