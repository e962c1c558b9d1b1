#include "engine/wire/ike_compose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/ike_notify.h"
#include "engine/wire/sealing_for_test.h"
#include "engine/wire/test_frames.h"

namespace mipvet::wire::ike {
namespace {

using frames::octets;
using notify::named;

constexpr std::uint64_t kInitiator = 0x1122334455667788;
constexpr std::uint64_t kResponder = 0x99AABBCCDDEEFF01;

/// The message of a frame, behind `skip` octets of headers.
Buffer message_of(std::string_view frame, std::size_t skip = 46) {
  const Buffer all = octets(frame);
  return {all.begin() + static_cast<std::ptrdiff_t>(skip), all.end()};
}

Buffer count_up(std::size_t size, std::uint8_t first = 0) {
  Buffer result(size);
  for (std::uint8_t& octet : result) octet = first++;
  return result;
}

const std::vector<Proposal> kChild{
    {kProtocolEsp, octets("c1c2c3c4"), {{1, 12, 128}, {3, 2, {}}, {5, 0, {}}}, {}}};

TEST(MakeMessage, MakesTheFirstExchange) {
  const Buffer known = message_of(frames::sa_init_request, 42);
  const std::vector<Proposal> offered{
      {kProtocolIke, {}, {{1, 12, 256}, {2, 5, {}}, {3, 12, {}}, {4, 14, {}}, {4, 31, {}}}, {}},
      {kProtocolIke, {}, {{1, 20, 128}, {2, 5, {}}, {4, 19, {}}}, {}}};
  // The hashes stand where scapy put them.
  const Bytes source = Bytes(known).subspan(246 - 42, 20);
  const Bytes destination = Bytes(known).subspan(274 - 42, 20);
  PayloadChain chain;
  chain.add(security_association::layout, {}, make_proposals(offered))
      .add(key_exchange::layout, {{key_exchange::group, 31}, {key_exchange::data, count_up(32)}})
      .add(nonce::layout, {{nonce::data, count_up(32, 0x40)}})
      .add(named("nat-detection-source-ip"), {{notify::hash, source}})
      .add(named("nat-detection-destination-ip"), {{notify::hash, destination}})
      .add(named("ikev2-fragmentation-supported"))
      .add(named("signature-hash-algorithms"), {{notify::data, octets("000200030004")}})
      .add(vendor_id::layout, {{vendor_id::data, "mipvet"}});
  EXPECT_EQ(make_message(ike_sa_init,
                         {{message::initiator_spi, kInitiator}, {message::initiator, true}}, chain),
            known);
}

TEST(MakeMessage, MakesTheAuthentication) {
  const std::vector<Attribute> given{{1, octets("0a000105")},
                                     {2, octets("ffffff00")},
                                     {3, octets("0a000035")},
                                     {13, octets("0a000000ff000000")}};
  const std::vector<TrafficSelector> client{{{0x0A000105}, {0x0A000105}}};
  const std::vector<TrafficSelector> network{{{0x0A000000}, {0x0AFFFFFF}}};
  Buffer certificate = count_up(20);
  for (const char c : std::string_view("http://192.0.2.1/cert"))
    certificate.push_back(static_cast<std::uint8_t>(c));
  PayloadChain chain;
  chain
      .add(identification::responder, {{identification::id_type, identification::kIpv4Address},
                                       {identification::data, octets("c0000201")}})
      .add(certificate::layout, {{certificate::encoding, 12}, {certificate::data, certificate}})
      .add(authentication::layout, {{authentication::method, authentication::kSharedKey},
                                    {authentication::data, count_up(32)}})
      .add(configuration::layout, {{configuration::cfg_type, configuration::kReply}},
           make_attributes(given))
      .add(security_association::layout, {}, make_proposals(kChild));
  add_traffic_selectors(chain, traffic_selectors::initiator, client);
  add_traffic_selectors(chain, traffic_selectors::responder, network);
  chain.add(named("mobike-supported"))
      .add(named("set-window-size"), {{notify::window_size, 3}})
      .add(named("ipcomp-supported"), {{notify::cpi, 9}, {notify::transform_id, 2}})
      .add(named("no-additional-addresses"));
  EXPECT_EQ(make_message(ike_auth,
                         {{message::initiator_spi, kInitiator},
                          {message::responder_spi, kResponder},
                          {message::response, true},
                          {message::message_id, 1}},
                         chain),
            message_of(frames::auth_response));
}

TEST(MakeMessage, MakesDeletionsAndEmptyMessages) {
  PayloadChain chain;
  chain
      .add(delete_::layout,
           {{delete_::protocol_id, kProtocolEsp}, {delete_::spi_size, 4}, {delete_::count, 2}},
           count_up(8, 0xC1))
      .add(delete_::layout, {{delete_::protocol_id, kProtocolIke}});
  const std::vector<FieldValue> head{{message::initiator_spi, kInitiator},
                                     {message::responder_spi, kResponder},
                                     {message::initiator, true},
                                     {message::message_id, 4}};
  EXPECT_EQ(make_message(informational, head, chain), message_of(frames::deletion));
  EXPECT_EQ(make_message(informational, head, {}).size(), 28U);
  EXPECT_EQ(make_message(informational, head, {})[16], 0);
}

TEST(MakeMessage, LeavesWhatIsGivenWrong) {
  PayloadChain chain;
  chain.add(nonce::layout, {{payload::next_payload, 77}, {payload::length, 3}, {nonce::data, "ab"}})
      .add(named("cookie2"), {{notify::notify_type, 5}, {payload::critical, true}})
      .add_type(99);
  const Buffer wrong = make_message(ike_auth,
                                    {{message::exchange_type, 200},
                                     {message::major_version, 3},
                                     {message::next_payload, 46},
                                     {message::length, 5}},
                                    chain);
  EXPECT_EQ(wrong, octets("00000000000000000000000000000000"
                          "2e30c8000000000000000005"
                          "4d0000036162"
                          "6380000800000005"
                          "00000004"));
}

TEST(UnsealedMessage, HasRoomForVectorPaddingAndCheckValue) {
  for (std::size_t size = 0; size < 40; ++size) {
    PayloadChain inside;
    inside.add(nonce::layout, {{nonce::data, count_up(size)}});
    const Unsealed one = unsealed_message(informational, {}, inside, {16, 16, 12});
    EXPECT_EQ(one.payload, 28U);
    EXPECT_EQ(one.first, 28U + 4 + 16);
    EXPECT_EQ((one.end - one.first) % 16, 0U);
    EXPECT_EQ(one.octets.size(), one.end + 12U);
    EXPECT_EQ(read(one.octets, message::length), one.octets.size());
    EXPECT_EQ(read(one.octets, message::next_payload), *encrypted::layout.type_value);
    const Bytes sealed = Bytes(one.octets).subspan(one.payload);
    EXPECT_EQ(read(sealed, payload::length), sealed.size());
    EXPECT_EQ(read(sealed, payload::next_payload), *nonce::layout.type_value);
    const std::uint8_t pad = one.octets[one.end - 1];
    EXPECT_LT(pad, 16);
    EXPECT_EQ(one.end - one.first, 4 + size + pad + 1);
  }
}

}  // namespace
}  // namespace mipvet::wire::ike
