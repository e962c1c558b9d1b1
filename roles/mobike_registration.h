#pragma once

#include <array>
#include <optional>

#include "engine/crypto/identification.h"
#include "roles/agent_discovery.h"
#include "roles/deviations.h"
#include "roles/registration.h"

namespace mipvet::roles {

/// The way that a Registration Request takes: the access modes of MOB §3.1 (mode c and detection
/// are one and the same request).
enum class Path : std::uint8_t {
  direct,         ///< in clear to the home agent, from an address of the access link
  foreign_agent,  ///< mode f
  tunnel,         ///< mode mc: from the TIA, through the VPN
  home,           ///< mode h: the deregistration
};

/// A registration that is wanted.
struct RegistrationPlan {
  Path path = Path::direct;
  wire::Ipv4Address care_of;
  std::uint16_t lifetime = 0;
  unsigned tries = 1;                               ///< transmissions, the first included
  net::Duration wait{};                             ///< for a reply to the first; doubled each time
  std::optional<AgentDiscovery::Agent> agent = {};  ///< mode f
};

/// A registration that the home agent accepted.
struct Registration {
  Path path = Path::direct;
  wire::Ipv4Address care_of;
  std::uint16_t lifetime = 0;  ///< granted; 0: none is left
  net::Time expires{};
  /// RFC 3519: data go through UDP, and at least once in that time.
  std::optional<net::Duration> udp_keepalive;
};

class RegistrationOwner {
 public:
  virtual ~RegistrationOwner() = default;

  virtual void send_request(const RegistrationPlan&, wire::Bytes message) = 0;
  virtual void registered(const Registration&) = 0;
  /// Sent as often as planned without being accepted. A late reply still counts.
  virtual void unanswered(Path) = 0;
  /// Accepted, but a later request went another way, and nobody knows which one counts.
  virtual void answered_late(Path) = 0;
  /// Half of the lifetime is over.
  virtual void renewal_due(const Registration&) = 0;
};

/// The registrations of one mobile node with its one home agent, RFC 3344 §3.6, whichever way they
/// go. Never sends two requests within a second on one link.
class MobikeRegistration {
 public:
  /// All of them outlive it. Parameters of the node: home_agent, udp_tunnel, reverse_tunneling.
  MobikeRegistration(const model::Network& network, model::NodeId self,
                     net::Environment& environment, const ActiveDeviations& deviates,
                     RegistrationOwner& owner);
  ~MobikeRegistration();
  MobikeRegistration(const MobikeRegistration&) = delete;
  MobikeRegistration& operator=(const MobikeRegistration&) = delete;

  /// Instead of what is under way on the same path.
  void begin(const RegistrationPlan& plan);
  /// As often again, at the pace that was reached: one that was unanswered.
  void go_on(Path path);
  void abandon(Path path);
  /// Another link: nothing is under way there, and nothing was sent on it.
  void new_link();

  /// A datagram to the port of the requests. In clear: it came outside any tunnel.
  void receive(wire::Bytes payload, bool through_tunnel);

  bool under_way(Path path) const { return attempts_[index(path)].has_value(); }
  /// As the home agent knows it; nothing where it ran out.
  std::optional<Registration> binding() const;
  wire::Ipv4Address home_agent() const { return home_agent_; }

 private:
  struct Attempt {
    RegistrationPlan plan;
    wire::Buffer message;
    std::uint64_t identification = 0;
    net::Time sent{};
    unsigned tries_left = 0;
    net::Duration wait{};
    net::TimerId timer = 0;
  };
  static constexpr std::size_t index(Path path) { return static_cast<std::size_t>(path); }

  void schedule(Path path, net::Duration after);
  void due(Path path);
  void transmit(Path path);
  void compose(Attempt& attempt);
  std::uint64_t next_identification(const Attempt& attempt);
  void append_extensions(Attempt& attempt);
  Attempt* asked(const Received& message, bool through_tunnel);
  void accepted(const Received& message, const Attempt& attempt);
  void denied(const Received& message, Attempt& attempt);

  const model::Network& network_;
  const model::Node& node_;
  net::Environment& environment_;
  const ActiveDeviations& deviates_;
  RegistrationOwner& owner_;
  Keyring keys_;
  wire::Ipv4Address home_agent_;
  model::NodeId peer_;
  bool udp_tunnel_;
  bool reverse_tunneling_;
  crypto::IdentificationSource identification_;
  std::uint64_t last_identification_ = 0;
  std::array<std::optional<Attempt>, 4> attempts_;
  std::optional<net::Time> last_sent_;
  std::optional<Registration> binding_;
  net::TimerId renewal_ = 0;
};

}  // namespace mipvet::roles
