#pragma once

#include <memory>
#include <optional>
#include <string>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "engine/model/network.h"
#include "engine/model/result.h"
#include "engine/net/frame.h"
#include "engine/wire/bytes.h"
#include "engine/wire/packet.h"

/// The module `mipvet._engine`: what the Python package stands on. It passes octets as `bytes`,
/// times as nanoseconds and documents as JSON text; what people see is in python/mipvet/.
namespace mipvet::python {

namespace py = pybind11;

void bind_messages(py::module_& module);
void bind_networks(py::module_& module);
void bind_rules(py::module_& module);
void bind_runs(py::module_& module);
void bind_captures(py::module_& module);
void bind_reports(py::module_& module);
void bind_simulation(py::module_& module);
void bind_roles(py::module_& module);
void bind_stage(py::module_& module);

inline py::bytes to_bytes(wire::Bytes octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

/// The octets of a `bytes`; they live as long as it does.
inline wire::Bytes octets_of(const py::bytes& bytes) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(bytes.ptr(), &data, &size) != 0) throw py::error_already_set();
  return {reinterpret_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

/// A result as it stands in the JSON report of the contract, as text.
std::string result_json(model::ScenarioResult result, bool strict = false);

/// A Python object that code without the GIL may copy and drop.
class Held {
 public:
  explicit Held(py::object object)
      : object_(new py::object(std::move(object)), [](py::object* held) {
          const py::gil_scoped_acquire gil;
          delete held;
        }) {}
  const py::object& get() const { return *object_; }

 private:
  std::shared_ptr<py::object> object_;
};

/// A frame that was seen, taken apart; it owns its octets.
class SeenFrame {
 public:
  SeenFrame(const net::Frame& frame, std::uint64_t number,
            std::shared_ptr<const model::Network> network);

  const wire::Packet& packet() const;
  py::bytes octets() const { return to_bytes(octets_); }
  const std::string& link() const { return network_->link(link_).name; }
  std::int64_t time_ns() const { return time_.time_since_epoch().count(); }
  std::uint64_t number() const { return number_; }
  /// Who put it on the link and who is to take it, by MAC address; None where nobody declared is.
  std::optional<std::string> sender() const;
  std::optional<std::string> receiver() const;
  model::NodeId sender_node() const;
  bool by_tester() const;

 private:
  std::shared_ptr<const model::Network> network_;
  net::Time time_;
  net::LinkId link_;
  std::uint64_t number_;
  wire::Buffer octets_;
  mutable std::unique_ptr<wire::Packet> packet_;  // taken apart when asked for
};

/// `lifetime`, `ipv4.time_to_live` or `mobile-home-authentication.spi` of a packet: the layer and
/// field, as scenarios name them; a null layer where the packet has no such layer. Throws
/// model::InputError for a name that no table has.
struct Found {
  const wire::Layer* layer = nullptr;
  wire::Field field;
};
Found find_field(const wire::Packet& packet, const std::string& path);

}  // namespace mipvet::python
