#include <gtest/gtest.h>

#include "engine/rules/ike_facts_for_test.h"

// The rules about IKE that have more than one case, on facts made by hand.

namespace mipvet::rules::testing {
namespace {

class IkeRules : public ::testing::Test, protected IkeFacts {};

TEST_F(IkeRules, RepeatsHaveToComeAtGrowingIntervals) {
  const IkeMessage request = asks(kGateway, {});
  observer::IkeRequestSent copy = {about(kGateway), request, &request, 3, 4s, 2s,
                                   nullptr,         nullptr, nullptr};
  judge.on(copy);
  EXPECT_EQ(verdict("RFC7296-2.4-05", "gw"), "pass");
  judge.on(observer::IkeRequestSent{about(kGateway), request, &request, 3, 2s, 2s, nullptr, nullptr,
                                    nullptr});
  EXPECT_EQ(verdict("RFC7296-2.4-05", "gw"), "fail");
}

TEST_F(IkeRules, TestsOfPathsMayComeAtConstantIntervals) {
  ike::PayloadChain chain = notifications(
      {"nat-detection-source-ip", "nat-detection-destination-ip"}, wire::Buffer(20, 7));
  const IkeMessage request = asks(kClient, chain);
  judge.on(observer::IkeRequestSent{about(kClient), request, &request, 3, 2s, 2s, nullptr, nullptr,
                                    nullptr});
  EXPECT_EQ(verdict("RFC7296-2.4-05", "mn"), "-");
}

TEST_F(IkeRules, OneRequestAtATime) {
  sa.sides[kClient].unanswered = 1;
  const IkeMessage request = asks(kClient, notifications({"update-sa-addresses"}));
  judge.on(sent(kClient, request));
  EXPECT_EQ(verdict("RFC7296-2.3-02", "mn"), "fail");
  EXPECT_EQ(verdict("RFC4555-3.5-06", "mn"), "fail");
}

TEST_F(IkeRules, AWindowOfTwoTakesTwoRequests) {
  sa.sides[kClient].unanswered = 1;
  sa.sides[kGateway].window = 2;
  const IkeMessage request = asks(kClient, notifications({"update-sa-addresses"}));
  judge.on(sent(kClient, request));
  EXPECT_EQ(verdict("RFC7296-2.3-02", "mn"), "-");
  EXPECT_EQ(verdict("RFC4555-3.5-06", "mn"), "pass");
}

TEST_F(IkeRules, MessageIdsAreCountedByEachSide) {
  judge.on(sent(kClient, asks(kClient, {})));
  EXPECT_EQ(verdict("RFC7296-2.2-03", "mn"), "pass");
  judge.on(sent(kGateway, asks(kGateway, {}, 10s, 3)));
  EXPECT_EQ(verdict("RFC7296-2.2-03", "gw"), "fail");
}

TEST_F(IkeRules, AResponseGoesBackToWhereTheRequestCameFrom) {
  const observer::Path other{*wire::Ipv4Address::parse("198.51.100.99"), address(kGateway), 4500,
                             4500};
  const observer::Path back{other.remote, other.local, 4500, 4500};
  const IkeMessage request = asks(kClient, {}, 10s, 2, other);
  judge.on(answered(kGateway, request, answers(kGateway, {}, 10s, 2, back)));
  EXPECT_EQ(verdict("RFC7296-2.11-02", "gw"), "pass");
  EXPECT_EQ(verdict("RFC4555-1.2-03", "gw"), "pass");
  judge.on(answered(kGateway, request, answers(kGateway, {})));
  EXPECT_EQ(verdict("RFC7296-2.11-02", "gw"), "fail");
  EXPECT_EQ(verdict("RFC4555-1.2-03", "gw"), "fail");
}

TEST_F(IkeRules, AResponseMayGoToTheStoredAddressAsWell) {
  const observer::Path other{*wire::Ipv4Address::parse("198.51.100.99"), address(kGateway), 4500,
                             4500};
  const observer::Path back{other.remote, other.local, 4500, 4500};
  const IkeMessage request = asks(kClient, {}, 10s, 2, other);
  const IkeMessage first = answers(kGateway, {}, 10s, 2, back);
  const IkeMessage second = answers(kGateway, {}, 10s + 1ms);
  judge.on(observer::IkeResponseSent{about(kGateway), &request, second, &first, 2, 1});
  EXPECT_EQ(verdict("RFC7296-2.11-02", "gw"), "pass");
  EXPECT_EQ(verdict("RFC7296-2.1-01", "gw"), "pass");
  const IkeMessage late = answers(kGateway, {}, 12s);
  judge.on(observer::IkeResponseSent{about(kGateway), &request, late, &first, 3, 1});
  EXPECT_EQ(verdict("RFC7296-2.11-02", "gw"), "fail");
  EXPECT_EQ(verdict("RFC7296-2.1-01", "gw"), "fail");
}

TEST_F(IkeRules, AnInformationalRequestIsAnswered) {
  const IkeMessage request = asks(kClient, {});
  const IkeMessage response = answers(kGateway, {}, 10s + 5ms);
  judge.on(settled(kGateway, request, &response));
  EXPECT_EQ(verdict("RFC7296-1.4-02", "gw"), "pass");
  judge.on(settled(kGateway, request, nullptr));
  EXPECT_EQ(verdict("RFC7296-1.4-02", "gw"), "fail");
}

TEST_F(IkeRules, NobodyIsBlamedForSilenceOnAnIkeSaThatIsClosed) {
  sa.state = observer::IkeSa::State::closed;
  const IkeMessage request = asks(kClient, {});
  judge.on(settled(kGateway, request, nullptr));
  EXPECT_EQ(verdict("RFC7296-1.4-02", "gw"), "-");
}

TEST_F(IkeRules, AMobileNodeThatHasGoneIsNotBlamedForSilence) {
  const IkeMessage request = asks(kGateway, {});
  judge.on(settled(kClient, request, nullptr));
  EXPECT_EQ(verdict("RFC7296-1.4-02", "mn"), "-");
  sa.sides[kClient].last_sent = at(11s);
  judge.on(settled(kClient, request, nullptr));
  EXPECT_EQ(verdict("RFC7296-1.4-02", "mn"), "fail");
}

TEST_F(IkeRules, AnUnknownPayloadIsSkippedUnlessItIsCritical) {
  ike::PayloadChain chain;
  chain.add_type(200);
  IkeMessage request = asks(kClient, chain);
  const IkeMessage plain = answers(kGateway, {}, 10s + 5ms);
  judge.on(settled(kGateway, request, &plain));
  EXPECT_EQ(verdict("RFC7296-2.5-04", "gw"), "pass");
  EXPECT_EQ(verdict("RFC7296-2.5-05", "gw"), "-");
  ike::PayloadChain critical;
  const std::array set{wire::FieldValue{ike::payload::critical, 1}};
  critical.add_type(200, set);
  request = asks(kClient, critical);
  judge.on(settled(kGateway, request, &plain));
  EXPECT_EQ(verdict("RFC7296-2.5-05", "gw"), "fail");
  EXPECT_EQ(verdict("RFC7296-2.21.3-01", "gw"), "fail");
}

TEST_F(IkeRules, WhatIsChosenWasOffered) {
  const auto init = [&](std::uint8_t side, std::vector<ike::Transform> transforms) {
    const std::array<ike::Proposal, 1> proposals{{{ike::kProtocolIke, {}, transforms, {}}}};
    ike::PayloadChain chain;
    chain.add(ike::security_association::layout, {}, ike::make_proposals(proposals));
    return message(side, ike::ike_sa_init, side == kGateway, 0, chain);
  };
  const IkeMessage offer =
      init(kClient, {{1, 12, 256}, {1, 12, 128}, {2, 5, {}}, {3, 12, {}}, {4, 14, {}}});
  judge.on(answered(kGateway, offer,
                    init(kGateway, {{1, 12, 128}, {2, 5, {}}, {3, 12, {}}, {4, 14, {}}})));
  EXPECT_EQ(verdict("RFC7296-2.7-02", "gw"), "pass");
  EXPECT_EQ(verdict("RFC7296-3.3.6-01", "gw"), "pass");
  judge.on(answered(kGateway, offer,
                    init(kGateway, {{1, 12, 192}, {2, 5, {}}, {3, 12, {}}, {4, 14, {}}})));
  EXPECT_EQ(verdict("RFC7296-2.7-02", "gw"), "pass");
  EXPECT_EQ(verdict("RFC7296-3.3.6-01", "gw"), "fail");
  judge.on(answered(kGateway, offer, init(kGateway, {{1, 12, 128}, {3, 12, {}}, {4, 14, {}}})));
  EXPECT_EQ(verdict("RFC7296-2.7-02", "gw"), "fail");
  EXPECT_EQ(verdict("RFC7296-3.3.3-01", "gw"), "fail");
}

TEST_F(IkeRules, ARefusedGroupIsReplacedByTheOneThatIsWanted) {
  const auto init = [&](std::uint64_t group, net::Duration since) {
    const std::vector<ike::Transform> transforms{
        {1, 12, 128}, {2, 5, {}}, {3, 12, {}}, {4, 14, {}}, {4, 19, {}}};
    const std::array<ike::Proposal, 1> proposals{{{ike::kProtocolIke, {}, transforms, {}}}};
    ike::PayloadChain chain;
    chain.add(ike::security_association::layout, {}, ike::make_proposals(proposals));
    chain.add(ike::key_exchange::layout, {{ike::key_exchange::group, group}},
              wire::Buffer(group == 14 ? 256 : 64, 1));
    return message(kClient, ike::ike_sa_init, false, 0, chain, since);
  };
  const IkeMessage request = init(14, 2s);
  const IkeMessage refusal =
      message(kGateway, ike::ike_sa_init, true, 0,
              notifications({"invalid-ke-payload"}, wire::Buffer{0, 19}), 2s + 5ms);
  const IkeMessage right = init(19, 3s);
  judge.on(
      observer::IkeExchangeEnded{about(kClient), request, &refusal, {}, {}, true, &right, nullptr});
  EXPECT_EQ(verdict("RFC7296-1.2-09", "mn"), "pass");
  EXPECT_EQ(verdict("RFC7296-1.2-10", "mn"), "pass");
  const IkeMessage wrong = init(14, 3s);
  judge.on(
      observer::IkeExchangeEnded{about(kClient), request, &refusal, {}, {}, true, &wrong, nullptr});
  EXPECT_EQ(verdict("RFC7296-1.2-09", "mn"), "fail");
}

}  // namespace
}  // namespace mipvet::rules::testing
