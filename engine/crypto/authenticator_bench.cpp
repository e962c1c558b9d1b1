#include <array>

#include <benchmark/benchmark.h>

#include "engine/crypto/authenticator.h"

namespace mipvet::crypto {
namespace {

/// What a registration request with two extensions has covered.
constexpr std::size_t kCovered = 66;

void verify(benchmark::State& state, Algorithm algorithm) {
  constexpr std::array<std::uint8_t, 16> key{1, 2, 3, 4};
  std::array<std::uint8_t, kCovered> message{1, 0, 1, 44};
  std::array<std::uint8_t, kMaxAuthenticatorSize> room{};
  Authenticator authenticator(algorithm, key);
  const auto out = wire::MutableBytes(room).first(authenticator.size());
  authenticator.compute(message, out);
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(message.data());
    bool authentic = authenticator.verify(message, out);
    benchmark::DoNotOptimize(authentic);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(verify, hmac_md5, Algorithm::hmac_md5);
BENCHMARK_CAPTURE(verify, keyed_md5, Algorithm::keyed_md5);
BENCHMARK_CAPTURE(verify, hmac_sha1, Algorithm::hmac_sha1);

}  // namespace
}  // namespace mipvet::crypto
