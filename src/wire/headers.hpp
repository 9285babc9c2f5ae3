#pragma once

// The field section of an HTTP message (RFC 9110 §5), in the order in which it came, and the
// characters that its names and values may have. Used for what a peer sent and to write what we
// send. Never decodes a value.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ws::wire {

struct Header {
  std::string name;
  std::string value;
  bool operator==(const Header&) const = default;
};

class Headers {
 public:
  Headers() = default;
  explicit Headers(std::vector<Header> headers) : headers_(std::move(headers)) {}
  Headers(std::initializer_list<Header> headers) : headers_(headers) {}

  void add(std::string name, std::string value);
  /// Appends to the value of the last header, after a space (obs-fold, RFC 9112 §5.2). There must
  /// be one.
  void continue_last(std::string_view more);

  /// First value of that name. Names are compared without regard to case (RFC 9110 §5.1), here and
  /// below.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  /// All values of that name as one list, joined with ", " (RFC 9110 §5.3); empty when there is
  /// none.
  std::string joined(std::string_view name) const;
  /// True when the list of that name has `token` as a whole member, without regard to case.
  bool has_token(std::string_view name, std::string_view token) const;

  std::size_t size() const { return headers_.size(); }
  bool empty() const { return headers_.empty(); }
  auto begin() const { return headers_.begin(); }
  auto end() const { return headers_.end(); }
  bool operator==(const Headers&) const = default;

 private:
  std::vector<Header> headers_;
};

/// RFC 9110 §5.6.2: one or more tchar.
bool is_token(std::string_view text);
/// Fit to be sent as a field value: no CR, LF, NUL nor another control character but tab (RFC 9110
/// §5.5).
bool is_field_value(std::string_view text);
/// Without the spaces and tabs at both ends (OWS, RFC 9110 §5.6.3).
std::string_view trim_ows(std::string_view text);
/// The members of a comma-separated list (RFC 9110 §5.6.1), trimmed, without the empty ones. Views
/// into `list`. For lists whose members hold no quoted string.
std::vector<std::string_view> list_members(std::string_view list);

/// Whole members of a list that must have one and hold only tokens (1#token); nothing when it does
/// not.
std::optional<std::vector<std::string>> token_list(std::string_view list);

/// Appends "Name: value\r\n". Aborts when either could not be sent safely: whoever takes one from a
/// user checks it first.
void append_header(std::string& to, std::string_view name, std::string_view value);

void append_headers(std::string& to, const Headers& headers);

}  // namespace ws::wire
