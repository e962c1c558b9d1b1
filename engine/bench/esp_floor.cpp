/// esp_floor CAPTURE KEYS: what every reader of ESP in the form AES-CBC with an HMAC pays at least.
/// Prints ESP packets per second of libpcap plus Botan alone: the HMAC over each packet, compared
/// with its ICV, then the decryption. One line of JSON.
#include <array>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <botan/cipher_mode.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>
#include <fmt/format.h>

#include "engine/bench/capture_pass.h"
#include "engine/crypto/key_file.h"

namespace {

using namespace mipvet;

constexpr std::size_t kEthernet = 14;
constexpr std::size_t kEsp = kEthernet + 20;  // IPv4 without options
constexpr std::size_t kEspHeader = 8;
constexpr std::uint8_t kProtocolEsp = 50;

/// What opens the packets of one SPI.
struct Sa {
  std::unique_ptr<Botan::Cipher_Mode> cipher;
  std::unique_ptr<Botan::MessageAuthenticationCode> mac;
  std::size_t iv_size;
  std::size_t icv_size;

  explicit Sa(const crypto::ChildSaKeys& keys)
      : cipher(Botan::Cipher_Mode::create_or_throw(
            std::string(crypto::algorithm(keys.encryption).library), Botan::DECRYPTION)),
        mac(Botan::MessageAuthenticationCode::create_or_throw(
            std::string(crypto::algorithm(keys.integrity).library))),
        iv_size(crypto::algorithm(keys.encryption).iv_size),
        icv_size(crypto::algorithm(keys.integrity).icv_size) {
    cipher->set_key(keys.keys.encryption);
    mac->set_key(keys.keys.integrity);
  }

  bool open(const std::uint8_t* packet, std::size_t size, std::vector<std::uint8_t>& room) {
    if (size < kEspHeader + iv_size + icv_size) return false;
    std::array<std::uint8_t, 64> icv;
    mac->update(packet, size - icv_size);
    mac->final(icv.data());
    if (!Botan::constant_time_compare(icv.data(), packet + size - icv_size, icv_size)) return false;
    const std::size_t text = size - kEspHeader - iv_size - icv_size;
    room.assign(packet + kEspHeader + iv_size, packet + kEspHeader + iv_size + text);
    cipher->start(packet + kEspHeader, iv_size);
    cipher->process(room.data(), text);
    return true;
  }
};

std::uint32_t number(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         at[3];
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw std::invalid_argument("right: esp_floor CAPTURE KEYS");
  std::map<std::uint32_t, Sa> sas;
  for (const auto& keys : crypto::load_keys(argv[2]).child_sas) sas.try_emplace(keys.spi, keys);
  std::uint64_t frames = 0;
  std::uint64_t opened = 0;
  std::vector<std::uint8_t> room;
  const double floor = bench::rate(argv[1], frames, [&](const u_char* octets, std::size_t size) {
    if (size < kEsp + kEspHeader || octets[kEthernet + 9] != kProtocolEsp) return;
    const auto sa = sas.find(number(octets + kEsp));
    if (sa != sas.end() && sa->second.open(octets + kEsp, size - kEsp, room)) ++opened;
  });
  std::cout << fmt::format("{{\"frames\": {}, \"opened\": {}, \"floor\": {:.0f}}}\n", frames,
                           opened, floor);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "esp_floor: " << error.what() << "\n";
  return 2;
}
