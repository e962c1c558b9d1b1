#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/model/names.h"
#include "engine/scenario/commands.h"
#include "engine/scenario/reader.h"
#include "engine/wire/arp.h"
#include "engine/wire/catalogue.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/marker.h"
#include "engine/wire/tunnel.h"

namespace mipvet::scenario {
namespace {

using model::Value;

constexpr std::array<std::string_view, 10> kActions = {
    "expect", "expect_none", "send",      "icmp",    "mutate",
    "drop",   "delay",       "duplicate", "reorder", "corrupt"};

/// Members that make sense beside some actions alone.
struct Companion {
  std::string_view member;
  std::vector<std::string_view> actions;
};

void check_companions(const Value& step, std::string_view action) {
  const std::array companions = {
      Companion{"within", {"expect", "expect_none"}}, Companion{"as", {"expect", "send", "icmp"}},
      Companion{"count", {"mutate", "drop", "delay", "duplicate", "reorder", "corrupt"}}};
  for (const auto& [member, actions] : companions)
    if (step.has(member) && std::ranges::find(actions, action) == actions.end())
      step[member].fail(
          fmt::format("has no meaning here; must stand beside {}", fmt::join(actions, " or ")));
}

std::string with_arguments(const nlohmann::json& arguments) {
  std::string result;
  for (const auto& [name, value] : arguments.items())
    result +=
        fmt::format(" {} {}", name, value.is_string() ? value.get<std::string>() : value.dump());
  return result;
}

}  // namespace

Send Reader::send(const Value& value) const {
  Send result;
  result.link = model::link_named(value["link"], network_);
  if (const auto from = value.find("from")) result.from = end(*from, result.link);
  if (const auto to = value.find("to")) result.to = end(*to, result.link);
  if (const auto via = value.find("via")) {
    result.via = model::node_named(*via, network_);
    if (network_.node(result.via).attachment(result.link) == nullptr)
      via->fail(fmt::format("is {}, which is not on {}; must be a node of the link", via->text(),
                            network_.link(result.link).name));
  }

  if (value.has("message") + value.has("like") + value.has("raw") != 1)
    value.fail("must have one of \"message\", \"like\" and \"raw\"");
  if (const auto name = value.find("message")) {
    result.message = message(*name);
    for (const wire::Layout* cannot :
         {&wire::ethernet::layout, &wire::ip::layout, &wire::gre::layout, &wire::marker::layout,
          &wire::minimal_encapsulation::layout})
      if (result.message == cannot)
        name->fail(fmt::format("is {}, which carries others; must be a message, or \"raw\"",
                               cannot->name));
    if (result.message != &wire::arp::layout && (!result.from || !result.to))
      value.fail("lacks \"from\" or \"to\", which a message needs");
  } else {
    for (const std::string_view key :
         {"fields", "extensions", "payload", "source_port", "destination_port", "ttl"})
      if (const auto member = value.find(key))
        member->fail("has no meaning here; must stand beside \"message\"");
  }
  if (const auto like = value.find("like")) {
    result.like = like->text();
    result.message = frame(*like, result.like);
  }
  if (const auto raw = value.find("raw")) {
    result.raw = model::hex_octets(*raw);
    if (result.raw.size() < 14)
      raw->fail("is shorter than an Ethernet header; must have 14 octets or more");
    for (const std::string_view key : {"from", "to", "via", "set", "flip_bit", "remove", "append",
                                       "bytes", "sign", "truncate", "checksums", "checksum"})
      if (const auto member = value.find(key))
        member->fail("has no meaning here; must stand beside \"message\" or \"like\"");
  }

  if (const auto fields = value.find("fields"))
    result.fields = assignments(*fields, result.message);
  for (const Assignment& one : result.fields)
    if (one.path.layer != nullptr)
      value["fields"].fail(fmt::format(
          "names {}, which is not in the message itself; must stand in \"set\"", one.path.text));
  if (const auto added = value.find("extensions")) result.extensions = new_extensions(*added);
  if (const auto payload = value.find("payload")) result.payload = model::hex_octets(*payload);
  if (const auto ttl = value.find("ttl")) result.ttl = static_cast<std::uint8_t>(ttl->number(255));
  if (const auto port = value.find("source_port"))
    result.source_port = static_cast<std::uint16_t>(port->number(65535));
  if (const auto port = value.find("destination_port"))
    result.destination_port = static_cast<std::uint16_t>(port->number(65535));
  result.edit = edit(value, result.message);
  if (const auto checksum = value.find("checksum"))
    result.checksum = checksum->text() == "wrong" ? Send::Checksum::wrong : Send::Checksum::none;
  return result;
}

SendError Reader::error(const Value& value) const {
  SendError result;
  result.link = model::link_named(value["link"], network_);
  result.from = end(value["from"], result.link);
  result.to = end(value["to"], result.link);
  result.about = value["about"].text();
  frame(value["about"], result.about);
  result.message = wire::find_layout("icmp-unreachable");
  if (const auto name = value.find("message")) result.message = message(*name);
  if (const auto code = value.find("code"))
    result.code = static_cast<std::uint8_t>(code->number(255));
  if (const auto quote = value.find("quote")) result.quote = quote->number(1400);
  return result;
}

Impair Reader::impair(const Value& step, const Value& value) const {
  Impair result;
  result.match = match(value);
  if (const auto count = step.find("count"))
    result.count = static_cast<std::uint32_t>(count->number(1000000));
  const std::string_view what = value.key();
  if (what == "drop") {
    result.effect = Drop{};
  } else if (what == "delay") {
    result.effect = DelayBy{value["by"].seconds()};
  } else if (what == "duplicate") {
    Duplicate duplicate;
    if (const auto copies = value.find("copies"))
      duplicate.copies = static_cast<std::uint32_t>(copies->number(1000000));
    if (const auto by = value.find("by")) duplicate.after = by->seconds();
    result.effect = duplicate;
  } else if (what == "reorder") {
    Reorder reorder;
    if (const auto frames = value.find("frames"))
      reorder.frames = static_cast<std::uint32_t>(frames->number(1000000));
    result.effect = reorder;
  } else if (what == "corrupt") {
    Corrupt corrupt;
    if (const auto octet = value.find("octet")) corrupt.octet = octet->json().get<int>();
    result.effect = corrupt;
  } else {
    result.effect = edit(value, result.match.message);
  }
  return result;
}

void Reader::action(const Value& value, Step& step) const {
  if (value.has("do")) {
    const model::NodeId node = model::node_named(value["node"], network_);
    nlohmann::json arguments = command_arguments(value, network_, node);
    const std::string& verb = value["do"].text();
    step.text = fmt::format("{} {}{}", network_.node(node).name, verb, with_arguments(arguments));
    if (verb == "restart") {
      step.action = Restart{node};
    } else {
      step.action = Tell{node, verb, std::move(arguments)};
    }
    return;
  }
  std::vector<Value> actions;
  for (const std::string_view name : kActions)
    if (const auto found = value.find(name)) actions.push_back(*found);
  if (actions.size() > 1)
    value.fail(
        fmt::format("does both {} and {}; must do one thing", actions[0].key(), actions[1].key()));
  if (actions.empty()) {
    check_companions(value, "");
    if (!step.at && !step.after)
      value.fail(fmt::format("does nothing; must have one of do, {}", fmt::join(kActions, ", ")));
    step.text = "pause";
    return;
  }
  const Value& what = actions.front();
  check_companions(value, what.key());
  const auto within = value.find("within");
  const net::Duration wait = within ? within->seconds() : kUsualWait;
  const double wait_seconds = std::chrono::duration<double>(wait).count();
  if (what.key() == "expect") {
    Expect expect{match(what), wait};
    step.text = fmt::format("{} within {} s", expect.match.text, wait_seconds);
    step.action = std::move(expect);
  } else if (what.key() == "expect_none") {
    ExpectNone expect{match(what), wait};
    step.text = fmt::format("no {} for {} s", expect.match.text, wait_seconds);
    step.action = std::move(expect);
  } else if (what.key() == "send") {
    Send frame = send(what);
    step.text = fmt::format("send {} on {}",
                            !frame.like.empty()        ? "a frame like " + frame.like
                            : frame.message == nullptr ? std::string("raw octets")
                                                       : std::string(frame.message->name),
                            network_.link(frame.link).name);
    step.action = std::move(frame);
  } else if (what.key() == "icmp") {
    SendError frame = error(what);
    step.text = fmt::format("send {} about {} on {}", frame.message->name, frame.about,
                            network_.link(frame.link).name);
    step.action = std::move(frame);
  } else {
    Impair effect = impair(value, what);
    step.text = fmt::format("{} {}", what.key(), effect.match.text);
    step.action = std::move(effect);
  }
}

void Reader::name_frame(const Value& name, const Step& step) {
  if (name.text().find('.') != std::string::npos)
    name.fail("has a dot; must be a name such as rrq");
  const wire::Layout* message = nullptr;
  if (const auto* expect = std::get_if<Expect>(&step.action)) message = expect->match.message;
  if (const auto* frame = std::get_if<Send>(&step.action)) message = frame->message;
  if (const auto* frame = std::get_if<SendError>(&step.action)) message = frame->message;
  if (!frames_.emplace(name.text(), message).second)
    name.fail(fmt::format("names a second frame {}; must be a name of its own", name.text()));
}

Step Reader::step(const Value& value) {
  Step result;
  result.pointer = value.pointer();
  if (const auto at = value.find("at")) result.at = at->seconds();
  if (const auto after = value.find("after")) result.after = after->seconds();
  if (result.at && result.after) value.fail("has both \"at\" and \"after\"; must have one of them");
  action(value, result);
  if (const auto name = value.find("as")) {
    result.as = name->text();
    name_frame(*name, result);
  }
  return result;
}

}  // namespace mipvet::scenario
