#include <bit>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "engine/net/capture_file.h"
#include "engine/net/pcapng.h"

namespace mipvet::net {
namespace {

// What libpcap and tshark take at most as one Ethernet frame.
constexpr std::uint32_t kLongestFrame = 262144;
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

// Both formats are written in this machine's byte order, as they provide for.
template <typename Number>
void append(wire::Buffer& to, Number number) {
  const auto octets = std::bit_cast<std::array<std::uint8_t, sizeof(Number)>>(number);
  to.insert(to.end(), octets.begin(), octets.end());
}

void append_padded(wire::Buffer& to, wire::Bytes octets) {
  to.insert(to.end(), octets.begin(), octets.end());
  to.resize((to.size() + 3U) & ~std::size_t{3}, 0);
}

void append_option(wire::Buffer& to, std::uint16_t code, std::string_view text) {
  std::size_t length = std::min<std::size_t>(text.size(), 0xFFFF);
  // Never within a UTF-8 character.
  if (length < text.size())
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) --length;
  append(to, code);
  append(to, static_cast<std::uint16_t>(length));
  append_padded(to, {reinterpret_cast<const std::uint8_t*>(text.data()), length});
}

void append_end_of_options(wire::Buffer& to) {
  append(to, std::uint32_t{pcapng::kEndOfOptions});
}

void begin_block(wire::Buffer& block, std::uint32_t type) {
  block.clear();
  append(block, type);
  append(block, std::uint32_t{0});  // its length, known at its end
}

void end_block(wire::Buffer& block) {
  const auto length = static_cast<std::uint32_t>(block.size() + 4);
  append(block, length);
  std::memcpy(block.data() + 4, &length, sizeof length);
}

}  // namespace

CaptureWriter::CaptureWriter(const std::filesystem::path& path, Format format,
                             std::size_t interfaces)
    : path_(path.string()),
      format_(format),
      interfaces_(interfaces),
      file_(std::fopen(path_.c_str(), "wbe")) {
  if (!file_)
    throw CaptureError(
        fmt::format("{}: cannot be opened for writing: {}", path_, std::strerror(errno)));
  std::setvbuf(file_.get(), nullptr, _IOFBF, std::size_t{1} << 18U);
}

CaptureWriter CaptureWriter::pcapng(const std::filesystem::path& path,
                                    std::span<const std::string> interfaces,
                                    std::string_view comment) {
  CaptureWriter writer(path, Format::kPcapng, interfaces.size());
  writer.begin_section(interfaces, comment);
  return writer;
}

void CaptureWriter::begin_section(std::span<const std::string> interfaces,
                                  std::string_view comment) {
  if (format_ != Format::kPcapng) fail("a section, which only pcapng can hold");
  interfaces_ = interfaces.size();
  wire::Buffer& block = block_;
  begin_block(block, pcapng::kSectionHeader);
  append(block, pcapng::kByteOrderMagic);
  append(block, std::uint16_t{1});  // version 1.0
  append(block, std::uint16_t{0});
  append(block, ~std::uint64_t{0});  // the section's length, left open
  if (!comment.empty()) append_option(block, pcapng::kComment, comment);
  append_option(block, pcapng::kUserApplication, "mipvet");
  append_end_of_options(block);
  end_block(block);
  put(block);
  for (const std::string& name : interfaces) {
    begin_block(block, pcapng::kInterfaceDescription);
    append(block, pcapng::kEthernet);
    append(block, std::uint16_t{0});
    append(block, kLongestFrame);
    append_option(block, pcapng::kInterfaceName, name);
    append_option(block, pcapng::kTimeResolution, "\x09");  // 10^-9 s
    append_end_of_options(block);
    end_block(block);
    put(block);
  }
}

CaptureWriter CaptureWriter::pcap(const std::filesystem::path& path) {
  CaptureWriter writer(path, Format::kPcap, 1);
  wire::Buffer& header = writer.block_;
  append(header, std::uint32_t{0xA1B23C4D});  // nanoseconds
  append(header, std::uint16_t{2});           // version 2.4
  append(header, std::uint16_t{4});
  append(header, std::uint64_t{0});
  append(header, kLongestFrame);
  append(header, std::uint32_t{pcapng::kEthernet});
  writer.put(header);
  return writer;
}

CaptureWriter::~CaptureWriter() = default;

void CaptureWriter::fail(std::string_view what) const {
  throw CaptureError(fmt::format("{}: frame {}: {}", path_, written_ + 1, what));
}

void CaptureWriter::put(wire::Bytes octets) {
  if (!file_) fail("the file is closed already");
  if (std::fwrite(octets.data(), 1, octets.size(), file_.get()) != octets.size())
    fail(fmt::format("cannot be written: {}", std::strerror(errno)));
}

void CaptureWriter::write(const CapturedFrame& frame, std::span<const std::string> comments) {
  if (frame.bytes.size() > kLongestFrame)
    fail(fmt::format("{} octets, at most {} can be written", frame.bytes.size(), kLongestFrame));
  if (frame.interface >= interfaces_)
    fail(fmt::format("interface {}, the file has {}", frame.interface, interfaces_));
  if (frame.time.time_since_epoch().count() < 0) fail("a time before 1970");
  if (format_ == Format::kPcap && !comments.empty())
    fail("has comments, which only pcapng can hold");
  block_.clear();
  if (format_ == Format::kPcap)
    write_pcap_record(frame);
  else
    write_pcapng_block(frame, comments);
  put(block_);
  ++written_;
}

void CaptureWriter::write_pcap_record(const CapturedFrame& frame) {
  const auto time = static_cast<std::uint64_t>(frame.time.time_since_epoch().count());
  const std::uint64_t seconds = time / kNanosecondsPerSecond;
  const auto length = static_cast<std::uint32_t>(frame.bytes.size());
  if (seconds > 0xFFFFFFFFU) fail("a time after 2106, which only pcapng can hold");
  append(block_, static_cast<std::uint32_t>(seconds));
  append(block_, static_cast<std::uint32_t>(time % kNanosecondsPerSecond));
  append(block_, length);
  append(block_, frame.original_length == 0 ? length : frame.original_length);
  block_.insert(block_.end(), frame.bytes.begin(), frame.bytes.end());
}

void CaptureWriter::write_pcapng_block(const CapturedFrame& frame,
                                       std::span<const std::string> comments) {
  const auto time = static_cast<std::uint64_t>(frame.time.time_since_epoch().count());
  const auto length = static_cast<std::uint32_t>(frame.bytes.size());
  begin_block(block_, pcapng::kEnhancedPacket);
  append(block_, frame.interface);
  append(block_, static_cast<std::uint32_t>(time >> 32U));
  append(block_, static_cast<std::uint32_t>(time));
  append(block_, length);
  append(block_, frame.original_length == 0 ? length : frame.original_length);
  append_padded(block_, frame.bytes);
  if (!comments.empty()) {
    for (const std::string& comment : comments) append_option(block_, pcapng::kComment, comment);
    append_end_of_options(block_);
  }
  end_block(block_);
}

void CaptureWriter::close() {
  if (!file_) return;
  // The buffer may meet a full disk only now.
  const bool flushed = std::fflush(file_.get()) == 0;
  const int flush_error = errno;
  if (!flushed) {
    file_.reset();
    throw CaptureError(fmt::format("{}: cannot be written: {}", path_, std::strerror(flush_error)));
  }
  if (std::fclose(file_.release()) != 0)
    throw CaptureError(fmt::format("{}: cannot be closed: {}", path_, std::strerror(errno)));
}

}  // namespace mipvet::net
