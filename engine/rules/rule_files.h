#pragma once

#include "engine/rules/rule_book.h"

/// The rule files: one for each section of a draft or base RFC that has rules.
namespace mipvet::rules {

void add_mipp_request_rules(RuleBook& book);  ///< MIPP §2, §2.1, §2.2: the proxy relays requests
void add_mipp_check_rules(RuleBook& book);    ///< MIPP §2.2.4, §2.4: the proxy refuses
void add_mipp_reply_rules(RuleBook& book);    ///< MIPP §2.3: the proxy passes replies on
void add_mipp_ha_parameter_rules(RuleBook& book);  ///< MIPP §2.5.3: the extension
void add_mipp_location_rules(RuleBook& book);      ///< MIPP §2.6.1: inside or outside
void add_mipp_state_rules(RuleBook& book);    ///< MIPP §2.6.2-2.7: bindings, NAI, ICMP, addresses
void add_mipp_binding_rules(RuleBook& book);  ///< MIPP §2.6.6: the proxy's bindings carry data
void add_mob_vpn_rules(RuleBook& book);       ///< MOB §1, §2: IKEv2, MOBIKE, the TIA
void add_mob_overview_rules(RuleBook& book);  ///< MOB §3: nested tunnels, the probe
void add_mob_modes_rules(RuleBook& book);     ///< MOB §3.1: access modes h, c, f, mc
void add_mob_registration_rules(RuleBook& book);    ///< MOB §3.2, §3.3: moves inside and outside
void add_mob_detection_rules(RuleBook& book);       ///< MOB §3.4: inside or outside
void add_mob_crossing_rules(RuleBook& book);        ///< MOB §3.4.1, §3.4.2: crossing the boundary
void add_mob_nat_rules(RuleBook& book);             ///< MOB §4, §6: NATs, nothing new on the wire
void add_mip4_discovery_rules(RuleBook& book);      ///< RFC 3344 §2
void add_mip4_message_rules(RuleBook& book);        ///< RFC 3344 §1, §3.3-3.5: formats
void add_mip4_mobile_node_rules(RuleBook& book);    ///< RFC 3344 §3.6, §5.7
void add_mip4_foreign_agent_rules(RuleBook& book);  ///< RFC 3344 §3.7
void add_mip4_home_agent_rules(RuleBook& book);     ///< RFC 3344 §3.8, §5.7
void add_mip4_binding_rules(RuleBook& book);        ///< RFC 3344 §3.8.2.2, §4.2.3: data
void add_mip4_option_rules(RuleBook& book);         ///< RFC 2794, 3024, 3519

void add_ike_message_rules(RuleBook& book);        ///< RFC 7296 §3: what messages look like
void add_ike_payload_rules(RuleBook& book);        ///< RFC 7296 §3.3, §3.4, §3.13
void add_ike_configuration_rules(RuleBook& book);  ///< RFC 7296 §2.19, §3.15
void add_ike_init_rules(RuleBook& book);           ///< RFC 7296 §1.2, §2.6: IKE_SA_INIT
void add_ike_auth_rules(RuleBook& book);           ///< RFC 7296 §1.2, §2.15, §2.21.2: IKE_AUTH
void add_ike_exchange_rules(RuleBook& book);       ///< RFC 7296 §2.1-2.4, §2.11
void add_ike_receiver_rules(RuleBook& book);       ///< RFC 7296 §2.5, §2.21: ignored, refused
void add_ike_child_rules(RuleBook& book);          ///< RFC 7296 §1.3, §1.4.1, §2.8, §2.25
void add_ike_nat_rules(RuleBook& book);            ///< RFC 7296 §2.23
void add_mobike_message_rules(RuleBook& book);     ///< RFC 4555 §3.2, §3.6, §3.9, §4: formats
void add_mobike_exchange_rules(RuleBook& book);    ///< RFC 4555 §3.5-3.8: exchanges
void add_mobike_path_rules(RuleBook& book);        ///< RFC 4555 §3.3, §3.5: where IKE and ESP go
void add_esp_rules(RuleBook& book);                ///< RFC 4303 §2, §3.3: ESP as it is sent
void add_esp_receiver_rules(RuleBook& book);       ///< RFC 4303 §3.4: ESP as it is received
void add_udp_encapsulation_rules(RuleBook& book);  ///< RFC 3948

}  // namespace mipvet::rules
