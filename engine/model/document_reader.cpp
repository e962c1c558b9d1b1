#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "engine/model/document.h"

namespace mipvet::model {
namespace {

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kMostMembers = 1000;

/// Builds the document from nlohmann's events, which (unlike its own builder) tell of a key that
/// stands twice and let the depth be limited.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const std::string& source) : source_(source) {}

  Json take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    Level& level = levels_.back();
    level.key = std::move(value);
    if (!level.keys.insert(level.key).second) fail("stands twice; must stand once");
    if (level.keys.size() > kMostMembers) {
      levels_.pop_back();
      fail(fmt::format("has more than {0} members; must have at most {0}", kMostMembers));
    }
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // The message quotes the octets that it could not read.
    std::string what = error.what();
    for (char& c : what)
      if (c < ' ' || c > '~') c = '?';
    constexpr std::size_t most = 300;
    if (what.size() > most) what = what.substr(0, most) + "...";
    // "[json.exception...] parse error at line 3, column 5: ..."
    constexpr std::string_view place = "parse error at ";
    if (const auto at = what.find(place); at != std::string::npos)
      throw InputError(
          fmt::format("{}: {}; must be JSON in UTF-8", source_, what.substr(at + place.size())));
    what = what.substr(what.find("] ") == std::string::npos ? 0 : what.find("] ") + 2);
    fail(what + "; must be JSON in UTF-8");
  }

 private:
  struct Level {
    Json* container;
    std::string key;
    std::unordered_set<std::string> keys;
  };

  /// Puts a value where it belongs and returns its place there.
  Json& place(Json value) {
    if (levels_.empty()) return root_ = std::move(value);
    Json& container = *levels_.back().container;
    if (container.is_array()) {
      container.push_back(std::move(value));
      return container.back();
    }
    return container[levels_.back().key] = std::move(value);
  }

  bool put(Json value) {
    place(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (levels_.size() == kDeepest)
      fail(fmt::format("is nested deeper than {0} levels; must be at most {0}", kDeepest));
    Json& here = place(std::move(container));
    levels_.push_back({&here, {}, {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  [[noreturn]] void fail(std::string_view what) const {
    std::string pointer;
    for (const Level& level : levels_) {
      if (level.container->is_array()) {
        // The innermost array is still waiting for the element that is wrong.
        const std::size_t elements = level.container->size();
        pointer += "/" + std::to_string(&level == &levels_.back() ? elements : elements - 1);
      } else {
        pointer += "/" + escaped(level.key);
      }
    }
    throw InputError(located(source_, pointer, what));
  }

  const std::string& source_;
  Json root_;
  std::vector<Level> levels_;
};

}  // namespace

Document parse_document(std::string_view text, std::string source, std::size_t most) {
  if (text.size() > most)
    throw InputError(
        fmt::format("{}: is larger than {} MiB; must be smaller", source, most >> 20U));
  Builder builder(source);
  Json::sax_parse(text.begin(), text.end(), &builder);
  Json json = builder.take();
  return {std::move(source), std::move(json)};
}

Document read_document(const std::filesystem::path& path, std::size_t most) {
  const auto fail = [&path](std::string_view what) {
    throw InputError(fmt::format("{}: {}", path.string(), what));
  };
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found)
    fail("does not exist; must be a JSON file");
  if (error) fail(error.message() + "; must be a JSON file that can be read");
  if (std::filesystem::is_directory(status)) fail("is a directory; must be a JSON file");
  if (!std::filesystem::is_regular_file(status)) fail("is no file; must be a JSON file");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(std::string(std::strerror(errno)) + "; must be a JSON file that can be read");
  // One octet more than allowed tells that there are more; the size is a guess, the file may grow.
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(path, error));
  std::string text(std::min(error ? most : size, most) + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_document(text, path.string(), most);
}

}  // namespace mipvet::model
