#include "app/request_secrets.hpp"

#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;

namespace {

std::string target(std::string path, std::string query = {}) {
  wire::Request request;
  request.path = std::move(path);
  request.query = std::move(query);
  return target_without_tokens(request);
}

using Tokens = std::vector<std::string>;

}  // namespace

TEST_CASE("tokens are found however they are spelled") {
  CHECK(tokens_of("token=a") == Tokens{"a"});
  CHECK(tokens_of("x=1&token=a%2bb+c&y") == Tokens{"a+b+c"});
  CHECK(tokens_of("token=a&%74oken=b=c") == Tokens{"a", "b=c"});
  CHECK(tokens_of("token=") == Tokens{""});
  CHECK(tokens_of("").empty());
  CHECK(tokens_of("token").empty());
  CHECK(tokens_of("Token=a&xtoken=b&token2=c&x=token=d").empty());
  CHECK(tokens_of("token=%zz").empty());
}

TEST_CASE("what is left of a query is as it came") {
  CHECK(without_tokens("token=a").empty());
  CHECK(without_tokens("x=%41&token=a&y=2") == "x=%41&y=2");
  CHECK(without_tokens("%74oken=a&since=e:4&token&token=%zz") == "since=e:4");
  CHECK(without_tokens("xtoken=1") == "xtoken=1");
}

TEST_CASE("a target has one slash at its beginning and no token") {
  CHECK(target("/", "token=a") == "/");
  CHECK(target("/chat", "a=1&token=b") == "/chat?a=1");
  CHECK(target("/a//b/") == "/a//b/");
  CHECK(target("//evil.example/x", "token=a") == "/evil.example/x");
  CHECK(target("/\\evil.example") == "/evil.example");
  CHECK(target("///") == "/");
}

TEST_CASE("fields that carry secrets are known in any case") {
  for (const char* name : {"Authorization", "COOKIE", "proxy-authorization", "Set-Cookie"})
    CHECK(is_secret_field(name));
  for (const char* name : {"Origin", "Cookies", "WWW-Authenticate"})
    CHECK_FALSE(is_secret_field(name));
}
