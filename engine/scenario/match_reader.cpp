#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/model/names.h"
#include "engine/scenario/reader.h"
#include "engine/wire/catalogue.h"
#include "engine/wire/mip4.h"
#include "engine/wire/nearest.h"

namespace mipvet::scenario {
namespace {

using model::shown;
using model::Value;

/// A value as a sentence shows it.
std::string plain(const model::Json& json) {
  return json.is_string() ? json.get<std::string>() : shown(json);
}

const wire::Layout* find_in(std::initializer_list<wire::Layouts> catalogues, const Value& name,
                            std::string_view what) {
  std::vector<std::string_view> names;
  for (const wire::Layouts& layouts : catalogues) {
    for (const wire::Layout* layout : layouts) {
      if (layout->name == name.text()) return layout;
      names.push_back(layout->name);
    }
  }
  name.fail(wire::unknown_name(what, model::escaped(name.text()), names));
}

/// "now", "now+10", "now-3600.5".
std::optional<Timestamp> timestamp(const std::string& text) {
  if (!text.starts_with("now")) return std::nullopt;
  if (text == "now") return Timestamp{};
  double seconds = 0;
  const char* end = text.data() + text.size();
  const char* begin = text.data() + 3 + (text[3] == '+' ? 1 : 0);
  const auto [stop, error] = std::from_chars(begin, end, seconds, std::chars_format::fixed);
  constexpr double most = 1e9;  // 31 years
  if (error != std::errc{} || stop != end || !(std::abs(seconds) <= most)) return std::nullopt;
  return Timestamp{net::Duration(std::llround(seconds * 1e9))};
}

}  // namespace

const wire::Layout* Reader::message(const Value& value) const {
  return find_in({wire::messages(), wire::headers()}, value, "message");
}

const wire::Layout* Reader::extension(const Value& value) const {
  constexpr const wire::Layout* any[] = {&wire::mip4::extension::layout};
  return find_in({wire::registration_extensions(), wire::discovery_extensions(), any}, value,
                 "extension");
}

std::vector<const wire::Layout*> Reader::extensions(const Value& value) const {
  std::vector<const wire::Layout*> result;
  for (const Value& name : value.elements()) result.push_back(extension(name));
  return result;
}

Party Reader::party(const Value& value) const {
  Party result;
  result.text = value.text();
  if (result.text == "tester") {
    result.tester = true;
  } else if (result.text.find('.') != std::string::npos) {
    result.address = model::address_named(value, network_);
  } else {
    result.node = model::node_named(value, network_);
  }
  return result;
}

Party Reader::end(const Value& value, model::LinkId link) const {
  Party result = party(value);
  if (result.tester)
    value.fail("is the tester, which has no address; must be a node or an address");
  if (result.address) return result;
  const model::Node& node = network_.node(result.node);
  const model::Attachment* here = node.attachment(link);
  if (here != nullptr && here->address) {
    result.address = here->address->address;
  } else if (node.home_address) {
    result.address = node.home_address->address;
  } else if (node.role == Role::mobile_node) {
    result.address = wire::Ipv4Address{};  // it asks for one by its NAI
  } else {
    std::vector<std::string> addresses;
    for (const model::Attachment& attachment : node.attachments)
      if (attachment.address)
        addresses.push_back(node.name + "." + network_.link(attachment.link).name);
    if (addresses.empty())
      value.fail(fmt::format("is {}, which has no address; must be a node that has", node.name));
    value.fail(fmt::format("is {}, which has no address on {}; must be one of {}", node.name,
                           network_.link(link).name, fmt::join(addresses, ", ")));
  }
  return result;
}

const wire::Layout* Reader::frame(const Value& where, const std::string& name) const {
  const auto found = frames_.find(name);
  if (found != frames_.end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [known, layout] : frames_) names.push_back(known);
  where.fail(wire::unknown_name("frame", model::escaped(name), names) +
             "; must be named by `as` of an earlier step");
}

FieldPath Reader::path(const Value& where, const std::string& text,
                       const wire::Layout* message) const {
  FieldPath result;
  result.text = text;
  const wire::Layout* layout = message;
  const auto dot = text.find('.');
  if (dot != std::string::npos) {
    layout = result.layer = wire::find_layout(text.substr(0, dot));
    if (layout == nullptr) where.fail(wire::unknown_layout(model::escaped(text.substr(0, dot))));
    if (layout == message) result.layer = nullptr;
  }
  if (layout == nullptr)
    where.fail(
        fmt::format("names the field {} of any message; must name the layer, such as "
                    "registration-request.lifetime, or stand beside a \"message\"",
                    model::escaped(text)));
  const std::string name = dot == std::string::npos ? text : text.substr(dot + 1);
  const wire::Field* field = layout->find(name);
  if (field == nullptr) where.fail(wire::unknown_field(*layout, model::escaped(name)));
  result.field = *field;
  return result;
}

Recall Reader::recall(const Value& value) const {
  const std::string& text = value.text();
  const auto dot = text.find('.');
  if (dot == std::string::npos)
    value.fail(fmt::format("is {}; must be a frame and one of its fields such as rrq.lifetime",
                           shown(value.json())));
  const std::string name = text.substr(0, dot);
  return {name, path(value, text.substr(dot + 1), frame(value, name))};
}

Operand Reader::operand(const Value& value, const wire::Field& field) const {
  const auto wrong = [&]() {
    value.fail(fmt::format("is {}; must be {}", shown(value.json()), wire::expected_form(field)));
  };
  const model::Json& json = value.json();
  if (json.is_object()) {
    if (json.size() == 1 && value.has("same_as")) return recall(value["same_as"]);
    value.fail("is an object; must be a value or {\"same_as\": \"name.field\"}");
  }
  const bool is_number = field.kind == wire::Kind::number || field.kind == wire::Kind::flag;
  if (json.is_boolean()) {
    if (field.kind != wire::Kind::flag) wrong();
    return wire::Value(json.get<bool>() ? 1 : 0);
  }
  if (json.is_number()) {
    if (!is_number || !json.is_number_unsigned() || !wire::fits(field, json.get<std::uint64_t>()))
      wrong();
    return wire::Value(json.get<std::uint64_t>());
  }
  const std::string& text = value.text();
  if (const auto parsed = wire::parse_value(field, text)) return *parsed;
  if (field.kind == wire::Kind::ipv4) return wire::Value(model::address_named(value, network_));
  if (field.kind == wire::Kind::number && field.bit_width == 64)
    if (const auto moment = timestamp(text)) return *moment;
  wrong();
  return {wire::Value(0)};
}

FieldTest Reader::test(const Value& value, const wire::Layout* message) const {
  using Relation = FieldTest::Relation;
  FieldTest result;
  result.path = path(value, std::string(value.key()), message);
  const wire::Field& field = result.path.field;
  Value of = value;
  result.text = result.path.text;
  if (of.json().is_object() && of.json().size() == 1 && of.has("not")) {
    result.negated = true;
    result.text += " not";
    of = of["not"];
  }
  const auto bound = [&](Relation relation, std::string_view key, std::string_view words) {
    const Value operand_value = of[key];
    if (field.kind != wire::Kind::number)
      operand_value.fail(
          fmt::format("bounds {}, which is no number; must be a value", result.path.text));
    result.relation = relation;
    result.text += fmt::format(" {} {}", words, plain(operand_value.json()));
    const bool is_recall = operand_value.json().is_string() &&
                           operand_value.text().find('.') != std::string::npos &&
                           !operand_value.text().starts_with("now");
    result.operands.push_back(is_recall ? Operand(recall(operand_value))
                                        : operand(operand_value, field));
  };
  const model::Json& json = of.json();
  if (json.is_object() && json.size() == 1 && of.has("at_most")) {
    bound(Relation::at_most, "at_most", "at most");
  } else if (json.is_object() && json.size() == 1 && of.has("at_least")) {
    bound(Relation::at_least, "at_least", "at least");
  } else if (json.is_object() && json.size() == 1 && of.has("one_of")) {
    result.relation = Relation::one_of;
    std::vector<std::string> choices;
    for (const Value& choice : of["one_of"].elements()) {
      result.operands.push_back(operand(choice, field));
      choices.push_back(plain(choice.json()));
    }
    result.text += fmt::format(" one of {}", fmt::join(choices, ", "));
  } else if (json.is_object() && json.size() == 1 && of.has("same_as")) {
    result.operands.push_back(operand(of, field));
    result.text += " as in " + of["same_as"].text();
  } else if (json.is_object()) {
    of.fail(
        "must be a value or one of {\"at_most\": v}, {\"at_least\": v}, {\"not\": v}, "
        "{\"one_of\": [v, v]}, {\"same_as\": \"name.field\"}");
  } else {
    result.operands.push_back(operand(of, field));
    result.text += " " + plain(json);
  }
  return result;
}

Match Reader::match(const Value& value) const {
  Match result;
  result.link = model::link_named(value["link"], network_);
  if (const auto name = value.find("message")) result.message = message(*name);
  if (const auto from = value.find("from")) result.from = party(*from);
  if (const auto to = value.find("to")) result.to = party(*to);
  if (const auto fields = value.find("fields"))
    for (const Value& field : fields->members())
      result.fields.push_back(test(field, result.message));
  if (const auto names = value.find("extensions")) result.extensions = extensions(*names);
  if (const auto names = value.find("without")) result.without = extensions(*names);

  result.text = result.message == nullptr ? "any frame" : std::string(result.message->name);
  if (result.from) result.text += " from " + result.from->text;
  if (result.to) result.text += " to " + result.to->text;
  result.text += " on " + network_.link(result.link).name;
  std::vector<std::string> with;
  for (const FieldTest& field : result.fields) with.push_back(field.text);
  for (const wire::Layout* layout : result.extensions) with.emplace_back(layout->name);
  if (!with.empty()) result.text += fmt::format(" with {}", fmt::join(with, ", "));
  std::vector<std::string_view> without;
  for (const wire::Layout* layout : result.without) without.push_back(layout->name);
  if (!without.empty()) result.text += fmt::format(" without {}", fmt::join(without, ", "));
  return result;
}

}  // namespace mipvet::scenario
