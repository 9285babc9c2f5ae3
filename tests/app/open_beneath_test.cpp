#include "app/open_beneath.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>

#include "app/temporary_directory.hpp"
#include "support/catch.hpp"

using namespace ws;
using namespace ws::app;

namespace {

class Tree {
 public:
  Tree() : root_(::open(directory_.path("root").c_str(), O_PATH | O_DIRECTORY)) {}

  /// What open_beneath says of "a/b/c".
  std::string open(const std::string& path) const {
    std::vector<std::string> names;
    for (const auto& name : std::filesystem::path{path}) names.push_back(name.string());
    const auto opened = open_beneath(root_.get(), names);
    if (!opened) return std::to_string(static_cast<int>(opened.error()));
    std::string text(100, '\0');
    const auto got = ::read(opened->get(), text.data(), text.size());
    return got < 0 ? "unreadable" : text.substr(0, static_cast<std::size_t>(got));
  }
  std::string path(const std::string& name) const { return directory_.path("root/" + name); }
  std::string outside() const { return directory_.path("secret"); }

 private:
  struct Files : TemporaryDirectory {
    Files() {
      write("secret", "secret");
      write("root/file", "file");
      write("root/a/b/file", "deep");
    }
  };
  Files directory_;
  net::Descriptor root_;
};

std::string text_of(OpenError error) {
  return std::to_string(static_cast<int>(error));
}

}  // namespace

TEST_CASE("a regular file is opened, however deep") {
  const Tree tree;
  CHECK(tree.open("file") == "file");
  CHECK(tree.open("a/b/file") == "deep");
}

TEST_CASE("what is not there or no file is not opened") {
  const Tree tree;
  CHECK(tree.open("none") == text_of(OpenError::absent));
  CHECK(tree.open("none/file") == text_of(OpenError::absent));
  CHECK(tree.open("file/file") == text_of(OpenError::absent));
  CHECK(tree.open(std::string(300, 'x')) == text_of(OpenError::absent));
  CHECK(tree.open("a") == text_of(OpenError::directory));
  CHECK(tree.open("a/b") == text_of(OpenError::directory));
  CHECK(tree.open("") == text_of(OpenError::directory));
}

// websocketd until 0.5.0: links led out.
TEST_CASE("no link is followed, at the end or on the way") {
  const Tree tree;
  std::filesystem::create_symlink(tree.outside(), tree.path("absolute"));
  std::filesystem::create_symlink("../secret", tree.path("relative"));
  std::filesystem::create_symlink("..", tree.path("up"));
  std::filesystem::create_symlink("/", tree.path("slash"));
  std::filesystem::create_symlink("file", tree.path("inside"));
  std::filesystem::create_symlink("a", tree.path("inner"));
  for (const char* path :
       {"absolute", "relative", "up/secret", "slash/etc/passwd", "inside", "inner/b/file"}) {
    INFO(path);
    CHECK(tree.open(path) == text_of(OpenError::absent));
  }
  CHECK(tree.open("up") == text_of(OpenError::absent));
}

TEST_CASE("a FIFO and a socket are not opened and do not block") {
  const Tree tree;
  REQUIRE(::mkfifo(tree.path("fifo").c_str(), 0600) == 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, tree.path("socket").c_str(), sizeof(address.sun_path) - 1);
  const net::Descriptor socket{::socket(AF_UNIX, SOCK_STREAM, 0)};
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);

  CHECK(tree.open("fifo") == text_of(OpenError::absent));
  CHECK(tree.open("socket") == text_of(OpenError::absent));

  const net::Descriptor devices{::open("/dev", O_PATH | O_DIRECTORY)};
  const auto device = open_beneath(devices.get(), {"null"});
  REQUIRE_FALSE(device);
  CHECK(device.error() == OpenError::absent);
}

TEST_CASE("a file that we may not read is told from one that is not there") {
  if (::geteuid() == 0) return;  // root may read everything
  const Tree tree;
  REQUIRE(::chmod(tree.path("file").c_str(), 0) == 0);
  CHECK(tree.open("file") == text_of(OpenError::forbidden));
}
