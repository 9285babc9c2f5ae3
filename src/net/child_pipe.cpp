#include "net/child_pipe.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ws::net {
namespace {

/// What a pipe holds at most, unless somebody has enlarged it.
constexpr std::size_t block_bytes = 64 * 1024;

bool is_passing(int error) {
  return error == EAGAIN || error == EINTR;
}

}  // namespace

PipeWriter::PipeWriter(Loop& loop, Descriptor pipe, Bytes content)
    : loop_(loop),
      pipe_(std::move(pipe)),
      content_(std::move(content)),
      id_(loop.watch(pipe_.get(), Interest::write, *this)) {
  write_more();
}

void PipeWriter::write_more() {
  while (written_ < content_.size()) {
    const ByteView rest = ByteView(content_).subspan(written_);
    const ssize_t wrote = ::write(pipe_.get(), rest.data(), rest.size());
    if (wrote < 0 && is_passing(errno)) return;
    if (wrote < 0) break;
    written_ += static_cast<std::size_t>(wrote);
  }
  finish();
}

void PipeWriter::finish() {
  if (!pipe_) return;
  loop_.unwatch(id_);
  pipe_.reset();
  content_ = {};
}

PipeReader::PipeReader(Loop& loop, Descriptor pipe, Handler handler)
    : loop_(loop),
      pipe_(std::move(pipe)),
      handler_(std::move(handler)),
      id_(loop.watch(pipe_.get(), Interest::read, *this)) {}

void PipeReader::pause() {
  reading_ = false;
  if (pipe_) loop_.change(id_, Interest::none);
}

void PipeReader::resume() {
  reading_ = true;
  if (pipe_) loop_.change(id_, Interest::read);
}

void PipeReader::end_after_what_is_there() {
  if (!pipe_) return;
  int bytes = 0;
  ::ioctl(pipe_.get(), FIONREAD, &bytes);
  left_ = static_cast<std::size_t>(bytes);
  if (left_ == 0) finish();
}

/// While paused only the hang-up is reported, and for ever.
void PipeReader::on_ready(Ready) {
  if (reading_) return read_some();
  loop_.ignore(id_);
}

void PipeReader::read_some() {
  const auto room = loop_.receive_buffer().first(std::min(block_bytes, left_));
  const ssize_t got = ::read(pipe_.get(), room.data(), room.size());
  if (got < 0 && is_passing(errno)) return;
  if (got <= 0) return finish();
  const auto count = static_cast<std::size_t>(got);
  left_ -= count;
  handler_.on_bytes(room.first(count));
  if (left_ == 0) finish();
}

void PipeReader::finish() {
  if (!pipe_) return;
  close();
  handler_.on_end();
}

void PipeReader::close() {
  if (!pipe_) return;
  loop_.unwatch(id_);
  pipe_.reset();
}

}  // namespace ws::net
