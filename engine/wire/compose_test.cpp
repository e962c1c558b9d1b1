#include "engine/wire/compose.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "engine/wire/ethernet.h"
#include "engine/wire/icmp.h"
#include "engine/wire/mip4.h"
#include "engine/wire/test_frames.h"

namespace mipvet::wire {
namespace {

using frames::octets;
using namespace mip4;

TEST(Make, PresetsTheTypeAndNothingElse) {
  EXPECT_EQ(make(request::layout), octets("01"
                                          "0000000000000000000000000000000000000000000000"));
  EXPECT_EQ(make(icmp::solicitation::layout), octets("0a00000000000000"));
  EXPECT_EQ(make(extension::layout), octets("0000"));
}

TEST(Make, LeavesWrongTypesAlone) {
  EXPECT_EQ(make(mobile_ip::layout, {{mobile_ip::type, 99}}), octets("63"));
  EXPECT_EQ(make(request::layout, {{request::type, 3}})[0], 3);
}

TEST(AppendExtension, SetsTheLengthUnlessItIsGiven) {
  Buffer message;
  append_extension(message, nai::layout, {{nai::nai, "a@b"}});
  EXPECT_EQ(message, octets("8303614062"));
  message.clear();
  append_extension(message, nai::layout, {{nai::nai, "a@b"}, {nai::length, 200}});
  EXPECT_EQ(message, octets("83c8614062"));
  message.clear();
  append_extension(message, ha_parameter::layout, {{ha_parameter::sub_type, 1}}, octets("ee"));
  EXPECT_EQ(message, octets("7f0701000000000"
                            "0ee"));
  message.clear();
  append_extension(message, vendor_critical::layout, {}, Buffer(300));
  EXPECT_EQ(message.size(), 310U);
  EXPECT_EQ(read(message, vendor_critical::length), 306U);
}

TEST(Set, TakesValuesOfEveryKind) {
  Buffer message(24);
  EXPECT_TRUE(set(message, request::home_agent, Ipv4Address{0xC0000201}));
  EXPECT_TRUE(set(message, request::lifetime, 65536 + 7));
  EXPECT_TRUE(set(message, request::identification, octets("0102030405060708")));
  EXPECT_EQ(message, octets("000000070000000"
                            "0c0000201000000000102030405060708"));
  Buffer frame(14);
  EXPECT_TRUE(set(frame, ethernet::source, *MacAddress::parse("02:00:00:00:00:05")));
  EXPECT_EQ(frame, octets("0000000000000200000000050000"));
  Buffer tail = octets("8303616263");
  EXPECT_TRUE(set(tail, nai::nai, "z"));
  EXPECT_EQ(tail, octets("83037a"));
}

TEST(Set, ChangesNothingWhereTheValueDoesNotFit) {
  Buffer message = octets("0102");
  EXPECT_FALSE(set(message, request::home_agent, Ipv4Address{1}));
  EXPECT_FALSE(set(message, request::lifetime, 1));
  EXPECT_FALSE(set(message, request::flags, octets("0102")));
  EXPECT_FALSE(set(message, request::reverse_tunneling, octets("01")));
  EXPECT_FALSE(set(message, authentication::authenticator, octets("01")));
  EXPECT_FALSE(set(message, nai::nai, 5));
  EXPECT_EQ(message, octets("0102"));
  EXPECT_THROW(make(nai::layout, {{nai::nai, 5}}), std::invalid_argument);
}

TEST(ParseValue, TakesOnlyWhatFitsTheField) {
  EXPECT_EQ(*parse_value(request::lifetime, "0xffff")->number(), 65535U);
  EXPECT_EQ(*parse_value(request::lifetime, "300")->number(), 300U);
  for (const char* text : {"", "65536", "-1", "+1", "1.5", " 1", "0x", "0x10000", "ten", "1e3",
                           "99999999999999999999999"})
    EXPECT_FALSE(parse_value(request::lifetime, text)) << text;
  EXPECT_EQ(*parse_value(request::reverse_tunneling, "true")->number(), 1U);
  EXPECT_FALSE(parse_value(request::reverse_tunneling, "2"));
  EXPECT_EQ(*parse_value(request::identification, "0xffffffffffffffff")->number(), ~0ULL);
  EXPECT_EQ(*parse_value(request::home_agent, "192.0.2.1")->number(), 0xC0000201U);
  EXPECT_FALSE(parse_value(request::home_agent, "192.0.2"));
  EXPECT_EQ(*parse_value(ethernet::source, "02:00:00:00:00:05")->number(), 0x020000000005U);
  EXPECT_FALSE(parse_value(ethernet::source, "02"));
  EXPECT_EQ(*parse_value(authentication::authenticator, "00ff")->octets(), octets("00ff"));
  for (const char* text : {"0", "zz", "0x00", "00 ff", "-1"})
    EXPECT_FALSE(parse_value(authentication::authenticator, text)) << text;
  EXPECT_EQ(*parse_value(nai::nai, "a\\x00b")->octets(), octets("610062"));
  for (const char* text : {"a\\", "a\\x0", "a\\n00", "\\xzz"})
    EXPECT_FALSE(parse_value(nai::nai, text)) << text;
}

TEST(FormatValue, IsReadable) {
  const Buffer message = octets("014a012c0a000105c0000201cb007109e8d4a51000000001");
  const View view(request::layout, message);
  EXPECT_EQ(format_value(view, request::identification), "0xe8d4a51000000001");
  EXPECT_EQ(format_value(view, request::lifetime), "300");
  EXPECT_EQ(format_value(view, request::reverse_tunneling), "1");
  EXPECT_EQ(format_value(view, request::home_agent), "192.0.2.1");
  const Buffer user = octets("8306611b5b316d5c");  // an escape sequence for terminals
  EXPECT_EQ(format_value(View(nai::layout, user), nai::nai), "a\\x1b[1m\\x5c");
  EXPECT_EQ(expected_form(request::lifetime), "a number from 0 to 65535");
}

}  // namespace
}  // namespace mipvet::wire
