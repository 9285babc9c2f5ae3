#pragma once

// Why there is no connection: what a look-up and a dial report instead of one.

#include <string>
#include <system_error>

namespace ws::net {

/// `text`: "cannot resolve 'nohost.invalid': no such host", "cannot
/// connect to 127.0.0.1:9: connection refused". All of them are exit status 3.
struct DialError {
  std::string text;
  std::error_code code;
  bool may_pass = true;  ///< worth another attempt
};

}  // namespace ws::net
