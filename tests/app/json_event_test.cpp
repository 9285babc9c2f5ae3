#include "app/json_event.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;
using Json = nlohmann::json;

namespace {

template <class... Args>
std::string written(void (*append)(Bytes&, Args...), std::common_type_t<Args>... args) {
  Bytes line;
  append(line, args...);
  return std::string(as_text(line));
}

std::string message(ClientNumber client, wire::MessageType type, std::string_view payload) {
  return written(append_message_event, client, wire::Message{type, as_bytes(payload)});
}

std::string text(std::string_view payload) {
  return message(1, wire::MessageType::text, payload);
}

wire::Request request() {
  wire::Request request;
  request.path = "/chat";
  request.query = "x=1";
  request.headers = {{"Host", "a:1"}};
  return request;
}

std::string opened(const wire::Request& request, std::string_view subprotocol = {}) {
  Bytes line;
  append_open_event(line, OpenedClient{1, "127.0.0.1:51234", subprotocol}, request);
  return std::string(as_text(line));
}

}  // namespace

TEST_CASE("events as SPEC.md §7 shows them") {
  CHECK(
      opened(request()) ==
      R"({"event":"open","client":1,"address":"127.0.0.1:51234","path":"/chat?x=1","origin":null,)"
      R"("subprotocol":null,"headers":{"host":"a:1"}})"
      "\n");
  CHECK(text("hi") == "{\"event\":\"message\",\"client\":1,\"text\":\"hi\"}\n");
  CHECK(message(1, wire::MessageType::binary, std::string_view("\0\x01", 2)) ==
        "{\"event\":\"message\",\"client\":1,\"base64\":\"AAE=\"}\n");
  const wire::CloseStatus normal{wire::close_code::normal, {}};
  CHECK(written(append_close_event, 1, ClosedConnection{normal, true}) ==
        "{\"event\":\"close\",\"client\":1,\"code\":1000,\"reason\":\"\",\"clean\":true}\n");
  CHECK(written(append_eof_event) == "{\"event\":\"eof\"}\n");
  CHECK(written(append_error_event, 7, "no") ==
        "{\"event\":\"error\",\"line\":7,\"message\":\"no\"}\n");
}

TEST_CASE("connect names no client") {
  CHECK(message(std::nullopt, wire::MessageType::text, "hi") ==
        "{\"event\":\"message\",\"text\":\"hi\"}\n");
  const wire::CloseStatus lost{wire::close_code::abnormal, "gone"};
  CHECK(written(append_close_event, std::nullopt, ClosedConnection{lost, false}) ==
        "{\"event\":\"close\",\"code\":1006,\"reason\":\"gone\",\"clean\":false}\n");
  Bytes line;
  append_open_event(line, OpenedServer{"ws://h:1/p", "chat"}, {{"Upgrade", "websocket"}});
  CHECK(as_text(line) ==
        "{\"event\":\"open\",\"url\":\"ws://h:1/p\",\"subprotocol\":\"chat\","
        "\"headers\":{\"upgrade\":\"websocket\"}}\n");
}

TEST_CASE("text is escaped where JSON asks for it and where a terminal would obey it") {
  const auto body = [](const std::string& line) {
    const auto begin = line.find("\"text\":\"") + 8;
    return line.substr(begin, line.size() - begin - 3);
  };
  CHECK(body(text("a\"b\\c/d")) == "a\\\"b\\\\c/d");
  CHECK(body(text("\n\r\t\b\x1f")) == "\\n\\r\\t\\u0008\\u001f");
  CHECK(body(text(std::string_view("\0", 1))) == "\\u0000");
  CHECK(body(text("\x7f\xc2\x80\xc2\x9f\xc2\xa0")) == "\\u007f\\u0080\\u009f\xc2\xa0");
  CHECK(body(text("\xd8\x9c\xd8\x9d")) == "\\u061c\xd8\x9d");
  CHECK(body(text("\xe2\x80\x8e\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xe2\x82\xac")) ==
        "\\u200e\\u2028\\u202e\\u2066\xe2\x82\xac");
  CHECK(body(text("\xf0\x9f\x98\x80 \xc3\xa9")) == "\xf0\x9f\x98\x80 \xc3\xa9");
}

TEST_CASE("a parser reads every text back") {
  std::string all;
  for (unsigned c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  for (unsigned c = 0x80; c < 0x800; ++c) {
    all += static_cast<char>(0xc0 | (c >> 6));
    all += static_cast<char>(0x80 | (c & 0x3f));
  }
  for (unsigned c = 0x2000; c < 0x3000; ++c) {
    all += static_cast<char>(0xe0 | (c >> 12));
    all += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    all += static_cast<char>(0x80 | (c & 0x3f));
  }
  const std::string line = text(all);
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(Json::parse(line)["text"].get<std::string>() == all);
}

TEST_CASE("a head's bytes are characters of their own value") {
  auto odd = request();
  odd.path = "/\xff\x80";
  odd.headers = {{"X", "caf\xc3\xa9\t\"q\""}};
  const auto event = Json::parse(opened(odd));
  CHECK(event["path"] == "/\u00ff\u0080?x=1");
  CHECK(event["headers"]["x"] == "caf\u00c3\u00a9\t\"q\"");
  CHECK(opened(odd).find("\\u00ff\\u0080") != std::string::npos);
}

TEST_CASE("headers: one member for each name, in lower case") {
  auto twice = request();
  twice.headers = {{"X-A", "1"}, {"B", "2"}, {"x-a", "3"}};
  CHECK(opened(twice).find(R"("headers":{"x-a":"1, 3","b":"2"})") != std::string::npos);
  twice.headers = {};
  CHECK(opened(twice).find(R"("headers":{}})") != std::string::npos);
}

TEST_CASE("origin and subprotocol") {
  auto named = request();
  named.headers = {{"Origin", "http://a"}};
  const auto event = Json::parse(opened(named, "chat"));
  CHECK(event["origin"] == "http://a");
  CHECK(event["subprotocol"] == "chat");
}

TEST_CASE("nothing that opens a door is told") {
  auto secret = request();
  secret.query = "token=S3CRET&x=1&tok%65n=S3CRET";
  secret.headers = {{"Authorization", "Basic S3CRET"},
                    {"cookie", "a=S3CRET"},
                    {"Proxy-Authorization", "S3CRET"},
                    {"Referer", "http://h/?token=S3CRET"},
                    {"X", "1"}};
  const std::string line = opened(secret);
  CHECK(line.find("S3CRET") == std::string::npos);
  CHECK(Json::parse(line)["path"] == "/chat?x=1");
  CHECK(Json::parse(line)["headers"] == Json({{"x", "1"}, {"referer", "http://h/"}}));
  Bytes answered;
  append_open_event(answered, OpenedServer{"ws://h/", {}}, {{"Set-Cookie", "S3CRET"}});
  CHECK(as_text(answered).find("S3CRET") == std::string_view::npos);
}
