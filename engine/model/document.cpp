#include "engine/model/document.h"

#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace mipvet::model {

std::string located(std::string_view source, std::string_view pointer, std::string_view what) {
  return fmt::format("{}: {}: {}", source, pointer.empty() ? "/" : pointer, what);
}

std::string escaped(std::string_view pointer_part) {
  constexpr std::size_t most = 100;
  std::string result;
  for (const char c : pointer_part.substr(0, most)) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else if (c >= 0 && c < ' ') {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      result += c;
    }
  }
  if (pointer_part.size() > most) result += "...";
  return result;
}

std::string shown(const Json& value) {
  if (value.is_object() && !value.empty()) return "an object";
  if (value.is_array() && !value.empty()) return "an array";
  constexpr std::size_t most = 60;
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > most) text = text.substr(0, most) + "...";
  return text;
}

Value Value::child(const Json& json, std::string key) const {
  Value result = *this;
  result.json_ = &json;
  result.pointer_ += "/" + escaped(key);
  result.key_ = std::move(key);
  return result;
}

Value Value::operator[](std::string_view key) const {
  if (auto member = find(key)) return *member;
  fail(fmt::format("lacks \"{}\"", key));
}

std::optional<Value> Value::find(std::string_view key) const {
  const auto member = json_->find(key);
  if (member == json_->end()) return std::nullopt;
  return child(*member, std::string(key));
}

std::vector<Value> Value::members() const {
  if (!json_->is_object()) fail(fmt::format("is {}; must be an object", shown(*json_)));
  std::vector<Value> result;
  for (const auto& [key, value] : json_->items()) result.push_back(child(value, key));
  return result;
}

std::vector<Value> Value::elements() const {
  if (!json_->is_array()) fail(fmt::format("is {}; must be an array", shown(*json_)));
  std::vector<Value> result;
  for (std::size_t i = 0; i < json_->size(); ++i)
    result.push_back(child((*json_)[i], std::to_string(i)));
  return result;
}

const std::string& Value::text() const {
  if (const auto* text = json_->get_ptr<const std::string*>()) return *text;
  fail(fmt::format("is {}; must be a string", shown(*json_)));
}

bool Value::flag() const {
  if (json_->is_boolean()) return json_->get<bool>();
  fail(fmt::format("is {}; must be true or false", shown(*json_)));
}

std::uint64_t Value::number(std::uint64_t highest) const {
  if (json_->is_number_unsigned() && json_->get<std::uint64_t>() <= highest)
    return json_->get<std::uint64_t>();
  fail(fmt::format("is {}; must be a whole number from 0 to {}", shown(*json_), highest));
}

double Value::real() const {
  if (json_->is_number()) return json_->get<double>();
  fail(fmt::format("is {}; must be a number", shown(*json_)));
}

net::Duration Value::seconds() const {
  constexpr double most = 1e6;
  const double value = real();
  if (!(value >= 0 && value <= most))
    fail(fmt::format("is {}; must be seconds from 0 to 1000000", shown(*json_)));
  return net::Duration(std::llround(value * 1e9));
}

std::string Value::complaint(std::string_view what) const {
  return located(*source_, pointer_, what);
}

void Value::fail(std::string_view what) const {
  throw InputError(complaint(what));
}

}  // namespace mipvet::model
