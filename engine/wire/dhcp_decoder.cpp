#include "engine/wire/decoder.h"
#include "engine/wire/dhcp.h"

namespace mipvet::wire {

namespace {

constexpr std::uint8_t kPad = 0;
constexpr std::uint8_t kEnd = 255;

using OptionTable = std::array<const Layout*, 256>;

constexpr OptionTable kOptions = [] {
  OptionTable table{};
  for (const Layout*& layout : table) layout = &dhcp::option::layout;
  for (const Layout* layout : dhcp::options) table[*layout->type_value] = layout;
  return table;
}();

}  // namespace

Decoder::Carries Decoder::dhcp() {
  Layer* message = add_carrier(dhcp::other);
  if (message == nullptr) return Carries::nothing;
  if (read(here(), dhcp::magic_cookie) != dhcp::kMagicCookie) {
    message->header = message->length;
    return Carries::nothing;
  }
  at_ += message->header;
  const std::size_t first = packet_.count_;
  dhcp_options();
  for (std::size_t i = first; i < packet_.count_; ++i) {
    const Layer& option = packet_.layers_[i];
    if (option.layout != &dhcp::option::type) continue;
    const std::uint64_t type =
        read(frame_.subspan(option.offset, option.length), dhcp::option::message_type);
    if (type >= 1 && type <= dhcp::messages.size()) message->layout = dhcp::messages[type - 1];
    break;
  }
  return Carries::nothing;
}

/// The options at [at_, end_), RFC 2132 §2. One that runs over the end is the last.
void Decoder::dhcp_options() {
  const std::uint32_t end = end_;
  while (at_ < end) {
    const std::uint8_t code = frame_[at_];
    const Layout& layout = code == kPad ? dhcp::option::pad : *kOptions[code];
    std::uint32_t size = 0;
    bool is_over = false;
    if (code == kPad) {
      while (at_ + size < end && frame_[at_ + size] == kPad) ++size;
    } else if (code == kEnd) {
      size = end - at_;
    } else {
      const bool has_length = end - at_ >= 2;
      size = has_length ? 2U + frame_[at_ + 1] : 2U;
      is_over = size > end - at_;
    }
    end_ = is_over ? end : at_ + size;
    Layer* option = add(layout, true);
    if (option == nullptr) return;
    option->header = option->length;
    if (is_over) return overruns(*option);
    if (size < layout.minimum) mark(*option, Defect::bad_length);
    at_ = end_;
  }
}

}  // namespace mipvet::wire
