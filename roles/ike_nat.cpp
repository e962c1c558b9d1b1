#include "roles/ike_nat.h"

#include <algorithm>

#include "engine/crypto/nat_detection.h"

namespace mipvet::roles {
namespace {

constexpr std::uint16_t kSource = notification("nat-detection-source-ip");
constexpr std::uint16_t kDestination = notification("nat-detection-destination-ip");
constexpr std::uint16_t kNoNats = notification("no-nats-allowed");

}  // namespace

void add_nat_detection(ike::PayloadChain& chain, const crypto::IkeSpis& spis,
                       const AddressPair& path, const ActiveDeviations& deviates) {
  crypto::IkeSpis hashed = spis;
  if (deviates("RFC7296-2.23-02")) std::swap(hashed.initiator, hashed.responder);
  const std::uint16_t port = deviates("RFC7296-2.23-03") ? 0 : path.peer_port;
  add_notification(chain, kSource, crypto::nat_detection(hashed, path.local, path.local_port));
  if (deviates("RFC7296-2.23-01")) return;
  add_notification(chain, kDestination, crypto::nat_detection(hashed, path.peer, port));
}

NatFinding find_nat(const IkePayloads& payloads, const crypto::IkeSpis& spis,
                    const AddressPair& path) {
  const auto is_among = [&](std::uint16_t type, const crypto::NatDetection& hash) {
    return std::ranges::any_of(payloads.notifications(), [&](const IkeNotification& one) {
      return one.type == type && std::ranges::equal(one.data, hash);
    });
  };
  NatFinding finding;
  finding.announced =
      payloads.notified(kSource) != nullptr && payloads.notified(kDestination) != nullptr;
  if (!finding.announced) return finding;
  finding.there = !is_among(kSource, crypto::nat_detection(spis, path.peer, path.peer_port));
  finding.here = !is_among(kDestination, crypto::nat_detection(spis, path.local, path.local_port));
  return finding;
}

void add_no_nats_allowed(ike::PayloadChain& chain, const AddressPair& path,
                         const ActiveDeviations& deviates) {
  namespace field = ike::notify;
  const bool wrong = deviates("RFC4555-3.9-04");
  const std::uint8_t protocol = deviates("RFC4555-4.2.6-03") ? ike::kProtocolIke : 0;
  if (deviates("RFC4555-4.2.6-01")) {
    // The addresses alone.
    wire::Buffer data = octets_of(path.local.value, 4);
    const wire::Buffer peer = octets_of(path.peer.value, 4);
    data.insert(data.end(), peer.begin(), peer.end());
    return add_notification(chain, kNoNats, data);
  }
  chain.add(field::layout, {{field::protocol_id, protocol},
                            {field::notify_type, kNoNats},
                            {field::source_address, wrong ? path.peer : path.local},
                            {field::destination_address, path.peer},
                            {field::source_port, path.local_port},
                            {field::destination_port, path.peer_port}});
}

bool tells_of_nat(const IkePayloads& payloads, const AddressPair& path) {
  const IkeNotification* told = payloads.notified(kNoNats);
  if (told == nullptr || told->data.size() != 12) return false;
  return number_in(told->data.first(4)) != path.peer.value ||
         number_in(told->data.subspan(4, 4)) != path.local.value ||
         number_in(told->data.subspan(8, 2)) != path.peer_port ||
         number_in(told->data.subspan(10, 2)) != path.local_port;
}

}  // namespace mipvet::roles
