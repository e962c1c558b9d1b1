#include "engine/cli/interruption.h"

namespace mipvet::cli {

Interruption::Interruption() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    signals_.clear();
    stop_.request_stop();
  });
  waiting_ = std::jthread([this] { context_.run(); });
}

Interruption::~Interruption() {
  context_.stop();
}

}  // namespace mipvet::cli
