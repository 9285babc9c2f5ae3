#include "net/random.hpp"

#include <cstring>
#include <set>

#include "support/catch.hpp"

using namespace ws::net;

// CVE-2025-10148 (curl): one key for all frames.
TEST_CASE("masking keys differ, also beyond the pool's end", "[random]") {
  const auto next_key = pooled_masking_keys();
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 5000; ++i) {
    const auto key = next_key();
    std::uint32_t number = 0;
    std::memcpy(&number, key.data(), sizeof number);
    seen.insert(number);
  }
  // Of 5000 out of 2^32 a pair agrees once in 340 runs; three pairs never do.
  CHECK(seen.size() > 4996);
}

TEST_CASE("two sources of masking keys are independent", "[random]") {
  const auto one = pooled_masking_keys();
  const auto other = pooled_masking_keys();
  int equal = 0;
  for (int i = 0; i < 100; ++i) equal += one() == other() ? 1 : 0;
  CHECK(equal < 3);
}

TEST_CASE("a handshake key is not repeated", "[random]") {
  CHECK(random_key() != random_key());
}

TEST_CASE("a random fraction lies in [0, 1) and fills it", "[random]") {
  double sum = 0;
  for (int i = 0; i < 4000; ++i) {
    const double fraction = random_fraction();
    REQUIRE(fraction >= 0.0);
    REQUIRE(fraction < 1.0);
    sum += fraction;
  }
  CHECK(sum / 4000 == Approx(0.5).margin(0.05));  // eleven standard deviations
}

TEST_CASE("random hexadecimal digits: two for each byte", "[random]") {
  const std::string text = random_hex(16);
  CHECK(text.size() == 32);
  CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(text != random_hex(16));
  CHECK(random_hex(0).empty());
}
