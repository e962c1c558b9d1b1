#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/net/file_pointer.h"
#include "engine/wire/bytes.h"

namespace mipvet::net {

/// A file read from front to end through a buffer that shows it in place.
class InputFile {
 public:
  explicit InputFile(FilePointer file) : file_(std::move(file)), buffer_(kChunk) {}

  /// The next `wanted` octets, fewer where the file ends before. They stay the next ones; they live
  /// until the next call.
  wire::Bytes peek(std::size_t wanted) {
    if (end_ - begin_ < wanted) fill(wanted);
    return {buffer_.data() + begin_, std::min(wanted, end_ - begin_)};
  }

  /// Passes over octets; false where the file has fewer.
  bool skip(std::uint64_t count) {
    while (count > 0) {
      const std::size_t step = peek(std::min<std::uint64_t>(count, kChunk)).size();
      if (step == 0) return false;
      begin_ += step;
      offset_ += step;
      count -= step;
    }
    return true;
  }

  /// Place of the next octet in the file.
  std::uint64_t offset() const { return offset_; }
  /// Reading failed (not: the file ended).
  bool failed() const { return std::ferror(file_.get()) != 0; }

 private:
  static constexpr std::size_t kChunk = std::size_t{1} << 18U;

  void fill(std::size_t wanted) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    end_ += std::fread(buffer_.data() + end_, 1, buffer_.size() - end_, file_.get());
  }

  FilePointer file_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace mipvet::net
