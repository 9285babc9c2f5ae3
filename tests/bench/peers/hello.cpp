// Links what ws-tool links, uses iostreams as any C++ program may, and does nothing.

#include <iostream>

int main() {
  std::cout << "hello world\n";
}
