#include "engine/net/lab.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <signal.h>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/stat.h>

#include "engine/net/interface.h"
#include "engine/net/ip_command.h"
#include "engine/net/network_namespace.h"

namespace mipvet::net {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "mipvet-";

bool exists(const std::string& network_namespace) {
  std::error_code ignored;
  return fs::exists(namespace_path(network_namespace), ignored);
}

// Labs of one process may be made in several threads; one of an earlier process with our pid may
// still be there.
std::string free_name() {
  static std::atomic<unsigned> made{0};
  std::string name;
  do {
    name = fmt::format("{}{}-{}", kPrefix, ::getpid(), made++);
  } while (exists(name));
  return name;
}

std::optional<pid_t> number(std::string_view text) {
  pid_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

/// The process that made a namespace, from its name.
std::optional<pid_t> maker(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  return number(name.substr(0, dash));
}

bool is_dead(pid_t pid) {
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

// A process that stays in a namespace keeps it, nameless, for ever.
void end_processes_in(const std::vector<std::string>& namespaces) {
  struct stat own {};
  if (::stat("/proc/self/ns/net", &own) != 0) return;
  std::vector<struct stat> doomed;
  for (const std::string& name : namespaces) {
    struct stat file {};
    if (::stat(namespace_path(name).c_str(), &file) == 0 && file.st_ino != own.st_ino)
      doomed.push_back(file);
  }
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const auto pid = number(entry.path().filename().native());
    struct stat file {};
    if (!pid || ::stat((entry.path() / "ns/net").c_str(), &file) != 0) continue;
    for (const auto& one : doomed)
      if (file.st_dev == one.st_dev && file.st_ino == one.st_ino) ::kill(*pid, SIGKILL);
  }
}

void remove_namespaces(std::vector<std::string> names) {
  while (true) {
    std::erase_if(names, [](const std::string& name) { return !exists(name); });
    if (names.empty()) return;
    end_processes_in(names);
    std::string commands;
    for (const std::string& name : names) commands += fmt::format("netns del {}\n", name);
    try {
      run_ip({}, commands);
    } catch (const DeviceError&) {
      // Another process may be sweeping too: then there is less to do now.
      if (std::all_of(names.begin(), names.end(), exists)) throw;
    }
  }
}

// The kernel has nothing to say on links that we play nodes on.
void silence_kernel() {
  for (const char* scope : {"all", "default"}) {
    const std::string path = fmt::format("/proc/sys/net/ipv6/conf/{}/disable_ipv6", scope);
    if (!fs::exists(path)) continue;  // a kernel without IPv6
    std::ofstream file(path);
    if (!(file << "1\n" << std::flush))
      throw DeviceError(fmt::format("{}: cannot be written: run as root", path));
  }
}

}  // namespace

void Lab::sweep() {
  std::vector<std::string> names;
  std::error_code ignored;  // no such directory: no namespace was ever made
  for (const auto& entry : fs::directory_iterator(kNamespaces, ignored)) {
    const std::string name = entry.path().filename();
    if (const auto pid = maker(name); pid && is_dead(*pid)) names.push_back(name);
  }
  remove_namespaces(names);
}

Lab::Lab(std::vector<std::string> links) : name_(free_name()), links_(std::move(links)) {
  made_.push_back(name_);
}

Lab::~Lab() {
  try {
    remove();
  } catch (const DeviceError&) {
    // `remove` is for those who want to know; the next `sweep` tries again.
  }
}

std::string Lab::bridge_device(std::string_view link) const {
  const auto found = std::find(links_.begin(), links_.end(), link);
  if (found == links_.end())
    throw DeviceError(fmt::format("link {}: is not one of this network", link));
  return fmt::format("br{}", found - links_.begin());
}

std::string Lab::add_port(std::string_view link) {
  const std::size_t number = ports_.size();
  ports_.push_back(
      {bridge_device(link), fmt::format("b{}", number), fmt::format("p{}", number), name_});
  return ports_.back().far;
}

std::string Lab::add_tap(std::string_view link) {
  ports_.push_back({bridge_device(link), fmt::format("t{}", ports_.size()), {}, {}});
  return ports_.back().near;
}

Lab::ExternalPort Lab::add_external_port(std::string_view link,
                                         const std::string& network_namespace,
                                         const std::string& device) {
  std::string name = network_namespace;
  if (!exists(name)) {
    name = fmt::format("{}-{}", name_, network_namespace);
    if (std::find(made_.begin(), made_.end(), name) == made_.end()) made_.push_back(name);
  }
  ports_.push_back({bridge_device(link), fmt::format("b{}", ports_.size()), device, name});
  return {name, device};
}

void Lab::up() {
  std::string namespaces;
  for (const std::string& name : made_) namespaces += fmt::format("netns add {}\n", name);
  run_ip({}, namespaces);
  in_namespace(name_, silence_kernel);

  // A hub: learns no addresses, asks nobody for membership in groups, keeps back none of the
  // addresses that a bridge may pass on.
  std::string commands;
  for (const std::string& link : links_)
    commands += fmt::format(
        "link add {} up type bridge stp_state 0 forward_delay 0 ageing_time 0 mcast_snooping 0 "
        "group_fwd_mask 0xfff8\n",
        bridge_device(link));
  for (const Port& port : ports_) {
    if (port.far.empty())
      commands += fmt::format("tuntap add dev {0} mode tap\nlink set {0} master {1} up\n",
                              port.near, port.bridge);
    else
      commands += fmt::format("link add {} up master {} type veth peer name {} netns {}\n",
                              port.near, port.bridge, port.far, port.network_namespace);
  }
  run_ip(name_, commands);
  set_interfaces_up();
}

void Lab::set_interfaces_up() {
  std::map<std::string, std::vector<std::string>> devices;  // by namespace
  for (const std::string& name : made_) devices[name];
  for (const Port& port : ports_) {
    if (port.far.empty()) continue;
    devices[name_].push_back(port.near);
    devices[port.network_namespace].push_back(port.far);
  }
  for (const auto& [network_namespace, names] : devices) {
    const bool ours = std::count(made_.begin(), made_.end(), network_namespace) != 0;
    const bool for_nodes = ours && network_namespace != name_;
    in_namespace(network_namespace, [for_nodes, &interfaces = names] {
      if (for_nodes) interface::set_up("lo");
      for (const std::string& name : interfaces) interface::set_up(name);
    });
  }
  // Both ends of all are up: now each comes into operation. Asking for its offloads after that
  // waits for the kernel to have told the bridge.
  for (const auto& [network_namespace, names] : devices)
    in_namespace(network_namespace, [&interfaces = names] {
      interface::wait_running(interfaces);
      for (const std::string& name : interfaces) interface::turn_off_offloads(name);
    });
  // A bridge that might pass on segments of 64 KiB makes captures keep room for such.
  in_namespace(name_, [this] {
    for (const std::string& link : links_) interface::turn_off_offloads(bridge_device(link));
  });
}

void Lab::remove() {
  // In a namespace that stays, the interface is to be gone at once; the kernel takes its time with
  // those that went with their namespace.
  std::string commands;
  for (const Port& port : ports_)
    if (!port.far.empty() && !std::count(made_.begin(), made_.end(), port.network_namespace))
      commands += fmt::format("link del {}\n", port.near);
  if (!commands.empty() && exists(name_)) {
    try {
      run_ip(name_, commands);
    } catch (const DeviceError&) {
      // It was gone, or never made.
    }
  }
  remove_namespaces(made_);
}

}  // namespace mipvet::net
