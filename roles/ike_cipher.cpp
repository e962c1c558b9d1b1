#include "roles/ike_cipher.h"

#include "engine/crypto/padding.h"

namespace mipvet::roles {
namespace {

using wire::Buffer;
using wire::Bytes;

crypto::DirectionKeys of_initiator(const crypto::IkeKeys& keys) {
  return {keys.ei, keys.ai};
}
crypto::DirectionKeys of_responder(const crypto::IkeKeys& keys) {
  return {keys.er, keys.ar};
}

}  // namespace

IkeCipher::IkeCipher(const crypto::IkeSuite& suite, const crypto::IkeKeys& keys, bool initiator,
                     crypto::RandomOctets& random, const ActiveDeviations& deviates)
    : suite_(suite),
      sealer_(suite.encryption, suite.integrity,
              initiator ? of_initiator(keys) : of_responder(keys)),
      opener_(suite.encryption, suite.integrity,
              initiator ? of_responder(keys) : of_initiator(keys)),
      random_(random),
      deviates_(deviates) {}

Buffer IkeCipher::next_vector() {
  const std::size_t size = crypto::algorithm(suite_.encryption).iv_size;
  // With GCM a vector must never come twice, so it is counted (RFC 4106 §3.1).
  if (crypto::algorithm(suite_.encryption).is_aead()) return octets_of(++sealed_, size);
  if (deviates_("RFC7296-3.14-01")) return Buffer(size, 0xA5);
  return random_.take(size);
}

Buffer IkeCipher::seal(const wire::Layout& exchange, wire::FieldValues header,
                       const ike::PayloadChain& payloads, std::size_t padding) {
  const auto number = exchange.type_value.value_or(0);
  const bool in_clear = (number == ike::kIkeAuth && deviates_("RFC7296-1.2-03")) ||
                        (number == ike::kInformational && deviates_("RFC7296-1.4-01"));
  if (in_clear) return ike::make_message(exchange, header, payloads);
  Buffer plaintext = payloads.octets();
  crypto::append_sk_padding(plaintext, suite_.encryption, padding);
  const std::size_t sealed =
      crypto::sealed_size(suite_.encryption, suite_.integrity, plaintext.size());
  const std::size_t head = ike::encrypted::layout.minimum;
  ike::PayloadChain outer;
  outer.add(ike::encrypted::layout, {{ike::payload::next_payload, payloads.first_type()},
                                     {ike::payload::length, head + sealed}});
  Buffer message = ike::make_message(exchange, header, outer);
  wire::write(message, ike::message::length, message.size() + sealed);
  sealer_.seal(message, plaintext, next_vector());
  return message;
}

std::optional<IkeCipher::Opened> IkeCipher::open(Bytes message) {
  const auto header = IkeHeader::parse(message);
  if (!header) return std::nullopt;
  const auto outer =
      IkePayloads::parse(header->first_payload, message.subspan(ike::other_exchange.minimum));
  if (!outer || outer->all().empty()) return std::nullopt;
  const IkePayload& last = outer->all().back();
  const Bytes end = last.octets.subspan(last.octets.size());
  if (last.type != ike::encrypted::layout.type_value ||
      end.data() != message.data() + message.size())
    return std::nullopt;
  Buffer own(message.begin(), message.end());
  const std::size_t before = message.size() - last.octets.size() + ike::encrypted::layout.minimum;
  const crypto::Opened opened = opener_.open(own, before);
  if (!opened) return std::nullopt;
  const auto payloads = crypto::sk_plaintext(opened.plaintext);
  if (!payloads) return std::nullopt;
  constexpr std::size_t kNeeded = 16;
  const bool is_long = opened.plaintext.size() - payloads->size() > kNeeded;
  if (is_long && deviates_("RFC7296-3.14-02")) return std::nullopt;
  return Opened{
      static_cast<std::uint8_t>(last.view(ike::payload::layout)[ike::payload::next_payload]),
      {payloads->begin(), payloads->end()}};
}

}  // namespace mipvet::roles
