/// registration_capture FILE.pcapng FRAMES [NODES]: writes a capture of registrations of NODES
/// mobile nodes (5000), and FILE.network.json beside it.
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include "engine/bench/registration_frames.h"
#include "engine/net/capture_file.h"

namespace {

std::uint32_t number(std::string_view text) {
  std::uint32_t result = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc{} || end != text.data() + text.size() || result == 0)
    throw std::invalid_argument(fmt::format("{}: a number above 0 is needed", text));
  return result;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3 || argc > 4)
    throw std::invalid_argument("right: registration_capture FILE.pcapng FRAMES [NODES]");
  const std::filesystem::path path = argv[1];
  const std::uint32_t frames = number(argv[2]);
  mipvet::bench::RegistrationFrames registrations(argc > 3 ? number(argv[3]) : 5000);
  std::filesystem::path network = path;
  std::ofstream(network.replace_extension(".network.json"))
      << mipvet::bench::registration_network();
  const std::array<std::string, 2> links{"public", "private"};
  auto capture = mipvet::net::CaptureWriter::pcapng(path, links);
  for (std::uint32_t n = 0; n < frames / 4; ++n)
    for (const auto& frame : registrations.next())
      capture.write({.time = frame.time, .interface = frame.link, .bytes = frame.octets});
  capture.close();
  return 0;
} catch (const std::exception& error) {
  std::cerr << "registration_capture: " << error.what() << "\n";
  return 2;
}
