#include "engine/rules/rule_book.h"

#include "engine/rules/rule_files.h"

namespace mipvet::rules {

RuleBook::RuleBook() = default;
RuleBook::~RuleBook() = default;
RuleBook::RuleBook(RuleBook&& other) noexcept = default;
RuleBook& RuleBook::operator=(RuleBook&& other) noexcept = default;

bool RuleBook::has_rule(const Requirement& requirement) const {
  bool result = false;
  each([&](const auto& rule) { result = result || &rule.requirement() == &requirement; });
  return result;
}

void RuleBook::remove(std::string_view id) {
  std::apply(
      [&](auto&... of_kind) {
        (std::erase_if(of_kind, [&](const auto& rule) { return rule.requirement().id == id; }),
         ...);
      },
      rules_);
}

RuleBook all_rules() {
  RuleBook book;
  add_mipp_request_rules(book);
  add_mipp_check_rules(book);
  add_mipp_reply_rules(book);
  add_mipp_ha_parameter_rules(book);
  add_mipp_location_rules(book);
  add_mipp_state_rules(book);
  add_mipp_binding_rules(book);
  add_mob_vpn_rules(book);
  add_mob_overview_rules(book);
  add_mob_modes_rules(book);
  add_mob_registration_rules(book);
  add_mob_detection_rules(book);
  add_mob_crossing_rules(book);
  add_mob_nat_rules(book);
  add_mip4_discovery_rules(book);
  add_mip4_message_rules(book);
  add_mip4_mobile_node_rules(book);
  add_mip4_foreign_agent_rules(book);
  add_mip4_home_agent_rules(book);
  add_mip4_binding_rules(book);
  add_mip4_option_rules(book);
  add_ike_message_rules(book);
  add_ike_payload_rules(book);
  add_ike_configuration_rules(book);
  add_ike_init_rules(book);
  add_ike_auth_rules(book);
  add_ike_exchange_rules(book);
  add_ike_receiver_rules(book);
  add_ike_child_rules(book);
  add_ike_nat_rules(book);
  add_mobike_message_rules(book);
  add_mobike_exchange_rules(book);
  add_mobike_path_rules(book);
  add_esp_rules(book);
  add_esp_receiver_rules(book);
  add_udp_encapsulation_rules(book);
  return book;
}

}  // namespace mipvet::rules
