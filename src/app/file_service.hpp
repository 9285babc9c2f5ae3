#pragma once

// Answers requests for files below --static DIR: asks StaticFiles and hands the connection to a
// FileSender. Bounds how many are sent at the same time. Asked by the server after its gate.

#include <cstddef>
#include <memory>
#include <string>

#include "app/http_exchange.hpp"
#include "app/static_files.hpp"
#include "base/log.hpp"
#include "base/time.hpp"

namespace ws::app {

class FileService {
 public:
  /// Throws Failure{local_io} as StaticFiles. A zero `stall_timeout` waits for ever.
  FileService(const std::string& directory, Duration stall_timeout, Log& log)
      : files_(directory), stall_timeout_(stall_timeout), log_(log) {}

  /// `headers` are added to the answer.
  void answer(HttpExchange& exchange, const wire::Request& request, const wire::Headers& headers);

  /// One descriptor and one chunk of memory each; more are answered 503.
  static constexpr long max_transfers = 256;

 private:
  void send(HttpExchange& exchange, FileAnswer answer);

  StaticFiles files_;
  Duration stall_timeout_;
  Log& log_;
  /// Held by every transfer, which may outlive us: how many there are is how many hold it.
  std::shared_ptr<void> transfers_ = std::make_shared<char>();
};

}  // namespace ws::app
