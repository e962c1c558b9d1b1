#include "engine/wire/nearest.h"

#include <array>

#include <gtest/gtest.h>

#include "engine/wire/catalogue.h"
#include "engine/wire/mip4.h"

namespace mipvet::wire {
namespace {

constexpr std::array<std::string_view, 4> kNames{"lifetime", "home_address", "home_agent",
                                                 "care_of_address"};

TEST(Nearest, FindsWhatWasMeant) {
  EXPECT_EQ(nearest("care_of_adress", kNames), "care_of_address");
  EXPECT_EQ(nearest("care-of-address", kNames), "care_of_address");
  EXPECT_EQ(nearest("Lifetime", kNames), "lifetime");
  EXPECT_EQ(nearest("home_agnet", kNames), "home_agent");
  EXPECT_EQ(nearest("homeaddress", kNames), "home_address");
}

TEST(Nearest, DoesNotGuessWildly) {
  EXPECT_EQ(nearest("identification", kNames), std::nullopt);
  EXPECT_EQ(nearest("x", kNames), std::nullopt);
  EXPECT_EQ(nearest("", kNames), std::nullopt);
  EXPECT_EQ(nearest("lifetime", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(1 << 20, 'a'), kNames), std::nullopt);
}

TEST(Nearest, MakesAnError) {
  EXPECT_EQ(unknown_name("field", "care_of_adress", kNames),
            "unknown field `care_of_adress`, did you mean `care_of_address`?");
  EXPECT_EQ(unknown_name("field", "zzz", kNames),
            "unknown field `zzz`, there are: lifetime, home_address, home_agent, care_of_address");
  EXPECT_EQ(unknown_name("field", "zzz", {}), "unknown field `zzz`");
}

TEST(Catalogue, FindsEveryTableByName) {
  for (const Layouts& some : {headers(), messages(), registration_extensions(),
                              discovery_extensions(), ike_payloads(), ike_substructures()})
    for (const Layout* layout : some) EXPECT_EQ(find_layout(layout->name), layout);
  EXPECT_EQ(find_layout("registration-request"), &mip4::request::layout);
  EXPECT_EQ(find_layout("extension"), &mip4::extension::layout);
  EXPECT_EQ(find_layout("registration-reqest"), nullptr);
}

TEST(Catalogue, ExtensionsBearTheirTypes) {
  for (const Layouts& some : {registration_extensions(), discovery_extensions()}) {
    for (const Layout* layout : some) EXPECT_TRUE(layout->type_value) << layout->name;
    for (std::size_t i = 1; i < some.size(); ++i)
      EXPECT_NE(*some[i - 1]->type_value, *some[i]->type_value);
  }
  EXPECT_EQ(find_layout("nai")->type_value, 131);
}

TEST(Catalogue, SuggestsNames) {
  EXPECT_EQ(unknown_layout("registration-reqest"),
            "unknown message `registration-reqest`, did you mean `registration-request`?");
  EXPECT_EQ(unknown_field(mip4::request::layout, "care_of_adress"),
            "unknown field of registration-request `care_of_adress`, did you mean "
            "`care_of_address`?");
}

}  // namespace
}  // namespace mipvet::wire
