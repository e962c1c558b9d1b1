#include "engine/model/text_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "engine/model/network.h"

namespace mipvet::model {

void write_file(const std::string& path, const std::string& content) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"),
                                                             &std::fclose);
  const bool written =
      file != nullptr &&
      std::fwrite(content.data(), 1, content.size(), file.get()) == content.size() &&
      std::fflush(file.get()) == 0;
  if (!written)
    throw InputError(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
}

}  // namespace mipvet::model
