#include "engine/crypto/ike_algorithms.h"

#include <gtest/gtest.h>

namespace mipvet::crypto {
namespace {

TEST(IkeAlgorithms, EncryptionIsFoundByIdAndKeyLength) {
  EXPECT_EQ(encryption_of(12, 128), Encryption::aes_cbc_128);
  EXPECT_EQ(encryption_of(12, 256), Encryption::aes_cbc_256);
  EXPECT_EQ(encryption_of(20, 128), Encryption::aes_gcm_16_128);
  EXPECT_EQ(encryption_of(20, 256), Encryption::aes_gcm_16_256);
  EXPECT_EQ(encryption_of(12, std::nullopt), std::nullopt);
  EXPECT_EQ(encryption_of(12, 0), std::nullopt);
  EXPECT_EQ(encryption_of(12, 192), std::nullopt);
  EXPECT_EQ(encryption_of(3, std::nullopt), std::nullopt);  // 3DES
}

TEST(IkeAlgorithms, TheOthersAreFoundById) {
  EXPECT_EQ(integrity_of(0), Integrity::none);
  EXPECT_EQ(integrity_of(2), Integrity::hmac_sha1_96);
  EXPECT_EQ(integrity_of(12), Integrity::hmac_sha2_256_128);
  EXPECT_EQ(integrity_of(5), std::nullopt);
  EXPECT_EQ(prf_of(2), Prf::hmac_sha1);
  EXPECT_EQ(prf_of(5), Prf::hmac_sha2_256);
  EXPECT_EQ(prf_of(1), std::nullopt);
  EXPECT_EQ(group_of(14), Group::modp_2048);
  EXPECT_EQ(group_of(19), Group::ecp_256);
  EXPECT_EQ(group_of(31), Group::curve25519);
  EXPECT_EQ(group_of(2), std::nullopt);
}

TEST(IkeAlgorithms, NamesGoBothWays) {
  for (auto name : encryption_names()) EXPECT_EQ(to_string(*encryption_from_name(name)), name);
  for (auto name : integrity_names()) EXPECT_EQ(to_string(*integrity_from_name(name)), name);
  for (auto name : prf_names()) EXPECT_EQ(to_string(*prf_from_name(name)), name);
  for (auto name : group_names()) EXPECT_EQ(to_string(*group_from_name(name)), name);
  EXPECT_EQ(encryption_from_name("ENCR_AES_CBC_256"), Encryption::aes_cbc_256);
  EXPECT_EQ(integrity_from_name("NONE"), Integrity::none);
  EXPECT_EQ(prf_from_name("PRF_HMAC_MD5"), std::nullopt);
  EXPECT_EQ(group_from_name(""), std::nullopt);
}

TEST(IkeAlgorithms, Sizes) {
  // RFC 4106 §8.1: the salt of 4 octets comes after the cipher's key.
  EXPECT_EQ(algorithm(Encryption::aes_gcm_16_128).key_size, 20U);
  EXPECT_EQ(algorithm(Encryption::aes_gcm_16_256).key_size, 36U);
  EXPECT_EQ(icv_size(Encryption::aes_gcm_16_256, Integrity::none), 16U);
  EXPECT_EQ(icv_size(Encryption::aes_cbc_128, Integrity::hmac_sha1_96), 12U);
  EXPECT_EQ(icv_size(Encryption::aes_cbc_128, Integrity::hmac_sha2_256_128), 16U);
  // RFC 5903 §7: the point is x and y, the secret x alone.
  EXPECT_EQ(algorithm(Group::ecp_256).public_size, 64U);
  EXPECT_EQ(algorithm(Group::ecp_256).secret_size, 32U);
}

TEST(IkeAlgorithms, AeadAndIntegrityExcludeEachOther) {
  EXPECT_FALSE(mismatch(Encryption::aes_gcm_16_128, Integrity::none));
  EXPECT_FALSE(mismatch(Encryption::aes_cbc_256, Integrity::hmac_sha1_96));
  EXPECT_TRUE(mismatch(Encryption::aes_gcm_16_128, Integrity::hmac_sha1_96));
  EXPECT_TRUE(mismatch(Encryption::aes_cbc_256, Integrity::none));
}

}  // namespace
}  // namespace mipvet::crypto
