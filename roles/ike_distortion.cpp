#include "roles/ike_distortion.h"

#include <algorithm>
#include <functional>

#include "engine/wire/ike_names.h"

namespace mipvet::roles {
namespace {

using ike::PayloadChain;
using wire::Buffer;

/// A payload taken apart, to be changed.
struct Part {
  std::uint8_t type = 0;
  Buffer body;  ///< behind the generic header
  bool critical = false;
};
using Parts = std::vector<Part>;

Parts taken_apart(const PayloadChain& chain) {
  Parts parts;
  const auto payloads = IkePayloads::parse(chain.first_type(), chain.octets());
  if (!payloads) return parts;
  for (const IkePayload& one : payloads->all()) {
    const wire::Bytes body = one.octets.subspan(ike::payload::layout.minimum);
    parts.push_back({one.type, {body.begin(), body.end()}, one.critical});
  }
  return parts;
}

PayloadChain put_together(const Parts& parts) {
  PayloadChain chain;
  for (const Part& one : parts) {
    const wire::FieldValue critical{ike::payload::critical, one.critical};
    chain.add_type(one.type, {&critical, 1}, one.body);
  }
  return chain;
}

Part* find(Parts& parts, const wire::Layout& layout) {
  const auto found = std::ranges::find(parts, *layout.type_value, &Part::type);
  return found == parts.end() ? nullptr : &*found;
}

void drop(Parts& parts, const wire::Layout& layout) {
  std::erase_if(parts, [&](const Part& one) { return one.type == layout.type_value; });
}

Part notify(std::uint16_t type, const Buffer& data = {}) {
  Buffer body{0, 0, static_cast<std::uint8_t>(type >> 8), static_cast<std::uint8_t>(type)};
  body.insert(body.end(), data.begin(), data.end());
  return {ike::notify::kPayloadType, std::move(body)};
}

bool is_notification_of(const Part& part, std::uint16_t type) {
  return part.type == ike::notify::kPayloadType && part.body.size() >= 4 &&
         part.body[2] == type >> 8 && part.body[3] == (type & 0xFF);
}

void set_octet(Parts& parts, const wire::Layout& layout, std::size_t at, std::uint8_t value) {
  Part* part = find(parts, layout);
  if (part != nullptr && at < part->body.size()) part->body[at] = value;
}

/// Changes what is proposed or chosen.
void propose(Parts& parts, const std::function<void(std::vector<ike::Proposal>&)>& change) {
  Part* part = find(parts, ike::security_association::layout);
  if (part == nullptr) return;
  Buffer whole(ike::payload::layout.minimum);
  whole.insert(whole.end(), part->body.begin(), part->body.end());
  auto proposals = proposals_in({ike::security_association::layout, whole});
  if (!proposals || proposals->empty()) return;
  change(*proposals);
  part->body = ike::make_proposals(*proposals);
}

void distort_requests(const ActiveDeviations& deviates, const IkeOccasion& occasion, Parts& parts) {
  namespace kind = ike::transform;
  const bool auth = occasion.exchange == ike::kIkeAuth;
  if (auth && deviates("RFC7296-1.2-04")) drop(parts, ike::traffic_selectors::initiator);
  if (auth && deviates("RFC4555-4.2.4-02"))
    parts.push_back(notify(notification("update-sa-addresses")));
  const bool rekeys_ike = occasion.exchange == ike::kCreateChildSa &&
                          find(parts, ike::traffic_selectors::initiator) == nullptr;
  if (rekeys_ike && deviates("RFC7296-1.3.2-01")) drop(parts, ike::key_exchange::layout);
  if (rekeys_ike && deviates("RFC7296-2.18-01")) drop(parts, ike::key_exchange::layout);
  if (occasion.exchange == ike::kInformational && deviates("RFC7296-2.4-01"))
    parts.push_back(notify(notification("initial-contact")));
  if (deviates("RFC7296-2.7-03"))
    propose(parts, [](auto& all) {
      all.front().transforms.insert(all.front().transforms.begin(), {kind::kEncryption, 20, 128});
    });
  if (deviates("RFC7296-3.3.1-01"))
    propose(parts, [](auto& all) {
      for (ike::Proposal& one : all) one.number = static_cast<std::uint8_t>(*one.number + 4);
    });
  if (deviates("RFC7296-3.3.3-01"))
    propose(parts, [](auto& all) {
      std::erase_if(all.front().transforms, [](const ike::Transform& one) {
        return one.type == kind::kPrf || one.type == kind::kExtendedSequenceNumbers;
      });
    });
  if (auth && deviates("RFC4303-3.2-01"))
    propose(parts, [](auto& all) {
      constexpr std::uint16_t kEncrNull = 11;
      ike::Proposal none = all.front();
      none.number = static_cast<std::uint8_t>(all.size() + 1);
      none.transforms = {{kind::kEncryption, kEncrNull, {}},
                         {kind::kExtendedSequenceNumbers, 0, {}}};
      all.push_back(std::move(none));
    });
  if (auth && deviates("RFC7296-3.15-01"))
    set_octet(parts, ike::configuration::layout, 0, ike::configuration::kSet);
}

void distort_responses(const ActiveDeviations& deviates, const IkeOccasion& occasion,
                       Parts& parts) {
  const bool auth = occasion.exchange == ike::kIkeAuth;
  const bool child = occasion.exchange == ike::kCreateChildSa;
  if (auth && deviates("RFC7296-1.2-05")) drop(parts, ike::traffic_selectors::responder);
  if (child && deviates("RFC7296-1.3.1-01")) drop(parts, ike::nonce::layout);
  if ((auth || child) && deviates("RFC7296-1.3.1-02"))
    parts.push_back(notify(notification("use-transport-mode")));
  if ((auth || child) && deviates("RFC7296-2.22-01"))
    parts.push_back(notify(notification("ipcomp-supported"), {0x12, 0x34, 2}));
  if (occasion.exchange == ike::kInformational && deviates("RFC7296-1.4.1-02"))
    drop(parts, ike::delete_::layout);
  if (occasion.exchange == ike::kInformational && deviates("RFC4555-4.2.2-02"))
    parts.push_back(notify(notification("additional-ip4-address"), {192, 0, 2, 99}));
  if (!parts.empty() && deviates("RFC7296-2.5-06")) parts.front().critical = true;
  if (deviates("RFC7296-2.7-01")) propose(parts, [](auto& all) { all.push_back(all.front()); });
  if (deviates("RFC7296-2.7-02"))
    propose(parts,
            [](auto& all) { all.front().transforms.push_back(all.front().transforms.front()); });
  if (deviates("RFC7296-3.3.6-01"))
    propose(parts, [](auto& all) {
      for (ike::Transform& one : all.front().transforms) one.key_length.reset();
    });
  if (auth && deviates("RFC7296-2.19-04") && find(parts, ike::configuration::layout) == nullptr)
    parts.insert(parts.begin() + std::min<std::ptrdiff_t>(2, std::ssize(parts)),
                 {*ike::configuration::layout.type_value,
                  {ike::configuration::kReply, 0, 0, 0, 0, 1, 0, 4, 10, 9, 0, 1}});
  if (auth && deviates("RFC7296-3.15.1-01")) {
    if (Part* part = find(parts, ike::configuration::layout);
        part != nullptr && part->body.size() == 12) {
      part->body.push_back(0);
      part->body[7] = 5;
    }
  }
}

void distort_all(const ActiveDeviations& deviates, Parts& parts) {
  if (Part* exchange = find(parts, ike::key_exchange::layout))
    if (deviates("RFC7296-3.4-01") && !exchange->body.empty()) exchange->body.pop_back();
  if (deviates("RFC7296-3.10-01"))
    for (Part& one : parts)
      // Protocol 1 is what RFC 4306 demanded; those of MOBIKE have a requirement of their own.
      if (is_notification_of(one, notification("nat-detection-source-ip")) ||
          is_notification_of(one, notification("initial-contact")))
        one.body[0] = ike::kProtocolEsp;
  if (deviates("RFC7296-3.11-01")) set_octet(parts, ike::delete_::layout, 0, ike::kProtocolAh);
  if (deviates("RFC7296-3.13-01")) set_octet(parts, ike::traffic_selectors::initiator, 1, 1);
  if (deviates("RFC7296-3.13.1-01"))
    set_octet(parts, ike::traffic_selectors::initiator, 4 + 5, 1);  // of the first: start port
  if (deviates("RFC7296-3.2-01") && !parts.empty()) parts.back().critical = true;
  if (deviates("RFC7296-3.1-06")) parts.push_back({*ike::encrypted::layout.type_value, Buffer(16)});
  if (deviates("RFC7296-2.5-08") && parts.size() > 1) std::swap(parts.front(), parts[1]);
  if (deviates("RFC7296-2.3-01")) parts.push_back(notify(notification("set-window-size"), {0, 1}));
}

/// The nonce stands before the proposals.
bool is_shuffled(const IkePayloads& payloads) {
  const auto& all = payloads.all();
  const auto place = [&](const wire::Layout& layout) {
    return std::ranges::find(all, layout.type_value, &IkePayload::type);
  };
  const auto proposals = place(ike::security_association::layout);
  return proposals != all.end() && place(ike::nonce::layout) < proposals;
}

}  // namespace

PayloadChain distorted(const ActiveDeviations& deviates, const IkeOccasion& occasion,
                       PayloadChain payloads) {
  if (!deviates.any()) return payloads;
  Parts parts = taken_apart(payloads);
  if (occasion.response)
    distort_responses(deviates, occasion, parts);
  else
    distort_requests(deviates, occasion, parts);
  distort_all(deviates, parts);
  return put_together(parts);
}

bool is_picky(const ActiveDeviations& deviates, wire::Bytes message, const IkePayloads& payloads) {
  if (!deviates.any()) return false;
  const auto any = [&](const std::function<bool(const IkePayload&)>& has) {
    return std::ranges::any_of(payloads.all(), has);
  };
  const auto any_notification = [&](const std::function<bool(const IkeNotification&)>& has) {
    return std::ranges::any_of(payloads.notifications(), has);
  };
  constexpr std::size_t kFlags = 19;
  constexpr std::uint8_t kUnused = 0xC7;
  const wire::View header(ike::other_exchange, message);
  const std::uint8_t last = *ike::eap::layout.type_value;
  if (deviates("RFC7296-2.5-01") && header[ike::message::minor_version] != 0) return true;
  if (deviates("RFC7296-3.1-04") &&
      ((message[kFlags] & kUnused) != 0 || header[ike::message::version_flag] != 0))
    return true;
  if (deviates("RFC7296-2.5-03") && any([](const IkePayload& one) {
        return one.view(ike::payload::layout)[ike::payload::reserved] != 0;
      }))
    return true;
  if (deviates("RFC7296-2.5-04") &&
      any([&](const IkePayload& one) { return one.type > last && !one.critical; }))
    return true;
  if (deviates("RFC7296-2.5-07") &&
      any([&](const IkePayload& one) { return one.critical && one.type <= last; }))
    return true;
  if (deviates("RFC7296-2.5-09") && is_shuffled(payloads)) return true;
  if (deviates("RFC7296-3.15.1-04") && any([](const IkePayload& one) {
        const auto attributes = one.type == ike::configuration::layout.type_value
                                    ? attributes_in(one.view(ike::configuration::layout))
                                    : std::nullopt;
        constexpr std::uint16_t kPrivate = 16384;
        return attributes && std::ranges::any_of(*attributes, [](const ike::Attribute& attribute) {
                 return attribute.type >= kPrivate;
               });
      }))
    return true;
  if (deviates("RFC7296-3.10-02") && any_notification([](const IkeNotification& one) {
        return one.protocol != 0 && one.spi.empty();
      }))
    return true;
  return deviates("RFC7296-3.10.1-02") && any_notification([](const IkeNotification& one) {
           return ike::notify::layout_of(one.type).name == ike::notify::layout.name;
         });
}

}  // namespace mipvet::roles
