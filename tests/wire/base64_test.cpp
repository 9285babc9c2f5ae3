#include "wire/base64.hpp"

#include "support/catch.hpp"

namespace ws::wire {

TEST_CASE("base64 both ways (RFC 4648 §10)") {
  const std::pair<const char*, const char*> samples[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : samples) {
    CHECK(base64_encode(as_bytes(bytes)) == text);
    const auto decoded = base64_decode(text);
    REQUIRE(decoded);
    CHECK(as_text(*decoded) == bytes);
  }
  CHECK(base64_encode(as_bytes("\xff\xfe\xfb\xef")) == "//777w==");
}

TEST_CASE("base64 that nobody encodes is refused (RFC 4648 §3.3, §3.5)") {
  for (const auto* text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "=",
                           "Zg==Zg==", "Zm8=\n", "Zm-_", "Zm 8", "Z=g=", "\xc3\xa9=="}) {
    INFO(text);
    CHECK_FALSE(base64_decode(text));
  }
}

}  // namespace ws::wire
