#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mipvet::model {

using NodeId = std::uint16_t;
inline constexpr NodeId kNobody = 0xFFFF;

/// Which node has an address. It is asked several times for every frame, mostly for addresses that
/// nobody has, so a look-up is a probe or two of a table that stays half empty.
class NodeIndex {
 public:
  /// Where two claim one address, the first has it.
  void add(std::uint64_t address, NodeId node);
  NodeId find(std::uint64_t address) const {
    std::size_t at = place(address);
    while (slots_[at].node != kNobody && slots_[at].address != address) at = next(at);
    return slots_[at].node;
  }

 private:
  struct Slot {
    std::uint64_t address = 0;
    NodeId node = kNobody;  // kNobody: the slot is free
  };
  /// Fibonacci hashing: the high bits of the product depend on all bits of the address.
  std::size_t place(std::uint64_t address) const {
    return static_cast<std::size_t>((address * 0x9E3779B97F4A7C15) >> shift_);
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  unsigned shift_ = 60;  // 64 less the binary logarithm of the number of slots
  std::vector<Slot> slots_ = std::vector<Slot>(16);
  std::size_t count_ = 0;
};

}  // namespace mipvet::model
