#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "engine/crypto/charon_log.h"
#include "engine/crypto/ike_keys.h"
#include "engine/crypto/key_exchange.h"
#include "engine/crypto/key_log.h"
#include "engine/crypto/padding.h"
#include "engine/crypto/random_octets.h"
#include "engine/crypto/sealed.h"
#include "engine/crypto/wireshark_tables.h"
#include "engine/wire/hex.h"

// For tshark_decrypts_test.py: with each suite and each group an IKE SA and a CHILD_SA, and in each
// direction an IKE_AUTH message with a MOBIKE_SUPPORTED notification and an ESP packet that
// contains an echo request. The tables go to files in the directory given, the packets to standard
// output, one a line: kind, source, destination, payload of UDP or of IP.

namespace mipvet::crypto {
namespace {

using wire::Buffer;
using wire::Bytes;

constexpr wire::Ipv4Address kInitiator{0xC0000201};
constexpr wire::Ipv4Address kResponder{0xC6336407};

template <typename Number>
void append(Buffer& to, Number number) {
  for (std::size_t i = sizeof number; i-- > 0;)
    to.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

void print(std::string_view kind, bool from_initiator, Bytes packet) {
  fmt::print("{} {} {} {}\n", kind, (from_initiator ? kInitiator : kResponder).to_string(),
             (from_initiator ? kResponder : kInitiator).to_string(), wire::to_hex(packet));
}

/// An IKE_AUTH message (RFC 7296 §3.1) whose one payload is SK with a notification.
Buffer ike_auth(const IkeSuite& suite, const IkeSpis& spis, const DirectionKeys& keys,
                bool from_initiator, RandomOctets& random) {
  constexpr std::uint8_t kSk = 46, kNotify = 41, kVersion = 0x20, kExchange = 35;
  constexpr std::uint16_t kMobikeSupported = 16396;
  Buffer plaintext{0, 0, 0, 8, 0, 0};
  append(plaintext, kMobikeSupported);
  append_sk_padding(plaintext, suite.encryption);
  const auto sealed = sealed_size(suite.encryption, suite.integrity, plaintext.size());

  Buffer message;
  append(message, spis.initiator);
  append(message, spis.responder);
  for (auto octet : {kSk, kVersion, kExchange}) message.push_back(octet);
  message.push_back(from_initiator ? 0x08 : 0x20);
  append(message, std::uint32_t{1});
  append(message, static_cast<std::uint32_t>(28 + 4 + sealed));
  message.push_back(kNotify);
  message.push_back(0);
  append(message, static_cast<std::uint16_t>(4 + sealed));
  Sealer(suite.encryption, suite.integrity, keys)
      .seal(message, plaintext, random.take(algorithm(suite.encryption).iv_size));
  return message;
}

/// Tunnel mode: an IPv4 packet with an echo request.
Buffer esp(const IkeSuite& suite, std::uint32_t spi, const DirectionKeys& keys,
           RandomOctets& random) {
  constexpr std::uint8_t kIpIp = 4;
  auto plaintext = *wire::from_hex("4500001c000000004001f9e00a0000010a0000020800f7fd00010001");
  append_esp_trailer(plaintext, suite.encryption, kIpIp);
  Buffer packet;
  append(packet, spi);
  append(packet, std::uint32_t{1});
  Sealer(suite.encryption, suite.integrity, keys)
      .seal(packet, plaintext, random.take(algorithm(suite.encryption).iv_size));
  return packet;
}

void exchange(const IkeSuite& suite, Group group, RandomOctets& random, KeyLog& log) {
  const KeyExchange initiator(group, random);
  const KeyExchange responder(group, random);
  const auto ni = random.take(32);
  const auto nr = random.take(32);
  const Nonces nonces{ni, nr};
  const auto count = static_cast<std::uint32_t>(log.ike_sas.size() + 1);
  const IkeSpis spis{0x1111111100000000U + count, 0x2222222200000000U + count};
  const auto seed =
      skeyseed(suite.prf, nonces, initiator.shared_secret(responder.public_value()).value());
  const auto ike = ike_keys(suite, seed, nonces, spis);
  const auto child = child_keys(suite.prf, ike.d, suite.encryption, suite.integrity, nonces);
  log.ike_sas.push_back({spis, suite.encryption, suite.integrity, suite.prf, ike});
  const std::uint32_t to_responder = 0xC0000000 + count;
  const std::uint32_t to_initiator = 0xD0000000 + count;
  log.child_sas.push_back({to_responder, kInitiator, kResponder, suite.encryption, suite.integrity,
                           child.from_initiator});
  // As after a move: from wherever.
  log.child_sas.push_back({to_initiator, std::nullopt, kInitiator, suite.encryption,
                           suite.integrity, child.from_responder});

  print("ike", true, ike_auth(suite, spis, {ike.ei, ike.ai}, true, random));
  print("ike", false, ike_auth(suite, spis, {ike.er, ike.ar}, false, random));
  print("esp", true, esp(suite, to_responder, child.from_initiator, random));
  print("esp", false, esp(suite, to_initiator, child.from_responder, random));
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

void write_tables(const std::string& directory, const KeyLog& keys) {
  // What is written is what was read, so that a witness to the tables is one to the log.
  const auto log = read_key_log(to_text(keys), "log");
  write(directory + "/ikev2_decryption_table", ikev2_decryption_table(log));
  write(directory + "/esp_sa", esp_sa(log));
}

void convert(const std::string& directory, const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  write_tables(directory, read_charon_log(text, path));
}

void run(const std::string& directory) {
  RandomOctets random([word = 7U]() mutable { return word = word * 1664525 + 1013904223; });
  KeyLog log;
  for (auto prf : {Prf::hmac_sha1, Prf::hmac_sha2_256})
    for (auto encryption : {Encryption::aes_cbc_128, Encryption::aes_cbc_256,
                            Encryption::aes_gcm_16_128, Encryption::aes_gcm_16_256})
      for (auto integrity :
           {Integrity::none, Integrity::hmac_sha1_96, Integrity::hmac_sha2_256_128})
        if (!mismatch(encryption, integrity))
          exchange({encryption, integrity, prf}, Group::curve25519, random, log);
  exchange({}, Group::ecp_256, random, log);
  exchange({}, Group::modp_2048, random, log);

  write_tables(directory, log);
}

}  // namespace
}  // namespace mipvet::crypto

int main(int count, char** arguments) {
  if (count != 2 && count != 3) {
    std::cerr << "usage: tshark_sample DIRECTORY [CHARON_LOG]\n";
    return 2;
  }
  try {
    if (count == 3)
      mipvet::crypto::convert(arguments[1], arguments[2]);
    else
      mipvet::crypto::run(arguments[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
