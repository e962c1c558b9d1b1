#include "roles/address_pool.h"

#include <algorithm>

namespace mipvet::roles {

using wire::Ipv4Address;

namespace {

/// Of a larger pool the first ones are given away.
constexpr std::uint32_t kMostAddresses = 65536;

}  // namespace

std::optional<Ipv4Address> AddressPool::take(std::uint32_t holder, const std::string& peer) {
  if (const auto held = held_by(holder)) return held;
  if (!prefix_) return std::nullopt;
  const auto keep = [&](Ipv4Address address) {
    held_[holder] = address;
    if (last_.size() < kMostAddresses) last_[peer] = address;
    return address;
  };
  if (const auto before = last_.find(peer); before != last_.end() && is_free(before->second))
    return keep(before->second);
  const std::uint32_t first = prefix_->address.value & prefix_->mask();
  const std::uint32_t last = std::min(~prefix_->mask(), kMostAddresses - 1);
  for (std::uint32_t n = 0; n <= last; ++n)
    if (is_free({first + n})) return keep({first + n});
  return std::nullopt;
}

std::optional<Ipv4Address> AddressPool::held_by(std::uint32_t holder) const {
  const auto found = held_.find(holder);
  return found == held_.end() ? std::nullopt : std::optional(found->second);
}

bool AddressPool::is_free(Ipv4Address address) const {
  const bool is_end = prefix_->length < 31 && (address.value == (address.value & prefix_->mask()) ||
                                               address == prefix_->directed_broadcast());
  return !is_end && network_.owner(address) == model::kNobody &&
         std::ranges::none_of(held_, [&](const auto& one) { return one.second == address; });
}

}  // namespace mipvet::roles
