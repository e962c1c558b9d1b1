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
void add_mip4_discovery_rules(RuleBook& book);      ///< RFC 3344 §2
void add_mip4_message_rules(RuleBook& book);        ///< RFC 3344 §1, §3.3-3.5: formats
void add_mip4_mobile_node_rules(RuleBook& book);    ///< RFC 3344 §3.6, §5.7
void add_mip4_foreign_agent_rules(RuleBook& book);  ///< RFC 3344 §3.7
void add_mip4_home_agent_rules(RuleBook& book);     ///< RFC 3344 §3.8, §5.7
void add_mip4_binding_rules(RuleBook& book);        ///< RFC 3344 §3.8.2.2, §4.2.3: data
void add_mip4_option_rules(RuleBook& book);         ///< RFC 2794, 3024, 3519

}  // namespace mipvet::rules
