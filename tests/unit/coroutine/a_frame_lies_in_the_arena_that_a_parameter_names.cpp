// SPDX-License-Identifier: Apache-2.0
//
// Every kind of coroutine, and every place where the arena can stand among its parameters.
#include <arena/arena.hpp>
#include <arena/coroutine.hpp>
#include <memory>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/coroutines.hpp"

namespace {

using arena_test::Task;

ARENA_NOINLINE Task Free(arena::Arena&, int value) { co_return value; }
ARENA_NOINLINE Task OfADerivedClass(arena::MonotonicArena&, int value) { co_return value; }
ARENA_NOINLINE Task Last(int value, const std::string& text, arena::Arena&) {
  co_return value + static_cast<int>(text.size());
}
ARENA_NOINLINE Task ByAllocator(int value, arena::Allocator<int>) { co_return value; }
ARENA_NOINLINE Task ByConstAllocator(const arena::Allocator<char>&, int value) { co_return value; }
ARENA_NOINLINE Task OfTwo(arena::Arena&, arena::Arena&) { co_return 1; }
ARENA_NOINLINE Task OfTwoByAllocator(arena::Allocator<int>, arena::Arena&) { co_return 2; }
ARENA_NOINLINE Task ByForwarding(arena::Arena&&, int value) { co_return value; }
ARENA_NOINLINE Task Moved(std::unique_ptr<int> owned, arena::Arena&) { co_return *owned; }

template <class T>
ARENA_NOINLINE Task Template(T value, arena::Arena&) {
  co_return static_cast<int>(value);
}

template <class... Values>
ARENA_NOINLINE Task Variadic(arena::Arena&, Values... values) {
  co_return (0 + ... + values);
}

struct Handler {
  ARENA_NOINLINE Task Member(arena::Arena&, int more) { co_return value + more; }
  ARENA_NOINLINE Task ConstMember(int more, arena::Arena&) const { co_return value + more; }
  ARENA_NOINLINE static Task Static(arena::Arena&, int more) { co_return more; }
  ARENA_NOINLINE virtual Task Virtual(arena::Arena&, int more) { co_return value + more; }
  virtual ~Handler() = default;
  int value = 10;
};

// The object is the first parameter of its member functions.
class ArenaWithTasks : public arena::MonotonicArena {
 public:
  ARENA_NOINLINE Task Member(arena::Arena&, int more) { co_return more; }
};

}  // namespace

TEST_CASE("a frame lies in the arena among the parameters", "[coroutine]") {
  arena::MonotonicArena a;
  const auto check = [&a](Task task, int expected) {
    CHECK(a.Owns(task.frame()));
    CHECK(a.Len() > 0);
    CHECK(task.Run() == expected);
    CHECK(task.done());
  };
  check(Free(a, 1), 1);
  check(OfADerivedClass(a, 2), 2);
  check(Last(3, "text", a), 7);
  check(ByAllocator(4, a), 4);
  check(ByConstAllocator(arena::Allocator<char>(a), 5), 5);
  check(ByForwarding(static_cast<arena::Arena&&>(a), 6), 6);
  check(Moved(std::make_unique<int>(7), a), 7);
  check(Template(8.5, a), 8);
  check(Template('a', a), 'a');
  check(Variadic(a, 1, 2, 3), 6);
  check(Variadic(a), 0);
  Handler handler;
  check(handler.Member(a, 1), 11);
  check(handler.ConstMember(2, a), 12);
  check(Handler::Static(a, 3), 3);
  check(handler.Virtual(a, 4), 14);
  CHECK(a.Len() == 0);
}

TEST_CASE("a lambda's parameters count, its captures do not", "[coroutine]") {
  arena::MonotonicArena a, captured;
  int value = 20;
  const auto lambda = [&captured, value](arena::Arena&, int more) ARENA_NOINLINE -> Task {
    co_return value + more + static_cast<int>(captured.Len());
  };
  Task task = lambda(a, 2);
  CHECK(a.Owns(task.frame()));
  CHECK(captured.Len() == 0);
  CHECK(task.Run() == 22);
  const auto generic = [](auto number, auto&... more) ARENA_NOINLINE -> Task {
    co_return static_cast<int>(number) + static_cast<int>(sizeof...(more));
  };
  Task of_generic = generic(3L, a, value);
  CHECK(a.Owns(of_generic.frame()));
  CHECK(of_generic.Run() == 5);
}

TEST_CASE("the first arena among the parameters is the one", "[coroutine]") {
  arena::MonotonicArena first, second;
  const Task task = OfTwo(first, second);
  CHECK(first.Owns(task.frame()));
  const Task by_allocator = OfTwoByAllocator(second, first);
  CHECK(second.Owns(by_allocator.frame()));
}

TEST_CASE("in a member function of an arena the object is the arena", "[coroutine]") {
  ArenaWithTasks object;
  arena::MonotonicArena other;
  Task task = object.Member(other, 3);
  CHECK(object.Owns(task.frame()));
  CHECK(other.Len() == 0);
  CHECK(task.Run() == 3);
}

TEST_CASE("a frame lies in any kind of arena", "[coroutine]") {
  arena::InlineArena<1024> inline_arena;
  {
    Task task = Free(inline_arena, 1);
    CHECK(inline_arena.Owns(task.frame()));
    CHECK(task.Run() == 1);
  }
  CHECK(inline_arena.Len() == 0);
  arena::MonotonicArena base;
  arena::ConcurrentArena shared(base);
  {
    Task task = Free(shared, 2);
    CHECK(base.Owns(task.frame()));
    CHECK(task.Run() == 2);
  }
  CHECK(base.Len() == 0);
}
