#include "wire/headers.hpp"

#include "support/catch.hpp"

namespace ws::wire {

TEST_CASE("list members are trimmed and empty ones left out (RFC 9110 §5.6.1)") {
  CHECK(list_members(" a ,, b c\t,").size() == 2);
  CHECK(list_members(" a ,, b c\t,")[1] == "b c");
  CHECK(list_members("").empty());
  CHECK(list_members(" , ,").empty());
}

TEST_CASE("tokens and field values (RFC 9110 §5.5, §5.6.2)") {
  CHECK(is_token("numbered.ws-tool"));
  CHECK_FALSE(is_token(""));
  CHECK_FALSE(is_token("a b"));
  CHECK_FALSE(is_token("a,b"));
  CHECK_FALSE(is_token("a\r\n"));
  CHECK_FALSE(is_token("\xc3\xa9"));
  CHECK(is_field_value(""));
  CHECK(is_field_value("a, b\t\xc3\xa9"));
  CHECK_FALSE(is_field_value("a\rb"));
  CHECK_FALSE(is_field_value("a\nb"));
  CHECK_FALSE(is_field_value(std::string_view{"a\0b", 3}));
}

TEST_CASE("a token of a list is found whole and without regard to case (RFC 9110 §5.6.1)") {
  const Headers headers{{"Connection", "keep-alive ,"}, {"X", "y"}, {"connection", " Upgrade"}};
  CHECK(headers.has_token("CONNECTION", "upgrade"));
  CHECK(headers.has_token("Connection", "Keep-Alive"));
  CHECK_FALSE(headers.has_token("Connection", "keep"));
  CHECK_FALSE(headers.has_token("Connection", "y"));
  CHECK_FALSE(headers.has_token("Connection", ""));
}

TEST_CASE("a list of tokens has one member at least (RFC 9110 §5.6.1)") {
  CHECK(token_list("a, b") == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(token_list(""));
  CHECK_FALSE(token_list(" ,"));
  CHECK_FALSE(token_list("a, b c"));
}

}  // namespace ws::wire
