#include "engine/crypto/sealed.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include <botan/aead.h>
#include <botan/cipher_mode.h>
#include <botan/exceptn.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>
#include <botan/secmem.h>
#include <fmt/format.h>

namespace mipvet::crypto {
namespace {

using wire::Buffer;
using wire::Bytes;
using wire::MutableBytes;

/// Of the HMACs here.
constexpr std::size_t kMaxMacSize = 32;

void check(Encryption encryption, Integrity integrity, const DirectionKeys& keys) {
  if (const auto reason = mismatch(encryption, integrity))
    throw std::invalid_argument(std::string(*reason));
  const auto check_size = [](std::string_view name, std::size_t right, std::size_t given) {
    if (given != right)
      throw std::invalid_argument(
          fmt::format("a key of {} octets for {}: {} would be right", given, name, right));
  };
  check_size(to_string(encryption), algorithm(encryption).key_size, keys.encryption.size());
  check_size(to_string(integrity), algorithm(integrity).key_size, keys.integrity.size());
}

std::unique_ptr<Botan::Cipher_Mode> make_cbc(Encryption encryption, Bytes key,
                                             Botan::Cipher_Dir direction) {
  const auto& row = algorithm(encryption);
  if (row.is_aead()) return nullptr;
  auto cipher = Botan::Cipher_Mode::create_or_throw(std::string(row.library), direction);
  cipher->set_key(key.data(), key.size());
  return cipher;
}

std::unique_ptr<Botan::AEAD_Mode> make_aead(Encryption encryption, Bytes key,
                                            Botan::Cipher_Dir direction) {
  const auto& row = algorithm(encryption);
  if (!row.is_aead()) return nullptr;
  auto aead = Botan::AEAD_Mode::create_or_throw(std::string(row.library), direction);
  aead->set_key(key.data(), key.size() - row.salt_size);
  return aead;
}

std::unique_ptr<Botan::MessageAuthenticationCode> make_mac(Integrity integrity, Bytes key) {
  if (integrity == Integrity::none) return nullptr;
  auto mac =
      Botan::MessageAuthenticationCode::create_or_throw(std::string(algorithm(integrity).library));
  mac->set_key(key.data(), key.size());
  return mac;
}

/// A nonce that begins with the salt.
std::array<std::uint8_t, 12> make_nonce(Encryption encryption, Bytes key) {
  std::array<std::uint8_t, 12> nonce{};
  const auto salt = key.last(algorithm(encryption).salt_size);
  std::copy(salt.begin(), salt.end(), nonce.begin());
  return nonce;
}

}  // namespace

struct KeyedSuite {
  EncryptionAlgorithm encryption;
  std::size_t icv_size;
  std::unique_ptr<Botan::Cipher_Mode> cbc;
  std::unique_ptr<Botan::MessageAuthenticationCode> mac;
  std::unique_ptr<Botan::AEAD_Mode> aead;
  std::array<std::uint8_t, 12> nonce;            // AEAD: salt and IV
  Botan::secure_vector<std::uint8_t> text = {};  // Botan wants its own kind of vector for a tag

  KeyedSuite(Encryption encryption_id, Integrity integrity, const DirectionKeys& keys,
             Botan::Cipher_Dir direction)
      : encryption(algorithm(encryption_id)), icv_size(crypto::icv_size(encryption_id, integrity)) {
    check(encryption_id, integrity, keys);
    cbc = make_cbc(encryption_id, keys.encryption, direction);
    aead = make_aead(encryption_id, keys.encryption, direction);
    mac = make_mac(integrity, keys.integrity);
    nonce = make_nonce(encryption_id, keys.encryption);
  }

  /// Octets of the MAC of which the first `icv_size` are the ICV.
  std::array<std::uint8_t, kMaxMacSize> compute_icv(Bytes covered) {
    std::array<std::uint8_t, kMaxMacSize> computed;
    mac->update(covered.data(), covered.size());
    mac->final(computed.data());
    return computed;
  }

