#pragma once

// The words of a command line as `--name value` pairs; every load asks for what it knows.

#include <cstdint>
#include <map>
#include <string>

namespace load {

class Options {
 public:
  Options(int argc, char** argv);

  std::uint64_t number(const std::string& name, std::uint64_t otherwise) const;
  double seconds(const std::string& name, double otherwise) const;
  std::string text(const std::string& name, const std::string& otherwise) const;

 private:
  std::map<std::string, std::string> values_;
};

// The loads: each prints one line of JSON.
void echo(const Options& options);
void broadcast(const Options& options);
void connects(const Options& options);
void idle(const Options& options);
void receive(const Options& options);
void produce(const Options& options);

}  // namespace load
