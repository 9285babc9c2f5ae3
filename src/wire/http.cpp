#include "wire/http.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "wire/url.hpp"

namespace ws::wire {
namespace {

using Fault = HeadLines::Fault;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

struct Version {
  int major;
  int minor;
};

/// "HTTP/" DIGIT "." DIGIT, case-sensitive (RFC 9112 §2.3).
std::optional<Version> parse_version(std::string_view text) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.') return std::nullopt;
  if (!is_digit(text[5]) || !is_digit(text[7])) return std::nullopt;
  return Version{text[5] - '0', text[7] - '0'};
}

bool is_host_name(std::string_view text) {
  constexpr std::string_view others = "-._~!$&'()*+;=%";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
  });
}

/// Host and optional port (RFC 9112 §3.2), without user part.
bool is_authority(std::string_view text) {
  const auto bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const auto colon = text.find(':', bracket);
  const auto host = text.substr(0, colon);
  const auto port = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit)) return false;
  if (bracket == 0) return is_host_name(host);
  return host.size() == bracket + 1 && is_ipv6_address(text.substr(1, bracket - 1));
}

/// Printable ASCII or beyond, no fragment: a browser sends "|" and curl raw UTF-8, and neither can
/// do harm.
bool is_target(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return !is_blank(c) && c != '#'; });
}

struct Target {
  std::string_view authority;  ///< absolute-form only
  std::string_view path;       ///< with the query
};

/// Origin-form and absolute-form; no other means anything here (RFC 9112 §3.2).
std::optional<Target> parse_target(std::string_view text) {
  if (text.starts_with('/')) return Target{{}, text};
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const auto scheme = to_lower(text.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https" && scheme != "ws" && scheme != "wss")
    return std::nullopt;
  const auto rest = text.substr(scheme_end + 3);
  const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const Target target{rest.substr(0, authority_end), rest.substr(authority_end)};
  if (!is_authority(target.authority)) return std::nullopt;
  return target;
}

struct FieldLine {
  std::string_view name;
  std::string_view value;
};

/// "Name:value"; a space before the colon makes the name no token (RFC 9112 §5.1).
std::optional<FieldLine> parse_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
  return FieldLine{line.substr(0, colon), trim_ows(line.substr(colon + 1))};
}

/// What RFC 9112 §3.2 asks of Host; nothing when it is well.
std::string_view host_fault(const Request& request) {
  const auto count = request.headers.count("Host");
  if (count > 1) return "more than one Host";
  if (count == 0) return request.minor_version == 0 ? "" : "no Host";
  return is_authority(*request.headers.find("Host")) ? "" : "Host is not a host and port";
}

/// Anything from which two readers could see different ends of the request (RFC 9112 §6.1, §6.3,
/// §11.2).
std::string_view framing_fault(const Request& request) {
  const auto& headers = request.headers;
  const auto length = headers.find("Content-Length");
  for (const auto& header : headers) {
    if (!equal_ignoring_case(header.name, "Content-Length")) continue;
    if (!all_digits(header.value)) return "Content-Length is not a number";
    if (header.value != *length) return "Content-Length given twice with different values";
  }
  if (headers.count("Transfer-Encoding") == 0) return "";
  if (length) return "Transfer-Encoding together with Content-Length";
  if (request.minor_version == 0) return "Transfer-Encoding in HTTP/1.0";
  const auto codings = headers.joined("Transfer-Encoding");
  const auto members = list_members(codings);
  const bool ends = !members.empty() && equal_ignoring_case(members.back(), "chunked");
  return ends ? "" : "Transfer-Encoding does not end with chunked";
}

constexpr std::array reason_phrases = {
    std::pair{101, std::string_view{"Switching Protocols"}},
    std::pair{200, std::string_view{"OK"}},
    std::pair{206, std::string_view{"Partial Content"}},
    std::pair{303, std::string_view{"See Other"}},
    std::pair{304, std::string_view{"Not Modified"}},
    std::pair{400, std::string_view{"Bad Request"}},
    std::pair{401, std::string_view{"Unauthorized"}},
    std::pair{403, std::string_view{"Forbidden"}},
    std::pair{404, std::string_view{"Not Found"}},
    std::pair{405, std::string_view{"Method Not Allowed"}},
    std::pair{408, std::string_view{"Request Timeout"}},
    std::pair{414, std::string_view{"URI Too Long"}},
    std::pair{416, std::string_view{"Range Not Satisfiable"}},
    std::pair{426, std::string_view{"Upgrade Required"}},
    std::pair{429, std::string_view{"Too Many Requests"}},
    std::pair{431, std::string_view{"Request Header Fields Too Large"}},
    std::pair{500, std::string_view{"Internal Server Error"}},
    std::pair{502, std::string_view{"Bad Gateway"}},
    std::pair{503, std::string_view{"Service Unavailable"}},
    std::pair{504, std::string_view{"Gateway Timeout"}},
    std::pair{505, std::string_view{"HTTP Version Not Supported"}},
};

/// One loop for both parsers: lines until the blank one, or a fault.
template <class OnLine, class OnFault>
std::size_t feed_lines(HeadLines& lines, ByteView bytes, const ParseState& state, OnLine on_line,
                       OnFault on_fault) {
  ByteView rest = bytes;
  while (state == ParseState::need_more && lines.next(rest)) on_line(lines.line());
  if (state == ParseState::need_more && lines.fault() != Fault::none) on_fault(lines.fault());
  return bytes.size() - rest.size();
}

}  // namespace

