// SPDX-License-Identifier: Apache-2.0
//
// Under Valgrind's memcheck with ARENA_HEAP=1: it knows which allocation a stale or stray access is of.
// (The stacks that it prints follow these lines.)
// expect(after_reset): 8 bytes inside a block of size 60 free'd
// expect(after_scope): 8 bytes inside a block of size 60 free'd
// expect(after_deallocate): 8 bytes inside a block of size 60 free'd
// expect(after_the_end): 8 bytes inside a block of size 60 free'd
// expect(of_an_object): 0 bytes inside a block of size 4 free'd
// expect(behind): 0 bytes after a block of size 60 alloc'd
// expect(in_front): 1 bytes before a block of size 60 alloc'd
// expect(uninitialised): depends on uninitialised value
// fine(everything)
#include <arena/arena.hpp>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

static_assert(ARENA_HEAP == 1 && ARENA_VALGRIND == 1,
              "build it with -DARENA_HEAP=1 -DARENA_VALGRIND=1");

namespace {

volatile char* Block(arena::Arena& a) {
  auto* const block = static_cast<char*>(a.Alloc(60, 4));
  std::memset(block, 1, 60);
  return block;
}

void Run(std::string_view misuse) {
  std::optional<arena::MonotonicArena> a(std::in_place);
  volatile char* stale = nullptr;
  if (misuse == "after_reset") {
    stale = Block(*a) + 8;
    a->Reset();
  } else if (misuse == "after_scope") {
    const arena::ArenaScope scope(*a);
    {
      const arena::ArenaScope inner(*a);
      stale = Block(*a) + 8;
    }
    *stale = 1;
  } else if (misuse == "after_deallocate") {
    stale = Block(*a) + 8;
    a->deallocate(const_cast<char*>(stale - 8), 60, 4);
  } else if (misuse == "after_the_end") {
    stale = Block(*a) + 8;
    a.reset();
  } else if (misuse == "of_an_object") {
    volatile int* const number = arena::Allocate<int>(*a, 1);
    a->Reset();
    *number = 2;
  } else if (misuse == "behind") {
    stale = Block(*a) + 60;
  } else if (misuse == "in_front") {
    stale = Block(*a) - 1;
  } else if (misuse == "uninitialised") {
    if (*static_cast<volatile char*>(a->Alloc(1)) == 77) std::puts("77");
  } else {
    Block(*a);
    {
      const arena::ArenaScope scope(*a);
      stale = Block(*a);
      if (!a->TryResize(const_cast<char*>(stale), 60, 10)) std::puts("it does not shrink");
      *stale = 1;
    }
    stale = nullptr;
    arena::Slice<int> slice;
    for (int i = 0; i < 100; ++i) slice = arena::SliceAppend(*a, slice, i);
    a->Reset();
    stale = Block(*a);
  }
  if (stale != nullptr) *stale = 1;
}

}  // namespace

int main(int, char** argv) {
  Run(argv[1]);
  return 0;
}
