#include "engine/scenario/named_frames.h"

#include <fmt/format.h>

#include "engine/crypto/ntp.h"

namespace mipvet::scenario {

void NamedFrames::keep(const std::string& name, wire::Bytes frame) {
  frames_[name].assign(frame.begin(), frame.end());
}

wire::Bytes NamedFrames::frame(const std::string& name) const {
  const auto found = frames_.find(name);
  if (found == frames_.end()) throw CannotDo(fmt::format("the frame {} has not been seen", name));
  return found->second;
}

wire::Value NamedFrames::recall(const Recall& recall) const {
  wire::Packet packet;
  packet.decode(frame(recall.frame), options_);
  if (auto value = recall.path.read(packet)) return *std::move(value);
  throw CannotDo(fmt::format("the frame {} has no {}", recall.frame, recall.path.text));
}

wire::Value NamedFrames::value(const Operand& operand, net::Time now) const {
  if (const auto* constant = std::get_if<wire::Value>(&operand)) return *constant;
  if (const auto* moment = std::get_if<Timestamp>(&operand))
    return crypto::ntp_timestamp(now + moment->offset);
  return recall(std::get<Recall>(operand));
}

}  // namespace mipvet::scenario
