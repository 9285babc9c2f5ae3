#pragma once

// The page that a browser gets (SPEC.md §9): one file, embedded at build time, and the responses
// around it. Made when first asked for; holds no state of any client.

#include <string>

#include "wire/http.hpp"

namespace ws::app {

/// What the page is told about its server.
struct PageFacts {
  std::string mode = "serve";
  bool sending = true;     ///< has it a send box?
  std::string path = "";   ///< to connect to; empty: its own
  bool numbered = false;   ///< does the server number its messages for who asks?
  std::string epoch = "";  ///< names this run of the server
};

class Page {
 public:
  explicit Page(PageFacts facts);

  /// 200 with the page (gzip where that is accepted), or 304 where the browser has it; no body for
  /// HEAD. `extra` is added to the head, such as Set-Cookie.
  std::string response(const wire::Request& request, const wire::Headers& extra = {}) const;

 private:
  PageFacts facts_;
  std::string html_;
  std::string gzipped_;
  std::string etag_;
  std::string policy_;
};

}  // namespace ws::app
