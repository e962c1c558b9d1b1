#include "engine/observer/ike_records.h"

#include <algorithm>

namespace mipvet::observer {

namespace {

/// How long a half-open IKE SA waits, and a closed one is remembered, so that late packets of it
/// are known for what they are.
constexpr Duration kLinger = std::chrono::seconds(90);
constexpr Duration kSweepEvery = std::chrono::seconds(10);

constexpr std::uint16_t kAesCbc = 12;  // ENCR_AES_CBC

}  // namespace

std::uint8_t IkeRecord::sender_side(const IkeMessage& message) const {
  for (const std::uint8_t side : {kClient, kGateway})
    if (message.sender != model::kNobody && message.sender == sa.sides[side].node) return side;
  for (const std::uint8_t side : {kClient, kGateway})
    if (message.receiver != model::kNobody && message.receiver == sa.sides[side].node)
      return static_cast<std::uint8_t>(1U - side);
  return message.by_initiator() ? sa.initiator : static_cast<std::uint8_t>(1U - sa.initiator);
}

IkeStore::IkeStore(const model::Network& network)
    : memory_({.max_blocks_per_chunk = 8, .largest_required_pool_block = sizeof(IkeMessage) + 64}),
      live_(network.nodes.size()) {}

Kept IkeStore::keep(const IkeMessage& message) {
  return std::allocate_shared<IkeMessage>(std::pmr::polymorphic_allocator<IkeMessage>(&memory_),
                                          message);
}

TrackPtr IkeStore::track(IkeRecord& record, std::uint8_t side, std::uint32_t message_id) {
  auto& tracks = record.tracks[side];
  if (tracks.size() == IkeRecord::kMaxTracks) tracks.erase(tracks.begin());
  tracks.emplace_back(std::make_unique<Track>());
  tracks.back()->side = side;
  tracks.back()->message_id = message_id;
  return tracks.back();
}

RecordPtr IkeStore::open(std::uint64_t initiator_spi, std::uint64_t responder_spi, Time now) {
  // Apart from its count of owners, so that who only waits for it does not keep its memory.
  const RecordPtr record(std::make_unique<IkeRecord>());
  record->sa.number = ++last_number_;
  record->sa.created = now;
  record->touched = now;
  record->sa.sides[kClient].spi = initiator_spi;
  record->sa.sides[kGateway].spi = responder_spi;
  records_.emplace(record->sa.number, record);
  by_initiator_spi_.emplace(initiator_spi, record->sa.number);
  // A flood of requests must not fill the memory: the half-open one that waits longest goes.
  std::size_t half_open = 0;
  const IkeRecord* oldest = nullptr;
  if (records_.size() > kMaxHalfOpen)
    for (const auto& [number, one] : records_)
      if (one->sa.state == IkeSa::State::half_open) {
        ++half_open;
        if (oldest == nullptr) oldest = one.get();
      }
  if (half_open > kMaxHalfOpen) forget(*oldest);
  return record;
}

RecordPtr IkeStore::find(std::uint64_t initiator_spi, std::uint64_t responder_spi) const {
  const auto [begin, end] = by_initiator_spi_.equal_range(initiator_spi);
  RecordPtr result;
  for (auto entry = begin; entry != end; ++entry) {
    const RecordPtr& record = records_.at(entry->second);
    const bool fits = responder_spi == 0 || record->sa.responder_spi() == responder_spi;
    if (fits && (result == nullptr || result->sa.number < record->sa.number)) result = record;
  }
  return result;
}

void IkeStore::set_responder_spi(IkeRecord& record, std::uint64_t spi) {
  record.sa.sides[1U - record.sa.initiator].spi = spi;
}

IkeRecord* IkeStore::find(std::uint64_t number) const {
  const auto found = records_.find(number);
  return found == records_.end() ? nullptr : found->second.get();
}

void IkeStore::state_changed() {
  std::ranges::fill(live_, nullptr);
  for (const auto& [number, record] : records_) {
    if (record->sa.state != IkeSa::State::established) continue;
    for (const IkeSide& side : record->sa.sides) {
      if (side.node >= live_.size() || side.gave_up) continue;
      const IkeRecord*& known = live_[side.node];
      if (known == nullptr || known->sa.established <= record->sa.established) known = record.get();
    }
  }
}

IkeRecord* IkeStore::latest(NodeId client, NodeId gateway, const IkeRecord& other) const {
  for (auto entry = records_.rbegin(); entry != records_.rend(); ++entry) {
    IkeRecord& record = *entry->second;
    if (&record != &other && record.sa.client().node == client &&
        record.sa.gateway().node == gateway && record.sa.number < other.sa.number)
      return &record;
  }
  return nullptr;
}

ChildSa& IkeStore::open_child(std::uint64_t ike_sa, Time now) {
  auto child = std::make_unique<ChildSa>();
  child->number = ++last_number_;
  child->ike_sa = ike_sa;
  child->created = now;
  ChildSa& result = *child;
  children_.emplace(result.number, std::move(child));
  return result;
}

void IkeStore::index(ChildSa& child) {
  for (const EspStream& stream : child.from)
    if (stream.spi != 0) by_spi_.emplace(stream.spi, &child);
}

ChildSa* IkeStore::child(std::uint32_t spi, NodeId receiver) const {
  ChildSa* any = nullptr;
  const auto [begin, end] = by_spi_.equal_range(spi);
  for (auto entry = begin; entry != end; ++entry) {
    ChildSa& one = *entry->second;
    const IkeRecord* record = find(one.ike_sa);
    for (const std::uint8_t side : {kClient, kGateway}) {
      if (one.from[side].spi != spi) continue;
      const bool fits =
          record != nullptr && receiver != model::kNobody && record->sa.peer(side).node == receiver;
      if (fits) return &one;
      if (any == nullptr || any->number < one.number) any = &one;
    }
  }
  return any;
}

std::vector<ChildSa*> IkeStore::children(std::uint64_t ike_sa) const {
  std::vector<ChildSa*> result;
  for (const auto& [number, child] : children_)
    if (child->ike_sa == ike_sa) result.push_back(child.get());
  return result;
}

void IkeStore::forget(const IkeRecord& record) {
  const std::uint64_t number = record.sa.number;
  std::erase_if(by_spi_, [&](const auto& entry) { return entry.second->ike_sa == number; });
  std::erase_if(children_, [&](const auto& entry) { return entry.second->ike_sa == number; });
  const auto [begin, end] = by_initiator_spi_.equal_range(record.sa.initiator_spi());
  for (auto entry = begin; entry != end; ++entry)
    if (entry->second == number) {
      by_initiator_spi_.erase(entry);
      break;
    }
  records_.erase(number);
}

void IkeStore::sweep(Time now) {
  if (now < swept_ + kSweepEvery) return;
  swept_ = now;
  std::vector<RecordPtr> over;
  for (const auto& [number, record] : records_)
    if (!record->sa.is_alive() && record->touched + kLinger < now) over.push_back(record);
  for (const RecordPtr& record : over) forget(*record);
  std::erase_if(by_spi_, [&](const auto& entry) {
    return !entry.second->is_alive() && entry.second->deleted + kLinger < now;
  });
  std::erase_if(children_, [&](const auto& entry) {
    return !entry.second->is_alive() && entry.second->deleted + kLinger < now;
  });
}

Circumstances circumstances(const IkeSa& sa, std::uint8_t side) {
  using enum Circumstance;
  Circumstances result;
  if (sa.mobike()) result.add(mobike);
  result.add(sa.natt() ? natt : no_natt);
  result.add(sa.nat() ? nat : no_nat);
  if (sa.nat()) result.add(nat_vpn);
  if (sa.peer(side).window > 1) result.add(window);
  if (sa.suite.esn) result.add(esn);
  if (sa.suite.encryption == kAesCbc) result.add(cbc);
  if (sa.sides[side].auth_method == wire::ike::authentication::kSharedKey) result.add(psk);
  return result;
}

}  // namespace mipvet::observer
