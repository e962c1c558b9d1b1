#pragma once

#include <array>
#include <vector>

#include "engine/observer/fact_sink.h"
#include "engine/observer/ike_effects.h"
#include "engine/observer/stays.h"

namespace mipvet::observer {

/// What became of requests with UPDATE_SA_ADDRESSES (RFC 4555 §3.5): which way both sides sent ESP
/// afterwards, and whether the gateway checked the new address (§3.7).
class AddressUpdates {
 public:
  AddressUpdates(const model::Network& network, const IkeStore& store, const Stays& stays,
                 FactSink& sink);

  /// Any IKE request, before it has had its effect.
  void request(const RecordPtr& record, const TrackPtr& track, const IkeMessage& seen,
               Whereabouts where, bool is_first);
  /// The first response to a request.
  void response(const Track& track, const IkeMessage& seen);
  void given_up(const Track& track, Time now);
  /// A packet of a side on its own link.
  void esp(const ChildSa& child, std::uint8_t side, const Place& place) {
    for (Update& update : updates_)
      if (update.record->sa.number == child.ike_sa) note(update, child, side, place);
  }
  void advance(Time now) {
    while (!updates_.empty() && tell_next(now)) {
    }
  }

 private:
  struct Update {
    static constexpr std::size_t kMaxChildren = 8;
    RecordPtr record;
    TrackPtr track;
    std::array<Path, 2> old_paths;  ///< by side
    std::array<Path, 2> new_paths;
    std::array<std::array<PathUse, kMaxChildren>, 2> uses;
    std::array<std::size_t, 2> use_count{};
    TrackPtr check;
    Time answered = Time::max();
    Time due = Time::max();
  };

  void note(Update& update, const ChildSa& child, std::uint8_t side, const Place& place);
  bool tell_next(Time now);
  void tell(const Update& update);

  const model::Network& network_;
  const IkeStore& store_;
  const Stays& stays_;
  FactSink& sink_;
  std::vector<Update> updates_;
};

}  // namespace mipvet::observer
