#include "engine/bench/registration_frames.h"

#include "engine/wire/compose.h"
#include "engine/wire/frame.h"
#include "engine/wire/mip4.h"

namespace mipvet::bench {

namespace {

namespace mip4 = wire::mip4;
namespace authentication = mip4::authentication;
using wire::Buffer;
using wire::Ipv4Address;

constexpr std::chrono::milliseconds kPace{2};  // between two registrations
constexpr std::chrono::microseconds kHop{200};
constexpr std::chrono::seconds kBegin{1'767'225'600};
constexpr std::uint64_t kNtpEpoch = 2'208'988'800;  // 1900 to 1970
constexpr std::uint64_t kLifetime = 300;

constexpr Ipv4Address kProxyPublic{0xCB00710A};   // 203.0.113.10
constexpr Ipv4Address kProxyPrivate{0x0A00000A};  // 10.0.0.10
constexpr Ipv4Address kHomeAgent{0x0A000002};     // 10.0.0.2
constexpr std::uint32_t kHomes = 0x0A640000;      // 10.100.0.0/16
constexpr std::uint32_t kCareOf = 0xC6120000;     // 198.18.0.0/16
constexpr wire::MacAddress kMobileNodeMac{{2, 0, 0, 0, 0, 1}};
constexpr wire::MacAddress kProxyPublicMac{{2, 0, 0, 0, 0, 2}};
constexpr wire::MacAddress kProxyPrivateMac{{2, 0, 0, 0, 0, 3}};
constexpr wire::MacAddress kHomeAgentMac{{2, 0, 0, 0, 0, 4}};

constexpr std::string_view kNetwork = R"({
  "network": "registrations",
  "title": "A population of mobile nodes outside, MIP Proxy in the DMZ, home agent inside",
  "edition": "RFC 3344",
  "links": {"public": {"side": "external"}, "private": {"side": "dmz"}},
  "nodes": {
    "mn": {
      "role": "mobile-node",
      "home_address": "10.100.0.0/16",
      "supports": ["colocated"],
      "attachments": {"public": {"address": "198.18.0.0/16", "mac": "02:00:00:00:00:01"}},
      "parameters": {"home_agent": "ha.private", "registrar": "mipp.public", "lifetime": 300}
    },
    "mipp": {
      "role": "mip-proxy",
      "supports": ["dual-homed", "two-box", "location-by-address"],
      "attachments": {
        "public": {"address": "203.0.113.10/24", "mac": "02:00:00:00:00:02"},
        "private": {"address": "10.0.0.10/24", "mac": "02:00:00:00:00:03"}
      },
      "parameters": {
        "public": "public",
        "private": "private",
        "location": "by-address",
        "internal_prefixes": ["10.0.0.0/8"],
        "home_agents": ["ha.private"]
      }
    },
    "ha": {
      "role": "home-agent",
      "attachments": {"private": {"address": "10.0.0.2/24", "mac": "02:00:00:00:00:04"}},
      "parameters": {"home": "private", "max_lifetime": 1800}
    }
  },
  "security_associations": [
    {"between": ["mn", "mipp"], "spi": 256, "algorithm": "hmac-md5",
     "key": "000102030405060708090a0b0c0d0e0f", "replay": "timestamps"},
    {"between": ["mipp", "ha"], "spi": 512, "algorithm": "hmac-md5",
     "key": "101112131415161718191a1b1c1d1e1f", "replay": "timestamps"}
  ]
}
)";

crypto::Authenticator authenticator(std::uint8_t first) {
  std::array<std::uint8_t, 16> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(first + i);
  return {crypto::Algorithm::hmac_md5, key};
}

Buffer datagram(const wire::EthernetHeader& ethernet, Ipv4Address from, Ipv4Address to,
                const wire::UdpPorts& ports, const Buffer& message) {
  return wire::udp_frame(
      {ethernet, {.source = from, .destination = to, .time_to_live = 255}, ports}, message);
}

}  // namespace

/// What the two legs of a registration differ in.
struct RegistrationFrames::Message {
  Ipv4Address home_agent;
  bool has_ha_parameter;
  std::uint64_t spi;
  crypto::Authenticator& key;

  void finish(Buffer& message) const {
    if (has_ha_parameter) wire::append_ha_parameter(message, {}, kHomeAgent);
    const std::array<std::uint8_t, 16> room{};
    wire::append_extension(
        message, authentication::mobile_home,
        {{authentication::spi, spi}, {authentication::authenticator, wire::Bytes(room)}});
    const wire::MutableBytes octets(message);
    key.compute(octets.first(octets.size() - 16), octets.last(16));
  }
};

std::string_view registration_network() {
  return kNetwork;
}

RegistrationFrames::RegistrationFrames(std::uint32_t nodes)
    : nodes_(nodes), with_mobile_node_(authenticator(0x00)), with_home_agent_(authenticator(0x10)) {
  if (nodes == 0 || nodes > kMostNodes)
    throw std::invalid_argument("1 to 60000 mobile nodes have addresses");
}

std::array<RegistrationFrames::TimedFrame, 4> RegistrationFrames::next() {
  const auto node = static_cast<std::uint32_t>(count_ % nodes_);
  home_ = {kHomes + 1 + node};
  const Ipv4Address care_of{kCareOf + 1 + node};
  const net::Time time = net::Time(kBegin) + count_ * kPace;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
  // NTP time in the high-order half, what is left of the second in the other (RFC 3344 §5.7.1).
  identification_ = (static_cast<std::uint64_t>(seconds.count()) + kNtpEpoch) << 32 |
                    static_cast<std::uint32_t>(count_ * 8'589'934);
  ++count_;
  const Message outside{kProxyPublic, true, 256, with_mobile_node_};
  const Message inside{kHomeAgent, false, 512, with_home_agent_};
  const wire::UdpPorts ask{40434, mip4::kPort};
  const wire::UdpPorts relay{mip4::kPort, mip4::kPort};
  const wire::UdpPorts answer{mip4::kPort, 40434};
  return {{{time, 0,
            datagram({kMobileNodeMac, kProxyPublicMac}, care_of, kProxyPublic, ask,
                     request(outside, care_of, 0x22))},  // D, T
           {time + kHop, 1,
            datagram({kProxyPrivateMac, kHomeAgentMac}, kProxyPrivate, kHomeAgent, relay,
                     request(inside, kProxyPrivate, 0x02))},  // T
           {time + 2 * kHop, 1,
            datagram({kHomeAgentMac, kProxyPrivateMac}, kHomeAgent, kProxyPrivate, relay,
                     reply(inside))},
           {time + 3 * kHop, 0,
            datagram({kProxyPublicMac, kMobileNodeMac}, kProxyPublic, care_of, answer,
                     reply(outside))}}};
}

Buffer RegistrationFrames::request(const Message& leg, Ipv4Address care_of, std::uint8_t flags) {
  namespace request = mip4::request;
  Buffer message = wire::make(request::layout, {{request::flags, std::uint64_t{flags}},
                                                {request::lifetime, kLifetime},
                                                {request::home_address, home_},
                                                {request::home_agent, leg.home_agent},
                                                {request::care_of_address, care_of},
                                                {request::identification, identification_}});
  leg.finish(message);
  return message;
}

Buffer RegistrationFrames::reply(const Message& leg) {
  namespace reply = mip4::reply;
  Buffer message = wire::make(reply::layout, {{reply::lifetime, kLifetime},
                                              {reply::home_address, home_},
                                              {reply::home_agent, leg.home_agent},
                                              {reply::identification, identification_}});
  leg.finish(message);
  return message;
}

}  // namespace mipvet::bench
