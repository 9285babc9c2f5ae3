#include "app/content_type.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace ws::app {
namespace {

struct Entry {
  std::string_view extension;
  std::string_view type;
};

constexpr std::array entries = {
    Entry{"aac", "audio/aac"},
    Entry{"avif", "image/avif"},
    Entry{"bmp", "image/bmp"},
    Entry{"css", "text/css"},
    Entry{"csv", "text/csv"},
    Entry{"flac", "audio/flac"},
    Entry{"gif", "image/gif"},
    Entry{"gz", "application/gzip"},
    Entry{"htm", "text/html"},
    Entry{"html", "text/html"},
    Entry{"ico", "image/vnd.microsoft.icon"},
    Entry{"ics", "text/calendar"},
    Entry{"jpeg", "image/jpeg"},
    Entry{"jpg", "image/jpeg"},
    Entry{"js", "text/javascript"},
    Entry{"json", "application/json"},
    Entry{"jsonl", "text/plain"},
    Entry{"log", "text/plain"},
    Entry{"m4a", "audio/mp4"},
    Entry{"map", "application/json"},
    Entry{"md", "text/markdown"},
    Entry{"mjs", "text/javascript"},
    Entry{"mp3", "audio/mpeg"},
    Entry{"mp4", "video/mp4"},
    Entry{"oga", "audio/ogg"},
    Entry{"ogg", "audio/ogg"},
    Entry{"ogv", "video/ogg"},
    Entry{"otf", "font/otf"},
    Entry{"pdf", "application/pdf"},
    Entry{"png", "image/png"},
    Entry{"svg", "image/svg+xml"},
    Entry{"tar", "application/x-tar"},
    Entry{"tsv", "text/tab-separated-values"},
    Entry{"ttf", "font/ttf"},
    Entry{"txt", "text/plain"},
    Entry{"wasm", "application/wasm"},
    Entry{"wav", "audio/wav"},
    Entry{"webm", "video/webm"},
    Entry{"webmanifest", "application/manifest+json"},
    Entry{"webp", "image/webp"},
    Entry{"woff", "font/woff"},
    Entry{"woff2", "font/woff2"},
    Entry{"xhtml", "application/xhtml+xml"},
    Entry{"xml", "text/xml"},
    Entry{"zip", "application/zip"},
};

}  // namespace

std::string content_type(std::string_view file_name) {
  const std::size_t dot = file_name.rfind('.');
  const std::string extension =
      to_lower(dot == file_name.npos ? std::string_view{} : file_name.substr(dot + 1));
  const auto* const entry =
      std::find_if(entries.begin(), entries.end(),
                   [&](const Entry& candidate) { return candidate.extension == extension; });
  if (entry == entries.end()) return "application/octet-stream";
  const std::string type{entry->type};
  return type.starts_with("text/") ? type + "; charset=utf-8" : type;
}

}  // namespace ws::app
