#include "roles/address_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/net/network_for_test.h"

namespace mipvet::roles {
namespace {

using net::testing::ip;
using net::testing::prefix;
using ::testing::Optional;

class AddressPoolTest : public ::testing::Test {
 protected:
  const model::Network network_ = net::testing::NetworkBuilder()
                                      .link("inside")
                                      .node("ha", Role::home_agent)
                                      .attach(0, "10.20.0.2/24")
                                      .network;
  AddressPool pool_{network_, prefix("10.20.0.0/29")};
};

TEST_F(AddressPoolTest, GivesTheLowestThatIsFree) {
  EXPECT_THAT(pool_.take(1, "a"), Optional(ip("10.20.0.1")));
  EXPECT_THAT(pool_.take(2, "b"), Optional(ip("10.20.0.3"))) << "a node has .2";
  EXPECT_THAT(pool_.take(1, "a"), Optional(ip("10.20.0.1"))) << "asked again";
  pool_.give_back(1);
  EXPECT_THAT(pool_.take(3, "c"), Optional(ip("10.20.0.1")));
  EXPECT_THAT(pool_.held_by(2), Optional(ip("10.20.0.3")));
  EXPECT_EQ(pool_.held_by(1), std::nullopt);
}

TEST_F(AddressPoolTest, GivesThePeerItsFormerAddress) {
  pool_.take(1, "a");
  pool_.take(2, "b");
  pool_.give_back(2);
  pool_.give_back(1);
  EXPECT_THAT(pool_.take(3, "b"), Optional(ip("10.20.0.3")));
  EXPECT_THAT(pool_.take(4, "b"), Optional(ip("10.20.0.1"))) << "the former is in use";
}

TEST_F(AddressPoolTest, HasNoMoreThanItHas) {
  for (std::uint32_t holder = 1; holder <= 5; ++holder)
    EXPECT_TRUE(pool_.take(holder, std::to_string(holder)));
  EXPECT_EQ(pool_.take(6, "6"), std::nullopt);
  pool_.clear();
  EXPECT_TRUE(pool_.take(7, "7"));
}

TEST_F(AddressPoolTest, MayBeOneAddressOrNone) {
  AddressPool one(network_, prefix("10.20.0.7/32"));
  EXPECT_THAT(one.take(1, "a"), Optional(ip("10.20.0.7")));
  EXPECT_EQ(one.take(2, "b"), std::nullopt);
  EXPECT_TRUE(one.contains(ip("10.20.0.7")));
  AddressPool none(network_, std::nullopt);
  EXPECT_EQ(none.take(1, "a"), std::nullopt);
  EXPECT_FALSE(none.contains(ip("10.20.0.7")));
}

}  // namespace
}  // namespace mipvet::roles
