#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/crypto/key_log.h"
#include "engine/crypto/sealed.h"
#include "engine/net/environment_for_test.h"
#include "engine/net/network_for_test.h"
#include "engine/wire/arp.h"
#include "engine/wire/compose.h"
#include "engine/wire/esp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"
#include "engine/wire/ike_notify.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/opener.h"
#include "engine/wire/udp.h"
#include "roles/ike_deviations.h"
#include "roles/ike_endpoint.h"

/// Two IKE endpoints on a wire that loses, delays, translates and alters what the test wants.
namespace mipvet::roles::testing {

using namespace std::chrono_literals;
namespace ike = wire::ike;

inline wire::Ipv4Address ip(std::string_view dotted) {
  return wire::Ipv4Address::parse(dotted).value();
}

/// Opens by what was logged: the witness that the key log suffices.
class LogOpener final : public wire::Opener {
 public:
  void add(std::string_view line) {
    const crypto::KeyLog log = crypto::read_key_log(line, "test");
    for (const auto& one : log.ike_sas) {
      ike_.insert_or_assign(
          {one.spis.initiator, true},
          crypto::Opener(one.encryption, one.integrity, {one.keys.ei, one.keys.ai}));
      ike_.insert_or_assign(
          {one.spis.initiator, false},
          crypto::Opener(one.encryption, one.integrity, {one.keys.er, one.keys.ar}));
    }
    for (const auto& one : log.child_sas)
      esp_.insert_or_assign(one.spi, crypto::Opener(one.encryption, one.integrity, one.keys));
  }

  wire::Opening open_ike(wire::MutableBytes message, std::uint32_t payload) override {
    const auto found = ike_.find({wire::read(message, ike::message::initiator_spi),
                                  wire::read(message, ike::message::initiator) != 0});
    if (found == ike_.end()) return {};
    return open(found->second, message, payload + ike::encrypted::layout.minimum);
  }
  wire::Opening open_esp(wire::MutableBytes packet, wire::Ipv4Address, wire::Ipv4Address) override {
    const auto spi = static_cast<std::uint32_t>(wire::read(packet, wire::esp::spi));
    const auto found = esp_.find(spi);
    if (found == esp_.end()) return {};
    return open(found->second, packet, wire::esp::layout.minimum);
  }

 private:
  static wire::Opening open(crypto::Opener& opener, wire::MutableBytes octets, std::size_t head) {
    const crypto::Opened opened = opener.open(octets, head);
    if (!opened) return {wire::Opening::Result::not_authentic};
    const auto first = static_cast<std::uint32_t>(opened.plaintext.data() - octets.data());
    return {wire::Opening::Result::opened, first,
            first + static_cast<std::uint32_t>(opened.plaintext.size())};
  }

  std::map<std::pair<std::uint64_t, bool>, crypto::Opener> ike_;
  std::map<std::uint32_t, crypto::Opener> esp_;
};

/// An IPv4 datagram that was sent, taken apart with the key log.
struct Carried {
  net::Time time;
  bool from_mn = false;
  wire::Buffer datagram;
  std::shared_ptr<wire::Packet> packet;
  std::shared_ptr<wire::Buffer> frame;

