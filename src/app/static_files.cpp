#include "app/static_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "app/byte_range.hpp"
#include "app/content_type.hpp"
#include "app/http_date.hpp"
#include "app/open_beneath.hpp"
#include "app/request_secrets.hpp"
#include "app/static_path.hpp"
#include "base/failure.hpp"
#include "base/text.hpp"
#include "net/error_text.hpp"

namespace ws::app {
namespace {

constexpr const char* index_name = "index.html";

struct FileFacts {
  std::uint64_t size = 0;
  std::time_t changed = 0;
  std::string etag;
  std::string type;
};

std::optional<FileFacts> facts_of(int file, std::string_view name) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const auto& changed = status.st_mtim;
  std::string etag = fmt::format("\"{:x}-{:x}.{:x}\"", size, changed.tv_sec, changed.tv_nsec);
  return FileFacts{size, changed.tv_sec, std::move(etag), content_type(name)};
}

// -- refusals

wire::Refusal not_found() {
  return {404, "there is no such file here", {}};
}

wire::Refusal refusal_for(OpenError error) {
  switch (error) {
    case OpenError::forbidden:
      return {403, "this file may not be read", {}};
    case OpenError::exhausted:
      return {503, "too many files are open", {{"Retry-After", "1"}}};
    case OpenError::broken:
      return {500, "the file cannot be read", {}};
    case OpenError::absent:
    case OpenError::directory:
      break;
  }
  return not_found();
}

/// So that links in a directory's page lead into it.
wire::Refusal with_slash(const wire::Request& request) {
  std::string location = request.path + "/";
  const std::string query = without_tokens(request.query);
  if (!query.empty()) location += "?" + query;
  return {303, "this is a directory", {{"Location", location}}};
}

// -- conditions (RFC 9110 §13.1)

/// The weak comparison: W/ does not count.
bool names_etag(const std::string& list, const std::string& etag) {
  for (auto member : wire::list_members(list)) {
    if (member.starts_with("W/")) member.remove_prefix(2);
    if (member == etag || member == "*") return true;
  }
  return false;
}

bool is_not_modified(const wire::Request& request, const FileFacts& facts) {
  if (request.headers.count("If-None-Match") > 0)
    return names_etag(request.headers.joined("If-None-Match"), facts.etag);
  const auto field = request.headers.find("If-Modified-Since");
  const auto since = field ? parse_http_date(*field) : std::nullopt;
  return since && facts.changed <= *since;
}

/// Without an If-Range that names this very file the rest of another one would be sent.
bool range_counts(const wire::Request& request, const FileFacts& facts) {
  if (request.method != "GET" || request.headers.count("Range") != 1) return false;
  const auto condition = request.headers.find("If-Range");
  return !condition || *condition == facts.etag || *condition == http_date(facts.changed);
}

ByteRange range_of(const wire::Request& request, const FileFacts& facts) {
  const bool counts = range_counts(request, facts);
  return select_range(counts ? *request.headers.find("Range") : std::string_view{}, facts.size);
}

// -- the head

/// What frames the message is ours alone.
bool is_framing(std::string_view name) {
  for (const std::string_view field :
       {"Connection", "Content-Length", "Content-Range", "Transfer-Encoding"})
    if (equal_ignoring_case(name, field)) return true;
  return false;
}

std::string head_of(int status, const wire::Headers& ours, const wire::Headers& extra) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", status, wire::reason_phrase(status));
  for (const auto& [name, value] : ours)
    if (is_framing(name) || extra.count(name) == 0) wire::append_header(head, name, value);
  for (const auto& [name, value] : extra)
    if (!is_framing(name)) wire::append_header(head, name, value);
  return head + "\r\n";
}

wire::Headers common_fields(const FileFacts& facts) {
  return {{"ETag", facts.etag},
          {"Last-Modified", http_date(facts.changed)},
          // The ETag is asked about every time: what is served may change under the same address.
          {"Cache-Control", "no-cache"},
          {"Connection", "close"},
          {"Accept-Ranges", "bytes"},
          {"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "no-referrer"}};
}

FileAnswer not_modified(const FileFacts& facts, const wire::Headers& extra) {
  return {304, head_of(304, common_fields(facts), extra), {}, 0, 0};
}

FileAnswer content(net::Descriptor file, const FileFacts& facts, const ByteRange& range,
                   const wire::Headers& extra) {
  auto fields = common_fields(facts);
  fields.add("Content-Type", facts.type);
  fields.add("Content-Length", std::to_string(range.length));
  const bool is_part = range.kind == ByteRange::Kind::part;
  if (is_part) fields.add("Content-Range", content_range(range, facts.size));
  const int status = is_part ? 206 : 200;
  return {status, head_of(status, fields, extra), std::move(file), range.offset, range.length};
}

Result<FileAnswer, wire::Refusal> answer_with(net::Descriptor file, std::string_view name,
                                              const wire::Request& request,
                                              const wire::Headers& extra) {
  const auto facts = facts_of(file.get(), name);
  if (!facts) return Unexpected{refusal_for(OpenError::broken)};
  if (is_not_modified(request, *facts)) return not_modified(*facts, extra);
  const auto range = range_of(request, *facts);
  if (range.kind == ByteRange::Kind::unsatisfiable)
    return Unexpected{wire::Refusal{
        416, "the file has no such bytes", {{"Content-Range", content_range(range, facts->size)}}}};
  auto answer = content(std::move(file), *facts, range, extra);
  if (request.method != "HEAD") return answer;
  return FileAnswer{answer.status, std::move(answer.head), {}, 0, 0};
}

}  // namespace

StaticFiles::StaticFiles(const std::string& directory)
    : directory_(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  if (directory_ && ::faccessat(directory_.get(), ".", X_OK, AT_EACCESS) == 0) return;
  throw Failure{ExitStatus::local_io, fmt::format("--static {}: cannot be opened: {}",
                                                  printable(directory), net::error_text(errno))};
}

Result<FileAnswer, wire::Refusal> StaticFiles::answer(const wire::Request& request,
                                                      const wire::Headers& extra) const {
  if (request.method != "GET" && request.method != "HEAD")
    return Unexpected{wire::Refusal{405, "files are read with GET", {{"Allow", "GET, HEAD"}}}};
  auto path = parse_static_path(request.path);
  if (!path) return Unexpected{not_found()};

  auto names = std::move(path->names);
  if (path->names_directory) names.emplace_back(index_name);
  auto file = open_beneath(directory_.get(), names);
  if (file) return answer_with(std::move(*file), names.back(), request, extra);

  if (file.error() == OpenError::directory && !path->names_directory) {
    names.emplace_back(index_name);
    if (open_beneath(directory_.get(), names)) return Unexpected{with_slash(request)};
  }
  return Unexpected{refusal_for(file.error())};
}

}  // namespace ws::app
