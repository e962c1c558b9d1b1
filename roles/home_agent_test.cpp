#include "roles/home_agent.h"

#include "engine/net/tunnel.h"
#include "engine/wire/icmp.h"
#include "roles/role_for_test.h"

// What a home agent answers: RFC 3344 §3.8, §5.7. Its bindings: home_agent_bindings_test.cpp.

namespace mipvet::roles {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint16_t kMnPort = 40434;

class HomeAgentTest : public RoleTest {
 protected:
  void SetUp() override { play("ha"); }

  void ask(wire::Bytes message) { arrive_message("private", {kHotspot, kMnPort}, kHa, message); }
  wire::Buffer asked(std::initializer_list<wire::FieldValue> changes = {}) {
    return signed_by("mn", "ha", request_of(changes));
  }
  std::uint64_t code_for(wire::Bytes message) {
    ask(message);
    const auto sent = replies();
    return sent.size() == 1 ? sent[0][reply::code] : 255;
  }
};

TEST_F(HomeAgentTest, AcceptsAValidRequest) {
  const wire::Buffer message = asked();
  ask(message);
  const auto sent = replies();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].source(), kHa);
  EXPECT_EQ(sent[0].source_port(), mip4::kPort);
  EXPECT_EQ(sent[0].destination(), kHotspot);
  EXPECT_EQ(sent[0].destination_port(), kMnPort);
  EXPECT_EQ(sent[0][reply::code], 0U);
  EXPECT_EQ(sent[0][reply::lifetime], 300U);
  EXPECT_EQ(sent[0].address(reply::home_address), kMn);
  EXPECT_EQ(sent[0].address(reply::home_agent), kHa);
  EXPECT_EQ(sent[0][reply::identification], wire::read(message, request::identification));
  EXPECT_EQ(check("mn", "ha", sent[0]), Checked::valid);
}

TEST_F(HomeAgentTest, GrantsNoMoreThanItsMaximum) {
  ask(asked({{request::lifetime, 3600}}));
  EXPECT_EQ(replies().at(0)[reply::lifetime], 1800U);
}

TEST_F(HomeAgentTest, RefusesAWrongAuthenticator) {
  wire::Buffer altered = asked();
  altered.back() ^= 1;
  EXPECT_EQ(code_for(altered), 131U);
  EXPECT_EQ(code_for(request_of()), 131U) << "none";
  wire::Buffer twice = asked();
  EXPECT_EQ(code_for(signed_by("mn", "ha", twice)), 131U) << "two of them";
}

// RFC 3344 §5.7.1: the reply shows the home agent's clock in its high-order half.
TEST_F(HomeAgentTest, RefusesAReplayAndShowsItsClock) {
  const wire::Buffer message = asked();
  ask(message);
  replies();
  pass(3s);
  ask(message);
  const auto sent = replies();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0][reply::code], 133U);
  EXPECT_EQ(crypto::high_order(sent[0][reply::identification]), crypto::high_order(timestamp()));
  EXPECT_EQ(crypto::low_order(sent[0][reply::identification]),
            crypto::low_order(wire::read(message, request::identification)));
}

TEST_F(HomeAgentTest, RefusesATimestampOutsideItsWindow) {
  const auto eight_seconds = std::uint64_t{8} << 32U;
  EXPECT_EQ(code_for(asked({{request::identification, timestamp() - eight_seconds}})), 133U);
  EXPECT_EQ(code_for(asked({{request::identification, timestamp() + eight_seconds}})), 133U);
  EXPECT_EQ(code_for(asked({{request::identification, timestamp() - eight_seconds / 2}})), 0U);
}

// RFC 3344 §5.7.2.
TEST_F(HomeAgentTest, WithNoncesEachReplyTellsTheNext) {
  network_ = network();
  network_.associations[2].association.replay = crypto::Replay::nonces;
  play_as_is("ha");
  ask(asked({{request::identification, crypto::identification_of(1, 2)}}));
  const Sent refused = replies().at(0);
  EXPECT_EQ(refused[reply::code], 133U) << "no nonce was told yet";
  EXPECT_EQ(crypto::low_order(refused[reply::identification]), 2U);
  const std::uint32_t nonce = crypto::high_order(refused[reply::identification]);
  const wire::Buffer right =
      asked({{request::identification, crypto::identification_of(nonce, 3)}});
  ask(right);
  const Sent accepted = replies().at(0);
  EXPECT_EQ(accepted[reply::code], 0U);
  EXPECT_NE(crypto::high_order(accepted[reply::identification]), nonce);
  EXPECT_EQ(code_for(right), 133U) << "a nonce is good for one request";
}

