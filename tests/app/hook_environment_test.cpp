#include "app/hook_environment.hpp"

#include <array>

#include "support/catch.hpp"

using namespace ws::app;

namespace {

ws::wire::Request request(std::string path, std::string query, ws::wire::Headers headers = {}) {
  ws::wire::Request request;
  request.path = std::move(path);
  request.query = std::move(query);
  request.headers = std::move(headers);
  return request;
}

}  // namespace

TEST_CASE("hooks inherit our environment less what is for us alone", "[hook_environment]") {
  const std::array<const char*, 9> ours{"PATH=/bin",        "WS_CLIENT=9",          "WS_ANYTHING=x",
                                        "WSX=stays",        "LISTEN_FDS=1",         "LISTEN_PID=2",
                                        "NOTIFY_SOCKET=@x", "NOTIFY_SOCKETS=stays", nullptr};
  CHECK(inherited_environment(ours.data()) ==
        Environment{"PATH=/bin", "WSX=stays", "NOTIFY_SOCKETS=stays"});
  CHECK(inherited_environment(nullptr).empty());
}

TEST_CASE("the five variables are always there", "[hook_environment]") {
  const auto client =
      hook_client(7, "127.0.0.1:5", request("/chat", "x=1", {{"Origin", "http://localhost:9"}}));
  CHECK(hook_environment({"A=b"}, client, {}) ==
        Environment{"A=b", "WS_CLIENT=7", "WS_ADDRESS=127.0.0.1:5", "WS_PATH=/chat?x=1",
                    "WS_ORIGIN=http://localhost:9", "WS_CODE="});
  const auto other = hook_client(8, "@", request("/", ""));
  CHECK(hook_environment({}, other, 1006) ==
        Environment{"WS_CLIENT=8", "WS_ADDRESS=@", "WS_PATH=/", "WS_ORIGIN=", "WS_CODE=1006"});
}

TEST_CASE("a token is in no variable, however it is spelled", "[hook_environment]") {
  const auto client =
      hook_client(1, "",
                  request("/a", "token=secret&x=1&%74oken=secret",
                          {{"Authorization", "Bearer secret"}, {"Cookie", "id=secret"}}));
  CHECK(client.path == "/a?x=1");
  for (const auto& variable : hook_environment({}, client, {}))
    CHECK(variable.find("secret") == std::string::npos);
}

// CVE-2014-6271 (Shellshock), CVE-2016-5385 (httpoxy).
TEST_CASE("a value stays one variable and keeps no control character", "[hook_environment]") {
  const std::string evil("/a\0b\nWS_CODE=1\r\x1b[31m\x7f", 22);
  const auto client =
      hook_client(1, "", request(evil, "", {{"Origin", "() { :;}; echo $(id)\t`id`"}}));
  CHECK(client.path == "/abWS_CODE=1[31m");
  CHECK(client.origin == "() { :;}; echo $(id)`id`");
}
