#include "roles/registration.h"

#include <algorithm>
#include <array>

#include "engine/wire/frame.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

namespace mipvet::roles {

std::optional<Received> Received::parse(const wire::Layout& layout, wire::Bytes payload,
                                        const wire::DecodeOptions& options) {
  // The decoder of the wire room does the work: it wants a frame around the message.
  const wire::Buffer frame = wire::udp_frame({{}, {}, {mip4::kPort, mip4::kPort}}, payload);
  wire::Packet packet;
  packet.decode(frame, options);
  const wire::Layer& message = packet.message();
  if (message.layout != &layout || payload.size() < layout.minimum) return std::nullopt;
  Received result;
  result.octets_.assign(payload.begin(), payload.end());
  constexpr auto structural =
      static_cast<wire::Defects>(static_cast<wire::Defects>(wire::Defect::truncated) |
                                 static_cast<wire::Defects>(wire::Defect::bad_length) |
                                 static_cast<wire::Defects>(wire::Defect::trailing) |
                                 static_cast<wire::Defects>(wire::Defect::too_many_layers));
  result.malformed_ = (message.defects & structural) != 0;
  for (const wire::Layer& layer : packet.extensions()) {
    if (!layer.is_extension) continue;
    result.malformed_ = result.malformed_ || (layer.defects & structural) != 0;
    result.extensions_.push_back({layer.layout, layer.offset - message.offset, layer.length});
  }
  return result;
}

const Received::Extension* Received::find(const wire::Layout& layout) const {
  for (const Extension& extension : extensions_)
    if (extension.layout == &layout) return &extension;
  return nullptr;
}

std::size_t Received::count(const wire::Layout& layout) const {
  return static_cast<std::size_t>(
      std::count_if(extensions_.begin(), extensions_.end(),
                    [&](const Extension& extension) { return extension.layout == &layout; }));
}

wire::View Received::extension(const wire::Layout& layout) const {
  const Extension* found = find(layout);
  return found == nullptr ? wire::View{} : view(*found);
}

std::string Received::nai() const {
  const wire::Bytes octets = extension(mip4::nai::layout).octets(mip4::nai::nai);
  return {octets.begin(), octets.end()};
}

bool Received::has_unknown_critical() const {
  return std::any_of(extensions_.begin(), extensions_.end(), [&](const Extension& extension) {
    return extension.layout == &mip4::extension::layout &&
           !mip4::extension::is_skippable(view(extension)[mip4::extension::type]);
  });
}

Checked Keyring::check(const Received& message, const wire::Layout& extension,
                       model::NodeId peer) const {
  const std::size_t count = message.count(extension);
  if (count == 0) return Checked::absent;
  if (count > 1) return Checked::several;
  const Received::Extension& place = *message.find(extension);
  const wire::View view = message.view(place);
  const auto* shared =
      network_.association(self_, peer, static_cast<std::uint32_t>(view[authentication::spi]));
  if (shared == nullptr) return Checked::unknown_spi;
  crypto::Authenticator authenticator(shared->association.algorithm, shared->association.key);
  const bool right = authenticator.verify(
      message.octets().first(place.offset + authentication::authenticator.first_octet()),
      view.octets(authentication::authenticator));
  return right ? Checked::valid : Checked::wrong;
}

bool Keyring::sign(wire::Buffer& message, const wire::Layout& extension, model::NodeId peer,
                   std::optional<std::uint32_t> spi) const {
  const auto* shared =
      spi ? network_.association(self_, peer, *spi) : network_.association(self_, peer);
  if (shared == nullptr) return false;
  crypto::Authenticator authenticator(shared->association.algorithm, shared->association.key);
  std::array<std::uint8_t, crypto::kMaxAuthenticatorSize> octets{};
  const std::span<std::uint8_t> value(octets.data(), authenticator.size());
  const std::size_t start = message.size();
  wire::append_extension(message, extension,
                         {{authentication::spi, shared->association.spi},
                          {authentication::authenticator, wire::Bytes(value)}});
  const std::size_t covered = start + authentication::authenticator.first_octet();
  authenticator.compute(wire::Bytes(message).first(covered), value);
  std::copy(value.begin(), value.end(), message.begin() + static_cast<std::ptrdiff_t>(covered));
  return true;
}

const crypto::SecurityAssociation* Keyring::with(model::NodeId peer) const {
  const auto* shared = network_.association(self_, peer);
  return shared == nullptr ? nullptr : &shared->association;
}

model::NodeId mobile_node_of(const model::Network& network, wire::Ipv4Address home_address,
                             std::string_view nai) {
  const model::NodeId owner = home_address.is_zero() ? model::kNobody : network.owner(home_address);
  if (owner != model::kNobody && network.node(owner).role == Role::mobile_node) return owner;
  for (model::NodeId id = 0; id < network.node_count() && !nai.empty(); ++id)
    if (network.node(id).role == Role::mobile_node && network.node(id).nai == nai) return id;
  return model::kNobody;
}

void append_nai(wire::Buffer& message, std::string_view nai) {
  wire::append_extension(message, mip4::nai::layout, {{mip4::nai::nai, nai}});
}

void append_forgery(wire::Buffer& message, const wire::Layout& extension, std::uint32_t spi) {
  wire::append_extension(
      message, extension,
      {{authentication::spi, spi}, {authentication::authenticator, "0123456789abcdef"}});
}

std::optional<QuotedUdp> quoted_udp(wire::Bytes quote) {
  const wire::View header(wire::ip::layout, quote);
  const std::size_t length = header[wire::ip::header_length] * 4;
  // Eight octets of the datagram's own come back for certain (RFC 792); the ports are four.
  if (quote.size() < length + 4 || header[wire::ip::protocol] != wire::ip::kUdp)
    return std::nullopt;
  const wire::View udp(wire::udp::layout, quote.subspan(length));
  return QuotedUdp{header.address(wire::ip::destination),
                   static_cast<std::uint16_t>(udp[wire::udp::destination_port])};
}

wire::Ipv4Address address_parameter(const model::Node& node, const char* name,
                                    wire::Ipv4Address otherwise) {
  const auto found = node.parameters.find(name);
  if (found == node.parameters.end() || !found->is_string()) return otherwise;
  return wire::Ipv4Address::parse(found->get<std::string>()).value_or(otherwise);
}

std::optional<net::PortId> link_parameter(const model::Network& network, const model::Node& node,
                                          const char* name) {
  const auto found = node.parameters.find(name);
  if (found == node.parameters.end() || !found->is_string()) return std::nullopt;
  const auto link = network.find_link(found->get<std::string>());
  if (!link) return std::nullopt;
  for (net::PortId port = 0; port < static_cast<net::PortId>(node.attachments.size()); ++port)
    if (node.attachments[port].link == *link) return port;
  return std::nullopt;
}

}  // namespace mipvet::roles
