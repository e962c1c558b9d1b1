#include "engine/crypto/sealed.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include <botan/aead.h>
#include <botan/cipher_mode.h>
#include <botan/exceptn.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>
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
    : encryption_(algorithm(encryption)), icv_size_(icv_size(encryption, integrity)) {
  check(encryption, integrity, keys);
  cipher_ = make_cbc(encryption, keys.encryption, Botan::DECRYPTION);
  aead_ = make_aead(encryption, keys.encryption, Botan::DECRYPTION);
  mac_ = make_mac(integrity, keys.integrity);
  nonce_ = make_nonce(encryption, keys.encryption);
  if (aead_) scratch_.reserve(aead_->update_granularity() + icv_size_);
}

Opener::Opener(Opener&&) noexcept = default;
Opener& Opener::operator=(Opener&&) noexcept = default;
Opener::~Opener() = default;

bool Opener::authentic(Bytes covered, Bytes icv) {
  std::array<std::uint8_t, kMaxMacSize> computed;
  mac_->update(covered.data(), covered.size());
  mac_->final(computed.data());
  return Botan::constant_time_compare(computed.data(), icv.data(), icv.size());
}

bool Opener::open_aead(Bytes associated, MutableBytes text, Bytes icv) {
  aead_->set_associated_data(associated.data(), associated.size());
  aead_->start(nonce_.data(), nonce_.size());
  // Botan wants the end and the tag in a vector of its own kind.
  const auto whole = text.first(text.size() - text.size() % aead_->update_granularity());
  const auto rest = text.subspan(whole.size());
  aead_->process(whole.data(), whole.size());
  scratch_.assign(rest.begin(), rest.end());
  scratch_.insert(scratch_.end(), icv.begin(), icv.end());
  try {
    aead_->finish(scratch_);
  } catch (const Botan::Invalid_Authentication_Tag&) {
    return false;
  }
  std::copy(scratch_.begin(), scratch_.end(), rest.begin());
  return true;
}

Opened Opener::open(Bytes packet, std::size_t associated_size, MutableBytes out) {
  const std::size_t iv_size = encryption_.iv_size;
  if (associated_size > packet.size() || packet.size() - associated_size <= iv_size + icv_size_)
    return {Opening::too_short, {}};
  const auto icv = packet.last(icv_size_);
  const auto iv = packet.subspan(associated_size, iv_size);
  const auto ciphertext = packet.subspan(associated_size + iv_size)
                              .first(packet.size() - associated_size - iv_size - icv_size_);
  if (ciphertext.size() % encryption_.block_size != 0) return {Opening::not_whole_blocks, {}};
  if (out.size() < ciphertext.size())
    throw std::invalid_argument(fmt::format("room for {} octets of plaintext: {} would be right",
                                            out.size(), ciphertext.size()));
  const auto text = out.first(ciphertext.size());

  if (mac_ && !authentic(packet.first(packet.size() - icv_size_), icv))
    return {Opening::wrong_icv, {}};
  if (text.data() != ciphertext.data())
    std::memcpy(text.data(), ciphertext.data(), ciphertext.size());
  if (cipher_) {
    cipher_->start(iv.data(), iv.size());
    cipher_->process(text.data(), text.size());
    return {Opening::opened, text};
  }
  std::copy(iv.begin(), iv.end(), nonce_.end() - static_cast<std::ptrdiff_t>(iv.size()));
  if (!open_aead(packet.first(associated_size), text, icv)) return {Opening::wrong_icv, {}};
  return {Opening::opened, text};
}

Opened Opener::open_in_place(MutableBytes packet, std::size_t associated_size) {
  const auto before = std::min(packet.size(), associated_size);
  const auto iv_size = std::min(packet.size() - before, encryption_.iv_size);
  return open(packet, associated_size, packet.subspan(before + iv_size));
}

Sealer::Sealer(Encryption encryption, Integrity integrity, const DirectionKeys& keys)
    : encryption_(algorithm(encryption)), icv_size_(icv_size(encryption, integrity)) {
  check(encryption, integrity, keys);
  cipher_ = make_cbc(encryption, keys.encryption, Botan::ENCRYPTION);
  aead_ = make_aead(encryption, keys.encryption, Botan::ENCRYPTION);
  mac_ = make_mac(integrity, keys.integrity);
  nonce_ = make_nonce(encryption, keys.encryption);
}

Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

void Sealer::seal(Buffer& packet, Bytes plaintext, Bytes iv) {
  if (iv.size() != encryption_.iv_size)
    throw std::invalid_argument(fmt::format("an IV of {} octets for {}: {} would be right",
                                            iv.size(), encryption_.name, encryption_.iv_size));
  if (plaintext.empty() || plaintext.size() % encryption_.block_size != 0)
    throw std::invalid_argument(
        fmt::format("{} octets of plaintext for {}: {}, or a multiple, "
                    "would be right",
                    plaintext.size(), encryption_.name, encryption_.block_size));
  scratch_.assign(plaintext.begin(), plaintext.end());
  if (cipher_) {
    cipher_->start(iv.data(), iv.size());
    cipher_->process(scratch_.data(), scratch_.size());
  } else {
    std::copy(iv.begin(), iv.end(), nonce_.end() - static_cast<std::ptrdiff_t>(iv.size()));
    aead_->set_associated_data(packet.data(), packet.size());
    aead_->start(nonce_.data(), nonce_.size());
    aead_->finish(scratch_);  // the tag, too
  }
  packet.insert(packet.end(), iv.begin(), iv.end());
  packet.insert(packet.end(), scratch_.begin(), scratch_.end());
  if (!mac_) return;
  std::array<std::uint8_t, kMaxMacSize> icv;
  mac_->update(packet.data(), packet.size());
  mac_->final(icv.data());
  packet.insert(packet.end(), icv.begin(), icv.begin() + static_cast<std::ptrdiff_t>(icv_size_));
}

}  // namespace mipvet::crypto
