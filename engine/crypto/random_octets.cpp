#include "engine/crypto/random_octets.h"

namespace mipvet::crypto {

void RandomOctets::randomize(std::uint8_t output[], std::size_t length) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < length; ++i) {
    if (i % 4 == 0) word = source_();
    output[i] = static_cast<std::uint8_t>(word >> (24U - 8U * (i % 4)));
  }
}

wire::Buffer RandomOctets::take(std::size_t count) {
  wire::Buffer octets(count);
  randomize(octets.data(), octets.size());
  return octets;
}

}  // namespace mipvet::crypto
