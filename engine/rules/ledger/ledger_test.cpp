#include "engine/rules/ledger/ledger.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace mipvet::rules {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

const std::filesystem::path directory =
    std::filesystem::path(MIPVET_SOURCE_DIR) / "engine/rules/ledger";

/// The ledgers in the order that their README gives.
const std::vector<std::string> files = {
    "ohnishi-gha.json",  "adrangi-mipproxy.json", "wakikawa-v4tunnel.json", "mip4-mobike.json",
    "ishiyama-sgw.json", "rfc3344-mipv4.json",    "rfc4555-mobike.json",    "rfc3775-mipv6.json"};

json read(const std::string& file) {
  std::ifstream in(directory / file);
  return json::parse(in);
}

std::string text(const json& requirement, const char* key) {
  return requirement.value(key, "");
}

/// The roles of a list, by a table of the test's own.
RoleSet role_set(const json& names) {
  static const std::map<std::string, Role> roles = {
      {"mobile-node", Role::mobile_node},
      {"mobile-router", Role::mobile_router},
      {"secure-mobile-node", Role::secure_mobile_node},
      {"foreign-agent", Role::foreign_agent},
      {"nat", Role::nat},
      {"home-agent", Role::home_agent},
      {"gateway-home-agent", Role::gateway_home_agent},
      {"mip-proxy", Role::mip_proxy},
      {"security-gateway", Role::security_gateway},
      {"vpn-gateway", Role::vpn_gateway},
      {"correspondent-node", Role::correspondent_node},
      {"firewall", Role::firewall},
      {"operator", Role::operator_},
      {"tester", Role::tester}};
  RoleSet set;
  for (const std::string name : names) set.insert(roles.at(name));
  return set;
}

/// Tag -> document, from a ledger's head.
std::map<std::string, std::string> documents_of(const json& ledger) {
  std::map<std::string, std::string> documents;
  documents[ledger["tag"]] = ledger.contains("draft") ? ledger["draft"] : ledger["spec"];
  for (const json& also : ledger.value("also", json::array())) {
    if (also.contains("tag")) documents[also["tag"]] = also["spec"];
  }
  return documents;
}

void expect_equal(const Requirement& compiled, const json& written, const json& ledger) {
  SCOPED_TRACE(text(written, "id"));
  EXPECT_EQ(compiled.id, text(written, "id"));
  const std::string tag = text(written, "id").substr(0, text(written, "id").find('-'));
  EXPECT_EQ(compiled.specification, tag);
  EXPECT_EQ(compiled.document, documents_of(ledger).at(tag));
  EXPECT_EQ(compiled.section, text(written, "section"));
  EXPECT_EQ(to_string(compiled.level), text(written, "level"));
  EXPECT_EQ(compiled.basis, text(written, "basis"));
  EXPECT_EQ(to_string(compiled.severity), text(written, "severity"));
  EXPECT_EQ(compiled.roles, role_set(written["roles"]));
  EXPECT_EQ(compiled.peers, role_set(written["peers"]));
  std::vector<std::string> applies;
  for (const ConditionId id : compiled.applies) applies.emplace_back(condition_names()[id]);
  EXPECT_EQ(json(applies), written["applies"]);
  const std::vector<std::string> messages(compiled.messages.begin(), compiled.messages.end());
  EXPECT_EQ(json(messages), written["messages"]);
  EXPECT_EQ(compiled.requirement, text(written, "requirement"));
  EXPECT_EQ(compiled.when, text(written, "when"));
  EXPECT_EQ(compiled.observe, text(written, "observe"));
  EXPECT_EQ(compiled.violation, text(written, "violation"));
  EXPECT_EQ(compiled.stimulus, text(written, "stimulus"));
  EXPECT_EQ(compiled.kind, text(written, "kind"));
  EXPECT_EQ(to_string(compiled.testable), text(written, "testable"));
  EXPECT_EQ(compiled.why_not, text(written, "why_not"));
  EXPECT_EQ(compiled.note, text(written, "note"));
  EXPECT_EQ(compiled.since, text(written, "since"));
  EXPECT_EQ(compiled.withdrawn, text(written, "withdrawn"));
}

TEST(Ledger, EveryFileIsCompiled) {
  std::set<std::string> beside;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".json") && name != "ledger.schema.json") beside.insert(name);
  }
  EXPECT_EQ(beside, std::set<std::string>(files.begin(), files.end()));
}

TEST(Ledger, EveryFieldOfEveryRequirementIsTheLedgers) {
  std::size_t next = 0;
  for (const std::string& file : files) {
    const json ledger = read(file);
    for (const json& written : ledger["requirements"]) {
      ASSERT_LT(next, requirements().size()) << file;
      expect_equal(requirements()[next], written, ledger);
      EXPECT_EQ(requirements()[next].index, next);
      ++next;
    }
  }
  EXPECT_EQ(next, requirements().size());
  EXPECT_GT(next, 2500U);
}

