#include "engine/campaign/recorder.h"

#include <algorithm>

#include "engine/observer/address_book.h"
#include "engine/observer/key_ring.h"
#include "engine/observer/sighter.h"
#include "engine/wire/dissect.h"

namespace mipvet::campaign {

void Recorder::frame(const net::Frame& frame, std::uint64_t number) {
  kept_.push_back({number, frame.time, frame.link, octets_.size(), frame.bytes.size()});
  octets_.insert(octets_.end(), frame.bytes.begin(), frame.bytes.end());
}

model::Recording Recorder::take(const model::Network& network, const crypto::KeyLog& keys,
                                const FrameSelection& selection) const {
  model::Recording recording{.network = network, .frames = {}};
  observer::AddressBook addresses(network);
  observer::Sighter sighter(network, addresses);
  observer::KeyRing ring;
  ring.add(keys);
  wire::DecodeOptions decode = network.decode;
  if (!ring.empty()) decode.opener = &ring;
  wire::Packet packet;
  for (const Kept& kept : kept_) {
    if (!selection.holds(kept.number)) continue;
    const wire::Bytes octets = wire::Bytes(octets_).subspan(kept.first, kept.count);
    const net::Frame frame{kept.time, kept.link, octets};
    packet.decode(octets, decode);
    sighter.learn(frame, packet);
    const observer::Place place = sighter.outer(frame, kept.number, packet);
    model::RecordedFrame shown;
    shown.number = kept.number;
    shown.time = kept.time;
    shown.link = kept.link;
    shown.from = place.transmitter != model::kNobody ? place.transmitter : place.sender;
    shown.to_all = (place.destination_mac.octets[0] & 1) != 0;
    if (!shown.to_all) {
      shown.to = addresses.owner(place.destination_mac);
      if (shown.to == model::kNobody) shown.to = place.receiver;
    }
    shown.by_tester = place.by_tester;
    shown.octets.assign(octets.begin(), octets.end());
    if (!std::ranges::equal(packet.frame(), octets))
      shown.opened.assign(packet.frame().begin(), packet.frame().end());
    shown.layers.assign(packet.layers().begin(), packet.layers().end());
    shown.message = static_cast<std::size_t>(&packet.message() - packet.layers().data());
    shown.line = wire::one_line(packet);
    recording.frames.push_back(std::move(shown));
  }
  return recording;
}

}  // namespace mipvet::campaign
