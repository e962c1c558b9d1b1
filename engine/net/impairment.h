#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "engine/model/network.h"
#include "engine/net/frame.h"
#include "engine/wire/packet.h"

namespace mipvet::net {

// What may happen to a frame between its sender and the link. An altered or added frame bears the
// tester's MAC address as its source, so that nobody is blamed for it (also offline).
struct Drop {};
struct Delay {
  Duration by{};
};
/// Sends copies behind the frame, `after` each other.
struct Duplicate {
  std::uint32_t copies = 1;
  Duration after = std::chrono::milliseconds(1);
};
/// Holds the frame back until `frames` more of the link have passed, but not longer than `at_most`.
struct Reorder {
  std::uint32_t frames = 1;
  Duration at_most = std::chrono::seconds(1);
};
/// Rewrites the frame's octets.
struct Alter {
  std::function<void(wire::Buffer& frame, const wire::Packet& packet)> edit;
};

struct Impairment {
  LinkId link = 0;
  model::NodeId sender = model::kNobody;             ///< kNobody: any
  std::function<bool(const wire::Packet&)> matches;  ///< none: every frame
  std::variant<Drop, Delay, Duplicate, Reorder, Alter> effect;
  std::uint32_t count = 1;  ///< how many frames it hits before it is used up
};

/// The impairments in force, first come first served: a frame is hit by the first that matches.
/// Frames that the tester injects are not impaired.
class Impairments {
 public:
  /// Puts a frame on the link, on behalf of its sender.
  using Forward = std::function<void(wire::Bytes frame)>;
  using Schedule = std::function<void(Duration after, std::function<void()> action)>;

  Impairments(const model::Network& network, Schedule schedule);

  void add(Impairment impairment);
  /// Lifts all of them, and lets go the frames that are held back.
  void clear();

  /// Decides over a frame that `sender` puts on `link`: calls `forward` zero or more times, now or
  /// later.
  void pass(LinkId link, model::NodeId sender, wire::Bytes frame, const Forward& forward);

 private:
  struct Held {
    LinkId link = 0;
    std::uint32_t frames = 0;  ///< that have yet to pass
    wire::Buffer frame;
    Forward forward;
  };

  void apply(const Drop&, LinkId link, wire::Bytes frame, const Forward& forward);
  void apply(const Delay&, LinkId link, wire::Bytes frame, const Forward& forward);
  void apply(const Duplicate&, LinkId link, wire::Bytes frame, const Forward& forward);
  void apply(const Reorder&, LinkId link, wire::Bytes frame, const Forward& forward);
  void apply(const Alter&, LinkId link, wire::Bytes frame, const Forward& forward);
  void forward_now(LinkId link, wire::Bytes frame, const Forward& forward);
  void forward_later(Duration wait, LinkId link, wire::Buffer frame, const Forward& forward);
  void release(const std::shared_ptr<Held>& held);
  void mark_as_testers(wire::Buffer& frame) const;

  const model::Network& network_;
  Schedule schedule_;
  std::vector<Impairment> active_;
  std::vector<std::shared_ptr<Held>> held_;
  wire::Packet packet_;
};

}  // namespace mipvet::net
