#include "roles/mobike_registration.h"

#include <algorithm>

namespace mipvet::roles {

namespace {

/// RFC 3344 §3.6.3: not more often than once a second.
constexpr net::Duration kLeast = std::chrono::seconds(1);
constexpr net::Duration kPause = std::chrono::milliseconds(1020);
constexpr std::uint8_t kIdentificationMismatch = 133;
constexpr std::uint16_t kDefaultKeepalive = 110;  // RFC 3519 §4.9

const crypto::SecurityAssociation& association_with(const Keyring& keys, model::NodeId peer) {
  static const crypto::SecurityAssociation none;
  const auto* shared = keys.with(peer);
  return shared == nullptr ? none : *shared;
}

}  // namespace

MobikeRegistration::MobikeRegistration(const model::Network& network, model::NodeId self,
                                       net::Environment& environment,
                                       const ActiveDeviations& deviates, RegistrationOwner& owner)
    : network_(network),
      node_(network.node(self)),
      environment_(environment),
      deviates_(deviates),
      owner_(owner),
      keys_(network, self),
      home_agent_(address_parameter(node_, "home_agent")),
      peer_(network.owner(home_agent_)),
      udp_tunnel_(parameter<bool>(node_, "udp_tunnel", true)),
      reverse_tunneling_(parameter<bool>(node_, "reverse_tunneling", true)),
      identification_(association_with(keys_, peer_),
                      [this] { return static_cast<std::uint32_t>(environment_.random()); }) {}

MobikeRegistration::~MobikeRegistration() {
  new_link();
  environment_.cancel(renewal_);
}

void MobikeRegistration::begin(const RegistrationPlan& plan) {
  abandon(plan.path);
  Attempt& attempt = attempts_[index(plan.path)].emplace(Attempt{});
  attempt.plan = plan;
  attempt.tries_left = plan.tries;
  attempt.wait = plan.wait;
  due(plan.path);
}

void MobikeRegistration::go_on(Path path) {
  std::optional<Attempt>& attempt = attempts_[index(path)];
  if (!attempt) return;
  attempt->tries_left = attempt->plan.tries;
  due(path);
}

void MobikeRegistration::abandon(Path path) {
  std::optional<Attempt>& attempt = attempts_[index(path)];
  if (attempt) environment_.cancel(attempt->timer);
  attempt.reset();
}

void MobikeRegistration::new_link() {
  for (const Path path : {Path::direct, Path::foreign_agent, Path::tunnel, Path::home})
    abandon(path);
  last_sent_.reset();
}

std::optional<Registration> MobikeRegistration::binding() const {
  return binding_ && binding_->expires > environment_.now() ? binding_ : std::nullopt;
}

void MobikeRegistration::schedule(Path path, net::Duration after) {
  Attempt& attempt = *attempts_[index(path)];
  environment_.cancel(attempt.timer);
  attempt.timer = environment_.schedule(after, [this, path] { due(path); });
}

void MobikeRegistration::due(Path path) {
  if (attempts_[index(path)]->tries_left == 0) return owner_.unanswered(path);
  const net::Duration since = last_sent_ ? environment_.now() - *last_sent_ : kPause;
  if (since < kLeast && !deviates_("MOB-3.4-21")) return schedule(path, kPause - since);
  transmit(path);
}

void MobikeRegistration::transmit(Path path) {
  Attempt& attempt = *attempts_[index(path)];
  const bool with_nonces = association_with(keys_, peer_).replay == crypto::Replay::nonces;
  if (attempt.message.empty() || !with_nonces) compose(attempt);
  attempt.sent = environment_.now();
  last_sent_ = attempt.sent;
  --attempt.tries_left;
  const net::Duration wait =
      deviates_("MOB-3.4-21") ? std::chrono::milliseconds(500) : attempt.wait;
  schedule(path, wait);
  // RFC 3344 §3.6.3: at least twice as long, but no longer than what is asked for.
  const net::Duration longest = std::chrono::seconds(std::max<int>(attempt.plan.lifetime, 64));
  attempt.wait = std::min(attempt.wait * 2, longest);
  const RegistrationPlan plan = attempt.plan;
  const wire::Buffer message = attempt.message;
  owner_.send_request(plan, message);
}

std::uint64_t MobikeRegistration::next_identification(const Attempt& attempt) {
  const bool repeats = attempt.plan.path == Path::tunnel && deviates_("MOB-3.4.2-16");
  if (repeats && last_identification_ != 0) return last_identification_;
  return last_identification_ = identification_.next(environment_.now());
}

void MobikeRegistration::compose(Attempt& attempt) {
  const RegistrationPlan& plan = attempt.plan;
  const bool co_located = plan.path == Path::direct || plan.path == Path::tunnel;
  bool decapsulates = co_located;
  if (plan.path == Path::foreign_agent && deviates_("MOB-3.1.3-02")) decapsulates = true;
  bool reverse = reverse_tunneling_ && co_located;
  if (plan.path == Path::foreign_agent) reverse = plan.agent && plan.agent->reverse_tunneling;
  // MOB §3: in the VPN there is no choice.
  if (plan.path == Path::tunnel) reverse = !deviates_("MOB-3-11");
  wire::Ipv4Address home = node_.home_address->address;
  if (plan.path == Path::tunnel && deviates_("MOB-3-01")) home = plan.care_of;
  wire::Ipv4Address home_agent = home_agent_;
  if (plan.path == Path::tunnel && deviates_("MOB-2-05")) home_agent.value += 77;
  attempt.identification = next_identification(attempt);
  attempt.message =
      wire::make(request::layout, {{request::decapsulation_by_mobile_node, decapsulates},
                                   {request::reverse_tunneling, reverse},
                                   {request::lifetime, plan.lifetime},
                                   {request::home_address, home},
                                   {request::home_agent, home_agent},
                                   {request::care_of_address, plan.care_of},
                                   {request::identification, attempt.identification}});
  append_extensions(attempt);
}

void MobikeRegistration::append_extensions(Attempt& attempt) {
  const RegistrationPlan& plan = attempt.plan;
  wire::Buffer& message = attempt.message;
  // That a NAT is in between cannot be known beforehand, so each co-located request asks (RFC 3519
  // §4.4); for a foreign agent's care-of address it shall not.
  bool asks =
      udp_tunnel_ && plan.lifetime > 0 && (plan.path == Path::direct || plan.path == Path::tunnel);
  if (plan.path == Path::direct && deviates_("MOB-4-01")) asks = false;
  if (plan.path == Path::tunnel && deviates_("MOB-4-06")) asks = false;
  if (plan.path == Path::foreign_agent && deviates_("MOB-4-03")) asks = true;
  if (asks) wire::append_extension(message, mip4::udp_tunnel_request::layout, {});
  if (deviates_("MOB-6-01"))
    wire::append_extension(message, mip4::vendor_critical::layout,
                           {{mip4::vendor_critical::vendor, 32473},
                            {mip4::vendor_critical::vendor_type, 1},
                            {mip4::vendor_critical::data, "mipvet"}});
  if (!deviates_("MOB-3.2-07")) keys_.sign(message, authentication::mobile_home, peer_);
  if (plan.agent)
    keys_.sign(message, authentication::mobile_foreign, network_.owner(plan.agent->address));
}

MobikeRegistration::Attempt* MobikeRegistration::asked(const Received& message,
                                                       bool through_tunnel) {
  const std::uint32_t low = crypto::low_order(message[reply::identification]);
  for (std::optional<Attempt>& attempt : attempts_)
    if (attempt && (attempt->plan.path == Path::tunnel) == through_tunnel &&
        !attempt->message.empty() && crypto::low_order(attempt->identification) == low)
      return &*attempt;
  return nullptr;
}

void MobikeRegistration::receive(wire::Bytes payload, bool through_tunnel) {
  const auto message = Received::parse(reply::layout, payload, network_.decode);
  if (!message || message->malformed() || message->has_unknown_critical()) return;
  const bool forged_is_good = deviates_("MOB-3.4-13") && !through_tunnel;
  Attempt* attempt = asked(*message, through_tunnel);
  if (attempt == nullptr) return;
  const auto code = static_cast<std::uint8_t>((*message)[reply::code]);
  const bool authentic =
      keys_.check(*message, authentication::mobile_home, peer_) == Checked::valid || forged_is_good;
  const bool by_foreign_agent = code >= 64 && code < 128;
  if (by_foreign_agent) {
    if (attempt->plan.path == Path::direct && deviates_("MOB-3.4-15"))
      return accepted(*message, *attempt);
    // Says nothing of the home agent (RFC 3344 §3.7.2.3): counts where a foreign agent was asked.
    if (attempt->plan.path != Path::foreign_agent) return;
    abandon(Path::foreign_agent);
    return owner_.unanswered(Path::foreign_agent);
  }
  if (!authentic) return;
  identification_.learn((*message)[reply::identification], environment_.now());
  if (code <= 1 || (attempt->plan.path == Path::direct && deviates_("MOB-3.4-14")))
    accepted(*message, *attempt);
  else
    denied(*message, *attempt);
}

void MobikeRegistration::accepted(const Received& message, const Attempt& attempt) {
  Registration result;
  result.path = attempt.plan.path;
  result.care_of = attempt.plan.care_of;
  result.lifetime = static_cast<std::uint16_t>(
      std::min<std::uint64_t>(message[reply::lifetime], attempt.plan.lifetime));
  result.expires = result.lifetime == mip4::kInfiniteLifetime
                       ? net::Time::max()
                       : attempt.sent + std::chrono::seconds(result.lifetime);
  const wire::View tunnel = message.extension(mip4::udp_tunnel_reply::layout);
  if (tunnel && tunnel[mip4::udp_tunnel_reply::reply_code] == 0) {
    const auto interval =
        static_cast<std::uint16_t>(tunnel[mip4::udp_tunnel_reply::keepalive_interval]);
    result.udp_keepalive = std::chrono::seconds(interval == 0 ? kDefaultKeepalive : interval);
  }
  const net::Time sent = attempt.sent;
  const bool late = attempt.identification != last_identification_;
  abandon(result.path);
  if (late) return owner_.answered_late(result.path);
  environment_.cancel(renewal_);
  binding_.reset();
  if (result.lifetime > 0) binding_ = result;
  const bool renews = result.lifetime > 0 && result.lifetime != mip4::kInfiniteLifetime &&
                      parameter<bool>(node_, "renew", true);
  if (renews) {
    const bool too_late =
        result.path == Path::tunnel ? deviates_("MOB-3-05") : deviates_("MOB-3.2-05");
    const double after = too_late ? result.lifetime * 1.5 : result.lifetime * 0.5;
    renewal_ = environment_.schedule(seconds(after) - (environment_.now() - sent),
                                     [this, result] { owner_.renewal_due(result); });
  }
  owner_.registered(result);
}

void MobikeRegistration::denied(const Received& message, Attempt& attempt) {
  const auto code = static_cast<std::uint8_t>(message[reply::code]);
  const Path path = attempt.plan.path;
  attempt.message.clear();
  // The home agent is there, and there is no binding: ask again, with its time, after a pause.
  if (attempt.tries_left > 0)
    schedule(path, code == kIdentificationMismatch ? kPause : std::max(kPause, attempt.wait / 2));
}

}  // namespace mipvet::roles
