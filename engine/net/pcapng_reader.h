#pragma once

#include <memory>
#include <string>

#include "engine/net/capture_file.h"
#include "engine/net/input_file.h"

namespace mipvet::net {

/// Reads a pcapng file's blocks, for libpcap hides which interface a frame was seen on. `path` is
/// for error messages; the file stands at its beginning.
std::unique_ptr<CaptureSource> read_pcapng(FilePointer file, std::string path);

}  // namespace mipvet::net
