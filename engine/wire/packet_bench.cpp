#include <benchmark/benchmark.h>

#include "engine/wire/checksum.h"
#include "engine/wire/frame.h"
#include "engine/wire/packet.h"
#include "engine/wire/test_frames.h"

namespace mipvet::wire {
namespace {

void decode(benchmark::State& state, std::string_view hex) {
  const Buffer frame = frames::octets(hex);
  Packet packet;
  for ([[maybe_unused]] auto _ : state) {
    packet.decode(frame);
    benchmark::DoNotOptimize(packet);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(decode, registration_request, frames::registration_request);
BENCHMARK_CAPTURE(decode, registration_reply, frames::registration_reply);
BENCHMARK_CAPTURE(decode, agent_advertisement, frames::agent_advertisement);
BENCHMARK_CAPTURE(decode, udp_tunnel, frames::udp_tunnel);
BENCHMARK_CAPTURE(decode, arp, frames::arp_request);
BENCHMARK_CAPTURE(decode, ike_sa_init, frames::sa_init_request);
BENCHMARK_CAPTURE(decode, ike_auth_response, frames::auth_response);
BENCHMARK_CAPTURE(decode, esp_in_udp, frames::esp_in_udp);

/// Whoever looks at a single frame makes a packet for it.
void begin_a_packet(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    Packet packet;
    benchmark::DoNotOptimize(packet);
  }
}
BENCHMARK(begin_a_packet);

void sum_1400_octets(benchmark::State& state) {
  const Buffer octets(1400, 0x5A);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(checksum(octets));
}
BENCHMARK(sum_1400_octets);

void build_udp_frame(benchmark::State& state) {
  const Buffer payload(70, 1);
  const UdpFrame frame{{}, {{0x0A000105}, {0x0A00010F}}, {1024, 434}};
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(udp_frame(frame, payload));
}
BENCHMARK(build_udp_frame);

}  // namespace
}  // namespace mipvet::wire

BENCHMARK_MAIN();
