#include "app/byte_range.hpp"

#include "support/catch.hpp"

using namespace ws::app;

namespace {

std::string shown(std::string_view field, std::uint64_t size = 1000) {
  const auto range = select_range(field, size);
  if (range.kind == ByteRange::Kind::whole)
    return range.offset == 0 && range.length == size ? "whole" : "broken";
  return content_range(range, size);
}

}  // namespace

TEST_CASE("one range of bytes") {
  CHECK(shown("bytes=0-499") == "bytes 0-499/1000");
  CHECK(shown("bytes=500-999") == "bytes 500-999/1000");
  CHECK(shown("bytes=999-999") == "bytes 999-999/1000");
  CHECK(shown("bytes=500-") == "bytes 500-999/1000");
  CHECK(shown("bytes=-1") == "bytes 999-999/1000");
  CHECK(shown("Bytes= 0-0 ") == "bytes 0-0/1000");
}

TEST_CASE("a range that goes beyond the end is cut there") {
  CHECK(shown("bytes=900-1000") == "bytes 900-999/1000");
  CHECK(shown("bytes=0-18446744073709551616") == "bytes 0-999/1000");
  CHECK(shown("bytes=-5000") == "bytes 0-999/1000");
  CHECK(shown("bytes=-99999999999999999999") == "bytes 0-999/1000");
}

TEST_CASE("a range behind the end cannot be satisfied") {
  for (const char* field : {"bytes=1000-", "bytes=1000-1001", "bytes=18446744073709551616-",
                            "bytes=-0", "bytes=18446744073709551615-18446744073709551615"})
    CHECK(shown(field) == "bytes */1000");
  CHECK(shown("bytes=0-", 0) == "bytes */0");
  CHECK(shown("bytes=-5", 0) == "bytes */0");
}

TEST_CASE("what is no single range of bytes is the whole") {
  for (const char* field : {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=a-b", "bytes=5-4",
                            "bytes=+1-2", "bytes=0-1,3-4", "bytes=0-1-2", "bytes=0x1-2",
                            "bytes=1 -2", "lines=0-1", "bytes=--1", "bytes 0-1"})
    CHECK(shown(field) == "whole");
}
