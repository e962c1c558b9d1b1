#include "engine/wire/mip4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/compose.h"
#include "engine/wire/packet.h"
#include "engine/wire/test_frames.h"
#include "engine/wire/udp.h"

namespace mipvet::wire::mip4 {
namespace {

using frames::octets;
using testing::ElementsAre;

constexpr Ipv4Address kHome{0x0A000105};
constexpr Ipv4Address kAgent{0xC0000201};
constexpr Ipv4Address kCareOf{0xCB007109};
constexpr std::uint64_t kIdentification = 0xE8D4A51000000001;
const Buffer kAuthenticator = octets("000102030405060708090a0b0c0d0e0f");

Buffer payload(std::string_view frame) {
  const Buffer all = octets(frame);
  return {all.begin() + 42, all.end()};
}

std::vector<std::string_view> names(std::span<const Layer> layers) {
  std::vector<std::string_view> result;
  for (const Layer& layer : layers) result.push_back(layer.layout->name);
  return result;
}

TEST(RegistrationRequest, IsTakenApart) {
  const Buffer frame = octets(frames::registration_request);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_EQ(packet.message().layout, &request::layout);
  const View view = packet.view(packet.message());
  EXPECT_EQ(view.bytes().size(), 70U);
  EXPECT_EQ(view[request::type], kRequestType);
  EXPECT_EQ(view[request::flags], 0x4AU);
  EXPECT_EQ(view[request::simultaneous_bindings], 0U);
  EXPECT_EQ(view[request::broadcast_datagrams], 1U);
  EXPECT_EQ(view[request::decapsulation_by_mobile_node], 0U);
  EXPECT_EQ(view[request::minimal_encapsulation], 0U);
  EXPECT_EQ(view[request::gre_encapsulation], 1U);
  EXPECT_EQ(view[request::reserved_r], 0U);
  EXPECT_EQ(view[request::reverse_tunneling], 1U);
  EXPECT_EQ(view[request::reserved_x], 0U);
  EXPECT_EQ(view[request::lifetime], 300U);
  EXPECT_EQ(view.address(request::home_address), kHome);
  EXPECT_EQ(view.address(request::home_agent), kAgent);
  EXPECT_EQ(view.address(request::care_of_address), kCareOf);
  EXPECT_EQ(view[request::identification], kIdentification);

  const auto extensions = packet.extensions();
  ASSERT_THAT(names(extensions), ElementsAre("ha-parameter", "nai", "mobile-home-authentication"));
  const View parameter = packet.view(extensions[0]);
  EXPECT_EQ(parameter[ha_parameter::length], 6U);
  EXPECT_EQ(parameter[ha_parameter::sub_type], 1U);
  EXPECT_EQ(parameter.address(ha_parameter::home_agent_address).to_string(), "198.51.100.10");
  const Bytes user = packet.view(extensions[1]).octets(nai::nai);
  EXPECT_EQ(std::string(user.begin(), user.end()), "mn@example.org");
  const View authentication = packet.view(extensions[2]);
  EXPECT_EQ(authentication[authentication::spi], 256U);
  const Bytes authenticator = authentication.octets(authentication::authenticator);
  EXPECT_EQ(Buffer(authenticator.begin(), authenticator.end()), kAuthenticator);
  EXPECT_EQ(extensions[2].offset + extensions[2].length, frame.size());
}

TEST(RegistrationRequest, IsMade) {
  Buffer message = make(request::layout, {{request::broadcast_datagrams, true},
                                          {request::gre_encapsulation, true},
                                          {request::reverse_tunneling, true},
                                          {request::lifetime, 300},
                                          {request::home_address, kHome},
                                          {request::home_agent, kAgent},
                                          {request::care_of_address, kCareOf},
                                          {request::identification, kIdentification}});
  append_ha_parameter(message, {}, *Ipv4Address::parse("198.51.100.10"));
  append_extension(message, nai::layout, {{nai::nai, "mn@example.org"}});
  append_extension(message, authentication::mobile_home,
                   {{authentication::spi, 256}, {authentication::authenticator, kAuthenticator}});
  EXPECT_EQ(message, payload(frames::registration_request));
}

TEST(RegistrationReply, IsTakenApart) {
  const Buffer frame = octets(frames::registration_reply);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_EQ(packet.message().layout, &reply::layout);
  const View view = packet.view(packet.message());
  EXPECT_EQ(view[reply::type], kReplyType);
  EXPECT_EQ(static_cast<Code>(view[reply::code]), Code::mobile_node_failed_authentication);
  EXPECT_EQ(view[reply::lifetime], 0U);
  EXPECT_EQ(view.address(reply::home_address), kHome);
  EXPECT_EQ(view.address(reply::home_agent), kAgent);
  EXPECT_EQ(view[reply::identification], kIdentification);
  const auto extensions = packet.extensions();
  ASSERT_THAT(names(extensions),
              ElementsAre("udp-tunnel-reply", "mobile-home-authentication",
                          "mobile-foreign-authentication", "foreign-home-authentication"));
  const View tunnel = packet.view(extensions[0]);
  EXPECT_EQ(tunnel[udp_tunnel_reply::sub_type], 0U);
  EXPECT_EQ(tunnel[udp_tunnel_reply::reply_code], 0U);
  EXPECT_EQ(tunnel[udp_tunnel_reply::force], 1U);
  EXPECT_EQ(tunnel[udp_tunnel_reply::reserved], 0U);
  EXPECT_EQ(tunnel[udp_tunnel_reply::keepalive_interval], 110U);
}

TEST(RegistrationReply, IsMade) {
  Buffer message = make(reply::layout, {{reply::code, Code::mobile_node_failed_authentication},
                                        {reply::home_address, kHome},
                                        {reply::home_agent, kAgent},
                                        {reply::identification, kIdentification}});
  append_extension(message, udp_tunnel_reply::layout,
                   {{udp_tunnel_reply::force, true}, {udp_tunnel_reply::keepalive_interval, 110}});
  for (const Layout* layout : {&authentication::mobile_home, &authentication::mobile_foreign,
                               &authentication::foreign_home})
    append_extension(message, *layout,
                     {{authentication::spi, 256}, {authentication::authenticator, kAuthenticator}});
  EXPECT_EQ(message, payload(frames::registration_reply));
}

TEST(Extensions, OfEveryTypeAreTakenApart) {
  const Buffer frame = octets(frames::all_extensions);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
  const auto extensions = packet.extensions();
  ASSERT_THAT(names(extensions),
              ElementsAre("udp-tunnel-request", "encapsulating-delivery-style",
                          "generalized-authentication", "vendor-critical", "vendor-normal",
                          "extension", "padding", "mobile-home-authentication"));
  const View tunnel = packet.view(extensions[0]);
  EXPECT_EQ(tunnel[udp_tunnel_request::force], 0U);
  EXPECT_EQ(tunnel[udp_tunnel_request::foreign_agent_required], 1U);
  EXPECT_EQ(tunnel[udp_tunnel_request::encapsulation], 4U);
  const View general = packet.view(extensions[2]);
  EXPECT_EQ(general[generalized_authentication::sub_type], 1U);
  EXPECT_EQ(general[generalized_authentication::length], 20U);
  EXPECT_EQ(general[generalized_authentication::spi], 256U);
  EXPECT_EQ(general.octets(generalized_authentication::authenticator).size(), 16U);
  const View critical = packet.view(extensions[3]);
  EXPECT_EQ(critical[vendor_critical::vendor], 9U);
  EXPECT_EQ(critical[vendor_critical::vendor_type], 1U);
  EXPECT_EQ(critical.octets(vendor_critical::data).size(), 2U);
  const View normal = packet.view(extensions[4]);
  EXPECT_EQ(normal[vendor_normal::vendor], 9U);
  EXPECT_EQ(normal[vendor_normal::vendor_type], 2U);
  const View unknown = packet.view(extensions[5]);
  EXPECT_EQ(unknown[extension::type], 250U);
  EXPECT_TRUE(extension::is_skippable(unknown[extension::type]));
  EXPECT_EQ(unknown.octets(extension::data).size(), 3U);
  EXPECT_EQ(extensions[6].length, 1U);
}

TEST(Extensions, OfEveryTypeAreMade) {
  Buffer message = payload(frames::all_extensions);
  const Buffer expected = message;
  message.resize(request::layout.minimum);
  append_extension(
      message, udp_tunnel_request::layout,
      {{udp_tunnel_request::foreign_agent_required, 1}, {udp_tunnel_request::encapsulation, 4}});
  append_extension(message, encapsulating_delivery::layout, {});
  append_extension(message, generalized_authentication::layout,
                   {{generalized_authentication::sub_type, 1},
                    {generalized_authentication::spi, 256},
                    {generalized_authentication::authenticator, kAuthenticator}});
  append_extension(message, vendor_critical::layout,
                   {{vendor_critical::vendor, 9}, {vendor_critical::vendor_type, 1}},
                   octets("aabb"));
  append_extension(message, vendor_normal::layout,
                   {{vendor_normal::vendor, 9}, {vendor_normal::vendor_type, 2}}, octets("ccdd"));
  append_extension(message, extension::layout, {{extension::type, 250}}, octets("010203"));
  append_extension(message, padding::layout, {});
  append_extension(message, authentication::mobile_home,
                   {{authentication::spi, 256}, {authentication::authenticator, kAuthenticator}});
  EXPECT_EQ(message, expected);
}

/// Puts extensions behind a request, in a frame whose lengths are right and that has no UDP
/// checksum.
struct Extended {
  Buffer frame;
  Packet packet;

