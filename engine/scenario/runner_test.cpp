#include "engine/scenario/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/net/sim.h"
#include "engine/scenario/network_for_test.h"
#include "engine/scenario/reader.h"
#include "engine/wire/compose.h"
#include "engine/wire/dissect.h"
#include "engine/wire/frame.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/marker.h"
#include "engine/wire/mip4.h"

namespace mipvet::scenario {
namespace {

using namespace testing;
using State = StepOutcome::State;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;

/// A node that says what it is told to, and answers requests with replies: enough of a role for a
/// runner. Its memory is a count of commands.
class Parrot : public roles::Actor {
 public:
  Parrot(const model::Network& network, model::NodeId node, net::Environment& environment)
      : network_(network), node_(node), environment_(environment) {}

  void start() override {}

  void receive(net::PortId port, wire::Bytes frame) override {
    wire::Packet packet;
    packet.decode(frame, network_.decode);
    const auto& attachment = network_.node(node_).attachments[port];
    if (packet.message().layout != &request::layout || !attachment.address) return;
    const wire::View header = packet.header(*packet.carrying_ip());
    if (header.address(wire::ip::destination) != attachment.address->address) return;
    const wire::View asked = packet.header(packet.message());
    say(port, header.address(wire::ip::source),
        wire::make(reply::layout, {{reply::lifetime, asked[request::lifetime]},
                                   {reply::identification, asked[request::identification]}}));
  }

  void command(const roles::Command& command) override {
    // From the first port to everybody: the lifetime tells how often it was asked.
    const std::uint64_t octets = command.arguments->value("octets", 0U);
    ++count_;
    say(0, wire::Ipv4Address::parse(command.arguments->at("to").get<std::string>()).value(),
        wire::make(request::layout,
                   {{request::lifetime, count_}, {request::identification, octets}}));
  }

 private:
  void say(net::PortId port, wire::Ipv4Address to, const wire::Buffer& message) {
    const auto& attachment = network_.node(node_).attachments[port];
    const auto from = attachment.address ? attachment.address->address
                                         : network_.node(node_).home_address->address;
    environment_.transmit(
        port,
        wire::udp_frame({{attachment.mac, wire::kBroadcastMac}, {from, to}, {434, 434}}, message));
  }

  const model::Network& network_;
  model::NodeId node_;
  net::Environment& environment_;
  std::uint16_t count_ = 0;
};

/// The script's steps as JSON, without brackets; the network of the tests.
class Runner : public ::testing::Test {
 protected:
  static Scenario empty() {
    Scenario scenario;
    scenario.id = "test/run";
    scenario.network = network();
    scenario.settle = std::chrono::milliseconds(500);
    return scenario;
  }

  RunResult run(std::string_view steps, ExternalNodes* external = nullptr) {
    document_ = model::parse_document("[" + std::string(steps) + "]", "s.json");
    Reader reader(scenario_.network);
    for (const model::Value& step : model::Value(document_).elements())
      scenario_.script.push_back(reader.step(step));
    scenario::Run run({scenario_, world_,
                       [this](model::NodeId node, net::Environment& environment) {
                         ++made_;
                         return std::make_unique<Parrot>(scenario_.network, node, environment);
                       },
                       external, [this](const net::Frame& frame) { remember(frame); }});
    running_ = &run;
    return run.run();
  }

  static std::vector<State> states(const RunResult& result) {
    std::vector<State> states;
    for (const StepOutcome& outcome : result.steps) states.push_back(outcome.state);
    return states;
  }

  void remember(const net::Frame& frame) {
    wire::Packet packet;
    packet.decode(frame.bytes);
    seen_.push_back(scenario_.network.link(frame.link).name + " " +
                    std::string(packet.message().layout->name));
    if (on_frame_) on_frame_();
  }

