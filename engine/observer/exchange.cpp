#include "engine/observer/exchange.h"

#include "engine/crypto/ntp.h"

namespace mipvet::observer {

ExchangeStore::ExchangeStore() : index_(&memory_) {}

ExchangeId ExchangeStore::open(Identity identity, std::uint64_t identification) {
  if (free_exchanges_.empty()) {
    free_exchanges_.push_back(static_cast<ExchangeId>(exchanges_.size()));
    exchanges_.emplace_back();
  }
  const ExchangeId id = free_exchanges_.back();
  free_exchanges_.pop_back();
  const std::uint32_t generation = exchanges_[id].generation + 1;
  exchanges_[id] = Exchange{};
  exchanges_[id].generation = generation;
  exchanges_[id].identity = identity;
  exchanges_[id].identification = identification;
  index_.emplace(crypto::low_order(identification), id);
  return id;
}

void ExchangeStore::close(ExchangeId id) {
  Exchange& exchange = exchanges_[id];
  for (ItemId item = exchange.first; item != kNone; item = items_[item]->next)
    free_items_.push_back(item);
  exchange.first = exchange.last = kNone;
  const auto [begin, end] = index_.equal_range(crypto::low_order(exchange.identification));
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second == id) {
      index_.erase(entry);
      break;
    }
  }
  free_exchanges_.push_back(id);
}

ItemId ExchangeStore::append(ExchangeId exchange_id, Item::Kind kind, const Sighting& sighting) {
  if (free_items_.empty()) {
    free_items_.push_back(static_cast<ItemId>(items_.size()));
    items_.push_back(std::make_unique<Item>());
  }
  const ItemId id = free_items_.back();
  free_items_.pop_back();
  Item& item = *items_[id];
  item.sighting = sighting;
  item.kind = kind;
  item.relays = item.answers = item.next = kNone;
  item.icmp_code = 0;
  item.bindings.count = 0;
  item.exchange = exchange_id;
  Exchange& exchange = exchanges_[exchange_id];
  if (exchange.first == kNone)
    exchange.first = id;
  else
    items_[exchange.last]->next = id;
  exchange.last = id;
  return id;
}

ExchangeId ExchangeStore::find(Identity identity, std::uint64_t identification) const {
  ExchangeId same_identification = kNone;
  ExchangeId only = kNone;
  std::size_t candidates = 0;
  const auto [begin, end] = index_.equal_range(crypto::low_order(identification));
  for (auto entry = begin; entry != end; ++entry) {
    const Exchange& exchange = exchanges_[entry->second];
    if (exchange.identity == identity) return entry->second;
    if (exchange.identification == identification) same_identification = entry->second;
    only = entry->second;
    ++candidates;
  }
  if (same_identification != kNone) return same_identification;
  return candidates == 1 ? only : kNone;
}

}  // namespace mipvet::observer
