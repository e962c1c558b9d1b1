#include "engine/crypto/charon_log.h"

#include <algorithm>
#include <stdexcept>

#include <gtest/gtest.h>

#include "engine/crypto/octets_for_test.h"

// Logs of real charons (test_logs/README.md). That the keys found are those of the packets is seen
// in tshark_decrypts_test.py.

namespace mipvet::crypto {
namespace {

using testing::test_file;
using wire::Buffer;

KeyLog read(const std::string& name) {
  return read_charon_log(test_file("test_logs/" + name), name);
}

void sort(KeyLog& log) {
  std::sort(log.child_sas.begin(), log.child_sas.end(),
            [](const auto& one, const auto& other) { return one.spi < other.spi; });
}

TEST(CharonLog, HasAllSas) {
  const auto log = read("charon-cbc-gateway.log");
  ASSERT_EQ(log.ike_sas.size(), 2U);  // the second one rekeyed
  EXPECT_NE(log.ike_sas[0].spis, log.ike_sas[1].spis);
  EXPECT_NE(log.ike_sas[0].spis.responder, 0U);
  for (const auto& sa : log.ike_sas) {
    EXPECT_EQ(sa.encryption, Encryption::aes_cbc_128);
    EXPECT_EQ(sa.integrity, Integrity::hmac_sha2_256_128);
    EXPECT_EQ(sa.prf, Prf::hmac_sha2_256);
  }
  EXPECT_EQ(log.child_sas.size(), 8U);
  for (const auto& sa : log.child_sas) {
    EXPECT_EQ(sa.encryption, Encryption::aes_cbc_256);
    EXPECT_EQ(sa.integrity, Integrity::hmac_sha1_96);
    EXPECT_EQ(sa.source, std::nullopt);
  }
  // What was read can be written: no key is of a wrong size.
  EXPECT_EQ(read_key_log(to_text(log), "log"), log);
}

TEST(CharonLog, AeadHasNoIntegrityKeys) {
  const auto log = read("charon-gcm-gateway.log");
  ASSERT_EQ(log.ike_sas.size(), 2U);
  EXPECT_EQ(log.ike_sas[0].encryption, Encryption::aes_gcm_16_256);
  EXPECT_EQ(log.ike_sas[0].integrity, Integrity::none);
  EXPECT_FALSE(log.child_sas.empty());
  for (const auto& sa : log.child_sas) {
    EXPECT_EQ(sa.encryption, Encryption::aes_gcm_16_128);
    EXPECT_TRUE(sa.keys.integrity.empty());
  }
  EXPECT_EQ(read_key_log(to_text(log), "log"), log);
}

TEST(CharonLog, BothSidesHaveTheSameKeys) {
  auto gateway = read("charon-cbc-gateway.log");
  auto client = read("charon-cbc-client.log");
  sort(gateway);
  sort(client);
  EXPECT_EQ(gateway, client);
}

/// The first dump of this name, as charon writes it.
Buffer dump(const std::string& text, const std::string& name) {
  auto at = text.find("] " + name + " => ");
  if (at == std::string::npos) throw std::runtime_error("no " + name);
  const auto size = std::stoul(text.substr(at + name.size() + 6));
  Buffer octets;
  while (octets.size() < size) {
    at = text.find('\n', at) + 1;
    const auto count = std::min<std::size_t>(16, size - octets.size());
    const auto line = testing::hex(text.substr(text.find(": ", at) + 2, 3 * count));
    octets.insert(octets.end(), line.begin(), line.end());
  }
  return octets;
}

// The derivation of a real exchange.
TEST(CharonLog, KeysAreDerivedAsCharonDoes) {
  const auto text = test_file("test_logs/charon-cbc-gateway.log");
  const auto log = read("charon-cbc-gateway.log");
  const auto secret = dump(text, "shared Diffie Hellman secret");
  const auto seed = dump(text, "seed");  // of the first CHILD_SA: the nonces of IKE_SA_INIT
  ASSERT_EQ(seed.size(), 64U);
  const Nonces nonces{wire::Bytes(seed).first(32), wire::Bytes(seed).last(32)};
  const auto& sa = log.ike_sas.at(0);
  const auto start = skeyseed(*sa.prf, nonces, secret);
  EXPECT_EQ(start, dump(text, "SKEYSEED"));
  EXPECT_EQ(ike_keys({sa.encryption, sa.integrity, *sa.prf}, start, nonces, sa.spis), sa.keys);

  const auto child =
      child_keys(*sa.prf, sa.keys.d, Encryption::aes_cbc_256, Integrity::hmac_sha1_96, nonces);
  // The gateway responds: what comes in is the initiator's.
  EXPECT_EQ(child.from_initiator, log.child_sas.at(0).keys);
  EXPECT_EQ(child.from_responder, log.child_sas.at(1).keys);

  // The next one has a secret of its own, and the gateway is its initiator.
  const auto rest = text.substr(text.find("DH secret => "));
  const auto new_secret = dump("] " + rest, "DH secret");
  const auto pfs_seed = dump(rest, "seed");
  ASSERT_EQ(pfs_seed.size(), 256U + 64U);
  const Nonces fresh{wire::Bytes(pfs_seed).subspan(256, 32), wire::Bytes(pfs_seed).last(32)};
  const auto second = child_keys(*sa.prf, sa.keys.d, Encryption::aes_cbc_256,
                                 Integrity::hmac_sha1_96, fresh, new_secret);
  EXPECT_EQ(second.from_responder, log.child_sas.at(2).keys);
  EXPECT_EQ(second.from_initiator, log.child_sas.at(3).keys);
}

std::string complaint(std::string_view text) {
  try {
    read_charon_log(text, "charon.log");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

TEST(CharonLog, WhatCannotBeAssignedIsTold) {
  const auto text = test_file("test_logs/charon-cbc-gateway.log");
  EXPECT_TRUE(complaint(replaced(text, "[MGR]", "[LIB]"))
                  .ends_with(": keys of an IKE SA without its SPIs: a log with the level `mgr = 2` "
                             "would be right"));
  EXPECT_TRUE(complaint(replaced(text, "[CFG]", "[LIB]"))
                  .ends_with(": keys without a selected ESP proposal: a log with the level `cfg = "
                             "1` would be right"));
  EXPECT_NE(complaint(replaced(text, "ESP:AES_CBC_256", "ESP:AES_CTR_256"))
                .find("the ESP proposal selected has algorithms that mipvet does not have"),
            std::string::npos);
  EXPECT_TRUE(complaint(replaced(text, "ESP:AES_CBC_256", "ESP:AES_CBC_128"))
                  .ends_with(": the encryption initiator key before this line has 32 octets: 16 "
                             "would be right by the proposal selected"));
  EXPECT_NE(complaint(replaced(text, "PRF_HMAC_SHA2_256", "PRF_AES128_XCBC")).find("no PRF"),
            std::string::npos);
  EXPECT_NE(complaint(replaced(text, "/NO_EXT_SEQ", "/EXT_SEQ")).find("NO_EXT_SEQ would be right"),
            std::string::npos);
}

TEST(CharonLog, OtherTextIsPassedOver) {
  EXPECT_EQ(read_charon_log("", "log"), KeyLog());
  EXPECT_EQ(read_charon_log("[\n[IKE\n09[IKE]\nx[IKE] y\n09[IKE] Sk_d secret => 9 bytes\n"
                            "09[IKE]    0: zz\n09[CHD]   SPI 0x, src\n09[MGR] checkin IKEv2 SA ",
                            "log"),
            KeyLog());
}

TEST(CharonLog, AnyEndAndAnyChangeIsSafe) {
  const auto text = test_file("test_logs/charon-gcm-gateway.log").substr(0, 6000);
  for (std::size_t i = 0; i < text.size(); i += 3) {
    auto altered = text;
    altered[i] = static_cast<char>(altered[i] ^ 0x11);
    for (const auto& told : {complaint(altered), complaint(std::string_view(text).substr(0, i))}) {
      EXPECT_EQ(told.find('\n'), std::string::npos);
      if (!told.empty()) {
        EXPECT_TRUE(told.starts_with("charon.log:")) << told;
      }
    }
  }
}

}  // namespace
}  // namespace mipvet::crypto
