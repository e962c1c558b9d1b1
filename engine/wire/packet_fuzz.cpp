#include <cstdlib>

#include "engine/wire/dissect.h"
#include "engine/wire/frame.h"
#include "engine/wire/opener.h"
#include "engine/wire/packet.h"

namespace {

/// Whatever is encrypted is in the clear: what stands inside is as hostile as what is around it.
class NullCipher : public mipvet::wire::Opener {
 public:
  mipvet::wire::Opening open_ike(mipvet::wire::MutableBytes message,
                                 std::uint32_t payload) override {
    return from(payload + 4, message);
  }
  mipvet::wire::Opening open_esp(mipvet::wire::MutableBytes packet, mipvet::wire::Ipv4Address,
                                 mipvet::wire::Ipv4Address) override {
    return from(8, packet);
  }

 private:
  static mipvet::wire::Opening from(std::uint32_t first, mipvet::wire::MutableBytes octets) {
    return {mipvet::wire::Opening::Result::opened, first,
            static_cast<std::uint32_t>(octets.size())};
  }
};

}  // namespace

/// The first two octets are the decoder's options, the rest is the frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mipvet::wire;
  if (size < 2) return 0;
  static Packet packet;
  Buffer frame(data + 2, data + size);
  NullCipher opener;
  packet.decode(frame, {data[0], data[1], &opener});
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
