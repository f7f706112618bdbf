// SPDX-License-Identifier: Apache-2.0
//
// Coroutines for tests: a task that starts when it is awaited and can be driven by hand. Coroutines that
// have to have a frame are ARENA_NOINLINE, because clang does without the frame of one that it inlines.
#ifndef ARENA_TESTS_SUPPORT_COROUTINES_HPP
#define ARENA_TESTS_SUPPORT_COROUTINES_HPP

#include <arena/coroutine.hpp>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

namespace arena_test {

template <class Frame>
class BasicTask {
 public:
  struct promise_type : Frame {
    BasicTask get_return_object() { return BasicTask(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct Resumer {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(Handle ended) noexcept {
          return ended.promise().awaiter;
        }
        void await_resume() noexcept {}
      };
      return Resumer{};
    }
    void return_value(int result) { value = result; }
    void unhandled_exception() { failure = std::current_exception(); }

    std::coroutine_handle<> awaiter = std::noop_coroutine();
    int value = 0;
    std::exception_ptr failure;
  };
  using Handle = std::coroutine_handle<promise_type>;

  explicit BasicTask(Handle handle) noexcept : handle_(handle) {}
  BasicTask(BasicTask&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  BasicTask& operator=(BasicTask&&) = delete;
  ~BasicTask() {
    if (handle_) handle_.destroy();
  }

  // Where its frame lies; null when there is no coroutine.
  const void* frame() const noexcept { return handle_.address(); }
  bool done() const noexcept { return handle_.done(); }

  // Runs it until it waits for something outside or ends.
  void Resume() { handle_.resume(); }

  // Runs it to its end.
  int Run() {
    handle_.resume();
    return Result();
  }
  int Result() const {
    if (handle_.promise().failure) std::rethrow_exception(handle_.promise().failure);
    return handle_.promise().value;
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) noexcept {
    handle_.promise().awaiter = awaiter;
    return handle_;
  }
  int await_resume() const { return Result(); }

 private:
  Handle handle_;
};

using Task = BasicTask<arena::CoroutineFrame>;

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_COROUTINES_HPP
