#include "roles/correspondent_node.h"

#include "engine/wire/icmp.h"
#include "roles/role_for_test.h"

namespace mipvet::roles {
namespace {

using namespace testing;
namespace echo = wire::icmp::echo;
using ::testing::SizeIs;

class CorrespondentNodeTest : public RoleTest {
 protected:
  void SetUp() override { play("cn"); }
};

TEST_F(CorrespondentNodeTest, SendsEchoesToItsPeer) {
  command("send", {{"count", 3}});
  pass(10s);
  const auto sent = take(echo::request);
  ASSERT_THAT(sent, SizeIs(3));
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].source(), kCn);
    EXPECT_EQ(sent[i].destination(), kMn);
    EXPECT_EQ(sent[i][echo::sequence_number], i + 1);
  }
  EXPECT_EQ(sent[1].time - sent[0].time, 100ms);
}

TEST_F(CorrespondentNodeTest, OrToWhomItIsTold) {
  command("send", {{"to", "10.1.0.77"}});
  EXPECT_EQ(take(echo::request).at(0).destination(), ip("10.1.0.77"));
}

TEST_F(CorrespondentNodeTest, AnswersEchoes) {
  arrive_ip("home", kPeerMac,
            wire::icmp_datagram({.source = kMn, .destination = kCn},
                                wire::make(echo::request, {{echo::identifier, 9}})));
  const auto sent = take(echo::reply);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].destination(), kMn);
  EXPECT_EQ(sent[0][echo::identifier], 9U);
}

TEST_F(CorrespondentNodeTest, KnowsItsCommandsAlone) {
  EXPECT_THROW(command("fly"), model::InputError);
}

}  // namespace
}  // namespace mipvet::roles
