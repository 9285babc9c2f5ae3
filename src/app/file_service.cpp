#include "app/file_service.hpp"

#include <utility>

#include "app/file_sender.hpp"

namespace ws::app {

void FileService::answer(HttpExchange& exchange, const wire::Request& request,
                         const wire::Headers& headers) {
  if (transfers_.use_count() > max_transfers)
    return exchange.refuse({503, "too many files are being sent", {{"Retry-After", "1"}}},
                           "refused: too many files are being sent");
  auto answer = files_.answer(request, headers);
  if (!answer) return exchange.refuse(answer.error(), {});
  if (!answer->file) return exchange.answer(answer->head);
  send(exchange, std::move(*answer));
}

void FileService::send(HttpExchange& exchange, FileAnswer answer) {
  const auto failed = [&log = log_, peer = exchange.peer().text(), held = transfers_](
                          const std::string& why) { log.info("{}: {}", peer, why); };
  const std::string head = std::move(answer.head);
  const auto sender =
      std::make_shared<FileSender>(exchange.channel(), std::move(answer), stall_timeout_, failed);
  exchange.hand_over(head, sender);
  sender->start();
}

}  // namespace ws::app
