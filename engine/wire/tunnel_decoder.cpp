#include "engine/wire/checksum.h"
#include "engine/wire/decoder.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/tunnel.h"

namespace mipvet::wire {

Decoder::Carries Decoder::gre() {
  Layer* layer = add_carrier(gre::layout);
  if (layer == nullptr) return Carries::nothing;
  const Bytes header = here();
  std::uint32_t size = 4;
  if (read(header, gre::checksum_present) != 0) size += 4;
  if (read(header, gre::key_present) != 0) size += 4;
  if (read(header, gre::sequence_present) != 0) size += 4;
  layer->header = std::min(size, left());
  if (read(header, gre::version) != 0) {
    mark(*layer, Defect::bad_version);
    return Carries::nothing;
  }
  if (size > left()) {
    overruns(*layer);
    return Carries::nothing;
  }
  if (read(header, gre::checksum_present) != 0 && whole_ && checksum(header) != 0)
    mark(*layer, Defect::bad_checksum);
  const bool is_ipv4 = read(header, gre::protocol_type) == ethernet::kIpv4 &&
                       read(header, gre::routing_present) == 0;
  at_ += size;
  return is_ipv4 ? Carries::ipv4 : Carries::nothing;
}

Decoder::Carries Decoder::minimal() {
  Layer* layer = add_carrier(minimal_encapsulation::layout);
  if (layer == nullptr) return Carries::nothing;
  const View header(minimal_encapsulation::layout, here());
  const bool has_source = header[minimal_encapsulation::source_present] != 0;
  const std::uint32_t size = has_source ? 12 : 8;
  layer->header = std::min(size, left());
  if (size > left()) {
    overruns(*layer);
    return Carries::nothing;
  }
  if (checksum(header.bytes().first(size)) != 0) mark(*layer, Defect::bad_checksum);
  destination_ = header.address(minimal_encapsulation::original_destination);
  if (has_source) source_ = header.address(minimal_encapsulation::original_source);
  at_ += size;
  return by_protocol(header[minimal_encapsulation::protocol]);
}

}  // namespace mipvet::wire
