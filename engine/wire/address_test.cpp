#include "engine/wire/address.h"

#include <gtest/gtest.h>

namespace mipvet::wire {
namespace {

TEST(Ipv4Address, ReadsAndWritesDottedOctets) {
  const auto address = Ipv4Address::parse("192.0.2.1");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->value, 0xC0000201U);
  EXPECT_EQ(address->to_string(), "192.0.2.1");
  EXPECT_EQ(Ipv4Address::parse("0.0.0.0")->value, 0U);
  EXPECT_EQ(Ipv4Address::parse("255.255.255.255"), kLimitedBroadcast);
}

TEST(Ipv4Address, TakesNothingElse) {
  for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04",
                           "1.2.3.4 ", " 1.2.3.4", "1.2.3.", ".1.2.3", "1..2.3", "0x1.2.3.4",
                           "+1.2.3.4", "-1.2.3.4", "1.2.3.4/24", "a.b.c.d", "99999999999.2.3.4"})
    EXPECT_FALSE(Ipv4Address::parse(text)) << text;
}

TEST(Ipv4Prefix, ReadsAndWrites) {
  const auto prefix = Ipv4Prefix::parse("10.0.1.5/24");
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->to_string(), "10.0.1.5/24");
  EXPECT_TRUE(prefix->contains(*Ipv4Address::parse("10.0.1.255")));
  EXPECT_FALSE(prefix->contains(*Ipv4Address::parse("10.0.2.5")));
  EXPECT_EQ(prefix->directed_broadcast().to_string(), "10.0.1.255");
  EXPECT_TRUE(Ipv4Prefix::parse("0.0.0.0/0")->contains(kLimitedBroadcast));
  EXPECT_EQ(Ipv4Prefix::parse("1.2.3.4/32")->mask(), 0xFFFFFFFFU);
  for (const char* text : {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0/8",
                           "10.0.0.0/8 ", "10.0.0.0/-1", "/8", "10.0.0.0//8"})
    EXPECT_FALSE(Ipv4Prefix::parse(text)) << text;
}

TEST(MacAddress, ReadsAndWrites) {
  const auto mac = MacAddress::parse("02:00:5E:00:0a:ff");
  ASSERT_TRUE(mac);
  EXPECT_EQ(mac->to_string(), "02:00:5e:00:0a:ff");
  EXPECT_FALSE(mac->is_group());
  EXPECT_TRUE(MacAddress::parse("ff:ff:ff:ff:ff:ff")->is_broadcast());
  EXPECT_TRUE(MacAddress::parse("01:00:5e:00:00:01")->is_group());
  for (const char* text : {"", "02:00:5e:00:0a", "02-00-5e-00-0a-ff", "02:00:5e:00:0a:fg",
                           "02:00:5e:00:0a:ff:", "2:0:5e:0:a:ff", "02:00:5e:00:0a:ff:01"})
    EXPECT_FALSE(MacAddress::parse(text)) << text;
}

}  // namespace
}  // namespace mipvet::wire
