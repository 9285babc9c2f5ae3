#include "app/http_date.hpp"

#include "support/catch.hpp"

using namespace ws::app;

TEST_CASE("a date of HTTP and back") {
  CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(http_date(1709164800) == "Thu, 29 Feb 2024 00:00:00 GMT");
  for (const std::time_t seconds : {0L, 784111777L, 1709164800L, 4102444799L})
    CHECK(parse_http_date(http_date(seconds)) == seconds);
}

TEST_CASE("what is not exactly a date is none") {
  for (const char* text : {"", "Sun, 06 Nov 1994 08:49:37", "Mon, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 0x:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994"})
    CHECK_FALSE(parse_http_date(text));
}
