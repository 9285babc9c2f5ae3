#include "flow/delay_queue.hpp"

#include "base/failure.hpp"

namespace ws::flow {
namespace {

/// An empty message is not free.
std::size_t cost(const Answer& answer) {
  constexpr std::size_t overhead = 64;
  return overhead + answer.payload.size();
}

}  // namespace

void DelayQueue::push(std::uint64_t client, Time when, Answer answer) {
  Client& waiting = clients_[client];
  if (waiting.answers.empty())
    earliest_.emplace(when, client);
  else
    ENSURE(when >= waiting.answers.back().when);
  waiting.bytes += cost(answer);
  waiting.answers.push_back({when, std::move(answer)});
}

std::optional<DueAnswer> DelayQueue::pop(Time now) {
  if (next() > now || earliest_.empty()) return std::nullopt;
  const auto found = clients_.find(earliest_.begin()->second);
  earliest_.erase(earliest_.begin());
  auto& [number, waiting] = *found;
  DueAnswer due{number, std::move(waiting.answers.front().answer)};
  waiting.answers.pop_front();
  waiting.bytes -= cost(due.answer);
  if (waiting.answers.empty())
    clients_.erase(found);
  else
    earliest_.emplace(waiting.answers.front().when, due.client);
  return due;
}

Time DelayQueue::next() const {
  return earliest_.empty() ? never : earliest_.begin()->first;
}

std::size_t DelayQueue::bytes(std::uint64_t client) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? 0 : found->second.bytes;
}

void DelayQueue::forget(std::uint64_t client) {
  const auto found = clients_.find(client);
  if (found == clients_.end()) return;
  earliest_.erase({found->second.answers.front().when, client});
  clients_.erase(found);
}

}  // namespace ws::flow
