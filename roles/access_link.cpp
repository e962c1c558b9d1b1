#include "roles/access_link.h"

#include "roles/registration.h"

namespace mipvet::roles {

AccessLink::AccessLink(net::Host& host, const ActiveDeviations& deviates, Events events)
    : host_(host),
      deviates_(deviates),
      events_(std::move(events)),
      discovery_(
          host, deviates, [this] { found_agent(); }, events_.home_agent_heard),
      dhcp_(host, {.bound =
                       [this](const DhcpLease& lease) {
                         if (!address_ || address_->address.address != lease.address.address)
                           use({lease.address, lease.router});
                       },
                   .lost =
                       [this](const DhcpLease&) {
                         drop_address();
                         events_.address_changed();
                       }}) {
  discovery_.listen();
}

void AccessLink::attach(net::PortId port, std::optional<AccessAddress> fixed) {
  port_ = port;
  host_.set_up(port, true);
  // From nobody: the home address is not shown to a network that may not be trusted.
  discovery_.look(port, {}, true);
  if (fixed) return use(*fixed);
  if (deviates_("MOB-3-16")) return;
  if (deviates_("MOB-3.2-04"))
    timer_ = host_.environment().schedule(std::chrono::seconds(4), [this] { dhcp_.start(*port_); });
  else
    dhcp_.start(port);
}

void AccessLink::detach() {
  host_.environment().cancel(timer_);
  discovery_.leave();
  dhcp_.stop();
  if (!port_) return;
  drop_address();
  host_.set_up(*port_, false);
  port_.reset();
}

void AccessLink::come_home(const AccessAddress& home) {
  dhcp_.stop();
  discovery_.leave();
  use(home);
}

void AccessLink::use(const AccessAddress& address) {
  drop_address();
  address_ = address;
  host_.add_address(*port_, address.address);
  if (address.gateway) host_.add_route({{0}, 0}, address.gateway, *port_);
  events_.address_changed();
}

void AccessLink::drop_address() {
  if (address_) host_.remove_address(*port_, address_->address.address);
  host_.remove_routes(*port_);
  address_.reset();
}

void AccessLink::found_agent() {
  const wire::Ipv4Address agent = discovery_.agent()->address;
  if (deviates_("MOB-3-16") && !address_) use({{{agent.value + 99}, 24}, agent});
  events_.agent_found();
}

}  // namespace mipvet::roles
