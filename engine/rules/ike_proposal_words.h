#pragma once

#include "engine/rules/ike_words.h"

/// Words about what is offered and chosen: proposals with transforms (RFC 7296 §3.3) and traffic
/// selectors (§3.13).
namespace mipvet::rules {

/// The parts of one layout that stand inside a payload or another part, in their order.
template <typename Visit>
void each_part(const IkeMessage& m, const PayloadPlace& whole, const wire::Layout& part,
               Visit visit) {
  const std::size_t end = whole.offset + octets_of(m, whole).size();
  for (const PayloadPlace& place : m.payloads())
    if (place.layout == &part && place.offset > whole.offset && place.offset < end) visit(place);
}
template <typename Holds>
bool all_parts(const IkeMessage& m, const PayloadPlace& whole, const wire::Layout& part,
               Holds holds) {
  bool result = true;
  each_part(m, whole, part, [&](const PayloadPlace& place) { result = result && holds(place); });
  return result;
}
/// Of every payload of one layout, all parts of another.
template <typename Holds>
bool all_of(const IkeMessage& m, const wire::Layout& part, Holds holds) {
  return std::all_of(m.payloads().begin(), m.payloads().end(), [&](const PayloadPlace& place) {
    return place.layout != &part || holds(place, m.view(place));
  });
}

inline std::size_t transforms(const IkeMessage& m, const PayloadPlace& proposal,
                              std::uint64_t type) {
  std::size_t result = 0;
  each_part(m, proposal, ike::transform::layout, [&](const PayloadPlace& place) {
    result += m.view(place)[ike::transform::transform_type] == type ? 1 : 0;
  });
  return result;
}
/// The first transform of a type; null where there is none.
inline const PayloadPlace* transform(const IkeMessage& m, const PayloadPlace& proposal,
                                     std::uint64_t type) {
  const PayloadPlace* result = nullptr;
  each_part(m, proposal, ike::transform::layout, [&](const PayloadPlace& place) {
    if (result == nullptr && m.view(place)[ike::transform::transform_type] == type) result = &place;
  });
  return result;
}
inline std::uint64_t transform_id(const IkeMessage& m, const PayloadPlace& place) {
  return m.view(place)[ike::transform::transform_id];
}
/// Type, number and attributes.
inline bool same_transform(const IkeMessage& a, const PayloadPlace& one, const IkeMessage& b,
                           const PayloadPlace& other) {
  return a.view(one)[ike::transform::transform_type] ==
             b.view(other)[ike::transform::transform_type] &&
         transform_id(a, one) == transform_id(b, other) &&
         same_octets(data_of(a, one, ike::transform::layout.minimum),
                     data_of(b, other, ike::transform::layout.minimum));
}
inline bool has_transform(const IkeMessage& m, const PayloadPlace& proposal, const IkeMessage& of,
                          const PayloadPlace& wanted) {
  return !all_parts(m, proposal, ike::transform::layout, [&](const PayloadPlace& place) {
    return !same_transform(m, place, of, wanted);
  });
}
/// A cipher that protects integrity itself (RFC 5282, RFC 7634).
inline bool is_aead(std::uint64_t id) {
  return (id >= 14 && id <= 16) || (id >= 18 && id <= 20) || id == 28;
}

/// The proposal that was chosen: the only one of the answer.
inline const PayloadPlace* chosen(const IkeMessage& response) {
  return response.count(ike::proposal::layout) == 1 ? response.find(ike::proposal::layout)
                                                    : nullptr;
}
/// The offered proposal of that number and protocol; null where it was not offered.
inline const PayloadPlace* offered(const IkeMessage& request, const IkeMessage& response,
                                   const PayloadPlace& choice) {
  const wire::View wanted = response.view(choice);
  for (const PayloadPlace& place : request.payloads())
    if (place.layout == &ike::proposal::layout &&
        request.view(place)[ike::proposal::number_] == wanted[ike::proposal::number_] &&
        request.view(place)[ike::proposal::protocol_id] == wanted[ike::proposal::protocol_id])
      return &place;
  return nullptr;
}
/// One transform of each type that the proposal offers. D-H and integrity may be left out where
/// NONE is what they would be (RFC 7296 §2.7, §3.3.3), D-H always in IKE_AUTH (§1.2).
inline bool picks_one_each(const IkeMessage& request, const PayloadPlace& proposal,
                           const IkeMessage& response, const PayloadPlace& choice) {
  for (std::uint64_t type = ike::transform::kEncryption;
       type <= ike::transform::kExtendedSequenceNumbers; ++type) {
    const std::size_t picked = transforms(response, choice, type);
    const PayloadPlace* first = transform(request, proposal, type);
    const bool may_be_none =
        type == ike::transform::kIntegrity || type == ike::transform::kGroup || first == nullptr;
    if (picked > 1 || (picked == 0 && !may_be_none)) return false;
  }
  return true;
}
/// Whatever the answer chose was offered, with the same attributes.
inline bool was_offered(const IkeMessage& request, const IkeMessage& response) {
  const PayloadPlace* choice = chosen(response);
  const PayloadPlace* proposal = choice == nullptr ? nullptr : offered(request, response, *choice);
  return proposal != nullptr &&
         all_parts(response, *choice, ike::transform::layout, [&](const PayloadPlace& place) {
           // An explicit NONE adds nothing to what was offered.
           return transform_id(response, place) == 0 ||
                  has_transform(request, *proposal, response, place);
         });
}
/// A group stands among the D-H transforms of any proposal.
inline bool offers_group(const IkeMessage& m, std::uint64_t group) {
  return !all_of(m, ike::transform::layout, [&](const PayloadPlace&, const wire::View& view) {
    return view[ike::transform::transform_type] != ike::transform::kGroup ||
           view[ike::transform::transform_id] != group;
  });
}
/// The octets of Key Exchange Data of a group; 0 where the group is not known here.
constexpr std::size_t key_exchange_size(std::uint64_t group) {
  switch (group) {
    case 1:
      return 96;
    case 2:
    case 22:
      return 128;
    case 5:
      return 192;
    case 14:
    case 23:
    case 24:
      return 256;
    case 15:
      return 384;
    case 16:
      return 512;
    case 17:
      return 768;
    case 18:
      return 1024;
    case 19:
    case 28:
      return 64;
    case 20:
    case 29:
      return 96;
    case 21:
      return 132;
    case 30:
      return 128;
    case 31:
      return 32;
    case 32:
      return 56;
    default:
      return 0;
  }
}

inline observer::Selectors selectors(const IkeMessage& m, const wire::Layout& which) {
  observer::Selectors result;
  const PayloadPlace* payload = m.find(which);
  if (payload == nullptr) return result;
  each_part(m, *payload, ike::traffic_selector::other,
            [&](const PayloadPlace&) { result.clipped = true; });
  each_part(m, *payload, ike::traffic_selector::layout, [&](const PayloadPlace& place) {
    if (result.count == observer::Selectors::kMax) {
      result.clipped = true;
      return;
    }
    const wire::View view = m.view(place);
    namespace field = ike::traffic_selector;
    result.list[result.count++] = {static_cast<std::uint8_t>(view[field::protocol]),
                                   static_cast<std::uint16_t>(view[field::start_port]),
                                   static_cast<std::uint16_t>(view[field::end_port]),
                                   view.address(field::start_address),
                                   view.address(field::end_address)};
  });
  return result;
}
/// Both ends of each range are in the other set. Not known where one of them was clipped.
inline bool covers(const observer::Selectors& wide, const observer::Selectors& narrow) {
  if (wide.clipped || narrow.clipped) return true;
  return std::ranges::all_of(narrow.all(), [&](const observer::Selector& one) {
    return wide.contains(one.first) && wide.contains(one.last);
  });
}

}  // namespace mipvet::rules
