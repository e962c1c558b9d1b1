#include <vector>

#include "roles/foreign_agent.h"

namespace mipvet::roles {

std::span<const Deviation> foreign_agent_deviations() {
  static const std::vector<Deviation> list{
      {"MIPP-2.4.1-10", "changes a code of the proxy", "mipp/deny-201-through-fa"},
      {"MIPP-2.5.3-10", "alters the HA Parameter extension", "mipp/register-through-fa"},
      {"MIPP-2.7.1-03", "sets B in the relayed request", "mipp/register-through-fa"},
      {"MIPP-2.7.2-03", "puts itself into Home Agent", "mipp/register-through-fa"},
      {"RFC3344-1.6-02", "uses a reserved SPI", "mip4/register-through-fa"},
      {"RFC3344-2.1-03", "advertises with TTL 64", "mip4/discovery"},
      {"RFC3344-2.1-04", "advertises to the directed broadcast", "mip4/discovery"},
      {"RFC3344-2.1-06", "advertises with code 5", "mip4/discovery"},
      {"RFC3344-2.1-10", "advertises too rarely", "mip4/discovery"},
      {"RFC3344-2.1.1-01", "counts the care-of addresses wrong", "mip4/discovery"},
      {"RFC3344-2.1.1-02", "sends the mobility extension twice", "mip4/discovery"},
      {"RFC3344-2.1.1-07", "sets the bit between G and T", "mip4/discovery"},
      {"RFC3344-2.1.1-08", "sets a reserved bit", "mip4/discovery"},
      {"RFC3344-2.1.1-09", "lists no care-of address", "mip4/discovery"},
      {"RFC3344-2.1.1-15", "sets B without F", "mip4/discovery"},
      {"RFC3344-2.1.1-16", "sets neither F nor H", "mip4/discovery"},
      {"RFC3344-2.1.1-17", "sets R without F", "mip4/discovery"},
      {"RFC3344-2.1.2-01", "sends a prefix length too many", "mip4/discovery"},
      {"RFC3344-2.1.2-03", "puts prefix-lengths first", "mip4/discovery"},
      {"RFC3344-2.3.1-01", "advertises the address of another router", "mip4/discovery"},
      {"RFC3344-2.3.2-02", "does not count", "mip4/discovery"},
      {"RFC3344-3.4-02", "denies with a home agent's code", "mip4/fa-denials"},
      {"RFC3344-3.4-03", "denies with code 73", "mip4/fa-denials"},
      {"RFC3344-3.5.4-01", "sends type 34 without an association", "mip4/register-through-fa"},
      {"RFC3344-3.7-01", "relays every request twice", "mip4/register-through-fa"},
      {"RFC3344-3.7-02", "accepts by itself", "mip4/register-through-fa"},
      {"RFC3344-3.7-04", "does not relay", "mip4/register-through-fa"},
      {"RFC3344-3.7.2-01", "relays elsewhere", "mip4/register-through-fa"},
      {"RFC3344-3.7.2.1-01", "takes a wrong UDP checksum", "mip4/fa-bad-checksum"},
      {"RFC3344-3.7.2.1-02", "relays reserved bits", "mip4/fa-denials"},
      {"RFC3344-3.7.2.1-03", "relays care-of addresses of others", "mip4/fa-denials"},
      {"RFC3344-3.7.2.1-06", "relays a request for GRE", "mip4/fa-encapsulation"},
      {"RFC3344-3.7.2.2-01", "shortens the lifetime", "mip4/register-through-fa"},
      {"RFC3344-3.7.2.2-02", "passes extensions for itself on", "mip4/fa-extension"},
      {"RFC3344-3.7.2.2-04", "leaves type 34 out", "mip4/fa-ha-association"},
      {"RFC3344-3.7.2.2-05", "relays from another interface's address", "mip4/register-through-fa"},
      {"RFC3344-3.7.2.2-06", "relays to another port", "mip4/register-through-fa"},
      {"RFC3344-3.7.2.3-01", "puts itself into Home Agent", "mip4/fa-denials"},
      {"RFC3344-3.7.2.3-02", "does not tell its limit", "mip4/fa-denials"},
      {"RFC3344-3.7.2.3-03", "does not copy the lifetime", "mip4/fa-denials"},
      {"RFC3344-3.7.2.3-04", "answers from its care-of address", "mip4/register-through-fa"},
      {"RFC3344-3.7.2.3-05", "answers to another address", "mip4/register-through-fa"},
      {"RFC3344-3.7.2.3-06", "answers to another port", "mip4/register-through-fa"},
      {"RFC3344-3.7.3-01", "answers ICMP with another code", "mip4/icmp-81"},
      {"RFC3344-3.7.3.1-01", "takes a wrong UDP checksum", "mip4/fa-reply-bad-checksum"},
      {"RFC3344-3.7.3.1-03", "passes on replies to nothing", "mip4/fa-forged-reply"},
      {"RFC3344-3.7.3.2-01", "swallows replies", "mip4/register-through-fa"},
      {"RFC3344-3.7.3.2-02", "changes the lifetime of replies", "mip4/register-through-fa"},
      {"RFC3344-3.7.3.2-03", "passes type 34 on", "mip4/fa-ha-association"},
      {"RFC3024-4.2.1-02", "does not look at the TTL", "mip4/fa-too-distant"},
  };
  return list;
}

}  // namespace mipvet::roles
