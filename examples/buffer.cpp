// SPDX-License-Identifier: Apache-2.0
//
// Bytes in an arena: written at one end, read at the other. First by hand, then standard input to
// standard output, with a count of bytes and lines on standard error:
//
//     buffer <some-file >same-file-behind-two-lines
#include <algorithm>
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string_view>

namespace {

void Print(const char* what, std::string_view text) {
  std::printf("%s: %.*s\n", what, static_cast<int>(text.size()), text.data());
}

// Takes what stdout takes: the buffer keeps the rest.
std::size_t ToStandardOutput(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace

int main() {
  arena::MonotonicArena a;

  arena::ArenaBuffer greeting(a);
  greeting.WriteString("Hello, ");
  greeting.WriteString("World!");
  char start[5];
  const std::size_t count = greeting.Read(start);
  Print("Read", std::string_view(start, count));  // Hello
  Print("Remaining", greeting.View());            // , World!

  arena::ArenaBuffer pipe(a);
  std::size_t bytes = 0, lines = 0;
  for (;;) {
    const std::span<std::byte> room = pipe.Prepare(16 * 1024);
    const std::size_t got = std::fread(room.data(), 1, room.size(), stdin);
    pipe.Commit(got);
    if (got == 0) break;
    const std::size_t written = pipe.WriteTo([&lines](std::string_view text) {
      const std::size_t taken = ToStandardOutput(text);
      lines += static_cast<std::size_t>(std::count(text.begin(), text.begin() + taken, '\n'));
      return taken;
    });
    bytes += written;
    if (written != got) {
      std::perror("standard output");
      return 1;
    }
  }
  std::fprintf(stderr, "%zu bytes, %zu lines, through a buffer of %zu bytes\n", bytes, lines,
               pipe.Cap());
}
