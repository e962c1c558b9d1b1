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
  Buffer packet = wire::make(esp::layout, {{esp::spi, spi_}, {esp::sequence_number, number}});
  Buffer plaintext(payload.begin(), payload.end());
  crypto::append_esp_trailer(plaintext, algorithms_.encryption, next_header);
  if (deviates_("RFC4303-2.4-04"))
    for (std::size_t i = payload.size(); i + 2 < plaintext.size(); ++i) plaintext[i] = 0;
  sealer_.seal(packet, plaintext, next_vector());
  return packet;
}

EspReceiver::EspReceiver(const EspAlgorithms& algorithms, const crypto::DirectionKeys& keys,
                         const ActiveDeviations& deviates)
    : opener_(algorithms.encryption, algorithms.integrity, keys), deviates_(deviates) {}

std::optional<EspReceiver::Opened> EspReceiver::open(Bytes packet) {
  const auto number = static_cast<std::uint32_t>(wire::read(packet, esp::sequence_number));
  if (!window_.is_new(number) && !deviates_("RFC4303-3.4.3-01")) return std::nullopt;
  Buffer plaintext(packet.size());
  const crypto::Opened opened = opener_.open(packet, esp::layout.minimum, plaintext);
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
