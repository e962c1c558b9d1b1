#include "engine/wire/dhcp_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mipvet::wire::dhcp {
namespace {

Ipv4Address ip(std::string_view dotted) {
  return Ipv4Address::parse(dotted).value();
}

Message everything() {
  Message message;
  message.kind = &ack;
  message.xid = 0x3903F326;
  message.secs = 7;
  message.broadcast = true;
  message.ciaddr = ip("198.51.100.69");
  message.yiaddr = ip("198.51.100.70");
  message.giaddr = ip("198.51.100.71");
  message.chaddr = *MacAddress::parse("02:00:00:00:00:05");
  message.requested_address = ip("198.51.100.72");
  message.server = ip("198.51.100.1");
  message.lease_time = 3600;
  message.renewal_time = 1800;
  message.rebinding_time = 3150;
  message.subnet_mask = ip("255.255.255.128");
  message.router = ip("198.51.100.2");
  message.client_identifier = {1, 2, 0, 0, 0, 0, 5};
  message.parameter_request_list = {1, 3, 51};
  message.text = "why not";
  return message;
}

TEST(DhcpMessage, IsReadAsItWasMade) {
  const Message made = everything();
  const auto read = read_message(compose(made));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, &ack);
  EXPECT_EQ(read->xid, made.xid);
  EXPECT_EQ(read->secs, made.secs);
  EXPECT_TRUE(read->broadcast);
  EXPECT_EQ(read->ciaddr, made.ciaddr);
  EXPECT_EQ(read->yiaddr, made.yiaddr);
  EXPECT_EQ(read->giaddr, made.giaddr);
  EXPECT_EQ(read->chaddr, made.chaddr);
  EXPECT_EQ(read->requested_address, made.requested_address);
  EXPECT_EQ(read->server, made.server);
  EXPECT_EQ(read->lease_time, made.lease_time);
  EXPECT_EQ(read->renewal_time, made.renewal_time);
  EXPECT_EQ(read->rebinding_time, made.rebinding_time);
  EXPECT_EQ(read->subnet_mask, made.subnet_mask);
  EXPECT_EQ(read->router, made.router);
  EXPECT_EQ(read->client_identifier, made.client_identifier);
  EXPECT_EQ(read->parameter_request_list, made.parameter_request_list);
  EXPECT_EQ(read->text, made.text);
}

TEST(DhcpMessage, HasNoOptionThatItWasNotGiven) {
  Message made;
  made.kind = &discover;
  const Buffer octets = compose(made);
  EXPECT_GE(octets.size(), 300U);
  EXPECT_EQ(View(other, octets)[op], kBootRequest);
  const auto read = read_message(octets);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, &discover);
  EXPECT_FALSE(read->broadcast);
  EXPECT_FALSE(read->requested_address || read->server || read->lease_time || read->router);
  EXPECT_TRUE(read->client_identifier.empty() && read->text.empty());
}

TEST(DhcpMessage, RefusesWhatIsNone) {
  EXPECT_FALSE(read_message({}));
  EXPECT_FALSE(read_message(Buffer(300)));
  Buffer cut = compose(everything());
  cut.resize(250);
  EXPECT_FALSE(read_message(cut));
  Buffer long_hardware_address = compose(everything());
  write(long_hardware_address, hlen, 16);
  EXPECT_FALSE(read_message(long_hardware_address));
}

}  // namespace
}  // namespace mipvet::wire::dhcp
