#include "roles/deviations.h"

#include <set>

#include <gmock/gmock.h>

#include "roles/role_for_test.h"

namespace mipvet::roles {
namespace {

using namespace testing;
using ::testing::HasSubstr;

const std::array kKnown{Deviation{"A-1-01", "does wrong", "a/b"},
                        Deviation{"A-1-01/other", "does wrong otherwise", "a/b"}};

TEST(ActiveDeviations, AreThoseThatWereAskedFor) {
  const ActiveDeviations deviates(kKnown, {"A-1-01/other"}, "nat");
  EXPECT_TRUE(deviates("A-1-01/other"));
  EXPECT_FALSE(deviates("A-1-01"));
  EXPECT_FALSE(ActiveDeviations(kKnown, {}, "nat")("A-1-01"));
}

TEST(ActiveDeviations, MayBeDoneAsOthers) {
  constexpr std::array aliases = {DeviationAlias{"MOB-4-02", "RFC3519-4.6-02"}};
  EXPECT_THAT(with_aliases({"MOB-4-02", "MOB-3-12"}, aliases),
              ::testing::ElementsAre("MOB-4-02", "MOB-3-12", "RFC3519-4.6-02"));
}

TEST(ActiveDeviations, AnUnknownOneIsComplainedAbout) {
  try {
    const ActiveDeviations deviates(kKnown, {"A-1-02"}, "nat");
    FAIL() << "taken";
  } catch (const model::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("A-1-02"));
    EXPECT_THAT(error.what(), HasSubstr("nat"));
  }
}

/// The tables of the roles.
class Deviations : public ::testing::TestWithParam<Role> {};

TEST_P(Deviations, AreWholeAndNoneIsThereTwice) {
  std::set<std::string_view> ids;
  for (const Deviation& deviation : deviations(GetParam())) {
    EXPECT_TRUE(ids.insert(deviation.id).second) << deviation.id;
    EXPECT_FALSE(deviation.text.empty()) << deviation.id;
    EXPECT_FALSE(deviation.scenario.empty()) << deviation.id;
  }
  EXPECT_FALSE(ids.empty());
}

TEST_P(Deviations, EachOneCanBePlayed) {
  const model::Network declared = network();
  TestEnvironment environment;
  // A role may have variants, such as the mobile node with a VPN: one of them knows it.
  const auto is_played = [&](const Deviation& deviation) {
    for (model::NodeId node = 0; node < declared.node_count(); ++node) {
      if (declared.node(node).role != GetParam()) continue;
      try {
        if (make_actor({declared, node, environment, {std::string(deviation.id)}})) return true;
      } catch (const model::InputError&) {
        // Another variant's.
      }
    }
    return false;
  };
  for (const Deviation& deviation : deviations(GetParam()))
    EXPECT_TRUE(is_played(deviation)) << deviation.id;
}

INSTANTIATE_TEST_SUITE_P(OfRole, Deviations,
                         ::testing::Values(Role::mobile_node, Role::foreign_agent, Role::home_agent,
                                           Role::mip_proxy, Role::vpn_gateway),
                         [](const auto& one) {
                           std::string name(to_string(one.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(MakeActor, ComplainsAboutRolesThatAreNotPlayed) {
  model::Network declared = network();
  TestEnvironment environment;
  declared.nodes[0].role = Role::firewall;
  try {
    make_actor({declared, 0, environment, {}});
    FAIL() << "made";
  } catch (const model::InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("firewall"));
  }
}

}  // namespace
}  // namespace mipvet::roles
