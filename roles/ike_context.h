#pragma once

#include <deque>
#include <functional>
#include <unordered_map>

#include "engine/crypto/random_octets.h"
#include "engine/net/host.h"
#include "roles/ike_alteration.h"
#include "roles/ike_endpoint.h"

namespace mipvet::roles {

class IkeSession;

/// What all parts of one endpoint share.
struct IkeContext {
  IkeContext(net::Host& on, IkeOwner& to, IkeSettings how, const ActiveDeviations& deviations)
      : host(on),
        environment(on.environment()),
        owner(to),
        settings(std::move(how)),
        deviates(deviations),
        random([this] { return static_cast<std::uint32_t>(environment.random()); }) {}

  net::Host& host;
  net::Environment& environment;
  IkeOwner& owner;
  IkeSettings settings;
  ActiveDeviations deviates;
  crypto::RandomOctets random;
  /// By the SPI that this side chose of an IKE SA, and of an inbound ESP SA.
  std::unordered_map<std::uint64_t, IkeSession*> sessions;
  std::unordered_map<std::uint32_t, IkeSession*> inbound;

  /// Of messages to come, in the order in which they were asked for.
  std::vector<IkeAlteration> alterations;
  std::optional<IkeAlteration> alteration_of(std::uint8_t exchange, bool response);

  /// What the owner is to be told once this event has been dealt with, so that it may give
  /// commands then.
  std::deque<std::function<void(IkeOwner&)>> news;
  void tell(std::function<void(IkeOwner&)> one) { news.push_back(std::move(one)); }
  /// Ends the life of a session that is over.
  std::function<void(IkeSaId)> forget;
  /// INITIAL_CONTACT: all others with the same peer are of a life before (RFC 7296 §2.4).
  std::function<void(IkeSaId)> replace_others;

  net::Time now() const { return environment.now(); }
};

/// A timer that ends with its owner.
class Timer {
 public:
  explicit Timer(IkeContext& context) : context_(context) {}
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// What the action has to tell is told behind it.
  void start(net::Duration after, std::function<void()> action);
  void stop();
  bool is_running() const { return running_; }

 private:
  IkeContext& context_;
  net::TimerId timer_ = 0;
  bool running_ = false;
};

/// RFC 7296 §2.10: at least 16 octets, and half of what the prf has as its key.
wire::Buffer new_nonce(IkeContext& context);

/// Tells the owner all news; commands given from inside may make more.
void deliver_news(IkeContext& context);

}  // namespace mipvet::roles
