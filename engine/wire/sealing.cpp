#include "engine/wire/sealing.h"

#include <algorithm>

#include "engine/wire/esp.h"

namespace mipvet::wire {
namespace {

std::uint32_t size_of(const Buffer& octets) {
  return static_cast<std::uint32_t>(octets.size());
}

/// How many octets of padding make the whole fill blocks.
std::uint32_t padding(std::uint32_t size, std::uint32_t block) {
  return (block - size % block) % block;
}

}  // namespace

Unsealed unsealed_message(const Layout& exchange, FieldValues values,
                          const ike::PayloadChain& inside, const CipherSizes& sizes) {
  const Buffer& plain = inside.octets();
  const std::uint32_t pad = padding(size_of(plain) + 1, sizes.block);
  Buffer body(sizes.iv);
  body.insert(body.end(), plain.begin(), plain.end());
  body.resize(body.size() + pad);
  body.push_back(static_cast<std::uint8_t>(pad));
  body.resize(body.size() + sizes.icv);
  ike::PayloadChain outside;
  outside.add(ike::encrypted::layout, {{ike::payload::next_payload, inside.first_type()}}, body);
  Unsealed result{ike::make_message(exchange, values, outside)};
  result.end = size_of(result.octets) - sizes.icv;
  result.first = result.end - 1 - pad - size_of(plain);
  result.payload =
      result.first - sizes.iv - static_cast<std::uint32_t>(ike::encrypted::layout.minimum);
  return result;
}

Unsealed unsealed_esp(std::uint32_t spi, std::uint32_t sequence_number, std::uint8_t next_header,
                      Bytes payload, const CipherSizes& sizes) {
  Unsealed result{make(esp::layout, {{esp::spi, spi}, {esp::sequence_number, sequence_number}})};
  Buffer& octets = result.octets;
  octets.resize(octets.size() + sizes.iv);
  result.first = size_of(octets);
  octets.insert(octets.end(), payload.begin(), payload.end());
  const std::uint32_t pad = padding(size_of(octets) - result.first + 2, std::max(sizes.block, 4U));
  for (std::uint32_t i = 1; i <= pad; ++i) octets.push_back(static_cast<std::uint8_t>(i));
  octets.push_back(static_cast<std::uint8_t>(pad));
  octets.push_back(next_header);
  result.end = size_of(octets);
  octets.resize(octets.size() + sizes.icv);
  return result;
}

}  // namespace mipvet::wire
