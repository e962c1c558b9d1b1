#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/model/document.h"
#include "engine/model/network.h"
#include "engine/rules/ledger/ledger.h"
#include "engine/scenario/field_path.h"
#include "engine/wire/bytes.h"

/// What a scenario's file says, with all names resolved.
namespace mipvet::scenario {

/// Who a frame is from or for: a node (by the owner of the address, or of the MAC address where
/// the IP address is nobody's), an address, or the tester (by its MAC address).
struct Party {
  std::string text;
  model::NodeId node = model::kNobody;
  std::optional<wire::Ipv4Address> address;
  bool tester = false;
};

struct FieldTest {
  enum class Relation : std::uint8_t { equal, at_most, at_least, one_of };
  FieldPath path;
  Relation relation = Relation::equal;
  bool negated = false;
  std::vector<Operand> operands;
  std::string text;  ///< "lifetime at most 300"
};

/// Which frames a step means.
struct Match {
  model::LinkId link = 0;
  std::optional<Party> from;
  std::optional<Party> to;
  const wire::Layout* message = nullptr;  ///< null: any
  std::vector<FieldTest> fields;
  std::vector<const wire::Layout*> extensions;
  std::vector<const wire::Layout*> without;
  std::string text;  ///< "registration-request from mipp to ha on private with ..."
};

struct Assignment {
  FieldPath path;
  Operand value;
};

/// The association whose key makes an authenticator: of the nodes `as` and `with`. Of several the
/// one with the SPI that the extension bears, else the first.
struct Signer {
  model::NodeId as = model::kNobody;
  model::NodeId with = model::kNobody;
};

struct NewExtension {
  const wire::Layout* layout = nullptr;
  std::vector<Assignment> fields;
  std::optional<Signer> signer;
};

struct FlipBit {
  FieldPath path;
  std::uint32_t bit = 0;  ///< from the field's most significant
};

struct PutOctets {
  std::size_t at = 0;  ///< from the message's first
  wire::Buffer octets;
};

struct Sign {
  Signer signer;
  const wire::Layout* extension = nullptr;
};

/// How a frame is changed, in the order of the members. Lengths of IPv4 and UDP follow what is
/// added or taken away; fields of headers are set after that.
struct Edit {
  std::vector<Assignment> set;
  std::optional<FlipBit> flip_bit;
  std::vector<const wire::Layout*> remove;
  std::vector<NewExtension> append;
  std::optional<PutOctets> bytes;
  std::optional<Sign> sign;
  std::optional<std::size_t> truncate;  ///< octets of the message that stay
  bool refresh_checksums = true;
};

// The steps.

/// A command for a node.
struct Tell {
  model::NodeId node = model::kNobody;
  std::string verb;
  nlohmann::json arguments;
};

/// The node's state is lost: it starts anew.
struct Restart {
  model::NodeId node = model::kNobody;
};

struct Expect {
  Match match;
  net::Duration within{};
};

/// Such a frame must not come as long as the step lasts.
struct ExpectNone {
  Match match;
  net::Duration within{};
};

/// A frame of the tester's.
struct Send {
  enum class Checksum : std::uint8_t { right, wrong, none };
  model::LinkId link = 0;
  std::optional<Party> from;
  std::optional<Party> to;
  model::NodeId via = model::kNobody;     ///< the next hop, where `to` is not on the link
  const wire::Layout* message = nullptr;  ///< or one of the next two
  std::string like;                       ///< the name of a frame to start from
  wire::Buffer raw;
  std::vector<Assignment> fields;
  std::vector<NewExtension> extensions;
  wire::Buffer payload;
  std::optional<std::uint8_t> ttl;
  std::optional<std::uint16_t> source_port;
  std::optional<std::uint16_t> destination_port;
  Edit edit;
  Checksum checksum = Checksum::right;  ///< of UDP, or of ICMP
};

/// An ICMP error about a frame that an earlier step named.
struct SendError {
  model::LinkId link = 0;
  Party from;
  Party to;
  std::string about;
  const wire::Layout* message = nullptr;
  std::uint8_t code = 1;
  std::size_t quote = 8;  ///< octets behind the IP header
};

struct Drop {};
struct DelayBy {
  net::Duration by{};
};
struct Duplicate {
  std::uint32_t copies = 1;
  net::Duration after = std::chrono::milliseconds(1);
};
struct Reorder {
  std::uint32_t frames = 1;
};
/// Spoils an octet of the message, counted from its first or (negative) from its end.
struct Corrupt {
  int octet = -1;
};

/// What happens to the next frames that match, before they reach the link.
struct Impair {
  Match match;
  std::variant<Drop, DelayBy, Duplicate, Reorder, Corrupt, Edit> effect;
  std::uint32_t count = 1;
};

struct Pause {};

/// What a step that is code may do at its moment of the run. All may throw CannotDo.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual net::Time now() const = 0;
  /// Puts a frame of the tester's on a link, as it is.
  virtual void send(model::LinkId link, wire::Bytes frame) = 0;
  virtual void command(model::NodeId node, const std::string& verb,
                       const nlohmann::json& arguments) = 0;
  /// The octets of a frame that an earlier step named.
  virtual wire::Bytes frame(const std::string& name) const = 0;
};

/// A step that is code (of a Python script, say). It ends when the code does; CannotDo is what did
/// not go as the script says.
struct Call {
  std::function<void(Stage&)> code;
};

struct Step {
  std::optional<net::Duration> at;     ///< from the start of the run
  std::optional<net::Duration> after;  ///< from the end of the step before
  std::string as;                      ///< the name for the frame that is seen or sent
  std::string text;                    ///< for reports
  std::string pointer;                 ///< where it stands in the file
  std::variant<Pause, Tell, Restart, Expect, ExpectNone, Send, SendError, Impair, Call> action;
};

/// What an implementation of a node has to be for the scenario to be applicable.
struct Need {
  model::NodeId node = model::kNobody;
  std::vector<std::string> features = {};    ///< it declares them
  std::vector<std::string> parameters = {};  ///< it can be told them: the scenario's own ones
  std::vector<std::string> deviations = {};  ///< requirements that it has to break: a role's part
};

struct Scenario {
  std::string id;
  std::filesystem::path path;
  std::string title;
  std::string draft;
  std::string section;
  model::Network network;
  /// What `network` was made from: the network's file with all patches, to be kept with captures.
  model::Json network_document;
  std::vector<const rules::Requirement*> proves;
  std::vector<Need> needs;
  std::vector<Step> script;
  net::Duration settle{};
};

}  // namespace mipvet::scenario
