#include "engine/wire/layout.h"

#include <ostream>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "engine/wire/catalogue.h"
#include "engine/wire/compose.h"
#include "engine/wire/value.h"

namespace mipvet::wire {

// Seen by GoogleTest, which would print an address otherwise.
void PrintTo(const Layout* layout, std::ostream* out);
void PrintTo(const Layout* layout, std::ostream* out) {
  *out << layout->name;
}

namespace {

std::vector<const Layout*> all_layouts() {
  std::vector<const Layout*> result;
  for (const Layouts& some : {headers(), messages(), registration_extensions(),
                              discovery_extensions(), ike_payloads(), ike_substructures()})
    result.insert(result.end(), some.begin(), some.end());
  result.push_back(find_layout("extension"));
  result.push_back(find_layout("esp-trailer"));
  return result;
}

class EveryLayout : public testing::TestWithParam<const Layout*> {};

TEST_P(EveryLayout, NamesItsFieldsOnce) {
  std::set<std::string_view> names;
  for (const Field& field : GetParam()->fields) {
    EXPECT_TRUE(names.insert(field.name).second) << field.name;
    EXPECT_EQ(GetParam()->find(field.name), &field);
  }
  EXPECT_EQ(GetParam()->find("no such field"), nullptr);
}

TEST_P(EveryLayout, CoversEveryBitOfItsMinimum) {
  std::vector<bool> covered(GetParam()->minimum * 8);
  for (const Field& field : GetParam()->fields) {
    for (std::size_t bit = field.bit_offset; bit < field.bit_offset + field.bit_width; ++bit)
      if (bit < covered.size()) covered[bit] = true;
    if (field.bit_width == 0) {
      EXPECT_EQ(field.bit_offset, GetParam()->minimum * 8) << field.name;
    }
  }
  for (std::size_t bit = 0; bit < covered.size(); ++bit) EXPECT_TRUE(covered[bit]) << bit;
}

/// Writing a field changes its bits and no others, whatever stood there before.
TEST_P(EveryLayout, WritesAndReadsBackEveryField) {
  for (const char background : {'\0', '\xFF', 'Z'}) {
    for (const Field& field : GetParam()->fields) {
      if (field.bit_width == 0 || field.bit_width > 64) continue;
      const Buffer before(field.end_octet(0) + 3, static_cast<std::uint8_t>(background));
      for (std::uint32_t bit = 0; bit < field.bit_width; ++bit) {
        for (const std::uint64_t value : {std::uint64_t{1} << bit, ~(std::uint64_t{1} << bit)}) {
          Buffer message = before;
          ASSERT_TRUE(write(message, field, value));
          const std::uint64_t mask =
              field.bit_width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << field.bit_width) - 1;
          EXPECT_EQ(read(message, field), value & mask) << field.name;
          for (std::size_t i = 0; i < message.size() * 8; ++i) {
            if (i >= field.bit_offset && i < field.bit_offset + field.bit_width) continue;
            const std::uint8_t one = static_cast<std::uint8_t>(0x80U >> (i % 8));
            ASSERT_EQ(message[i / 8] & one, before[i / 8] & one) << field.name << " bit " << i;
          }
        }
      }
    }
  }
}

TEST_P(EveryLayout, ReadsNothingBehindAShortMessage) {
  const Layout& layout = *GetParam();
  for (std::size_t size = 0; size < layout.minimum + 4; ++size) {
    Buffer message(size, 0xFF);
    const View view(layout, message);
    for (const Field& field : layout.fields) {
      const bool is_there = field.end_octet(size) <= size && field.first_octet() <= size;
      EXPECT_EQ(view.has(field), is_there);
      if (is_there) continue;
      EXPECT_EQ(view[field], 0U);
      EXPECT_TRUE(view.octets(field).empty());
      EXPECT_FALSE(write(message, field, 0));
      EXPECT_EQ(format_value(view, field), "missing");
    }
    EXPECT_EQ(message, Buffer(size, 0xFF));
  }
}

/// What is shown of a field can be put back into it.
TEST_P(EveryLayout, FormatsAndParsesEveryField) {
  Buffer message(GetParam()->minimum + 12);
  for (std::size_t i = 0; i < message.size(); ++i)
    message[i] = static_cast<std::uint8_t>(37 * i + 9);
  const View view(*GetParam(), message);
  for (const Field& field : GetParam()->fields) {
    const std::string text = format_value(view, field);
    const auto value = parse_value(field, text);
    ASSERT_TRUE(value) << field.name << ' ' << text;
    Buffer other = message;
    ASSERT_TRUE(set(other, field, *value)) << field.name;
    EXPECT_EQ(other, message) << field.name << ' ' << text;
    EXPECT_FALSE(expected_form(field).empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Wire, EveryLayout, testing::ValuesIn(all_layouts()),
                         [](const auto& parameter) {
                           std::string name(parameter.param->name);
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name + "_" + std::to_string(parameter.index);
                         });

TEST(Layout, ReadsBitsAsTheRfcsDrawThem) {
  const Buffer message{0b10100000, 0b00000101};
  EXPECT_EQ(read(message, bits("top", 0, 0, 4)), 0b1010U);
  EXPECT_EQ(read(message, bits("across", 0, 6, 10)), 0b101U);
  EXPECT_EQ(read(message, flag("last", 1, 7)), 1U);
  EXPECT_EQ(read(message, octets("tail", 1)), 0U);
}

}  // namespace
}  // namespace mipvet::wire