  wire::View ip() const { return {wire::ip::layout, datagram}; }
  wire::Ipv4Address source() const { return ip().address(wire::ip::source); }
  wire::Ipv4Address destination() const { return ip().address(wire::ip::destination); }
  bool is_udp() const { return ip()[wire::ip::protocol] == wire::ip::kUdp; }
  std::uint64_t source_port() const { return udp()[wire::udp::source_port]; }
  std::uint64_t destination_port() const { return udp()[wire::udp::destination_port]; }
  wire::View udp() const { return {wire::udp::layout, wire::Bytes(datagram).subspan(20)}; }
  /// The first layer of that kind; also of notifications by their own tables.
  wire::View operator[](const wire::Layout& layout) const {
    const wire::Layer* layer = packet->find(layout);
    return layer == nullptr ? wire::View{} : packet->view(*layer);
  }
  wire::View notify(std::string_view name) const {
    for (const wire::Layer& one : packet->layers())
      if (one.layout->name == name) return packet->view(one);
    return {};
  }
  bool is_esp() const { return packet->find(wire::esp::layout) != nullptr; }
  /// 34 ... 37 of an IKE message, else 0.
  std::uint64_t exchange() const {
    for (const wire::Layout* one : ike::exchanges)
      if (const wire::View view = (*this)[*one]) return view[ike::message::exchange_type];
    return 0;
  }
  wire::View message() const {
    for (const wire::Layout* one : ike::exchanges)
      if (const wire::View view = (*this)[*one]) return view;
    return {};
  }
  bool is_request() const { return message() && message()[ike::message::response] == 0; }
  bool is_response() const { return message() && message()[ike::message::response] != 0; }
};

/// What an endpoint told.
class Diary final : public IkeOwner {
 public:
  void ike_established(IkeSaId id) override {
    last = id;
    ++established;
  }
  void ike_closed(IkeSaId, const IkeEnd& end) override { closed.push_back(end); }
  void address_assigned(IkeSaId, wire::Ipv4Address address) override { assigned = address; }
  void child_up(IkeSaId, const ChildSa& child) override { up.push_back(child); }
  void child_down(IkeSaId, const ChildSa& child) override { down.push_back(child); }
  void child_failed(IkeSaId, const IkeEnd& end) override { failed.push_back(end); }
  void peer_moved(IkeSaId, const AddressPair&, const AddressPair& now) override {
    moves.push_back(now);
  }
  void move_confirmed(IkeSaId, const AddressPair& now) override { confirmed.push_back(now); }
  void move_refused(IkeSaId, std::uint16_t type) override { refused.push_back(type); }
  bool gives_up(IkeSaId) override {
    ++given_up;
    return gives_up_at_once;
  }
  void inner_datagram(IkeSaId, const ChildSa&, wire::Bytes datagram) override {
    inner.emplace_back(datagram.begin(), datagram.end());
  }
  std::optional<wire::Ipv4Address> assign_address(IkeSaId, const IkeIdentity&) override {
    return pool;
  }
  bool acceptable(IkeSaId, const AddressPair& path) override {
    return !forbidden || path.peer != *forbidden;
  }

  IkeSaId last = 0;
  int established = 0, given_up = 0;
  bool gives_up_at_once = true;
  std::vector<IkeEnd> closed, failed;
  std::optional<wire::Ipv4Address> assigned, pool, forbidden;
  std::vector<ChildSa> up, down;
  std::vector<AddressPair> moves, confirmed;
  std::vector<std::uint16_t> refused;
  std::vector<wire::Buffer> inner;
};

class IkeWire : public ::testing::Test {
 protected:
  static constexpr wire::MacAddress kRouterMac{{2, 0, 0, 0, 0x77, 0x77}};

  /// One end: a host on a link of its own behind a router.
  class End final : public net::Environment {
   public:
    End(IkeWire& between, bool is_mn, std::string_view address)
        : is_mobile(is_mn),
          between_(between),
          network(net::testing::NetworkBuilder()
                      .link("link")
                      .node(is_mn ? "mn" : "gw", Role::router)
                      .attach(0, std::string(address) + "/24", gateway_of(address))
                      .network),
          host(network, 0, *this) {}

    net::Time now() const override { return between_.clock_.now(); }
    net::TimerId schedule(net::Duration after, std::function<void()> action) override {
      return between_.clock_.schedule(after, std::move(action));
    }
    void cancel(net::TimerId timer) override { between_.clock_.cancel(timer); }
    void transmit(net::PortId, wire::Bytes frame) override { between_.carry(*this, frame); }
    std::uint64_t random() override { return between_.clock_.random() >> 16; }
    void log_keys(std::string_view line) override { between_.opener_.add(line); }

