#include "engine/observer/esp_traffic.h"

#include <gmock/gmock.h>

#include "engine/observer/ipsec_stage_for_test.h"

namespace mipvet::observer {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class EspTrafficTest : public ::testing::Test {
 protected:
  EspTrafficTest() {
    stage_.go_behind_nat();
    stage_.connect();
  }
  void send_esp(bool to_gateway) {
    const wire::Buffer inner = wire::udp_datagram({stage_.tia, stage_.address("ha.inside")},
                                                  {1000, 2000}, wire::Buffer(8));
    stage_.send_udp(to_gateway, 4500,
                    stage_.esp(to_gateway, inner, ++stage_.sequence[to_gateway ? 0 : 1]));
  }
  void send_keepalive() { stage_.send_udp(true, 4500, wire::Buffer{0xFF}); }

  testing::Stage stage_;
  testing::Recorder& told_ = stage_.told;
};

TEST_F(EspTrafficTest, EachSideSeesItsOwnAddresses) {
  EXPECT_THAT(told_.of("IkeSaChanged"),
              ElementsAre("mn established mobike nat", "gw established mobike nat"));
  const IkeSa& sa = stage_.observer.ipsec()->ike().records().begin()->second->sa;
  EXPECT_TRUE(sa.client().behind_nat);
  EXPECT_FALSE(sa.gateway().behind_nat);
  EXPECT_EQ(sa.client().path, (Path{stage_.lease, stage_.gateway(), 4500, 4500}));
  EXPECT_EQ(sa.gateway().path, (Path{stage_.gateway(), stage_.address("nat.public"), 4500, 64500}));
}

TEST_F(EspTrafficTest, EspInUdpIsToldOnceForItsSender) {
  send_esp(true);
  send_esp(true);
  send_esp(false);
  EXPECT_THAT(told_.of("EspSent"),
              ElementsAre("mn c0000001 1 of 0 opened ipv4", "mn c0000001 2 of 1 opened ipv4",
                          "gw c0000002 1 of 0 opened ipv4"));
}

TEST_F(EspTrafficTest, KeepalivesAreToldWithTheirPath) {
  send_keepalive();
  EXPECT_THAT(told_.of("KeepaliveSent"), ElementsAre("mn on path"));
  EXPECT_THAT(told_.of("PathRefreshed"), IsEmpty());
}

TEST_F(EspTrafficTest, SilenceTowardsTheGatewayIsTold) {
  send_esp(true);
  stage_.pass(20s);
  send_keepalive();
  EXPECT_THAT(told_.of("PathRefreshed"), ElementsAre("mn 20 s"));
  stage_.finish(61s);
  EXPECT_THAT(told_.of("PathRefreshed"), ElementsAre("mn 20 s", "mn 60 s"));
}

TEST_F(EspTrafficTest, AnUnknownSpiIsSomebodysAllTheSame) {
  wire::Buffer packet = stage_.esp(true, wire::Buffer(20), 1);
  wire::write(packet, wire::esp::spi, 0x12345678);
  stage_.send_udp(true, 4500, packet);
  EXPECT_THAT(told_.of("EspSent"), ElementsAre("mn 12345678 1 of 0"));
}

}  // namespace
}  // namespace mipvet::observer
