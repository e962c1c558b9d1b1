#pragma once

#include <cstdint>

namespace mipvet::roles {

/// Where a mobile node is, as far as it knows (MOB §3.4).
enum class Place : std::uint8_t { undecided, inside, outside };

/// Trusted network or not, for one attachment: the internal home agent was asked without any VPN,
/// the gateway at the same time (MOB §3.4). Inside: an authentic reply to the request in clear, and
/// nothing else, accepted it, whatever the gateway does. Outside: that request was sent as often as
/// is configured without such a reply, and the gateway answers. All else is undecided.
class AccessDetection {
 public:
  /// A new address: all that was known belongs to the former one.
  void begin() { *this = AccessDetection(); }
  /// A new request in clear at the same address; the gateway is where it was.
  void ask_again() {
    accepted_ = false;
    exhausted_ = false;
  }

  void request_accepted() { accepted_ = true; }
  void requests_exhausted() { exhausted_ = true; }
  /// The gateway answered from this attachment: IKE_AUTH, or the address update.
  void gateway_answered() { gateway_ = true; }
  void gateway_lost() { gateway_ = false; }

  Place place() const {
    if (accepted_) return Place::inside;
    return exhausted_ && gateway_ ? Place::outside : Place::undecided;
  }

 private:
  bool accepted_ = false;
  bool exhausted_ = false;
  bool gateway_ = false;
};

}  // namespace mipvet::roles
