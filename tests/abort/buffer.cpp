// SPDX-License-Identifier: Apache-2.0
//
// Misuse of a buffer that would otherwise write or read outside of its storage.
// expect(more_than_prepared): arena: ArenaBuffer: more bytes were committed than prepared
// expect(more_than_the_rest): arena: ArenaBuffer: more bytes were committed than prepared
// expect(without_prepare): arena: ArenaBuffer: more bytes were committed than prepared
// expect(after_another_write): arena: ArenaBuffer: more bytes were committed than prepared
// expect(after_reset): arena: ArenaBuffer: more bytes were committed than prepared
// expect(after_a_move): arena: ArenaBuffer: more bytes were committed than prepared
// expect(source_returns_more): arena: ArenaBuffer: more bytes were committed than prepared
// expect(sink_returns_more): arena: ArenaBuffer: the sink took more bytes than it was given
#include <arena/arena.hpp>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

int main(int argc, char** argv) {
  const std::string_view misuse = argc > 1 ? argv[1] : "";
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  // Storage with room behind what is prepared: only the count is wrong.
  b.Prepare(1000);
  b.Write("text");
  if (misuse == "more_than_prepared") {
    b.Prepare(10);
    b.Commit(11);
  } else if (misuse == "more_than_the_rest") {
    b.Prepare(10);
    b.Commit(6);
    b.Commit(5);
  } else if (misuse == "without_prepare") {
    b.Commit(1);
  } else if (misuse == "after_another_write") {
    b.Prepare(10);
    b.WriteByte('x');
    b.Commit(5);
  } else if (misuse == "after_reset") {
    b.Reset();
    b.Prepare(10);
    b.Reset();
    b.Commit(5);
  } else if (misuse == "after_a_move") {
    b.Prepare(10);
    static_cast<void>(arena::ArenaBuffer(std::move(b)));
    b.Commit(5);
  } else if (misuse == "source_returns_more") {
    b.ReadFrom([](std::span<char> room) { return room.size() + 1; });
  } else if (misuse == "sink_returns_more") {
    b.WriteTo([](std::string_view text) { return text.size() + 1; });
  }
  return 0;
}
