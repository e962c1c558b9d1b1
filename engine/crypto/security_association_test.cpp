#include "engine/crypto/security_association.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mipvet::crypto {
namespace {

using testing::HasSubstr;

SecurityAssociation usable() {
  SecurityAssociation association;
  association.key = wire::Buffer(16, 0x5a);
  return association;
}

TEST(SecurityAssociation, DefaultsAreThoseOfRfc3344) {
  const auto association = usable();
  EXPECT_EQ(association.algorithm, Algorithm::hmac_md5);
  EXPECT_EQ(association.replay, Replay::timestamps);
  EXPECT_EQ(association.tolerance, std::chrono::seconds(7));
  EXPECT_EQ(problem(association), std::nullopt);
}

TEST(SecurityAssociation, ReservedSpisAreRefused) {
  auto association = usable();
  for (std::uint32_t spi : {0U, 1U, 255U}) {
    association.spi = spi;
    ASSERT_TRUE(problem(association)) << spi;
    EXPECT_THAT(*problem(association), HasSubstr("SPI " + std::to_string(spi) + " is reserved"));
    EXPECT_THAT(*problem(association), HasSubstr("256"));
  }
  for (std::uint32_t spi : {256U, 0x80000000U, 0xFFFFFFFFU}) {
    association.spi = spi;
    EXPECT_EQ(problem(association), std::nullopt) << spi;
  }
}

TEST(SecurityAssociation, AUsableOneMakesAnAuthenticator) {
  auto association = usable();
  for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16}, kMaxKeySize,
                           kMaxKeySize + 1, std::size_t{100000}}) {
    association.key.assign(size, 0);
    if (problem(association)) {
      EXPECT_THAT(*problem(association), HasSubstr("key of " + std::to_string(size) + " octets"));
      EXPECT_THROW(Authenticator(association.algorithm, association.key), std::invalid_argument);
    } else {
      EXPECT_NO_THROW(Authenticator(association.algorithm, association.key));
    }
    EXPECT_EQ(problem(association).has_value(), size == 0 || size > kMaxKeySize);
  }
}

TEST(SecurityAssociation, ToleranceHasBounds) {
  auto association = usable();
  for (auto seconds : {-1LL, 0LL, 86401LL, 1LL << 32}) {
    association.tolerance = std::chrono::seconds(seconds);
    ASSERT_TRUE(problem(association)) << seconds;
    EXPECT_THAT(*problem(association), HasSubstr("tolerance of " + std::to_string(seconds)));
  }
  for (auto seconds : {1LL, 3LL, 86400LL}) {
    association.tolerance = std::chrono::seconds(seconds);
    EXPECT_EQ(problem(association), std::nullopt) << seconds;
  }
}

TEST(SecurityAssociation, ReplayNamesAreReadBack) {
  for (auto replay : {Replay::timestamps, Replay::nonces, Replay::none})
    EXPECT_EQ(replay_from_name(to_string(replay)), replay);
  EXPECT_FALSE(replay_from_name("nonce"));
  EXPECT_FALSE(replay_from_name(""));
}

}  // namespace
}  // namespace mipvet::crypto
