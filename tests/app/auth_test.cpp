#include "app/auth.hpp"

#include "app/request_secrets.hpp"
#include "support/catch.hpp"
#include "wire/base64.hpp"

using namespace ws;
using namespace ws::app;

namespace {

Digest key(unsigned char byte) {
  Digest digest;
  digest.fill(std::byte{byte});
  return digest;
}

Credentials server(unsigned char run = 1, AuthOptions options = {}) {
  Credentials credentials({"ann:s3cret", "bob:a:b"}, {"t0ken", "other+/="}, key(run), options);
  credentials.listening_on("9001");
  return credentials;
}

wire::Request request(wire::Headers headers = {}, std::string query = {}) {
  wire::Request request;
  request.method = "GET";
  request.path = "/";
  request.query = std::move(query);
  request.headers = std::move(headers);
  return request;
}

wire::Request with(std::string field, std::string value) {
  return request({{std::move(field), std::move(value)}});
}

wire::Request basic(std::string_view user) {
  return with("Authorization", "Basic " + wire::base64_encode(as_bytes(user)));
}

/// "name=value", as a browser sends it back.
std::string cookie_of(const Authorized& authorized) {
  return authorized.cookie.substr(0, authorized.cookie.find(';'));
}

}  // namespace

// CVE-2021-33880 (python-websockets): see app/digest for the time that a comparison takes.
TEST_CASE("Basic: the right password of a known user") {
  const auto credentials = server();
  CHECK(credentials.judge(basic("ann:s3cret"))->by == ShownBy::basic);
  CHECK(credentials.judge(basic("bob:a:b")));
  CHECK(credentials.judge(with("authorization", "bAsIc   YW5uOnMzY3JldA==")));

  for (const char* user : {"ann:s3cre", "ann:s3cret ", "ann:", "ann", "", ":", "eve:s3cret",
                           "Ann:s3cret", "bob:s3cret", "t0ken"})
    CHECK_FALSE(credentials.judge(basic(user)));
  for (const char* value : {"", "Basic", "Basic ", "Basic !!",
                            "YW5uOnMzY3JldA==", "Basic YW5uOnMzY3JldA", "Bearer YW5uOnMzY3JldA=="})
    CHECK_FALSE(credentials.judge(with("Authorization", value)));
  CHECK_FALSE(credentials.judge(with("Proxy-Authorization", "Basic YW5uOnMzY3JldA==")));
}

TEST_CASE("Bearer: a token") {
  const auto credentials = server();
  const auto authorized = credentials.judge(with("Authorization", "Bearer t0ken"));
  REQUIRE(authorized);
  CHECK(authorized->by == ShownBy::bearer);
  CHECK(authorized->cookie.empty());
  CHECK(credentials.judge(with("Authorization", "bearer other+/=")));

  for (const char* value : {"Bearer t0ke", "Bearer t0kenx", "Bearer", "Bearer ", "t0ken",
                            "Basic t0ken", "Bearer T0KEN", "Bearer ann:s3cret"})
    CHECK_FALSE(credentials.judge(with("Authorization", value)));
}

TEST_CASE("two Authorizations are none") {
  CHECK_FALSE(server().judge(
      request({{"Authorization", "Bearer t0ken"}, {"Authorization", "Bearer t0ken"}})));
}

TEST_CASE("a token in the query, decoded") {
  const auto credentials = server();
  for (const char* query : {"token=t0ken", "a=1&token=t0ken&b", "token=%740ken",
                            "token=other+/=", "token=other%2B%2f%3D", "token=bad&token=t0ken"}) {
    const auto authorized = credentials.judge(request({}, query));
    REQUIRE(authorized);
    CHECK(authorized->by == ShownBy::query);
    CHECK_FALSE(authorized->cookie.empty());
  }
  for (const char* query : {"", "token", "token=", "token=t0ke", "x=t0ken", "token=ann:s3cret"})
    CHECK_FALSE(credentials.judge(request({}, query)));
}

TEST_CASE("nobody gets in without") {
  CHECK_FALSE(server().judge(request()));
  CHECK_FALSE(server().judge(with("Cookie", "a=b")));
}

