#include "engine/model/node_index.h"

#include <gtest/gtest.h>

namespace mipvet::model {
namespace {

TEST(NodeIndex, FindsWhatWasAddedAndNothingElse) {
  NodeIndex index;
  EXPECT_EQ(index.find(0), kNobody);
  constexpr std::uint64_t kCount = 5000;
  for (std::uint64_t i = 0; i < kCount; ++i)
    index.add(0x0A640000 + 2 * i, static_cast<NodeId>(i % 100));
  for (std::uint64_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(index.find(0x0A640000 + 2 * i), i % 100);
    EXPECT_EQ(index.find(0x0A640000 + 2 * i + 1), kNobody);
  }
}

TEST(NodeIndex, AnAddressStaysWithTheFirst) {
  NodeIndex index;
  index.add(0x020000000001, 3);
  index.add(0x020000000001, 4);
  EXPECT_EQ(index.find(0x020000000001), 3);
}

TEST(NodeIndex, ZeroIsAnAddressAndNobodyHasNone) {
  NodeIndex index;
  index.add(7, kNobody);
  EXPECT_EQ(index.find(7), kNobody);
  index.add(0, 1);
  EXPECT_EQ(index.find(0), 1);
}

}  // namespace
}  // namespace mipvet::model
