#include "app/page.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <string_view>

#include "base/bytes.hpp"
#include "base/failure.hpp"
#include "wire/base64.hpp"

namespace ws::app {
namespace {

constexpr unsigned char embedded[] = {
#include "app/page.inc"
};

std::string_view source() {
  return {reinterpret_cast<const char*>(embedded), sizeof embedded};
}

std::string sha256(std::string_view text) {
  std::array<std::byte, 32> digest{};
  unsigned size = 0;
  ENSURE(EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()),
                    &size, EVP_sha256(), nullptr) == 1);
  return wire::base64_encode(digest);
}

/// What stands between the first <tag> and </tag>: the text that a browser hashes for the policy.
std::string_view inline_text(std::string_view html, std::string_view tag) {
  const std::string open = fmt::format("<{}>", tag);
  const std::size_t begin = html.find(open) + open.size();
  const std::size_t end = html.find(fmt::format("</{}>", tag), begin);
  ENSURE(begin >= open.size() && end != std::string_view::npos);
  return html.substr(begin, end - begin);
}

std::string policy_of(std::string_view html) {
  return fmt::format(
      "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; "
      "img-src data:; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
      "require-trusted-types-for 'script'; trusted-types 'none'",
      sha256(inline_text(html, "script")), sha256(inline_text(html, "style")));
}

std::string attribute_safe(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '"')
      safe += "&quot;";
    else if (c == '<')
      safe += "&lt;";
    else
      safe += c;
  }
  return safe;
}

void set_attribute(std::string& html, std::string_view name, std::string_view value) {
  const std::string start = fmt::format(" {}=\"", name);
  const std::size_t begin = html.find(start) + start.size();
  const std::size_t end = html.find('"', begin);
  ENSURE(begin >= start.size() && end != std::string::npos);
  html.replace(begin, end - begin, attribute_safe(value));
}

std::string gzip(std::string_view text) {
  constexpr int gzip_window = 15 + 16;
  z_stream stream{};
  ENSURE(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window, 8,
                      Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ENSURE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

Page::Page(PageFacts facts) : facts_(std::move(facts)), html_(source()) {
  set_attribute(html_, "data-mode", facts_.mode);
  set_attribute(html_, "data-sending", facts_.sending ? "yes" : "no");
  set_attribute(html_, "data-path", facts_.path);
  set_attribute(html_, "data-numbered", facts_.numbered ? "yes" : "");
  set_attribute(html_, "data-epoch", facts_.epoch);
  gzipped_ = gzip(html_);
  etag_ = fmt::format("\"{}\"", sha256(html_).substr(0, 22));
  policy_ = policy_of(html_);
}

std::string Page::response(const wire::Request& request, const wire::Headers& extra) const {
  std::string common = fmt::format(
      "ETag: {}\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\nContent-Security-Policy: "
      "{}\r\n"
      "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n",
      etag_, policy_);
  wire::append_header(common, "WS-Tool-Epoch", facts_.epoch);
  if (facts_.numbered) wire::append_header(common, "WS-Tool-Numbered", "yes");
  wire::append_headers(common, extra);
  if (request.headers.joined("If-None-Match").find(etag_) != std::string::npos)
    return fmt::format("HTTP/1.1 304 Not Modified\r\n{}\r\n", common);
  const bool packed = request.headers.has_token("Accept-Encoding", "gzip");
  const std::string& body = packed ? gzipped_ : html_;
  return fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: "
      "{}\r\n{}{}\r\n{}",
      body.size(), packed ? "Content-Encoding: gzip\r\n" : "", common,
      request.method == "HEAD" ? std::string_view{} : std::string_view{body});
}

}  // namespace ws::app
