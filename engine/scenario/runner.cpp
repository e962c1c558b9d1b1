#include "engine/scenario/runner.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/wire/dissect.h"
#include "engine/wire/frame.h"
#include "engine/wire/marker.h"

namespace mipvet::scenario {

namespace {

/// How long frames are kept for expectations that begin behind them.
constexpr net::Duration kKept = std::chrono::seconds(1);
/// How long the markers of the end may take to be seen.
constexpr net::Duration kMarkersTake = std::chrono::seconds(1);
/// What the script, with all its waiting, may take longer than it can.
constexpr net::Duration kGuard = std::chrono::seconds(10);
/// What an implementation under test may take until it is ready again.
constexpr net::Duration kRestartTakes = std::chrono::seconds(90);

}  // namespace

std::string RunResult::shortfall() const {
  for (const StepOutcome& outcome : steps)
    if (outcome.state == StepOutcome::State::unmet)
      return fmt::format("{}: {}: {}", outcome.step->pointer, outcome.step->text, outcome.instead);
  return aborted;
}

Run::Run(Setup setup)
    : setup_(std::move(setup)),
      network_(setup_.scenario.network),
      named_(network_.decode),
      crafter_(network_, named_),
      actors_(network_.nodes.size()),
      hits_(setup_.scenario.script.size()),
      failures_(setup_.scenario.script.size()) {
  for (const Step& step : setup_.scenario.script) result_.steps.push_back({&step, {}, {}, {}});
  for (StepOutcome& outcome : result_.steps) outcome.state = StepOutcome::State::not_reached;
}

RunResult Run::run() {
  net::World& world = setup_.world;
  result_.begin = since_ = world.now();
  world.observe([this](const net::Frame& frame) { see(frame); });
  mark(wire::marker::kBegin);
  const auto nodes = static_cast<model::NodeId>(actors_.size());
  for (model::NodeId node = 0; node < nodes; ++node)
    if (setup_.external == nullptr || !setup_.external->has(node)) play(node);
  for (const auto& actor : actors_)
    if (actor) actor->start();
  world.schedule(longest() + kGuard, [this] { abort("the run did not end in its time"); });
  world.schedule(kStart, [this] {
    since_ = script_begin_ = setup_.world.now();
    next_step();
  });
  world.run();
  if (result_.end == net::Time{}) result_.end = world.now();
  check_impairments();
  return std::move(result_);
}

void Run::abort(std::string reason) {
  if (settled_ || !result_.aborted.empty()) return;
  result_.aborted = std::move(reason);
  setup_.world.stop();
}

void Run::play(model::NodeId node) {
  net::Environment& environment =
      setup_.world.play(node, [this, node](net::PortId port, wire::Bytes frame) {
        if (actors_[node]) actors_[node]->receive(port, frame);
      });
  actors_[node] = setup_.make_actor(node, environment);
}

void Run::mark(std::uint8_t kind) {
  const wire::Buffer frame = wire::marker_frame(kind, setup_.scenario.id);
  const auto links = network_.link_count();
  for (model::LinkId link = 0; link < links; ++link) setup_.world.inject(link, frame);
}

/// The most that the script can take: every step that waits has an end.
net::Duration Run::longest() const {
  net::Duration total{};
  for (const Step& step : setup_.scenario.script) {
    if (step.at) total = std::max(total, *step.at);
    if (step.after) total += *step.after;
    if (const auto* expect = std::get_if<Expect>(&step.action)) total += expect->within;
    if (const auto* expect = std::get_if<ExpectNone>(&step.action)) total += expect->within;
    if (std::holds_alternative<Restart>(step.action) && setup_.external != nullptr)
      total += kRestartTakes;
  }
  return kStart + total + setup_.scenario.settle + kMarkersTake;
}

void Run::next_step() {
  if (step_ == setup_.scenario.script.size()) {
    setup_.world.schedule(setup_.scenario.settle, [this] { settle(); });
    return;
  }
  const Step& step = setup_.scenario.script[step_];
  net::Duration wait{};
  if (step.after) wait = *step.after;
  if (step.at) wait = script_begin_ + *step.at - setup_.world.now();
  if (wait <= net::Duration::zero()) return perform();
  setup_.world.schedule(wait, [this] {
    since_ = setup_.world.now();
    perform();
  });
}

void Run::perform() {
  try {
    std::visit([this](const auto& action) { act(action); }, setup_.scenario.script[step_].action);
  } catch (const CannotDo& error) {
    end_step(StepOutcome::State::unmet, error.what());
  }
}

/// The next step begins in an event of its own: this one may have ended inside an observer.
void Run::end_step(StepOutcome::State state, std::string instead) {
  waiting_ = false;
  nearest_.reset();
  StepOutcome& outcome = result_.steps[step_++];
  outcome.state = state;
  outcome.instead = std::move(instead);
  setup_.world.schedule(net::Duration::zero(), [this] { next_step(); });
}

void Run::settle() {
  result_.end = setup_.world.now();
  settled_ = true;
  mark(wire::marker::kEnd);
  setup_.world.schedule(kMarkersTake, [this] { setup_.world.stop(); });
}

void Run::see(const net::Frame& frame) {
  const std::uint64_t number = ++result_.frames;
  if (setup_.observer) setup_.observer(frame);
  if (number > kMostFrames) return abort(fmt::format("more than {} frames: a storm", kMostFrames));
  packet_.decode(frame.bytes, network_.decode);
  if (packet_.message().layout == &wire::marker::layout) {
    const bool ends = packet_.view(packet_.message())[wire::marker::kind] == wire::marker::kEnd;
    if (settled_ && ends && ++end_markers_ == network_.links.size()) setup_.world.stop();
    return;
  }
  if (settled_) return;
  Seen seen{frame.time, frame.link, {frame.bytes.begin(), frame.bytes.end()}, number};
  if (waiting_ && consider(seen)) return;
  recent_.push_back(std::move(seen));
  while (recent_.front().time < std::max(since_, frame.time - kKept)) {
    recent_.pop_front();
    if (recent_.empty()) break;
  }
}

const Match* Run::awaited() const {
  const auto& action = setup_.scenario.script[step_].action;
  if (const auto* expect = std::get_if<Expect>(&action)) return &expect->match;
  if (const auto* expect = std::get_if<ExpectNone>(&action)) return &expect->match;
  return nullptr;
}

/// Whether the frame is what the current expectation is about, which then ends.
bool Run::consider(const Seen& seen) {
  if (seen.time < since_) return false;
  packet_.decode(seen.octets, network_.decode);
  auto difference = mismatch(*awaited(), network_, seen.link, packet_, named_, setup_.world.now());
  if (difference) {
    if (difference->closeness > 0) {
      difference->reason = fmt::format("frame {}: {}", seen.number, difference->reason);
      if (!nearest_ || difference->closeness >= nearest_->closeness)
        nearest_ = std::move(difference);
    }
    return false;
  }
  const Step& step = setup_.scenario.script[step_];
  setup_.world.cancel(timer_);
  since_ = seen.time;
  result_.steps[step_].frame = seen.number;
  if (std::holds_alternative<ExpectNone>(step.action)) {
    end_step(StepOutcome::State::unmet,
             fmt::format("frame {} is one: {}", seen.number, wire::one_line(packet_)));
    return true;
  }
  if (!step.as.empty()) named_.keep(step.as, seen.octets);
  end_step(StepOutcome::State::met);
  return true;
}

void Run::time_out() {
  since_ = setup_.world.now();
  if (std::holds_alternative<ExpectNone>(setup_.scenario.script[step_].action))
    return end_step(StepOutcome::State::met);
  end_step(StepOutcome::State::unmet, "did not come; " + closest());
}

std::string Run::closest() const {
  if (!nearest_) return fmt::format("nothing was on {}", network_.link(awaited()->link).name);
  return "nearest was " + nearest_->reason;
}

/// An impairment that hit nothing has shown nothing.
void Run::check_impairments() {
  for (std::size_t i = 0; i < result_.steps.size(); ++i) {
    StepOutcome& outcome = result_.steps[i];
    if (!std::holds_alternative<Impair>(outcome.step->action)) continue;
    if (outcome.state != StepOutcome::State::met) continue;
    outcome.instead = hits_[i] == 0 ? "no such frame came" : failures_[i];
    if (!outcome.instead.empty()) outcome.state = StepOutcome::State::unmet;
  }
}

void Run::command(model::NodeId node, const std::string& verb, const nlohmann::json& arguments) {
  if (setup_.external != nullptr && setup_.external->has(node)) {
    setup_.external->command(node, verb, arguments);
  } else {
    actors_[node]->command({verb, &arguments});
  }
}

void Run::act(const Tell& tell) {
  since_ = setup_.world.now();
  command(tell.node, tell.verb, tell.arguments);
  end_step(StepOutcome::State::met);
}

class Run::OnStage final : public Stage {
 public:
  explicit OnStage(Run& run) : run_(run) {}
  net::Time now() const override { return run_.setup_.world.now(); }
  void send(model::LinkId link, wire::Bytes frame) override {
    run_.setup_.world.inject(link, frame);
  }
  void command(model::NodeId node, const std::string& verb,
               const nlohmann::json& arguments) override {
    run_.command(node, verb, arguments);
  }
  wire::Bytes frame(const std::string& name) const override { return run_.named_.frame(name); }

