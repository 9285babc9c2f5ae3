#include "app/hook_output.hpp"

#include "wire/utf8.hpp"

namespace ws::app {

HookOutput::HookOutput(net::Loop& loop, net::Descriptor pipe, std::size_t max_line_bytes,
                       Handler handler)
    : handler_(std::move(handler)),
      splitter_({}, max_line_bytes),
      reader_(loop, std::move(pipe),
              {[this](ByteView bytes) { on_bytes(bytes); }, [this] { on_pipe_end(); }}) {}

void HookOutput::on_bytes(ByteView bytes) {
  splitter_.feed(bytes);
  pump();
  splitter_.retain();
}

void HookOutput::on_pipe_end() {
  pipe_ended_ = true;
  if (!refused_) pump();
}

void HookOutput::resume() {
  if (!refused_ || !handler_.on_line(refused_->type, refused_->payload)) return;
  refused_.reset();
  pump();
  if (!refused_) reader_.resume();
}

void HookOutput::pump() {
  if (pipe_ended_) splitter_.finish();
  while (const auto piece = splitter_.next())
    if (!take(*piece)) return reader_.pause();
  if (!pipe_ended_ || std::exchange(done_, true)) return;
  handler_.on_end();
}

bool HookOutput::take(const flow::Piece& piece) {
  if (piece.state != flow::Piece::State::whole) {
    handler_.on_long_line(piece.number);
    return true;
  }
  const auto type =
      wire::is_utf8(piece.payload) ? wire::MessageType::text : wire::MessageType::binary;
  if (handler_.on_line(type, piece.payload)) return true;
  refused_ = Line{type, Bytes(piece.payload.begin(), piece.payload.end())};
  return false;
}

}  // namespace ws::app
