#include "roles/ike_choice.h"

#include <algorithm>

#include "engine/wire/ike.h"
#include "engine/wire/ipv4.h"

namespace mipvet::roles {
namespace {

namespace ike = wire::ike;
namespace kind = ike::transform;
using ike::Proposal;
using ike::TrafficSelector;
using ike::Transform;

/// "No extended sequence numbers" and "NONE" have the same number.
constexpr std::uint16_t kNone = 0;

void add_encryptions(Proposal& to, std::span<const crypto::Encryption> all) {
  for (const auto one : all)
    to.transforms.push_back(
        {kind::kEncryption, crypto::algorithm(one).transform_id, crypto::algorithm(one).key_bits});
}
template <typename T>
void add_all(Proposal& to, std::uint8_t type, std::span<const T> all) {
  for (const T one : all)
    to.transforms.push_back({type, crypto::algorithm(one).transform_id, std::nullopt});
}

/// The algorithm that a transform means.
template <typename T>
std::optional<T> meant(const Transform& transform);
template <>
std::optional<crypto::Encryption> meant(const Transform& transform) {
  return crypto::encryption_of(transform.id, transform.key_length);
}
template <>
std::optional<crypto::Integrity> meant(const Transform& transform) {
  return crypto::integrity_of(transform.id);
}
template <>
std::optional<crypto::Prf> meant(const Transform& transform) {
  return crypto::prf_of(transform.id);
}
template <>
std::optional<crypto::Group> meant(const Transform& transform) {
  return crypto::group_of(transform.id);
}

bool has_type(const Proposal& proposal, std::uint8_t type) {
  return std::ranges::find(proposal.transforms, type, &Transform::type) !=
         proposal.transforms.end();
}

/// Chooses in one proposal, type by type, and notes in `answer` what.
class Chooser {
 public:
  explicit Chooser(const Proposal& offered) : offered_(offered) {
    answer_.protocol_id = offered.protocol_id;
    answer_.spi = offered.spi;
    answer_.number = offered.number;
  }

  template <typename T>
  std::optional<T> take(std::uint8_t type, std::span<const T> ours,
                        std::optional<std::uint16_t> preferred = std::nullopt) {
    const Transform* best = nullptr;
    for (const Transform& one : offered_.transforms) {
      const auto algorithm = one.type == type ? meant<T>(one) : std::nullopt;
      if (!algorithm || std::ranges::find(ours, *algorithm) == ours.end()) continue;
      if (best == nullptr || (one.id == preferred && best->id != preferred)) best = &one;
    }
    if (best == nullptr) return std::nullopt;
    answer_.transforms.push_back(*best);
    return meant<T>(*best);
  }
  /// Integrity: none with an AEAD algorithm, where an offer of NONE is as good as no offer.
  std::optional<crypto::Integrity> take_integrity(std::span<const crypto::Integrity> ours) {
    if (!ours.empty()) return take<crypto::Integrity>(kind::kIntegrity, ours);
    return is_optional(kind::kIntegrity) ? std::optional(crypto::Integrity::none) : std::nullopt;
  }
  bool take_no_extended_sequence_numbers() {
    for (const Transform& one : offered_.transforms)
      if (one.type == kind::kExtendedSequenceNumbers && one.id == kNone) {
        answer_.transforms.push_back(one);
        return true;
      }
    return false;
  }
  /// Whether the offer can do without a transform of that type.
  bool is_optional(std::uint8_t type) const {
    return !has_type(offered_, type) ||
           std::ranges::any_of(offered_.transforms, [&](const Transform& one) {
             return one.type == type && one.id == kNone;
           });
  }
  /// A type that is unknown here makes the whole proposal unknown (RFC 7296 §3.3.6).
  bool knows_all_types() const {
    return std::ranges::all_of(offered_.transforms, [](const Transform& one) {
      return one.type >= kind::kEncryption && one.type <= kind::kExtendedSequenceNumbers;
    });
  }
  const Proposal& answer() const { return answer_; }

