#include "engine/crypto/ike_algorithms.h"

#include <array>

namespace mipvet::crypto {
namespace {

// Each in the order of its enumeration.

constexpr std::array<EncryptionAlgorithm, 4> kEncryptions{{
    {"ENCR_AES_CBC_128", 12, 128, 16, 0, 16, 16, 0, "AES-128/CBC/NoPadding"},
    {"ENCR_AES_CBC_256", 12, 256, 32, 0, 16, 16, 0, "AES-256/CBC/NoPadding"},
    {"ENCR_AES_GCM_16_128", 20, 128, 20, 4, 8, 1, 16, "AES-128/GCM(16)"},
    {"ENCR_AES_GCM_16_256", 20, 256, 36, 4, 8, 1, 16, "AES-256/GCM(16)"},
}};

constexpr std::array<IntegrityAlgorithm, 3> kIntegrities{{
    {"NONE", 0, 0, 0, ""},
    {"AUTH_HMAC_SHA1_96", 2, 20, 12, "HMAC(SHA-1)"},
    {"AUTH_HMAC_SHA2_256_128", 12, 32, 16, "HMAC(SHA-256)"},
}};

constexpr std::array<PrfAlgorithm, 2> kPrfs{{
    {"PRF_HMAC_SHA1", 2, 20, "HMAC(SHA-1)", "SHA-1"},
    {"PRF_HMAC_SHA2_256", 5, 32, "HMAC(SHA-256)", "SHA-256"},
}};

constexpr std::array<GroupAlgorithm, 3> kGroups{{
    {"2048-bit MODP Group", 14, 256, 256},
    {"256-bit random ECP group", 19, 64, 32},
    {"Curve25519", 31, 32, 32},
}};

template <typename Table>
constexpr auto names_of(const Table& table) {
  std::array<std::string_view, std::tuple_size_v<Table>> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = table[i].name;
  return names;
}
constexpr auto kEncryptionNames = names_of(kEncryptions);
constexpr auto kIntegrityNames = names_of(kIntegrities);
constexpr auto kPrfNames = names_of(kPrfs);
constexpr auto kGroupNames = names_of(kGroups);

template <typename Kind, typename Table, typename Matches>
std::optional<Kind> find(const Table& table, Matches matches) {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (matches(table[i])) return static_cast<Kind>(i);
  return std::nullopt;
}

template <typename Kind, typename Table>
std::optional<Kind> with_id(const Table& table, std::uint16_t transform_id) {
  return find<Kind>(table, [=](const auto& row) { return row.transform_id == transform_id; });
}

template <typename Kind, typename Table>
std::optional<Kind> with_name(const Table& table, std::string_view name) {
  return find<Kind>(table, [=](const auto& row) { return row.name == name; });
}

}  // namespace

const EncryptionAlgorithm& algorithm(Encryption encryption) {
  return kEncryptions[static_cast<std::size_t>(encryption)];
}
const IntegrityAlgorithm& algorithm(Integrity integrity) {
  return kIntegrities[static_cast<std::size_t>(integrity)];
}
const PrfAlgorithm& algorithm(Prf prf) {
  return kPrfs[static_cast<std::size_t>(prf)];
}
const GroupAlgorithm& algorithm(Group group) {
  return kGroups[static_cast<std::size_t>(group)];
}

std::optional<Encryption> encryption_of(std::uint16_t transform_id,
                                        std::optional<std::uint16_t> key_bits) {
  return find<Encryption>(kEncryptions, [=](const auto& row) {
    return row.transform_id == transform_id && row.key_bits == key_bits;
  });
}
std::optional<Integrity> integrity_of(std::uint16_t transform_id) {
  return with_id<Integrity>(kIntegrities, transform_id);
}
std::optional<Prf> prf_of(std::uint16_t transform_id) {
  return with_id<Prf>(kPrfs, transform_id);
}
std::optional<Group> group_of(std::uint16_t transform_id) {
  return with_id<Group>(kGroups, transform_id);
}

std::optional<Encryption> encryption_from_name(std::string_view name) {
  return with_name<Encryption>(kEncryptions, name);
}
std::optional<Integrity> integrity_from_name(std::string_view name) {
  return with_name<Integrity>(kIntegrities, name);
}
std::optional<Prf> prf_from_name(std::string_view name) {
  return with_name<Prf>(kPrfs, name);
}
std::optional<Group> group_from_name(std::string_view name) {
  return with_name<Group>(kGroups, name);
}

std::span<const std::string_view> encryption_names() {
  return kEncryptionNames;
}
std::span<const std::string_view> integrity_names() {
  return kIntegrityNames;
}
std::span<const std::string_view> prf_names() {
  return kPrfNames;
}
std::span<const std::string_view> group_names() {
  return kGroupNames;
}

std::size_t icv_size(Encryption encryption, Integrity integrity) {
  return algorithm(encryption).icv_size + algorithm(integrity).icv_size;
}

std::optional<std::string_view> mismatch(Encryption encryption, Integrity integrity) {
  const bool separate = integrity != Integrity::none;
  if (algorithm(encryption).is_aead() && separate)
    return "an AEAD algorithm has no integrity algorithm beside it: NONE would be right";
  if (!algorithm(encryption).is_aead() && !separate)
    return "an encryption without integrity algorithm: AUTH_HMAC_SHA2_256_128 would be right";
  return std::nullopt;
}

}  // namespace mipvet::crypto
