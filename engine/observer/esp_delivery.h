#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include <boost/circular_buffer.hpp>

#include "engine/observer/address_book.h"
#include "engine/observer/fact_sink.h"
#include "engine/observer/ike_records.h"

namespace mipvet::observer {

/// What VPN gateways do with the datagrams that they are given: which ESP packets they take, and
/// what they put on a link of theirs.
class EspDelivery {
 public:
  EspDelivery(const model::Network& network, const AddressBook& addresses, const IkeStore& ike,
              FactSink& sink);

  /// Any frame with an IPv4 header. `esp` is the layer right behind it; null: another one is.
  void frame(const Place& outer, const wire::Packet& packet, const wire::Layer* esp);

  void advance(Time now) {
    while (!arrivals_.empty() && arrivals_.front().place.time + network_.windows.reply <= now) {
      settle(arrivals_.front());
      arrivals_.pop_front();
    }
    while (!clear_.empty() && clear_.front().place.time + network_.windows.reply <= now)
      clear_.pop_front();
  }

 private:
  /// What tells a datagram from others on both ends of a hop, and whether it is the same.
  struct Marks {
    std::uint64_t key = 0;  ///< addresses, protocol, Identification
    std::uint64_t digest = 0;
    std::uint16_t length = 0;
  };
  struct Arrival {
    Place place;
    Marks inner;
    NodeId gateway = model::kNobody;
    Protection protection = Protection::no_key;
    std::uint64_t child = 0;  ///< its number; 0: none
    std::uint32_t spi = 0;
    std::uint32_t sequence = 0;
    std::uint32_t highest = 0;
    std::uint32_t forged_highest = 0;
    bool is_repeated = false;
    bool is_late = false;
    std::uint8_t next_header = 0;
    wire::Ipv4Address source;
    wire::Ipv4Address destination;
    std::uint8_t protocol = 0;
    std::uint16_t destination_port = 0;
    bool is_well_formed = false;
    std::uint32_t delivered = 0;
    bool is_altered = false;
    Place delivery;
  };
  struct Clear {
    Place place;
    Marks datagram;
    NodeId gateway = model::kNobody;
  };
  /// Sequence numbers that reached a gateway intact (RFC 4303 §3.4.3).
  struct Window {
    std::uint32_t highest = 0;
    std::uint64_t seen = 0;  ///< bit n: highest - n
    std::uint64_t child = 0;
    std::uint32_t forged_highest = 0;  ///< of those that did not
  };
  static constexpr std::size_t kMaxWaiting = 256;
  static constexpr std::size_t kMaxWindows = 4096;

  static Marks identify(wire::View datagram);
  void arrive(const Place& outer, const wire::Packet& packet, const wire::Layer& esp);
  void forward(const Place& outer, const wire::Packet& packet);
  void settle(const Arrival& arrival);
  static void look_inside(Arrival& arrival, const wire::Packet& packet, const wire::Layer& esp);
  /// What a dummy packet holds, by which is found out whether it was taken for a datagram.
  static Marks mistaken(const wire::Packet& packet, const wire::Layer& esp,
                        const wire::Layer& trailer);
  bool note_sequence(Arrival& arrival);
  const ChildSa* child(std::uint64_t number) const;
  Fact fact(NodeId gateway, const ChildSa* of, const IkeSa*& sa) const;

  const model::Network& network_;
  const AddressBook& addresses_;
  const IkeStore& ike_;
  FactSink& sink_;
  std::vector<bool> gateways_;  ///< by node
  /// Of captures from outside alone nobody can tell what was delivered.
  bool is_inside_seen_ = false;
  boost::circular_buffer<Arrival> arrivals_{kMaxWaiting};
  boost::circular_buffer<Clear> clear_{kMaxWaiting};
  std::unordered_map<std::uint32_t, Window> windows_;  ///< by SPI
};

}  // namespace mipvet::observer
