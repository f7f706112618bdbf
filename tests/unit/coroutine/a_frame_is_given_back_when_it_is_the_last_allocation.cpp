// SPDX-License-Identifier: Apache-2.0
//
// What a frame takes, when it is given back, and what becomes of it when it cannot be.
#include <arena/arena.hpp>
#include <arena/coroutine.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/coroutines.hpp"

#if ARENA_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace {

using arena_test::Task;

ARENA_NOINLINE Task Leaf(arena::Arena&, int value) { co_return value; }

ARENA_NOINLINE Task Loop(arena::Arena& a, int times) {
  int sum = 0;
  for (int i = 0; i < times; ++i) sum += co_await Leaf(a, i);
  co_return sum;
}

// 1 + 10 + 100 + ... coroutines.
ARENA_NOINLINE Task Tree(arena::Arena& a, int depth) {
  int sum = 1;
  for (int i = 0; depth > 0 && i < 10; ++i) sum += co_await Tree(a, depth - 1);
  co_return sum;
}

ARENA_NOINLINE Task Waiting(arena::Arena&, int value) {
  co_await std::suspend_always();
  co_return value;
}

ARENA_NOINLINE Task Failing(arena::Arena& a) {
  co_await Leaf(a, 1);
  throw std::runtime_error("on purpose");
}

ARENA_NOINLINE Task CatchingLoop(arena::Arena& a, int times) {
  int caught = 0;
  for (int i = 0; i < times; ++i) {
    try {
      co_await Failing(a);
    } catch (const std::runtime_error&) {
      ++caught;
    }
  }
  co_return caught;
}

// What one frame of Leaf takes.
std::size_t BytesOfLeaf() {
  arena::MonotonicArena a;
  const Task task = Leaf(a, 1);
  return a.Len();
}

}  // namespace

TEST_CASE("a frame is given back to the last byte", "[coroutine]") {
  arena::MonotonicArena a;
  {
    Task task = Leaf(a, 3);
    CHECK(a.Len() > 0);
    CHECK(a.Len() % 16 == 0);  // no padding before the next frame
    CHECK(task.Run() == 3);
    CHECK(a.Len() > 0);  // it is destroyed by its owner, not at its end
  }
  CHECK(a.Len() == 0);
  {
    const Task never_run = Leaf(a, 3);
  }
  CHECK(a.Len() == 0);
}

TEST_CASE("awaiting one after the other takes the memory of two frames", "[coroutine]") {
  arena::MonotonicArena a;
  std::size_t loop_bytes = 0;
  {
    Task task = Loop(a, 1000);
    loop_bytes = a.Len();
    CHECK(task.Run() == 499'500);
    CHECK(a.Len() == loop_bytes);
  }
  CHECK(a.Len() == 0);
  CHECK(a.Peak() == loop_bytes + BytesOfLeaf());
}

TEST_CASE("a tree of coroutines takes one branch", "[coroutine]") {
  arena::MonotonicArena a;
  std::size_t frame = 0;
  {
    Task task = Tree(a, 3);
    frame = a.Len();
    CHECK(task.Run() == 1111);
  }
  CHECK(a.Len() == 0);
  CHECK(a.Peak() == 4 * frame);
}

TEST_CASE("a coroutine that ends by an exception gives its frame back", "[coroutine]") {
  arena::MonotonicArena a;
  Task task = CatchingLoop(a, 100);
  const std::size_t before = a.Len();
  CHECK(task.Run() == 100);
  CHECK(a.Len() == before);
  CHECK(a.Peak() < 10 * before);
}

TEST_CASE("frames that end out of order stay until the ones behind them are gone or Reset",
          "[coroutine]") {
  arena::MonotonicArena a;
  std::optional<Task> first = Waiting(a, 1);
  std::optional<Task> second = Waiting(a, 2);
  std::optional<Task> third = Waiting(a, 3);
  const std::size_t all = a.Len();
  for (std::optional<Task>* task : {&first, &second, &third}) (*task)->Resume();
  ARENA_MAYBE_UNUSED const void* const frame = second->frame();
  second.reset();
  CHECK(a.Len() == all);
#if ARENA_ASAN
  CHECK(__asan_address_is_poisoned(frame) != 0);  // whoever resumes it now is reported
#endif
  third->Resume();
  CHECK(third->Result() == 3);
  third.reset();
  CHECK(a.Len() == all / 3 * 2);
  first->Resume();
  CHECK(first->Result() == 1);
  first.reset();
  CHECK(a.Len() == all / 3 * 2);  // the second's bytes are behind the first's
  a.Reset();
  CHECK(a.Len() == 0);
}

TEST_CASE("what a coroutine leaves in the arena keeps its frame there", "[coroutine]") {
  arena::MonotonicArena a;
  int* result = nullptr;
  {
    const auto make = [&result](arena::Arena& memory) ARENA_NOINLINE -> Task {
      result = arena::Allocate<int>(memory, 42);
      co_return 0;
    };
    Task task = make(a);
    task.Run();
  }
  CHECK(a.Len() > sizeof(int));
  CHECK(*result == 42);
  const Task next = Leaf(a, 1);
  CHECK(reinterpret_cast<std::uintptr_t>(next.frame()) > reinterpret_cast<std::uintptr_t>(result));
  CHECK(*result == 42);
}

TEST_CASE("a thousand frames alive at once keep apart", "[coroutine]") {
  arena::MonotonicArena a;
  std::vector<Task> tasks;
  for (int i = 0; i < 1000; ++i) tasks.push_back(Waiting(a, i));
  for (Task& task : tasks) task.Resume();
  for (Task& task : tasks) task.Resume();
  int wrong = 0;
  for (int i = 0; i < 1000; ++i) wrong += tasks[static_cast<std::size_t>(i)].Result() != i ? 1 : 0;
  CHECK(wrong == 0);
  for (const Task& task : tasks) {
    if (reinterpret_cast<std::uintptr_t>(task.frame()) % alignof(std::max_align_t) != 0) ++wrong;
  }
  CHECK(wrong == 0);
  while (!tasks.empty()) tasks.pop_back();  // the newest first
  CHECK(a.Stats().len < a.Peak());
}

TEST_CASE("a frame within a scope is given back before the scope ends", "[coroutine]") {
  arena::MonotonicArena a;
  a.Alloc(10, 1);
  {
    const arena::ArenaScope scope(a);
    const std::size_t before = a.Len();
    {
      Task task = Loop(a, 10);
      CHECK(task.Run() == 45);
    }
    // All but the padding before the first frame.
    CHECK(a.Len() - before < 16);
  }
  CHECK(a.Len() == 10);
  // A frame from before the scope that ends within it stays, and nothing is harmed.
  std::optional<Task> outer = Waiting(a, 5);
  const std::size_t with_outer = a.Len();
  {
    const arena::ArenaScope scope(a);
    outer->Resume();
    outer->Resume();
    CHECK(outer->Result() == 5);
    outer.reset();
    CHECK(a.Len() == with_outer);
    auto* const number = arena::Allocate<int>(a, 7);
    CHECK(*number == 7);
  }
  CHECK(a.Len() == with_outer);
}
