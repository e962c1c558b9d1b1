#pragma once

#include <map>
#include <memory_resource>
#include <variant>

#include "engine/observer/address_updates.h"
#include "engine/observer/ike_effects.h"
#include "engine/observer/key_ring.h"
#include "engine/observer/nonces.h"
#include "engine/observer/stays.h"

namespace mipvet::observer {

/// Puts IKE exchanges together from single messages and tells the sink what they show.
class IkeExchanges {
 public:
  IkeExchanges(const model::Network& network, AddressBook& addresses, const KeyRing& keys,
               IkeStore& store, Stays& stays, FactSink& sink);

  /// A message; its AUTH is verified here.
  void message(IkeMessage& seen);
  /// An ESP packet of a side on its own link.
  void esp(const ChildSa& child, std::uint8_t side, const Place& place) {
    updates_.esp(child, side, place);
  }
  /// Time has come to `now`: tells what is settled by then.
  void advance(Time now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) settle_next();
    updates_.advance(now);
    if (now >= next_sweep_) sweep(now);
  }

 private:
  /// A message that reached its receiver, and what came of it.
  struct Arrival {
    RecordPtr record;  ///< null: of no IKE SA
    TrackPtr track;    ///< of its request; null: of none that counts
    Kept message;
    Kept response;  ///< the first since
    std::uint32_t responses = 0;
    std::uint32_t copies = 1;
    Kept earlier;
    Kept earlier_response;
    std::uint32_t expected = 0;
    bool is_intercepted = false;  ///< the tester altered an answer before it was seen
  };
  /// A request that may be answered yet. It does not keep what a flood has pushed out.
  struct Waiting {
    std::weak_ptr<IkeRecord> record;
    std::weak_ptr<Track> track;
  };
  /// One that was, or will not be.
  struct Ended {
    RecordPtr record;
    TrackPtr track;
  };
  using ArrivalPtr = std::shared_ptr<Arrival>;
  using Deadline = std::variant<ArrivalPtr, Waiting, Ended>;

  RecordPtr record_of(const IkeMessage& seen);
  RecordPtr begin(const IkeMessage& seen);
  NodeId client_of(const IkeMessage& seen, NodeId gateway) const;
  void request(const RecordPtr& record, std::uint8_t side, const IkeMessage& seen,
               Whereabouts where);
  void response(const RecordPtr& record, std::uint8_t side, const IkeMessage& seen,
                Whereabouts where);
  void stray(const IkeMessage& seen);
  TrackPtr track_of(IkeRecord& record, std::uint8_t side, const IkeMessage& seen);
  void depart(IkeRecord& record, Track& track, const IkeMessage& seen, const Kept& kept);
  void arrive(const RecordPtr& record, const TrackPtr& track, const IkeMessage& seen,
              const Kept& kept);
  Kept arrived_before(const IkeMessage& response) const;
  static const IkeMessage* open_request(const IkeRecord& record, std::uint8_t side);
  void end(const RecordPtr& record, const TrackPtr& track, Time now);
  void note_response(const IkeMessage& seen, const Kept& kept);
  /// What the tester sends in place of a node's answer shows that there was one.
  void note_alteration(NodeId node, const IkeMessage& seen);

  void settle_next();
  void settle(const ArrivalPtr& arrival, Time now);
  void settle(const Waiting& waiting, Time now);
  void settle(const Ended& ended, Time now);
  void tell_ended(IkeRecord& record, const Track& track);
  void sweep(Time now);
  void schedule(Time time, Deadline deadline);
  Fact fact(const IkeSa& sa, std::uint8_t side, NodeId judged) const;

  const model::Network& network_;
  AddressBook& addresses_;
  const KeyRing& keys_;
  IkeStore& store_;
  Stays& stays_;
  FactSink& sink_;
  IkeEffects effects_;
  AddressUpdates updates_;
  Nonces nonces_;
  std::pmr::unsynchronized_pool_resource memory_;
  std::pmr::multimap<Time, Deadline> deadlines_;
  std::map<NodeId, std::vector<ArrivalPtr>> open_;  ///< by receiver
  bool has_opened_ = false;                         ///< a message by keys that were told
  Time next_sweep_{};
};

}  // namespace mipvet::observer
