#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "engine/crypto/key_log.h"
#include "engine/crypto/sealed.h"
#include "engine/wire/opener.h"

namespace mipvet::observer {

/// The keys that were told so far, and the decryption of IKE messages and ESP packets by them. Keys
/// may come at any time; what went by before stays closed.
class KeyRing final : public wire::Opener {
 public:
  void add(const crypto::KeyLog& log);
  bool empty() const { return ike_.empty() && esp_.empty(); }
  /// Of an IKE SA; null where they were not told.
  const crypto::IkeSaKeys* ike_sa(const crypto::IkeSpis& spis) const;
  bool has_esp(std::uint32_t spi) const { return esp_.contains(spi); }

  wire::Opening open_ike(wire::MutableBytes message, std::uint32_t payload) override;
  wire::Opening open_esp(wire::MutableBytes packet, wire::Ipv4Address source,
                         wire::Ipv4Address destination) override;

 private:
  struct SpisHash {
    std::size_t operator()(const crypto::IkeSpis& spis) const {
      return static_cast<std::size_t>(spis.initiator * 0x9E3779B97F4A7C15U ^ spis.responder);
    }
  };
  struct IkeEntry {
    crypto::IkeSaKeys keys;
    crypto::Opener from_initiator;
    crypto::Opener from_responder;
  };
  struct EspEntry {
    crypto::ChildSaKeys keys;
    crypto::Opener opener;
  };

  static wire::Opening open(crypto::Opener& opener, wire::MutableBytes packet,
                            std::size_t associated);

  std::unordered_map<crypto::IkeSpis, IkeEntry, SpisHash> ike_;
  /// Two receivers may choose the same SPI.
  std::unordered_multimap<std::uint32_t, EspEntry> esp_;
};

}  // namespace mipvet::observer
