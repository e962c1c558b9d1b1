#include "engine/campaign/frame_selection.h"

#include <gtest/gtest.h>

namespace mipvet::campaign {
namespace {

constexpr std::uint64_t kMost = FrameSelection::kMost;

model::Finding citing(std::uint64_t frame, model::Verdict verdict = model::Verdict::fail) {
  model::Finding finding;
  finding.verdict = verdict;
  finding.frames = {{.capture_frame = frame, .link = "public", .range = {}}};
  return finding;
}

std::uint64_t held(const FrameSelection& selection, std::uint64_t total) {
  std::uint64_t count = 0;
  for (std::uint64_t n = 1; n <= total; ++n) count += selection.holds(n) ? 1 : 0;
  return count;
}

TEST(FrameSelection, HoldsAllOfARunThatIsShortEnough) {
  const FrameSelection selection({citing(5)}, kMost);
  EXPECT_EQ(held(selection, kMost), kMost);
}

TEST(FrameSelection, HoldsOfALongOneTheBeginningAndWhatIsAroundTheFindings) {
  const std::uint64_t cited = 3 * kMost;
  const FrameSelection selection({citing(cited)}, 4 * kMost);
  EXPECT_TRUE(selection.holds(1));
  EXPECT_TRUE(selection.holds(cited - FrameSelection::kAround));
  EXPECT_TRUE(selection.holds(cited + FrameSelection::kAround));
  EXPECT_FALSE(selection.holds(cited + FrameSelection::kAround + 1));
  EXPECT_FALSE(selection.holds(2 * kMost));
  EXPECT_EQ(held(selection, 4 * kMost), kMost);
}

TEST(FrameSelection, TakesBreachesFirstWhereThereIsTooMuch) {
  std::vector<model::Finding> findings;
  for (std::uint64_t frame = kMost; frame < 3 * kMost; frame += FrameSelection::kAround)
    findings.push_back(citing(frame, model::Verdict::inconclusive));
  findings.push_back(citing(4 * kMost));
  const FrameSelection selection(findings, 5 * kMost);
  EXPECT_TRUE(selection.holds(4 * kMost));
  EXPECT_EQ(held(selection, 5 * kMost), kMost);
}

}  // namespace
}  // namespace mipvet::campaign