  Scenario scenario_ = empty();
  model::Document document_;
  net::SimulatedWorld world_{scenario_.network};
  std::vector<std::string> seen_;
  std::function<void()> on_frame_;
  scenario::Run* running_ = nullptr;
  int made_ = 0;
};

constexpr std::string_view kAsk =
    R"({"at": 1, "node": "mn", "do": "send", "to": "fa.visited", "octets": 7})";
constexpr std::string_view kAnswered =
    R"({"within": 2, "expect": {"link": "visited", "from": "fa", "message": "registration-reply"}})";

std::string steps(std::initializer_list<std::string_view> all) {
  std::string result;
  for (const std::string_view step : all)
    result += (result.empty() ? "" : ", ") + std::string(step);
  return result;
}

TEST_F(Runner, DoesStepsAndMeetsExpectations) {
  const RunResult result = run(steps(
      {kAsk,
       R"({"expect": {"link": "visited", "from": "mn", "message": "registration-request"}, "as": "rrq"})",
       R"({"expect": {"link": "visited", "from": "fa", "message": "registration-reply",
                      "fields": {"identification": {"same_as": "rrq.identification"}}}})"}));
  EXPECT_THAT(states(result), ElementsAre(State::met, State::met, State::met));
  EXPECT_EQ(result.shortfall(), "");
  EXPECT_EQ(result.aborted, "");
  EXPECT_EQ(result.steps[1].frame, 5U);  // behind four markers
  EXPECT_EQ(result.begin, net::kSimulationBegins);
  // 1 s, two latencies, 0.5 s to settle.
  EXPECT_EQ(result.end - result.begin, Run::kStart + std::chrono::microseconds(1500500));
  EXPECT_EQ(result.frames, seen_.size());
  EXPECT_EQ(made_, 4);
}

TEST_F(Runner, MarksBeginAndEndOnEveryLink) {
  run(R"({"after": 1})");
  EXPECT_THAT(seen_,
              ElementsAre("visited marker", "public marker", "private marker", "home marker",
                          "visited marker", "public marker", "private marker", "home marker"));
}

TEST_F(Runner, TellsWhatCameInsteadOfTheExpected) {
  const RunResult result =
      run(steps({kAsk, R"({"within": 1, "expect": {"link": "visited", "from": "fa",
                 "message": "registration-reply", "fields": {"lifetime": 600}}})",
                 R"({"within": 1, "expect": {"link": "home", "message": "arp"}})"}));
  EXPECT_THAT(states(result), ElementsAre(State::met, State::unmet, State::unmet));
  EXPECT_EQ(result.steps[1].instead, "did not come; nearest was frame 6: lifetime 1");
  EXPECT_EQ(result.steps[2].instead, "did not come; nothing was on home");
  EXPECT_EQ(result.shortfall(),
            "/1: registration-reply from fa on visited with lifetime 600 within 1 s: did not come; "
            "nearest was frame 6: lifetime 1");
}

TEST_F(Runner, GoesOnBehindAnUnmetExpectation) {
  const RunResult result =
      run(steps({R"({"within": 1, "expect": {"link": "home"}})", R"({"node": "mn", "do": "send",
                 "to": "fa.visited"})",
                 kAnswered}));
  EXPECT_THAT(states(result), ElementsAre(State::unmet, State::met, State::met));
}

TEST_F(Runner, ExpectsNoneForTheWholeTime) {
  const RunResult quiet = run(R"({"within": 3, "expect_none": {"link": "visited"}})");
  EXPECT_THAT(states(quiet), ElementsAre(State::met));
  EXPECT_EQ(quiet.end - quiet.begin, Run::kStart + std::chrono::milliseconds(3500));
}

TEST_F(Runner, TellsAFrameThatShouldNotHaveCome) {
  const RunResult result = run(steps(
      {kAsk,
       R"({"within": 3, "expect_none": {"link": "visited", "message": "registration-reply"}})"}));
  EXPECT_THAT(states(result), ElementsAre(State::met, State::unmet));
  EXPECT_THAT(result.steps[1].instead,
              HasSubstr("frame 6 is one: registration-reply 192.0.2.1 -> 10.1.0.5"));
}

TEST_F(Runner, WaitsUntilAndAfter) {
  const RunResult result = run(R"({"at": 2}, {"after": 1.5}, {"at": 1}, {"at": 5})");
  EXPECT_EQ(result.end - result.begin, Run::kStart + std::chrono::milliseconds(5500));
}

