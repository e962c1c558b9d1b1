#include <vector>

#include "roles/home_agent.h"

namespace mipvet::roles {

std::span<const Deviation> home_agent_deviations() {
  static const std::vector<Deviation> list{
      {"MIPP-2.2.1-10", "refuses requests with D clear", "mipp/register-through-fa"},
      {"MIPP-2.7.2-01",
       "answers from another address",
       "mipp/register-through-fa",
       {"RFC3344-3.8.3.1-01"}},
      {"RFC2794-3-02", "leaves the NAI out", "mip4/nai"},
      {"RFC2794-3-04", "gives no home address", "mip4/nai"},
      {"RFC3344-1.6-02", "uses a reserved SPI", "mip4/register-through-fa"},
      {"RFC3344-1.8-03", "ends with an extension that runs over", "mip4/register-through-fa"},
      {"RFC3344-1.8-06", "takes unknown non-skippable extensions", "mip4/unknown-extension"},
      {"RFC3344-1.8-10", "refuses unknown skippable extensions", "mip4/unknown-extension"},
      {"RFC3344-2.3-08", "does not set H", "mip4/home-link"},
      {"RFC3344-3.4-02",
       "denies with a foreign agent's code",
       "mip4/deny-134",
       {"RFC3344-3.8.2.3-02"}},
      {"RFC3344-3.4-03",
       "answers code 73",
       "mip4/deny-134",
       {"RFC3344-3.4-02", "RFC3344-3.8.2.3-02"}},
      {"RFC3344-3.5.1-01", "signs with a wrong key", "mip4/register-through-fa"},
      {"RFC3344-3.5.2-02",
       "does not authenticate",
       "mip4/register-through-fa",
       {"RFC3344-3.8.3.3-01"}},
      {"RFC3344-3.8.2-01", "does not answer", "mip4/register-through-fa"},
      {"RFC3344-3.8.2.1-01", "takes a wrong UDP checksum", "mip4/bad-checksum"},
      {"RFC3344-3.8.2.1-02", "takes a wrong authenticator", "mip4/deny-131"},
      {"RFC3344-3.8.2.1-04", "takes a stale Identification", "mip4/deny-133", {"RFC3344-5.7.1-05"}},
      {"RFC3344-3.8.2.2-01", "turns codes 0 and 1 round", "mip4/no-simultaneous-bindings"},
      {"RFC3344-3.8.2.2-09", "grants more than was asked", "mip4/register-through-fa"},
      {"RFC3344-3.8.2.3-02", "takes reserved bits", "mip4/deny-134"},
      {"RFC3344-3.8.3.1-01", "answers from another interface's address",
       "mip4/register-through-fa"},
      {"RFC3344-3.8.3.1-02", "answers to another port", "mip4/register-through-fa"},
      {"RFC3344-3.8.3.2-01", "changes the home address", "mip4/register-through-fa"},
      {"RFC3344-3.8.3.2-03", "accepts for another home agent", "mip4/deny-136"},
      {"RFC3344-3.8.3.3-01", "puts the NAI behind the authenticator", "mip4/nai"},
      {"RFC3344-5.7-02",
       "changes the low-order word",
       "mip4/register-through-fa",
       {"RFC3344-5.7.1-05"}},
      {"RFC3344-5.7.1-05", "changes a valid timestamp", "mip4/register-through-fa"},
      {"RFC3344-5.7.1-06", "copies an invalid timestamp", "mip4/deny-133"},
      {"RFC3344-5.7.2-01", "gives no new nonce", "mip4/nonces"},
      {"RFC3519-3.2-01", "uses another sub-type", "mip4/udp-tunnel"},
      {"RFC3519-4.6-02", "declines a tunnel behind a NAT", "mip4/udp-tunnel"},
  };
  return list;
}

}  // namespace mipvet::roles
