#include <array>

#include <fmt/format.h>

#include "engine/model/names.h"
#include "engine/scenario/reader.h"
#include "engine/wire/catalogue.h"
#include "engine/wire/mip4.h"

namespace mipvet::scenario {
namespace {

using model::Value;
namespace authentication = wire::mip4::authentication;

bool is_authentication(const wire::Layout* layout) {
  return layout == &authentication::mobile_home || layout == &authentication::mobile_foreign ||
         layout == &authentication::foreign_home;
}

/// The authentication extension that protects messages between two roles (RFC 3344 §3.5.2-3.5.4).
const wire::Layout* extension_between(Role one, Role other) {
  const auto either = [&](Role role) { return one == role || other == role; };
  if (!either(Role::foreign_agent)) return &authentication::mobile_home;
  return either(Role::mobile_node) ? &authentication::mobile_foreign
                                   : &authentication::foreign_home;
}

}  // namespace

std::vector<Assignment> Reader::assignments(const Value& value, const wire::Layout* message) const {
  std::vector<Assignment> result;
  for (const Value& member : value.members()) {
    const FieldPath field = path(member, std::string(member.key()), message);
    result.push_back({field, operand(member, field.field)});
  }
  return result;
}

Signer Reader::signer(const Value& value) const {
  for (const std::string_view key : {"as", "with"})
    if (!value.has(key))
      value.fail(fmt::format("lacks \"{}\"; must have \"as\" and \"with\"", key));
  const Signer result{model::node_named(value["as"], network_),
                      model::node_named(value["with"], network_)};
  if (network_.association(result.as, result.with) == nullptr)
    value["with"].fail(
        fmt::format("is {}, which shares no security association with {}; must be a node that does",
                    value["with"].text(), value["as"].text()));
  return result;
}

Sign Reader::sign(const Value& value) const {
  Sign result;
  result.signer = signer(value);
  const auto named = value.find("extension");
  result.extension = named ? extension(*named)
                           : extension_between(network_.node(result.signer.as).role,
                                               network_.node(result.signer.with).role);
  return result;
}

NewExtension Reader::new_extension(const Value& value) const {
  NewExtension result;
  result.layout = extension(value["extension"]);
  if (value.has("as") || value.has("with")) {
    if (!is_authentication(result.layout))
      value.fail(
          fmt::format("signs a {}; \"as\" and \"with\" must stand in mobile-home-, "
                      "mobile-foreign- or foreign-home-authentication alone",
                      result.layout->name));
    result.signer = signer(value);
  }
  for (const Value& member : value.members()) {
    const std::string name(member.key());
    if (name == "extension" || name == "as" || name == "with") continue;
    const wire::Field* field = result.layout->find(name);
    if (field == nullptr) member.fail(wire::unknown_field(*result.layout, model::escaped(name)));
    result.fields.push_back({{result.layout, *field, name}, operand(member, *field)});
  }
  return result;
}

std::vector<NewExtension> Reader::new_extensions(const Value& value) const {
  std::vector<NewExtension> result;
  for (const Value& element : value.elements()) result.push_back(new_extension(element));
  return result;
}

Edit Reader::edit(const Value& value, const wire::Layout* message) const {
  Edit result;
  if (const auto set = value.find("set")) result.set = assignments(*set, message);
  if (const auto flip = value.find("flip_bit")) {
    FlipBit bit{path((*flip)["field"], (*flip)["field"].text(), message), 0};
    if (const auto number = flip->find("bit"))
      bit.bit = static_cast<std::uint32_t>(number->number(12000));
    const std::uint32_t width = bit.path.field.bit_width;
    if (width != 0 && bit.bit >= width)
      (*flip)["bit"].fail(fmt::format("is {}; must be a bit of {}, from 0 to {}", bit.bit,
                                      bit.path.text, width - 1));
    result.flip_bit = bit;
  }
  if (const auto names = value.find("remove")) result.remove = extensions(*names);
  if (const auto added = value.find("append")) result.append = new_extensions(*added);
  if (const auto bytes = value.find("bytes"))
    result.bytes = PutOctets{(*bytes)["at"].number(1500), model::hex_octets((*bytes)["put"])};
  if (const auto signature = value.find("sign")) result.sign = sign(*signature);
  if (const auto octets = value.find("truncate")) result.truncate = octets->number(1500);
  if (const auto checksums = value.find("checksums"))
    result.refresh_checksums = checksums->text() == "refresh";
  return result;
}

}  // namespace mipvet::scenario