  void start_aead(Bytes associated, Bytes iv) {
    std::copy(iv.begin(), iv.end(), nonce.end() - static_cast<std::ptrdiff_t>(iv.size()));
    aead->set_associated_data(associated.data(), associated.size());
    aead->start(nonce.data(), nonce.size());
  }
};

std::size_t sealed_size(Encryption encryption, Integrity integrity, std::size_t plaintext_size) {
  return algorithm(encryption).iv_size + plaintext_size + icv_size(encryption, integrity);
}

std::string_view to_string(Opening opening) {
  switch (opening) {
    case Opening::opened:
      return "opened";
    case Opening::too_short:
      return "too short";
    case Opening::not_whole_blocks:
      return "not whole blocks";
    case Opening::wrong_icv:
      return "wrong ICV";
  }
  return "?";
}

Opener::Opener(Encryption encryption, Integrity integrity, const DirectionKeys& keys)
    : suite_(std::make_unique<KeyedSuite>(encryption, integrity, keys, Botan::DECRYPTION)) {}

Opener::Opener(Opener&&) noexcept = default;
Opener& Opener::operator=(Opener&&) noexcept = default;
Opener::~Opener() = default;

Opened Opener::open(MutableBytes packet, std::size_t associated_size) {
  KeyedSuite& suite = *suite_;
  const std::size_t iv_size = suite.encryption.iv_size;
  if (associated_size > packet.size() ||
      packet.size() - associated_size <= iv_size + suite.icv_size)
    return {Opening::too_short, {}};
  const auto covered = packet.first(packet.size() - suite.icv_size);
  const auto icv = packet.last(suite.icv_size);
  const auto iv = packet.subspan(associated_size, iv_size);
  const auto text = covered.subspan(associated_size + iv_size);
  if (text.size() % suite.encryption.block_size != 0) return {Opening::not_whole_blocks, {}};

  if (suite.cbc) {
    const auto computed = suite.compute_icv(covered);
    if (!Botan::constant_time_compare(computed.data(), icv.data(), icv.size()))
      return {Opening::wrong_icv, {}};
    suite.cbc->start(iv.data(), iv.size());
    suite.cbc->process(text.data(), text.size());
    return {Opening::opened, text};
  }
  suite.start_aead(packet.first(associated_size), iv);
  suite.text.assign(text.begin(), packet.end());
  try {
    suite.aead->finish(suite.text);
  } catch (const Botan::Invalid_Authentication_Tag&) {
    return {Opening::wrong_icv, {}};
  }
  std::copy(suite.text.begin(), suite.text.end(), text.begin());
  return {Opening::opened, text};
}

Sealer::Sealer(Encryption encryption, Integrity integrity, const DirectionKeys& keys)
    : suite_(std::make_unique<KeyedSuite>(encryption, integrity, keys, Botan::ENCRYPTION)) {}

Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

void Sealer::seal(Buffer& packet, Bytes plaintext, Bytes iv) {
  KeyedSuite& suite = *suite_;
  const EncryptionAlgorithm& encryption = suite.encryption;
  if (iv.size() != encryption.iv_size)
    throw std::invalid_argument(fmt::format("an IV of {} octets for {}: {} would be right",
                                            iv.size(), encryption.name, encryption.iv_size));
  if (plaintext.empty() || plaintext.size() % encryption.block_size != 0)
    throw std::invalid_argument(
        fmt::format("{} octets of plaintext for {}: {}, or a multiple, "
                    "would be right",
                    plaintext.size(), encryption.name, encryption.block_size));
  suite.text.assign(plaintext.begin(), plaintext.end());
  if (suite.cbc) {
    suite.cbc->start(iv.data(), iv.size());
    suite.cbc->process(suite.text.data(), suite.text.size());
  } else {
    suite.start_aead(packet, iv);
    suite.aead->finish(suite.text);  // the tag, too
  }
  packet.insert(packet.end(), iv.begin(), iv.end());
  packet.insert(packet.end(), suite.text.begin(), suite.text.end());
  if (suite.aead) return;
  const auto icv = suite.compute_icv(packet);
  packet.insert(packet.end(), icv.begin(),
                icv.begin() + static_cast<std::ptrdiff_t>(suite.icv_size));
}

}  // namespace mipvet::crypto
