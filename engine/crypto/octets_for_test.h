#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/wire/bytes.h"
#include "engine/wire/hex.h"

/// Octets as the documents with the known answers write them.
namespace mipvet::testing {

/// Hexadecimal digits, with white space anywhere between them.
inline wire::Buffer hex(std::string_view text) {
  std::string digits;
  for (char c : text)
    if (c != ' ' && c != '\n') digits += c;
  const auto octets = wire::from_hex(digits);
  if (!octets) throw std::invalid_argument(digits);
  return *octets;
}

inline wire::Buffer octets(std::string_view text) {
  return {text.begin(), text.end()};
}

inline wire::Buffer octets(std::size_t count, std::uint8_t value) {
  return wire::Buffer(count, value);
}

/// `count` octets that go up by one.
inline wire::Buffer counting(std::uint8_t first, std::size_t count) {
  wire::Buffer result(count);
  for (auto& octet : result) octet = first++;
  return result;
}

/// The text of a file below engine/crypto.
inline std::string test_file(const std::string& path) {
  std::ifstream file(MIPVET_SOURCE_DIR "/engine/crypto/" + path);
  if (!file) throw std::runtime_error("no test file " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string test_key(const std::string& name) {
  return test_file("test_keys/" + name);
}

}  // namespace mipvet::testing
