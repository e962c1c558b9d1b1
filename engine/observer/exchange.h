#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <unordered_map>
#include <vector>

#include "engine/observer/facts.h"
#include "engine/observer/prefetch.h"

/// A registration as the observer puts it together: the request on its way from the mobile node to
/// the home agent, and the reply on its way back, on every link where they were seen.
namespace mipvet::observer {

using ItemId = std::uint32_t;
using ExchangeId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

/// How long an unanswered exchange is kept for a late reply, at most: a pending entry lives no
/// longer than the requested lifetime (RFC 3344 §3.7.2.2).
inline constexpr Duration kLongestWait = std::chrono::seconds(60);

/// One message of an exchange on one link.
struct Item {
  enum class Kind : std::uint8_t { request, reply, unreachable };
  Kind kind = Kind::request;
  /// A relayed copy: the item that was received before it. kNone: not relayed.
  ItemId relays = kNone;
  /// A reply: the request that its sender (or, of a relayed one, its relay) had received.
  ItemId answers = kNone;
  std::uint8_t icmp_code = 0;  ///< of an unreachable
  Bindings bindings;           ///< at the receiver, when a message arrived there
  ExchangeId exchange = kNone;
  ItemId next = kNone;
  Sighting sighting;  ///< last, for most of its room is empty
};

struct Exchange {
  Identity identity = 0;
  std::uint64_t identification = 0;
  NodeId mobile_node = model::kNobody;
  Circumstances circumstances;
  ItemId first = kNone;
  ItemId last = kNone;
  std::uint32_t unsettled = 0;  ///< items whose time is not over
  bool retiring = false;        ///< unanswered: kept for a late reply
  std::uint32_t generation = 0;
};

/// Items and exchanges in pools that are used again, so that memory goes with what is open now.
class ExchangeStore {
 public:
  ExchangeStore();

  Exchange& operator[](ExchangeId id) { return exchanges_[id]; }
  const Exchange& operator[](ExchangeId id) const { return exchanges_[id]; }
  Item& item(ItemId id) { return *items_[id]; }
  const Item& item(ItemId id) const { return *items_[id]; }
  /// It is looked at soon.
  void expect(ItemId id) const {
    constexpr std::size_t kUsual = 128;  // of the octets, and of what stands before them
    const Item& item = *items_[id];
    prefetch(&item, sizeof(Item) - sizeof(Sighting) + sizeof(Place) + kUsual);
    prefetch(item.sighting.octets.data(), kUsual);
  }
  /// Calls `visit(id, item)` for every item of an exchange, in the order in which they were seen.
  template <typename Visit>
  void each(const Exchange& exchange, Visit visit) const {
    for (ItemId id = exchange.first; id != kNone; id = item(id).next) visit(id, item(id));
  }

  ExchangeId open(Identity identity, std::uint64_t identification);
  void close(ExchangeId id);
  ItemId append(ExchangeId exchange, Item::Kind kind, const Sighting& sighting);

  /// The open exchange with an Identification whose low-order half matches (RFC 3344 §5.7.1: a
  /// reply keeps only that half); of several, one of the same identity, else of the same
  /// Identification, else the only one.
  ExchangeId find(Identity identity, std::uint64_t identification) const;
  bool is(ExchangeId id, std::uint32_t generation) const {
    return id < exchanges_.size() && exchanges_[id].generation == generation &&
           exchanges_[id].first != kNone;
  }
  std::size_t open_count() const { return index_.size(); }

 private:
  std::vector<Exchange> exchanges_;
  std::vector<ExchangeId> free_exchanges_;
  std::vector<std::unique_ptr<Item>> items_;
  std::vector<ItemId> free_items_;
  std::pmr::unsynchronized_pool_resource memory_;
  std::pmr::unordered_multimap<std::uint32_t, ExchangeId> index_;  // by low-order Identification
};

}  // namespace mipvet::observer