 private:
  Run& run_;
};

void Run::act(const Call& call) {
  since_ = setup_.world.now();
  OnStage stage(*this);
  call.code(stage);
  end_step(StepOutcome::State::met);
}

void Run::act(const Restart& restart) {
  since_ = setup_.world.now();
  if (setup_.external != nullptr && setup_.external->has(restart.node)) {
    timer_ = setup_.world.schedule(kRestartTakes, [this, node = restart.node] {
      abort(fmt::format("{} was not ready within {:.0f} s of its restart", network_.node(node).name,
                        std::chrono::duration<double>(kRestartTakes).count()));
    });
    return setup_.external->restart(restart.node, [this](net::Duration wait) {
      setup_.world.cancel(timer_);
      setup_.world.schedule(wait, [this] {
        since_ = setup_.world.now();
        end_step(StepOutcome::State::met);
      });
    });
  }
  play(restart.node);
  actors_[restart.node]->start();
  end_step(StepOutcome::State::met);
}

void Run::act(const Expect& expect) {
  waiting_ = true;
  for (auto seen = recent_.begin(); seen != recent_.end(); ++seen) {
    if (!consider(*seen)) continue;
    recent_.erase(seen);
    return;
  }
  timer_ = setup_.world.schedule(expect.within, [this] { time_out(); });
}

void Run::act(const ExpectNone& expect) {
  waiting_ = true;
  since_ = setup_.world.now();
  timer_ = setup_.world.schedule(expect.within, [this] { time_out(); });
}

void Run::act(const Send& frame) {
  send(frame.link, crafter_.craft(frame, setup_.world.now()));
}

void Run::act(const SendError& error) {
  send(error.link, crafter_.craft(error));
}

void Run::send(model::LinkId link, const wire::Buffer& frame) {
  since_ = setup_.world.now();
  const std::string& name = setup_.scenario.script[step_].as;
  if (!name.empty()) named_.keep(name, frame);
  setup_.world.inject(link, frame);
  end_step(StepOutcome::State::met);
}

}  // namespace mipvet::scenario
