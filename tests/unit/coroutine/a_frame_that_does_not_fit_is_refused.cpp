// SPDX-License-Identifier: Apache-2.0
//
// No memory for a frame, and a promise whose constructor throws.
#include <arena/arena.hpp>
#include <arena/coroutine.hpp>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "support/catch.hpp"
#include "support/coroutines.hpp"

namespace {

using arena_test::Task;

ARENA_NOINLINE Task Throwing(arena::Arena&, std::shared_ptr<int> shared) { co_return *shared; }

// Answers "no memory" where Task throws.
struct MaybeTask {
  struct promise_type : arena::NothrowCoroutineFrame {
    static MaybeTask get_return_object_on_allocation_failure() noexcept { return MaybeTask(); }
    MaybeTask get_return_object() noexcept {
      return MaybeTask(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(int result) noexcept { value = result; }
    void unhandled_exception() noexcept {}
    int value = 0;
  };
  MaybeTask() noexcept = default;
  explicit MaybeTask(std::coroutine_handle<promise_type> coroutine) noexcept : handle(coroutine) {}
  MaybeTask(MaybeTask&& other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  ~MaybeTask() {
    if (handle) handle.destroy();
  }
  std::coroutine_handle<promise_type> handle;
};

ARENA_NOINLINE MaybeTask Maybe(std::shared_ptr<int> shared, arena::Arena&) { co_return *shared; }

struct PromiseFails {};

// Its promise cannot be constructed.
struct Unlucky {
  struct promise_type : arena::CoroutineFrame {
    promise_type() { throw PromiseFails(); }
    Unlucky get_return_object() noexcept { return {}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
};

ARENA_NOINLINE Unlucky CannotStart(arena::Arena&) { co_return; }

// An arena without a byte to give.
struct FullArena {
  arena::MonotonicArena arena{{.initial_buffer_count = 0, .limit = 0}};
};

}  // namespace

TEST_CASE("a coroutine without memory for its frame throws std::bad_alloc", "[coroutine]") {
  FullArena full;
  const auto shared = std::make_shared<int>(5);
  CHECK_THROWS_AS(Throwing(full.arena, shared), std::bad_alloc);
  CHECK(shared.use_count() == 1);
  CHECK(full.arena.Len() == 0);
  arena::MonotonicArena a;
  {
    Task task = Throwing(a, shared);
    CHECK(shared.use_count() == 2);
    CHECK(task.Run() == 5);
  }
  CHECK(shared.use_count() == 1);
  CHECK(a.Len() == 0);
}

TEST_CASE("a coroutine that does not throw answers that there is no memory", "[coroutine]") {
  FullArena full;
  const auto shared = std::make_shared<int>(6);
  {
    const MaybeTask none = Maybe(shared, full.arena);
    CHECK(none.handle == nullptr);
  }
  CHECK(shared.use_count() == 1);
  arena::MonotonicArena a;
  {
    const MaybeTask task = Maybe(shared, a);
    REQUIRE(task.handle != nullptr);
    CHECK(a.Owns(task.handle.address()));
    task.handle.resume();
    CHECK(task.handle.promise().value == 6);
  }
  CHECK(shared.use_count() == 1);
  CHECK(a.Len() == 0);
}

TEST_CASE("a promise whose constructor throws leaves no frame", "[coroutine]") {
  arena::MonotonicArena a;
  CHECK_THROWS_AS(CannotStart(a), PromiseFails);
  CHECK(a.Len() == 0);
}
