#pragma once

#include <optional>

#include "engine/crypto/ike_keys.h"
#include "engine/crypto/random_octets.h"
#include "engine/crypto/sealed.h"
#include "engine/wire/bytes.h"
#include "roles/deviations.h"

/// ESP (RFC 4303): one direction of a CHILD_SA each.
namespace mipvet::roles {

/// Which numbers were seen (RFC 4303 §3.4.3): the last 64, of which nothing is taken twice.
class ReplayWindow {
 public:
  static constexpr std::uint32_t kSize = 64;

  /// Neither seen nor left of the window; 0 never is new.
  bool is_new(std::uint32_t number) const;
  /// Only of authentic packets: this moves the window.
  void note(std::uint32_t number);
  std::uint32_t highest() const { return highest_; }
  bool is_left_of(std::uint32_t number) const {
    return number < highest_ && highest_ - number >= kSize;
  }

 private:
  std::uint32_t highest_ = 0;
  std::uint64_t seen_ = 0;  ///< bit n: highest_ - n
};

struct EspAlgorithms {
  crypto::Encryption encryption = crypto::Encryption::aes_cbc_128;
  crypto::Integrity integrity = crypto::Integrity::hmac_sha2_256_128;
};

class EspSender {
 public:
  EspSender(std::uint32_t spi, const EspAlgorithms& algorithms, const crypto::DirectionKeys& keys,
            crypto::RandomOctets& random, const ActiveDeviations& deviates);

  /// The packet from its SPI on; nothing once the sequence numbers are used up (RFC 4303 §3.3.3).
  std::optional<wire::Buffer> seal(wire::Bytes payload, std::uint8_t next_header);
  /// Of a deviation: the numbers begin again.
  void forget_numbers() { sequence_number_ = 0; }

 private:
  wire::Buffer next_vector();

  std::uint32_t spi_;
  EspAlgorithms algorithms_;
  crypto::Sealer sealer_;
  crypto::RandomOctets& random_;
  const ActiveDeviations& deviates_;
  std::uint32_t sequence_number_ = 0;
};

class EspReceiver {
 public:
  EspReceiver(const EspAlgorithms& algorithms, const crypto::DirectionKeys& keys,
              const ActiveDeviations& deviates);

  struct Opened {
    wire::Buffer payload;
    std::uint8_t next_header = 0;
  };
  /// Nothing for replays, wrong check values and trailers that do not fit.
  std::optional<Opened> open(wire::Bytes packet);
  /// Of a deviation: replays are taken again.
  void forget_numbers() { window_ = {}; }

 private:
  bool is_wanted(std::uint32_t number) const;

  crypto::Opener opener_;
  const ActiveDeviations& deviates_;
  ReplayWindow window_;
};

}  // namespace mipvet::roles
