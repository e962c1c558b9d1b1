#include <array>

#include <gtest/gtest.h>

#include "engine/crypto/authenticator.h"
#include "engine/crypto/identification.h"
#include "engine/crypto/replay.h"
#include "engine/wire/allocations_for_test.h"

// The path of each frame allocates nothing: counted by the operator new of this program. Botan's
// secure_vector takes its memory elsewhere (a locked pool); its HMAC and MDx classes allocate only
// where they are made or given a key.

namespace mipvet::crypto {
namespace {

using testing::allocations_of;

constexpr std::array<std::uint8_t, 16> kKey{1, 2, 3};
constexpr std::array<std::uint8_t, 66> kMessage{1, 0, 1, 44};
constexpr Time kNow{std::chrono::seconds(1'086'048'000)};

TEST(Allocation, IsCounted) {
  EXPECT_GT(allocations_of([] { Authenticator(Algorithm::hmac_md5, kKey); }), 0U);
}

TEST(Allocation, NoneToComputeOrVerify) {
  for (auto algorithm : {Algorithm::keyed_md5, Algorithm::hmac_md5, Algorithm::hmac_sha1}) {
    Authenticator authenticator(algorithm, kKey);
    std::array<std::uint8_t, kMaxAuthenticatorSize> room{};
    const auto out = wire::MutableBytes(room).first(authenticator.size());
    bool right = false;
    bool wrong = true;
    EXPECT_EQ(allocations_of([&] {
                for (int i = 0; i < 1000; ++i) {
                  authenticator.compute(kMessage, out);
                  right = authenticator.verify(kMessage, out);
                  wrong = authenticator.verify(wire::Bytes(kMessage).first(30), out);
                }
              }),
              0U)
        << to_string(algorithm);
    EXPECT_TRUE(right);
    EXPECT_FALSE(wrong);
  }
}

TEST(Allocation, NoneForReplayProtection) {
  for (auto replay : {Replay::timestamps, Replay::nonces, Replay::none}) {
    SecurityAssociation association;
    association.replay = replay;
    std::uint32_t word = 1;
    const RandomSource random = [&word] { return word += 0x9E3779B9; };
    ReplayGuard guard(association, random);
    IdentificationSource source(association, random);
    EXPECT_EQ(allocations_of([&] {
                for (int i = 0; i < 100; ++i) {
                  const auto request = source.next(kNow);
                  const auto freshness = guard.check(request, kNow);
                  if (freshness == Freshness::fresh) guard.accept(request);
                  source.learn(guard.reply_identification(request, kNow, freshness), kNow);
                }
              }),
              0U)
        << to_string(replay);
  }
}

}  // namespace
}  // namespace mipvet::crypto
