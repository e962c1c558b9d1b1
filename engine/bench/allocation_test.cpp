#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "engine/bench/registration_frames.h"
#include "engine/model/network_file.h"
#include "engine/observer/observer.h"
#include "engine/rules/judge.h"
#include "engine/wire/allocations_for_test.h"

// Decoding, observing and judging a frame allocates nothing once all mobile nodes are known:
// counted by the operator new of this program.

namespace mipvet::bench {
namespace {

constexpr std::size_t kNodes = 1000;

class Allocation : public ::testing::Test {
 protected:
  /// What the next `count` registrations cost to observe and to judge; `spoil` may alter a frame.
  template <typename Spoil>
  std::size_t allocations_of(std::size_t count, Spoil spoil) {
    std::vector<RegistrationFrames::TimedFrame> frames;
    for (std::size_t i = 0; i < count; ++i)
      for (auto& frame : registrations_.next()) frames.push_back(std::move(frame));
    for (auto& frame : frames) spoil(frame);
    return mipvet::testing::allocations_of([&] {
      for (const auto& frame : frames) observer_.frame({frame.time, frame.link, frame.octets});
    });
  }
  std::size_t allocations_of(std::size_t count) {
    return allocations_of(count, [](auto&) {});
  }
  std::size_t findings(model::Verdict verdict) const {
    const auto all = judge_.findings();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(),
                      [&](const model::Finding& finding) { return finding.verdict == verdict; }));
  }

  const model::Network network_ = model::network_from_document(
      model::parse_document(registration_network(), "registrations.json"));
  const rules::RuleBook book_ = rules::all_rules();
  rules::Judge judge_{network_, book_};
  observer::Observer observer_{network_, judge_};
  RegistrationFrames registrations_{kNodes};
};

TEST_F(Allocation, NoneForAFrameOfAKnownMobileNode) {
  EXPECT_GT(allocations_of(3 * kNodes), 0U);
  EXPECT_EQ(allocations_of(3 * kNodes), 0U);
  EXPECT_GT(findings(model::Verdict::pass), 50U);
  EXPECT_EQ(findings(model::Verdict::fail), 0U);
}

TEST_F(Allocation, NoneForABreachThatIsKnown) {
  const auto spoil = [](RegistrationFrames::TimedFrame& frame) { frame.octets.back() ^= 1; };
  // The intervals between requests are a breach when they are wrong again (RFC 3344 §3.6.3).
  allocations_of(6 * kNodes, spoil);
  EXPECT_EQ(allocations_of(3 * kNodes, spoil), 0U);
  EXPECT_GT(findings(model::Verdict::fail), 0U);
}

TEST_F(Allocation, MemoryGoesWithWhatIsOpen) {
  allocations_of(3 * kNodes);
  const std::size_t open = observer_.registrations().open_exchanges();
  allocations_of(6 * kNodes);
  EXPECT_EQ(observer_.registrations().open_exchanges(), open);
  EXPECT_EQ(observer_.registrations().mobile_nodes(), kNodes);
}

}  // namespace
}  // namespace mipvet::bench
