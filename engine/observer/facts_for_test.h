#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "engine/observer/fact_sink.h"
#include "engine/observer/ike_reading.h"
#include "engine/wire/esp.h"

namespace mipvet::observer::testing {

/// Writes down what an observer tells, a line for each fact: its name, whom it judges, and what
/// tells it from others of its kind.
class Recorder : public FactSink {
 public:
  std::vector<std::string> lines;
  std::vector<std::string> of(std::string_view name) const {
    std::vector<std::string> result;
    for (const std::string& line : lines)
      if (line.starts_with(std::string(name) + ' ')) result.push_back(line.substr(name.size() + 1));
    return result;
  }

  void on(const RequestSent& f) override { add("RequestSent", f, tunnel(f.request)); }
  void on(const RequestRelayed& f) override { add("RequestRelayed", f, tunnel(f.to_ha)); }
  void on(const RequestSettled& f) override {
    add("RequestSettled", f, fmt::format("replies {}", f.replies.size()));
  }
  void on(const ReplySent& f) override { add("ReplySent", f, tunnel(f.reply)); }
  void on(const ReplyRelayed& f) override { add("ReplyRelayed", f, ""); }
  void on(const ReplySettled& f) override { add("ReplySettled", f, ""); }
  void on(const ReplyReceived& f) override { add("ReplyReceived", f, tunnel(f.reply)); }
  void on(const AdvertisementSent& f) override { add("AdvertisementSent", f, ""); }
  void on(const SolicitationSent& f) override { add("SolicitationSent", f, ""); }
  void on(const DatagramSettled& f) override {
    add("DatagramSettled", f, fmt::format("copies {}", f.copies.size()));
  }
  void on(const ReverseTunnelled& f) override {
    add("ReverseTunnelled", f, f.tunnel.source.to_string());
  }
  void on(const ArpSent&) override {}
  void on(const IkeRequestSent& f) override {
    add("IkeRequestSent", f, ike(f.request) + (f.copies > 1 ? " again" : ""));
  }
  void on(const IkeResponseSent& f) override { add("IkeResponseSent", f, ike(f.response)); }
  void on(const IkeRequestSettled& f) override {
    add("IkeRequestSettled", f,
        ike(f.request) + (f.response == nullptr ? " unanswered" : " answered"));
  }
  void on(const IkeExchangeEnded& f) override {
    add("IkeExchangeEnded", f,
        ike(f.request) + (f.response == nullptr ? " given up" : " answered"));
  }
  void on(const IkeSaChanged& f) override {
    static constexpr std::array what{"established", "failed", "rekeyed", "deleted", "abandoned"};
    add("IkeSaChanged", f,
        fmt::format("{}{}{}", what[static_cast<std::size_t>(f.what)],
                    f.sa->mobike() ? " mobike" : "", f.sa->nat() ? " nat" : ""));
  }
  void on(const ChildSaChanged& f) override {
    static constexpr std::array what{"created", "rekeyed", "deleted"};
    add("ChildSaChanged", f,
        fmt::format("{} {:08x} {:08x}{}", what[static_cast<std::size_t>(f.what)],
                    f.child.from[kClient].spi, f.child.from[kGateway].spi,
                    f.by_judged ? " by it" : ""));
  }
  void on(const AddressesUpdated& f) override {
    std::uint32_t on_new = 0;
    std::uint32_t on_old = 0;
    for (const PathUse& use : f.used) {
      on_new += use.on_new;
      on_old += use.on_old + use.late_on_old;
    }
    add("AddressesUpdated", f,
        fmt::format("{} {} new {} old {}", f.response == nullptr ? "given up" : "answered",
                    f.new_path.local.to_string(), on_new, on_old));
  }
  void on(const EspSent& f) override {
    add("EspSent", f,
        fmt::format("{:08x} {} of {}{}{}", f.message[wire::esp::spi],
                    f.message[wire::esp::sequence_number], f.highest,
                    f.protection == Protection::opened ? " opened" : "", f.inner ? " ipv4" : ""));
  }
  void on(const EspSettled& f) override {
    add("EspSettled", f,
        fmt::format("{} delivered {}{}{}", f.sequence_number, f.delivered,
                    f.is_repeated ? " repeated" : "",
                    f.protection == Protection::opened ? "" : " closed"));
  }
  void on(const DatagramForwarded& f) override {
    add("DatagramForwarded", f,
        f.child != nullptr     ? "from ESP"
        : f.arrival != nullptr ? "in clear"
                               : "unseen");
  }
  void on(const KeepaliveSent& f) override {
    add("KeepaliveSent", f, f.is_on_path ? "on path" : "elsewhere");
  }
  void on(const PathRefreshed& f) override {
    add("PathRefreshed", f,
        fmt::format("{} s", std::chrono::duration_cast<std::chrono::seconds>(f.silence).count()));
  }
  void on(const TrafficSent& f) override {
    add("TrafficSent", f,
        fmt::format("{} to {}{}{}", f.place.source.to_string(), f.place.destination.to_string(),
                    f.in_esp ? " in ESP" : "", f.in_mip_tunnel ? " in a MIP tunnel" : ""));
  }
  void on(const RegistrationSent& f) override {
    static constexpr std::array way{"probe", "in VPN", "by agent", "at home", "other"};
    add("RegistrationSent", f, way[static_cast<std::size_t>(f.way)]);
  }
  void on(const StayReviewed& f) override {
    static constexpr std::array moment{"parallel", "inside",       "converged", "inside_converged",
                                       "never",    "inside_never", "left"};
    add("StayReviewed", f,
        fmt::format("{} {} probes {}{}{}", f.network.link(f.stay.link).name,
                    moment[static_cast<std::size_t>(f.moment)], f.stay.probes,
                    f.stay.update ? " update" : "", f.stay.ike_sa_init ? " init" : ""));
  }

 private:
  void add(std::string_view name, const Fact& fact, const std::string& rest) {
    lines.push_back(fmt::format("{} {}{}{}", name,
                                fact.judged == model::kNobody ? "nobody" : fact.node().name,
                                rest.empty() ? "" : " ", rest));
  }
  static std::string tunnel(const Place& place) { return place.in_esp ? "in ESP" : "in clear"; }
  static std::string ike(const IkeMessage& message) {
    static constexpr std::array protection{"clear", "opened", "not authentic", "no key"};
    return fmt::format("{} {} {}{}{}", message.layout->name, message.message_id(),
                       protection[static_cast<std::size_t>(message.protection)],
                       is_address_update(message) ? " update" : "",
                       message.auth == Check::valid     ? " auth valid"
                       : message.auth == Check::invalid ? " auth invalid"
                                                        : "");
  }
};

}  // namespace mipvet::observer::testing
