#include "flow/expectations.hpp"

#include <re2/re2.h>

#include "base/text.hpp"

namespace ws::flow {
namespace {

RE2::Options pattern_options() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

std::vector<std::unique_ptr<RE2>> compiled(const std::vector<std::string>& patterns) {
  std::vector<std::unique_ptr<RE2>> all;
  for (const std::string& pattern : patterns)
    all.push_back(std::make_unique<RE2>(pattern, pattern_options()));
  return all;
}

bool is_found(const RE2& pattern, std::string_view payload) {
  return RE2::PartialMatch(re2::StringPiece(payload.data(), payload.size()), pattern);
}

std::string quoted(const RE2& pattern) {
  return "'" + printable(pattern.pattern()) + "'";
}

}  // namespace

std::optional<std::string> pattern_error(std::string_view pattern) {
  const RE2 compiled(std::string(pattern), pattern_options());
  if (compiled.ok()) return std::nullopt;
  return compiled.error();
}

Expectations::Expectations(const ExpectationOptions& options)
    : count_(options.count),
      has_expected_(!options.expect.empty()),
      expect_(compiled(options.expect)),
      reject_(compiled(options.reject)) {}

Expectations::~Expectations() = default;

Expectations::Verdict Expectations::take(std::string_view payload) {
  if (verdict_ != Verdict::undecided) return verdict_;
  ++received_;
  if (is_rejected(payload)) return verdict_ = Verdict::failed;
  match(payload);
  if (has_expected_ && expect_.empty()) return verdict_ = Verdict::met;
  if (count_ && received_ == *count_) verdict_ = expect_.empty() ? Verdict::met : Verdict::failed;
  return verdict_;
}

bool Expectations::is_rejected(std::string_view payload) {
  for (const Pattern& pattern : reject_) {
    if (!is_found(*pattern, payload)) continue;
    rejected_by_ = quoted(*pattern);
    return true;
  }
  return false;
}

void Expectations::match(std::string_view payload) {
  std::erase_if(expect_, [&](const Pattern& pattern) { return is_found(*pattern, payload); });
}

bool Expectations::complete() const {
  return verdict_ == Verdict::met || (verdict_ == Verdict::undecided && !decides());
}

std::string Expectations::missing() const {
  if (!rejected_by_.empty())
    return "--reject " + rejected_by_ + " matched message " + std::to_string(received_);
  if (!expect_.empty()) return "--expect " + quoted(*expect_.front()) + " matched no message";
  if (complete()) return {};
  return "only " + std::to_string(received_) + " of " + std::to_string(*count_) + " messages came";
}

}  // namespace ws::flow
