#include "roles/proxy_pending.h"

namespace mipvet::roles {

ProxyPending::ProxyPending(const net::Datagram& datagram, const Received& asked, model::NodeId peer)
    : home_address(asked.address(request::home_address)),
      nai(asked.nai()),
      mobile_node(peer),
      care_of_address(asked.address(request::care_of_address)),
      identification(asked[request::identification]),
      lifetime(static_cast<std::uint16_t>(asked[request::lifetime])),
      simultaneous(asked[request::simultaneous_bindings] != 0),
      source(datagram.source),
      source_port(datagram.source_port),
      request(asked) {
  if (const wire::View extension = asked.extension(authentication::mobile_home))
    spi = static_cast<std::uint32_t>(extension[authentication::spi]);
}

}  // namespace mipvet::roles
