#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/model/network.h"

/// JSON documents that people write, and complaints about them. Every complaint is one line:
/// `FILE: /json/pointer: what is wrong; what would be right`.
namespace mipvet::model {

/// Objects keep the order of the file: it numbers links, nodes and ports.
using Json = nlohmann::ordered_json;

/// A parsed file and the name that complaints give it.
struct Document {
  std::string source;
  Json json;
};

/// What people write is small; what mipvet wrote itself (a report) may be larger.
inline constexpr std::size_t kMostOctets = std::size_t{1} << 20U;

/// Reads UTF-8 JSON. Throws InputError for a file that cannot be read, more than `most` octets,
/// what is no JSON (with line and column), nesting deeper than 64, an object with more than 1000
/// members and a key that stands twice in one object.
Document read_document(const std::filesystem::path& path, std::size_t most = kMostOctets);
Document parse_document(std::string_view text, std::string source, std::size_t most = kMostOctets);

/// A value of a document that knows where it stands.
class Value {
 public:
  explicit Value(const Document& document) : source_(&document.source), json_(&document.json) {}

  const Json& json() const { return *json_; }
  const std::string& source() const { return *source_; }
  /// RFC 6901; empty for the whole document.
  const std::string& pointer() const { return pointer_; }
  /// The last part of the pointer: the key or index that this value stands under.
  std::string_view key() const { return key_; }

  bool has(std::string_view key) const { return json_->contains(key); }
  /// The member must be there (the schema says so).
  Value operator[](std::string_view key) const;
  std::optional<Value> find(std::string_view key) const;
  std::vector<Value> members() const;   ///< of an object, in the order of the file
  std::vector<Value> elements() const;  ///< of an array

  // What is there has to be of the type; where no schema saw to that, it is complained about.
  const std::string& text() const;
  bool flag() const;
  std::uint64_t number(std::uint64_t highest) const;
  double real() const;
  net::Duration seconds() const;

  /// "SOURCE: POINTER: complaint".
  std::string complaint(std::string_view what) const;
  /// Throws InputError with the complaint.
  [[noreturn]] void fail(std::string_view what) const;

 private:
  Value child(const Json& json, std::string key) const;

  const std::string* source_;
  const Json* json_;
  std::string pointer_;
  std::string key_;
};

/// "FILE: /pointer: what", with "/" for the whole document.
std::string located(std::string_view source, std::string_view pointer, std::string_view what);
/// One part of a JSON pointer with its `~` and `/` escaped, fit for a line: control characters are
/// written `\\n`, a long key is cut short.
std::string escaped(std::string_view pointer_part);
/// A value as a complaint shows it: JSON on one line, shortened.
std::string shown(const Json& value);

}  // namespace mipvet::model
