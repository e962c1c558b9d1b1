#include "engine/crypto/key_log.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "engine/crypto/octets_for_test.h"

namespace mipvet::crypto {
namespace {

using testing::octets;

KeyLog example() {
  KeyLog log;
  log.ike_sas.push_back({{0x0102030405060708, 0xF1F2F3F4F5F6F7F8},
                         Encryption::aes_cbc_256,
                         Integrity::hmac_sha1_96,
                         Prf::hmac_sha2_256,
                         {octets(32, 1), octets(20, 2), octets(20, 3), octets(32, 4), octets(32, 5),
                          octets(32, 6), octets(32, 7)}});
  log.ike_sas.push_back({{1, 0},
                         Encryption::aes_gcm_16_128,
                         Integrity::none,
                         std::nullopt,
                         {{}, {}, {}, octets(20, 4), octets(20, 5), {}, {}}});
  log.child_sas.push_back({0xC0DE0001,
                           wire::Ipv4Address::parse("192.0.2.1"),
                           wire::Ipv4Address::parse("198.51.100.7"),
                           Encryption::aes_cbc_128,
                           Integrity::hmac_sha2_256_128,
                           {octets(16, 8), octets(32, 9)}});
  log.child_sas.push_back({0x100,
                           std::nullopt,
                           wire::Ipv4Address::parse("198.51.100.7"),
                           Encryption::aes_gcm_16_256,
                           Integrity::none,
                           {octets(36, 10), {}}});
  return log;
}

TEST(KeyLog, IsTextOfALineForEachSa) {
  const auto log = example();
  EXPECT_EQ(to_line(log.ike_sas[1]),
            "IKE_SA 0000000000000001 0000000000000000 ENCR_AES_GCM_16_128 NONE - - - - "
            "0404040404040404040404040404040404040404 0505050505050505050505050505050505050505 "
            "- -\n");
  EXPECT_EQ(to_line(log.child_sas[0]),
            "CHILD_SA c0de0001 192.0.2.1 198.51.100.7 ENCR_AES_CBC_128 AUTH_HMAC_SHA2_256_128 "
            "08080808080808080808080808080808 "
            "0909090909090909090909090909090909090909090909090909090909090909\n");
}

TEST(KeyLog, GoesBothWays) {
  EXPECT_EQ(read_key_log(to_text(example()), "keys"), example());
  EXPECT_EQ(read_key_log("", "keys"), KeyLog());
}

TEST(KeyLog, TakesCommentsBlanksAndCarriageReturns) {
  KeyLog log;
  log.child_sas.push_back(example().child_sas[1]);
  auto line = to_line(log.child_sas[0]);
  line.pop_back();
  for (std::size_t at = line.find(' '); at != std::string::npos; at = line.find(' ', at + 3))
    line.replace(at, 1, " \t ");
  EXPECT_EQ(read_key_log("# keys of a run\n\n  \t\r\n  " + line + " \r\n   # end", "keys"), log);
  EXPECT_EQ(read_key_log(line, "keys"), log);
}

std::string complaint(std::string_view text) {
  try {
    read_key_log(text, "run.keys");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(KeyLog, BadLinesAreToldWithTheirPlace) {
  const std::string cbc = "ENCR_AES_CBC_128 AUTH_HMAC_SHA1_96 ";
  const std::string key16(32, 'a');
  const std::string key20(40, 'b');
  const std::string start = "# comment\nCHILD_SA ";
  const auto child = [&](const std::string& rest) { return complaint(start + rest + "\n"); };
  EXPECT_EQ(child("00000100 * * " + cbc + key16 + ' ' + key20), "");
  EXPECT_EQ(complaint("\nCHILDSA 1\n"),
            "run.keys:2: unknown kind of line `CHILDSA`, did you mean `CHILD_SA`?");
  EXPECT_EQ(child("00000100"),
            "run.keys:2: 2 fields: CHILD_SA SPI source destination ENCR INTEG encryption-key "
            "integrity-key would be right");
  EXPECT_EQ(child("100 * * " + cbc + key16 + ' ' + key20),
            "run.keys:2: SPI `100`: 8 hexadecimal digits would be right");
  EXPECT_EQ(child("0000010g * * " + cbc + key16 + ' ' + key20),
            "run.keys:2: SPI `0000010g`: 8 hexadecimal digits would be right");
  EXPECT_EQ(child("00000100 here * " + cbc + key16 + ' ' + key20),
            "run.keys:2: source `here`: an IPv4 address, or `*` for any, would be right");
  EXPECT_EQ(child("00000100 * * ENCR_AES_CBC_12 AUTH_HMAC_SHA1_96 " + key16 + ' ' + key20),
            "run.keys:2: unknown encryption `ENCR_AES_CBC_12`, did you mean `ENCR_AES_CBC_128`?");
  EXPECT_EQ(child("00000100 * * " + cbc + key20 + ' ' + key20),
            "run.keys:2: the encryption key has 20 octets: 16 would be right");
  EXPECT_EQ(child("00000100 * * " + cbc + key16 + " -"),
            "run.keys:2: the integrity key is not hexadecimal: 40 digits would be right");
  EXPECT_EQ(child("00000100 * * ENCR_AES_GCM_16_128 NONE " + key20 + ' ' + key20),
            "run.keys:2: the integrity key where there is none: `-` would be right");
  EXPECT_EQ(child("00000100 * * ENCR_AES_GCM_16_128 AUTH_HMAC_SHA1_96 " + key20 + ' ' + key20),
            "run.keys:2: ENCR_AES_GCM_16_128 with AUTH_HMAC_SHA1_96: an AEAD algorithm has no "
            "integrity algorithm beside it: NONE would be right");
  // What cannot be shown is not, nor is all of what is long.
  EXPECT_EQ(complaint("\x1b[2J" + std::string(100, 'x')), "run.keys:1: unknown kind of line `?[2J" +
                                                              std::string(36, 'x') +
                                                              "...`, there are: IKE_SA, CHILD_SA");
}

TEST(KeyLog, AnyChangedOctetIsReadOrTold) {
  const auto text = to_text(example());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'\0', '\n', ' ', '"', 'g', '-', '\xFF'}) {
      auto altered = text;
      altered[i] = c;
      const auto told = complaint(altered);
      EXPECT_EQ(told.find('\n'), std::string::npos);
      if (!told.empty()) {
        EXPECT_TRUE(told.starts_with("run.keys:")) << told;
      }
    }
    complaint(std::string_view(text).substr(0, i));
  }
}

}  // namespace
}  // namespace mipvet::crypto