TEST_F(Runner, SendsFramesOfTheTester) {
  const RunResult result = run(steps(
      {R"({"send": {"link": "visited", "from": "mn", "to": "fa", "message": "registration-request",
                    "fields": {"lifetime": 77}}, "as": "sent"})",
       R"({"expect": {"link": "visited", "from": "tester", "message": "registration-request"}})",
       R"({"expect": {"link": "visited", "from": "fa", "message": "registration-reply",
                      "fields": {"lifetime": {"same_as": "sent.lifetime"}}}, "as": "answer"})",
       R"({"icmp": {"link": "visited", "from": "mn", "to": "fa", "about": "answer"}})",
       R"({"expect": {"link": "visited", "message": "icmp-unreachable"}})"}));
  EXPECT_EQ(result.shortfall(), "");
}

TEST_F(Runner, DropsDelaysDuplicatesAndReorders) {
  const RunResult result = run(steps(
      {R"({"drop": {"link": "visited", "from": "fa", "message": "registration-reply"}})", kAsk,
       R"({"within": 1, "expect_none": {"link": "visited", "message": "registration-reply"}})",
       R"({"delay": {"link": "visited", "from": "fa", "message": "registration-reply", "by": 0.5}})",
       R"({"at": 3, "node": "mn", "do": "send", "to": "fa.visited"})",
       R"({"within": 0.4, "expect_none": {"link": "visited", "message": "registration-reply"}})",
       R"({"within": 0.2, "expect": {"link": "visited", "message": "registration-reply"}})",
       R"({"duplicate": {"link": "visited", "from": "fa", "message": "registration-reply", "copies": 2}})",
       R"({"at": 5, "node": "mn", "do": "send", "to": "fa.visited"})",
       R"({"within": 1, "expect": {"link": "visited", "from": "fa", "message": "registration-reply"}})",
       R"({"within": 1, "expect": {"link": "visited", "from": "tester", "message": "registration-reply"}})",
       R"({"within": 1, "expect": {"link": "visited", "from": "tester", "message": "registration-reply"}})",
       R"({"reorder": {"link": "visited", "from": "mn", "message": "registration-request"}})",
       R"({"at": 7, "node": "mn", "do": "send", "to": "fa.visited", "octets": 100})",
       R"({"node": "mn", "do": "send", "to": "fa.visited", "octets": 200})",
       R"({"expect": {"link": "visited", "message": "registration-request", "fields": {"identification": 200}}})",
       R"({"expect": {"link": "visited", "message": "registration-request", "fields": {"identification": 100}}})"}));
  EXPECT_EQ(result.shortfall(), "");
}

TEST_F(Runner, MutatesAndCorrupts) {
  const RunResult result = run(steps(
      {R"({"mutate": {"link": "visited", "from": "mn", "message": "registration-request",
                      "set": {"lifetime": 55}}})",
       kAsk,
       R"({"within": 1, "expect": {"link": "visited", "from": "fa", "message": "registration-reply",
                                   "fields": {"lifetime": 55}}})",
       R"({"corrupt": {"link": "visited", "from": "mn", "octet": -1}})",
       R"({"node": "mn", "do": "send", "to": "fa.visited", "octets": 0})",
       R"({"expect": {"link": "visited", "from": "tester", "message": "registration-request",
                      "fields": {"identification": 255}}})"}));
  EXPECT_EQ(result.shortfall(), "");
}

TEST_F(Runner, CountsAnImpairmentThatHitsNothingAsUnmet) {
  const RunResult result = run(steps(
      {R"({"drop": {"link": "home"}})",
       R"({"mutate": {"link": "visited", "from": "mn", "remove": ["nai"]}})", kAsk, kAnswered}));
  EXPECT_THAT(states(result), ElementsAre(State::unmet, State::unmet, State::met, State::met));
  EXPECT_EQ(result.steps[0].instead, "no such frame came");
  EXPECT_EQ(result.steps[1].instead, "the frame has no nai");
}

TEST_F(Runner, CannotUseAFrameThatNeverCame) {
  const RunResult result = run(steps(
      {R"({"within": 1, "expect": {"link": "home", "message": "registration-request"}, "as": "rrq"})",
       R"({"send": {"link": "home", "like": "rrq"}})"}));
  EXPECT_EQ(result.steps[1].instead, "the frame rrq has not been seen");
}

