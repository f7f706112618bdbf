// SPDX-License-Identifier: Apache-2.0
//
// Coroutines with CoroutineFrame never call the global operator new.
// options: -O2
#include <arena/arena.hpp>
#include <arena/coroutine.hpp>
#include <cstddef>
#include <cstdlib>
#include <memory_resource>
#include <new>

#include "support/check.hpp"
#include "support/coroutines.hpp"

namespace {

using arena_test::Check;

std::size_t calls_of_new = 0;
void* Count(std::size_t size) {
  ++calls_of_new;
  return std::malloc(size == 0 ? 1 : size);
}

using arena_test::Task;

ARENA_NOINLINE Task Leaf(arena::Allocator<int>, int value) { co_return value; }

ARENA_NOINLINE Task Branch(int depth, arena::Arena& a) {
  int sum = 1;
  for (int i = 0; depth > 0 && i < 10; ++i) {
    Task later = Leaf(a, 1);
    sum += co_await Branch(depth - 1, a);
    sum += co_await later;
  }
  co_return sum;
}

// A coroutine of the usual kind, to see that the counter counts.
struct Plain {};
ARENA_NOINLINE arena_test::BasicTask<Plain> OnTheHeap(int value) { co_return value; }

}  // namespace

void* operator new(std::size_t size) { return Count(size); }
void* operator new(std::size_t size, std::align_val_t) { return Count(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return Count(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { std::free(block); }

int main() {
  static std::byte storage[64 * 1024];
  arena::MonotonicArena a(
      {.initial_buffer = storage, .upstream = std::pmr::null_memory_resource()});
  const std::size_t before = calls_of_new;
  {
    Task task = Branch(3, a);
    Check(task.Run() == 2221, "the tree has its result");
  }
  Check(calls_of_new == before, "no call of global new");
  Check(a.Peak() > 0, "the frames were in the arena");

  auto heap = OnTheHeap(3);
  Check(heap.Run() == 3, "the result");
  Check(calls_of_new == before + 1, "a coroutine of the usual kind calls it");
  return arena_test::ExitStatus();
}
