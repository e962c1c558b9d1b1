#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/crypto/ike_auth.h"
#include "engine/crypto/key_log.h"
#include "engine/crypto/nat_detection.h"
#include "engine/crypto/padding.h"
#include "engine/crypto/sealed.h"
#include "engine/model/network_file.h"
#include "engine/net/sim.h"
#include "engine/observer/facts_for_test.h"
#include "engine/observer/observer.h"
#include "engine/wire/dhcp.h"
#include "engine/wire/frame.h"
#include "engine/wire/ike_compose.h"
#include "engine/wire/ike_notify.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"

namespace mipvet::observer::testing {

using wire::Buffer;
using wire::Bytes;
using wire::Ipv4Address;
namespace ike = wire::ike;
namespace notify = wire::ike::notify;

/// scenarios/networks/mobike.json with an observer, and the frames of a mobile node at the hot spot
/// and its VPN gateway, made by hand: what was sent is right unless the test says otherwise.
class Stage {
 public:
  static constexpr std::uint64_t kInitiatorSpi = 0x1111222233334444;
  static constexpr std::uint64_t kResponderSpi = 0x5555666677778888;
  static constexpr std::uint32_t kToGateway = 0xC0000001;  // SPIs of the CHILD_SA
  static constexpr std::uint32_t kToMobileNode = 0xC0000002;

  Stage()
      : network(model::load_network(MIPVET_SOURCE_DIR "/scenarios/networks/mobike.json")),
        observer(network, told) {
    keys.spis = {kInitiatorSpi, kResponderSpi};
    keys.prf = crypto::Prf::hmac_sha2_256;
    keys.keys = {Buffer(32, 1), Buffer(32, 2), Buffer(32, 3), Buffer(16, 4),
                 Buffer(16, 5), Buffer(32, 6), Buffer(32, 7)};
    for (const std::uint32_t spi : {kToGateway, kToMobileNode}) {
      crypto::ChildSaKeys child;
      child.spi = spi;
      child.keys = {Buffer(16, static_cast<std::uint8_t>(spi)), Buffer(32, 9)};
      children.push_back(child);
    }
  }

  Recorder told;
  model::Network network;
  Observer observer;
  crypto::IkeSaKeys keys;
  std::vector<crypto::ChildSaKeys> children;
  net::Time now = net::kSimulationBegins;
  Ipv4Address lease = *Ipv4Address::parse("198.51.100.70");
  Ipv4Address tia = *Ipv4Address::parse("10.20.0.1");
  std::string link = "hotspot";
  std::string router = "ar1";
  static constexpr int kMapped = 60000;  ///< what the NAT adds to a port
  bool nat = false;
  void go_behind_nat() {
    nat = true;
    link = "nat-inside";
    router = "nat";
    lease = address("mn.nat-inside");
  }
  /// What happens to frames before they are seen.
  std::function<void(Buffer&)> spoil;
  std::array<std::uint32_t, 2> sequence{};  ///< to the gateway, to the mobile node

  void tell_keys() { observer.add_keys({{keys}, children}); }
  void pass(net::Duration duration) { now += duration; }
  void finish(net::Duration later) { observer.finish(now + later); }

  wire::MacAddress mac(std::string_view node, std::string_view where) const {
    return network.node(network.find_node(node)).attachment(*network.find_link(where))->mac;
  }
  Ipv4Address address(std::string_view name) const { return *network.resolve(name); }
  Ipv4Address gateway() const { return address("gw.public"); }

  std::string on;  ///< the link of the frame that is put
  void put(std::string_view link_name, std::string_view from, std::string_view to, Bytes datagram) {
    on = link_name;
    Buffer frame = wire::ip_frame({mac(from, on), mac(to, on)}, datagram);
    if (spoil) spoil(frame);
    observer.frame({now, *network.find_link(on), frame});
    now += std::chrono::milliseconds(1);
  }
  /// From the mobile node to what is outside, or back, by way of the access router.
  void across(bool to_gateway, Bytes datagram) {
    if (to_gateway) {
      put(link, "mn", router, datagram);
      put("public", router, "gw", datagram);
    } else {
      put("public", "gw", router, datagram);
      put(link, router, "mn", datagram);
    }
  }
  wire::IpHeader header(bool to_gateway) const {
    return to_gateway ? wire::IpHeader{lease, gateway()} : wire::IpHeader{gateway(), lease};
  }

