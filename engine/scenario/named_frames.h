#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/scenario/field_path.h"
#include "engine/wire/bytes.h"
#include "engine/wire/packet.h"

namespace mipvet::scenario {

/// A step that cannot be done as things went: it needs a frame that never came, say.
class CannotDo : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The frames that the steps of a run have named so far.
class NamedFrames {
 public:
  explicit NamedFrames(const wire::DecodeOptions& options) : options_(options) {}

  void keep(const std::string& name, wire::Bytes frame);
  /// Throws CannotDo where the frame has not been seen.
  wire::Bytes frame(const std::string& name) const;
  /// Throws CannotDo also where the frame has no such field.
  wire::Value recall(const Recall& recall) const;
  /// The value that an operand has now.
  wire::Value value(const Operand& operand, net::Time now) const;

 private:
  wire::DecodeOptions options_;
  std::map<std::string, wire::Buffer, std::less<>> frames_;
};

}  // namespace mipvet::scenario
