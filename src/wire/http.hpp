#pragma once

// Heads of HTTP/1.x messages (RFC 9112): a request on a server, a response on a client. The session
// feeds what it reads, cut anywhere; a parser looks at every byte once, keeps at most
// HttpLimits::head_bytes of them, and leaves what follows the blank line to the caller. It never
// reads a body and never repairs what is wrong.
//
//     auto [state, consumed] = parser.feed(bytes);   // bytes.subspan(consumed) already belongs to
//     what comes next

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "wire/head_lines.hpp"
#include "wire/headers.hpp"

namespace ws::wire {

struct Request {
  std::string method;
  std::string target;  ///< as it came: origin-form or absolute-form
  std::string path;    ///< begins with "/"; not decoded
  std::string query;   ///< what follows "?", not decoded; empty when there is none
  int minor_version = 1;
  Headers headers;
  std::string host;  ///< authority of an absolute-form target, else Host; empty only on HTTP/1.0

  /// Content follows the head: Transfer-Encoding, or a Content-Length above 0.
  bool has_body() const;
};

struct Response {
  int status = 0;
  std::string reason;
  int minor_version = 1;
  Headers headers;
};

/// What was wrong with a message. `text` never quotes it.
struct HttpError {
  int status = 0;  ///< to answer a request with; 0 for a response
  std::string text;
};

enum class ParseState { need_more, done, error };

struct FeedResult {
  ParseState state;
  std::size_t consumed;
};

class RequestParser {
 public:
  explicit RequestParser(const HttpLimits& limits = {}) : limits_(limits), lines_(limits) {}

  /// Once done or in error it takes nothing more.
  FeedResult feed(ByteView bytes);
  /// Complete only once done.
  Request& request() { return request_; }
  const HttpError& error() const { return error_; }
  /// Nothing but, at most, an empty line has come: a peer that ends now asked for nothing.
  bool idle() const { return !started_ && lines_.line().empty(); }

 private:
  void take_line(std::string_view line);
  void take_request_line(std::string_view line);
  void take_target(std::string_view text);
  void take_field(std::string_view line);
  void finish();
  void fail(int status, std::string text);

  HttpLimits limits_;
  HeadLines lines_;
  Request request_;
  HttpError error_;
  ParseState state_ = ParseState::need_more;
  bool started_ = false;  ///< the request line has been read
  bool blank_line_seen_ = false;
};

class ResponseParser {
 public:
  explicit ResponseParser(const HttpLimits& limits = {}) : limits_(limits), lines_(limits) {}

  FeedResult feed(ByteView bytes);
  Response& response() { return response_; }
  const Response& response() const { return response_; }
  const HttpError& error() const { return error_; }

 private:
  void take_line(std::string_view line);
  void take_status_line(std::string_view line);
  void take_field(std::string_view line);
  void fail(std::string text);

  HttpLimits limits_;
  HeadLines lines_;
  Response response_;
  HttpError error_;
  ParseState state_ = ParseState::need_more;
  bool started_ = false;
};

/// "HTTP 401 Unauthorized", fit to be shown.
std::string status_line(const Response& response);

/// The phrase of RFC 9110 §15 for the statuses that this program sends, else "Error".
std::string_view reason_phrase(int status);

}  // namespace ws::wire
