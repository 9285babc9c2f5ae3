// Runs a fuzz target over the files and directories named as arguments, without libFuzzer: the
// corpora as a test.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

namespace fs = std::filesystem;

std::size_t replay_file(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  const std::vector<char> content{std::istreambuf_iterator<char>{file}, {}};
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(content.data()), content.size());
  return 1;
}

std::size_t replay(const fs::path& path) {
  if (!fs::is_directory(path)) return replay_file(path);
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator{path})
    if (entry.is_regular_file()) count += replay_file(entry.path());
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) count += replay(argv[i]);
  std::printf("%zu inputs replayed\n", count);
  return count > 0 ? 0 : 1;
}
