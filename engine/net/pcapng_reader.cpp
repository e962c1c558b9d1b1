#include "engine/net/pcapng_reader.h"

#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "engine/net/pcapng.h"

namespace mipvet::net {
namespace {

__extension__ using Wide = unsigned __int128;

// No frame comes near this; a block that says so would only make us ask for memory.
constexpr std::uint32_t kLargestBlock = 16U << 20U;
constexpr std::size_t kMostInterfaces = 65536;
constexpr std::uint32_t kBlockFrame = 12;  // type, length, and the length again at the end

/// How an interface counts time: (ticks * multiplier / divisor) >> shift nanoseconds + offset.
struct Clock {
  std::uint64_t multiplier = 1000;
  std::uint64_t divisor = 1;
  unsigned shift = 0;
  std::int64_t offset_seconds = 0;

  /// Nothing where the time lies outside of 1970-01-01 to 2262-04-11.
  std::optional<Time> time(std::uint64_t ticks) const {
    const Wide since = (Wide{ticks} * multiplier / divisor) >> shift;
    constexpr Wide kLatest = std::numeric_limits<std::int64_t>::max();
    if (since > kLatest) return std::nullopt;
    std::int64_t total = 0;
    if (__builtin_mul_overflow(offset_seconds, std::int64_t{1'000'000'000}, &total) ||
        __builtin_add_overflow(total, static_cast<std::int64_t>(since), &total) || total < 0)
      return std::nullopt;
    return Time(Duration(total));
  }
};

struct Interface {
  std::uint32_t index = 0;  // in the whole file; a section counts its own from 0
  std::uint32_t snap_length = 0;
  Clock clock;
};

class PcapngSource final : public CaptureSource {
 public:
  PcapngSource(FilePointer file, std::string path)
      : input_(std::move(file)), path_(std::move(path)) {
    find_packet();  // so that the interfaces are known
  }

  std::optional<CapturedFrame> next() override {
    // The octets handed out last stay in place until now.
    input_.skip(std::exchange(handed_out_, 0));
    const wire::Bytes block = find_packet();
    if (block.empty()) return std::nullopt;
    const CapturedFrame frame = packet(block);
    number_ = frame.number;
    handed_out_ = block.size();
    return frame;
  }

  std::span<const std::string> interfaces() const override { return names_; }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw CaptureError(fmt::format("{}: frame {} (byte offset {}): {}", path_, number_ + 1,
                                   input_.offset(), what));
  }

  template <typename Number>
  Number read(wire::Bytes from, std::size_t at) const {
    std::array<std::uint8_t, sizeof(Number)> octets;
    std::memcpy(octets.data(), from.data() + at, octets.size());
    const auto number = std::bit_cast<Number>(octets);
    if (!swapped_) return number;
    if constexpr (sizeof(Number) == 2) return __builtin_bswap16(number);
    if constexpr (sizeof(Number) == 4) return __builtin_bswap32(number);
    if constexpr (sizeof(Number) == 8) return __builtin_bswap64(number);
  }
  std::uint16_t u16(wire::Bytes from, std::size_t at) const {
    return read<std::uint16_t>(from, at);
  }
  std::uint32_t u32(wire::Bytes from, std::size_t at) const {
    return read<std::uint32_t>(from, at);
  }
  // Time in the packet blocks: the upper half first in either byte order.
  std::uint64_t ticks(wire::Bytes from, std::size_t at) const {
    return std::uint64_t{u32(from, at)} << 32U | u32(from, at + 4);
  }

  // Deals with the blocks up to the next one that holds a packet, which stays the next of the
  // input. Empty at the file's end.
  wire::Bytes find_packet() {
    while (true) {
      const wire::Bytes head = input_.peek(kBlockFrame);
      if (input_.failed()) fail("cannot be read on: an input error");
      if (head.empty()) return {};
      if (head.size() < kBlockFrame)
        fail(fmt::format("the file ends {} octets into a block, a whole one has at least {}",
                         head.size(), kBlockFrame));
      const std::uint32_t type = u32(head, 0);
      if (type == pcapng::kSectionHeader) set_byte_order(head);
      const std::uint32_t length = u32(head, 4);
      if (length < kBlockFrame || length % 4 != 0)
        fail(fmt::format("block length {}, it has to be a multiple of 4 from {} on", length,
                         kBlockFrame));
      switch (type) {
        case pcapng::kSectionHeader:
          begin_section(whole_block(length));
          break;
        case pcapng::kInterfaceDescription:
          add_interface(whole_block(length));
          break;
        case pcapng::kEnhancedPacket:
        case pcapng::kSimplePacket:
        case pcapng::kPacket:
          return whole_block(length);
        default:
          pass_over(length);
          continue;
      }
      input_.skip(length);
    }
  }

  void set_byte_order(wire::Bytes head) {
    swapped_ = false;
    const std::uint32_t magic = u32(head, 8);
    if (magic != pcapng::kByteOrderMagic && __builtin_bswap32(magic) != pcapng::kByteOrderMagic)
      fail(fmt::format("byte-order magic 0x{:08X} of a section, it has to be 0x{:08X}", magic,
                       pcapng::kByteOrderMagic));
    swapped_ = magic != pcapng::kByteOrderMagic;
  }

  wire::Bytes whole_block(std::uint32_t length) {
    if (length > kLargestBlock)
      fail(fmt::format("a block of {} octets, at most {} are read", length, kLargestBlock));
    const wire::Bytes block = input_.peek(length);
    if (block.size() < length)
      fail(fmt::format("the file ends {} octets into a block of {}, its last block should be whole",
                       block.size(), length));
    check_trailer(length, u32(block, length - 4));
    return block;
  }

  void pass_over(std::uint32_t length) {
    const bool there = input_.skip(length - 4U);
    const wire::Bytes trailer = input_.peek(4);
    if (!there || trailer.size() < 4)
      fail(fmt::format("the file ends within a block of {} octets, its last block should be whole",
                       length));
    check_trailer(length, u32(trailer, 0));
    input_.skip(4);
  }

  void check_trailer(std::uint32_t length, std::uint32_t trailer) const {
    if (trailer != length)
      fail(fmt::format("block length {} at its end, {} at its beginning: they should be the same",
                       trailer, length));
  }

  void begin_section(wire::Bytes block) {
    if (block.size() < 28) fail("a section header of less than 28 octets");
    if (const std::uint16_t major = u16(block, 12); major != 1)
      fail(fmt::format("pcapng version {}, version 1 is read", major));
    section_.clear();
  }

  void add_interface(wire::Bytes block) {
    if (block.size() < 20) fail("an interface description of less than 20 octets");
    if (names_.size() == kMostInterfaces)
      fail(fmt::format("more than {} interfaces are described", kMostInterfaces));
    if (const std::uint16_t type = u16(block, 8); type != pcapng::kEthernet)
      fail(fmt::format("interface {} has link type {}, only Ethernet (1) is read", section_.size(),
                       type));
    Interface interface {
      .index = static_cast<std::uint32_t>(names_.size()), .snap_length = u32(block, 12), .clock = {}
    };
    std::string name;
    for (wire::Bytes rest = block.subspan(16, block.size() - 20); rest.size() >= 4;) {
      const std::uint16_t code = u16(rest, 0);
      const std::uint16_t length = u16(rest, 2);
      if (code == pcapng::kEndOfOptions) break;
      if (pcapng::padded(length) > rest.size() - 4)
        fail(fmt::format("option {} of {} octets, {} are left in its block", code, length,
                         rest.size() - 4));
      const wire::Bytes value = rest.subspan(4, length);
      if (code == pcapng::kInterfaceName) name.assign(value.begin(), value.end());
      if (code == pcapng::kTimeResolution) set_resolution(interface.clock, value);
      if (code == pcapng::kTimeOffset) {
        if (length != 8) fail(fmt::format("if_tsoffset of {} octets, it has 8", length));
        interface.clock.offset_seconds = static_cast<std::int64_t>(read<std::uint64_t>(value, 0));
      }
      rest = rest.subspan(4U + pcapng::padded(length));
    }
    names_.push_back(std::move(name));
    section_.push_back(interface);
  }

  void set_resolution(Clock& clock, wire::Bytes value) const {
    if (value.size() != 1) fail(fmt::format("if_tsresol of {} octets, it has 1", value.size()));
    const unsigned exponent = value[0] & 0x7FU;
    clock.multiplier = clock.divisor = 1;
    clock.shift = 0;
    if ((value[0] & 0x80U) != 0) {
      clock.multiplier = 1'000'000'000;
      clock.shift = exponent;
    } else if (exponent <= 27) {
      for (unsigned i = exponent; i < 9; ++i) clock.multiplier *= 10;
      for (unsigned i = 9; i < exponent; ++i) clock.divisor *= 10;
    } else {
      fail(fmt::format("if_tsresol 10^-{}, at most 10^-27 is read", exponent));
    }
  }

  CapturedFrame packet(wire::Bytes block) const {
    const std::uint32_t type = u32(block, 0);
    const bool simple = type == pcapng::kSimplePacket;
    const std::size_t data_at = simple ? 12 : 28;
    if (block.size() < data_at + 4)
      fail(fmt::format("a packet block of {} octets, it has at least {}", block.size(),
                       data_at + 4));
    const auto room = static_cast<std::uint32_t>(block.size() - data_at - 4);
    const std::uint32_t id = simple ? 0 : type == pcapng::kPacket ? u16(block, 8) : u32(block, 8);
    if (id >= section_.size())
      fail(fmt::format("interface {} is not described, there are {}", id, section_.size()));
    const Interface& interface = section_[id];

    CapturedFrame frame{.interface = interface.index, .number = number_ + 1};
    std::uint32_t length = 0;
    if (simple) {
      frame.original_length = u32(block, 8);
      length = frame.original_length;
      if (interface.snap_length != 0) length = std::min(length, interface.snap_length);
    } else {
      length = u32(block, 20);
      frame.original_length = u32(block, 24);
      const auto time = interface.clock.time(ticks(block, 12));
      if (!time) fail("a time outside of 1970 to 2262");
      frame.time = *time;
    }
    if (length > room)
      fail(fmt::format("{} captured octets, its block has room for {}", length, room));
    frame.bytes = block.subspan(data_at, length);
    return frame;
  }

  InputFile input_;
  std::string path_;
  bool swapped_ = false;
  std::uint64_t number_ = 0;  // of the frame that was handed out last
  std::size_t handed_out_ = 0;
  std::vector<Interface> section_;
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<CaptureSource> read_pcapng(FilePointer file, std::string path) {
  return std::make_unique<PcapngSource>(std::move(file), std::move(path));
}

}  // namespace mipvet::net
