#include "engine/rules/unjudged.h"

#include <algorithm>
#include <array>

namespace mipvet::rules {

namespace {

constexpr std::string_view kOneClient = "the networks of these flows have one client";
constexpr std::string_view kTimes = "the times of a product's liveness checks are not declared";
constexpr std::string_view kOtherFailure =
    "an attempt may fail for other reasons than the forged message";
constexpr std::string_view kTfc =
    "this padding is not told apart from what an inner protocol holds beyond its length";
constexpr std::string_view kUnreadable =
    "what it holds cannot be read, nor told from other datagrams inside";

constexpr auto kUnjudged = std::to_array<Unjudged>({
    // MOBIKE.
    {"RFC4555-3.1-01",
     "which pairs of addresses a client has is its configuration; IKE_SA_INIT on another pair "
     "looks "
     "like any other"},
    {"RFC4555-3.5-02",
     "ICMP errors that a client is told of are not told apart from those that its kernel keeps to "
     "itself"},
    {"RFC4555-3.5-12",
     "which pairs the policy of a gateway forbids is not declared; what a refusal carries is "
     "judged "
     "by RFC4555-4.1.1-01 and 3.5-13"},
    {"RFC4555-3.5-21",
     "that data stops has more causes than this one; the form of ESP is free here (A3)"},
    {"RFC4555-3.5-24", "a client that has nothing but the refused address may go on to use it"},
    {"RFC4555-3.5-28", "what a client takes out of its tunnel is on no link"},
    {"RFC4555-3.6-07",
     "the set of addresses is internal; what is sent to addresses of a list is judged by "
     "RFC4555-3.4-02 to 3.4-04"},
    {"RFC4555-3.6-11", "the gateways of these flows keep their addresses"},
    {"RFC4555-3.7-09", "whether the gateway took the answer as its check is internal"},
    {"RFC4555-3.8-06",
     "which hash the client compared with is internal, and a mapping that a NAT renewed between "
     "two "
     "answers is not seen from the client"},
    {"RFC4555-3.11-03",
     "for how long a gateway keeps an IKE SA is its configuration; the answer to an update is "
     "judged by RFC4555-3.5-15"},
    {"RFC4555-3.12-01", kTimes},
    {"RFC4555-3.12-02", kTimes},
    {"RFC4555-4.2.6-02", "the outer addresses of these flows are of IPv4"},
    {"RFC4555-5.3-01", "whether an ICMP error reaches the IKE daemon depends on its kernel"},
    {"RFC4555-A.1-01", kOneClient},
    {"RFC4555-A.1-02", kOneClient},
    // IKEv2.
    {"RFC7296-1.2-06", "nobody sends certificates in these flows: both sides share a secret"},
    {"RFC7296-1.3.1-03", "an IKE SA may end for reasons of its own after a failed exchange"},
    {"RFC7296-1.3.2-02",
     "how far the other exchange had come is known to its sender alone where both cross"},
    {"RFC7296-1.4.1-05",
     "an SA that was closed without an answer is not told apart from a new one with its SPI"},
    {"RFC7296-2.1-03", "the response may still be stored"},
    {"RFC7296-2.1-07", kOneClient},
    {"RFC7296-2.4-04",
     "with a window of one RFC7296-2.3-02 limits the liveness requests that can come of them"},
    {"RFC7296-2.4-06", kTimes},
    {"RFC7296-2.4-07",
     "an SA that is given up in silence looks like one that is idle; that a node is shut down is "
     "not seen"},
    {"RFC7296-2.4-08", kOtherFailure},
    {"RFC7296-2.6-04", "the load at which a gateway asks for cookies is its policy"},
    {"RFC7296-2.6-08",
     "how a gateway makes its cookies is free, and without load it may look at none"},
    {"RFC7296-2.8-02", "what follows a rekeying that fails is policy: many make a new IKE SA"},
    {"RFC7296-2.8-08", "both behaviours pass (A11)"},
    {"RFC7296-2.8.1-02", "no two rekeyings of one SA cross in these flows"},
    {"RFC7296-2.9-02", "the policy that decides on the first selector is not declared"},
    {"RFC7296-2.21.1-01", kOtherFailure},
    {"RFC7296-2.21.3-02",
     "going on is common and worth a warning at most (A20); the answer is judged by "
     "RFC7296-2.21.3-01"},
    {"RFC7296-2.23-13",
     "without MOBIKE a new mapping of a NAT is not told apart from another client"},
    {"RFC7296-2.23-14", "the gateways of these flows keep their addresses"},
    {"RFC7296-2.23-15", "replays are dropped before they could count (RFC4303-3.4.3-01)"},
    {"RFC7296-2.24-01", "ECN marks of inner datagrams are not compared"},
    {"RFC7296-2.25-01", "whether the receiver could do what was asked is internal"},
    {"RFC7296-2.25.1-01",
     "a CHILD_SA that its receiver does not know is not told apart from one whose making was not "
     "seen"},
    {"RFC7296-3.15.4-02",
     "whether a client needs an address is its configuration; that it uses no other one is judged "
     "by RFC7296-2.19-07"},
    {"RFC7296-4-01",
     "a setup that fails does not say whose fault it is; each message has rules of its own"},
    {"RFC7296-4-02", "what follows NO_ADDITIONAL_SAS depends on lifetimes, which are not declared"},
    // UDP encapsulation.
    {"RFC3948-2.1-04",
     "with zeros in its place the packet is IKE by definition (§2.2), and RFC7296-3.1-02 judges "
     "it"},
    {"RFC3948-2.2-02",
     "that nothing came of a few octets is not told apart from what went on anyway"},
    {"RFC3948-2.3-04", "nothing is to come of a keepalive, whatever its checksum"},
    {"RFC3948-2.3-05",
     "that nothing came of a keepalive is not told apart from what went on anyway; changes of "
     "addresses are judged by RFC4555-3.5-01"},
    {"RFC3948-4-01", kTimes},
    {"RFC3948-5.1-01", kOneClient},
    // ESP.
    {"RFC4303-2.2-03", "2^32 packets are not sent in a test"},
    {"RFC4303-2.2.1-01", "nobody negotiates extended sequence numbers in these flows"},
    {"RFC4303-2.4-03", "nobody sends more padding than alignment needs in these flows"},
    {"RFC4303-2.7-01", kTfc},
    {"RFC4303-2.7-02", kTfc},
    {"RFC4303-3.3.4-01", "fragments are not put together again"},
    {"RFC4303-3.3.4-02", "the MTU of the tunnel is not declared"},
    {"RFC4303-3.4.1-01", kUnreadable},
    {"RFC4303-3.4.2-02", kUnreadable},
});

}  // namespace

std::span<const Unjudged> unjudged() {
  return kUnjudged;
}

std::string_view why_unjudged(std::string_view id) {
  const auto found = std::ranges::find(kUnjudged, id, &Unjudged::id);
  return found == kUnjudged.end() ? std::string_view() : found->reason;
}

}  // namespace mipvet::rules