TEST(Ledger, SpecificationsHaveTheirRequirements) {
  std::map<std::string, std::size_t> written;
  std::map<std::string, std::string> ledger_of;
  for (const std::string& file : files) {
    const json ledger = read(file);
    for (const json& requirement : ledger["requirements"]) {
      const std::string id = requirement["id"];
      ++written[id.substr(0, id.find('-'))];
      ledger_of[id.substr(0, id.find('-'))] = file;
    }
  }
  std::size_t next = 0;
  for (const Specification& specification : specifications()) {
    SCOPED_TRACE(specification.tag);
    EXPECT_EQ(specification.first, next);
    EXPECT_EQ(specification.count, written[std::string(specification.tag)]);
    EXPECT_EQ(specification.ledger, ledger_of[std::string(specification.tag)]);
    for (const Requirement& requirement : specification.requirements()) {
      EXPECT_EQ(requirement.specification, specification.tag);
      EXPECT_EQ(requirement.document, specification.document);
    }
    EXPECT_EQ(find_specification(specification.tag), &specification);
    next += specification.count;
  }
  EXPECT_EQ(next, requirements().size());
  EXPECT_EQ(specifications().size(), written.size());
  EXPECT_EQ(find_specification("MIPP")->title,
            "Mobile IPv4 Traversal Across IPsec-based VPN Gateways");
  EXPECT_EQ(find_specification("MIP"), nullptr);
}

TEST(Ledger, FindsEachRequirementById) {
  for (const Requirement& requirement : requirements()) {
    EXPECT_EQ(find(requirement.id), &requirement) << requirement.id;
  }
  for (const char* unknown :
       {"", "A", "MIPP-2.2.1-1", "MIPP-2.2.1-99", "mipp-2.2.1-13", "ZZZ-1-01"}) {
    EXPECT_EQ(find(unknown), nullptr) << unknown;
  }
}

TEST(Ledger, KnownRequirement) {
  const Requirement* s_bit = find("MIPP-2.2.1-13");
  ASSERT_NE(s_bit, nullptr);
  EXPECT_EQ(s_bit->level, Level::must_not);
  EXPECT_EQ(s_bit->severity, Severity::fail);
  EXPECT_EQ(s_bit->testable, Testable::yes);
  EXPECT_EQ(s_bit->document, "draft-adrangi-mobileip-vpn-traversal-02");
  EXPECT_EQ(s_bit->roles, RoleSet{Role::mip_proxy});
  EXPECT_THAT(s_bit->messages, ElementsAre("Registration Request"));
  EXPECT_EQ(s_bit->observe, "ha-side: mip.s==0");
}

TEST(Condition, NamesAreSortedAndFound) {
  EXPECT_TRUE(std::ranges::is_sorted(condition_names()));
  for (std::size_t i = 0; i < condition_names().size(); ++i) {
    EXPECT_EQ(condition(condition_names()[i]), i);
  }
  EXPECT_EQ(condition("no-such-condition"), std::nullopt);
  EXPECT_EQ(condition(""), std::nullopt);
}

TEST(Condition, TextsAreTheLedgers) {
  std::set<std::string> tags;
  for (const std::string& file : files) {
    const json ledger = read(file);
    for (const auto& [tag, document] : documents_of(ledger)) {
      if (find_specification(tag) == nullptr) continue;
      for (const auto& [name, meaning] : ledger["conditions"].items()) {
        EXPECT_EQ(condition_text(name, tag), meaning) << file << " " << name;
        tags.insert(name);
      }
      EXPECT_EQ(find_specification(tag)->conditions.size(), ledger["conditions"].size());
    }
  }
  EXPECT_EQ(tags.size(), condition_names().size());
  EXPECT_NE(condition_text("nat", "MIPP"), condition_text("nat", "V4T"));
  EXPECT_THAT(condition_text("nat", "GHA"), IsEmpty());
  EXPECT_THAT(condition_text("nat", "no-such"), IsEmpty());
  EXPECT_THAT(condition_text("no-such", "MIPP"), IsEmpty());
}

TEST(Condition, SetHoldsWhatIsInserted) {
  ConditionSet holding{2, 255};
  const std::vector<ConditionId> both = {2, 255};
  const std::vector<ConditionId> another = {2, 3};
  EXPECT_TRUE(holding.contains_all(both));
  EXPECT_TRUE(holding.contains_all({}));
  EXPECT_FALSE(holding.contains_all(another));
  EXPECT_EQ(holding.size(), 2U);
  holding.erase(2);
  EXPECT_FALSE(holding.contains_all(both));
  EXPECT_TRUE(holding.contains(255));
}

TEST(Role, NamesLeadBack) {
  for (std::size_t i = 0; i < role_names.size(); ++i) {
    EXPECT_EQ(role_from_name(to_string(static_cast<Role>(i))), static_cast<Role>(i));
  }
  EXPECT_EQ(to_string(Role::mobile_node), "mobile-node");
  EXPECT_EQ(to_string(Role::operator_), "operator");
  EXPECT_EQ(to_string(Role::router), "router");
  EXPECT_EQ(role_from_name("operator_"), std::nullopt);
  EXPECT_EQ(role_from_name(""), std::nullopt);
}

TEST(Role, SetIteratesInOrder) {
  RoleSet set{Role::router, Role::mobile_node, Role::nat};
  EXPECT_EQ(std::vector<Role>(set.begin(), set.end()),
            (std::vector<Role>{Role::mobile_node, Role::nat, Role::router}));
  set.erase(Role::nat);
  EXPECT_EQ(set.size(), 2U);
  EXPECT_FALSE(set.contains(Role::nat));
  EXPECT_TRUE(set.intersects(RoleSet{Role::router, Role::firewall}));
  EXPECT_FALSE(set.intersects(RoleSet{Role::nat}));
  EXPECT_TRUE(RoleSet{}.empty());
}

}  // namespace
}  // namespace mipvet::rules
