#include "engine/crypto/prf.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "engine/crypto/octets_for_test.h"

namespace mipvet::crypto {
namespace {

using testing::counting;
using testing::hex;
using testing::octets;

struct Vector {
  wire::Buffer key;
  wire::Buffer data;
  std::string_view sha1;
  std::string_view sha256;
};

TEST(Prf, KnownAnswers) {
  const auto hash_key_first = "Test Using Larger Than Block-Size Key - Hash Key First";
  const Vector vectors[] = {
      // RFC 2202 §3 for SHA-1, RFC 4231 §4 for SHA-256.
      {octets(20, 0x0b), octets("Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {octets("Jefe"), octets("what do ya want for nothing?"),
       "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {octets(20, 0xaa), octets(50, 0xdd), "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting(1, 25), octets(50, 0xcd), "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {octets(80, 0xaa), octets(hash_key_first), "aa4ae5e15272d00e95705637ce8a3b55ed402112", ""},
      {octets(131, 0xaa), octets(hash_key_first), "",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  for (const auto& [key, data, sha1, sha256] : vectors) {
    if (!sha1.empty()) {
      EXPECT_EQ(wire::to_hex(prf(Prf::hmac_sha1, key, {data})), sha1);
    }
    if (!sha256.empty()) {
      EXPECT_EQ(wire::to_hex(prf(Prf::hmac_sha2_256, key, {data})), sha256);
    }
  }
}

TEST(Prf, TakesItsDataInParts) {
  const auto whole = octets("what do ya want for nothing?");
  const auto data = wire::Bytes(whole);
  EXPECT_EQ(prf(Prf::hmac_sha1, octets("Jefe"), {data.first(5), {}, data.subspan(5)}),
            prf(Prf::hmac_sha1, octets("Jefe"), {data}));
}

// Python: T = hmac.new(key, T + seed + bytes([i]), hash).digest() for i = 1, 2, ...
TEST(Prf, PlusChainsItsBlocks) {
  EXPECT_EQ(wire::to_hex(prf_plus(Prf::hmac_sha1, counting(0, 20), octets("seed"), 50)),
            "fc6692ab20a215e10da622ae9d0ef252d290c5ce2afc818987d1e9bc79a297682ff6f32fef155334"
            "3273ad9e5dc81a0448e6");
  EXPECT_EQ(wire::to_hex(prf_plus(Prf::hmac_sha2_256, counting(0, 32), octets("seed"), 100)),
            "4fae78f37a588390e442a412cb463634d9dce644473eb1ea3b773f8b675f7a9406dc2d03dec3ba78"
            "0e2a7dd6e0a052dd964a23269299ac540144a0d72e865d8ed03d2fdecaaaa847cf048a4653eb8b44"
            "79cf7b48edbfed413da1e50617270341410cddfb");
}

TEST(Prf, PlusEndsAtItsLastBlock) {
  const auto key = counting(0, 20);
  EXPECT_EQ(prf_plus(Prf::hmac_sha1, key, key, 255 * 20).size(), 5100U);
  EXPECT_THROW(prf_plus(Prf::hmac_sha1, key, key, 255 * 20 + 1), std::invalid_argument);
  EXPECT_TRUE(prf_plus(Prf::hmac_sha1, key, key, 0).empty());
}

// Python: hmac.new(b"\1" * 5000, b"Hi There", "sha1" or "sha256")
TEST(Prf, TakesAKeyOfAnyLength) {
  EXPECT_EQ(wire::to_hex(prf(Prf::hmac_sha1, octets(5000, 1), {octets("Hi There")})),
            "b596bb7c9244235d566a2678922f56a8900c5bbe");
  EXPECT_EQ(wire::to_hex(prf(Prf::hmac_sha2_256, octets(5000, 1), {octets("Hi There")})),
            "4dea7f7a95fa8259c05015bc02ce155959eebe09c2444910e0167c702ec358e4");
  EXPECT_EQ(wire::to_hex(prf(Prf::hmac_sha1, {}, {})), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

}  // namespace
}  // namespace mipvet::crypto
