#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "engine/observer/circumstance.h"
#include "engine/observer/sighting.h"

/// What the observer tells the rules. Each fact judges one node, and holds all that a rule may
/// look at; it lives as long as the call.
namespace mipvet::observer {

/// What is remembered of an earlier message of the same mobile node.
struct RequestMemory {
  std::uint64_t frame = 0;  ///< 0: there was none
  Time time;
  LinkId link = 0;
  wire::Ipv4Address source;
  wire::Ipv4Address destination;
  wire::Ipv4Address home_agent;
  wire::Ipv4Address care_of_address;
  std::uint64_t identification = 0;
  std::uint16_t lifetime = 0;
  std::uint8_t flags = 0;
  /// The one before it, on this link and for the same care-of address, was unanswered.
  bool is_retry = false;
  Duration interval{};  ///< since the one before it; 0 for the first
  /// Waits since it was first sent, or since the last that did not double the one before: there it
  /// may have been sent for another reason than that no reply came.
  std::uint32_t waits = 0;
  std::uint32_t restarts = 0;  ///< how often that was so since the last reply
  bool has_ha_parameter = false;
  wire::Ipv4Address ha_parameter;  ///< its address
  /// The last valid reply before it named this one in its HA Parameter extension.
  wire::Ipv4Address assigned_home_agent;
  explicit operator bool() const { return frame != 0; }
};

struct ReplyMemory {
  std::uint64_t frame = 0;  ///< 0: there was none
  Time time;
  NodeId sender = model::kNobody;
  wire::Ipv4Address source;
  wire::Ipv4Address home_agent;
  wire::Ipv4Address assigned_home_agent;  ///< of its HA Parameter extension
  std::uint64_t identification = 0;
  std::uint16_t lifetime = 0;
  std::uint8_t code = 0;
  bool valid = false;  ///< authenticated where it has to be, and matching the request
  /// Another valid one had answered the same request before.
  bool is_second = false;
  explicit operator bool() const { return frame != 0; }
};

/// A mobile node's registration as an agent (or proxy) last granted it.
struct Binding {
  Time since;
  Time expires;  ///< Time::max() for an infinite lifetime
  std::uint64_t identification = 0;
  wire::Ipv4Address care_of_address;
  wire::Ipv4Address home_agent;  ///< as the mobile node's request named it
  wire::Ipv4Address
      udp_address;             ///< with a UDP tunnel (RFC 3519 §4.6): where the request came from
  std::uint16_t udp_port = 0;  ///< 0: no UDP tunnel
  std::uint16_t granted = 0;

  bool in_udp() const { return udp_port != 0; }
};

/// All bindings of one mobile node at one node, the latest last. More than one only with
/// simultaneous bindings (RFC 3344 §3.8.2.2); of more than `kMax` the oldest are forgotten.
struct Bindings {
  static constexpr std::size_t kMax = 3;
  NodeId agent = model::kNobody;
  std::uint8_t count = 0;
  std::array<Binding, kMax> list;

  std::span<const Binding> all() const { return {list.data(), count}; }
  const Binding* latest() const { return count == 0 ? nullptr : &list[count - 1U]; }
  const Binding* to(wire::Ipv4Address care_of_address) const {
    for (const Binding& binding : all())
      if (binding.care_of_address == care_of_address) return &binding;
    return nullptr;
  }
  bool live(Time now) const {
    for (const Binding& binding : all())
      if (binding.expires > now) return true;
    return false;
  }
  void remove(wire::Ipv4Address care_of_address);
  void add(const Binding& binding, bool simultaneous);
};

struct Fact {
  const model::Network& network;
  NodeId judged;
  Circumstances circumstances;
  /// The end of the mobile node's side: who it is, where known.
  NodeId mobile_node = model::kNobody;

