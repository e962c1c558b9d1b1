#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/net/file_pointer.h"
#include "engine/net/frame.h"

namespace mipvet::net {

/// One line: "FILE: frame N (byte offset O): what is wrong, what would be right".
class CaptureError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct CapturedFrame {
  Time time{};
  std::uint32_t interface = 0;  ///< index into the names of the file's interfaces
  wire::Bytes bytes{};          ///< live until the next frame is read
  /// Octets on the wire: more than `bytes` where a snap length cut the frame. Written as 0 it means
  /// "as many as `bytes` has".
  std::uint32_t original_length = 0;
  std::uint64_t number = 0;  ///< counts from 1, in the order of the file
};

/// What a capture is read from: one class per file format.
class CaptureSource {
 public:
  virtual ~CaptureSource() = default;
  virtual std::optional<CapturedFrame> next() = 0;
  virtual std::span<const std::string> interfaces() const = 0;
};

/// Reads Ethernet frames from pcap (either byte order, micro- or nanoseconds) and pcapng files, or
/// from a pipe that brings one of them. Memory does not depend on the file's length.
class CaptureReader {
 public:
  /// Throws CaptureError where the file cannot be opened, is no capture or not of Ethernet.
  explicit CaptureReader(const std::filesystem::path& path);

  /// The next frame, nothing at the file's end. Throws CaptureError where the file is damaged; a
  /// file that ends within a record is.
  std::optional<CapturedFrame> next() { return source_->next(); }

  /// Names of the interfaces (if_name of pcapng), "" for one without a name; a pcap file has one
  /// such. Those that are described before the first frame are known from the beginning; an
  /// interface is always known before its first frame. Two may bear the same name.
  std::span<const std::string> interfaces() const { return source_->interfaces(); }

 private:
  std::unique_ptr<CaptureSource> source_;
};

/// Writes pcapng or classic pcap, both with nanoseconds. Everything is on its way to the file
/// after `close`; the destructor closes too, but cannot say what went wrong.
class CaptureWriter {
 public:
  /// A pcapng file with one interface per name and, where given, a comment on the section.
  static CaptureWriter pcapng(const std::filesystem::path& path,
                              std::span<const std::string> interfaces,
                              std::string_view comment = {});
  /// Begins another section of a pcapng file: frames written from now on are of its interfaces.
  void begin_section(std::span<const std::string> interfaces, std::string_view comment = {});
  /// A classic pcap file: one interface, without a name, no comments.
  static CaptureWriter pcap(const std::filesystem::path& path);

  CaptureWriter(CaptureWriter&&) noexcept = default;
  CaptureWriter& operator=(CaptureWriter&&) = delete;
  ~CaptureWriter();

  /// Comments are UTF-8; one of more than 65535 octets is cut there. The frame's number is not
  /// written: it is its place in the file. Throws CaptureError.
  void write(const CapturedFrame& frame, std::span<const std::string> comments = {});
  /// Throws CaptureError where not all of it could be written.
  void close();

 private:
  enum class Format { kPcap, kPcapng };

  CaptureWriter(const std::filesystem::path& path, Format format, std::size_t interfaces);
  void put(wire::Bytes octets);
  void write_pcap_record(const CapturedFrame& frame);
  void write_pcapng_block(const CapturedFrame& frame, std::span<const std::string> comments);
  [[noreturn]] void fail(std::string_view what) const;

  std::string path_;
  Format format_;
  std::size_t interfaces_;
  std::uint64_t written_ = 0;
  FilePointer file_;
  wire::Buffer block_;  // kept from frame to frame, so that none allocates
};

}  // namespace mipvet::net
