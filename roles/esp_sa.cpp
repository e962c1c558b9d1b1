#include "roles/esp_sa.h"

#include <limits>

#include "engine/crypto/padding.h"
#include "engine/wire/compose.h"
#include "engine/wire/esp.h"
#include "roles/ike_message.h"

namespace mipvet::roles {

using wire::Buffer;
using wire::Bytes;
namespace esp = wire::esp;

bool ReplayWindow::is_new(std::uint32_t number) const {
  if (number == 0) return false;
  if (number > highest_) return true;
  const std::uint32_t age = highest_ - number;
  return age < kSize && (seen_ >> age & 1U) == 0;
}

void ReplayWindow::note(std::uint32_t number) {
  if (number > highest_) {
    const std::uint32_t step = number - highest_;
    seen_ = step < kSize ? seen_ << step : 0;
    highest_ = number;
  }
  const std::uint32_t age = highest_ - number;
  if (age < kSize) seen_ |= std::uint64_t{1} << age;
}

EspSender::EspSender(std::uint32_t spi, const EspAlgorithms& algorithms,
                     const crypto::DirectionKeys& keys, crypto::RandomOctets& random,
                     const ActiveDeviations& deviates)
    : spi_(spi),
      algorithms_(algorithms),
      sealer_(algorithms.encryption, algorithms.integrity, keys),
      random_(random),
      deviates_(deviates) {}

Buffer EspSender::next_vector() {
  const auto& encryption = crypto::algorithm(algorithms_.encryption);
  if (encryption.is_aead()) return octets_of(sequence_number_, encryption.iv_size);
  return random_.take(encryption.iv_size);
}

std::optional<Buffer> EspSender::seal(Bytes payload, std::uint8_t next_header) {
  if (sequence_number_ == std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  ++sequence_number_;
  std::uint32_t number = sequence_number_;
  if (deviates_("RFC4303-2.2-01")) number = (number + 1) / 2;
  if (deviates_("RFC4303-2.2-02")) number -= 1;
  const std::uint32_t spi = deviates_("RFC4303-2.1-02") ? spi_ + 1 : spi_;
  Buffer packet = wire::make(esp::layout, {{esp::spi, spi}, {esp::sequence_number, number}});
  constexpr std::size_t kIpHeader = 20;
  if (deviates_("RFC4303-3.1.2-01") && payload.size() > kIpHeader) {
    next_header = payload[9];  // its protocol: as in transport mode
    payload = payload.subspan(kIpHeader);
  }
  if (deviates_("RFC4303-2.6-01")) next_header = 41;
  Buffer plaintext(payload.begin(), payload.end());
  // Only a stream cipher such as GCM has room for this.
  const bool aead = crypto::algorithm(algorithms_.encryption).is_aead();
  if (aead && deviates_("RFC4303-2.4-01"))
    plaintext.insert(plaintext.end(), {1, 1, next_header});
  else
    crypto::append_esp_trailer(plaintext, algorithms_.encryption, next_header);
  if (deviates_("RFC4303-2.4-04"))
    for (std::size_t i = payload.size(); i + 2 < plaintext.size(); ++i) plaintext[i] = 0;
  sealer_.seal(packet, plaintext, next_vector());
  if (deviates_("RFC4303-2.8-01")) packet.resize(packet.size() - 4);
  if (deviates_("RFC4303-2.4-02")) packet.erase(packet.begin() + std::ssize(packet) / 2);
  if (deviates_("RFC4303-2.3-01")) packet.erase(packet.begin() + 8, packet.begin() + 16);
  if (deviates_("RFC4303-3.3.2.1-01")) packet.back() ^= 1;
  return packet;
}

EspReceiver::EspReceiver(const EspAlgorithms& algorithms, const crypto::DirectionKeys& keys,
                         const ActiveDeviations& deviates)
    : opener_(algorithms.encryption, algorithms.integrity, keys), deviates_(deviates) {}

bool EspReceiver::is_wanted(std::uint32_t number) const {
  constexpr std::uint32_t kTooSmall = 16;
  if (deviates_("RFC4303-3.4.3-01")) return true;
  if (deviates_("RFC4303-3.4.3-02") && window_.is_left_of(number)) return true;
  if (deviates_("RFC4303-3.4.3-03") && number < window_.highest()) return false;
  if (deviates_("RFC4303-3.4.3-04") && number + kTooSmall <= window_.highest()) return false;
  return window_.is_new(number);
}

std::optional<EspReceiver::Opened> EspReceiver::open(Bytes packet) {
  const auto number = static_cast<std::uint32_t>(wire::read(packet, esp::sequence_number));
  if (!is_wanted(number)) return std::nullopt;
  Buffer own(packet.begin(), packet.end());
  const crypto::Opened opened = opener_.open(own, esp::layout.minimum);
  if (!opened) {
    if (deviates_("RFC4303-3.4.3-05")) window_.note(number);
    return std::nullopt;
  }
  window_.note(number);
  const auto parts = crypto::esp_plaintext(opened.plaintext);
  if (!parts) return std::nullopt;
  return Opened{{parts->payload.begin(), parts->payload.end()}, parts->next_header};
}

}  // namespace mipvet::roles
