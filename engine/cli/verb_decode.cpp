#include <memory>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "engine/campaign/key_files.h"
#include "engine/cli/key_option.h"
#include "engine/cli/verbs.h"
#include "engine/net/capture_file.h"
#include "engine/observer/key_ring.h"
#include "engine/wire/dissect.h"
#include "reports/packet_json.h"

namespace mipvet::cli {

namespace {

struct DecodeOptions {
  std::string capture;
  std::uint64_t frame = 0;
  bool brief = false;
  bool json = false;
  KeyOption keys;
  unsigned ha_parameter_type = wire::DecodeOptions{}.ha_parameter_type;
};

std::string seconds(net::Time time) {
  const auto nanoseconds = time.time_since_epoch().count();
  return fmt::format("{}.{:09d}", nanoseconds / 1000000000, nanoseconds % 1000000000);
}

/// One line, so that frames can be read one by one.
void print_json(const net::CapturedFrame& frame, const std::string& link,
                const wire::Packet& packet) {
  nlohmann::ordered_json line = {{"frame", frame.number},
                                 {"time", seconds(frame.time)},
                                 {"link", link},
                                 {"length", frame.bytes.size()}};
  line.update(reports::packet_json(packet));
  // Names of links come from the file: what is no UTF-8 is replaced.
  fmt::print("{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_text(const net::CapturedFrame& frame, const std::string& link,
                const wire::Packet& packet, bool brief) {
  fmt::print("{}{} {}{}{} {}\n", brief ? "" : "frame ", frame.number, seconds(frame.time),
             link.empty() ? "" : " ", link, wire::one_line(packet));
  if (!brief) fmt::print("{}\n", wire::dissect(packet));
}

void decode(const DecodeOptions& options) {
  net::CaptureReader reader(options.capture);
  wire::DecodeOptions how;
  how.ha_parameter_type = static_cast<std::uint8_t>(options.ha_parameter_type);
  observer::KeyRing keys;
  keys.add(campaign::load_keys(options.keys.files({options.capture})));
  if (!keys.empty()) how.opener = &keys;
  wire::Packet packet;
  while (const auto frame = reader.next()) {
    if (options.frame != 0 && frame->number != options.frame) continue;
    packet.decode(frame->bytes, how);
    const std::string link{reader.interfaces()[frame->interface]};
    if (options.json)
      print_json(*frame, link, packet);
    else
      print_text(*frame, link, packet, options.brief);
  }
}

}  // namespace

void add_decode(CLI::App& app, int&) {
  auto* verb = app.add_subcommand("decode", "Take the frames of a capture apart, field by field");
  const auto options = std::make_shared<DecodeOptions>();
  verb->add_option("capture", options->capture, "pcap or pcapng file")->required();
  verb->add_option("--frame", options->frame, "Only this frame (from 1)")
      ->check(CLI::PositiveNumber);
  auto* brief = verb->add_flag("--brief", options->brief, "One line for each frame");
  verb->add_flag("--json", options->json, "One JSON object in a line for each frame")
      ->excludes(brief);
  verb->add_option("--ha-parameter-type", options->ha_parameter_type,
                   "Type of the HA Parameter extension")
      ->check(CLI::Range(0, 255))
      ->capture_default_str();
  options->keys.add_to(*verb);
  verb->callback([options] { decode(*options); });
}

}  // namespace mipvet::cli
