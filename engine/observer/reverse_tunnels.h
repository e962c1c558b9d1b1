#pragma once

#include <boost/circular_buffer.hpp>

#include "engine/observer/address_book.h"
#include "engine/observer/fact_sink.h"
#include "engine/observer/registrations.h"

namespace mipvet::observer {

/// What home agents take out of tunnels and hand on (RFC 3024 §4.3).
class ReverseTunnels {
 public:
  ReverseTunnels(const model::Network& network, const AddressBook& addresses,
                 const Registrations& registrations, FactSink& sink);

  /// A datagram in a tunnel; `copy` is the place of the outer header.
  void tunnelled(const TunnelCopy& copy, wire::View inner);
  /// A datagram that is in no tunnel.
  void left(const Place& place, wire::View datagram);

 private:
  struct Arrival {
    TunnelCopy tunnel;
    NodeId agent = model::kNobody;
    NodeId mobile_node = model::kNobody;
    std::uint64_t digest = 0;
    Bindings bindings;
  };
  /// More that are under way at once say nothing new.
  static constexpr std::size_t kMaxArrivals = 64;

  const model::Network& network_;
  const AddressBook& addresses_;
  const Registrations& registrations_;
  FactSink& sink_;
  boost::circular_buffer<Arrival> arrivals_{kMaxArrivals};
};

}  // namespace mipvet::observer
