#include "roles/ike_alteration.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "roles/ike_message.h"
#include "roles/ike_wire_for_test.h"

namespace mipvet::roles::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

std::vector<unsigned> types_of(const ike::PayloadChain& chain) {
  std::vector<unsigned> result;
  const auto parsed = IkePayloads::parse(chain.first_type(), chain.octets());
  if (parsed)
    for (const IkePayload& one : parsed->all()) result.push_back(one.type);
  return result;
}

class IkeAlterationTest : public IkeWire {
 protected:
  ike::PayloadChain chain_;
  IkeAlterationTest() {
    chain_.add(ike::nonce::layout, {}, wire::Buffer(16, 1));
    chain_.add(ike::vendor_id::layout, {}, wire::Buffer(4, 2));
  }
  static ike::PayloadChain changed(const json& arguments, const ike::PayloadChain& chain) {
    return altered(ike_alteration(arguments), chain);
  }
};

TEST_F(IkeAlterationTest, PayloadsAreAppendedReplacedAndReversed) {
  const json one = json::array({{{"type", 200}, {"octets", "abcd"}}});
  EXPECT_THAT(types_of(changed({{"append", one}}, chain_)), ElementsAre(40, 43, 200));
  EXPECT_THAT(types_of(changed({{"payloads", one}}, chain_)), ElementsAre(200));
  EXPECT_THAT(types_of(changed({{"reversed", true}}, chain_)), ElementsAre(43, 40));
  EXPECT_EQ(changed(json::object(), chain_).octets(), chain_.octets());
}

TEST_F(IkeAlterationTest, BitsAndLengthsAreAsTheyAreGiven) {
  const ike::PayloadChain made = changed({{"payloads", json::array({{{"type", 43},
                                                                     {"critical", true},
                                                                     {"reserved", 5},
                                                                     {"length", 2},
                                                                     {"octets", "abcd"}}})}},
                                         chain_);
  EXPECT_THAT(made.octets(), ElementsAre(0, 0x85, 0, 2, 0xAB, 0xCD));
}

TEST_F(IkeAlterationTest, OneMessageIsAnotherAndIsSealedAllTheSame) {
  establish();
  take();
  gw_.endpoint->alter(
      ike_alteration({{"exchange", "informational"},
                      {"append", json::array({{{"type", 200}, {"critical", true}}})}}));
  ASSERT_TRUE(gw_.endpoint->check_liveness(gw_.diary.last));
  pass(1s);
  const auto first = take();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_TRUE(first[1].notify("unsupported-critical-payload"));
  ASSERT_TRUE(gw_.endpoint->check_liveness(gw_.diary.last));
  pass(1s);
  const auto second = take();
  ASSERT_EQ(second.size(), 2U);
  EXPECT_FALSE(second[1].notify("unsupported-critical-payload"));
}

TEST_F(IkeAlterationTest, TransformsComeBeforeThoseOfTheFirstProposal) {
  ike::PayloadChain offer;
  const ike::Proposal proposal{ike::kProtocolEsp, {1, 2, 3, 4}, {{1, 12, 128}, {5, 0, {}}}, {}};
  offer.add(ike::security_association::layout, {}, ike::make_proposals(std::array{proposal}));
  const json more = json::array({{{"type", 1}, {"id", 65000}}});
  const ike::PayloadChain made = changed({{"transforms", more}}, offer);
  const auto payloads = IkePayloads::parse(made.first_type(), made.octets());
  ASSERT_TRUE(payloads);
  const auto proposals = proposals_in(payloads->find(ike::security_association::layout));
  ASSERT_TRUE(proposals);
  ASSERT_EQ(proposals->front().transforms.size(), 3U);
  EXPECT_EQ(proposals->front().transforms[0].id, 65000);
  EXPECT_EQ(proposals->front().transforms[1].key_length, 128);
  EXPECT_EQ(proposals->front().spi, proposal.spi);
}

TEST_F(IkeAlterationTest, PaddingIsAsLongAsWholeBlocksAllow) {
  establish();
  std::vector<std::size_t> sizes;
  for (const unsigned padding : {0U, 255U}) {
    take();
    mn_.endpoint->alter(ike_alteration({{"exchange", "informational"}, {"padding", padding}}));
    ASSERT_TRUE(mn_.endpoint->check_liveness(id_));
    pass(1s);
    const auto sent = take();
    ASSERT_EQ(sent.size(), 2U);
    sizes.push_back(sent[0].datagram.size());
  }
  EXPECT_EQ(sizes[1] - sizes[0], 240U);
}

TEST_F(IkeAlterationTest, AnAnnouncedWindowIsKept) {
  establish({"RFC7296-2.3-02"});  // does not wait for answers
  gw_.endpoint->alter(
      ike_alteration({{"exchange", "informational"},
                      {"append", json::array({{{"type", 41}, {"octets", "0000400100000002"}}})}}));
  ASSERT_TRUE(gw_.endpoint->check_liveness(gw_.diary.last));
  pass(1s);
  take();
  std::vector<wire::Buffer> late;
  lose_ = [&](const Carried& one) {
    if (one.from_mn && one.is_request() && late.empty()) {
      late.push_back(one.datagram);
      return true;
    }
    return false;
  };
  ASSERT_TRUE(mn_.endpoint->check_liveness(id_));
  ASSERT_TRUE(mn_.endpoint->check_liveness(id_));
  pass(100ms);
  const auto overtaking = take();
  ASSERT_EQ(overtaking.size(), 2U);
  const auto repeated = [&](const wire::Buffer& request) {
    gw_.receive(request);
    pass(100ms);
    const auto sent = take();
    return sent.size() == 1 ? sent[0].datagram : wire::Buffer();
  };
  const wire::Buffer answer = repeated(late.front());
  ASSERT_FALSE(answer.empty());
  // Both are kept; the IP header counts on.
  const auto is_same = [](const wire::Buffer& a, const wire::Buffer& b) {
    return std::ranges::equal(wire::Bytes(a).subspan(20), wire::Bytes(b).subspan(20));
  };
  EXPECT_TRUE(is_same(repeated(overtaking[0].datagram), overtaking[1].datagram));
  EXPECT_TRUE(is_same(repeated(late.front()), answer));
}

TEST_F(IkeAlterationTest, AnExtraMessageIsSentBesideTheOrdinaryOne) {
  establish();
  take();
  gw_.endpoint->alter(ike_alteration(
      {{"exchange", "informational"}, {"extra", true}, {"header", {{"message_id", 600}}}}));
  ASSERT_TRUE(gw_.endpoint->check_liveness(gw_.diary.last));
  pass(1s);
  const auto sent = take();
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0].message()[ike::message::message_id], 600U);
  EXPECT_EQ(sent[1].message()[ike::message::message_id], 0U);
  EXPECT_TRUE(sent[2].from_mn);
}

}  // namespace
}  // namespace mipvet::roles::testing
