#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "engine/crypto/ntp.h"
#include "engine/net/environment_for_test.h"
#include "engine/wire/arp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"
#include "roles/actor.h"
#include "roles/network_for_test.h"
#include "roles/registration.h"

namespace mipvet::roles::testing {

using namespace std::chrono_literals;
using net::testing::SentFrame;
using net::testing::TestEnvironment;

/// A frame that the role under test sent, taken apart.
class Sent {
 public:
  Sent(const model::Network& network, std::string on, SentFrame frame)
      : link(std::move(on)), time(frame.time), content_(std::make_shared<Content>()) {
    content_->octets = std::move(frame.octets);
    content_->packet.decode(content_->octets, network.decode);
    content_->body = Received::parse(*packet().message().layout, message().bytes(), network.decode);
  }

  std::string link;
  net::Time time;

  const wire::Buffer& octets() const { return content_->octets; }
  const wire::Packet& packet() const { return content_->packet; }
  /// What the frame carries inside all headers.
  wire::View message() const { return packet().view(packet().message()); }
  bool is(const wire::Layout& layout) const { return packet().message().layout == &layout; }
  std::uint64_t operator[](const wire::Field& field) const { return message()[field]; }
  wire::Ipv4Address address(const wire::Field& field) const { return message().address(field); }
  /// A registration message with its extensions.
  const Received& body() const { return content_->body.value(); }

  /// The n-th IPv4 header from outside.
  wire::View ip(std::size_t n = 0) const {
    return packet().view(*packet().find(wire::ip::layout, n));
  }
  wire::View udp() const { return packet().view(*packet().carrying_udp()); }
  wire::Ipv4Address source() const { return ip().address(wire::ip::source); }
  wire::Ipv4Address destination() const { return ip().address(wire::ip::destination); }
  std::uint64_t source_port() const { return udp()[wire::udp::source_port]; }
  std::uint64_t destination_port() const { return udp()[wire::udp::destination_port]; }
  wire::MacAddress to() const {
    return wire::View(wire::ethernet::layout, octets()).mac(wire::ethernet::destination);
  }

 private:
  struct Content {
    wire::Buffer octets;
    wire::Packet packet;
    std::optional<Received> body;
  };
  std::shared_ptr<Content> content_;
};

/// From whom a datagram comes to the role under test.
struct From {
  wire::Ipv4Address source;
  std::uint16_t port = mip4::kPort;
  std::uint8_t ttl = 64;
};

/// Plays one node of the test network by hand: the test is all others.
class RoleTest : public ::testing::Test {
 protected:
  /// `patch`: on the network, see network().
  void play(const std::string& node, std::string_view patch = "{}",
            std::vector<std::string> deviations = {}) {
    network_ = network(patch);
    play_as_is(node, std::move(deviations));
  }
  void play_as_is(const std::string& node, std::vector<std::string> deviations = {}) {
    self_ = id(node);
    actor_ = make_actor({network_, self_, environment_, std::move(deviations)});
    actor_->start();
    settle();
  }

  model::NodeId id(std::string_view node) const { return network_.find_node(node); }
  net::PortId port(std::string_view link) const {
    const auto& attachments = network_.node(self_).attachments;
    for (net::PortId one = 0; one < attachments.size(); ++one)
      if (network_.link(attachments[one].link).name == link) return one;
    throw std::logic_error("the node is not on that link");
  }
  wire::MacAddress mac(std::string_view node, std::string_view link) const {
    return network_.node(id(node)).attachment(*network_.find_link(link))->mac;
  }
  wire::MacAddress own_mac(std::string_view link) const {
    return network_.node(self_).attachments[port(link)].mac;
  }
  net::Time now() const { return environment_.now(); }

  void command(std::string_view verb, const nlohmann::json& arguments = nlohmann::json::object()) {
    actor_->command({verb, &arguments});
    settle();
  }
  /// Lets time pass; timers fire when they are due.
  void pass(net::Duration duration) {
    const net::Time until = now() + duration;
    while (environment_.fire_next(until)) settle();
    environment_.advance_to(until);
  }

  /// A frame comes to the role on a link.
  void arrive(std::string_view link, wire::Bytes frame) {
    actor_->receive(port(link), frame);
    settle();
  }
  /// An IPv4 datagram comes from a neighbour.
  void arrive_ip(std::string_view link, const wire::MacAddress& from, wire::Bytes datagram) {
    arrive(link, wire::ip_frame({from, own_mac(link)}, datagram));
  }
  /// A registration message comes to port 434 of an address of the role, or to another port.
  void arrive_message(std::string_view link, const From& from, wire::Ipv4Address to,
                      wire::Bytes message, std::uint16_t to_port = mip4::kPort) {
    arrive_ip(
        link, kPeerMac,
        wire::udp_datagram({.source = from.source, .destination = to, .time_to_live = from.ttl},
                           {from.port, to_port}, message));
  }

