#include "app/access.hpp"

#include "base/failure.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;
using Catch::Matchers::Contains;

namespace {

constexpr auto upgrade = RequestKind::upgrade;
constexpr auto page = RequestKind::page;
constexpr auto other = RequestKind::other_get;

wire::Request request(std::string host, wire::Headers headers = {}) {
  wire::Request request;
  request.method = "GET";
  request.target = request.path = "/";
  request.host = std::move(host);
  request.headers = std::move(headers);
  return request;
}

wire::Request from(std::string origin, std::string host) {
  return request(std::move(host), {{"Origin", std::move(origin)}});
}

AccessRules loopback(AccessOptions options = {}) {
  options.loopback_bind = true;
  return access_rules(options);
}

AccessRules beyond(AccessOptions options = {}) {
  options.loopback_bind = false;
  return access_rules(options);
}

bool passes(const AccessRules& rules, const wire::Request& request, RequestKind kind = upgrade) {
  const auto denial = judge_access(rules, request, kind);
  if (denial) CHECK(denial->refusal.status == 403);
  return !denial;
}

std::string log_of(const AccessRules& rules, const wire::Request& request,
                   RequestKind kind = upgrade) {
  const auto denial = judge_access(rules, request, kind);
  return denial ? denial->log_line : "";
}

}  // namespace

// CVE-2023-26114 (code-server), CVE-2018-14732 (webpack-dev-server): any page on the web could
// connect.
TEST_CASE("an Origin that equals the Host passes, another does not") {
  const auto rules = beyond();
  for (const auto kind : {upgrade, page, other}) {
    CHECK(passes(rules, from("http://box:9001", "box:9001"), kind));
    CHECK(passes(rules, from("http://BOX:9001", "Box.:9001"), kind));
    CHECK(passes(rules, from("http://box", "box:80"), kind));
    CHECK(passes(rules, from("http://box:80", "box"), kind));
    CHECK(passes(rules, from("http://[::2]:5", "[0::2]:5"), kind));
    CHECK(passes(rules, from("http://10.0.0.7:5", "10.0.0.7:5"), kind));

    CHECK_FALSE(passes(rules, from("http://evil.example", "box:9001"), kind));
    CHECK_FALSE(passes(rules, from("http://box:9002", "box:9001"), kind));
    CHECK_FALSE(passes(rules, from("http://box", "box:9001"), kind));
    CHECK_FALSE(passes(rules, from("https://box:9001", "box:9001"), kind));
    CHECK_FALSE(passes(rules, from("http://box..:9001", "box:9001"), kind));
    CHECK_FALSE(passes(rules, from("http://10.0.0.8:5", "10.0.0.7:5"), kind));
    CHECK_FALSE(passes(rules, from("chrome-extension://box", "box"), kind));
  }
}

TEST_CASE("with TLS the scheme is https") {
  const auto rules = beyond({.tls = true});
  CHECK(passes(rules, from("https://box", "box:443")));
  CHECK(passes(rules, from("https://box:9001", "box:9001")));
  CHECK_FALSE(passes(rules, from("http://box:9001", "box:9001")));
  CHECK_FALSE(passes(rules, from("https://box", "box:80")));
}

TEST_CASE("loopback names equal each other") {
  const auto rules = loopback();
  for (const char* name : {"localhost", "127.0.0.1", "[::1]", "LOCALHOST."})
    for (const char* host : {"localhost", "127.0.0.1", "[::1]"})
      CHECK(passes(rules,
                   from(std::string{"http://"} + name + ":9001", host + std::string{":9001"})));

  CHECK_FALSE(passes(rules, from("http://localhost:9002", "127.0.0.1:9001")));
  CHECK_FALSE(passes(rules, from("http://127.0.0.2:9001", "127.0.0.1:9001")));
  CHECK_FALSE(passes(rules, from("http://localhost.evil.example:9001", "127.0.0.1:9001")));
}

TEST_CASE("a request without an Origin passes") {
  CHECK(passes(loopback(), request("127.0.0.1:9001")));
  CHECK(passes(loopback(), request("localhost:9001"), other));
}

TEST_CASE("an Origin that is null, empty, malformed or doubled does not pass") {
  const auto rules = loopback({.origins = {"http://a.example"}});
  for (const char* origin : {"null", "", "any", "localhost:9001", "http://localhost:9001/"})
    CHECK_FALSE(passes(rules, from(origin, "localhost:9001")));
  CHECK_FALSE(passes(rules, request("localhost:9001", {{"Origin", "http://localhost:9001"},
                                                       {"Origin", "http://localhost:9001"}})));
}

