#include <fmt/format.h>

#include "engine/scenario/runner.h"

namespace mipvet::scenario {
void Run::act(const Impair& impair) {
  setup_.world.impairments().add(impairment(impair, step_));
  end_step(StepOutcome::State::met);
}

net::Impairment Run::impairment(const Impair& impair, std::size_t step) {
  net::Impairment result;
  result.link = impair.match.link;
  result.count = impair.count;
  result.matches = [this, &impair, step](const wire::Packet& packet) {
    const bool hit =
        !mismatch(impair.match, network_, impair.match.link, packet, named_, setup_.world.now());
    if (hit) ++hits_[step];
    return hit;
  };
  if (std::holds_alternative<Drop>(impair.effect)) {
    result.effect = net::Drop{};
  } else if (const auto* delay = std::get_if<DelayBy>(&impair.effect)) {
    result.effect = net::Delay{delay->by};
  } else if (const auto* duplicate = std::get_if<Duplicate>(&impair.effect)) {
    result.effect = net::Duplicate{duplicate->copies, duplicate->after};
  } else if (const auto* reorder = std::get_if<Reorder>(&impair.effect)) {
    net::Reorder effect;
    effect.frames = reorder->frames;
    result.effect = effect;
  } else {
    result.effect =
        net::Alter{[this, &impair, step](wire::Buffer& frame, const wire::Packet& packet) {
          alter(frame, packet, impair, step);
        }};
  }
  return result;
}

void Run::alter(wire::Buffer& frame, const wire::Packet& packet, const Impair& impair,
                std::size_t step) {
  try {
    if (const auto* edit = std::get_if<Edit>(&impair.effect)) {
      frame = crafter_.edited(frame, *edit, setup_.world.now());
      return;
    }
    const wire::Layer& message = packet.message();
    const int octet = std::get<Corrupt>(impair.effect).octet;
    const auto length = static_cast<int>(message.length);
    if (octet >= length || octet < -length)
      throw CannotDo(fmt::format("the message has {} octets only", length));
    const auto at = static_cast<std::size_t>(octet < 0 ? length + octet : octet);
    frame[message.offset + at] ^= 0xFF;
  } catch (const CannotDo& error) {
    failures_[step] = error.what();
  }
}

}  // namespace mipvet::scenario
