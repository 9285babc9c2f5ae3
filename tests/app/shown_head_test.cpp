#include "app/shown_head.hpp"

#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;
using Lines = std::vector<std::string>;

TEST_CASE("a request is shown line by line, without what opens doors") {
  CHECK(shown_request("GET /chat?token=abc HTTP/1.1\r\nHost: h\r\nAuthorization: Basic YTpi\r\n"
                      "cookie: s=1\r\nX-Api-Key: k\r\nX-Auth-Token: t\r\nX-One: 1\r\n\r\n") ==
        Lines{"> GET /chat?(not shown) HTTP/1.1", "> Host: h", "> Authorization: (not shown)",
              "> cookie: (not shown)", "> X-Api-Key: (not shown)", "> X-Auth-Token: (not shown)",
              "> X-One: 1"});
}

TEST_CASE("so is a response") {
  CHECK(shown_response({.status = 302,
                        .reason = "Found",
                        .headers = {{"Location", "https://h/login?code=abc"},
                                    {"Set-Cookie", "s=1"},
                                    {"WWW-Authenticate", "Basic"}}}) ==
        Lines{"< HTTP/1.1 302 Found", "< Location: https://h/login?(not shown)",
              "< Set-Cookie: (not shown)", "< WWW-Authenticate: Basic"});
}
