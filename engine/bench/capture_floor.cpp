/// capture_floor CAPTURE: what every reader of registrations pays at least. Prints frames per
/// second of libpcap reading alone, and of libpcap plus one HMAC-MD5 (Botan) over each registration
/// message up to its authenticator, which is compared. One line of JSON.
#include <array>
#include <chrono>
#include <cstring>
#include <iostream>
#include <memory>

#include <botan/mac.h>
#include <fmt/format.h>
#include <pcap/pcap.h>

namespace {

constexpr std::size_t kMessage = 14 + 20 + 8;  // Ethernet, IPv4 without options, UDP

struct Pcap {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  pcap_t* handle;
  explicit Pcap(const char* path) : handle(pcap_open_offline(path, error.data())) {
    if (handle == nullptr) throw std::runtime_error(error.data());
  }
  ~Pcap() { pcap_close(handle); }
  Pcap(const Pcap&) = delete;
  Pcap& operator=(const Pcap&) = delete;
};

/// Frames per second of a pass over the file; `each` sees every frame.
template <typename Each>
double rate(const char* path, std::uint64_t& frames, Each each) {
  const auto begin = std::chrono::steady_clock::now();
  Pcap pcap(path);
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  frames = 0;
  int result = 0;
  while ((result = pcap_next_ex(pcap.handle, &header, &octets)) == 1) {
    each(octets, header->caplen);
    ++frames;
  }
  if (result != PCAP_ERROR_BREAK) throw std::runtime_error(pcap_geterr(pcap.handle));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return static_cast<double>(frames) / took.count();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw std::invalid_argument("right: capture_floor CAPTURE");
  std::uint64_t frames = 0;
  std::uint64_t sum = 0;
  const double alone = rate(
      argv[1], frames, [&](const u_char* octets, std::size_t size) { sum += octets[size - 1]; });
  const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(MD5)");
  std::array<std::uint8_t, 16> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  mac->set_key(key.data(), key.size());
  std::uint64_t valid = 0;
  const double with_hmac = rate(argv[1], frames, [&](const u_char* octets, std::size_t size) {
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
