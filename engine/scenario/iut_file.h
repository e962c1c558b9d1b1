#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/document.h"
#include "engine/net/frame.h"

namespace mipvet::scenario {

/// How a command of a script is passed on to an implementation: as a line of its input, or as a
/// command for the shell. One of them is empty.
struct Trigger {
  std::string input;
  std::string command;
};

/// A node that is an implementation under test. Texts may hold placeholders, see Placeholders.
struct Implementation {
  struct Attachment {
    std::string link;
    std::string interface;
  };

  std::string node;
  std::vector<Attachment> attachments;
  std::vector<std::string> setup;
  std::string start;  ///< stays in the foreground; empty where the kernel is the implementation
  std::string ready_output;
  net::Duration ready_after{};
  std::string stop;
  std::string reset;
  std::map<std::string, Trigger, std::less<>> triggers;  ///< by verb

  /// Whether what sets it up or starts it names the parameter of its role, or the network's file.
  bool is_told(std::string_view parameter) const;
};

struct IutFile {
  std::filesystem::path path;
  std::string title;
  std::vector<Implementation> nodes;
  /// By node, as merge patches for the network's nodes: what load_scenario takes.
  model::Json ics = model::Json::object();

  /// Those of its nodes that the network has.
  std::vector<const Implementation*> implementations_in(const model::Network& network) const;
};

/// Throws model::InputError, also for unknown placeholders.
IutFile load_iut(const std::filesystem::path& path);
IutFile iut_from_document(const model::Document& document, const std::filesystem::path& path);

/// What stands for what in commands: `{node}`, `{network}` (the file of the network as declared for
/// the run), `{mipvet}` (this program), `{here}` (the directory of the IUT file), `{logs}` (the one
/// for its logs; empty where the run keeps none), `{routes}` (the node's, as
/// `PREFIX=NEXT-HOP,...`); of each attachment `{interface.LINK}`, `{mac.LINK}`, `{address.LINK}`
/// (with the length of its prefix) and `{gateway.LINK}`; `{peer.NODE.LINK}`, any node's address
/// without that length; `{parameter.NAME}`, `{ike.psk}`, `{ike.id}` and `{ike.peer}`, see
/// placeholders_of; in triggers the arguments of the step, such as `{link}`. Braces around
/// anything else than a name are left alone, as are those behind a `$`.
using Placeholders = std::map<std::string, std::string, std::less<>>;

/// Puts in what is known; names that are not known are left as they are.
std::string filled_in(const std::string& text, const Placeholders& placeholders);
/// The first name in braces that is not known.
std::optional<std::string> unknown_placeholder(const std::string& text,
                                               const std::vector<std::string>& known);

}  // namespace mipvet::scenario
