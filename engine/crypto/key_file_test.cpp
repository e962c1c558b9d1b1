#include "engine/crypto/key_file.h"

#include <gmock/gmock.h>

#include "engine/crypto/wireshark_tables.h"

namespace mipvet::crypto {
namespace {

KeyLog sample() {
  KeyLog log;
  IkeSaKeys& sa = log.ike_sas.emplace_back();
  sa.spis = {0x1111111111111111, 0x2222222222222222};
  sa.keys.ai = sa.keys.ar = wire::Buffer(32, 1);
  sa.keys.ei = sa.keys.er = wire::Buffer(16, 2);
  ChildSaKeys& child = log.child_sas.emplace_back();
  child.spi = 0xC0FFEE01;
  child.keys = {wire::Buffer(16, 3), wire::Buffer(32, 4)};
  return log;
}

TEST(KeyFile, TakesEachForm) {
  const KeyLog log = sample();
  EXPECT_EQ(read_keys("# keys\n" + to_text(log), "a"), log);
  EXPECT_EQ(read_keys(ikev2_decryption_table(log), "a").ike_sas, log.ike_sas);
  EXPECT_EQ(read_keys(esp_sa(log), "a").child_sas, log.child_sas);
  EXPECT_EQ(read_keys("\n# nothing yet\n", "a"), KeyLog{});
}

TEST(KeyFile, SaysWhatIsWrong) {
  EXPECT_THAT([] { read_keys("IKE 1 2 3\n", "some.keys"); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("some.keys:1: ")));
  EXPECT_THAT([] { load_keys("/nowhere/some.keys"); },
              testing::ThrowsMessage<std::invalid_argument>(
                  testing::HasSubstr("/nowhere/some.keys: cannot be read")));
}

}  // namespace
}  // namespace mipvet::crypto