 private:
  const Proposal& offered_;
  Proposal answer_;
};

std::optional<IkeChoice> choose_one(const Proposal& offered, const IkeProposal& ours,
                                    std::optional<std::uint16_t> ke_group) {
  Chooser chooser(offered);
  if (!chooser.knows_all_types()) return std::nullopt;
  const auto encryption = chooser.take<crypto::Encryption>(kind::kEncryption, ours.encryptions);
  const auto prf = chooser.take<crypto::Prf>(kind::kPrf, ours.prfs);
  const auto integrity = chooser.take_integrity(ours.integrities);
  const auto group = chooser.take<crypto::Group>(kind::kGroup, ours.groups, ke_group);
  if (!encryption || !prf || !integrity || !group) return std::nullopt;
  return IkeChoice{{*encryption, *integrity, *prf}, *group, chooser.answer()};
}

std::optional<EspChoice> choose_one(const Proposal& offered, const EspProposal& ours, bool groups,
                                    std::optional<std::uint16_t> ke_group) {
  Chooser chooser(offered);
  if (!chooser.knows_all_types()) return std::nullopt;
  const auto encryption = chooser.take<crypto::Encryption>(kind::kEncryption, ours.encryptions);
  const auto integrity = chooser.take_integrity(ours.integrities);
  if (!encryption || !integrity) return std::nullopt;
  std::optional<crypto::Group> group;
  if (groups && has_type(offered, kind::kGroup)) {
    // One that asks for a group of ours gets it, whether or not we would have asked.
    constexpr std::array kAll{crypto::Group::modp_2048, crypto::Group::ecp_256,
                              crypto::Group::curve25519};
    group = ours.groups.empty() ? chooser.take<crypto::Group>(kind::kGroup, kAll, ke_group)
                                : chooser.take<crypto::Group>(kind::kGroup, ours.groups, ke_group);
    if (!group && !chooser.is_optional(kind::kGroup)) return std::nullopt;
  }
  if (!chooser.take_no_extended_sequence_numbers()) return std::nullopt;
  return EspChoice{*encryption, *integrity, group, chooser.answer()};
}

}  // namespace

std::vector<Proposal> offer(std::span<const IkeProposal> ours, const wire::Buffer& spi) {
  std::vector<Proposal> result;
  for (const IkeProposal& one : ours) {
    Proposal proposal{ike::kProtocolIke, spi, {}, std::nullopt};
    add_encryptions(proposal, one.encryptions);
    add_all<crypto::Prf>(proposal, kind::kPrf, one.prfs);
    add_all<crypto::Integrity>(proposal, kind::kIntegrity, one.integrities);
    add_all<crypto::Group>(proposal, kind::kGroup, one.groups);
    proposal.number = static_cast<std::uint8_t>(result.size() + 1);
    result.push_back(std::move(proposal));
  }
  return result;
}

std::vector<Proposal> offer(std::span<const EspProposal> ours, const wire::Buffer& spi,
                            bool groups) {
  std::vector<Proposal> result;
  for (const EspProposal& one : ours) {
    Proposal proposal{ike::kProtocolEsp, spi, {}, std::nullopt};
    add_encryptions(proposal, one.encryptions);
    add_all<crypto::Integrity>(proposal, kind::kIntegrity, one.integrities);
    if (groups) add_all<crypto::Group>(proposal, kind::kGroup, one.groups);
    proposal.transforms.push_back({kind::kExtendedSequenceNumbers, kNone, std::nullopt});
    proposal.number = static_cast<std::uint8_t>(result.size() + 1);
    result.push_back(std::move(proposal));
  }
  return result;
}

std::optional<IkeChoice> choose(std::span<const Proposal> offered,
                                std::span<const IkeProposal> ours,
                                std::optional<std::uint16_t> ke_group) {
  for (const Proposal& one : offered)
    for (const IkeProposal& own : ours)
      if (one.protocol_id == ike::kProtocolIke)
        if (auto choice = choose_one(one, own, ke_group)) return choice;
  return std::nullopt;
}

std::optional<EspChoice> choose(std::span<const Proposal> offered,
                                std::span<const EspProposal> ours, bool groups,
                                std::optional<std::uint16_t> ke_group) {
  for (const Proposal& one : offered)
    for (const EspProposal& own : ours)
      if (one.protocol_id == ike::kProtocolEsp && one.spi.size() == 4)
        if (auto choice = choose_one(one, own, groups, ke_group)) return choice;
  return std::nullopt;
}

bool is_of(std::span<const Proposal> answer, std::span<const Proposal> offered) {
  if (answer.size() != 1) return false;
  const Proposal& one = answer.front();
  const auto asked = std::ranges::find(offered, one.number, &Proposal::number);
  if (asked == offered.end() || asked->protocol_id != one.protocol_id) return false;
  const auto same = [](const Transform& a, const Transform& b) {
    return a.type == b.type && a.id == b.id && a.key_length == b.key_length;
  };
  for (const Transform& transform : one.transforms) {
    if (std::ranges::count(one.transforms, transform.type, &Transform::type) != 1) return false;
    if (std::ranges::none_of(asked->transforms, [&](const Transform& offer_one) {
          return same(offer_one, transform);
        }))
      return false;
  }
  return std::ranges::all_of(asked->transforms,
                             [&](const Transform& wanted) { return has_type(one, wanted.type); });
}

std::vector<TrafficSelector> narrowed(std::span<const TrafficSelector> proposed,
                                      std::span<const TrafficSelector> policy) {
  std::vector<TrafficSelector> result;
  for (const TrafficSelector& one : proposed)
    for (const TrafficSelector& own : policy) {
      if (one.protocol != 0 && own.protocol != 0 && one.protocol != own.protocol) continue;
      const TrafficSelector both{std::max(one.start, own.start), std::min(one.end, own.end),
                                 std::max(one.protocol, own.protocol),
                                 std::max(one.start_port, own.start_port),
                                 std::min(one.end_port, own.end_port)};
      if (both.start <= both.end && both.start_port <= both.end_port) result.push_back(both);
    }
  return result;
}

bool is_within(std::span<const TrafficSelector> inner, std::span<const TrafficSelector> outer) {
  return std::ranges::all_of(inner, [&](const TrafficSelector& one) {
    return std::ranges::any_of(outer, [&](const TrafficSelector& in) {
      return in.start <= one.start && one.end <= in.end &&
             (in.protocol == 0 || in.protocol == one.protocol) && in.start_port <= one.start_port &&
             one.end_port <= in.end_port;
    });
  });
}

TrafficSelector selector_of(wire::Ipv4Address address) {
  return {address, address};
}

namespace {

/// What of a datagram selectors are about.
struct Traffic {
  wire::Ipv4Address address;
  std::uint8_t protocol = 0;
  std::optional<std::uint16_t> port;
};

bool is_in(const Traffic& traffic, std::span<const TrafficSelector> selectors) {
  return std::ranges::any_of(selectors, [&](const TrafficSelector& one) {
    // Any protocol has no ports (RFC 7296 §3.13.1), whatever stands there.
    const bool all_ports = one.protocol == 0 || (one.start_port == 0 && one.end_port == 0xFFFF);
    return one.start <= traffic.address && traffic.address <= one.end &&
           (one.protocol == 0 || one.protocol == traffic.protocol) &&
           (all_ports ||
            (traffic.port && one.start_port <= *traffic.port && *traffic.port <= one.end_port));
  });
}

}  // namespace

bool takes(std::span<const TrafficSelector> from, std::span<const TrafficSelector> to,
           wire::Bytes datagram) {
  const wire::View header(wire::ip::layout, datagram);
  const std::size_t size = header[wire::ip::header_length] * 4;
  if (header[wire::ip::version] != 4 || size < wire::ip::layout.minimum || size > datagram.size() ||
      header[wire::ip::total_length] > datagram.size())
    return false;
  const auto protocol = static_cast<std::uint8_t>(header[wire::ip::protocol]);
  const auto port_at = [&](std::uint32_t octet) -> std::optional<std::uint16_t> {
    constexpr std::uint8_t kTcp = 6;
    if ((protocol != wire::ip::kUdp && protocol != kTcp) ||
        header[wire::ip::fragment_offset] != 0 || datagram.size() < size + 4)
      return std::nullopt;
    return static_cast<std::uint16_t>(
        wire::read(datagram.subspan(size), wire::number("port", octet, 2)));
  };
  return is_in({header.address(wire::ip::source), protocol, port_at(0)}, from) &&
         is_in({header.address(wire::ip::destination), protocol, port_at(2)}, to);
}

}  // namespace mipvet::roles