  /// What the role sent since it was last asked, ARP and agent advertisements aside.
  std::vector<Sent> take() { return std::exchange(sent_, {}); }
  std::vector<Sent> take(const wire::Layout& layout) {
    std::vector<Sent> result;
    for (Sent& one : take())
      if (one.is(layout)) result.push_back(std::move(one));
    return result;
  }
  std::vector<Sent> requests() { return take(request::layout); }
  std::vector<Sent> replies() { return take(reply::layout); }
  std::vector<Sent> take_advertisements() { return std::exchange(advertisements_, {}); }
  /// ARP messages that the role sent, those with which it asks for a neighbour aside.
  std::vector<Sent> take_arp() { return std::exchange(arp_, {}); }

  /// An Identification of this moment, as a mobile node with timestamps makes it.
  std::uint64_t timestamp() const { return crypto::ntp_timestamp(now()); }

  wire::Buffer changed(wire::Buffer message, std::initializer_list<wire::FieldValue> changes) {
    for (const wire::FieldValue& one : changes)
      if (!wire::set(message, one.field, one.value)) throw std::logic_error("no such field");
    return message;
  }
  /// A request of the mobile node at the hot spot with the home agent, not signed.
  wire::Buffer request_of(std::initializer_list<wire::FieldValue> changes = {}) {
    return changed(wire::make(request::layout, {{request::decapsulation_by_mobile_node, true},
                                                {request::lifetime, 300},
                                                {request::home_address, kMn},
                                                {request::home_agent, kHa},
                                                {request::care_of_address, kHotspot},
                                                {request::identification, timestamp()}}),
                   changes);
  }
  /// The reply that accepts a request, not signed.
  wire::Buffer reply_to(const Sent& asked, std::initializer_list<wire::FieldValue> changes = {}) {
    return changed(
        wire::make(reply::layout, {{reply::lifetime, asked[request::lifetime]},
                                   {reply::home_address, asked.address(request::home_address)},
                                   {reply::home_agent, asked.address(request::home_agent)},
                                   {reply::identification, asked[request::identification]}}),
        changes);
  }
  wire::Buffer signed_by(std::string_view node, std::string_view peer, wire::Buffer message,
                         const wire::Layout& extension = authentication::mobile_home) {
    if (!Keyring(network_, id(node)).sign(message, extension, id(peer)))
      throw std::logic_error("these nodes share no key");
    return message;
  }
  Checked check(std::string_view node, std::string_view peer, const Sent& sent,
                const wire::Layout& extension = authentication::mobile_home) {
    return Keyring(network_, id(node)).check(sent.body(), extension, id(peer));
  }

  /// Whoever sends to the role, where it does not matter who.
  static constexpr wire::MacAddress kPeerMac{{0x02, 0, 0, 0, 0x77, 0x77}};

  model::Network network_;
  TestEnvironment environment_;
  model::NodeId self_ = model::kNobody;
  std::unique_ptr<Actor> actor_;

 private:
  /// Sorts what was sent, and answers for the neighbours that the role asks for.
  void settle() {
    for (std::vector<SentFrame> frames = environment_.take(); !frames.empty();
         frames = environment_.take())
      for (SentFrame& frame : frames) {
        const net::PortId on = frame.port;
        const model::LinkId link = network_.node(self_).attachments[on].link;
        Sent sent(network_, network_.link(link).name, std::move(frame));
        if (sent.is(wire::icmp::advertisement::agent))
          advertisements_.push_back(std::move(sent));
        else if (!sent.is(wire::arp::layout))
          sent_.push_back(std::move(sent));
        else if (!answer_arp(on, sent))
          arp_.push_back(std::move(sent));
      }
  }
  bool answer_arp(net::PortId on, const Sent& asked) {
    const wire::Ipv4Address target = asked.address(wire::arp::target_ip);
    const wire::Ipv4Address sender = asked.address(wire::arp::sender_ip);
    if (asked[wire::arp::operation] != wire::arp::kRequest || target == sender) return false;
    const wire::MacAddress own = network_.node(self_).attachments[on].mac;
    actor_->receive(on, wire::arp_frame({kPeerMac, own}, {.operation = wire::arp::kReply,
                                                          .sender_mac = kPeerMac,
                                                          .sender_ip = target,
                                                          .target_mac = own,
                                                          .target_ip = sender}));
    return true;
  }

  std::vector<Sent> sent_;
  std::vector<Sent> arp_;
  std::vector<Sent> advertisements_;
};

}  // namespace mipvet::roles::testing
