#include <gtest/gtest.h>

#include "engine/rules/ike_facts_for_test.h"
#include "engine/wire/esp.h"

// The rules about MOBIKE and ESP that have more than one case, on facts made by hand.

namespace mipvet::rules::testing {
namespace {

using observer::ChildSa;
using observer::PathUse;

class MobikeRules : public ::testing::Test, protected IkeFacts {
 protected:
  static ike::PayloadChain cookie2(std::uint8_t octet, std::size_t size = 16) {
    return notifications({"cookie2"}, wire::Buffer(size, octet));
  }
  observer::AddressesUpdated updated(std::uint8_t side, const IkeMessage& request,
                                     const IkeMessage* response,
                                     std::span<const PathUse> used) const {
    const observer::Path before{address(side), address(std::uint8_t(1U - side)), 4500, 4500};
    observer::Path now = before;
    (side == kClient ? now.local : now.remote) = *wire::Ipv4Address::parse("198.51.100.200");
    return {about(side), request, response, before, now, used, nullptr, nullptr, nullptr};
  }
};

TEST_F(MobikeRules, AnUpdateIsABareNotification) {
  judge.on(sent(kClient, asks(kClient, notifications({"update-sa-addresses"}))));
  EXPECT_EQ(verdict("RFC4555-4.2.4-01", "mn"), "pass");
  EXPECT_EQ(verdict("RFC4555-3.5-07", "mn"), "pass");
  judge.on(sent(kClient, asks(kClient, notifications({"update-sa-addresses"}, wire::Buffer(4)))));
  EXPECT_EQ(verdict("RFC4555-4.2.4-01", "mn"), "fail");
  EXPECT_EQ(verdict("RFC4555-3.5-07", "mn"), "fail");
}

TEST_F(MobikeRules, TheGatewayNeverUpdates) {
  judge.on(sent(kGateway, asks(kGateway, {})));
  EXPECT_EQ(verdict("RFC4555-2.1-01", "gw"), "pass");
  judge.on(sent(kGateway, asks(kGateway, notifications({"update-sa-addresses"}))));
  EXPECT_EQ(verdict("RFC4555-2.1-01", "gw"), "fail");
}

TEST_F(MobikeRules, Cookie2ComesBackAsItWas) {
  const IkeMessage request = asks(kClient, cookie2(7));
  judge.on(answered(kGateway, request, answers(kGateway, cookie2(7))));
  EXPECT_EQ(verdict("RFC4555-3.7-05", "gw"), "pass");
  judge.on(answered(kGateway, request, answers(kGateway, cookie2(8))));
  EXPECT_EQ(verdict("RFC4555-3.7-05", "gw"), "fail");
}

TEST_F(MobikeRules, ARefusalMayLackCookie2) {
  const IkeMessage request = asks(kClient, cookie2(7));
  judge.on(
      answered(kGateway, request, answers(kGateway, notifications({"unacceptable-addresses"}))));
  EXPECT_EQ(verdict("RFC4555-3.7-05", "gw"), "-");
}

TEST_F(MobikeRules, Cookie2OfAnotherSizeIsOfNoConsequence) {
  const IkeMessage request = asks(kClient, cookie2(7, 65));
  judge.on(sent(kClient, request));
  EXPECT_EQ(verdict("RFC4555-4.2.5-01", "mn"), "fail");
  judge.on(answered(kGateway, request, answers(kGateway, {})));
  EXPECT_EQ(verdict("RFC4555-3.7-05", "gw"), "-");
}

TEST_F(MobikeRules, AWrongCookie2EndsTheIkeSa) {
  const IkeMessage request = asks(kClient, cookie2(7));
  const IkeMessage response = answers(kGateway, cookie2(8), 10s + 5ms);
  const auto ended = [&](const IkeMessage* next) {
    judge.on(observer::IkeExchangeEnded{
        about(kClient), request, &response, {}, {}, true, next, nullptr});
  };
  ike::PayloadChain chain;
  chain.add(ike::delete_::layout, {{ike::delete_::protocol_id, 1}});
  const IkeMessage closes = asks(kClient, chain, 11s, 3);
  ended(&closes);
  EXPECT_EQ(verdict("RFC4555-3.7-07", "mn"), "pass");
  ended(nullptr);
  EXPECT_EQ(verdict("RFC4555-3.7-07", "mn"), "pass");
  const IkeMessage goes_on = asks(kClient, {}, 11s, 3);
  ended(&goes_on);
  EXPECT_EQ(verdict("RFC4555-3.7-07", "mn"), "fail");
}

TEST_F(MobikeRules, EspAfterAWrongCookie2IsGoingOn) {
  const IkeMessage request = asks(kClient, cookie2(7));
  const IkeMessage response = answers(kGateway, cookie2(8), 10s + 5ms);
  sa.sides[kClient].last_sent = at(18s);
  judge.on(observer::IkeExchangeEnded{
      about(kClient), request, &response, {}, {}, true, nullptr, nullptr});
  EXPECT_EQ(verdict("RFC4555-3.7-06", "mn"), "fail");
}

TEST_F(MobikeRules, EspFollowsAnUpdate) {
  const IkeMessage request = asks(kClient, notifications({"update-sa-addresses"}));
  const IkeMessage response = answers(kGateway, {}, 10s + 5ms);
  ChildSa child;
  PathUse use{&child, 5, 2, 0, 0};
  judge.on(updated(kGateway, request, &response, {&use, 1}));
  EXPECT_EQ(verdict("RFC4555-3.5-18", "gw"), "pass");
  use.late_on_old = 1;
  judge.on(updated(kGateway, request, &response, {&use, 1}));
  EXPECT_EQ(verdict("RFC4555-3.5-18", "gw"), "fail");
}

TEST_F(MobikeRules, AChildSaMayBeReplacedInsteadOfMoved) {
  const IkeMessage request = asks(kClient, notifications({"update-sa-addresses"}));
  const IkeMessage response = answers(kGateway, {}, 10s + 5ms);
  ChildSa child;
  child.replaced = at(12s);
  const PathUse use{&child, 0, 2, 3, 0};
  judge.on(updated(kGateway, request, &response, {&use, 1}));
  EXPECT_EQ(verdict("RFC4555-3.5-18", "gw"), "pass");
}

TEST_F(MobikeRules, ARefusedUpdateMovesNothing) {
  const IkeMessage request = asks(kClient, notifications({"update-sa-addresses"}));
  const IkeMessage refusal = answers(kGateway, notifications({"unacceptable-addresses"}));
  ChildSa child;
  PathUse use{&child, 0, 5, 5, 0};
  judge.on(updated(kGateway, request, &refusal, {&use, 1}));
  EXPECT_EQ(verdict("RFC4555-3.5-13", "gw"), "pass");
  EXPECT_EQ(verdict("RFC4555-3.5-18", "gw"), "-");
  use.on_new = 1;
  judge.on(updated(kGateway, request, &refusal, {&use, 1}));
  EXPECT_EQ(verdict("RFC4555-3.5-13", "gw"), "fail");
}

TEST_F(MobikeRules, ARequestThatOutlivesAMoveIsFollowedByANewOne) {
  const IkeMessage request = asks(kClient, notifications({"update-sa-addresses"}));
  const observer::Path there = sa.sides[kClient].path;
  observer::Path elsewhere = there;
  elsewhere.local = *wire::Ipv4Address::parse("198.51.100.200");
  const observer::Path back{elsewhere.remote, elsewhere.local, 4500, 4500};
  const IkeMessage astray = answers(kGateway, {}, 14s);
  IkeMessage response = answers(kGateway, {}, 14s, 2, back);
  response.receiver = sa.sides[kClient].node;
  const std::array times{at(10s), at(12s)};
  const std::array paths{there, elsewhere};
  const IkeMessage next =
      asks(kClient, notifications({"update-sa-addresses"}), 14s + 5ms, 3, elsewhere);
  judge.on(observer::IkeExchangeEnded{about(kClient), request, &astray, times, paths, true, nullptr,
                                      nullptr});
  EXPECT_EQ(verdict("RFC4555-3.5-10", "mn"), "-");
  judge.on(observer::IkeExchangeEnded{about(kClient), request, &response, times, paths, true, &next,
                                      nullptr});
  EXPECT_EQ(verdict("RFC4555-3.5-10", "mn"), "pass");
  EXPECT_EQ(verdict("RFC4555-3.5-05", "mn"), "pass");
  judge.on(observer::IkeExchangeEnded{about(kClient), request, &response, times, paths, false,
                                      nullptr, nullptr});
  EXPECT_EQ(verdict("RFC4555-3.5-10", "mn"), "fail");
  EXPECT_EQ(verdict("RFC4555-3.5-05", "mn"), "fail");
}

struct Esp {
  wire::Buffer octets = wire::Buffer(64);
  wire::Packet packet;
  observer::Place place;
};

class EspRules : public MobikeRules {
 protected:
  void send(std::uint32_t number, std::uint32_t highest, std::uint64_t packets) {
    wire::write(esp_.octets, wire::esp::spi, 0xC0000002);
    wire::write(esp_.octets, wire::esp::sequence_number, number);
    esp_.place.time = at(20s);
    esp_.place.source = address(kGateway);
    esp_.place.destination = goes_to;
    judge.on(observer::EspSent{about(kGateway),
                               esp_.place,
                               esp_.packet,
                               {wire::esp::layout, esp_.octets},
                               observer::Protection::no_key,
                               false,
                               &child,
                               highest,
                               packets,
                               {},
                               true,
                               {},
                               {},
                               false,
                               nullptr});
  }
  ChildSa child;
  wire::Ipv4Address goes_to = address(kClient);