TEST_CASE("a cookie stands for the token or the password that it was given for") {
  const auto credentials = server();
  for (const auto& first :
       {request({}, "token=t0ken"), request({}, "token=other+/="), basic("ann:s3cret")}) {
    const std::string cookie = cookie_of(*credentials.judge(first));
    const auto second = credentials.judge(with("Cookie", "x=1; " + cookie + "; y=2"));
    REQUIRE(second);
    CHECK(second->by == ShownBy::cookie);
    CHECK(second->cookie.empty());
    CHECK(credentials.judge(request({{"Cookie", "ws-tool-9001=stale"}, {"cookie", cookie}})));

    CHECK_FALSE(credentials.judge(with("Cookie", cookie + "0")));
    CHECK_FALSE(credentials.judge(with("Cookie", cookie.substr(0, cookie.size() - 1))));
    CHECK_FALSE(credentials.judge(with("Cookie", "x" + cookie)));
    CHECK_FALSE(credentials.judge(with("Authorization", "Bearer " + cookie.substr(13))));
  }
  CHECK_FALSE(credentials.judge(with("Cookie", "ws-tool-9001=")));
  CHECK_FALSE(credentials.judge(with("Cookie", "ws-tool-9001")));
  CHECK_FALSE(credentials.judge(with("Cookie", "ws-tool-9001=t0ken")));
}

TEST_CASE("a token's cookie outlives the run, a password's does not") {
  const auto before = server(1);
  const auto after = server(2);
  CHECK(after.judge(with("Cookie", cookie_of(*before.judge(request({}, "token=t0ken"))))));
  CHECK_FALSE(after.judge(with("Cookie", cookie_of(*before.judge(basic("ann:s3cret"))))));

  Credentials changed({}, {"new"}, key(1), {});
  changed.listening_on("9001");
  CHECK_FALSE(changed.judge(with("Cookie", cookie_of(*before.judge(request({}, "token=t0ken"))))));
}

TEST_CASE("a cookie is named after the port or socket and hidden from scripts") {
  auto credentials = server();
  const auto cookie = [&] { return credentials.judge(request({}, "token=t0ken"))->cookie; };
  CHECK_THAT(cookie(),
             Catch::Matchers::Matches("ws-tool-9001=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Lax"));
  credentials.listening_on("/run/a b;=\".sock");
  CHECK_THAT(cookie(), Catch::Matchers::Matches("ws-tool-_run_a_b___\\.sock=[0-9a-f]{64}; .*"));

  credentials = server(1, {.tls = true});
  CHECK_THAT(cookie(), Catch::Matchers::Matches("ws-tool-9001=.*; SameSite=Lax; Secure"));
}

TEST_CASE("before the port is known no cookie is given or taken") {
  const Credentials credentials({"a:b"}, {"t0ken"}, key(1), {});
  CHECK(credentials.judge(request({}, "token=t0ken"))->cookie.empty());
  CHECK(credentials.judge(basic("a:b"))->cookie.empty());
  CHECK_FALSE(credentials.judge(with("Cookie", "=")));
}

TEST_CASE("a refusal asks for what there is") {
  const auto challenges = [](const Credentials& credentials) {
    const auto refusal = credentials.unauthorized();
    CHECK(refusal.status == 401);
    return refusal.headers.joined("WWW-Authenticate");
  };
  const std::string basic_challenge = "Basic realm=\"ws-tool\", charset=\"UTF-8\"";
  CHECK(challenges(Credentials({"a:b"}, {}, key(1), {})) == basic_challenge);
  CHECK(challenges(Credentials({}, {"t"}, key(1), {})) == "Bearer realm=\"ws-tool\"");
  CHECK(challenges(server()) == basic_challenge + ", Bearer realm=\"ws-tool\"");
  CHECK(server().unauthorized().headers.count("WWW-Authenticate") == 2);
}

TEST_CASE("the redirect takes the token out of the address and keeps the rest") {
  const auto credentials = server();
  auto asked = request({}, "since=5f:1&token=t0ken&x");
  asked.path = "/chat";
  const auto authorized = credentials.judge(asked);
  const auto answer = credentials.redirect(asked, *authorized);
  CHECK(answer.status == 303);
  CHECK(answer.headers.find("Location") == "/chat?since=5f:1&x");
  CHECK(answer.headers.find("Set-Cookie") == authorized->cookie);
  CHECK(wire::error_response(answer).find("t0ken") == std::string::npos);

  asked.path = "//evil.example/";
  CHECK(credentials.redirect(asked, *authorized).headers.find("Location") ==
        "/evil.example/?since=5f:1&x");
}

TEST_CASE("warnings where credentials are in danger") {
  CHECK(auth_warnings(access_rules({})).empty());
  CHECK(auth_warnings(access_rules({.loopback_bind = false, .tls = true})).empty());
  CHECK(auth_warnings(access_rules({.loopback_bind = false})).size() == 1);
  CHECK(auth_warnings(access_rules({.origins = {"any"}})).size() == 1);
  CHECK(auth_warnings(access_rules({.origins = {"any"}, .loopback_bind = false})).size() == 2);
}

TEST_CASE("HMAC-SHA256 is that of RFC 4231") {
  CHECK(hex(hmac_sha256(as_bytes("Jefe"), "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
