#pragma once

#include <cstdio>
#include <memory>

namespace mipvet::net {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePointer = std::unique_ptr<std::FILE, CloseFile>;

}  // namespace mipvet::net