 private:
  Esp esp_;
};

TEST_F(EspRules, SequenceNumbersRise) {
  send(1, 0, 0);
  send(2, 1, 1);
  send(9, 2, 2);  // lost before the capture
  EXPECT_EQ(verdict("RFC4303-2.2-01", "gw"), "pass");
  EXPECT_EQ(verdict("RFC4303-2.2-02", "gw"), "pass");
  send(8, 9, 3);
  EXPECT_EQ(verdict("RFC4303-2.2-01", "gw"), "warn");
  send(1, 9, 4);
  EXPECT_EQ(verdict("RFC4303-2.2-01", "gw"), "fail");
}

TEST_F(EspRules, ASequenceNumberIsUsedOnce) {
  send(5, 5, 5);
  EXPECT_EQ(verdict("RFC4303-2.2-01", "gw"), "fail");
}

TEST_F(EspRules, WithoutAnUpdateTheGatewayStays) {
  send(1, 0, 0);
  EXPECT_EQ(verdict("RFC4555-3.5-01", "gw"), "pass");
  goes_to = *wire::Ipv4Address::parse("198.51.100.99");
  send(2, 1, 1);
  EXPECT_EQ(verdict("RFC4555-3.5-01", "gw"), "fail");
}

TEST_F(EspRules, TheGatewayMayFollowTheClientsEsp) {
  goes_to = *wire::Ipv4Address::parse("198.51.100.99");
  child.from[kClient].path.local = goes_to;
  send(1, 0, 0);
  EXPECT_EQ(verdict("RFC4555-3.5-01", "gw"), "pass");
}

TEST_F(EspRules, ADeletedChildSaIsNotUsed) {
  child.deleted = at(19s + 500ms);
  send(1, 0, 0);
  EXPECT_EQ(verdict("RFC7296-1.4.1-01", "gw"), "-");
  child.deleted = at(15s);
  send(2, 1, 1);
  EXPECT_EQ(verdict("RFC7296-1.4.1-01", "gw"), "fail");
}

}  // namespace
}  // namespace mipvet::rules::testing
