#include "app/sink.hpp"

#include <unistd.h>

namespace ws::app {
namespace {

flow::JoinerOptions joiner_options(const SinkOptions& options, bool terminal) {
  using Tag = flow::JoinerOptions::Tag;
  using Escape = flow::JoinerOptions::Escape;
  return {.framing = options.framing,
          .tag = options.tag ? Tag::client : Tag::none,
          .escape = terminal && !options.raw ? Escape::controls : Escape::nothing};
}

}  // namespace

Sink::Sink(net::Loop& loop, const SinkOptions& options, net::StdoutWriter::Handler handler)
    : writer_(loop, STDOUT_FILENO, std::move(handler)),
      joiner_(joiner_options(options, writer_.is_terminal())) {}

}  // namespace ws::app
