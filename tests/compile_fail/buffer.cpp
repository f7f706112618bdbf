// SPDX-License-Identifier: Apache-2.0
//
// What a buffer is not: copied, read from anything, or written to anything.
// quote: arena: a buffer is moved, not copied
// expect(2): arena: ReadFrom needs a stream with read
// expect(3): arena: WriteTo needs a stream with write
// expect(4): arena: the source or sink has to return how many bytes
// expect(5): arena: the source or sink has to return how many bytes
// quote(6): arena: a buffer is moved, not copied
// expect(7): arena: the source has to return how many bytes it has read, and not void
#include <arena/arena.hpp>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

struct Nothing {};

std::size_t Use(arena::Arena& a) {
  arena::ArenaBuffer b(a);
#if ARENA_MISUSE == 1
  arena::ArenaBuffer copy(b);
#else
  arena::ArenaBuffer copy(std::move(b));
#endif
#if ARENA_MISUSE == 2
  copy.ReadFrom(Nothing());
#elif ARENA_MISUSE == 3
  copy.WriteTo(Nothing());
#elif ARENA_MISUSE == 4
  copy.ReadFrom([](std::span<char> room) { return !room.empty(); });
#elif ARENA_MISUSE == 7
  copy.ReadFrom([](std::span<char>) {});
#elif ARENA_MISUSE == 6
  copy = b;
#elif ARENA_MISUSE == 5
  copy.WriteTo([](std::string_view) { return Nothing(); });
#else
  copy.ReadFrom([](std::span<char> room) { return room.size(); });
  copy.WriteTo([](std::string_view text) { return text.size(); });
#endif
  return copy.Len();
}
