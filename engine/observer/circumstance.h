#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// What an exchange itself shows about the conditions (`applies`) of a requirement. The other
/// conditions are declarations of a node and do not change during a run.
namespace mipvet::observer {

enum class Circumstance : std::uint8_t {
  external,   ///< the mobile node is attached outside
  internal,   ///< the mobile node is attached inside the protected network
  home_link,  ///< the mobile node is on its home link
  fa_coa,     ///< it uses a foreign agent care-of address
  colocated,  ///< it uses a co-located care-of address
  nat,        ///< a NAT lies between it and whom it registers with
  no_nat,
  s_bit,       ///< the mobile node's request has S set
  nai,         ///< the request carries a NAI
  dynamic_ha,  ///< the request asks for a home agent to be assigned
  // Of an IKE SA.
  mobike,     ///< both sides sent MOBIKE_SUPPORTED (then `nat`, `no_nat` are between the two)
  natt,       ///< both sides sent NAT detection in IKE_SA_INIT
  no_natt,    ///< at least one did not
  window,     ///< the peer of the judged node announced a window larger than one
  esn,        ///< extended sequence numbers were negotiated
  cbc,        ///< a CBC cipher was
  psk,        ///< the judged node authenticated by a shared secret
  transport,  ///< USE_TRANSPORT_MODE was agreed on
  // Of a mobile node (mip4-mobike §2).
  mode_c,            ///< registered from inside with a co-located care-of address
  mode_f,            ///< ... by way of a foreign agent
  mode_h,            ///< at home
  mode_mc,           ///< registered with its tunnel inner address, or about to be
  vpn_up,            ///< it has an established IKE SA
  no_vpn,            ///< it has none
  nat_vpn,           ///< a NAT lies between it and its VPN gateway
  nat_registration,  ///< a NAT lies between it and its home agent, outside the VPN
  mip_udp_tunnel,    ///< its binding has a UDP tunnel (RFC 3519)
};

class Circumstances {
 public:
  constexpr void add(Circumstance one) { bits_ |= bit(one); }
  constexpr void remove(Circumstance one) { bits_ &= ~bit(one); }
  constexpr bool has(Circumstance one) const { return (bits_ & bit(one)) != 0; }
  constexpr bool covers(Circumstances wanted) const {
    return (bits_ & wanted.bits_) == wanted.bits_;
  }

 private:
  static constexpr std::uint32_t bit(Circumstance one) {
    return 1U << static_cast<std::uint32_t>(one);
  }
  std::uint32_t bits_ = 0;
};

/// The circumstance behind a ledger's condition tag ("fa-coa"), if it is one.
std::optional<Circumstance> circumstance(std::string_view tag);

}  // namespace mipvet::observer
