#pragma once

#include <array>
#include <map>
#include <memory>
#include <memory_resource>
#include <unordered_map>
#include <vector>

#include "engine/observer/ipsec_facts.h"

/// What the observer remembers of IKE SAs: their state, and the requests of each side with what
/// came of them.
namespace mipvet::observer {

/// The other of kClient and kGateway.
constexpr std::uint8_t other(std::uint8_t side) {
  return static_cast<std::uint8_t>(1U - side);
}

/// A message that more than one place remembers.
using Kept = std::shared_ptr<const IkeMessage>;

/// A request of one side, its copies, and the answers.
struct Track {
  static constexpr std::size_t kMaxCopies = IkeExchangeEnded::kMaxCopies;

  std::uint8_t side = kClient;  ///< whose request
  std::uint32_t message_id = 0;
  bool counts = false;                ///< it changes what is due: not one that is not authentic
  Kept request;                       ///< its first copy, wherever that was seen
  Kept sent;                          ///< its first copy on its sender's link
  Kept received;                      ///< its last copy on its receiver's link
  Kept response;                      ///< the first response, wherever that was seen
  Kept answer;                        ///< the first response on its sender's link
  Kept arrived;                       ///< the first response on the requester's link
  std::uint32_t copies = 0;           ///< sent
  std::uint32_t received_copies = 0;  ///< requests
  std::uint32_t answers = 0;          ///< sent
  bool identical = true;
  bool is_in_window = true;  ///< its receiver had to take its first copy (RFC 7296 §2.3)
  std::array<Time, kMaxCopies> times{};
  std::array<Path, kMaxCopies> paths{};
  Time last_copy{};  ///< wherever it was seen
  Time last_sent{};
  Duration last_interval{};
  bool ended = false;  ///< answered or given up
  bool waits = false;  ///< it is one of those that its sender has on the way (RFC 7296 §2.3)

  std::size_t listed_copies() const { return std::min<std::size_t>(copies, kMaxCopies); }
};
using TrackPtr = std::shared_ptr<Track>;

struct IkeRecord {
  /// Of each side; the oldest is forgotten for a new one.
  static constexpr std::size_t kMaxTracks = 4;

  IkeSa sa;
  std::array<std::vector<TrackPtr>, 2> tracks;  ///< by side, the latest last
  std::array<std::uint32_t, 2> due{};           ///< by side: Message ID that its peer waits for
  /// By side: what its own source digests say of a NAT before it, and its peer's destination
  /// digests.
  struct NatSigns {
    bool by_source = false;
    bool by_destination = false;
  };
  std::array<NatSigns, 2> nat_signs;
  Kept init_request;  ///< for AUTH, until it is established
  Kept init_response;
  Time touched;

  Track* find(std::uint8_t side, std::uint32_t message_id) const {
    for (auto track = tracks[side].rbegin(); track != tracks[side].rend(); ++track)
      if ((*track)->counts && (*track)->message_id == message_id) return track->get();
    return nullptr;
  }
  /// Which side sent a message, by where it was seen, else by its initiator flag.
  std::uint8_t sender_side(const IkeMessage& message) const;
};
using RecordPtr = std::shared_ptr<IkeRecord>;

class IkeStore {
 public:
  explicit IkeStore(const model::Network& network);

  Kept keep(const IkeMessage& message);
  TrackPtr track(IkeRecord& record, std::uint8_t side, std::uint32_t message_id);

  RecordPtr open(std::uint64_t initiator_spi, std::uint64_t responder_spi, Time now);
  /// By both SPIs; with a responder's SPI of 0 by the initiator's. Of several the latest.
  RecordPtr find(std::uint64_t initiator_spi, std::uint64_t responder_spi) const;
  void set_responder_spi(IkeRecord& record, std::uint64_t spi);
  IkeRecord* find(std::uint64_t number) const;
  RecordPtr shared(std::uint64_t number) const { return records_.at(number); }
  /// The live IKE SA of a node: the one established last that it has not given up; null: none.
  const IkeRecord* live(NodeId node) const { return node < live_.size() ? live_[node] : nullptr; }
  /// To be told when an IKE SA was established or ended.
  void state_changed();
  /// The last one that these two nodes began, alive or not, but for `other`.
  IkeRecord* latest(NodeId client, NodeId gateway, const IkeRecord& other) const;

  ChildSa& open_child(std::uint64_t ike_sa, Time now);
  /// By the SPI and the node that receives with it; kNobody: whoever does.
  ChildSa* child(std::uint32_t spi, NodeId receiver) const;
  const ChildSa* child(std::uint64_t number) const {
    const auto found = children_.find(number);
    return found == children_.end() ? nullptr : found->second.get();
  }
  /// Once its SPIs are known.
  void index(ChildSa& child);
  std::vector<ChildSa*> children(std::uint64_t ike_sa) const;
  const std::map<std::uint64_t, RecordPtr>& records() const { return records_; }

  /// Forgets what ended long ago, and half-open ones that nobody goes on with.
  void sweep(Time now);
  /// More half-open IKE SAs than this are not remembered.
  static constexpr std::size_t kMaxHalfOpen = 1024;

 private:
  void forget(const IkeRecord& record);

  std::pmr::unsynchronized_pool_resource memory_;
  std::map<std::uint64_t, RecordPtr> records_;
  std::unordered_multimap<std::uint64_t, std::uint64_t> by_initiator_spi_;
  std::map<std::uint64_t, std::unique_ptr<ChildSa>> children_;
  std::unordered_multimap<std::uint32_t, ChildSa*> by_spi_;
  std::vector<const IkeRecord*> live_;  // by node
  std::uint64_t last_number_ = 0;
  Time swept_{};
};

/// What an IKE SA shows of the conditions of a requirement on the node of a side.
Circumstances circumstances(const IkeSa& sa, std::uint8_t side);

}  // namespace mipvet::observer
