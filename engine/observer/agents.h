#pragma once

#include <map>
#include <utility>

#include "engine/observer/fact_sink.h"

namespace mipvet::observer {

/// Agent discovery on each link: who advertises, who solicits (RFC 3344 §2).
class Agents {
 public:
  Agents(const model::Network& network, FactSink& sink);

  void advertisement(const Place& place, const wire::Packet& packet);
  void solicitation(const Place& place, const wire::Packet& packet);
  /// Whoever appears on one link has left the others, and begins anew when it comes back.
  void appears(NodeId node, LinkId link);

 private:
  struct Advertiser {
    Time last;
    std::uint16_t sequence = 0;
  };
  struct Solicitor {
    Time last;
    Duration interval{};
    std::uint32_t unanswered = 0;
  };
  struct LinkState {
    Time solicited;
  };

  const model::Network& network_;
  FactSink& sink_;
  // Few: one entry for each agent and link, made once.
  std::map<std::pair<NodeId, LinkId>, Advertiser> advertisers_;
  std::map<std::pair<NodeId, LinkId>, Solicitor> solicitors_;
  std::map<LinkId, LinkState> links_;
};

}  // namespace mipvet::observer