  explicit Extended(std::string_view extensions, const DecodeOptions& options = {}) {
    frame = octets(frames::registration_request);
    frame.resize(42 + request::layout.minimum);
    const Buffer behind = octets(extensions);
    frame.insert(frame.end(), behind.begin(), behind.end());
    write(MutableBytes(frame).subspan(14), number("total_length", 2, 2), frame.size() - 14);
    write(MutableBytes(frame).subspan(34), udp::length, frame.size() - 34);
    write(MutableBytes(frame).subspan(34), udp::checksum, 0);
    packet.decode(frame, options);
  }
};

TEST(Extensions, ThatRunOverTheEndAreTheLast) {
  const Extended some(
      "8203010203"
      "2014000001000102"
      "8200");
  ASSERT_THAT(names(some.packet.extensions()),
              ElementsAre("encapsulating-delivery-style", "mobile-home-authentication"));
  const Layer& last = some.packet.extensions()[1];
  EXPECT_TRUE(has(last.defects, Defect::truncated));
  EXPECT_TRUE(has(last.defects, Defect::bad_length));  // the datagram itself is whole
  EXPECT_EQ(last.length, 10U);
  EXPECT_EQ(some.packet.message().layout, &request::layout);
}

TEST(Extensions, WithoutTheirLengthAreTruncated) {
  for (const char* text : {"20", "24", "2401", "240100", "26", "260000", "83", "7f", "fa"}) {
    const Extended one(text);
    ASSERT_EQ(one.packet.extensions().size(), 1U) << text;
    EXPECT_TRUE(has(one.packet.extensions()[0].defects, Defect::truncated)) << text;
  }
}

TEST(Extensions, ShorterThanTheirTypeDemandsHaveABadLength) {
  for (const char* text : {"2000", "2003010203", "7f0101",
                           "9005010203"
                           "0405",
                           "2c00", "24010003010203", "260000050102030405", "860401020304"}) {
    const Extended one(text);
    ASSERT_EQ(one.packet.extensions().size(), 1U) << text;
    EXPECT_EQ(one.packet.extensions()[0].defects, static_cast<Defects>(Defect::bad_length)) << text;
  }
  for (const char* text : {"8300", "200401020304", "fa00", "8200"})
    EXPECT_EQ(Extended(text).packet.extensions()[0].defects, 0) << text;
}

TEST(HaParameter, IsKnownByTheNumbersOfTheNetwork) {
  const auto name = [](std::string_view extension, const DecodeOptions& options) {
    return Extended(extension, options).packet.extensions()[0].layout->name;
  };
  EXPECT_EQ(name("7f060100c633640a", {127, 1}), "ha-parameter");
  EXPECT_EQ(name("7f060200c633640a", {127, 1}), "extension");
  EXPECT_EQ(name("7f060200c633640a", {127, 2}), "ha-parameter");
  EXPECT_EQ(name("7f060100c633640a", {60, 1}), "extension");
  EXPECT_EQ(name("3c060100c633640a", {60, 1}), "ha-parameter");
  EXPECT_EQ(name("7f00", {127, 1}), "extension");  // nothing says which sub-type it is
  EXPECT_EQ(name("7f0001", {127, 1}), "extension");
}

TEST(MobileIp, OfAnotherTypeIsNamed) {
  Extended some("");
  some.frame[42] = 7;
  some.packet.decode(some.frame);
  EXPECT_EQ(some.packet.message().layout, &mobile_ip::layout);
  EXPECT_TRUE(some.packet.extensions().empty());
  EXPECT_EQ(some.packet.view(some.packet.message())[mobile_ip::type], 7U);
}

TEST(UdpTunnel, CarriesTheMessage) {
  const Buffer frame = octets(frames::udp_tunnel);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_THAT(names(packet.layers()),
              ElementsAre("ethernet", "ipv4", "udp", "udp-tunnel-data", "ipv4", "echo-request"));
  EXPECT_EQ(packet.view(packet.layers()[3])[tunnel_data::next_header], 4U);
  EXPECT_EQ(packet.message().layout->name, "echo-request");
  EXPECT_EQ(packet.carrying_ip(), &packet.layers()[4]);
  EXPECT_EQ(make(tunnel_data::layout, {{tunnel_data::next_header, 4}}), octets("04040000"));
}

TEST(UdpTunnel, WithAnotherNextHeaderIsTheMessage) {
  Buffer frame = octets(frames::udp_tunnel);
  for (const int next : {0, 1, 17, 50, 255}) {
    frame[43] = static_cast<std::uint8_t>(next);
    Packet packet;
    packet.decode(frame);
    EXPECT_EQ(packet.message().layout, &tunnel_data::layout) << next;
  }
}

}  // namespace
}  // namespace mipvet::wire::mip4