TEST_CASE("a listed Origin passes and its host is known") {
  const auto rules = loopback({.origins = {"https://Public.Name", "http://a.example:8080"}});
  for (const auto kind : {upgrade, page, other}) {
    CHECK(passes(rules, from("https://public.name", "public.name"), kind));
    CHECK(passes(rules, from("https://public.name:443", "127.0.0.1:9001"), kind));
    CHECK(passes(rules, from("http://a.example:8080", "localhost:9001"), kind));
    CHECK(passes(rules, request("public.name"), kind));
    // the default rule stays
    CHECK(passes(rules, from("http://localhost:9001", "localhost:9001"), kind));

    CHECK_FALSE(passes(rules, from("http://public.name", "127.0.0.1"), kind));
    CHECK_FALSE(passes(rules, from("https://public.name:8443", "public.name"), kind));
    CHECK_FALSE(passes(rules, from("https://x.public.name", "127.0.0.1"), kind));
    CHECK_FALSE(passes(rules, from("http://a.example", "localhost:9001"), kind));
  }
}

TEST_CASE("a listed loopback Origin is exact") {
  const auto rules = loopback({.origins = {"http://localhost:3000"}});
  CHECK(passes(rules, from("http://localhost:3000", "localhost:9001")));
  CHECK_FALSE(passes(rules, from("http://127.0.0.1:3000", "localhost:9001")));
}

TEST_CASE("any lets every Origin in, but no unknown Host") {
  const auto rules = loopback({.origins = {"any"}});
  for (const char* origin : {"null", "", "http://evil.example", "junk"})
    CHECK(passes(rules, from(origin, "localhost:9001")));
  CHECK_FALSE(passes(rules, from("http://evil.example", "evil.example")));
}

// DNS rebinding, CVE-2025-24010 (Vite).
TEST_CASE("on a loopback bind every request needs a known Host") {
  const auto rules = loopback();
  for (const auto kind : {upgrade, page, other}) {
    for (const char* host :
         {"localhost", "LocalHost.:1", "127.0.0.1:9001", "[::1]", "10.1.2.3", "[2001:db8::1]:80"})
      CHECK(passes(rules, request(host), kind));
    for (const char* host :
         {"evil.example", "evil.example:9001", "box", "box.local", "127.1", "x.localhost",
          "localhost.evil.example", "::1", "[127.0.0.1]", "a@b", ""})
      CHECK_FALSE(passes(rules, request(host), kind));
    // DNS rebinding: the browser believes that it talks to the server it loaded the page from
    CHECK_FALSE(passes(rules, from("http://evil.example:9001", "evil.example:9001"), kind));
  }
}

TEST_CASE("beyond loopback Host matters with an Origin and for plain requests but the page") {
  const auto rules = beyond();
  CHECK(passes(rules, request("evil.example"), upgrade));
  CHECK(passes(rules, request("evil.example"), page));
  CHECK_FALSE(passes(rules, request("evil.example"), other));

  for (const auto kind : {upgrade, page, other}) {
    CHECK_FALSE(passes(rules, from("http://evil.example", "evil.example"), kind));
    CHECK(passes(rules, from("http://10.0.0.7", "10.0.0.7"), kind));
  }
  CHECK(passes(rules, request("10.0.0.7"), other));
}

TEST_CASE("beyond loopback names of the local net are known") {
  const auto rules = beyond();
  for (const char* host : {"box", "box.local", "Box.LOCAL.:9001", "localhost"})
    CHECK(passes(rules, request(host), other));
  for (const char* host : {"box.lan", "local.example", "boxlocal.", "box.local.example", ""}) {
    INFO(host);
    CHECK(passes(rules, request(host), other) == (host == std::string{"boxlocal."}));
  }
}

TEST_CASE("our own name, --host and --allow-host are known") {
  const AccessOptions options{.allow_hosts = {"Dev.Example", "[fe80::1]"},
                              .hosts = {"srv.example", "fe80::1%eth0", "0.0.0.0"},
                              .machine_name = "Box.Lan"};
  for (const auto& rules : {loopback(options), beyond(options)}) {
    for (const char* host : {"dev.example:1", "DEV.EXAMPLE.", "srv.example", "box.lan:9001"})
      CHECK(passes(rules, from(std::string{"http://"} + host, host), other));
    for (const char* host : {"x.dev.example", "example", "lan"})
      CHECK(passes(rules, request(host), other) ==
            (!rules.loopback_bind && std::string_view{host}.find('.') == std::string_view::npos));
  }
}

