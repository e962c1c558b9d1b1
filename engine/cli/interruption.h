#pragma once

#include <stop_token>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace mipvet::cli {

/// Turns the first SIGINT, SIGTERM or SIGHUP into a request to stop, so that what was made is
/// removed and what was found is reported; as long as this lives later ones change nothing, for
/// what is left to be done takes its time only once. Signals that were ignored before stay so.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void wait();

  std::stop_source stop_;
  boost::asio::io_context context_;
  boost::asio::signal_set signals_{context_};
  std::jthread waiting_;
};

}  // namespace mipvet::cli
