#include "wire/punycode.hpp"

#include "support/catch.hpp"

namespace ws::wire {

TEST_CASE("the samples of RFC 3492 §7.1") {
  CHECK(punycode(U"\u0644\u064A\u0647\u0645\u0627\u0628\u062A\u0643\u0644\u0645\u0648\u0634\u0639"
                 U"\u0631\u0628\u064A\u061F") == "egbpdaj6bu4bxfgehfvwxn");
  CHECK(punycode(U"\u4ED6\u4EEC\u4E3A\u4EC0\u4E48\u4E0D\u8BF4\u4E2D\u6587") ==
        "ihqwcrb4cv8a8dqg056pqjye");
  CHECK(punycode(U"3\u5E74B\u7D44\u91D1\u516B\u5148\u751F") == "3B-ww4c5e180e575a65lsy2b");
  CHECK(punycode(U"\u305D\u306E\u30B9\u30D4\u30FC\u30C9\u3067") == "d9juau41awczczp");
  CHECK(punycode(U"-> $1.00 <-") == "-> $1.00 <--");
}

TEST_CASE("labels are taken one by one and lower-cased (RFC 3490 §3.1)") {
  CHECK(ascii_host("example.com") == "example.com");
  CHECK(ascii_host("\xd0\x9f\xd0\xa0\xd0\x98.\xd0\xa0\xd0\xa4") == "xn--h1and.xn--p1ai");
  CHECK(ascii_host("\xce\x91.A.") == "xn--mxa.a.");
  CHECK(ascii_host("\xc5\x81\xc3\xb3"
                   "d\xc5\xba.pl") == "xn--d-uga0v4h.pl");
  CHECK(ascii_host("\xe4\xbe\x8b\xe3\x80\x82jp") == "xn--fsq.jp");
  CHECK_FALSE(ascii_host("\xc3"));
  CHECK_FALSE(ascii_host(std::string(64, 'a') + ".\xc3\xa9"));
}

TEST_CASE("a label has at most 63 characters, before and after encoding (RFC 1035 §2.3.4)") {
  const auto repeated = [](std::string_view text, int count) {
    std::string label;
    for (int i = 0; i < count; ++i) label += text;
    return label;
  };
  CHECK(ascii_host(std::string(63, 'a')) == std::string(63, 'a'));
  CHECK_FALSE(ascii_host(std::string(64, 'a')));
  CHECK(ascii_host(repeated("\xc3\xa9", 50)));
  CHECK_FALSE(ascii_host(repeated("\xc3\xa9", 63)));
}

}  // namespace ws::wire
