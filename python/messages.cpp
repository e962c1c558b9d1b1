#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/crypto/authenticator.h"
#include "engine/scenario/field_path.h"
#include "engine/wire/catalogue.h"
#include "engine/wire/compose.h"
#include "engine/wire/dissect.h"
#include "engine/wire/frame.h"
#include "python/bindings.h"

namespace mipvet::python {

namespace {

using model::InputError;

const wire::Layout& layout_named(const std::string& name) {
  const wire::Layout* layout = wire::find_layout(name);
  if (layout == nullptr) throw InputError(wire::unknown_layout(name));
  return *layout;
}

const wire::Field& field_named(const wire::Layout& layout, const std::string& name) {
  const wire::Field* field = layout.find(name);
  if (field == nullptr) throw InputError(wire::unknown_field(layout, name));
  return *field;
}

py::object to_python(const wire::View& message, const wire::Field& field) {
  if (!message.has(field)) return py::none();
  switch (field.kind) {
    case wire::Kind::number:
      return py::int_(message[field]);
    case wire::Kind::flag:
      return py::bool_(message[field] != 0);
    case wire::Kind::octets:
      return to_bytes(message.octets(field));
    default:
      return py::str(wire::format_value(message, field));
  }
}

wire::Value from_python(const wire::Layout& layout, const wire::Field& field, py::handle value) {
  const auto wrong = [&] {
    return InputError(fmt::format("{}.{}: is {}; must be {}", layout.name, field.name,
                                  std::string(py::repr(value)), wire::expected_form(field)));
  };
  if (py::isinstance<py::bytes>(value)) {
    const wire::Bytes octets = octets_of(py::reinterpret_borrow<py::bytes>(value));
    return wire::Buffer(octets.begin(), octets.end());
  }
  if (py::isinstance<py::str>(value)) {
    if (auto parsed = wire::parse_value(field, value.cast<std::string>())) return *parsed;
    throw wrong();
  }
  if (!py::isinstance<py::int_>(value)) throw wrong();
  const unsigned long long number = PyLong_AsUnsignedLongLong(value.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw wrong();
  }
  if (!wire::fits(field, number)) throw wrong();
  return std::uint64_t{number};
}

std::vector<wire::FieldValue> values_of(const wire::Layout& layout, const py::dict& fields) {
  std::vector<wire::FieldValue> values;
  for (const auto& [name, value] : fields) {
    const wire::Field& field = field_named(layout, name.cast<std::string>());
    values.push_back({field, from_python(layout, field, value)});
  }
  return values;
}

template <typename Make>
py::bytes made(const Make& make) {
  try {
    return to_bytes(make());
  } catch (const std::invalid_argument& error) {
    throw InputError(error.what());
  } catch (const std::length_error& error) {
    throw InputError(error.what());
  }
}

wire::Ipv4Address address(const std::string& text) {
  const auto parsed = wire::Ipv4Address::parse(text);
  if (!parsed)
    throw InputError(fmt::format("{}: is no IPv4 address; must be like 192.0.2.1", text));
  return *parsed;
}

wire::MacAddress mac(const std::string& text) {
  const auto parsed = wire::MacAddress::parse(text);
  if (!parsed)
    throw InputError(fmt::format("{}: is no MAC address; must be like 02:00:00:00:00:01", text));
  return *parsed;
}

py::dict layout_table(const wire::Layout& layout, std::string_view group) {
  static constexpr std::array kinds = {"number", "flag", "ipv4", "mac", "octets", "text"};
  py::list fields;
  for (const wire::Field& field : layout.fields)
    fields.append(py::make_tuple(field.name, kinds[static_cast<std::size_t>(field.kind)],
                                 field.bit_offset, field.bit_width));
  py::dict table;
  table["name"] = layout.name;
  table["group"] = group;
  table["minimum"] = layout.minimum;
  table["source"] = layout.source;
  table["fields"] = fields;
  return table;
}

py::list all_layouts() {
  const std::pair<wire::Layouts, std::string_view> groups[] = {
      {wire::headers(), "header"},
      {wire::messages(), "message"},
      {wire::registration_extensions(), "registration extension"},
      {wire::discovery_extensions(), "advertisement extension"},
      {wire::dhcp_options(), "DHCP option"},
      {wire::ike_payloads(), "IKE payload"},
      {wire::ike_substructures(), "IKE substructure"}};
  py::list result;
  for (const auto& [layouts, group] : groups)
    for (const wire::Layout* layout : layouts) result.append(layout_table(*layout, group));
  return result;
}

/// A frame taken apart that owns its octets.
struct Dissected {
  wire::Buffer octets;
  wire::Packet packet;
};

py::list layers_of(const wire::Packet& packet) {
  py::list result;
  for (const wire::Layer& layer : packet.layers()) {
    const wire::View header = packet.header(layer);
    py::dict fields;
    py::dict ranges;
    for (const wire::Field& field : layer.layout->fields) {
      const py::str name(field.name.data(), field.name.size());
      fields[name] = to_python(header, field);
      ranges[name] = py::make_tuple(layer.offset + field.first_octet(),
                                    layer.offset + field.end_octet(layer.header));
    }
    py::dict one;
    one["name"] = layer.layout->name;
    one["byte_range"] = py::make_tuple(layer.offset, layer.offset + layer.length);
    one["is_extension"] = layer.is_extension;
    one["is_quote"] = layer.is_quote;
    one["defects"] = wire::defect_list(layer.defects);
    one["fields"] = fields;
    one["ranges"] = ranges;
    result.append(one);
  }
  return result;
}

py::object field_of(const wire::Packet& packet, const std::string& path) {
  const Found found = find_field(packet, path);
  if (found.layer == nullptr) return py::none();
  return to_python(packet.header(*found.layer), found.field);
}

template <typename Class, typename Packet>
void bind_packet(Class& bound, const Packet& packet) {
  bound
      .def_property_readonly("message",
                             [packet](const typename Class::type& self) {
                               return packet(self).message().layout->name;
                             })
      .def_property_readonly("defects",
                             [packet](const typename Class::type& self) {
                               return wire::defect_list(packet(self).defects());
                             })
      .def_property_readonly(
          "layers", [packet](const typename Class::type& self) { return layers_of(packet(self)); })
      .def("field", [packet](const typename Class::type& self,
                             const std::string& path) { return field_of(packet(self), path); })
      .def("one_line",
           [packet](const typename Class::type& self) { return wire::one_line(packet(self)); })
      .def("dissection",
           [packet](const typename Class::type& self) { return wire::dissect(packet(self)); });
}

}  // namespace

Found find_field(const wire::Packet& packet, const std::string& path) {
  const auto dot = path.find('.');
  if (dot == std::string::npos) {
    const wire::Layer& message = packet.message();
    return {&message, field_named(*message.layout, path)};
  }
  const wire::Layout& layout = layout_named(path.substr(0, dot));
  scenario::FieldPath found;
  found.layer = &layout;
  found.field = field_named(layout, path.substr(dot + 1));
  return {found.find(packet), found.field};
}

SeenFrame::SeenFrame(const net::Frame& frame, std::uint64_t number,
                     std::shared_ptr<const model::Network> network)
    : network_(std::move(network)),
      time_(frame.time),
      link_(frame.link),
      number_(number),
      octets_(frame.bytes.begin(), frame.bytes.end()) {}

const wire::Packet& SeenFrame::packet() const {
  if (!packet_) {
    packet_ = std::make_unique<wire::Packet>();
    packet_->decode(octets_, network_->decode);
  }
  return *packet_;
}

namespace {

wire::MacAddress mac_at(wire::Bytes octets, std::size_t at) {
  wire::MacAddress result;
  if (octets.size() >= at + 6)
    std::copy_n(octets.begin() + static_cast<std::ptrdiff_t>(at), 6, result.octets.begin());
  return result;
}

std::optional<std::string> name_of(const model::Network& network, model::NodeId node) {
  if (node == model::kNobody) return std::nullopt;
  return network.node(node).name;
}

}  // namespace

model::NodeId SeenFrame::sender_node() const {
  return network_->owner(mac_at(octets_, 6));
}
std::optional<std::string> SeenFrame::sender() const {
  return name_of(*network_, sender_node());
}
std::optional<std::string> SeenFrame::receiver() const {
  return name_of(*network_, network_->owner(mac_at(octets_, 0)));
}
bool SeenFrame::by_tester() const {
  return mac_at(octets_, 6) == network_->tester_mac;
}

void bind_messages(py::module_& module) {
  module.def("layouts", &all_layouts);
  module.def("make", [](const std::string& name, const py::dict& fields) {
    const wire::Layout& layout = layout_named(name);
    const auto values = values_of(layout, fields);
    return made([&] { return wire::make(layout, values); });
  });
  module.def("make_extension",
             [](const std::string& name, const py::dict& fields, const py::bytes& rest) {
               const wire::Layout& layout = layout_named(name);
               const auto values = values_of(layout, fields);
               return made([&] {
                 wire::Buffer octets;
                 wire::append_extension(octets, layout, values, octets_of(rest));
                 return octets;
               });
             });
  module.def("get_field",
             [](const std::string& name, const py::bytes& octets, const std::string& field) {
               const wire::Layout& layout = layout_named(name);
               return to_python({layout, octets_of(octets)}, field_named(layout, field));
             });
  module.def("set_field", [](const std::string& name, const py::bytes& octets,
                             const std::string& field_name, py::handle value) {
    const wire::Layout& layout = layout_named(name);
    const wire::Field& field = field_named(layout, field_name);
    const wire::Bytes old = octets_of(octets);
    wire::Buffer changed(old.begin(), old.end());
    if (!wire::set(changed, field, from_python(layout, field, value)))
      throw InputError(
          fmt::format("{}.{}: the message is too short for it, or is given octets of "
                      "another size; must be {}",
                      name, field_name, wire::expected_form(field)));
    return to_bytes(changed);
  });
  module.def(
      "set_in_frame", [](const py::bytes& octets, const std::string& path, py::handle value) {
        const wire::Bytes old = octets_of(octets);
        wire::Buffer changed(old.begin(), old.end());
        wire::Packet packet;
        packet.decode(changed);
        const Found found = find_field(packet, path);
        if (found.layer == nullptr)
          throw InputError(fmt::format("{}: the frame has no such layer", path));
        const auto first = changed.begin() + found.layer->offset;
        wire::Buffer layer(first, first + found.layer->header);
        const std::size_t size = layer.size();
        if (!wire::set(layer, found.field, from_python(*found.layer->layout, found.field, value)) ||
            layer.size() != size)
          throw InputError(fmt::format("{}: would change the frame's size; must be {}", path,
                                       wire::expected_form(found.field)));
        std::copy(layer.begin(), layer.end(), first);
        return to_bytes(changed);
      });
  module.def("refresh_checksums", [](const py::bytes& octets) {
    const wire::Bytes old = octets_of(octets);
    wire::Buffer changed(old.begin(), old.end());
    wire::refresh_checksums(changed);
    return to_bytes(changed);
  });
  module.def("ethernet_frame", [](const std::string& source, const std::string& destination,
                                  std::uint16_t ethertype, const py::bytes& payload) {
    return made([&] {
      return wire::ethernet_frame({mac(source), mac(destination)}, ethertype, octets_of(payload));
    });
  });
  module.def("ip_datagram", [](const std::string& source, const std::string& destination,
                               std::uint8_t ttl, std::uint8_t protocol, const py::bytes& payload) {
    return made([&] {
      wire::IpHeader ip{address(source), address(destination)};
      ip.time_to_live = ttl;
      return wire::ip_datagram(ip, protocol, octets_of(payload));
    });
  });
  module.def("udp_datagram", [](const std::string& source, const std::string& destination,
                                std::uint8_t ttl, std::uint16_t source_port,
                                std::uint16_t destination_port, const py::bytes& payload) {
    return made([&] {
      wire::IpHeader ip{address(source), address(destination)};
      ip.time_to_live = ttl;
      return wire::udp_datagram(ip, {source_port, destination_port}, octets_of(payload));
    });
  });
  module.def("icmp_datagram", [](const std::string& source, const std::string& destination,
                                 std::uint8_t ttl, const py::bytes& message) {
    return made([&] {
      if (octets_of(message).size() < 4)
        throw InputError("an ICMP message of fewer than 4 octets; must have type, code, checksum");
      wire::IpHeader ip{address(source), address(destination)};
      ip.time_to_live = ttl;
      return wire::icmp_datagram(ip, octets_of(message));
    });
  });
  module.def("authenticator",
             [](const std::string& algorithm, const py::bytes& key, const py::bytes& data) {
               const auto known = crypto::algorithm_from_name(algorithm);
               if (!known)
                 throw InputError(
                     fmt::format("{}: is no algorithm; must be one of keyed-md5, "
                                 "hmac-md5, hmac-sha1",
                                 algorithm));
               return made([&] {
                 crypto::Authenticator authenticator(*known, octets_of(key));
                 wire::Buffer result(authenticator.size());
                 authenticator.compute(octets_of(data), wire::MutableBytes(result));
                 return result;
               });
             });

  py::class_<Dissected> dissected(module, "Dissected");
  dissected.def(py::init([](const py::bytes& frame) {
    auto result = std::make_unique<Dissected>();
    const wire::Bytes octets = octets_of(frame);
    result->octets.assign(octets.begin(), octets.end());
    result->packet.decode(result->octets);
    return result;
  }));
  dissected.def_property_readonly("octets",
                                  [](const Dissected& self) { return to_bytes(self.octets); });
  bind_packet(dissected, [](const Dissected& self) -> const wire::Packet& { return self.packet; });

  py::class_<SeenFrame, std::shared_ptr<SeenFrame>> seen(module, "SeenFrame");
  seen.def_property_readonly("octets", &SeenFrame::octets)
      .def_property_readonly("link", &SeenFrame::link)
      .def_property_readonly("time_ns", &SeenFrame::time_ns)
      .def_property_readonly("number", &SeenFrame::number)
      .def_property_readonly("sender", &SeenFrame::sender)
      .def_property_readonly("receiver", &SeenFrame::receiver)
      .def_property_readonly("by_tester", &SeenFrame::by_tester);
  bind_packet(seen, [](const SeenFrame& self) -> const wire::Packet& { return self.packet(); });
}

}  // namespace mipvet::python
