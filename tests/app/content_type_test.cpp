#include "app/content_type.hpp"

#include "support/catch.hpp"

using ws::app::content_type;

TEST_CASE("the type is told by the end of the name") {
  CHECK(content_type("index.html") == "text/html; charset=utf-8");
  CHECK(content_type("A.HTM") == "text/html; charset=utf-8");
  CHECK(content_type("app.min.js") == "text/javascript; charset=utf-8");
  CHECK(content_type("m.mjs") == "text/javascript; charset=utf-8");
  CHECK(content_type("style.css") == "text/css; charset=utf-8");
  CHECK(content_type("build.log") == "text/plain; charset=utf-8");
  CHECK(content_type("data.json") == "application/json");
  CHECK(content_type("x.svg") == "image/svg+xml");
  CHECK(content_type("x.png") == "image/png");
  CHECK(content_type("x.wasm") == "application/wasm");
}

TEST_CASE("an unknown end is a download") {
  for (const char* name : {"README", "x.", "x.unknown", "html", "x.html.exe", ""})
    CHECK(content_type(name) == "application/octet-stream");
}
