#pragma once

// What Connection holds only while it is needed, for the files that implement it: the unfinished
// part of its input, and the state of a compressed connection. Nobody else includes this.

#include <memory>
#include <optional>

#include "wire/assembler.hpp"
#include "wire/connection.hpp"
#include "wire/deflater.hpp"
#include "wire/inflater.hpp"

namespace ws::wire {

struct Connection::Unfinished {
  enum class Delivered : std::uint8_t { nothing, control, message };

  Bytes held;                        ///< a cut header, or the payload of a cut control frame
  std::optional<FrameHeader> frame;  ///< whose payload is not complete
  std::uint64_t frame_done = 0;      ///< payload bytes of `frame` already taken
  bool in_pieces = false;            ///< `frame` is handed out as it comes
  std::uint64_t unmasked = 0;        ///< of a compressed frame; those not taken lie in `input_`
  Assembler assembler;
  Bytes rest;  ///< input that was left when the caller stopped pulling; `input_` lies in it
  Delivered delivered = Delivered::nothing;  ///< what the last event is a view of
  bool inflating = false;  ///< the last call did its share; more comes out without more input

  bool empty() const { return held.empty() && !frame && !assembler.in_message(); }
};

struct Connection::Compression {
  DeflateDirection received;
  DeflateDirection sent;
  DeflaterPool* shared;
  std::unique_ptr<Inflater> inflater{};  ///< from the first compressed message on
  std::unique_ptr<Deflater> deflater{};  ///< the same for what is sent, where it is not `shared`
  std::uint64_t inflated_bytes = 0;
  std::uint64_t slice_end = 0;  ///< where this call of next_event() stops inflating
};

}  // namespace ws::wire