    /// The host is now at this address.
    void readdress(std::string_view address) {
      host.remove_address(0, host.address(0)->address);
      host.remove_routes(0);
      host.add_address(0, wire::Ipv4Prefix::parse(std::string(address) + "/24").value());
      host.add_route({wire::Ipv4Address{}, 0}, testing::ip(gateway_of(address)), 0);
    }
    void start(IkeSettings settings, std::vector<std::string> deviations) {
      const auto known = is_mobile ? ike_initiator_deviations() : ike_responder_deviations();
      deviates.emplace(known, deviations, is_mobile ? "initiator" : "responder");
      endpoint = std::make_unique<IkeEndpoint>(host, diary, std::move(settings), *deviates);
    }
    void receive(wire::Bytes datagram) {
      host.receive(0, wire::ip_frame({kRouterMac, host.mac(0)}, datagram));
    }

    const bool is_mobile;

   private:
    static std::string gateway_of(std::string_view address) {
      return std::string(address.substr(0, address.rfind('.'))) + ".254";
    }
    IkeWire& between_;

   public:
    const model::Network network;
    net::Host host;
    Diary diary;
    std::optional<ActiveDeviations> deviates;
    std::unique_ptr<IkeEndpoint> endpoint;
  };

  IkeWire() : mn_(*this, true, "192.0.2.7"), gw_(*this, false, "203.0.113.10") {
    const IkeIdentity mn = ike_identity("mn@example.com"), gw = ike_identity("gw.example.com");
    mn_settings_.credentials = {{mn, gw, "a secret"}};
    gw_settings_.credentials = {{gw, mn, "a secret"}};
    gw_.diary.pool = testing::ip("10.9.0.1");
  }

  void start(std::vector<std::string> mn_deviations = {},
             std::vector<std::string> gw_deviations = {}) {
    mn_.start(mn_settings_, std::move(mn_deviations));
    gw_.start(gw_settings_, std::move(gw_deviations));
  }
  void connect() {
    IkeConnection connection{.local = mn_.host.address(0)->address,
                             .peer = testing::ip("203.0.113.10"),
                             .peer_identity = mn_settings_.credentials.front().peer};
    id_ = mn_.endpoint->connect(connection);
    pass(1s);
  }
  void establish(std::vector<std::string> mn_deviations = {},
                 std::vector<std::string> gw_deviations = {}) {
    start(std::move(mn_deviations), std::move(gw_deviations));
    connect();
    ASSERT_EQ(1, mn_.diary.established);
    ASSERT_EQ(1, gw_.diary.established);
    ASSERT_EQ(1U, mn_.diary.up.size());
  }
  const IkeSaState& mn_state() const { return *mn_.endpoint->find(id_); }
  const IkeSaState& gw_state() const { return *gw_.endpoint->find(gw_.diary.last); }

  void pass(net::Duration duration) { clock_.pass(duration); }
  void move(std::string_view address) {
    mn_.readdress(address);
    ASSERT_TRUE(mn_.endpoint->move(id_, testing::ip(address)));
  }

  /// An inner datagram, each way; true if it arrived as it was.
  bool up(std::string_view payload = "up") { return cross(mn_, gw_, payload); }
  bool down(std::string_view payload = "down") { return cross(gw_, mn_, payload); }
  wire::Buffer inner(bool upwards, std::string_view payload) const {
    const wire::Ipv4Address tia = testing::ip("10.9.0.1"), inside = testing::ip("10.0.0.5");
    return wire::udp_datagram(
        {.source = upwards ? tia : inside, .destination = upwards ? inside : tia}, {1000, 2000},
        wire::Bytes(reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()));
  }
  bool cross(End& from, End& to, std::string_view payload) {
    to.diary.inner.clear();
    const wire::Buffer datagram = inner(&from == &mn_, payload);
    const IkeSaId id = &from == &mn_ ? id_ : gw_.diary.last;
    if (!from.endpoint->send(id, datagram)) return false;
    pass(100ms);
    return to.diary.inner == std::vector<wire::Buffer>{datagram};
  }

