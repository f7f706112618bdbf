// SPDX-License-Identifier: Apache-2.0
//
// A coroutine whose parameters do not say where its frame lies.
// expect: arena: no parameter of this coroutine says where its frame lies: add an
// expect(2): arena: no parameter of this coroutine says where its frame lies
// expect(3): arena: no parameter of this coroutine says where its frame lies
// expect(4): arena: no parameter of this coroutine says where its frame lies
// expect(5): arena: no parameter of this coroutine says where its frame lies
// expect(6): arena: no parameter of this coroutine says where its frame lies
#include <arena/coroutine.hpp>
#include <arena/pool.hpp>
#include <coroutine>

template <class Frame>
struct BasicTask {
  struct promise_type : Frame {
    static BasicTask get_return_object_on_allocation_failure() noexcept { return {}; }
    BasicTask get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
};

#if ARENA_MISUSE == 6
using Task = BasicTask<arena::NothrowCoroutineFrame>;
#else
struct Task {
  struct promise_type : arena::CoroutineFrame {
    Task get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept {}
  };
};
#endif

#if ARENA_MISUSE == 1
Task WithoutParameters() { co_return; }
#elif ARENA_MISUSE == 2
Task WithAPointer(arena::Arena*, int) { co_return; }
#elif ARENA_MISUSE == 3
Task WithAConstArena(const arena::Arena&) { co_return; }
#elif ARENA_MISUSE == 4
Task WithALease(arena::ArenaLease) { co_return; }
#elif ARENA_MISUSE == 5
const auto lambda = [](int) -> Task { co_return; };
void Use() { lambda(1); }
#elif ARENA_MISUSE == 6
Task WithAnInt(int) { co_return; }
#else
Task WithAnArena(arena::Arena&) { co_return; }
BasicTask<arena::NothrowCoroutineFrame> Nothrow(int, arena::Arena&) { co_return; }
#endif
