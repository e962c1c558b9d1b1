#include "roles/router.h"

#include "engine/wire/icmp.h"
#include "roles/role_for_test.h"

namespace mipvet::roles {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RouterTest : public RoleTest {
 protected:
  void SetUp() override { play("ar"); }

  static wire::Buffer datagram(wire::Ipv4Address to, std::uint8_t ttl = 64) {
    return wire::udp_datagram({.source = kHotspot, .destination = to, .time_to_live = ttl}, {1, 2},
                              {});
  }
};

TEST_F(RouterTest, ForwardsByItsRoutes) {
  arrive_ip("hotspot", kPeerMac, datagram(kHa));
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].link, "public");
  EXPECT_EQ(sent[0].source(), kHotspot);
  EXPECT_EQ(sent[0].ip()[wire::ip::time_to_live], 63U);
  EXPECT_EQ(sent[0].packet().defects(), 0);
}

TEST_F(RouterTest, TellsTheSenderWhenTheTimeToLiveIsOver) {
  arrive_ip("hotspot", kPeerMac, datagram(kHa, 1));
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_TRUE(sent[0].is(wire::icmp::error::time_exceeded));
  EXPECT_EQ(sent[0].destination(), kHotspot);
}

TEST_F(RouterTest, LeavesToOthersWhatIsNotAddressedToIt) {
  arrive("hotspot", wire::ip_frame({kPeerMac, {{2, 0, 0, 0, 9, 9}}}, datagram(kHa)));
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(RouterTest, HasNoCommands) {
  EXPECT_THROW(command("fly"), model::InputError);
}

}  // namespace
}  // namespace mipvet::roles
