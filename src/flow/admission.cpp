#include "flow/admission.hpp"

namespace ws::flow {

std::uint32_t first_beyond(const wire::Frames& frames, std::uint32_t first, std::uint32_t last,
                           std::size_t queued, std::size_t backlog) {
  if (queued + frames.size_of(first, last) <= backlog) return last;
  for (std::uint32_t i = first; i < last; ++i) {
    const std::size_t message = frames.size_of(i, i + 1);
    if (!fits(queued, message, backlog)) return i;
    queued += message;
  }
  return last;
}

std::uint32_t first_worth_sending(const wire::Frames& frames, std::uint32_t first,
                                  std::uint32_t last, std::size_t queued, std::size_t backlog) {
  while (first + 1 < last && queued + frames.size_of(first, last) > backlog) ++first;
  return first;
}

}  // namespace ws::flow
