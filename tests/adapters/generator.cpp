// SPDX-License-Identifier: Apache-2.0
//
// The generator: its frames lie in the arena, are given back, and pass exceptions on.
#include <arena/arena.hpp>
#include <stdexcept>

#include "adapters/heap.hpp"
#include "arena_generator.hpp"

using adapters::Generator;
using arena_test::Check;

namespace {

arena_test::Storage storage;

ARENA_NOINLINE Generator<int> Count(arena::Arena&, int to) {
  for (int i = 0; i < to; ++i) co_yield i;
}

ARENA_NOINLINE Generator<int> Tree(int depth, arena::Allocator<int> a) {
  co_yield depth;
  for (int i = 0; depth > 0 && i < 2; ++i) {
    for (const int value : Tree(depth - 1, a)) co_yield value;
  }
}

ARENA_NOINLINE Generator<int> Fail(arena::Arena&) {
  co_yield 1;
  throw std::runtime_error("no more");
}

void FramesLieInTheArena(arena::MonotonicArena& a) {
  const std::size_t calls = arena_test::HeapCalls([&a] {
    int sum = 0;
    for (const int i : Count(a, 100)) sum += i;
    Check(sum == 4950, "every value is yielded");
    int nodes = 0;
    for (const int depth : Tree(6, a)) nodes += depth >= 0 ? 1 : 0;
    Check(nodes == 127, "generators walk generators");
    for (const int i : Count(a, 0)) Check(i < 0, "an empty one yields nothing");
  });
  Check(calls == 0, "no call of the heap");
  Check(a.Len() == 0 && a.Peak() > 0 && a.Peak() < 7 * 300, "frames make room for the next");
}

void OneThatIsLeftEarlyGivesItsFrameBack(arena::MonotonicArena& a) {
  for (const int i : Tree(6, a)) {
    if (i == 0) break;
  }
  Check(a.Len() == 0, "left in the middle, all frames are given back");
  const Generator<int> never_walked = Count(a, 3);
  Check(a.Len() > 0, "one that nobody walks has a frame");
}

void ExceptionsReachTheWalker(arena::MonotonicArena& a) {
  int values = 0;
  bool caught = false;
  try {
    for (const int i : Fail(a)) values += i;
  } catch (const std::runtime_error&) {
    caught = true;
  }
  Check(caught && values == 1 && a.Len() == 0, "an exception reaches who walks");
}

}  // namespace

int main() {
  arena::MonotonicArena a(storage.options());
  FramesLieInTheArena(a);
  OneThatIsLeftEarlyGivesItsFrameBack(a);
  ExceptionsReachTheWalker(a);
  return arena_test::Verdict();
}
