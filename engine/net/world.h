#pragma once

#include <functional>

#include "engine/model/network.h"
#include "engine/net/environment.h"
#include "engine/net/impairment.h"

namespace mipvet::net {

/// A declared network that runs: simulated on virtual time, or live. The runner and the roles see
/// no difference.
class World {
 public:
  virtual ~World() = default;

  /// What a played node stands on. Frames for it go to `receive` from now on. Called again for the
  /// same node it begins a new life (a restart): the timers of the one before never fire.
  virtual Environment& play(model::NodeId node,
                            std::function<void(PortId, wire::Bytes frame)> receive) = 0;
  /// Sees every frame of every link in order of time, after impairments.
  virtual void observe(std::function<void(const Frame&)> observer) = 0;
  /// Gets the keys that played nodes tell (Environment::log_keys), line by line, before the frames
  /// that need them are observed.
  virtual void observe_keys(std::function<void(std::string_view line)> observer) = 0;
  /// The tester puts a frame on a link. It is not impaired.
  virtual void inject(LinkId link, wire::Bytes frame) = 0;
  /// What happens to frames on their way from their sender onto a link.
  virtual Impairments& impairments() = 0;

  virtual Time now() const = 0;
  virtual TimerId schedule(Duration after, std::function<void()> action) = 0;
  virtual void cancel(TimerId timer) = 0;
  /// Runs until `stop` is called (from an observer or a timer) or nothing is left to happen.
  virtual void run() = 0;
  virtual void stop() = 0;
  /// Largest delay between when a timer was due and when it ran; zero in a simulated network.
  virtual Duration jitter() const = 0;
};

}  // namespace mipvet::net
