#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/net/world.h"
#include "engine/scenario/craft.h"
#include "engine/scenario/expectation.h"
#include "engine/scenario/named_frames.h"
#include "engine/scenario/scenario.h"
#include "roles/actor.h"

namespace mipvet::scenario {

/// Nodes that are not played here: implementations under test.
class ExternalNodes {
 public:
  virtual ~ExternalNodes() = default;
  virtual bool has(model::NodeId node) const = 0;
  /// These throw CannotDo where the implementation has no way to be told.
  virtual void command(model::NodeId node, const std::string& verb,
                       const nlohmann::json& arguments) = 0;
  /// Throws CannotDo as above, or calls `ready`, at once or later, with the time that the
  /// implementation still has to be given.
  virtual void restart(model::NodeId node, std::function<void(net::Duration)> ready) = 0;
};

/// What became of a step.
struct StepOutcome {
  enum class State : std::uint8_t { met, unmet, not_reached };
  const Step* step = nullptr;
  State state = State::not_reached;
  /// Where unmet: what was there instead, in words.
  std::string instead;
  /// The frame that met an expectation, or that came although none was expected: its number in a
  /// capture of all frames, from 1.
  std::optional<std::uint64_t> frame;
};

struct RunResult {
  std::vector<StepOutcome> steps;
  net::Time begin{};
  net::Time end{};
  std::uint64_t frames = 0;
  /// Why the run ended before its script did; empty: it did not.
  std::string aborted;

  /// The first thing that did not go as the script says, in one line; empty where all went well.
  std::string shortfall() const;
};

/// One run of a scenario in a world: plays the nodes, does the steps, waits for what they expect.
/// All goes by the world's events and timers; it ends with its script, whatever the nodes do.
class Run {
 public:
  struct Setup {
    const Scenario& scenario;
    net::World& world;
    /// Makes the actor of a node that is played.
    std::function<std::unique_ptr<roles::Actor>(model::NodeId, net::Environment&)> make_actor;
    ExternalNodes* external = nullptr;
    /// Sees every frame, the markers at begin and end included.
    std::function<void(const net::Frame&)> observer = {};
  };

  /// More frames than this are a storm, not a scenario.
  static constexpr std::uint64_t kMostFrames = 200'000;
  /// Before the script begins, so that what the nodes send when they start has arrived by then, in
  /// a live world too.
  static constexpr net::Duration kStart = std::chrono::milliseconds(50);

  /// What the setup refers to has to outlive the run.
  explicit Run(Setup setup);

  /// Once. Returns when the script has been done and the network has settled.
  RunResult run();
  /// Ends a run that goes on, from an event of the world: the implementation has died, say.
  void abort(std::string reason);

 private:
  class OnStage;
  struct Seen {
    net::Time time;
    model::LinkId link;
    wire::Buffer octets;
    std::uint64_t number;
  };

  void play(model::NodeId node);
  void mark(std::uint8_t kind);
  void next_step();
  void perform();
  void end_step(StepOutcome::State state, std::string instead = {});
  void settle();
  void see(const net::Frame& frame);
  bool consider(const Seen& seen);
  void time_out();
  const Match* awaited() const;
  std::string closest() const;
  void check_impairments();
  net::Duration longest() const;

  void act(const Pause&) { end_step(StepOutcome::State::met); }
  void act(const Tell& tell);
  void act(const Restart& restart);
  void act(const Expect& expect);
  void act(const ExpectNone& expect);
  void act(const Send& send);
  void act(const SendError& error);
  void act(const Impair& impair);
  void act(const Call& call);
  void command(model::NodeId node, const std::string& verb, const nlohmann::json& arguments);
  void send(model::LinkId link, const wire::Buffer& frame);
  net::Impairment impairment(const Impair& impair, std::size_t step);
  void alter(wire::Buffer& frame, const wire::Packet& packet, const Impair& impair,
             std::size_t step);

  Setup setup_;
  const model::Network& network_;
  NamedFrames named_;
  Crafter crafter_;
  std::vector<std::unique_ptr<roles::Actor>> actors_;  // by node; null for external ones
  RunResult result_;
  net::Time script_begin_{};
  std::size_t step_ = 0;
  bool waiting_ = false;  // the step is an expectation and its time runs
  bool settled_ = false;
  net::TimerId timer_ = 0;
  std::optional<Mismatch> nearest_;
  /// A world may tell more frames before the next step begins: those since `since_` that met no
  /// expectation are kept for a while.
  std::deque<Seen> recent_;
  net::Time since_{};
  std::size_t end_markers_ = 0;
  std::vector<std::uint32_t> hits_;    // by step, of impairments
  std::vector<std::string> failures_;  // by step, of impairments
  wire::Packet packet_;
};

}  // namespace mipvet::scenario
