#include "roles/ike_deviation_tables.h"

/// RFC 7296: what a receiver does wrong with messages that are odd, forged, or none of its own.
namespace mipvet::roles {
namespace {

/// Only one side can be odd at a time, so that each side has a scenario of its own.
struct Situation {
  std::string_view of_gateway;  ///< shows what the initiator does wrong
  std::string_view of_client;   ///< shows what the responder does wrong
};
constexpr Situation kOddMessages{"mobike/odd-messages-of-gateway", "mobike/odd-messages-of-client"};
constexpr Situation kOddNumbers{"mobike/odd-numbers-of-gateway", "mobike/odd-numbers-of-client"};

struct Fault {
  const Situation& met_in;
  std::string_view id;
  std::string_view text;
  std::vector<std::string_view> also;
};

std::vector<Fault> faults_of_both() {
  return {
      {kOddNumbers, "RFC7296-2.3-05", "answers requests outside the window", {"RFC7296-2.2-05"}},
      {kOddMessages, "RFC7296-2.5-01", "minds the minor version", {}},
      {kOddMessages, "RFC7296-2.5-03", "minds reserved bits", {}},
      {kOddMessages, "RFC7296-2.5-04", "minds unknown payloads", {}},
      {kOddMessages,
       "RFC7296-2.5-05",
       "passes over unknown critical payloads",
       {"RFC7296-2.21.3-01"}},
      {kOddMessages, "RFC7296-2.5-07", "minds the critical bit of known payloads", {}},
      {kOddMessages, "RFC7296-2.5-09", "minds the order of payloads", {}},
      {kOddMessages, "RFC7296-2.21-01", "answers a faulty response", {}},
      {kOddMessages, "RFC7296-3.1-04", "minds unused flags", {}},
      {kOddNumbers, "RFC7296-3.1-05", "answers a response", {}},
      {kOddMessages, "RFC7296-3.10-02", "minds the protocol of notifications", {}},
      {kOddMessages, "RFC7296-3.10.1-01", "takes an unknown error as success", {}},
      {kOddMessages, "RFC7296-3.10.1-02", "minds unknown notifications", {}},
      {kOddMessages, "RFC7296-3.15.1-04", "minds unknown attributes", {}},
  };
}

std::vector<IkeDeviation> all() {
  using enum IkeSide;
  std::vector<IkeDeviation> list{
      {both,
       {"RFC7296-1.5-02",
        "believes an unprotected INVALID_SPI",
        "mobike/forged-messages",
        {"RFC7296-2.4-02"}}},
      {responder,
       {"RFC7296-1.5-03",
        "copies another message id into INVALID_MAJOR_VERSION",
        "mobike/odd-messages-of-client",
        {"RFC7296-2.2-04"}}},
      {both,
       {"RFC7296-2.4-02",
        "gives the IKE SA up because of an unprotected error",
        "mobike/forged-messages",
        {"RFC7296-1.5-02", "RFC7296-2.21.4-03"}}},
      {responder, {"RFC7296-2.5-02", "takes major version 3", "mobike/odd-messages-of-client"}},
      {responder,
       {"RFC7296-2.21.2-02", "calls a malformed IKE_AUTH a failed authentication",
        "mobike/odd-messages-of-client"}},
      {both,
       {"RFC7296-2.21.4-01",
        "answers a response of an unknown IKE SA",
        "mobike/unknown-ike-sa",
        {"RFC7296-3.1-05"}}},
      {both,
       {"RFC7296-2.21.4-02",
        "copies another message id into INVALID_IKE_SPI",
        "mobike/unknown-ike-sa",
        {"RFC7296-1.5-03"}}},
      {both,
       {"RFC7296-2.21.4-03",
        "believes an unprotected INVALID_IKE_SPI",
        "mobike/forged-messages",
        {"RFC7296-2.4-02"}}},
      {responder,
       {"RFC7296-3.3.6-03", "refuses an offer that has unknown transforms, too",
        "mobike/odd-messages-of-client"}},
      {both,
       {"RFC7296-3.14-02",
        "minds padding longer than it needs",
        "mobike/long-messages",
        {"RFC7296-1.4-02", "RFC7296-2.23-06"}}},
      {both,
       {"RFC7296-3.14-03", "gives the IKE SA up because of a wrong checksum",
        "mobike/forged-messages"}},
  };
  for (const Fault& one : faults_of_both()) {
    list.push_back({initiator, {one.id, one.text, one.met_in.of_gateway, one.also}});
    list.push_back({responder, {one.id, one.text, one.met_in.of_client, one.also}});
  }
  return list;
}

}  // namespace

std::span<const IkeDeviation> ike_receiver_deviations() {
  static const std::vector<IkeDeviation> list = all();
  return list;
}

}  // namespace mipvet::roles
