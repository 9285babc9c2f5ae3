#pragma once

// What serve and broadcast take from the command line in the same way.

#include "app/stream.hpp"
#include "cli/options.hpp"
#include "modes/server_settings.hpp"

namespace ws::modes {

inline flow::InputOptions input_options(const flow::Framing& framing,
                                        const cli::InputOptions& input,
                                        const cli::CommonOptions& common) {
  return {.framing = framing,
          .type = input.type,
          .on_invalid = input.on_invalid,
          .max_message_bytes = common.max_message};
}

template <class Options>
app::StreamOptions stream_options(const Options& options) {
  app::StreamOptions stream;
  stream.program = program_options(options.listen, options.queue, options.hooks, options.common);
  stream.program.sink = sink_options(options.framing, options.output);
  stream.program.server.numbered = true;
  stream.program.server.page_facts.numbered = true;
  stream.program.jsonl = options.jsonl;
  stream.program.server.page_facts.sending = !options.stream.send_only;
  stream.program.server.page_facts.path = options.listen.path.value_or("");
  stream.program.fanout.slow = options.stream.slow;
  if (options.stream.replay)
    stream.program.fanout.replay = {.messages = options.stream.replay_messages,
                                    .bytes = options.stream.replay_bytes};
  stream.source.input = input_options(options.framing, options.input, options.common);
  stream.source.read_ahead = options.queue.backlog;
  stream.on_eof = options.stream.on_eof;
  stream.send_only = options.stream.send_only;
  return stream;
}

}  // namespace ws::modes
