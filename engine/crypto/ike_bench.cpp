#include <tuple>

#include <benchmark/benchmark.h>

#include "engine/crypto/ike_auth.h"
#include "engine/crypto/ike_keys.h"
#include "engine/crypto/key_exchange.h"
#include "engine/crypto/random_octets.h"

// The crypto of an IKE handshake, both sides: key pairs, shared secrets, the keys of the IKE SA and
// of its first CHILD_SA, and the AUTH payload by a pre-shared key, made and verified. Items are
// handshakes.

namespace mipvet::crypto {
namespace {

struct Side {
  IkeKeys ike;
  ChildKeys child;
};

Side derive(const KeyExchange& own, wire::Bytes peer_value, const Nonces& nonces,
            const IkeSpis& spis) {
  constexpr IkeSuite suite;
  const auto secret = own.shared_secret(peer_value).value();
  Side side;
  side.ike = ike_keys(suite, skeyseed(suite.prf, nonces, secret), nonces, spis);
  side.child = child_keys(suite.prf, side.ike.d, suite.encryption, suite.integrity, nonces);
  return side;
}

void handshake(benchmark::State& state, Group group) {
  RandomOctets random([word = 7U]() mutable { return word = word * 1664525 + 1013904223; });
  const wire::Buffer message(400, 1);
  const wire::Buffer id(20, 2);
  const wire::Buffer psk(16, 3);
  for ([[maybe_unused]] auto _ : state) {
    const KeyExchange initiator(group, random);
    const KeyExchange responder(group, random);
    const auto ni = random.take(32);
    const auto nr = random.take(32);
    const Nonces nonces{ni, nr};
    const auto one = derive(initiator, responder.public_value(), nonces, {1, 2});
    const auto other = derive(responder, initiator.public_value(), nonces, {1, 2});
    bool authentic = true;
    for (const auto& [from, to, nonce] : {std::tuple(&one.ike.pi, &other.ike.pi, &nr),
                                          std::tuple(&other.ike.pr, &one.ike.pr, &ni)}) {
      const auto data = shared_key_auth(
          Prf::hmac_sha2_256, psk, signed_octets(Prf::hmac_sha2_256, {message, *nonce, *from, id}));
      authentic =
          authentic &&
          verify_shared_key(Prf::hmac_sha2_256, psk,
                            signed_octets(Prf::hmac_sha2_256, {message, *nonce, *to, id}), data);
    }
    if (!authentic || one.child != other.child) state.SkipWithError("the sides disagree");
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(handshake, modp_2048, Group::modp_2048);
BENCHMARK_CAPTURE(handshake, ecp_256, Group::ecp_256);
BENCHMARK_CAPTURE(handshake, curve25519, Group::curve25519);

}  // namespace
}  // namespace mipvet::crypto