TEST_F(Runner, RestartsANode) {
  const RunResult result = run(steps(
      {kAsk, R"({"node": "mn", "do": "restart"})",
       R"({"after": 1, "node": "mn", "do": "send", "to": "fa.visited"})",
       R"({"expect": {"link": "visited", "message": "registration-reply", "fields": {"lifetime": 1}}})"}));
  EXPECT_EQ(result.shortfall(), "");
  EXPECT_EQ(made_, 5);
}

TEST_F(Runner, EndsAStorm) {
  // Every frame provokes two more.
  on_frame_ = [this] {
    const std::array<std::uint8_t, 14> frame{};
    world_.inject(kHome, frame);
    world_.inject(kHome, frame);
  };
  const RunResult result = run(R"({"within": 5, "expect": {"link": "public", "message": "arp"}})");
  EXPECT_EQ(result.aborted, "more than 200000 frames: a storm");
  EXPECT_THAT(states(result), ElementsAre(State::not_reached));
}

TEST_F(Runner, EndsWhereItIsTold) {
  world_.schedule(std::chrono::seconds(1), [this] { running_->abort("mipp has died"); });
  const RunResult result = run(R"({"within": 5, "expect": {"link": "home"}})");
  EXPECT_EQ(result.shortfall(), "mipp has died");
  EXPECT_EQ(result.end - result.begin, std::chrono::seconds(1));
}

/// An implementation under test that writes down what it is told.
class Told : public ExternalNodes {
 public:
  bool has(model::NodeId node) const override { return node == kMn; }
  void command(model::NodeId, const std::string& verb, const nlohmann::json& arguments) override {
    if (verb == "renew") throw CannotDo("mn has no trigger renew");
    told.push_back(verb + arguments.dump());
  }
  void restart(model::NodeId, std::function<void(net::Duration)> ready) override {
    told.emplace_back("restart");
    if (is_ready) ready(std::chrono::seconds(2));
  }

  std::vector<std::string> told;
  bool is_ready = true;
};

TEST_F(Runner, TellsExternalNodesAndPlaysTheOthers) {
  Told external;
  const RunResult result =
      run(steps({R"({"node": "mn", "do": "attach", "link": "visited"})",
                 R"({"node": "mn", "do": "restart"})", R"({"node": "mn", "do": "renew"})"}),
          &external);
  EXPECT_THAT(external.told, ElementsAre(R"(attach{"link":"visited"})", "restart"));
  EXPECT_EQ(result.steps[2].instead, "mn has no trigger renew");
  EXPECT_EQ(made_, 3);
}

TEST_F(Runner, HoldsTheScriptUntilAnImplementationIsReadyAgain) {
  Told external;
  const RunResult result = run(R"({"node": "mn", "do": "restart"})", &external);
  EXPECT_EQ(result.shortfall(), "");
  EXPECT_GE(result.end - result.begin, std::chrono::seconds(2));
}

TEST_F(Runner, EndsWhereAnImplementationIsNotReadyAgain) {
  Told external;
  external.is_ready = false;
  const RunResult result = run(R"({"node": "mn", "do": "restart"})", &external);
  EXPECT_EQ(result.shortfall(), "mn was not ready within 90 s of its restart");
}

TEST_F(Runner, IsTheSameEveryTime) {
  std::vector<std::string> first;
  for (int i = 0; i < 2; ++i) {
    scenario_.script.clear();
    seen_.clear();
    net::SimulatedWorld world(scenario_.network, 7);
    document_ = model::parse_document("[" + steps({kAsk, kAnswered}) + "]", "s.json");
    Reader reader(scenario_.network);
    for (const model::Value& step : model::Value(document_).elements())
      scenario_.script.push_back(reader.step(step));
    scenario::Run({scenario_, world,
                   [this](model::NodeId node, net::Environment& environment) {
                     return std::make_unique<Parrot>(scenario_.network, node, environment);
                   },
                   nullptr, [this](const net::Frame& frame) { remember(frame); }})
        .run();
    if (i == 0) first = seen_;
  }
  EXPECT_EQ(seen_, first);
}

}  // namespace
}  // namespace mipvet::scenario
