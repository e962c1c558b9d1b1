#include "engine/crypto/key_log.h"

#include <array>

#include <fmt/format.h>

#include "engine/crypto/key_fields.h"
#include "engine/wire/hex.h"

namespace mipvet::crypto {
namespace {

constexpr std::string_view kIkeForm =
    "IKE_SA SPIi SPIr ENCR INTEG PRF SK_d SK_ai SK_ar SK_ei SK_er SK_pi SK_pr";
constexpr std::string_view kChildForm =
    "CHILD_SA SPI source destination ENCR INTEG encryption-key integrity-key";

std::string key_text(wire::Bytes key) {
  return key.empty() ? "-" : wire::to_hex(key);
}

std::string address_text(const std::optional<wire::Ipv4Address>& address) {
  return address ? address->to_string() : "*";
}

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto end = line.find_first_of(kBlanks);
    if (end != 0) words.push_back(line.substr(0, end));
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  return words;
}

IkeSaKeys read_ike_sa(KeyFields& fields) {
  fields.expect(13, 13, kIkeForm);
  fields.text();
  IkeSaKeys sa;
  sa.spis.initiator = fields.spi("SPIi", 16);
  sa.spis.responder = fields.spi("SPIr", 16);
  sa.encryption = fields.name("encryption", encryption_names(), encryption_from_name);
  sa.integrity = fields.name("integrity", integrity_names(), integrity_from_name);
  fields.check(sa.encryption, sa.integrity);
  // "-" is no PRF: the one name that a table of them does not have.
  constexpr auto prf_or_none = [](std::string_view name) -> std::optional<std::optional<Prf>> {
    if (name == "-") return std::optional<Prf>();
    const auto prf = prf_from_name(name);
    return prf ? std::optional(prf) : std::nullopt;
  };
  sa.prf = fields.name<std::optional<Prf>>("PRF", prf_names(), prf_or_none);
  const auto prf_size = sa.prf ? algorithm(*sa.prf).size : 0;
  sa.keys.d = fields.key("SK_d", prf_size);
  sa.keys.ai = fields.key("SK_ai", algorithm(sa.integrity).key_size);
  sa.keys.ar = fields.key("SK_ar", algorithm(sa.integrity).key_size);
  sa.keys.ei = fields.key("SK_ei", algorithm(sa.encryption).key_size);
  sa.keys.er = fields.key("SK_er", algorithm(sa.encryption).key_size);
  sa.keys.pi = fields.key("SK_pi", prf_size);
  sa.keys.pr = fields.key("SK_pr", prf_size);
  return sa;
}

ChildSaKeys read_child_sa(KeyFields& fields) {
  fields.expect(8, 8, kChildForm);
  fields.text();
  ChildSaKeys sa;
  sa.spi = static_cast<std::uint32_t>(fields.spi("SPI", 8));
  sa.source = fields.address("source");
  sa.destination = fields.address("destination");
  sa.encryption = fields.name("encryption", encryption_names(), encryption_from_name);
  sa.integrity = fields.name("integrity", integrity_names(), integrity_from_name);
  fields.check(sa.encryption, sa.integrity);
  sa.keys.encryption = fields.key("the encryption key", algorithm(sa.encryption).key_size);
  sa.keys.integrity = fields.key("the integrity key", algorithm(sa.integrity).key_size);
  return sa;
}

}  // namespace

std::string to_line(const IkeSaKeys& sa) {
  const auto& keys = sa.keys;
  auto line = fmt::format("IKE_SA {:016x} {:016x} {} {} {}", sa.spis.initiator, sa.spis.responder,
                          to_string(sa.encryption), to_string(sa.integrity),
                          sa.prf ? to_string(*sa.prf) : "-");
  for (const auto* key : {&keys.d, &keys.ai, &keys.ar, &keys.ei, &keys.er, &keys.pi, &keys.pr})
    line += ' ' + key_text(*key);
  return line + '\n';
}

std::string to_line(const ChildSaKeys& sa) {
  return fmt::format("CHILD_SA {:08x} {} {} {} {} {} {}\n", sa.spi, address_text(sa.source),
                     address_text(sa.destination), to_string(sa.encryption),
                     to_string(sa.integrity), key_text(sa.keys.encryption),
                     key_text(sa.keys.integrity));
}

std::string to_text(const KeyLog& log) {
  std::string text;
  for (const auto& sa : log.ike_sas) text += to_line(sa);
  for (const auto& sa : log.child_sas) text += to_line(sa);
  return text;
}

KeyLog read_key_log(std::string_view text, std::string_view file) {
  constexpr std::array<std::string_view, 2> kKinds{"IKE_SA", "CHILD_SA"};
  KeyLog log;
  for (const auto& [place, line] : lines_of(text, file)) {
    const auto words = words_of(line);
    KeyFields fields(place, words);
    if (words.front() == kKinds[0])
      log.ike_sas.push_back(read_ike_sa(fields));
    else if (words.front() == kKinds[1])
      log.child_sas.push_back(read_child_sa(fields));
    else
      fields.fail_unknown("kind of line", words.front(), kKinds);
  }
  return log;
}

}  // namespace mipvet::crypto
