#include "engine/observer/stays.h"

#include <gmock/gmock.h>

#include "engine/crypto/authenticator.h"
#include "engine/observer/ipsec_stage_for_test.h"

namespace mipvet::observer {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;
namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;
namespace extension = wire::mip4::authentication;

class StaysTest : public ::testing::Test {
 protected:
  testing::Stage stage_;
  testing::Recorder& told_ = stage_.told;
  std::uint64_t identification_ = 0xED000000'00000001;

  wire::Buffer with_authenticator(wire::Buffer message) const {
    const model::SharedAssociation& shared = stage_.network.associations.front();
    wire::append_extension(message, extension::mobile_home,
                           {{extension::spi, std::uint64_t{shared.association.spi}}});
    crypto::Authenticator authenticator(shared.association.algorithm, shared.association.key);
    message[message.size() - 5] = static_cast<std::uint8_t>(4 + authenticator.size());
    wire::Buffer value(authenticator.size());
    authenticator.compute(message, value);
    message.insert(message.end(), value.begin(), value.end());
    return message;
  }
  wire::Buffer registration(wire::Ipv4Address care_of) {
    wire::Buffer message =
        wire::make(request::layout, {{request::lifetime, std::uint64_t{300}},
                                     {request::flags, std::uint64_t{0x22}},
                                     {request::home_address, stage_.address("mn.home_address")},
                                     {request::home_agent, stage_.address("ha.home")},
                                     {request::care_of_address, care_of},
                                     {request::identification, ++identification_}});
    return wire::udp_datagram({care_of, stage_.address("ha.home")}, {434, 434}, message);
  }
  wire::Buffer answer(wire::Ipv4Address to, bool authentic) const {
    wire::Buffer message =
        wire::make(reply::layout, {{reply::lifetime, std::uint64_t{300}},
                                   {reply::home_address, stage_.address("mn.home_address")},
                                   {reply::home_agent, stage_.address("ha.home")},
                                   {reply::identification, identification_}});
    return wire::udp_datagram({stage_.address("ha.home"), to}, {434, 434},
                              authentic ? with_authenticator(message) : message);
  }
};

TEST_F(StaysTest, AProbeOutsideAndTheRegistrationInTheTunnel) {
  stage_.get_lease();
  stage_.put("hotspot", "mn", "ar1", registration(stage_.lease));
  stage_.connect();
  const wire::Buffer inside = registration(stage_.tia);
  stage_.send_esp(true, inside);
  stage_.put("inside", "gw", "ha", inside);
  stage_.put("inside", "ha", "gw", answer(stage_.tia, true));
  stage_.send_esp(false, answer(stage_.tia, true));
  EXPECT_THAT(told_.of("RegistrationSent"), ElementsAre("mn probe", "mn in VPN"));
  // One request that the gateway hands on as a router, not two.
  EXPECT_THAT(told_.of("RequestSent"), ElementsAre("mn in clear", "mn in ESP"));
  EXPECT_THAT(told_.of("ReplySent"), ElementsAre("ha in clear"));
  EXPECT_THAT(told_.of("DatagramForwarded"), Contains("gw from ESP"));
  stage_.finish(70s);
  EXPECT_THAT(told_.of("EspSettled"), ElementsAre("gw 1 delivered 1"));
  EXPECT_THAT(told_.of("StayReviewed"),
              ElementsAre("mn hotspot parallel probes 1 init", "mn hotspot converged probes 1 init",
                          "mn hotspot never probes 1 init"));
}

TEST_F(StaysTest, TrafficIsToldWithItsTunnels) {
  stage_.get_lease();
  stage_.connect();
  const wire::Ipv4Address home = stage_.address("mn.home_address");
  const wire::Buffer data =
      wire::udp_datagram({home, stage_.address("cn.home")}, {1000, 2000}, wire::Buffer(8));
  stage_.send_esp(true, wire::ipip_datagram({stage_.tia, stage_.address("ha.home")}, data));
  stage_.put("hotspot", "mn", "ar1", data);
  EXPECT_THAT(told_.of("TrafficSent"), ElementsAre("mn 10.1.0.5 to 10.1.0.9 in ESP in a MIP tunnel",
                                                   "mn 10.1.0.5 to 10.1.0.9"));
}

TEST_F(StaysTest, AMoveEndsAStay) {
  stage_.get_lease();
  stage_.link = "inside";
  stage_.router = "ir";
  stage_.lease = *wire::Ipv4Address::parse("10.0.0.130");
  stage_.get_lease();
  EXPECT_THAT(told_.of("StayReviewed"), ElementsAre("mn hotspot left probes 0"));
}

TEST_F(StaysTest, ForgedRepliesAreNoVerdict) {
  stage_.link = "inside";
  stage_.router = "ir";
  stage_.lease = *wire::Ipv4Address::parse("10.0.0.130");
  stage_.get_lease();
  stage_.put("inside", "mn", "ha", registration(stage_.lease));
  stage_.put("inside", "ha", "mn", answer(stage_.lease, false));
  stage_.finish(2s);
  EXPECT_THAT(told_.of("StayReviewed"), ElementsAre("mn inside parallel probes 1"));
}

TEST_F(StaysTest, AnAuthenticReplyIsTheVerdict) {
  stage_.link = "inside";
  stage_.router = "ir";
  stage_.lease = *wire::Ipv4Address::parse("10.0.0.130");
  stage_.get_lease();
  stage_.put("inside", "mn", "ha", registration(stage_.lease));
  stage_.put("inside", "ha", "mn", answer(stage_.lease, true));
  stage_.finish(65s);
  EXPECT_THAT(told_.of("StayReviewed"),
              ElementsAre("mn inside inside probes 1", "mn inside parallel probes 1",
                          "mn inside converged probes 1", "mn inside inside_converged probes 1",
                          "mn inside never probes 1", "mn inside inside_never probes 1"));
}

TEST_F(StaysTest, ReplayedEspIsToldApart) {
  stage_.get_lease();
  stage_.connect();
  const wire::Buffer inner =
      wire::udp_datagram({stage_.tia, stage_.address("ha.inside")}, {1000, 2000}, wire::Buffer(8));
  const wire::Buffer packet =
      wire::ip_datagram(stage_.header(true), wire::ip::kEsp, stage_.esp(true, inner, 1));
  stage_.across(true, packet);
  stage_.put("inside", "gw", "ha", inner);
  stage_.across(true, packet);
  stage_.finish(2s);
  EXPECT_THAT(told_.of("EspSettled"), ElementsAre("gw 1 delivered 1", "gw 1 delivered 0 repeated"));
}

}  // namespace
}  // namespace mipvet::observer