  void get_lease() {
    Buffer discover = wire::make(wire::dhcp::discover, {{wire::dhcp::op, std::uint64_t{1}},
                                                        {wire::dhcp::chaddr, mac("mn", link)}});
    dhcp("mn", router, discover, 1, 68, 67);
    Buffer ack = wire::make(wire::dhcp::ack, {{wire::dhcp::op, std::uint64_t{2}},
                                              {wire::dhcp::yiaddr, lease},
                                              {wire::dhcp::chaddr, mac("mn", link)}});
    dhcp(router, "mn", ack, 5, 67, 68);
  }
  void dhcp(std::string_view from, std::string_view to, Buffer message, std::uint8_t type,
            std::uint16_t source, std::uint16_t destination) {
    wire::write(message, wire::dhcp::magic_cookie, wire::dhcp::kMagicCookie);
    const Buffer option{53, 1, type, 255};
    message.insert(message.end(), option.begin(), option.end());
    put(link, from, to,
        wire::udp_datagram({Ipv4Address{}, wire::kLimitedBroadcast}, {source, destination},
                           message));
  }

  // IKE.

  ike::PayloadChain init_chain(bool request, const wire::IpHeader& ip) const {
    const std::array<ike::Transform, 4> transforms{
        {{1, 12, 128}, {2, 5, {}}, {3, 12, {}}, {4, 14, {}}}};
    const std::array<ike::Proposal, 1> proposals{
        {{ike::kProtocolIke, {}, {transforms.begin(), transforms.end()}, {}}}};
    ike::PayloadChain chain;
    chain.add(ike::security_association::layout, {}, ike::make_proposals(proposals));
    chain.add(ike::key_exchange::layout, {{ike::key_exchange::group, std::uint64_t{14}}},
              Buffer(256, 0x42));
    chain.add(ike::nonce::layout, {}, Buffer(32, request ? 0x0A : 0x0B));
    // A responder knows the address of the NAT alone.
    const bool translated = nat && !request;
    add_nat_detection(chain, {kInitiatorSpi, request ? 0 : kResponderSpi},
                      {ip.source, translated ? address("nat.public") : ip.destination}, 500,
                      translated ? kMapped + 500 : 500);
    return chain;
  }
  static void add_nat_detection(ike::PayloadChain& chain, const crypto::IkeSpis& spis,
                                const wire::IpHeader& ip, int source_port, int destination_port) {
    const auto source =
        crypto::nat_detection(spis, ip.source, static_cast<std::uint16_t>(source_port));
    const auto destination =
        crypto::nat_detection(spis, ip.destination, static_cast<std::uint16_t>(destination_port));
    chain.add(notify::named("nat-detection-source-ip"),
              {{notify::hash, Buffer(source.begin(), source.end())}});
    chain.add(notify::named("nat-detection-destination-ip"),
              {{notify::hash, Buffer(destination.begin(), destination.end())}});
  }
  Buffer head(const wire::Layout& exchange, bool initiator, bool response, std::uint32_t id,
              const ike::PayloadChain& chain) const {
    const bool first = &exchange == &ike::ike_sa_init && !response;
    return ike::make_message(exchange,
                             {{ike::message::initiator_spi, kInitiatorSpi},
                              {ike::message::responder_spi, first ? 0 : kResponderSpi},
                              {ike::message::initiator, std::uint64_t{initiator}},
                              {ike::message::response, std::uint64_t{response}},
                              {ike::message::message_id, std::uint64_t{id}}},
                             chain);
  }
  Buffer sealed(const wire::Layout& exchange, bool initiator, bool response, std::uint32_t id,
                const ike::PayloadChain& chain) const {
    crypto::Sealer sealer(keys.encryption, keys.integrity,
                          initiator ? crypto::DirectionKeys{keys.keys.ei, keys.keys.ai}
                                    : crypto::DirectionKeys{keys.keys.er, keys.keys.ar});
    Buffer plain = chain.octets();
    crypto::append_sk_padding(plain, keys.encryption);
    const auto size = crypto::sealed_size(keys.encryption, keys.integrity, plain.size());
    Buffer message = head(exchange, initiator, response, id, {});
    wire::write(message, ike::message::next_payload, *ike::encrypted::layout.type_value);
    wire::write(message, ike::message::length, message.size() + 4 + size);
    Buffer payload{chain.first_type(), 0, 0, 0};
    wire::write(payload, ike::payload::length, 4 + size);
    message.insert(message.end(), payload.begin(), payload.end());
    sealer.seal(message, plain, Buffer(16, 0x33));
    return message;
  }
  /// Between these ports, and where `nat` says so by way of the NAT, which has another port.
  void send_udp(bool to_gateway, std::uint16_t port, Bytes payload) {
    if (!nat)
      return across(to_gateway, wire::udp_datagram(header(to_gateway), {port, port}, payload));
    const auto mapped = static_cast<std::uint16_t>(kMapped + port);
    const Ipv4Address outside = address("nat.public");
    const Buffer near = wire::udp_datagram(header(to_gateway), {port, port}, payload);
    if (to_gateway) {
      put(link, "mn", router, near);
      put("public", "nat", "gw", wire::udp_datagram({outside, gateway()}, {mapped, port}, payload));
    } else {
      put("public", "gw", "nat", wire::udp_datagram({gateway(), outside}, {port, mapped}, payload));
      put(link, router, "mn", near);
    }
  }
  void send_ike(bool to_gateway, Bytes message, std::uint16_t port = 4500) {
    const Buffer on_port =
        port == 4500 ? ike::behind_marker(message) : Buffer(message.begin(), message.end());
    send_udp(to_gateway, port, on_port);
  }

