#include <memory>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "engine/cli/verbs.h"
#include "engine/net/capture_file.h"
#include "engine/wire/dissect.h"

namespace mipvet::cli {

namespace {

struct DecodeOptions {
  std::string capture;
  std::uint64_t frame = 0;
  bool brief = false;
  unsigned ha_parameter_type = wire::DecodeOptions{}.ha_parameter_type;
};

void decode(const DecodeOptions& options) {
  net::CaptureReader reader(options.capture);
  wire::DecodeOptions how;
  how.ha_parameter_type = static_cast<std::uint8_t>(options.ha_parameter_type);
  wire::Packet packet;
  while (const auto frame = reader.next()) {
    if (options.frame != 0 && frame->number != options.frame) continue;
    packet.decode(frame->bytes, how);
    const auto nanoseconds = frame->time.time_since_epoch().count();
    const std::string link{reader.interfaces()[frame->interface]};
    fmt::print("{}{} {}.{:09d}{}{} {}\n", options.brief ? "" : "frame ", frame->number,
               nanoseconds / 1000000000, nanoseconds % 1000000000, link.empty() ? "" : " ", link,
               wire::one_line(packet));
    if (!options.brief) fmt::print("{}\n", wire::dissect(packet));
  }
}

}  // namespace

void add_decode(CLI::App& app, int&) {
  auto* verb = app.add_subcommand("decode", "Take the frames of a capture apart, field by field");
  const auto options = std::make_shared<DecodeOptions>();
  verb->add_option("capture", options->capture, "pcap or pcapng file")->required();
  verb->add_option("--frame", options->frame, "Only this frame (from 1)");
  verb->add_flag("--brief", options->brief, "One line for each frame");
  verb->add_option("--ha-parameter-type", options->ha_parameter_type,
                   "Type of the HA Parameter extension")
      ->check(CLI::Range(0, 255))
      ->capture_default_str();
  verb->callback([options] { decode(*options); });
}

}  // namespace mipvet::cli
