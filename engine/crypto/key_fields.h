#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/crypto/ike_algorithms.h"
#include "engine/wire/address.h"
#include "engine/wire/bytes.h"

/// What the key log and Wireshark's tables have in common: lines of fields, each of which is one of
/// a few kinds. Errors are std::invalid_argument, "file:line: ...".
namespace mipvet::crypto {

/// Where a line stands.
struct LinePlace {
  std::string_view file;
  std::size_t number = 0;
};
[[noreturn]] void fail(const LinePlace& place, std::string_view problem);

/// The lines that are neither empty nor a comment, without blanks at their ends; a carriage return
/// counts as one.
std::vector<std::pair<LinePlace, std::string_view>> lines_of(std::string_view text,
                                                             std::string_view file);

/// The fields of a line, to be taken one after the other.
class KeyFields {
 public:
  KeyFields(LinePlace place, std::vector<std::string_view> fields)
      : place_(place), fields_(std::move(fields)) {}

  [[noreturn]] void fail(std::string_view problem) const { crypto::fail(place_, problem); }
  [[noreturn]] void fail_unknown(std::string_view what, std::string_view given,
                                 std::span<const std::string_view> names) const;
  /// Fails unless there are as many; `form` says of what.
  void expect(std::size_t least, std::size_t most, std::string_view form) const;

  std::string_view text() { return fields_[next_++]; }
  /// Up to `digits` hexadecimal digits, all of them unless `short_too`.
  std::uint64_t spi(std::string_view what, std::size_t digits, bool short_too = false);
  /// Nothing for `*`.
  std::optional<wire::Ipv4Address> address(std::string_view what);
  /// `size` octets; where that is 0, the field has to be one of "-" and "".
  wire::Buffer key(std::string_view what, std::size_t size);
  /// The value of one of these names.
  template <typename Kind>
  Kind name(std::string_view what, std::span<const std::string_view> names,
            std::optional<Kind> (*from_name)(std::string_view)) {
    const auto given = text();
    if (const auto value = from_name(given)) return *value;
    fail_unknown(what, given, names);
  }
  /// Fails where the two do not go together.
  void check(Encryption encryption, Integrity integrity) const;

 private:
  LinePlace place_;
  std::vector<std::string_view> fields_;
  std::size_t next_ = 0;
};

}  // namespace mipvet::crypto
