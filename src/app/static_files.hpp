#pragma once

// --static DIR: files over GET and HEAD (SPEC.md §3, PROTOCOL.md §3 rows 33 and 34). Asked by the
// server after access and credentials. Opens one file at most and says which of its bytes go out;
// never reads it, lists no directory, follows no symbolic link below DIR, shows no dot-file and
// quotes nothing of the request.

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "net/descriptor.hpp"
#include "wire/handshake.hpp"
#include "wire/http.hpp"

namespace ws::app {

struct FileAnswer {
  int status = 200;      ///< 200, 206 or 304
  std::string head;      ///< to its blank line; says "Connection: close"
  net::Descriptor file;  ///< none for HEAD and 304
  /// What to send of it. A file that has become shorter ends the connection: the length has been
  /// promised.
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

class StaticFiles {
 public:
  /// Throws Failure{local_io} when it is no directory or cannot be opened. DIR itself may be a
  /// link.
  explicit StaticFiles(const std::string& directory);

  /// `extra` is added to the head of a file, such as Set-Cookie; a Cache-Control in it replaces
  /// ours. A refusal is 404, 403, 405, 416, 500 or 503, or 303 to a directory's path with its
  /// slash.
  Result<FileAnswer, wire::Refusal> answer(const wire::Request& request,
                                           const wire::Headers& extra = {}) const;

 private:
  net::Descriptor directory_;
};

}  // namespace ws::app