  const model::Node& node() const { return network.node(judged); }
};

/// A mobile node sends a request of its own (not a relayed copy).
struct RequestSent : Fact {
  const Sighting& request;
  const RequestMemory& before;    ///< its request before this one
  const ReplyMemory& last_reply;  ///< the last valid reply that reached it
  const Bindings& registered;     ///< what it is registered with, by the replies that reached it
  const Sighting& primary() const { return request; }
};

/// A foreign agent, proxy or NAT passes a request on.
struct RequestRelayed : Fact {
  const Sighting& from_mn;   ///< as the relaying node received it
  const Sighting& to_ha;     ///< as it sent it on
  std::uint32_t copies;      ///< how often it has sent this request on, this one included
  const Bindings& bindings;  ///< at the relaying node, before this request
  const Sighting& primary() const { return to_ha; }
};

/// The time within which a node has to deal with a request is over.
struct RequestSettled : Fact {
  const Sighting& request;                    ///< as the judged node received it
  std::span<const Sighting* const> relayed;   ///< copies that it sent on
  std::span<const Sighting* const> replies;   ///< replies that it sent to this request
  std::span<const Sighting* const> received;  ///< replies that it received to relayed copies
  std::uint32_t unreachables;     ///< ICMP unreachables that it received for relayed copies
  std::uint8_t unreachable_code;  ///< of the first of them
  const Bindings& bindings;       ///< at the judged node, before this request
  /// How often the node received this request (Identification), this one included.
  std::uint32_t received_copies;
  const Sighting& primary() const { return request; }
};

/// A node answers a request itself: a home agent, or a proxy or foreign agent that refuses.
struct ReplySent : Fact {
  const Sighting& request;  ///< as the judged node received it
  const Sighting& reply;
  bool was_relayed;  ///< the request had been relayed by the judged node before
  std::uint32_t unreachables;
  std::uint8_t unreachable_code;
  const Bindings& bindings;  ///< at the judged node, before this reply
  const Sighting& primary() const { return reply; }
};

/// A foreign agent or proxy passes a reply on.
struct ReplyRelayed : Fact {
  const Sighting& request;  ///< the mobile node's request as the judged node received it
  const Sighting& relayed_request;
  const Sighting& from_ha;
  const Sighting& to_mn;
  std::uint32_t copies;
  const Bindings& bindings;  ///< at the judged node, before this reply
  bool is_overtaken;         ///< the mobile node has sent a later request meanwhile
  const Sighting& primary() const { return to_mn; }
};

/// The time within which a node has to pass a received reply on is over.
struct ReplySettled : Fact {
  const Sighting* request;  ///< null: the reply answers no request that was seen
  const Sighting* relayed_request;
  const Sighting& reply;  ///< as the judged node received it
  std::span<const Sighting* const> relayed;
  /// Further replies to the same request that the node received.
  std::uint32_t others;
  const Sighting& primary() const { return reply; }
};

/// The time within which a mobile node may react to a reply is over.
struct ReplyReceived : Fact {
  const Sighting* request;  ///< the request that it answers by Identification; null: none
  const Sighting& reply;
  const RequestMemory& next;  ///< the mobile node's next request, if there was one in time
  const Sighting& primary() const { return reply; }
};

/// An agent advertises (RFC 3344 §2.1).
struct AdvertisementSent : Fact {
  const Place& place;
  const wire::Packet& packet;
  wire::View message;   ///< agent-advertisement
  wire::View mobility;  ///< mobility-agent-advertisement
  Time previous;        ///< of the same agent on the same link; Time{} for the first
  std::uint16_t previous_sequence;
  bool solicited;  ///< a solicitation was seen on the link less than 2 s before
  const Place& primary() const { return place; }
};

/// A node looks for agents (RFC 3344 §2.4).
struct SolicitationSent : Fact {
  const Place& place;
  const wire::Packet& packet;
  wire::View message;
  Time previous;               ///< Time{} for the first
  Duration previous_interval;  ///< between the two before this one; 0 where there were none
  std::uint32_t unanswered;    ///< solicitations before this one without an advertisement between
  const Place& primary() const { return place; }
};

/// What a node that keeps bindings met with last since it granted a mobile node one.
enum class Incident : std::uint8_t {
  none,
  asked,        ///< an authentic request, not answered yet
  forged,       ///< a request or reply that does not authenticate
  refused,      ///< the node itself refused an authentic request
  denied,       ///< the home agent refused
  unreachable,  ///< ICMP reported the home agent unreachable
};

/// A binding that went before its lifetime's end.
struct EndedBinding {
  enum class How : std::uint8_t {
    none,
    deregistered,  ///< the mobile node asked for it
    retired,       ///< a lifetime was asked for, none granted
    replaced,      ///< by another care-of address
  };
  How how = How::none;
  bool asked_for_all = false;  ///< deregistered with care-of address equal to home address
  wire::Ipv4Address endpoint;  ///< where the tunnel ended
};

/// How a mobile node's bindings at a node came to be what they are, as far as it was seen since
/// datagrams for it were.
struct BindingStory {
  Incident incident = Incident::none;
  std::uint8_t code = 0;              ///< of the denial
  bool zero_lifetime = false;         ///< of the denial
  wire::Ipv4Address asked_for;        ///< care-of address of the last authentic request
  bool overlapped = false;            ///< granted was an earlier request than the last one
  EndedBinding ended;                 ///< the last that went and has not come back
  bool tunnelled_before = false;      ///< the node has tunnelled a datagram to this mobile node
  bool tunnelled_to_anybody = false;  ///< ... to whichever mobile node
};

/// A datagram as it left a node inside a tunnel.
struct TunnelCopy : Place {
  bool in_udp = false;  ///< else IP-in-IP
};

/// The time within which a node has to tunnel a datagram that it was given for a home address is
/// over. Told only where it is clear what the bindings were at that time.
struct DatagramSettled : Fact {
  const Place& datagram;  ///< as the judged node received it
  const Bindings& bindings;
  const BindingStory& story;
  std::span<const TunnelCopy> copies;
  const Place& primary() const { return copies.empty() ? datagram : copies.front(); }
};

/// A home agent hands on what came to it in a tunnel from a mobile node (RFC 3024 §4.3).
struct ReverseTunnelled : Fact {
  const Place& datagram;     ///< as it left the judged node
  const TunnelCopy& tunnel;  ///< how it came
  /// At the judged node when it came, of the mobile node that its inner source says it is from;
  /// none: nobody's home address.
  const Bindings& bindings;
  /// The same when it left: with what the judged node had been asked for before it came.
  const Bindings& bindings_then;
  const Place& primary() const { return datagram; }
};

/// A node speaks or answers ARP (RFC 826; RFC 3344 §4.6).
struct ArpSent : Fact {
  const Place& place;
  const wire::Packet& packet;
  wire::View message;  ///< arp
  NodeId sender_address_owner;
  const Place& primary() const { return place; }
};

}  // namespace mipvet::observer
