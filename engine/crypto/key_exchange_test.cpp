#include "engine/crypto/key_exchange.h"

#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

#include "engine/crypto/octets_for_test.h"
#include "engine/crypto/random_octets.h"

namespace mipvet::crypto {
namespace {

using testing::hex;
using testing::octets;

/// A source that is the same in each run.
RandomOctets random_from(std::uint32_t seed) {
  return RandomOctets([seed]() mutable { return seed = seed * 1664525 + 1013904223; });
}

/// RFC 3526 §3.
const char* const kModulus =
    "FFFFFFFF FFFFFFFF C90FDAA2 2168C234 C4C6628B 80DC1CD1 29024E08 8A67CC74"
    "020BBEA6 3B139B22 514A0879 8E3404DD EF9519B3 CD3A431B 302B0A6D F25F1437"
    "4FE1356D 6D51C245 E485B576 625E7EC6 F44C42E9 A637ED6B 0BFF5CB6 F406B7ED"
    "EE386BFB 5A899FA5 AE9F2411 7C4B1FE6 49286651 ECE45B3D C2007CB8 A163BF05"
    "98DA4836 1C55D39A 69163FA8 FD24CF5F 83655D23 DCA3AD96 1C62F356 208552BB"
    "9ED52907 7096966D 670C354E 4ABC9804 F1746C08 CA18217C 32905E46 2E36CE3B"
    "E39E772C 180E8603 9B2783A2 EC07A28F B5C55DF0 6F4C52C9 DE2BCBF6 95581718"
    "3995497C EA956AE5 15D22618 98FA0510 15728E5A 8AACAA68 FFFFFFFF FFFFFFFF";

class EachGroup : public ::testing::TestWithParam<Group> {};
INSTANTIATE_TEST_SUITE_P(KeyExchange, EachGroup,
                         ::testing::Values(Group::modp_2048, Group::ecp_256, Group::curve25519));

TEST_P(EachGroup, BothSidesAgree) {
  auto random = random_from(7);
  const KeyExchange initiator(GetParam(), random);
  const KeyExchange responder(GetParam(), random);
  const auto one = initiator.shared_secret(responder.public_value());
  const auto other = responder.shared_secret(initiator.public_value());
  ASSERT_TRUE(one);
  EXPECT_EQ(one, other);
  EXPECT_EQ(one->size(), algorithm(GetParam()).secret_size);
  EXPECT_EQ(initiator.public_value().size(), algorithm(GetParam()).public_size);
  EXPECT_NE(initiator.public_value(), responder.public_value());
}

TEST_P(EachGroup, TheSameSourceGivesTheSamePair) {
  auto random = random_from(7);
  auto again = random_from(7);
  EXPECT_EQ(KeyExchange(GetParam(), random).public_value(),
            KeyExchange(GetParam(), again).public_value());
}

TEST_P(EachGroup, RefusesWhatIsNoValueOfTheGroup) {
  auto random = random_from(1);
  KeyExchange ours(GetParam(), random);
  const auto size = algorithm(GetParam()).public_size;
  EXPECT_FALSE(ours.shared_secret({}));
  EXPECT_FALSE(ours.shared_secret(octets(size - 1, 7)));
  EXPECT_FALSE(ours.shared_secret(octets(size + 1, 7)));
  EXPECT_FALSE(ours.shared_secret(octets(size, 0)));
  if (GetParam() != Group::curve25519) {
    EXPECT_FALSE(ours.shared_secret(octets(size, 0xFF)));
  }
  auto one = octets(size, 0);
  (GetParam() == Group::curve25519 ? one.front() : one.back()) = 1;
  EXPECT_FALSE(ours.shared_secret(one));
  // The object is as good as before.
  EXPECT_TRUE(ours.shared_secret(ours.public_value()));
  const KeyExchange moved = std::move(ours);
  EXPECT_TRUE(moved.shared_secret(moved.public_value()));
}

TEST_P(EachGroup, RefusesWhatIsNoPrivateKey) {
  auto random = random_from(1);
  EXPECT_THROW(KeyExchange(GetParam(), wire::Bytes(), random), std::invalid_argument);
  EXPECT_THROW(KeyExchange(GetParam(), octets(257, 0xFF), random), std::invalid_argument);
}

TEST(KeyExchange, ModpKeepsLeadingZeros) {
  auto random = random_from(1);
  const KeyExchange ours(Group::modp_2048, wire::Buffer{2}, random);
  auto four = octets(256, 0);
  four.back() = 4;
  EXPECT_EQ(ours.public_value(), four);
  auto two = octets(256, 0);
  two.back() = 2;
  EXPECT_EQ(ours.shared_secret(two), four);
}

TEST(KeyExchange, ModpEndsOfTheRange) {
  auto random = random_from(1);
  const KeyExchange ours(Group::modp_2048, wire::Buffer{3}, random);
  auto value = hex(kModulus);
  EXPECT_FALSE(ours.shared_secret(value));  // p
  value.back() = 0xFE;
  EXPECT_FALSE(ours.shared_secret(value));  // p - 1
  value.back() = 0xFD;                      // p - 2 = -2, and (-2)^3 = p - 8
  auto secret = hex(kModulus);
  secret.back() = 0xF7;
  EXPECT_EQ(ours.shared_secret(value), secret);
}

// RFC 5903 §8.1.
TEST(KeyExchange, Ecp256KnownAnswer) {
  auto random = random_from(1);
  const KeyExchange initiator(
      Group::ecp_256,
      hex("C88F01F5 10D9AC3F 70A292DA A2316DE5 44E9AAB8 AFE84049 C62A9C57 862D1433"), random);
  const KeyExchange responder(
      Group::ecp_256,
      hex("C6EF9C5D 78AE012A 011164AC B397CE20 88685D8F 06BF9BE0 B283AB46 476BEE53"), random);
  const auto g_i =
      hex("DAD0B653 94221CF9 B051E1FE CA5787D0 98DFE637 FC90B9EF 945D0C37 72581180"
          "5271A046 1CDB8252 D61F1C45 6FA3E59A B1F45B33 ACCF5F58 389E0577 B8990BB3");
  const auto g_r =
      hex("D12DFB52 89C8D4F8 1208B702 70398C34 2296970A 0BCCB74C 736FC755 4494BF63"
          "56FBF3CA 366CC23E 8157854C 13C58D6A AC23F046 ADA30F83 53E74F33 039872AB");
  const auto secret =
      hex("D6840F6B 42F6EDAF D13116E0 E1256520 2FEF8E9E CE7DCE03 812464D0 4B9442DE");
  EXPECT_EQ(initiator.public_value(), g_i);
  EXPECT_EQ(responder.public_value(), g_r);
  EXPECT_EQ(initiator.shared_secret(g_r), secret);
  EXPECT_EQ(responder.shared_secret(g_i), secret);
  auto beside_the_curve = g_r;
  beside_the_curve.back() ^= 1;
  EXPECT_FALSE(initiator.shared_secret(beside_the_curve));
}

// RFC 7748 §6.1.
TEST(KeyExchange, Curve25519KnownAnswer) {
  auto random = random_from(1);
  const KeyExchange alice(Group::curve25519,
                          hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
                          random);
  const KeyExchange bob(Group::curve25519,
                        hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
                        random);
  const auto a = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  const auto b = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const auto secret = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  EXPECT_EQ(alice.public_value(), a);
  EXPECT_EQ(bob.public_value(), b);
  EXPECT_EQ(alice.shared_secret(b), secret);
  EXPECT_EQ(bob.shared_secret(a), secret);
}

}  // namespace
}  // namespace mipvet::crypto
