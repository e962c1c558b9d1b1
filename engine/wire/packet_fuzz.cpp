#include <cstdlib>

#include "engine/wire/dissect.h"
#include "engine/wire/frame.h"
#include "engine/wire/packet.h"

/// The first two octets are the decoder's options, the rest is the frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mipvet::wire;
  if (size < 2) return 0;
  static Packet packet;
  Buffer frame(data + 2, data + size);
  packet.decode(frame, {data[0], data[1]});
  for (const Layer& layer : packet.layers())
    if (layer.header > layer.length || layer.offset + layer.length > frame.size()) std::abort();
  if (dissect(packet).empty() || one_line(packet).empty()) std::abort();
  // What was refreshed once is right: a second time changes nothing.
  refresh_checksums(frame);
  const Buffer once = frame;
  refresh_checksums(frame);
  if (frame != once) std::abort();
  return 0;
}
