#pragma once

#include <functional>

#include "roles/ike_context.h"

namespace mipvet::roles {

/// One request on its way: sent, and sent again with growing gaps until it is stopped or given up
/// (RFC 7296 §2.1, §2.4).
class IkeRetransmitter {
 public:
  /// `send` puts octets on the path that is in use, `given_up` follows the last gap.
  IkeRetransmitter(IkeContext& context, std::function<void(wire::Bytes)> send,
                   std::function<void()> given_up);

  /// Makes the octets, once: all repeats are the same, bit by bit.
  void start(std::function<wire::Buffer()> make);
  void stop();
  /// Neither sends nor gives up until `again`.
  void hold() { timer_.stop(); }
  /// Sends at once, and begins anew with the first gap.
  void again();
  bool is_active() const { return active_; }

 private:
  void transmit();
  void expire();

  IkeContext& context_;
  std::function<void(wire::Bytes)> send_;
  std::function<void()> given_up_;
  std::function<wire::Buffer()> make_;
  wire::Buffer octets_;
  unsigned sent_ = 0;
  net::Duration gap_{};
  Timer timer_;
  bool active_ = false;
};

}  // namespace mipvet::roles
