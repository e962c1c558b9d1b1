#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/network.h"
#include "engine/net/environment.h"

/// The nodes that mipvet can be. A role does no I/O: frames and timers in, frames and timers out.
namespace mipvet::roles {

/// A named misbehaviour that a role can be asked for: the proof that a rule catches it.
struct Deviation {
  /// The requirement that it breaks, with `/variant` behind it where there is more than one way.
  std::string_view id;
  /// What the role does wrong, as a sentence without its subject.
  std::string_view text;
  /// The scenario that shows it.
  std::string_view scenario;
  /// Further requirements that the same misbehaviour breaks.
  std::vector<std::string_view> also = {};
};

/// What a scenario's script tells a node to do, with the step's other members as arguments,
/// e.g. {"do": "attach", "link": "visited"}.
struct Command {
  std::string_view verb;
  const nlohmann::json* arguments = nullptr;
};

/// A node being played: the state machine of one role.
class Actor {
 public:
  virtual ~Actor() = default;

  /// Brings the node up: addresses, timers, first advertisements.
  virtual void start() = 0;
  /// A frame that arrived at one of the node's ports; also frames for others (it is Ethernet).
  virtual void receive(net::PortId port, wire::Bytes frame) = 0;
  /// A step of the script. Throws model::InputError for a verb that the role does not have.
  virtual void command(const Command& command) = 0;
};

/// What an actor is made from. `deviations` are the active ones, by id.
struct Part {
  const model::Network& network;
  model::NodeId node;
  net::Environment& environment;
  std::vector<std::string> deviations;
};

/// Makes the actor of a declared node. Throws model::InputError where there is no such role or a
/// deviation that it does not know.
std::unique_ptr<Actor> make_actor(const Part& part);

/// The roles that have deviations.
inline constexpr std::array kDeviatingRoles{Role::mobile_node, Role::foreign_agent,
                                            Role::home_agent, Role::mip_proxy, Role::vpn_gateway};
/// The deviations that a role knows (the kill matrix runs them all).
std::span<const Deviation> deviations(Role role);
/// Those that a declared node can be asked for: not every kind of mobile node knows all.
std::span<const Deviation> deviations(const model::Node& node);

}  // namespace mipvet::roles