TEST_CASE("a plain GET for another site is refused") {
  for (const auto& rules : {loopback(), beyond()})
    for (const auto kind : {page, other})
      for (const char* site : {"cross-site", "same-site", "Cross-Site"}) {
        const auto fetched = [&](const char* mode, const char* destination) {
          return request("127.0.0.1:9001", {{"Sec-Fetch-Site", site},
                                            {"Sec-Fetch-Mode", mode},
                                            {"Sec-Fetch-Dest", destination}});
        };
        CHECK(passes(rules, fetched("navigate", "document"), kind));
        CHECK_FALSE(passes(rules, fetched("navigate", "iframe"), kind));
        CHECK_FALSE(passes(rules, fetched("no-cors", "image"), kind));
        CHECK_FALSE(passes(rules, fetched("no-cors", "document"), kind));
        CHECK_FALSE(passes(rules, request("127.0.0.1:9001", {{"Sec-Fetch-Site", site}}), kind));
      }
}

TEST_CASE("a plain GET of our own page, of a person or with an Origin that passes is let in") {
  const auto rules = loopback({.origins = {"https://a.example"}});
  CHECK(passes(rules, request("127.0.0.1", {{"Sec-Fetch-Site", "same-origin"}}), other));
  CHECK(passes(rules, request("127.0.0.1", {{"Sec-Fetch-Site", "none"}}), other));
  CHECK(passes(
      rules,
      request("127.0.0.1", {{"Origin", "https://a.example"}, {"Sec-Fetch-Site", "cross-site"}}),
      other));
  CHECK_FALSE(passes(
      rules,
      request("127.0.0.1", {{"Origin", "https://b.example"}, {"Sec-Fetch-Site", "cross-site"}}),
      other));
  // a WebSocket is judged by its Origin alone
  CHECK(passes(rules, request("127.0.0.1", {{"Sec-Fetch-Site", "cross-site"}}), upgrade));
  const auto any = loopback({.origins = {"any"}});
  CHECK(passes(any, request("127.0.0.1", {{"Sec-Fetch-Site", "cross-site"}}), other));
}

TEST_CASE("a denial names the option that would let it in, and that option does") {
  const auto stranger = from("https://a.example:8443", "127.0.0.1");
  CHECK_THAT(log_of(loopback(), stranger), Contains("--origin https://a.example:8443 would"));
  CHECK(passes(loopback({.origins = {"https://a.example:8443"}}), stranger));

  // a reverse proxy: one option is enough
  const auto proxied = from("https://public.name", "public.name");
  CHECK_THAT(log_of(loopback(), proxied), Contains("--origin https://public.name would"));
  CHECK(passes(loopback({.origins = {"https://public.name"}}), proxied));

  const auto sandboxed = from("null", "127.0.0.1");
  CHECK_THAT(log_of(loopback(), sandboxed), Contains("--origin any would"));
  CHECK(passes(loopback({.origins = {"any"}}), sandboxed));

  const auto named = request("dev.example:9001");
  CHECK_THAT(log_of(loopback(), named), Contains("--allow-host dev.example would"));
  CHECK(passes(loopback({.allow_hosts = {"dev.example"}}), named));
  CHECK_THAT(log_of(loopback(), request("")), Contains("--allow-host"));

  const auto embedded = request("127.0.0.1", {{"Sec-Fetch-Site", "cross-site"}});
  CHECK_THAT(log_of(loopback(), embedded, other), Contains("--origin any would"));
  CHECK(passes(loopback({.origins = {"any"}}), embedded, other));
}

TEST_CASE("a denial is one short line and its answer quotes nothing") {
  const auto denial = judge_access(
      loopback(), from("http://evil\x1b[2J\xe2\x80\xae" + std::string(5000, 'x'), "localhost"),
      page);
  REQUIRE(denial);
  CHECK(denial->log_line.find('\x1b') == std::string::npos);
  CHECK(denial->log_line.size() < 400);
  CHECK(denial->refusal.text.find("evil") == std::string::npos);

  const auto host = judge_access(loopback(), request("evil.example"), page);
  REQUIRE(host);
  CHECK(host->refusal.text.find("evil") == std::string::npos);
}

TEST_CASE("only a listed Origin is answered with its name") {
  const auto rules = loopback({.origins = {"https://a.example"}});
  CHECK(allowed_origin(rules, from("https://a.example", "localhost")) == "https://a.example");
  CHECK(allowed_origin(rules, from("http://localhost", "localhost")).empty());
  CHECK(allowed_origin(rules, from("https://b.example", "localhost")).empty());
  CHECK(allowed_origin(rules, from("null", "localhost")).empty());
  CHECK(allowed_origin(rules, request("localhost")).empty());
  CHECK(allowed_origin(loopback({.origins = {"any"}}), from("null", "localhost")) == "null");
}

TEST_CASE("an option that could never match is refused") {
  for (const char* origin : {"https://a,b", "https://a:99999", "null", "a.example"})
    CHECK_THROWS_AS(loopback({.origins = {origin}}), Failure);
  CHECK_THROWS_AS(loopback({.allow_hosts = {"a!b"}}), Failure);
}
