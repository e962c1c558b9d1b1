#include "roles/ike_settings.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/wire/ike.h"

namespace mipvet::roles {
namespace {

namespace id = wire::ike::identification;
using crypto::Encryption;
using crypto::Group;
using crypto::Integrity;
using crypto::Prf;

template <typename T>
struct Word {
  std::string_view name;
  T value;
};
constexpr std::array kEncryptions{Word<Encryption>{"aes128", Encryption::aes_cbc_128},
                                  Word<Encryption>{"aes256", Encryption::aes_cbc_256},
                                  Word<Encryption>{"aes128gcm16", Encryption::aes_gcm_16_128},
                                  Word<Encryption>{"aes256gcm16", Encryption::aes_gcm_16_256}};
constexpr std::array kIntegrities{Word<Integrity>{"sha1", Integrity::hmac_sha1_96},
                                  Word<Integrity>{"sha256", Integrity::hmac_sha2_256_128}};
constexpr std::array kPrfs{Word<Prf>{"prfsha1", Prf::hmac_sha1},
                           Word<Prf>{"prfsha256", Prf::hmac_sha2_256}};
constexpr std::array kGroups{
    Word<Group>{"modp2048", Group::modp_2048}, Word<Group>{"ecp256", Group::ecp_256},
    Word<Group>{"x25519", Group::curve25519}, Word<Group>{"curve25519", Group::curve25519}};

/// Appends the value of that name, if there is one.
template <typename T, std::size_t size>
bool take(std::string_view name, const std::array<Word<T>, size>& words, std::vector<T>& to) {
  const auto found = std::ranges::find(words, name, &Word<T>::name);
  if (found == words.end()) return false;
  to.push_back(found->value);
  return true;
}

[[noreturn]] void refuse(std::string_view text, std::string_view what, std::string_view right) {
  throw std::invalid_argument(fmt::format("proposal {}: {}; right: such as {}", text, what, right));
}

struct Words {
  std::vector<Encryption> encryptions;
  std::vector<Integrity> integrities;
  std::vector<Prf> prfs;
  std::vector<Group> groups;
};

Words words_of(std::string_view text, std::string_view right) {
  Words words;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('-', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    if (!take(word, kEncryptions, words.encryptions) &&
        !take(word, kIntegrities, words.integrities) && !take(word, kPrfs, words.prfs) &&
        !take(word, kGroups, words.groups))
      refuse(text, fmt::format("`{}` is no algorithm that is known here", word), right);
    begin = end + 1;
  }
  if (words.encryptions.empty()) refuse(text, "it has no encryption", right);
  const auto aead = std::ranges::count_if(
      words.encryptions, [](Encryption one) { return crypto::algorithm(one).is_aead(); });
  if (aead != 0 && aead != std::ssize(words.encryptions))
    refuse(text, "GCM and CBC need a proposal each (RFC 7296 §3.3)", right);
  return words;
}

/// With an AEAD algorithm an integrity algorithm names at most the prf.
void check_integrity(const Words& words, std::string_view text, std::string_view right) {
  const bool aead = crypto::algorithm(words.encryptions.front()).is_aead();
  if (aead && !words.integrities.empty()) refuse(text, "GCM has no integrity algorithm", right);
  if (!aead && words.integrities.empty()) refuse(text, "it has no integrity algorithm", right);
}

}  // namespace

IkeProposal ike_proposal(std::string_view text) {
  constexpr std::string_view kRight = "aes128-sha256-modp2048 or aes128gcm16-prfsha256-ecp256";
  Words words = words_of(text, kRight);
  check_integrity(words, text, kRight);
  if (words.groups.empty()) refuse(text, "it has no group", kRight);
  if (words.prfs.empty())
    for (const Integrity one : words.integrities)
      words.prfs.push_back(one == Integrity::hmac_sha1_96 ? Prf::hmac_sha1 : Prf::hmac_sha2_256);
  if (words.prfs.empty()) refuse(text, "it has no prf", kRight);
  return {std::move(words.encryptions), std::move(words.integrities), std::move(words.prfs),
          std::move(words.groups)};
}

EspProposal esp_proposal(std::string_view text) {
  constexpr std::string_view kRight = "aes128-sha256 or aes128gcm16";
  Words words = words_of(text, kRight);
  check_integrity(words, text, kRight);
  if (!words.prfs.empty()) refuse(text, "ESP has no prf", kRight);
  return {std::move(words.encryptions), std::move(words.integrities), std::move(words.groups)};
}

IkeIdentity ike_identity(std::string_view text) {
  if (const auto address = wire::Ipv4Address::parse(text)) {
    IkeIdentity result{id::kIpv4Address, wire::Buffer(4)};
    wire::write(result.data, wire::number("address", 0, 4), address->value);
    return result;
  }
  const bool mail = text.find('@') != std::string_view::npos;
  return {mail ? id::kRfc822Address : id::kFqdn, wire::Buffer(text.begin(), text.end())};
}

std::string to_string(const IkeIdentity& identity) {
  if (identity.type == id::kIpv4Address && identity.data.size() == 4)
    return wire::Ipv4Address{
        static_cast<std::uint32_t>(wire::read(identity.data, wire::number("address", 0, 4)))}
        .to_string();
  return {identity.data.begin(), identity.data.end()};
}

}  // namespace mipvet::roles
