#include <memory>
#include <string>

#include <benchmark/benchmark.h>
#include <botan/aead.h>
#include <botan/cipher_mode.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>

#include "engine/crypto/padding.h"
#include "engine/crypto/sealed.h"

// What opening an ESP packet costs, beside Botan alone doing the same to the same octets. The
// argument is the size of the payload.

namespace mipvet::crypto {
namespace {

constexpr std::size_t kEspHeader = 8;

DirectionKeys keys_for(Encryption encryption, Integrity integrity) {
  return {wire::Buffer(algorithm(encryption).key_size, 1),
          wire::Buffer(algorithm(integrity).key_size, 2)};
}

wire::Buffer esp_packet(const benchmark::State& state, Encryption encryption, Integrity integrity) {
  wire::Buffer plaintext(static_cast<std::size_t>(state.range(0)), 3);
  append_esp_trailer(plaintext, encryption, 4);
  wire::Buffer packet{0, 0, 16, 0, 0, 0, 0, 1};
  Sealer(encryption, integrity, keys_for(encryption, integrity))
      .seal(packet, plaintext, wire::Buffer(algorithm(encryption).iv_size, 4));
  return packet;
}

void count(benchmark::State& state, std::size_t packet_size) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(packet_size));
}

void open(benchmark::State& state, Encryption encryption, Integrity integrity) {
  const auto packet = esp_packet(state, encryption, integrity);
  Opener opener(encryption, integrity, keys_for(encryption, integrity));
  wire::Buffer room;
  for ([[maybe_unused]] auto _ : state) {
    room = packet;
    const auto opened = opener.open(room, kEspHeader);
    if (!opened) state.SkipWithError("not opened");
    auto inner = esp_plaintext(opened.plaintext);
    benchmark::DoNotOptimize(inner);
  }
  count(state, packet.size());
}

void botan_cbc(benchmark::State& state, Encryption encryption, Integrity integrity) {
  auto packet = esp_packet(state, encryption, integrity);
  const auto keys = keys_for(encryption, integrity);
  const auto cipher = Botan::Cipher_Mode::create_or_throw(
      std::string(algorithm(encryption).library), Botan::DECRYPTION);
  cipher->set_key(keys.encryption);
  const auto mac =
      Botan::MessageAuthenticationCode::create_or_throw(std::string(algorithm(integrity).library));
  mac->set_key(keys.integrity);
  const auto icv_size = algorithm(integrity).icv_size;
  const auto iv_size = algorithm(encryption).iv_size;
  std::array<std::uint8_t, 32> icv{};
  for ([[maybe_unused]] auto _ : state) {
    mac->update(packet.data(), packet.size() - icv_size);
    mac->final(icv.data());
    bool same =
        Botan::constant_time_compare(icv.data(), &packet[packet.size() - icv_size], icv_size);
    benchmark::DoNotOptimize(same);
    cipher->start(&packet[kEspHeader], iv_size);
    cipher->process(&packet[kEspHeader + iv_size], packet.size() - kEspHeader - iv_size - icv_size);
    benchmark::ClobberMemory();
  }
  count(state, packet.size());
}

void botan_gcm(benchmark::State& state, Encryption encryption) {
  const auto packet = esp_packet(state, encryption, Integrity::none);
  const auto keys = keys_for(encryption, Integrity::none);
  const auto aead = Botan::AEAD_Mode::create_or_throw(std::string(algorithm(encryption).library),
                                                      Botan::DECRYPTION);
  aead->set_key(keys.encryption.data(), keys.encryption.size() - 4);
  wire::Buffer nonce(keys.encryption.end() - 4, keys.encryption.end());
  nonce.insert(nonce.end(), &packet[kEspHeader], &packet[kEspHeader + 8]);
  Botan::secure_vector<std::uint8_t> text;
  for ([[maybe_unused]] auto _ : state) {
    text.assign(packet.begin() + kEspHeader + 8, packet.end());
    aead->set_associated_data(packet.data(), kEspHeader);
    aead->start(nonce);
    aead->finish(text);
    benchmark::DoNotOptimize(text.data());
  }
  count(state, packet.size());
}

void sizes(benchmark::internal::Benchmark* bench) {
  bench->Arg(84)->Arg(1400);
}

BENCHMARK_CAPTURE(open, cbc_128_sha1, Encryption::aes_cbc_128, Integrity::hmac_sha1_96)
    ->Apply(sizes);
BENCHMARK_CAPTURE(botan_cbc, cbc_128_sha1, Encryption::aes_cbc_128, Integrity::hmac_sha1_96)
    ->Apply(sizes);
BENCHMARK_CAPTURE(open, cbc_256_sha2, Encryption::aes_cbc_256, Integrity::hmac_sha2_256_128)
    ->Apply(sizes);
BENCHMARK_CAPTURE(botan_cbc, cbc_256_sha2, Encryption::aes_cbc_256, Integrity::hmac_sha2_256_128)
    ->Apply(sizes);
BENCHMARK_CAPTURE(open, gcm_128, Encryption::aes_gcm_16_128, Integrity::none)->Apply(sizes);
BENCHMARK_CAPTURE(botan_gcm, gcm_128, Encryption::aes_gcm_16_128)->Apply(sizes);

}  // namespace
}  // namespace mipvet::crypto
