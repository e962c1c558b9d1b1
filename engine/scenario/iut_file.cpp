#include "engine/scenario/iut_file.h"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/model/names.h"
#include "engine/model/schema.h"
#include "engine/wire/nearest.h"

namespace mipvet::scenario {
namespace {

using model::Document;
using model::Value;

/// Replaces each name in braces by what `with` gives for it.
std::string replaced(const std::string& text,
                     const std::function<std::optional<std::string>(std::string_view)>& with) {
  const auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find('{', at);
    if (open == std::string::npos) break;
    result.append(text, at, open - at);
    std::size_t close = open + 1;
    while (close < text.size() && is_name(text[close])) ++close;
    const bool is_placeholder = close < text.size() && text[close] == '}' && close > open + 1 &&
                                (open == 0 || text[open - 1] != '$');
    std::optional<std::string> value;
    if (is_placeholder) value = with(std::string_view(text).substr(open + 1, close - open - 1));
    if (value) {
      result += *value;
      at = close + 1;
    } else {
      result += '{';
      at = open + 1;
    }
  }
  return at < text.size() ? result.append(text, at) : result;
}

class Loader {
 public:
  explicit Loader(const Value& value) : value_(value) { result_.node = value.key(); }

  Implementation load() {
    std::set<std::string> interfaces;
    for (const Value& attachment : value_["attachments"].members()) {
      const Value name = attachment["interface"];
      check_interface(name);
      if (!interfaces.insert(name.text()).second)
        name.fail(fmt::format("is {} again; must be an interface of its own", name.text()));
      result_.attachments.push_back({std::string(attachment.key()), name.text()});
    }
    known_ = {"node",   "network", "mipvet", "here",    "logs",
              "routes", "ike.psk", "ike.id", "ike.peer"};
    for (const auto& attachment : result_.attachments)
      for (const char* what : {"interface.", "mac.", "address.", "gateway."})
        known_.push_back(what + attachment.link);

    if (const auto setup = value_.find("setup"))
      for (const Value& command : setup->elements()) result_.setup.push_back(checked(command));
    if (const auto start = value_.find("start")) result_.start = checked(*start);
    if (const auto stop = value_.find("stop")) result_.stop = checked(*stop);
    if (const auto reset = value_.find("reset")) result_.reset = checked(*reset);
    if (const auto ready = value_.find("ready")) load_ready(*ready);
    if (const auto triggers = value_.find("triggers"))
      for (const Value& trigger : triggers->members()) load_trigger(trigger);
    if (const auto ics = value_.find("ics"))
      for (const char* list : {"supports", "lacks"})
        if (const auto features = ics->find(list))
          for (const Value& feature : features->elements()) model::condition_named(feature);
    return std::move(result_);
  }

 private:
  static void check_interface(const Value& name) {
    const bool good = std::ranges::all_of(name.text(), [](char c) { return c > ' ' && c != '/'; });
    if (!good || name.text() == "." || name.text() == "..")
      name.fail(fmt::format("is {}; must be the name of a network interface such as eth0",
                            model::shown(name.json())));
  }

  void load_ready(const Value& ready) {
    if (const auto output = ready.find("output")) {
      result_.ready_output = output->text();
      if (result_.start.empty())
        output->fail("waits for the output of nothing; must stand beside \"start\"");
    }
    if (const auto after = ready.find("after")) result_.ready_after = after->seconds();
  }

  void load_trigger(const Value& value) {
    std::vector<std::string> known = known_;
    for (const char* argument : {"link", "mode", "to", "octets", "count", "code", "seconds"})
      known.emplace_back(argument);
    Trigger trigger;
    if (const auto input = value.find("input")) {
      trigger.input = checked(*input, known);
      if (result_.start.empty()) input->fail("is input for nothing; must stand beside \"start\"");
    }
    if (const auto command = value.find("command")) trigger.command = checked(*command, known);
    result_.triggers.emplace(value.key(), std::move(trigger));
  }

  std::string checked(const Value& command) const { return checked(command, known_); }

  static std::string checked(const Value& command, const std::vector<std::string>& known) {
    if (const auto unknown = unknown_placeholder(command.text(), known)) {
      const std::vector<std::string_view> names(known.begin(), known.end());
      std::string what = wire::unknown_name("placeholder", *unknown, names);
      // Too many to be listed there.
      if (what.ends_with('`')) what += fmt::format(", there are: {}", fmt::join(names, ", "));
      command.fail(what);
    }
    return command.text();
  }

  Value value_;
  Implementation result_;
  std::vector<std::string> known_;
};

}  // namespace

std::string filled_in(const std::string& text, const Placeholders& placeholders) {
  return replaced(text, [&](std::string_view name) -> std::optional<std::string> {
    const auto found = placeholders.find(name);
    if (found == placeholders.end()) return std::nullopt;
    return found->second;
  });
}

std::optional<std::string> unknown_placeholder(const std::string& text,
                                               const std::vector<std::string>& known) {
  std::optional<std::string> unknown;
  replaced(text, [&](std::string_view name) -> std::optional<std::string> {
    // Whether a peer has an address there and which parameters there are, the network says.
    const bool is_known = name.starts_with("peer.") || name.starts_with("parameter.") ||
                          std::ranges::find(known, name) != known.end();
    if (!unknown && !is_known) unknown = name;
    return std::nullopt;
  });
  return unknown;
}

bool Implementation::is_told(std::string_view parameter) const {
  const std::string placeholder = fmt::format("{{parameter.{}}}", parameter);
  const auto names = [&](const std::string& command) {
    return command.find(placeholder) != std::string::npos ||
           command.find("{network}") != std::string::npos;
  };
  return names(start) || std::ranges::any_of(setup, names);
}

std::vector<const Implementation*> IutFile::implementations_in(
    const model::Network& network) const {
  std::vector<const Implementation*> result;
  for (const Implementation& one : nodes)
    if (network.find_node(one.node) != model::kNobody) result.push_back(&one);
  return result;
}

IutFile iut_from_document(const Document& document, const std::filesystem::path& path) {
  model::iut_schema().require(document);
  const Value value(document);
  IutFile result;
  result.path = path;
  result.title = value["iut"].text();
  for (const Value& node : value["nodes"].members()) {
    model::check_name(node);
    result.nodes.push_back(Loader(node).load());
    if (const auto ics = node.find("ics")) result.ics[std::string(node.key())] = ics->json();
  }
  return result;
}

IutFile load_iut(const std::filesystem::path& path) {
  return iut_from_document(model::read_document(path), path);
}

}  // namespace mipvet::scenario
