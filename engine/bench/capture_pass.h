#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <stdexcept>

#include <pcap/pcap.h>

/// A pass over a capture by libpcap alone: the floors that `mipvet check` is measured against.
namespace mipvet::bench {

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

/// Frames per second of processor time of a pass over the file; `each` sees every frame.
template <typename Each>
double rate(const char* path, std::uint64_t& frames, Each each) {
  const std::clock_t begin = std::clock();
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
  return static_cast<double>(frames) * CLOCKS_PER_SEC / static_cast<double>(std::clock() - begin);
}

}  // namespace mipvet::bench
