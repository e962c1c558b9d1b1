#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/crypto/security_association.h"
#include "engine/model/node_index.h"
#include "engine/net/frame.h"
#include "engine/wire/address.h"
#include "engine/wire/packet.h"
#include "engine/wire/role.h"

/// The declared network: what the observer, the roles and the scenarios all know beforehand. It
/// says who is where with which addresses and keys, and nothing about the order of events.
namespace mipvet::model {

using net::LinkId;

/// Where a link lies, seen from the protected network (MIPP §1.4, §2.6.1).
enum class Side : std::uint8_t { external, dmz, internal, home };
std::string_view to_string(Side side);

/// The edition of the base specification that a node follows; nobody is blamed for another.
enum class Edition : std::uint8_t { rfc2002, rfc3220, rfc3344, rfc5944 };
std::string_view to_string(Edition edition);  ///< "RFC 3344"
std::optional<Edition> edition_from_name(std::string_view name);

struct Link {
  std::string name;
  Side side = Side::external;
};

/// A node's connection to one link. A mobile node declares one for each link that it may visit.
struct Attachment {
  LinkId link = 0;
  wire::MacAddress mac;
  /// Address with the length of the link's prefix; none where the node has no address of its own
  /// there (a mobile node behind a foreign agent).
  std::optional<wire::Ipv4Prefix> address;
  std::optional<wire::Ipv4Address> gateway;
};

struct Route {
  wire::Ipv4Prefix destination;
  wire::Ipv4Address next_hop;
};

struct Node {
  std::string name;
  Role role = Role::tester;
  Edition edition = Edition::rfc3344;
  std::vector<Attachment> attachments;  ///< the index is the node's net::PortId
  std::vector<Route> routes;
  /// Mobile nodes: the home address, or a prefix of them for a population that shares one
  /// description and key (`home_address.length` < 32). None: it asks for one by NAI.
  std::optional<wire::Ipv4Prefix> home_address;
  std::string nai;
  /// False: a scenario makes it misbehave on purpose (a silent home agent, say), so that others can
  /// be tested with it; no rule judges it.
  bool judged = true;
  /// What it does wrong, where it is not judged: ids of deviations of its role.
  std::vector<std::string> deviates;
  /// Optional features that the node declares (ICS): the tags of the ledgers' `applies`.
  std::vector<std::string> supports;
  /// Parameters of its role, checked against the schema; see scenarios/schema/network.schema.json.
  nlohmann::json parameters = nlohmann::json::object();

  bool is_population() const { return home_address && home_address->length < 32; }
  bool declares(std::string_view feature) const;
  const Attachment* attachment(LinkId link) const;
};

/// A security association and the two nodes that share it (RFC 3344 §1.6, §5.1).
struct SharedAssociation {
  NodeId one = kNobody;
  NodeId other = kNobody;
  crypto::SecurityAssociation association;

  bool joins(NodeId a, NodeId b) const {
    return (one == a && other == b) || (one == b && other == a);
  }
};

/// How two nodes know each other in IKEv2: a shared secret (RFC 7296 §2.15) and what each says in
/// its ID payload (§3.5) - mn@example.com, gw.example.com, 192.0.2.1.
struct IkeCredentials {
  NodeId one = kNobody;
  NodeId other = kNobody;
  std::string psk;
  std::string one_id;
  std::string other_id;

  bool joins(NodeId a, NodeId b) const {
    return (one == a && other == b) || (one == b && other == a);
  }
  /// The other of the two nodes.
  NodeId peer_of(NodeId node) const { return node == one ? other : one; }
  const std::string& id_of(NodeId node) const { return node == one ? one_id : other_id; }
};

/// How long the observer waits before silence counts (ledger parameters t_relay, t_reply,
/// silence window).
struct Windows {
  net::Duration reply = std::chrono::seconds(1);
  /// The most that anything in the run that these captures are of happened later than it was due:
  /// what came too late by no more than that is undecided.
  net::Duration jitter{};
};

class Network {
 public:
  std::string name;
  std::string title;
  wire::DecodeOptions decode;
  Windows windows;
  /// The source address of frames that the tester itself injects or alters: whoever bears it is
  /// nobody's fault.
  wire::MacAddress tester_mac;
  std::vector<Link> links;
  std::vector<Node> nodes;
  std::vector<SharedAssociation> associations;
  std::vector<IkeCredentials> ike;

  const Link& link(LinkId id) const { return links[id]; }
  const Node& node(NodeId id) const { return nodes[id]; }
  std::optional<LinkId> find_link(std::string_view link_name) const;
  NodeId node_count() const { return static_cast<NodeId>(nodes.size()); }
  LinkId link_count() const { return static_cast<LinkId>(links.size()); }
  NodeId find_node(std::string_view node_name) const;  ///< kNobody where there is none
  /// The node that has an address, also a mobile node by its home address; kNobody if none has. A
  /// population has all addresses of its prefixes.
  NodeId owner(wire::Ipv4Address address) const;
  NodeId owner(const wire::MacAddress& mac) const;
  /// `mipp.private`, `mn.home_address` or a dotted address.
  std::optional<wire::Ipv4Address> resolve(std::string_view address) const;
  const SharedAssociation* association(NodeId a, NodeId b) const;
  const SharedAssociation* association(NodeId a, NodeId b, std::uint32_t spi) const;
  const IkeCredentials* ike_credentials(NodeId a, NodeId b) const;

  /// Once all nodes stand: from then on `owner` of an address is a look-up and no search, which
  /// counts where it is asked for every frame.
  void index();

 private:
  struct Range {
    wire::Ipv4Prefix prefix;
    NodeId node;
  };
  NodeId search(wire::Ipv4Address address) const;

  bool indexed_ = false;
  NodeIndex owners_;
  std::vector<Range> populations_;
};

/// A network, scenario or IUT file that cannot be used: one line that says where (file and JSON
/// pointer) and what would be right.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace mipvet::model