TEST_F(HomeAgentTest, Denials) {
  EXPECT_EQ(code_for(asked({{request::home_agent, ip("10.0.0.77")}})), 136U);
  EXPECT_EQ(code_for(asked({{request::reserved_x, true}})), 134U);
  EXPECT_EQ(code_for(asked({{request::reserved_r, true}})), 134U);
  EXPECT_EQ(code_for(asked({{request::gre_encapsulation, true}})), 139U);
  EXPECT_EQ(code_for(asked({{request::minimal_encapsulation, true}})), 139U);
  wire::Buffer cut = request_of();
  cut.insert(cut.end(), {131, 200, 'm'});
  EXPECT_EQ(code_for(cut), 134U) << "an extension runs over the end";
}

TEST_F(HomeAgentTest, WithoutReverseTunnelsCode137) {
  play("ha", R"({"nodes": {"ha": {"parameters": {"reverse_tunneling": false}}}})");
  EXPECT_EQ(code_for(asked({{request::reverse_tunneling, true}})), 137U);
}

TEST_F(HomeAgentTest, WithoutSimultaneousBindingsCode1) {
  EXPECT_EQ(code_for(asked({{request::simultaneous_bindings, true}})), 1U);
}

TEST_F(HomeAgentTest, ARefusedRequestUsesUpNoTimestamp) {
  const std::uint64_t identification = timestamp();
  EXPECT_EQ(code_for(asked(
                {{request::identification, identification}, {request::gre_encapsulation, true}})),
            139U);
  EXPECT_EQ(code_for(asked({{request::identification, identification}})), 0U);
}

TEST_F(HomeAgentTest, DropsWhatItMayNotSkip) {
  wire::Buffer unknown = request_of();
  unknown.insert(unknown.end(), {99, 0});
  ask(signed_by("mn", "ha", unknown));
  EXPECT_THAT(take(), IsEmpty());
  wire::Buffer skippable = request_of();
  skippable.insert(skippable.end(), {200, 0});
  EXPECT_EQ(code_for(signed_by("mn", "ha", skippable)), 0U);
}

TEST_F(HomeAgentTest, AnAgentWithACommonKeyHasToUseIt) {
  network_ = network(R"({"security_associations": [
      {"between": ["mn", "ha"], "spi": 768, "key": "00"},
      {"between": ["fa", "ha"], "spi": 1280, "key": "02"}]})");
  play_as_is("ha");
  arrive_message("private", {kFaPublic}, kHa, asked());
  EXPECT_EQ(replies().at(0)[reply::code], 132U);
  arrive_message("private", {kFaPublic}, kHa,
                 signed_by("fa", "ha", asked(), authentication::foreign_home));
  const Sent sent = replies().at(0);
  EXPECT_EQ(sent[reply::code], 0U);
  EXPECT_EQ(check("fa", "ha", sent, authentication::foreign_home), Checked::valid);
}

TEST_F(HomeAgentTest, AssignsTheSameAddressToTheSameNai) {
  network_ = network(R"({"nodes": {"mn": {"home_address": null}}})");
  play_as_is("ha");
  const auto assigned = [this] {
    wire::Buffer message = request_of({{request::home_address, wire::Ipv4Address{}}});
    append_nai(message, "mn@example.com");
    ask(signed_by("mn", "ha", message));
    const Sent sent = replies().at(0);
    EXPECT_EQ(sent[reply::code], 0U);
    EXPECT_EQ(sent.body().nai(), "mn@example.com");
    return sent.address(reply::home_address);
  };
  const wire::Ipv4Address address = assigned();
  EXPECT_TRUE(wire::Ipv4Prefix::parse("10.1.0.0/24")->contains(address));
  pass(1s);
  EXPECT_EQ(assigned(), address);
}

TEST_F(HomeAgentTest, DoesAsItIsTold) {
  command("deny", {{"code", 129}});
  EXPECT_EQ(code_for(asked()), 129U);
  command("accept");
  command("silence");
  ask(asked());
  EXPECT_THAT(take(), IsEmpty());
  command("answer");
  command("delay", {{"seconds", 2.0}});
  ask(asked());
  pass(1s);
  EXPECT_THAT(take(), IsEmpty());
  pass(2s);
  EXPECT_THAT(replies(), SizeIs(1));
  EXPECT_THROW(command("fly"), model::InputError);
}

}  // namespace
}  // namespace mipvet::roles
