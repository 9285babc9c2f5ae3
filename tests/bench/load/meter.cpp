#include "meter.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace load {

double cpu_seconds(std::uint64_t pid) {
  if (pid == 0) return 0;
  double nanoseconds = 0;
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::ifstream file(task.path() / "schedstat");
    double ran = 0;
    if (file >> ran) nanoseconds += ran;
  }
  return nanoseconds / 1e9;
}

std::uint64_t resident_kib(std::uint64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; file >> word;)
    if (word == "VmRSS:") {
      std::uint64_t kib = 0;
      file >> kib;
      return kib;
    }
  throw std::runtime_error("no such process");
}

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

void Window::open(std::uint64_t count) {
  count_ = count;
  cpu_ = cpu_seconds(pid_);
  wall_ = now();
}

void Window::close(std::uint64_t count) {
  count_ = count - count_;
  cpu_ = cpu_seconds(pid_) - cpu_;
  wall_ = now() - wall_;
}

std::string Window::json() const {
  char text[128];
  std::snprintf(text, sizeof text, "{\"count\":%llu,\"cpu\":%.6f,\"wall\":%.6f}",
                static_cast<unsigned long long>(count_), cpu_, wall_);
  return text;
}

}  // namespace load
