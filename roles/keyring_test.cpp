#include <gmock/gmock.h>

#include "roles/network_for_test.h"
#include "roles/registration.h"

// The keys of a node: RFC 3344 §3.5.1.

namespace mipvet::roles {
namespace {

using namespace testing;

class KeyringTest : public ::testing::Test {
 protected:
  Checked check(wire::Bytes message) const {
    return Keyring(network_, ha_)
        .check(*Received::parse(request::layout, message, {}), authentication::mobile_home, mn_);
  }
  const wire::Buffer message_ = wire::make(request::layout, {{request::lifetime, 300}});
  const model::Network network_ = network();
  const model::NodeId mn_ = network_.find_node("mn");
  const model::NodeId ha_ = network_.find_node("ha");
};

TEST_F(KeyringTest, WhatOneSignsTheOtherFindsValid) {
  wire::Buffer message = message_;
  ASSERT_TRUE(Keyring(network_, mn_).sign(message, authentication::mobile_home, ha_));
  EXPECT_EQ(message.size(), message_.size() + 22);
  EXPECT_EQ(check(message), Checked::valid);
}

// Every octet is covered, the SPI included; the type and length of the extension change what it is.
TEST_F(KeyringTest, NoOctetMayChange) {
  wire::Buffer message = message_;
  Keyring(network_, mn_).sign(message, authentication::mobile_home, ha_);
  for (std::size_t i = 1; i < message.size(); ++i) {
    message[i] ^= 1;
    EXPECT_NE(check(message), Checked::valid) << i;
    message[i] ^= 1;
  }
}

TEST_F(KeyringTest, SaysWhatIsWrong) {
  EXPECT_EQ(check(message_), Checked::absent);
  wire::Buffer message = message_;
  Keyring(network_, mn_).sign(message, authentication::mobile_home, ha_);
  wire::Buffer wrong = message;
  wrong.back() ^= 1;
  EXPECT_EQ(check(wrong), Checked::wrong);
  wire::Buffer of_the_proxy = message_;
  Keyring(network_, mn_)
      .sign(of_the_proxy, authentication::mobile_home, network_.find_node("mipp"));
  EXPECT_EQ(check(of_the_proxy), Checked::unknown_spi);
  Keyring(network_, mn_).sign(message, authentication::mobile_home, ha_);
  EXPECT_EQ(check(message), Checked::several);
}

TEST_F(KeyringTest, WithoutACommonKeyNothingIsSigned) {
  wire::Buffer message = message_;
  const Keyring keys(network_, mn_);
  EXPECT_FALSE(keys.sign(message, authentication::mobile_home, network_.find_node("cn")));
  EXPECT_FALSE(keys.sign(message, authentication::mobile_home, ha_, 999));
  EXPECT_FALSE(keys.sign(message, authentication::mobile_home, model::kNobody));
  EXPECT_EQ(message, message_);
  EXPECT_EQ(keys.with(network_.find_node("cn")), nullptr);
  ASSERT_NE(keys.with(ha_), nullptr);
  EXPECT_EQ(keys.with(ha_)->spi, 768U);
}

TEST_F(KeyringTest, TheSpiPicksOneOfSeveralKeys) {
  model::Network declared = network_;
  declared.associations.push_back({mn_, ha_, {.spi = 4000, .key = {1, 2, 3}}});
  wire::Buffer message = message_;
  ASSERT_TRUE(Keyring(declared, mn_).sign(message, authentication::mobile_home, ha_, 4000));
  const auto received = Received::parse(request::layout, message, {});
  EXPECT_EQ(received->extension(authentication::mobile_home)[authentication::spi], 4000U);
  EXPECT_EQ(Keyring(declared, ha_).check(*received, authentication::mobile_home, mn_),
            Checked::valid);
}

}  // namespace
}  // namespace mipvet::roles