bool Request::has_body() const {
  if (headers.count("Transfer-Encoding") > 0) return true;
  const auto length = headers.find("Content-Length");
  return length && length->find_first_not_of('0') != std::string_view::npos;
}

// -- request

FeedResult RequestParser::feed(ByteView bytes) {
  const auto consumed = feed_lines(
      lines_, bytes, state_, [this](std::string_view line) { take_line(line); },
      [this](Fault fault) {
        const bool too_long = fault == Fault::long_line || fault == Fault::long_head;
        const int too_long_status = started_ ? 431 : 414;
        fail(too_long ? too_long_status : 400, std::string{fault_text(fault)});
      });
  return {state_, consumed};
}

void RequestParser::fail(int status, std::string text) {
  state_ = ParseState::error;
  error_ = {status, std::move(text)};
}

void RequestParser::take_line(std::string_view line) {
  if (!started_) return take_request_line(line);
  if (line.empty()) return finish();
  take_field(line);
}

void RequestParser::take_request_line(std::string_view line) {
  if (line.empty() && !std::exchange(blank_line_seen_, true)) return;
  const auto method = line.substr(0, line.find(' '));
  const auto rest = line.substr(std::min(method.size() + 1, line.size()));
  const auto target = rest.substr(0, rest.find(' '));
  const auto version = parse_version(rest.substr(std::min(target.size() + 1, rest.size())));
  if (!version || !is_token(method) || !is_target(target))
    return fail(400, "the request line is not \"METHOD target HTTP/1.1\"");
  if (version->major != 1) return fail(505, "only HTTP/1.1 is spoken here");
  take_target(target);
  request_.method = method;
  request_.minor_version = version->minor;
  started_ = true;
}

void RequestParser::take_target(std::string_view text) {
  const auto target = parse_target(text);
  if (!target) return fail(400, "the request target is neither a path nor an http URL");
  const auto query = std::min(target->path.find('?'), target->path.size());
  request_.target = text;
  request_.path = query == 0 ? "/" : target->path.substr(0, query);
  request_.query = target->path.substr(std::min(query + 1, target->path.size()));
  request_.host = target->authority;
}

void RequestParser::take_field(std::string_view line) {
  if (is_blank(line.front()))
    return fail(400, "a header line begins with a space: folded headers are not accepted");
  const auto field = parse_field(line);
  if (!field) return fail(400, "a header line is not \"Name: value\"");
  if (request_.headers.size() == limits_.header_count) return fail(431, "too many headers");
  request_.headers.add(std::string{field->name}, std::string{field->value});
}

void RequestParser::finish() {
  for (const auto fault : {host_fault(request_), framing_fault(request_)})
    if (!fault.empty()) return fail(400, std::string{fault});
  if (request_.host.empty()) request_.host = request_.headers.find("Host").value_or("");
  state_ = ParseState::done;
}

// -- response

FeedResult ResponseParser::feed(ByteView bytes) {
  const auto consumed = feed_lines(
      lines_, bytes, state_, [this](std::string_view line) { take_line(line); },
      [this](Fault fault) { fail(std::string{fault_text(fault)}); });
  return {state_, consumed};
}

void ResponseParser::fail(std::string text) {
  state_ = ParseState::error;
  error_ = {0, std::move(text)};
}

void ResponseParser::take_line(std::string_view line) {
  if (!started_) return take_status_line(line);
  if (!line.empty()) return take_field(line);
  state_ = ParseState::done;
}

// The space before an empty reason is often left out; nothing depends on it (RFC 9112 §4).
void ResponseParser::take_status_line(std::string_view line) {
  const auto version = parse_version(line.substr(0, 8));
  const bool spaced = line.size() >= 12 && line[8] == ' ' && (line.size() == 12 || line[12] == ' ');
  if (!version || !spaced || !all_digits(line.substr(9, 3)) || line[9] == '0')
    return fail("expected a status line such as \"HTTP/1.1 101 Switching Protocols\"");
  if (version->major != 1) return fail("expected HTTP/1.1");
  response_.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  response_.reason = line.substr(std::min<std::size_t>(13, line.size()));
  response_.minor_version = version->minor;
  started_ = true;
}

// A client has to unfold what a server must not fold (RFC 9112 §5.2).
void ResponseParser::take_field(std::string_view line) {
  if (is_blank(line.front())) {
    if (response_.headers.empty()) return fail("a space before the first header");
    return response_.headers.continue_last(trim_ows(line));
  }
  const auto field = parse_field(line);
  if (!field) return fail("a header line is not \"Name: value\"");
  if (response_.headers.size() == limits_.header_count) return fail("too many headers");
  response_.headers.add(std::string{field->name}, std::string{field->value});
}

std::string status_line(const Response& response) {
  const auto phrase =
      response.reason.empty() ? reason_phrase(response.status) : std::string_view{response.reason};
  return "HTTP " + std::to_string(response.status) + " " + printable(phrase);
}

std::string_view reason_phrase(int status) {
  const auto known = std::find_if(reason_phrases.begin(), reason_phrases.end(),
                                  [&](const auto& entry) { return entry.first == status; });
  return known == reason_phrases.end() ? "Error" : known->second;
}

}  // namespace ws::wire
