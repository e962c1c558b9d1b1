/// capture_floor CAPTURE: what every reader of registrations pays at least. Prints frames per
/// second of libpcap reading alone, and of libpcap plus one HMAC-MD5 (Botan) over each registration
/// message up to its authenticator, which is compared. One line of JSON.
#include <array>
#include <cstring>
#include <iostream>
#include <memory>

#include <botan/mac.h>
#include <fmt/format.h>

#include "engine/bench/capture_pass.h"

namespace {

constexpr std::size_t kMessage = 14 + 20 + 8;  // Ethernet, IPv4 without options, UDP

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw std::invalid_argument("right: capture_floor CAPTURE");
  std::uint64_t frames = 0;
  std::uint64_t sum = 0;
  const double alone = mipvet::bench::rate(
      argv[1], frames, [&](const u_char* octets, std::size_t size) { sum += octets[size - 1]; });
  const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(MD5)");
  std::array<std::uint8_t, 16> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  mac->set_key(key.data(), key.size());
  std::uint64_t valid = 0;
  const double with_hmac =
      mipvet::bench::rate(argv[1], frames, [&](const u_char* octets, std::size_t size) {
        if (size < kMessage + 16) return;
        std::array<std::uint8_t, 16> computed;
        mac->update(octets + kMessage, size - kMessage - 16);
        mac->final(computed.data());
        valid += std::memcmp(computed.data(), octets + size - 16, 16) == 0 ? 1 : 0;
      });
  std::cout << fmt::format(
      "{{\"frames\": {}, \"valid\": {}, \"sum\": {}, \"libpcap\": {:.0f}, \"floor\": {:.0f}}}\n",
      frames, valid, sum, alone, with_hmac);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "capture_floor: " << error.what() << "\n";
  return 2;
}
