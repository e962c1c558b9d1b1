#pragma once

#include <string>

#include <botan/rng.h>

#include "engine/crypto/replay.h"

namespace mipvet::crypto {

/// The caller's random words as the random octets that Botan asks for: a run with the same source
/// has the same keys.
class RandomOctets final : public Botan::RandomNumberGenerator {
 public:
  explicit RandomOctets(RandomSource source) : source_(std::move(source)) {}

  void randomize(std::uint8_t output[], std::size_t length) override;
  wire::Buffer take(std::size_t count);

  bool accepts_input() const override { return false; }
  void add_entropy(const std::uint8_t[], std::size_t) override {}
  std::string name() const override { return "RandomOctets"; }
  void clear() override {}
  bool is_seeded() const override { return true; }

 private:
  RandomSource source_;
};

}  // namespace mipvet::crypto
