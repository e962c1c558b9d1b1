#include "engine/crypto/wireshark_tables.h"

#include <array>

#include <fmt/format.h>

#include "engine/crypto/key_fields.h"
#include "engine/wire/hex.h"

namespace mipvet::crypto {
namespace {

constexpr std::string_view kIkeForm = "SPIi,SPIr,SK_ei,SK_er,encryption,SK_ai,SK_ar,integrity (8)";
constexpr std::string_view kEspForm =
    "protocol,source,destination,SPI,encryption,key,authentication,key (8, or 10 with ESN)";

// In the order of the enumerations.
constexpr std::array<std::string_view, 4> kIkeEncryptions{
    "AES-CBC-128 [RFC3602]", "AES-CBC-256 [RFC3602]", "AES-GCM-128 with 16 octet ICV [RFC5282]",
    "AES-GCM-256 with 16 octet ICV [RFC5282]"};
constexpr std::array<std::string_view, 3> kIkeIntegrities{
    "NONE [RFC4306]", "HMAC_SHA1_96 [RFC2404]", "HMAC_SHA2_256_128 [RFC4868]"};
constexpr std::array<std::string_view, 3> kEspAuthentications{"NULL", "HMAC-SHA-1-96 [RFC2404]",
                                                              "HMAC-SHA-256-128 [RFC4868]"};

// The esp_sa table leaves the key length to the key.
constexpr std::array<std::string_view, 3> kEspEncryptions{
    "AES-CBC [RFC3602]", "AES-GCM with 16 octet ICV [RFC4106]",
    "AES-GCM [RFC4106]"};  // the last one is read only: an older name of the one before

std::string_view esp_name(Encryption encryption) {
  return kEspEncryptions[algorithm(encryption).is_aead() ? 1 : 0];
}

/// By place in a table of names.
template <auto& Names, typename Kind>
std::optional<Kind> from_name(std::string_view name) {
  for (std::size_t i = 0; i < Names.size(); ++i)
    if (Names[i] == name) return static_cast<Kind>(i);
  return std::nullopt;
}

/// Comma-separated, each field bare or in quotation marks.
std::vector<std::string_view> cells_of(const LinePlace& place, std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    std::size_t end;
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      end = line.find('"');
      if (end == std::string_view::npos)
        fail(place, "a quotation mark that is not closed: one before the comma would be right");
      cells.push_back(line.substr(0, end));
      line.remove_prefix(end + 1);
      if (!line.empty() && line.front() != ',')
        fail(place, "text after a closing quotation mark: a comma would be right");
      end = 0;
    } else {
      end = line.find(',');
      cells.push_back(line.substr(0, end));
    }
    if (end == std::string_view::npos || line.empty()) return cells;
    line.remove_prefix(end + 1);
  }
}

std::string address_text(const std::optional<wire::Ipv4Address>& address) {
  return address ? address->to_string() : "*";
}

std::string key_text(const wire::Buffer& key) {
  return key.empty() ? "" : "0x" + wire::to_hex(key);
}

Encryption encryption_of_key(KeyFields& fields, bool gcm, std::string_view key) {
  const auto octets = (key.starts_with("0x") ? key.size() - 2 : key.size()) / 2;
  for (auto encryption : {Encryption::aes_cbc_128, Encryption::aes_cbc_256,
                          Encryption::aes_gcm_16_128, Encryption::aes_gcm_16_256})
    if (algorithm(encryption).is_aead() == gcm && algorithm(encryption).key_size == octets)
      return encryption;
  fields.fail(fmt::format("the encryption key has {} octets: {} would be right", octets,
                          gcm ? "20 or 36 (4 of them salt)" : "16 or 32"));
}

}  // namespace

std::string ikev2_decryption_table(const KeyLog& log) {
  std::string text;
  for (const auto& sa : log.ike_sas)
    text += fmt::format("{:016x},{:016x},{},{},\"{}\",{},{},\"{}\"\n", sa.spis.initiator,
                        sa.spis.responder, wire::to_hex(sa.keys.ei), wire::to_hex(sa.keys.er),
                        kIkeEncryptions[static_cast<std::size_t>(sa.encryption)],
                        wire::to_hex(sa.keys.ai), wire::to_hex(sa.keys.ar),
                        kIkeIntegrities[static_cast<std::size_t>(sa.integrity)]);
  return text;
}

std::string esp_sa(const KeyLog& log) {
  std::string text;
  for (const auto& sa : log.child_sas)
    text += fmt::format(R"("IPv4","{}","{}","0x{:08x}","{}","{}","{}","{}")"
                        "\n",
                        address_text(sa.source), address_text(sa.destination), sa.spi,
                        esp_name(sa.encryption), key_text(sa.keys.encryption),
                        kEspAuthentications[static_cast<std::size_t>(sa.integrity)],
                        key_text(sa.keys.integrity));
  return text;
}

KeyLog read_ikev2_decryption_table(std::string_view text, std::string_view file) {
  KeyLog log;
  for (const auto& [place, line] : lines_of(text, file)) {
    const auto cells = cells_of(place, line);
    KeyFields fields(place, cells);
    fields.expect(8, 8, kIkeForm);
    // The names first, as the lengths of the keys are theirs.
    KeyFields names(place, {cells[4], cells[7]});
    IkeSaKeys sa;
    sa.encryption =
        names.name("encryption", kIkeEncryptions, from_name<kIkeEncryptions, Encryption>);
    sa.integrity = names.name("integrity", kIkeIntegrities, from_name<kIkeIntegrities, Integrity>);
    fields.check(sa.encryption, sa.integrity);
    sa.spis.initiator = fields.spi("SPIi", 16);
    sa.spis.responder = fields.spi("SPIr", 16);
    sa.keys.ei = fields.key("SK_ei", algorithm(sa.encryption).key_size);
    sa.keys.er = fields.key("SK_er", algorithm(sa.encryption).key_size);
    fields.text();
    sa.keys.ai = fields.key("SK_ai", algorithm(sa.integrity).key_size);
    sa.keys.ar = fields.key("SK_ar", algorithm(sa.integrity).key_size);
    log.ike_sas.push_back(std::move(sa));
  }
  return log;
}

KeyLog read_esp_sa(std::string_view text, std::string_view file) {
  KeyLog log;
  for (const auto& [place, line] : lines_of(text, file)) {
    const auto cells = cells_of(place, line);
    KeyFields fields(place, cells);
    fields.expect(8, 10, kEspForm);
    if (fields.text() != "IPv4") fields.fail("the protocol: IPv4 would be right");
    if (cells.size() > 8 && cells[8] != "32-bit")
      fields.fail("extended sequence numbers: 32-bit would be right");
    ChildSaKeys sa;
    sa.source = fields.address("source");
    sa.destination = fields.address("destination");
    sa.spi = static_cast<std::uint32_t>(fields.spi("SPI", 8, true));
    const auto place_in_table =
        fields.name("encryption", kEspEncryptions, from_name<kEspEncryptions, std::size_t>);
    sa.encryption = encryption_of_key(fields, place_in_table != 0, cells[5]);
    sa.keys.encryption = fields.key("the encryption key", algorithm(sa.encryption).key_size);
    sa.integrity = fields.name("authentication", kEspAuthentications,
                               from_name<kEspAuthentications, Integrity>);
    fields.check(sa.encryption, sa.integrity);
    sa.keys.integrity = fields.key("the integrity key", algorithm(sa.integrity).key_size);
    log.child_sas.push_back(std::move(sa));
  }
  return log;
}

}  // namespace mipvet::crypto
