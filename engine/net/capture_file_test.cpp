#include "engine/net/capture_file.h"

#include <fstream>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "engine/net/shell_for_test.h"
#include "engine/net/temporary_directory.h"
#include "engine/wire/allocations_for_test.h"

namespace mipvet::net {
namespace {

using mipvet::testing::allocations_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A frame with all that it needs to be compared.
struct Kept {
  Time time;
  std::uint32_t interface;
  wire::Buffer bytes;
  std::uint32_t original_length;
  std::uint64_t number;
  bool operator==(const Kept&) const = default;
};

std::vector<Kept> all_of(CaptureReader& reader) {
  std::vector<Kept> frames;
  while (const auto frame = reader.next())
    frames.push_back({frame->time,
                      frame->interface,
                      {frame->bytes.begin(), frame->bytes.end()},
                      frame->original_length,
                      frame->number});
  return frames;
}

Time at(std::int64_t nanoseconds) {
  return Time(Duration(nanoseconds));
}
constexpr std::int64_t kBegin = 1'767'225'600'123'456'789;

/// Broadcast UDP/IPv4 of some length, so that witnesses have something to dissect.
wire::Buffer some_frame(std::size_t payload) {
  wire::Buffer frame{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 1, 0x88, 0xB5};
  for (std::size_t i = 0; i < payload; ++i) frame.push_back(static_cast<std::uint8_t>(i));
  return frame;
}

/// A file made octet by octet, in either byte order.
class Made {
 public:
  explicit Made(bool big_endian) : big_endian_(big_endian) {}

  Made& u16(unsigned value) { return number(value, 2); }
  Made& u32(std::uint64_t value) { return number(value, 4); }
  Made& u64(std::uint64_t value) { return number(value, 8); }
  Made& raw(const wire::Buffer& more) {
    octets.insert(octets.end(), more.begin(), more.end());
    return *this;
  }
  Made& block(std::uint32_t type, const Made& body) {
    const std::size_t length = (body.octets.size() + 3) / 4 * 4;
    u32(type).u32(length + 12).raw(body.octets).raw(wire::Buffer(length - body.octets.size()));
    return u32(length + 12);
  }
  Made& section() {
    return block(0x0A0D0D0A, Made(big_endian_).u32(0x1A2B3C4D).u16(1).u16(0).u64(~0ULL));
  }
  Made& interface(const wire::Buffer& options = {}, unsigned link_type = 1) {
    return block(1, Made(big_endian_).u16(link_type).u16(0).u32(0).raw(options));
  }
  Made& packet(std::uint32_t interface, std::uint64_t ticks, const wire::Buffer& frame) {
    return block(6, Made(big_endian_)
                        .u32(interface)
                        .u32(ticks >> 32U)
                        .u32(ticks & 0xFFFFFFFFU)
                        .u32(frame.size())
                        .u32(frame.size() + 5)
                        .raw(frame));
  }
  Made& pcap(std::uint32_t magic, std::uint32_t link_type = 1) {
    return u32(magic).u16(2).u16(4).u64(0).u32(65535).u32(link_type);
  }
  Made& record(std::uint32_t seconds, std::uint32_t fraction, const wire::Buffer& frame) {
    return u32(seconds).u32(fraction).u32(frame.size()).u32(frame.size() + 5).raw(frame);
  }

  wire::Buffer octets;

 private:
  Made& number(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i)
      octets.push_back(static_cast<std::uint8_t>(value >> 8U * (big_endian_ ? size - 1 - i : i)));
    return *this;
  }

  bool big_endian_;
};

class CaptureFileTest : public ::testing::Test {
 protected:
  std::filesystem::path file(const wire::Buffer& octets) {
    std::ofstream out(directory_ / "made", std::ios::binary);
    out.write(reinterpret_cast<const char*>(octets.data()),
              static_cast<std::streamsize>(octets.size()));
    return directory_ / "made";
  }
  std::vector<Kept> read(const std::filesystem::path& path) {
    CaptureReader reader(path);
    return all_of(reader);
  }
  std::vector<Kept> read(const Made& made) { return read(file(made.octets)); }
  /// The error without the file's directory; "" where there is none.
  std::string error_of(const wire::Buffer& octets) {
    try {
      read(file(octets));
      return {};
    } catch (const CaptureError& error) {
      const std::string text = error.what();
      EXPECT_THAT(text, ::testing::Not(HasSubstr("\n")));
      EXPECT_THAT(text, ::testing::StartsWith((directory_ / "made: ").string()));
      return text.substr((directory_ / "made: ").string().size());
    }
  }
  std::string error_of(const Made& made) { return error_of(made.octets); }

