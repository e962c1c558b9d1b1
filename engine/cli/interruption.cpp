#include "engine/cli/interruption.h"

#include <csignal>

namespace mipvet::cli {

namespace {

/// As a shell has it for what it starts in the background, or nohup.
bool is_ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interruption::Interruption() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    if (!is_ignored(number)) signals_.add(number);
  wait();
  waiting_ = std::jthread([this] { context_.run(); });
}

Interruption::~Interruption() {
  context_.stop();
}

void Interruption::wait() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    stop_.request_stop();
    wait();
  });
}

}  // namespace mipvet::cli
