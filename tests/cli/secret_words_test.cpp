#include "cli/secret_words.hpp"

#include <string>

#include "support/catch.hpp"

using namespace ws::cli;

namespace {

std::string hidden(std::string word) {
  char* words[] = {word.data()};
  hide_secrets(words);
  return word;
}

}  // namespace

// ps(1) shows the arguments of everybody's programs.
TEST_CASE("the user part of a URL is hidden, with its name") {
  CHECK(hidden("ws://ann:pa55@host/x") == "ws://********@host/x");
  CHECK(hidden("wss://ann@host") == "wss://***@host");
  CHECK(hidden("ann:pa55@host:9001/x") == "********@host:9001/x");
  CHECK(hidden("ws://a:b@c:d@host/") == "ws://*******@host/");
  CHECK(hidden("--proxy=http://ann:pa55@proxy:3128") == "--proxy=http://********@proxy:3128");
  CHECK(hidden("--proxy=ann:pa55@proxy") == "--proxy=********@proxy");
}

TEST_CASE("a token in a query is hidden") {
  CHECK(hidden("ws://host/?token=t0ken") == "ws://host/?token=*****");
  CHECK(hidden("host/?a=1&token=t0ken&b=2&token=x") == "host/?a=1&token=*****&b=2&token=*");
  CHECK(hidden("host/?mytoken=t0ken&token=") == "host/?mytoken=t0ken&token=");
}

TEST_CASE("the value of a header with credentials is hidden") {
  CHECK(hidden("Authorization: Bearer x") == "Authorization:*********");
  CHECK(hidden("-Hcookie:a=b") == "-Hcookie:***");
  CHECK(hidden("--header=Proxy-Authorization: x") == "--header=Proxy-Authorization:**");
  CHECK(hidden("Cookie:") == "Cookie:");
}

TEST_CASE("what is no secret stays as it is") {
  for (const char* word :
       {"", "-", "--", "connect", "ws://host:9001/a@b?c=d@e", "X-Cookie: a", "-H", "--port=9001",
        "@headers", "token=x", "Host: a", "--send", "::1", "?", "-H:"})
    CHECK(hidden(word) == word);
}