  /// Two links, three frames, the second one with comments and cut short by a snap length.
  std::filesystem::path written() {
    const std::vector<std::string> links{"private", "a link whose name is longer than IFNAMSIZ"};
    auto writer = CaptureWriter::pcapng(directory_ / "w.pcapng", links, "a run");
    writer.write({.time = at(kBegin), .interface = 1, .bytes = some_frame(40)});
    writer.write(
        {.time = at(kBegin + 1), .interface = 0, .bytes = some_frame(41), .original_length = 999},
        std::vector<std::string>{"first comment", "zweite Bemerkung: ü"});
    writer.write({.time = at(kBegin + 2'000'000'000), .interface = 1, .bytes = some_frame(46)});
    writer.close();
    return directory_ / "w.pcapng";
  }

  TemporaryDirectory directory_;
};

TEST_F(CaptureFileTest, WhatIsWrittenAsPcapngIsRead) {
  CaptureReader reader(written());
  EXPECT_THAT(reader.interfaces(),
              ElementsAre("private", "a link whose name is longer than IFNAMSIZ"));
  EXPECT_THAT(all_of(reader),
              ElementsAre(Kept{at(kBegin), 1, some_frame(40), 54, 1},
                          Kept{at(kBegin + 1), 0, some_frame(41), 999, 2},
                          Kept{at(kBegin + 2'000'000'000), 1, some_frame(46), 60, 3}));
}

TEST_F(CaptureFileTest, SectionsAreWrittenWithInterfacesOfTheirOwn) {
  const std::vector<std::string> first = {"private", "public"};
  const std::vector<std::string> second = {"home"};
  {
    auto writer = CaptureWriter::pcapng(directory_ / "s.pcapng", first, "one");
    writer.write({.time = at(kBegin), .interface = 1, .bytes = some_frame(40)});
    writer.begin_section(second, "two");
    writer.write({.time = at(kBegin - 5), .interface = 0, .bytes = some_frame(41)});
    EXPECT_THROW(writer.write({.time = at(kBegin), .interface = 1, .bytes = some_frame(42)}),
                 CaptureError);
  }
  CaptureReader reader(directory_ / "s.pcapng");
  EXPECT_THAT(all_of(reader), ElementsAre(Kept{at(kBegin), 1, some_frame(40), 54, 1},
                                          Kept{at(kBegin - 5), 2, some_frame(41), 55, 2}));
  EXPECT_THAT(reader.interfaces(), ElementsAre("private", "public", "home"));
  auto plain = CaptureWriter::pcap(directory_ / "s.pcap");
  EXPECT_THROW(plain.begin_section(second), CaptureError);
}

TEST_F(CaptureFileTest, WhatIsWrittenAsPcapIsRead) {
  {
    auto writer = CaptureWriter::pcap(directory_ / "w.pcap");
    writer.write({.time = at(kBegin), .bytes = some_frame(40)});
    writer.write({.time = at(kBegin + 1), .bytes = some_frame(0), .original_length = 99});
  }  // closes
  CaptureReader reader(directory_ / "w.pcap");
  EXPECT_THAT(reader.interfaces(), ElementsAre(""));
  EXPECT_THAT(all_of(reader), ElementsAre(Kept{at(kBegin), 0, some_frame(40), 54, 1},
                                          Kept{at(kBegin + 1), 0, some_frame(0), 99, 2}));
}

TEST_F(CaptureFileTest, TsharkReadsWhatIsWritten) {
  const std::string path = written();
  EXPECT_EQ(output_of("tshark -r " + path +
                      " -T fields -E separator='|' -E aggregator=';' -e frame.number "
                      "-e frame.interface_name -e frame.time_epoch -e frame.cap_len -e frame.len "
                      "-e frame.comment -e eth.src 2>/dev/null"),
            "1|a link whose name is longer than IFNAMSIZ|1767225600.123456789|54|54||"
            "02:00:00:00:00:01\n"
            "2|private|1767225600.123456790|55|999|first comment;zweite Bemerkung: ü|"
            "02:00:00:00:00:01\n"
            "3|a link whose name is longer than IFNAMSIZ|1767225602.123456789|60|60||"
            "02:00:00:00:00:01\n");
  const std::string about = output_of("capinfos -M " + path);
  EXPECT_THAT(about, ::testing::ContainsRegex("Capture application: +mipvet"));
  EXPECT_THAT(about, ::testing::ContainsRegex("Capture comment: +a run"));
}

TEST_F(CaptureFileTest, WhatWiresharksToolsWriteIsRead) {
  const auto frames = read(written());
  output_of(
      fmt::format("cd {} && editcap -F pcapng w.pcapng again.pcapng && "
                  "editcap -F nsecpcap -r w.pcapng nano.pcap 1 && "
                  "editcap -F pcap -r w.pcapng micro.pcap 1 && "
                  "mergecap -F pcapng -w merged.pcapng nano.pcap again.pcapng",
                  (directory_ / "").string()));
  EXPECT_EQ(read(directory_ / "again.pcapng"), frames);
  const Kept first{at(kBegin), 0, some_frame(40), 54, 1};
  EXPECT_THAT(read(directory_ / "nano.pcap"), ElementsAre(first));
  Kept coarse = first;
  coarse.time = at(kBegin - 789);
  EXPECT_THAT(read(directory_ / "micro.pcap"), ElementsAre(coarse));
  CaptureReader merged(directory_ / "merged.pcapng");
  EXPECT_EQ(all_of(merged).size(), 4U);
  EXPECT_THAT(merged.interfaces(), ::testing::Contains("private"));
}

TEST_F(CaptureFileTest, PcapOfEitherByteOrderAndPrecisionIsRead) {
  for (const bool big_endian : {false, true}) {
    const Kept expected{at(5'000'007'000), 0, some_frame(3), 22, 1};
    EXPECT_THAT(read(Made(big_endian).pcap(0xA1B2C3D4).record(5, 7, some_frame(3))),
                ElementsAre(expected));
    EXPECT_THAT(read(Made(big_endian).pcap(0xA1B23C4D).record(5, 7000, some_frame(3))),
                ElementsAre(expected));
  }
}

TEST_F(CaptureFileTest, PcapngOfEitherByteOrderIsRead) {
  for (const bool big_endian : {false, true}) {
    Made made(big_endian);
    const wire::Buffer options = Made(big_endian)
                                     .u16(2)
                                     .u16(3)
                                     .raw({'l', 'a', 'n', 0})  // if_name
                                     .u16(9)
                                     .u16(1)
                                     .raw({9, 0, 0, 0})  // if_tsresol
                                     .u16(14)
                                     .u16(8)
                                     .u64(100)  // if_tsoffset
                                     .u32(0)
                                     .octets;
    made.section().interface().block(0x0BAD, Made(big_endian).u32(1)).packet(0, 7, some_frame(1));
    made.interface(options).packet(1, 7, some_frame(2));
    made.block(3, Made(big_endian).u32(17).raw(some_frame(3)));  // simple packet
    made.block(2, Made(big_endian).u16(1).u16(0).u32(0).u32(8).u32(14).u32(14).raw(some_frame(0)));
    CaptureReader reader(file(made.octets));
    EXPECT_THAT(reader.interfaces(), ElementsAre(""));
    EXPECT_THAT(all_of(reader), ElementsAre(Kept{at(7000), 0, some_frame(1), 20, 1},
                                            Kept{at(100'000'000'007), 1, some_frame(2), 21, 2},
                                            Kept{at(0), 0, some_frame(3), 17, 3},
                                            Kept{at(100'000'000'008), 1, some_frame(0), 14, 4}));
    EXPECT_THAT(reader.interfaces(), ElementsAre("", "lan"));
  }
}

TEST_F(CaptureFileTest, ASectionHasItsOwnInterfacesAndByteOrder) {
  Made big(true);
  big.section().interface().packet(0, 2, some_frame(2));
  const Made both = Made(false).section().interface().packet(0, 1, some_frame(1)).raw(big.octets);
  EXPECT_THAT(read(both), ElementsAre(Kept{at(1000), 0, some_frame(1), 20, 1},
                                      Kept{at(2000), 1, some_frame(2), 21, 2}));
}

TEST_F(CaptureFileTest, TimeIsCountedAsTheInterfaceSays) {
  const auto time = [&](std::uint8_t resolution, std::uint64_t ticks) {
    const wire::Buffer option = Made(false).u16(9).u16(1).raw({resolution, 0, 0, 0}).u32(0).octets;
    return read(Made(false).section().interface(option).packet(0, ticks, some_frame(0)))
        .at(0)
        .time.time_since_epoch()
        .count();
  };
  EXPECT_EQ(time(0, 3), 3'000'000'000);
  EXPECT_EQ(time(3, 3), 3'000'000);
  EXPECT_EQ(time(12, 3999), 3);
  EXPECT_EQ(time(27, 1'000'000'000'000'000'000), 1);
  EXPECT_EQ(time(0x80 | 1, 3), 1'500'000'000);
  EXPECT_EQ(time(0x80 | 32, 0x1'8000'0000), 1'500'000'000);
  EXPECT_EQ(time(0x80 | 127, ~0ULL), 0);
  EXPECT_THROW(time(0, ~0ULL), CaptureError);
  EXPECT_THROW(time(28, 1), CaptureError);
}

TEST_F(CaptureFileTest, APipeIsReadToo) {
  const std::string pipe = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const Made& made : {Made(false).pcap(0xA1B2C3D4).record(5, 7, some_frame(1)),
                           Made(true).section().interface().packet(0, 1, some_frame(1))}) {
    std::thread writer([&] {
      std::ofstream(pipe, std::ios::binary)
          .write(reinterpret_cast<const char*>(made.octets.data()),
                 static_cast<std::streamsize>(made.octets.size()));
    });
    EXPECT_EQ(read(pipe).size(), 1U);
    writer.join();
  }
}

TEST_F(CaptureFileTest, AFileCutAnywhereButBetweenRecordsIsDamaged) {
  const Made pcap =
      Made(false).pcap(0xA1B2C3D4).record(1, 1, some_frame(3)).record(1, 2, some_frame(3));
  const Made pcapng =
      Made(true).section().interface().packet(0, 1, some_frame(3)).block(0x0BAD, Made(true).u32(1));
  for (const auto& [whole, ends] :
       {std::pair{pcap.octets, std::set<std::size_t>{24, 57, 90}},
        std::pair{pcapng.octets, std::set<std::size_t>{28, 48, 100, 116}}}) {
    for (std::size_t length = 0; length <= whole.size(); ++length) {
      wire::Buffer cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      EXPECT_EQ(error_of(cut).empty(), ends.contains(length)) << length << ": " << error_of(cut);
    }
  }
}

TEST_F(CaptureFileTest, AnyOctetMayBeWrong) {
  const wire::Buffer option = Made(false)
                                  .u16(2)
                                  .u16(3)
                                  .raw({'l', 'a', 'n', 0})
                                  .u16(9)
                                  .u16(1)
                                  .raw({9, 0, 0, 0})
                                  .u32(0)
                                  .octets;
  const Made pcap = Made(false).pcap(0xA1B2C3D4).record(1, 1, some_frame(3));
  const Made pcapng = Made(false)
                          .section()
                          .interface(option)
                          .packet(0, 1, some_frame(3))
                          .block(3, Made(false).u32(17).raw(some_frame(3)));
  for (const wire::Buffer& whole : {pcap.octets, pcapng.octets})
    for (std::size_t place = 0; place < whole.size(); ++place)
      for (const unsigned wrong : {0x00U, 0x01U, 0x7FU, 0x80U, 0xFFU}) {
        wire::Buffer damaged = whole;
        damaged[place] = static_cast<std::uint8_t>(wrong);
        error_of(damaged);  // read or refused with one line, nothing else
      }
}

TEST_F(CaptureFileTest, ErrorsSayWhereAndWhatWouldBeRight) {
  EXPECT_EQ(error_of(wire::Buffer{1, 2}),
            "frame 1 (byte offset 0): the file has 2 octets, a pcap or pcapng file is needed");
  EXPECT_EQ(error_of(wire::Buffer{0x1F, 0x8B, 8, 0}),
            "frame 1 (byte offset 0): begins with 1f8b0800, a pcap or pcapng file that is not "
            "compressed is needed");
  EXPECT_EQ(error_of(Made(false).pcap(0xA1B2C3D4, 113)),
            "frame 1 (byte offset 20): link type 113 (LINUX_SLL), only Ethernet (1) is read");
  Made cut = Made(false).pcap(0xA1B2C3D4).record(1, 1, some_frame(3)).record(1, 1, some_frame(3));
  cut.octets.resize(80);
  EXPECT_EQ(error_of(cut),
            "frame 2 (byte offset 57): truncated dump file; tried to read 17 captured bytes, only "
            "got 7, a whole record is needed");
  EXPECT_EQ(error_of(Made(false).section().packet(0, 1, some_frame(0))),
            "frame 1 (byte offset 28): interface 0 is not described, there are 0");
  EXPECT_EQ(error_of(Made(false).section().interface({}, 113)),
            "frame 1 (byte offset 28): interface 0 has link type 113, only Ethernet (1) is read");
  EXPECT_EQ(error_of(Made(false).section().interface(Made(false).u16(2).u16(9).u32(0).octets)),
            "frame 1 (byte offset 28): option 2 of 9 octets, 4 are left in its block");
  EXPECT_EQ(error_of(Made(false).section().u32(6).u32(0xFFFFFFFC).u32(0)),
            "frame 1 (byte offset 28): a block of 4294967292 octets, at most 16777216 are read");
  EXPECT_THROW(CaptureReader(directory_ / "none"), CaptureError);
  EXPECT_THROW(CaptureReader(directory_ / ""), CaptureError);
}

TEST_F(CaptureFileTest, WhatCannotBeWrittenIsAnError) {
  EXPECT_THROW(CaptureWriter::pcap(directory_ / "none/w.pcap"), CaptureError);
  auto full = CaptureWriter::pcap("/dev/full");
  full.write({.time = at(1), .bytes = some_frame(3)});
  EXPECT_THROW(full.close(), CaptureError);
  EXPECT_THROW(full.write({.time = at(1), .bytes = some_frame(3)}), CaptureError);

  auto writer = CaptureWriter::pcap(directory_ / "w.pcap");
  EXPECT_THROW(writer.write({.time = at(1), .interface = 1}), CaptureError);
  EXPECT_THROW(writer.write({.time = at(-1)}), CaptureError);
  EXPECT_THROW(writer.write({.time = at(5'000'000'000'000'000'000)}), CaptureError);
  EXPECT_THROW(writer.write({.time = at(1)}, std::vector<std::string>{"comment"}), CaptureError);
  EXPECT_THROW(writer.write({.bytes = some_frame(262144)}), CaptureError);
}

TEST_F(CaptureFileTest, AnEndlessCommentIsCutBetweenCharacters) {
  std::string comment = "x";
  while (comment.size() < 70000) comment += "ü";
  {
    auto writer = CaptureWriter::pcapng(directory_ / "w.pcapng", std::vector<std::string>{"lan"});
    writer.write({.time = at(1), .bytes = some_frame(3)}, {&comment, 1});
  }
  EXPECT_EQ(read(directory_ / "w.pcapng").size(), 1U);
  EXPECT_EQ(output_of("tshark -r " + (directory_ / "w.pcapng").string() +
                      " -T fields -e frame.comment 2>/dev/null | wc -c"),
            "65536\n");  // 65535 and the end of the line
}

TEST_F(CaptureFileTest, ReadingAndWritingAFrameAllocatesNothing) {
  const wire::Buffer frame = some_frame(80);
  const std::vector<std::string> links{"lan"};
  for (const bool pcapng : {false, true}) {
    auto writer = pcapng ? CaptureWriter::pcapng(directory_ / "w", links)
                         : CaptureWriter::pcap(directory_ / "w");
    writer.write({.time = at(1), .bytes = frame});
    EXPECT_EQ(allocations_of([&] {
                for (int i = 0; i < 10000; ++i) writer.write({.time = at(i), .bytes = frame});
              }),
              0U);
    writer.close();

    CaptureReader reader(directory_ / "w");
    reader.next();
    std::size_t count = 0;
    EXPECT_EQ(allocations_of([&] {
                while (reader.next()) ++count;
              }),
              0U);
    EXPECT_EQ(count, 10000U);
  }
}

}  // namespace
}  // namespace mipvet::net
