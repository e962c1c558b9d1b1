#pragma once

#include "engine/observer/address_book.h"
#include "engine/observer/fact_sink.h"
#include "engine/observer/ike_records.h"

namespace mipvet::observer {

/// Where a message was seen.
struct Whereabouts {
  bool departs = false;  ///< on the link of its sender, and sent by it
  bool arrives = false;  ///< on the link of its receiver
};

/// What IKE messages do to IKE SAs and CHILD_SAs.
class IkeEffects {
 public:
  IkeEffects(const model::Network& network, AddressBook& addresses, IkeStore& store,
             FactSink& sink);

  /// A request, each time that it is seen; `is_first`: it was not seen before, on whichever link.
  void request(IkeRecord& record, Track& track, const IkeMessage& seen, Whereabouts where,
               bool is_first);
  void response(IkeRecord& record, Track& track, const IkeMessage& seen, Whereabouts where,
                bool is_first);
  /// A request will not be answered any more.
  void given_up(IkeRecord& record, Track& track);
  /// A request is on the way no more: its response is there, or none will come.
  void settled(IkeRecord& record, Track& track);
  /// Another IKE SA took its place, and it is not used any more.
  void abandon(IkeRecord& record, const IkeSa& successor);

 private:
  void opened(IkeRecord& record, const Track& track, const IkeMessage& response);
  void authenticated(IkeRecord& record, const Track& track, const IkeMessage& response);
  void created(IkeRecord& record, const Track& track, const IkeMessage& response);
  void informed(IkeRecord& record, const Track& track, const IkeMessage& response);
  void make_child(IkeRecord& record, const Track& track, const IkeMessage& response);
  void rekey(IkeRecord& record, const Track& track, const IkeMessage& response);
  void remove(IkeRecord& record, const Track& track, const IkeMessage* response);
  /// All that belongs to it ends with it.
  void close(IkeRecord& record, Time now);
  void remove_child(IkeRecord& record, const Track& track, const IkeMessage* response,
                    ChildSa& child);
  void note_nats(IkeRecord& record, std::uint8_t sender, const IkeMessage& seen);
  void note_addresses(IkeSide& side, const IkeMessage& seen);
  void tell(IkeRecord& record, IkeSaChanged::What what, const Track& track,
            const IkeMessage* response, const IkeSa* other);
  void tell(IkeRecord& record, ChildSaChanged::What what, const Track& track,
            const IkeMessage* response, const ChildSa& child, const ChildSa* other);
  Fact fact(const IkeSa& sa, std::uint8_t side) const;

  const model::Network& network_;
  AddressBook& addresses_;
  IkeStore& store_;
  FactSink& sink_;
};

}  // namespace mipvet::observer