  void init() {
    init_request = head(ike::ike_sa_init, true, false, 0, init_chain(true, header(true)));
    send_ike(true, init_request, 500);
    init_response = head(ike::ike_sa_init, false, true, 0, init_chain(false, header(false)));
    send_ike(false, init_response, 500);
  }
  Buffer auth(bool request, const ike::PayloadChain& id, std::string_view psk) const {
    const Buffer& own = request ? init_request : init_response;
    const Buffer octets = crypto::signed_octets(
        *keys.prf, {own, Buffer(32, request ? 0x0B : 0x0A), request ? keys.keys.pi : keys.keys.pr,
                    Bytes(id.octets()).subspan(4)});
    return crypto::shared_key_auth(
        *keys.prf, {reinterpret_cast<const std::uint8_t*>(psk.data()), psk.size()}, octets);
  }
  ike::PayloadChain auth_chain(bool request, std::string_view psk) const {
    const std::string name = request ? "mn@example.com" : "gw.example.com";
    const wire::Layout& who =
        request ? ike::identification::initiator : ike::identification::responder;
    const Buffer text(name.begin(), name.end());
    ike::PayloadChain id;
    id.add(who, {{ike::identification::id_type, std::uint64_t{3}}}, text);
    ike::PayloadChain chain;
    chain.add(who, {{ike::identification::id_type, std::uint64_t{3}}}, text);
    chain.add(ike::authentication::layout, {{ike::authentication::method, std::uint64_t{2}}},
              auth(request, id, psk));
    const std::array<ike::Attribute, 1> attributes{
        {{1, request ? Buffer{} : Buffer{10, 20, 0, 1}}}};
    chain.add(ike::configuration::layout,
              {{ike::configuration::cfg_type, std::uint64_t{request ? 1U : 2U}}},
              ike::make_attributes(attributes));
    const std::uint32_t spi = request ? kToMobileNode : kToGateway;
    const std::array<ike::Transform, 3> transforms{{{1, 12, 128}, {3, 12, {}}, {5, 0, {}}}};
    Buffer spi_octets(4);
    wire::write(spi_octets, wire::number("spi", 0, 4), spi);
    const std::array<ike::Proposal, 1> proposals{
        {{ike::kProtocolEsp, spi_octets, {transforms.begin(), transforms.end()}, {}}}};
    chain.add(ike::security_association::layout, {}, ike::make_proposals(proposals));
    const std::array<ike::TrafficSelector, 1> inner{{{tia, tia}}};
    const std::array<ike::TrafficSelector, 1> all{{{Ipv4Address{}, Ipv4Address{0xFFFFFFFF}}}};
    ike::add_traffic_selectors(chain, ike::traffic_selectors::initiator, inner);
    ike::add_traffic_selectors(chain, ike::traffic_selectors::responder, all);
    chain.add(notify::named("mobike-supported"));
    return chain;
  }
  void authenticate(std::string_view psk = "the secret of mn and gw") {
    send_ike(true, sealed(ike::ike_auth, true, false, 1, auth_chain(true, psk)));
    send_ike(false, sealed(ike::ike_auth, false, true, 1, auth_chain(false, psk)));
  }
  void connect() {
    tell_keys();
    init();
    authenticate();
  }

  // ESP.

  Buffer esp(bool to_gateway, Bytes inner, std::uint32_t number) const {
    const crypto::ChildSaKeys& sa = children[to_gateway ? 0 : 1];
    Buffer packet(8);
    wire::write(packet, wire::esp::spi, sa.spi);
    wire::write(packet, wire::esp::sequence_number, number);
    Buffer plain(inner.begin(), inner.end());
    crypto::append_esp_trailer(plain, sa.encryption, 4);
    crypto::Sealer(sa.encryption, sa.integrity, sa.keys).seal(packet, plain, Buffer(16, 0x44));
    return packet;
  }
  void send_esp(bool to_gateway, Bytes inner) {
    across(to_gateway, wire::ip_datagram(header(to_gateway), wire::ip::kEsp,
                                         esp(to_gateway, inner, ++sequence[to_gateway ? 0 : 1])));
  }

  Buffer init_request;
  Buffer init_response;
};

}  // namespace mipvet::observer::testing
