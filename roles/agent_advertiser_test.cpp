#include "roles/agent_advertiser.h"

#include "engine/wire/icmp.h"
#include "roles/role_for_test.h"

// Agents advertise: RFC 3344 §2.1, §2.3. Played by a foreign agent and a home agent.

namespace mipvet::roles {
namespace {

using namespace testing;
namespace icmp = wire::icmp;
namespace mobility = wire::icmp::mobility_agent;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AgentAdvertiserTest : public RoleTest {
 protected:
  static wire::View mobility_of(const Sent& sent) {
    return sent.packet().view(*sent.packet().find(mobility::layout));
  }
  void solicit() {
    arrive("visited",
           wire::ip_frame({kPeerMac, wire::kBroadcastMac},
                          wire::icmp_datagram(
                              {.source = kMn, .destination = wire::kAllRouters, .time_to_live = 1},
                              wire::make(icmp::solicitation::layout))));
  }
};

TEST_F(AgentAdvertiserTest, SaysWhatTheForeignAgentOffers) {
  play("fa");
  const auto sent = take_advertisements();
  ASSERT_THAT(sent, SizeIs(1)) << "at once when it starts";
  EXPECT_EQ(sent[0].link, "visited");
  EXPECT_EQ(sent[0].source(), kFaVisited);
  EXPECT_EQ(sent[0].destination(), wire::kAllSystems);
  EXPECT_EQ(sent[0].ip()[wire::ip::time_to_live], 1U);
  EXPECT_EQ(sent[0][icmp::code], 0U);
  EXPECT_EQ(sent[0][icmp::advertisement::lifetime], 3U);
  EXPECT_EQ(icmp::advertisement::router_address(sent[0].message(), 0), kFaVisited);
  const wire::View extension = mobility_of(sent[0]);
  EXPECT_EQ(extension[mobility::sequence_number], 0U);
  EXPECT_EQ(extension[mobility::registration_lifetime], 600U);
  EXPECT_EQ(extension[mobility::foreign_agent], 1U);
  EXPECT_EQ(extension[mobility::home_agent], 0U);
  EXPECT_EQ(extension[mobility::reverse_tunneling], 1U);
  ASSERT_EQ(mobility::care_of_count(extension), 1U);
  EXPECT_EQ(mobility::care_of_address(extension, 0), kFaPublic);
  const wire::Layer* lengths = sent[0].packet().find(icmp::prefix_lengths::layout);
  ASSERT_NE(lengths, nullptr);
  EXPECT_EQ(sent[0].packet().view(*lengths).bytes().back(), 26U);
  EXPECT_EQ(sent[0].packet().defects(), 0);
}

TEST_F(AgentAdvertiserTest, AHomeAgentOffersNoCareOfAddress) {
  play("ha", R"({"nodes": {"ha": {"parameters": {"advertise": {"interval": 1.0}}}}})");
  const auto sent = take_advertisements();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].link, "home");
  EXPECT_EQ(mobility_of(sent[0])[mobility::home_agent], 1U);
  EXPECT_EQ(mobility_of(sent[0])[mobility::foreign_agent], 0U);
  EXPECT_EQ(mobility::care_of_count(mobility_of(sent[0])), 0U);
}

// RFC 3344 §2.1: a third of the lifetime at most, a little at random.
TEST_F(AgentAdvertiserTest, AtIntervalsWithTheNextSequenceNumber) {
  play("fa");
  pass(30s);
  const auto sent = take_advertisements();
  ASSERT_THAT(sent, SizeIs(::testing::AllOf(::testing::Ge(30U), ::testing::Le(35U))));
  std::set<net::Duration> pauses;
  for (std::size_t i = 1; i < sent.size(); ++i) {
    EXPECT_EQ(mobility_of(sent[i])[mobility::sequence_number], i);
    EXPECT_LE(sent[i].time - sent[i - 1].time, 1s);
    pauses.insert(sent[i].time - sent[i - 1].time);
  }
  EXPECT_GT(pauses.size(), 10U);
}

// RFC 3344 §2.3.2: 0 to 255 are for an agent that has restarted.
TEST_F(AgentAdvertiserTest, AfterTheLastSequenceNumberComes256) {
  play("fa", R"({"nodes": {"fa": {"parameters": {"advertise": {"interval": 0.1}}}}})");
  bool seen_last = false;
  for (int i = 0; i < 200 && !seen_last; ++i) {
    pass(50s);
    const auto sent = take_advertisements();
    for (std::size_t k = 1; k < sent.size(); ++k) {
      if (mobility_of(sent[k - 1])[mobility::sequence_number] != 0xFFFF) continue;
      EXPECT_EQ(mobility_of(sent[k])[mobility::sequence_number], 256U);
      seen_last = true;
    }
  }
  EXPECT_TRUE(seen_last);
}

TEST_F(AgentAdvertiserTest, AnswersASolicitationButNotEveryOneOfMany) {
  play("fa");
  take_advertisements();
  pass(400ms);
  solicit();
  EXPECT_THAT(take_advertisements(), SizeIs(1));
  for (int i = 0; i < 10; ++i) solicit();
  EXPECT_THAT(take_advertisements(), IsEmpty()) << "RFC 3344 §2.3 wants the rate bounded";
}

}  // namespace
}  // namespace mipvet::roles
