#include "app/percent.hpp"

#include "support/catch.hpp"

using ws::app::percent_decode;

TEST_CASE("percent-encoding is decoded once") {
  CHECK(percent_decode("") == "");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("%41%6a%6A") == "Ajj");
  CHECK(percent_decode("%252e") == "%2e");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
  CHECK(percent_decode("%c3%b6") == "\xc3\xb6");
}

TEST_CASE("what is not well encoded is not decoded") {
  for (const char* text : {"%", "a%4", "%g0", "%4g", "%-1", "%+1", "% 1", "%%41"})
    CHECK_FALSE(percent_decode(text));
}
