#include "engine/observer/ike_authentication.h"

#include "engine/crypto/ike_auth.h"

namespace mipvet::observer {

namespace ike = wire::ike;

Check check_authentication(const IkeMessage& message, std::uint8_t side, const IkeRecord& record,
                           const KeyRing& keys, const model::Network& network) {
  const wire::View payload = message.payload(ike::authentication::layout);
  if (!payload) return Check::absent;
  const IkeSa& sa = record.sa;
  const bool is_initiator = side == sa.initiator;
  const IkeMessage* own = (is_initiator ? record.init_request : record.init_response).get();
  const IkeMessage* peer = (is_initiator ? record.init_response : record.init_request).get();
  const wire::View id = message.payload(is_initiator ? ike::identification::initiator
                                                     : ike::identification::responder);
  const crypto::IkeSaKeys* known = keys.ike_sa({sa.initiator_spi(), sa.responder_spi()});
  if (payload[ike::authentication::method] != ike::authentication::kSharedKey || own == nullptr ||
      peer == nullptr || own->clipped || !id || known == nullptr || !known->prf ||
      sa.client().node == model::kNobody || sa.gateway().node == model::kNobody)
    return Check::unknown;
  const model::IkeCredentials* credentials =
      network.ike_credentials(sa.client().node, sa.gateway().node);
  if (credentials == nullptr) return Check::unknown;
  const wire::Buffer octets = crypto::signed_octets(
      *known->prf, {own->bytes(), peer->payload(ike::nonce::layout).octets(ike::nonce::data),
                    is_initiator ? known->keys.pi : known->keys.pr,
                    id.bytes().subspan(std::min(id.bytes().size(), ike::payload::layout.minimum))});
  const wire::Bytes secret{reinterpret_cast<const std::uint8_t*>(credentials->psk.data()),
                           credentials->psk.size()};
  return crypto::verify_shared_key(*known->prf, secret, octets,
                                   payload.octets(ike::authentication::data))
             ? Check::valid
             : Check::invalid;
}

}  // namespace mipvet::observer
