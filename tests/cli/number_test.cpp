#include "cli/number.hpp"

#include <chrono>
#include <limits>

#include "support/catch.hpp"

using namespace ws::cli;
using namespace std::chrono_literals;

TEST_CASE("a number is decimal digits and nothing else") {
  CHECK(parse_number("0") == 0u);
  CHECK(parse_number("9001") == 9001u);
  CHECK(parse_number("010") == 10u);
  CHECK(parse_number("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());

  for (const char* text :
       {"", " 1", "1 ", "+1", "-1", "0x1f", "1e3", "1.0", "x", "18446744073709551616"})
    CHECK_FALSE(parse_number(text));
}

TEST_CASE("a file mode is octal and has permission bits only") {
  CHECK(parse_file_mode("600") == 0600u);
  CHECK(parse_file_mode("0660") == 0660u);
  CHECK(parse_file_mode("777") == 0777u);

  for (const char* text : {"", "8", "0o600", "1777", "-6", "rw", "99999999999"})
    CHECK_FALSE(parse_file_mode(text));
}

// Sizes that wrap around or mean "no limit".
TEST_CASE("a size is a number with k M G or Ki Mi Gi") {
  CHECK(parse_size("125") == 125u);
  CHECK(parse_size("64k") == 64'000u);
  CHECK(parse_size("64Ki") == 65'536u);
  CHECK(parse_size("2M") == 2'000'000u);
  CHECK(parse_size("16Mi") == 16u << 20);
  CHECK(parse_size("1G") == 1'000'000'000u);
  CHECK(parse_size("1Gi") == 1u << 30);
  CHECK(parse_size("17179869183Gi") == 17179869183u << 30);

  for (const char* text :
       {"", "k", "1K", "1m", "1 k", "1kB", "1.5M", "-1k", "0x1k", "17179869184Gi"})
    CHECK_FALSE(parse_size(text));
}

TEST_CASE("seconds take a fraction") {
  CHECK(parse_seconds("0") == 0s);
  CHECK(parse_seconds("20") == 20s);
  CHECK(parse_seconds("0.5") == 500ms);
  CHECK(parse_seconds(".25") == 250ms);
  CHECK(parse_seconds("1.000000001") == 1s + 1ns);
  CHECK(parse_seconds("1.0000000019") == 1s + 1ns);
  CHECK(parse_seconds("1000000000") == 1'000'000'000s);

  for (const char* text : {"", ".", "1.", "-1", "+1", "1e3", "inf", "nan", "0x1", "1s", "1,5",
                           "1.2.3", "1.-5", "1000000000.1", "1000000001", "99999999999999999999"})
    CHECK_FALSE(parse_seconds(text));
}

TEST_CASE("values are shown as they would be typed") {
  for (const char* text : {"0", "1", "125", "64k", "16Mi", "5Ki", "3M", "2Gi", "1500"}) {
    CHECK(size_text(parse_size(text).value()) == text);
  }
  CHECK(size_text(65'536) == "64Ki");
  for (const char* text : {"0", "20", "0.5", "0.25", "1.000000001", "100"})
    CHECK(seconds_text(parse_seconds(text).value()) == text);
}