  /// All datagrams since it was last asked.
  std::vector<Carried> take() { return std::exchange(carried_, {}); }
  std::vector<Carried> take_if(const std::function<bool(const Carried&)>& wanted) {
    std::vector<Carried> result;
    for (Carried& one : take())
      if (wanted(one)) result.push_back(std::move(one));
    return result;
  }

  /// True: the datagram is lost. It may also be changed.
  std::function<bool(Carried&)> lose_ = [](const Carried&) { return false; };
  /// Between the mobile node and the gateway, if it is there.
  struct Nat {
    wire::Ipv4Address outside;
    std::uint16_t first_port = 40000;
    std::map<std::uint16_t, std::pair<wire::Ipv4Address, std::uint16_t>> mappings;
  };
  std::optional<Nat> nat_;

  net::testing::TestEnvironment clock_;
  LogOpener opener_;
  std::vector<Carried> carried_;
  IkeSettings mn_settings_, gw_settings_;
  End mn_, gw_;
  IkeSaId id_ = 0;

 private:
  void carry(End& from, wire::Bytes frame) {
    wire::Packet packet;
    packet.decode(frame);
    if (const wire::Layer* arp = packet.find(wire::arp::layout)) {
      const wire::View asked = packet.view(*arp);
      if (asked[wire::arp::operation] == wire::arp::kRequest)
        from.host.receive(0, wire::arp_frame({kRouterMac, from.host.mac(0)},
                                             {.operation = wire::arp::kReply,
                                              .sender_mac = kRouterMac,
                                              .sender_ip = asked.address(wire::arp::target_ip),
                                              .target_mac = from.host.mac(0),
                                              .target_ip = asked.address(wire::arp::sender_ip)}));
      return;
    }
    if (frame.size() <= 14) return;
    Carried one = taken(from, frame);
    if (lose_(one)) return;
    wire::Buffer datagram = one.datagram;
    carried_.push_back(std::move(one));
    if (nat_ && !translate(from.is_mobile, datagram)) return;
    End& to = from.is_mobile ? gw_ : mn_;
    clock_.schedule(1ms, [&to, datagram] { to.receive(datagram); });
  }
  Carried taken(const End& from, wire::Bytes frame) {
    Carried one;
    one.time = clock_.now();
    one.from_mn = from.is_mobile;
    one.datagram.assign(frame.begin() + 14, frame.end());
    one.frame = std::make_shared<wire::Buffer>(frame.begin(), frame.end());
    one.packet = std::make_shared<wire::Packet>();
    wire::DecodeOptions options;
    options.opener = &opener_;
    one.packet->decode(*one.frame, options);
    return one;
  }
  /// False: for nobody behind the NAT.
  bool translate(bool outwards, wire::Buffer& datagram) {
    const wire::MutableBytes udp = wire::MutableBytes(datagram).subspan(20);
    if (wire::read(datagram, wire::ip::protocol) != wire::ip::kUdp) return false;
    if (outwards) {
      const std::pair<wire::Ipv4Address, std::uint16_t> inside{
          {static_cast<std::uint32_t>(wire::read(datagram, wire::ip::source))},
          static_cast<std::uint16_t>(wire::read(udp, wire::udp::source_port))};
      auto found = std::ranges::find_if(nat_->mappings,
                                        [&](const auto& each) { return each.second == inside; });
      if (found == nat_->mappings.end())
        found = nat_->mappings.emplace(nat_->first_port++, inside).first;
      wire::write(datagram, wire::ip::source, nat_->outside.value);
      wire::write(udp, wire::udp::source_port, found->first);
    } else {
      const auto found = nat_->mappings.find(
          static_cast<std::uint16_t>(wire::read(udp, wire::udp::destination_port)));
      if (found == nat_->mappings.end()) return false;
      wire::write(datagram, wire::ip::destination, found->second.first.value);
      wire::write(udp, wire::udp::destination_port, found->second.second);
    }
    wire::Buffer framed = wire::ip_frame({kRouterMac, kRouterMac}, datagram);
    wire::refresh_checksums(framed);
    datagram.assign(framed.begin() + 14, framed.end());
    return true;
  }
};

}  // namespace mipvet::roles::testing
