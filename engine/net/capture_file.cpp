#include "engine/net/capture_file.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <pcap/pcap.h>

#include "engine/net/input_file.h"
#include "engine/net/pcapng.h"
#include "engine/net/pcapng_reader.h"

namespace mipvet::net {
namespace {

/// A classic pcap file, read by libpcap.
class PcapSource final : public CaptureSource {
 public:
  PcapSource(FilePointer file, std::string path) : path_(std::move(path)), names_(1) {
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    pcap_.reset(pcap_fopen_offline_with_tstamp_precision(file.get(), PCAP_TSTAMP_PRECISION_NANO,
                                                         error.data()));
    if (!pcap_)
      throw CaptureError(
          fmt::format("{}: frame 1 (byte offset 0): {}, a whole pcap file header is "
                      "needed",
                      path_, error.data()));
    (void)file.release();  // libpcap closes it
    if (const int type = pcap_datalink(pcap_.get()); type != DLT_EN10MB) {
      const char* name = pcap_datalink_val_to_name(type);
      throw CaptureError(
          fmt::format("{}: frame 1 (byte offset 20): link type {} ({}), only Ethernet "
                      "(1) is read",
                      path_, type, name ? name : "unknown"));
    }
  }

  std::optional<CapturedFrame> next() override {
    pcap_pkthdr* header = nullptr;
    const u_char* octets = nullptr;
    const int result = pcap_next_ex(pcap_.get(), &header, &octets);
    if (result == PCAP_ERROR_BREAK) return std::nullopt;
    if (result != 1)
      throw CaptureError(fmt::format("{}: frame {} (byte offset {}): {}, a whole record is needed",
                                     path_, number_ + 1, offset_, pcap_geterr(pcap_.get())));
    offset_ += kRecordHeader + header->caplen;
    // Of a record longer than the snap length libpcap hands out the snap length only.
    if (header->caplen == static_cast<bpf_u_int32>(pcap_snapshot(pcap_.get())))
      if (const auto place = ::ftello(pcap_file(pcap_.get())); place > 0)
        offset_ = static_cast<std::uint64_t>(place);
    // With nanosecond precision tv_usec counts nanoseconds.
    const auto time = std::chrono::seconds(header->ts.tv_sec) + Duration(header->ts.tv_usec);
    return CapturedFrame{.time = Time(time),
                         .interface = 0,
                         .bytes = {octets, header->caplen},
                         .original_length = header->len,
                         .number = ++number_};
  }

  std::span<const std::string> interfaces() const override { return names_; }

 private:
  static constexpr std::uint64_t kFileHeader = 24;
  static constexpr std::uint64_t kRecordHeader = 16;
  struct Close {
    void operator()(pcap_t* pcap) const { pcap_close(pcap); }
  };

  std::string path_;
  std::vector<std::string> names_;
  std::unique_ptr<pcap_t, Close> pcap_;
  std::uint64_t number_ = 0;
  std::uint64_t offset_ = kFileHeader;
};

bool is_pcap(std::uint32_t magic) {
  for (const std::uint32_t known : {0xA1B2C3D4U, 0xA1B23C4DU})
    if (magic == known || magic == __builtin_bswap32(known)) return true;
  return false;
}

// Reads the first four octets and puts them back, which the C library here allows on pipes too.
std::uint32_t peek_magic(std::FILE* file, const std::string& path) {
  std::array<std::uint8_t, 4> octets{};
  const std::size_t length = std::fread(octets.data(), 1, octets.size(), file);
  if (std::ferror(file) != 0)
    throw CaptureError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  if (length < octets.size())
    throw CaptureError(fmt::format(
        "{}: frame 1 (byte offset 0): the file has {} octets, a pcap or pcapng file is needed",
        path, length));
  for (std::size_t i = octets.size(); i > 0; --i)
    if (std::ungetc(octets[i - 1], file) == EOF)
      throw CaptureError(fmt::format("{}: cannot be read from its beginning", path));
  return std::bit_cast<std::uint32_t>(octets);
}

std::unique_ptr<CaptureSource> open_capture(const std::string& path) {
  FilePointer file(std::fopen(path.c_str(), "rbe"));
  if (!file)
    throw CaptureError(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  std::setvbuf(file.get(), nullptr, _IOFBF, std::size_t{1} << 18U);
  const std::uint32_t magic = peek_magic(file.get(), path);
  if (magic == pcapng::kSectionHeader) return read_pcapng(std::move(file), path);
  if (is_pcap(magic)) return std::make_unique<PcapSource>(std::move(file), path);
  throw CaptureError(fmt::format(
      "{}: frame 1 (byte offset 0): begins with {:08x}, a pcap or pcapng file{} is needed", path,
      __builtin_bswap32(magic), (magic & 0xFFFFU) == 0x8B1FU ? " that is not compressed" : ""));
}

}  // namespace

CaptureReader::CaptureReader(const std::filesystem::path& path)
    : source_(open_capture(path.string())) {}

}  // namespace mipvet::net
