// The grammar, with optional whitespace around every separator (RFC 6455 §9.1 uses RFC 2616's
// implied whitespace) and empty list members skipped, as its list rule wants:
//
//     list      = 1#extension
//     extension = token *( ";" param )
//     param     = token [ "=" ( token | quoted-string ) ]      ; unquoted, a quoted string is a
//     token
//
// One cursor that only moves forward: nothing is looked at twice, whatever is left open at the end.

#include "wire/extension.hpp"

#include <algorithm>
#include <utility>

#include "wire/headers.hpp"

namespace ws::wire {
namespace {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }

  /// Takes `c` when it is next after blanks.
  bool take(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Empty when what is next is no token.
  std::string token() {
    skip_blanks();
    std::size_t size = 0;
    while (size < rest_.size() && is_token(rest_.substr(size, 1))) ++size;
    std::string text{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return text;
  }

  /// What is between the opening quote, already taken, and the closing one. Empty when it is not
  /// closed.
  std::string quoted() {
    std::string text;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) break;
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    return take_closing_quote() ? text : std::string{};
  }

 private:
  bool take_closing_quote() {
    if (rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  }

  std::string_view rest_;
};

Unexpected<std::string> wrong(const char* text) {
  return Unexpected{std::string{text}};
}

Result<ExtensionParam> parse_param(Cursor& cursor) {
  ExtensionParam param{cursor.token(), std::nullopt};
  if (param.name.empty()) return wrong("expected the name of an extension parameter after \";\"");
  if (!cursor.take('=')) return param;
  param.value = cursor.take('"') ? cursor.quoted() : cursor.token();
  if (!is_token(*param.value)) return wrong("expected a token as value of an extension parameter");
  return param;
}

Result<Extension> parse_extension(Cursor& cursor) {
  Extension extension{cursor.token(), {}};
  if (extension.name.empty()) return wrong("expected the name of an extension");
  while (cursor.take(';')) {
    auto param = parse_param(cursor);
    if (!param) return Unexpected{param.error()};
    extension.params.push_back(std::move(*param));
  }
  return extension;
}

}  // namespace

Result<std::vector<Extension>> parse_extensions(std::string_view list) {
  Cursor cursor{list};
  std::vector<Extension> extensions;
  while (!cursor.at_end()) {
    if (cursor.take(',')) continue;
    auto extension = parse_extension(cursor);
    if (!extension) return Unexpected{extension.error()};
    extensions.push_back(std::move(*extension));
    if (!cursor.at_end() && !cursor.take(','))
      return wrong("expected \",\" or \";\" after an extension");
  }
  if (extensions.empty()) return wrong("expected the name of an extension");
  return extensions;
}

}  // namespace ws::wire
