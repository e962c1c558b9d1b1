#include "engine/model/node_index.h"

#include <utility>

namespace mipvet::model {

void NodeIndex::add(std::uint64_t address, NodeId node) {
  if (node == kNobody || find(address) != kNobody) return;
  if (2 * (count_ + 1) > slots_.size()) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size()));
    --shift_;
    count_ = 0;
    for (const Slot& slot : old) add(slot.address, slot.node);
  }
  std::size_t at = place(address);
  while (slots_[at].node != kNobody) at = next(at);
  slots_[at] = {address, node};
  ++count_;
}

}  // namespace mipvet::model
