#include "app/proxy_choice.hpp"

#include <map>

#include "base/failure.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;

namespace {

using Variables = std::map<std::string, std::string>;

/// host:port of the proxy, or "direct".
std::string way(const std::string& url, const Variables& variables) {
  const auto parsed = wire::parse_url(url);
  REQUIRE(parsed);
  const auto proxy = environment_proxy(*parsed, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
  return proxy ? proxy->shown() : "direct";
}

}  // namespace

TEST_CASE("each scheme has variables of its own; all_proxy is for both") {
  CHECK(way("ws://h/", {}) == "direct");
  CHECK(way("ws://h/", {{"http_proxy", "p:1"}}) == "p:1");
  CHECK(way("wss://h/", {{"http_proxy", "p:1"}}) == "direct");
  CHECK(way("wss://h/", {{"https_proxy", "p:2"}}) == "p:2");
  CHECK(way("ws://h/", {{"https_proxy", "p:2"}}) == "direct");
  CHECK(way("ws://h/", {{"all_proxy", "p:3"}}) == "p:3");
  CHECK(way("wss://h/", {{"all_proxy", "p:3"}}) == "p:3");
  CHECK(way("ws://h/", {{"http_proxy", "p:1"}, {"all_proxy", "p:3"}}) == "p:1");
}

// CVE-2016-5385 (httpoxy).
TEST_CASE("HTTP_PROXY is no variable of ours (httpoxy), the others count in either case") {
  CHECK(way("ws://h/", {{"HTTP_PROXY", "p:1"}}) == "direct");
  CHECK(way("wss://h/", {{"HTTPS_PROXY", "p:2"}}) == "p:2");
  CHECK(way("ws://h/", {{"ALL_PROXY", "p:3"}}) == "p:3");
  CHECK(way("wss://h/", {{"https_proxy", "lower:1"}, {"HTTPS_PROXY", "upper:1"}}) == "lower:1");
}

TEST_CASE("an empty variable is as good as not set") {
  CHECK(way("ws://h/", {{"http_proxy", ""}}) == "direct");
  CHECK(way("ws://h/", {{"http_proxy", ""}, {"all_proxy", "p:3"}}) == "p:3");
  CHECK(way("ws://h/", {{"http_proxy", "p:1"}, {"no_proxy", ""}}) == "p:1");
}

TEST_CASE("loopback never goes through a proxy of the environment") {
  for (const char* host : {"localhost", "LOCALHOST.", "db.localhost", "127.0.0.1", "127.9.9.9",
                           "[::1]", "[::ffff:127.0.0.1]"}) {
    INFO(host);
    CHECK(way(std::string("ws://") + host + "/", {{"all_proxy", "p:1"}}) == "direct");
  }
  CHECK(way("ws://notlocalhost/", {{"all_proxy", "p:1"}}) == "p:1");
  CHECK(way("ws://128.0.0.1/", {{"all_proxy", "p:1"}}) == "p:1");
}

TEST_CASE("no_proxy, in either case") {
  CHECK(way("ws://h.example/", {{"http_proxy", "p:1"}, {"no_proxy", "h.example"}}) == "direct");
  CHECK(way("wss://h.example/", {{"ALL_PROXY", "p:1"}, {"NO_PROXY", "*"}}) == "direct");
  CHECK(way("ws://h.example/", {{"http_proxy", "p:1"}, {"NO_PROXY", "other"}}) == "p:1");
}

TEST_CASE("a name in no_proxy stands for all below it, and for nothing that only ends like it") {
  for (const char* list :
       {"b.example", ".b.example", "x, b.example", "x b.example.", "B.Example"}) {
    INFO(list);
    CHECK(is_listed(list, "b.example"));
    CHECK(is_listed(list, "a.b.example"));
    CHECK(is_listed(list, "A.B.example."));
    CHECK_FALSE(is_listed(list, "ab.example"));
    CHECK_FALSE(is_listed(list, "example"));
  }
  CHECK_FALSE(is_listed("", "h"));
  CHECK_FALSE(is_listed(",, .", "h"));
}

TEST_CASE("addresses and networks in no_proxy") {
  CHECK(is_listed("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(is_listed("2.1", "192.0.2.1"));
  CHECK(is_listed("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(is_listed("10.0.0.0/8", "11.0.0.1"));
  CHECK(is_listed("10.128.0.0/9", "10.200.0.1"));
  CHECK_FALSE(is_listed("10.128.0.0/9", "10.100.0.1"));
  CHECK(is_listed("0.0.0.0/0", "8.8.8.8"));
  CHECK_FALSE(is_listed("0.0.0.0/0", "2001:db8::1"));
  CHECK(is_listed("2001:db8::/33", "2001:db8:0:ffff::1"));
  CHECK_FALSE(is_listed("2001:db8::/33", "2001:db8:8000::1"));
  for (const char* list : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/8x", "10.0.0.0/-1"})
    CHECK_FALSE(is_listed(list, "10.0.0.0"));
}

TEST_CASE("a variable without a proxy in it is a failure that names it, not what it holds") {
  try {
    way("ws://h/", {{"all_proxy", "https://me:secret@p"}});
    FAIL("taken");
  } catch (const Failure& failure) {
    CHECK(failure.status == ExitStatus::usage);
    CHECK(std::string(failure.what()).starts_with("all_proxy: "));
    CHECK(std::string(failure.what()).find("secret") == std::string::npos);
  }
}
