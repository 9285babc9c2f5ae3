#include "cli/route_value.hpp"

#include "cli/parsing.hpp"
#include "support/catch.hpp"

namespace ws::cli {
namespace {

std::vector<std::string> rules(std::initializer_list<const char*> texts, const std::string& host,
                               std::uint16_t port) {
  Words words;
  for (const char* text : texts) words.insert(words.end(), {"--resolve", text});
  return resolved(connect(words).connection.resolve, host, port);
}

}  // namespace

TEST_CASE("--resolve, as curl has it") {
  CHECK(rules({"a.example:80:192.0.2.1"}, "a.example", 80) == Words{"192.0.2.1"});
  CHECK(rules({"A.example:80:192.0.2.1,[::1],::2"}, "a.example", 80) ==
        Words{"192.0.2.1", "[::1]", "::2"});
  CHECK(rules({"a.example:80:192.0.2.1"}, "a.example", 81).empty());
  CHECK(rules({"a.example:80:192.0.2.1"}, "b.example", 80).empty());
  CHECK(rules({"[2001:db8::1]:80:192.0.2.1"}, "2001:db8::1", 80) == Words{"192.0.2.1"});
}

TEST_CASE("--resolve: the last rule counts, and a name before the star") {
  CHECK(rules({"a:80:192.0.2.1", "a:80:192.0.2.2"}, "a", 80) == Words{"192.0.2.2"});
  CHECK(rules({"a:80:192.0.2.1", "*:80:192.0.2.2"}, "a", 80) == Words{"192.0.2.1"});
  CHECK(rules({"a:80:192.0.2.1", "*:80:192.0.2.2"}, "b", 80) == Words{"192.0.2.2"});
}

TEST_CASE("--resolve: what is wrong") {
  for (const char* text :
       {"", "a", "a:80", "a:80:", "a:80:name", "a:0:1.2.3.4", "a:65536:1.2.3.4", "a:080x:1.2.3.4",
        ":80:1.2.3.4", "a:80:1.2.3.4,", "a:80:,1.2.3.4", "[::1:80:1.2.3.4", "[::1]80:1.2.3.4"}) {
    INFO(text);
    CHECK(refusal(connect, {"--resolve", text}).starts_with("--resolve: "));
  }
}

TEST_CASE("--proxy is a proxy, none, or left to the environment") {
  CHECK_FALSE(connect({}).connection.proxy);
  const auto none = connect({"--proxy", ""}).connection.proxy;
  REQUIRE(none);
  CHECK_FALSE(*none);
  const auto some = connect({"--proxy", "socks5h://p:1"}).connection.proxy;
  REQUIRE((some && *some));
  CHECK((*some)->kind == wire::Proxy::Kind::socks5h);
  const std::string why = refusal(connect, {"--proxy", "https://me:secret@p"});
  CHECK(why.starts_with("--proxy: "));
  CHECK(why.find("secret") == std::string::npos);
}

}  // namespace ws::cli
