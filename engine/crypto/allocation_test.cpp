#include <array>

#include <botan/mem_ops.h>
#include <gtest/gtest.h>

#include "engine/crypto/authenticator.h"
#include "engine/crypto/identification.h"
#include "engine/crypto/replay.h"
#include "engine/crypto/sealed.h"
#include "engine/wire/allocations_for_test.h"

// The path of each frame allocates nothing: counted by the operator new of this program, and, as
// Botan's secure_vector takes its memory elsewhere (a locked pool), by an allocate_memory that
// stands before that of the shared library.

void* Botan::allocate_memory(std::size_t elements, std::size_t size) {
  ++mipvet::testing::allocations;
  return std::calloc(elements, size);
}
void Botan::deallocate_memory(void* memory, std::size_t elements, std::size_t size) {
  if (memory != nullptr) Botan::secure_scrub_memory(memory, elements * size);
  std::free(memory);
}

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

TEST(Allocation, IsCountedInBotan) {
  EXPECT_EQ(allocations_of([] { Botan::secure_vector<std::uint8_t>(16); }), 1U);
}

void expect_none_to_open(Encryption encryption, Integrity integrity) {
  const DirectionKeys keys{wire::Buffer(algorithm(encryption).key_size, 1),
                           wire::Buffer(algorithm(integrity).key_size, 2)};
  wire::Buffer packet{1, 2, 3, 4, 0, 0, 0, 1};
  Sealer(encryption, integrity, keys)
      .seal(packet, wire::Buffer(1488, 3), wire::Buffer(algorithm(encryption).iv_size, 4));
  Opener opener(encryption, integrity, keys);
  wire::Buffer received = packet;
  bool right = static_cast<bool>(opener.open(received, 8));
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < 100; ++i) {
                received = packet;
                right = right && opener.open(received, 8);
              }
            }),
            0U)
      << to_string(encryption) << ' ' << to_string(integrity);
  EXPECT_TRUE(right);
}

TEST(Allocation, NoneToOpenSealedPackets) {
  expect_none_to_open(Encryption::aes_cbc_128, Integrity::hmac_sha1_96);
  expect_none_to_open(Encryption::aes_cbc_256, Integrity::hmac_sha2_256_128);
  expect_none_to_open(Encryption::aes_gcm_16_128, Integrity::none);
  expect_none_to_open(Encryption::aes_gcm_16_256, Integrity::none);
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
