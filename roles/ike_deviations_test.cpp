#include "roles/ike_deviations.h"

#include <set>

#include <gmock/gmock.h>

#include "roles/ike_wire_for_test.h"

namespace mipvet::roles::testing {
namespace {

/// The whole life of an IKE SA; what was sent.
class IkeDeviations : public IkeWire, public ::testing::WithParamInterface<std::size_t> {
 protected:
  void play(std::vector<std::string> of_mn, std::vector<std::string> of_gw) {
    mn_.diary = {};
    gw_.diary = {};
    gw_.diary.pool = testing::ip("10.9.0.1");
    start(std::move(of_mn), std::move(of_gw));
    mn_.readdress("192.0.2.7");
    connect();
    const IkeSaId gw = gw_.diary.last;
    mn_.endpoint->send(id_, inner(true, "x"));
    gw_.endpoint->send(gw, inner(false, "x"));
    mn_.readdress("198.51.100.7");
    mn_.endpoint->move(id_, testing::ip("198.51.100.7"));
    pass(3s);
    for (End* end : {&mn_, &gw_}) {
      const IkeSaId own = end == &mn_ ? id_ : gw;
      end->endpoint->rekey_child(own);
      end->endpoint->announce_addresses(own, {testing::ip("192.0.2.8")});
      pass(2s);
      end->endpoint->rekey_ike(own);
      end->endpoint->check_path(own);
      end->endpoint->send_dummy(own, wire::Buffer(40));
      pass(2s);
      end->endpoint->delete_child(own);
    }
    pass(30s);
    mn_.endpoint->close(id_);
    pass(150s);
    carried_.clear();
  }
};

constexpr std::size_t kParts = 16;

TEST_P(IkeDeviations, NoneEndsTheProgram) {
  mn_settings_.ike = gw_settings_.ike = {ike_proposal("aes128-sha256-x25519")};
  std::size_t number = 0;
  const auto is_mine = [&] { return number++ % kParts == GetParam(); };
  for (const Deviation& one : ike_initiator_deviations())
    if (is_mine()) play({std::string(one.id)}, {});
  for (const Deviation& one : ike_responder_deviations())
    if (is_mine()) play({}, {std::string(one.id)});
}
INSTANTIATE_TEST_SUITE_P(Parts, IkeDeviations, ::testing::Range(std::size_t{0}, kParts));

TEST(IkeDeviationList, HasEachOnceAndWhatShowsIt) {
  for (const auto list : {ike_initiator_deviations(), ike_responder_deviations()}) {
    EXPECT_GT(list.size(), 150U);
    std::set<std::string_view> ids;
    for (const Deviation& one : list) {
      EXPECT_TRUE(ids.insert(one.id).second) << one.id;
      EXPECT_FALSE(one.text.empty()) << one.id;
      EXPECT_TRUE(one.scenario.starts_with("mobike/")) << one.id;
    }
  }
}

}  // namespace
}  // namespace mipvet::roles::testing
