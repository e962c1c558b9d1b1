#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "engine/wire/bytes.h"
#include "engine/wire/packet.h"
#include "engine/wire/test_ike_frames.h"

/// Real octets for the tests: frames made by scapy 2.5 and read by tshark 4.0, which found all
/// their checksums right and nothing malformed (but for the one-byte padding of `all_extensions`,
/// which it does not know in registration messages).
namespace mipvet::wire::frames {

inline Buffer octets(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  Buffer result;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    result.push_back(static_cast<std::uint8_t>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  return result;
}

/// A packet together with the frame that it refers to.
struct Decoded {
  Buffer frame;
  Packet packet;

  explicit Decoded(Buffer octets) : frame(std::move(octets)) { packet.decode(frame); }
  Decoded(const Decoded&) = delete;
  Decoded& operator=(const Decoded&) = delete;
};

inline constexpr std::string_view registration_request =
    "02000000000f02000000000508004500006200070000ff11a5700a0001050a00010f040001b2004e2296"
    "014a012c0a000105c0000201cb007109e8d4a510000000017f060100c633640a830e6d6e406578616d70"
    "6c652e6f7267201400000100000102030405060708090a0b0c0d0e0f";
inline constexpr std::string_view registration_reply =
    "02000000000502000000000f08004500007a00080000401164580a00010f0a00010501b204000066c97a"
    "038300000a000105c0000201e8d4a510000000012c0600008000006e2014000001000001020304050607"
    "08090a0b0c0d0e0f211400000100000102030405060708090a0b0c0d0e0f221400000100000102030405"
    "060708090a0b0c0d0e0f";
inline constexpr std::string_view all_extensions =
    "02000000000f02000000000508004500008a000900004011ad540a000105c0000201040001b200766860"
    "014a012c0a000105c0000201cb007109e8d4a51000000001900600004004000082002401001400000100"
    "000102030405060708090a0b0c0d0e0f26000008000000090001aabb860a0000000000090002ccddfa03"
    "01020300201400000100000102030405060708090a0b0c0d0e0f";
inline constexpr std::string_view udp_tunnel =
    "02000000000f020000000005080045000042000b000040117c95cb007109c0000201040001b2002ef7d0"
    "0404000045000022000a0000400145850a000105c63364140800a276123400016d6970766574";
inline constexpr std::string_view ipip =
    "02000000000f020000000005080045000036000c000040047cadcb007109c000020145000022000a0000"
    "400145850a000105c63364140800a276123400016d6970766574";
inline constexpr std::string_view gre =
    "02000000000f02000000000508004500003e000d0000402f7c79cb007109c0000201200008000000004d"
    "45000022000a0000400145850a000105c63364140800a276123400016d6970766574";
inline constexpr std::string_view minimal =
    "02000000000f02000000000508004500002c000e000040377c82cb007109c00002011180b932c6336414"
    "0a00010504001389000cda3d64617461";
inline constexpr std::string_view agent_advertisement =
    "01005e00000102000000000f08004500003d000f00000101cea10a00010fe000000109000f0a0202001e"
    "0a00010f000000000a00010e80000000100a00110708d180cb0071091302180800";
inline constexpr std::string_view router_advertisement =
    "01005e00000102000000000f080045000024001000000101ceb90a00010fe00000010900ead00102001e"
    "0a00010f00000000";
inline constexpr std::string_view agent_solicitation =
    "01005e00000202000000000508004500001c001100000101cec90a000105e00000020a00f5ff00000000";
inline constexpr std::string_view unreachable =
    "02000000000502000000000f08004500003800120000400164a00a00010f0a0001050303d46600000000"
    "4500006200070000ff11a5700a0001050a00010f040001b2004e2296";
inline constexpr std::string_view time_exceeded =
    "02000000000502000000000f08004500007e00130000400164590a00010f0a0001050b000b7300000000"
    "4500006200070000ff11a5700a0001050a00010f040001b2004e2296014a012c0a000105c0000201cb00"
    "7109e8d4a510000000017f060100c633640a830e6d6e406578616d706c652e6f72672014000001000001"
    "02030405060708090a0b0c0d0e0f";
inline constexpr std::string_view echo_request =
    "02000000000f020000000005080045000022000a0000400145850a000105c63364140800a27612340001"
    "6d6970766574";
inline constexpr std::string_view echo_reply =
    "02000000000f020000000005080045000022001400004001457bc63364140a0001050000aa7612340001"
    "6d6970766574";
inline constexpr std::string_view redirect =
    "02000000000502000000000f080045000038001500004001649d0a00010f0a0001050501c75a0a00010e"
    "4500006200070000ff11a5700a0001050a00010f040001b2004e2296";
inline constexpr std::string_view arp_request =
    "ffffffffffff020000000005080600010800060400010200000000050a0001050000000000000a00010f"
    "000000000000000000000000000000000000";
inline constexpr std::string_view fragment =
    "02000000000f02000000000508004500002c0016200040118da50a000105c0000201040001b200640000"
    "01010101010101010101010101010101";
inline constexpr std::string_view options =
    "02000000000f02000000000508004600003800170000401118940a000105c000020194040000040001b2"
    "00209388014a012c0a000105c0000201cb007109e8d4a51000000001";
inline constexpr std::string_view marker =
    "ffffffffffff02000000fffe88b56d707674016d6970702f72656769737465722d7468726f7567682d66"
    "61";

inline const std::vector<std::string_view> all = [] {
  std::vector<std::string_view> result{registration_request,
                                       registration_reply,
                                       all_extensions,
                                       udp_tunnel,
                                       ipip,
                                       gre,
                                       minimal,
                                       agent_advertisement,
                                       router_advertisement,
                                       agent_solicitation,
                                       unreachable,
                                       time_exceeded,
                                       echo_request,
                                       echo_reply,
                                       redirect,
                                       arp_request,
                                       fragment,
                                       options,
                                       marker};
  result.insert(result.end(), ike_and_esp.begin(), ike_and_esp.end());
  return result;
}();

}  // namespace mipvet::wire::frames
