#include "net/readiness.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/failure.hpp"

namespace ws::net {
namespace {

constexpr int batch_size = 256;

std::uint32_t events_of(Interest interest) {
  const auto bits = static_cast<std::uint8_t>(interest);
  return (bits & 1 ? EPOLLIN : 0u) | (bits & 2 ? EPOLLOUT : 0u);
}

std::uint64_t pack(WatchId id) {
  return std::uint64_t{id.slot} << 32 | id.generation;
}
WatchId unpack(std::uint64_t data) {
  return {static_cast<std::uint32_t>(data >> 32), static_cast<std::uint32_t>(data)};
}

Ready to_ready(std::uint32_t events) {
  return {.readable = (events & EPOLLIN) != 0,
          .writable = (events & EPOLLOUT) != 0,
          .hung_up = (events & (EPOLLHUP | EPOLLERR)) != 0};
}

}  // namespace

Readiness::Readiness() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

WatchId Readiness::add(int fd, Interest interest, Watcher& watcher) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  Slot& slot = slots_[index];
  const WatchId id{index, slot.generation};
  if (fd >= 0) {
    epoll_event event{.events = events_of(interest), .data = {.u64 = pack(id)}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  free_.pop_back();
  slot.watcher = &watcher;
  slot.fd = fd;
  slot.interest = interest;
  slot.watched = fd >= 0;
  return id;
}

void Readiness::change(WatchId id, Interest interest) {
  Slot& slot = slots_[id.slot];
  if (slot.generation != id.generation || (slot.watched && slot.interest == interest)) return;
  slot.interest = interest;
  epoll_event event{.events = events_of(interest), .data = {.u64 = pack(id)}};
  ::epoll_ctl(epoll_.get(), slot.watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, slot.fd, &event);
  slot.watched = true;
}

void Readiness::ignore(WatchId id) {
  Slot& slot = slots_[id.slot];
  if (slot.generation != id.generation || !slot.watched) return;
  slot.watched = false;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, slot.fd, nullptr);
}

void Readiness::remove(WatchId id) {
  Slot& slot = slots_[id.slot];
  if (slot.generation != id.generation) return;
  ignore(id);
  remove_closing(id);
}

void Readiness::remove_closing(WatchId id) {
  Slot& slot = slots_[id.slot];
  if (slot.generation != id.generation) return;
  slot.watcher = nullptr;
  slot.fd = -1;
  ++slot.generation;
  free_.push_back(id.slot);
}

Watcher* Readiness::find(WatchId id) const {
  const Slot& slot = slots_[id.slot];
  return slot.generation == id.generation ? slot.watcher : nullptr;
}

bool Readiness::dispatch() {
  std::array<epoll_event, batch_size> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), batch_size, 0);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    if (Watcher* watcher = find(unpack(event.data.u64))) watcher->on_ready(to_ready(event.events));
  }
  return count > 0;
}

}  // namespace ws::net
