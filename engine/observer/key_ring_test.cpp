#include "engine/observer/key_ring.h"

#include <gmock/gmock.h>

#include "engine/observer/ipsec_stage_for_test.h"

namespace mipvet::observer {
namespace {

using Result = wire::Opening::Result;

class KeyRingTest : public ::testing::Test {
 protected:
  testing::Stage stage_;
  KeyRing ring_;
  const wire::Buffer inner_ = wire::Buffer(40, 0x77);
  wire::Buffer packet_ = stage_.esp(true, inner_, 7);

  Result open() { return ring_.open_esp(packet_, {}, {}).result; }
};

TEST_F(KeyRingTest, KeysMayComeLater) {
  EXPECT_TRUE(ring_.empty());
  EXPECT_EQ(open(), Result::no_key);
  ring_.add({{}, {stage_.children[0]}});
  const wire::Buffer sealed = packet_;
  const wire::Opening opened = ring_.open_esp(packet_, {}, {});
  EXPECT_EQ(opened.result, Result::opened);
  EXPECT_EQ(opened.first, 24U);
  EXPECT_TRUE(std::equal(inner_.begin(), inner_.end(), packet_.begin() + 24));
  EXPECT_TRUE(std::equal(sealed.begin(), sealed.begin() + 24, packet_.begin()));
}

TEST_F(KeyRingTest, LeavesWhatIsNotAuthenticAsItWas) {
  for (const auto encryption :
       {crypto::Encryption::aes_cbc_128, crypto::Encryption::aes_gcm_16_128}) {
    crypto::ChildSaKeys& sa = stage_.children[0];
    sa.encryption = encryption;
    const bool is_aead = crypto::algorithm(encryption).is_aead();
    sa.integrity = is_aead ? crypto::Integrity::none : crypto::Integrity::hmac_sha2_256_128;
    sa.keys = {wire::Buffer(crypto::algorithm(encryption).key_size, 8),
               wire::Buffer(is_aead ? 0 : 32, 9)};
    crypto::Sealer sealer(sa.encryption, sa.integrity, sa.keys);
    wire::Buffer packet(8);
    wire::write(packet, wire::esp::spi, sa.spi);
    sealer.seal(packet, wire::Buffer(32, 1),
                wire::Buffer(crypto::algorithm(encryption).iv_size, 2));
    packet[30] ^= 1;
    KeyRing ring;
    ring.add({{}, {sa}});
    const wire::Buffer before = packet;
    EXPECT_EQ(ring.open_esp(packet, {}, {}).result, Result::not_authentic);
    EXPECT_EQ(packet, before);
  }
}

TEST_F(KeyRingTest, TellsReceiversWithTheSameSpiApart) {
  crypto::ChildSaKeys other = stage_.children[0];
  other.keys.encryption.assign(16, 0xEE);
  other.keys.integrity.assign(32, 0xEE);
  ring_.add({{}, {other}});
  EXPECT_EQ(open(), Result::not_authentic);
  ring_.add({{}, {stage_.children[0]}});
  EXPECT_EQ(open(), Result::opened);
}

TEST_F(KeyRingTest, OpensBothDirectionsOfAnIkeSa) {
  ring_.add({{stage_.keys}, {}});
  ring_.add({{stage_.keys}, {}});
  for (const bool initiator : {true, false}) {
    wire::Buffer message = stage_.sealed(wire::ike::informational, initiator, false, 3, {});
    EXPECT_EQ(ring_.open_ike(message, 28).result, Result::opened);
  }
  EXPECT_NE(ring_.ike_sa(stage_.keys.spis), nullptr);
}

TEST_F(KeyRingTest, TakesAnyOctets) {
  ring_.add({{stage_.keys}, stage_.children});
  for (std::size_t size = 0; size < packet_.size(); ++size) {
    wire::Buffer cut(packet_.begin(), packet_.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(ring_.open_esp(cut, {}, {}).result, Result::opened);
  }
}

}  // namespace
}  // namespace mipvet::observer
