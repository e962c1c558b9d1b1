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
