// SPDX-License-Identifier: Apache-2.0
//
// A coroutine that answers with a number: the least that tests, benchmarks and the counting of instructions
// need of one. It starts when it is awaited or run.
#ifndef ARENA_TESTS_SUPPORT_FRAME_TASK_HPP
#define ARENA_TESTS_SUPPORT_FRAME_TASK_HPP

#include <coroutine>
#include <exception>
#include <utility>

namespace arena_test {

// What becomes of an exception that leaves the coroutine: it ends the program, ...
struct EndsTheProgram {
  void Catch() const noexcept { std::terminate(); }
  void Rethrow() const noexcept {}
};
// ... or whoever asks for the answer has it.
struct KeepsTheException {
  void Catch() noexcept { exception = std::current_exception(); }
  void Rethrow() const {
    if (exception) std::rethrow_exception(exception);
  }
  std::exception_ptr exception;
};

// `Frame`, a base class of its promise, says where the frame lies.
template <class Frame, class Failure = EndsTheProgram>
class [[nodiscard]] FrameTask {
 public:
  struct promise_type : Frame, Failure {
    FrameTask get_return_object() noexcept { return FrameTask(Handle::from_promise(*this)); }
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
    void return_value(int result) noexcept { value = result; }
    void unhandled_exception() noexcept { Failure::Catch(); }

    std::coroutine_handle<> awaiter = std::noop_coroutine();
    int value = 0;
  };
  using Handle = std::coroutine_handle<promise_type>;

  explicit FrameTask(Handle handle) noexcept : handle_(handle) {}
  FrameTask(FrameTask&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  FrameTask& operator=(FrameTask&&) = delete;
  ~FrameTask() {
    if (handle_) handle_.destroy();
  }

  // Where its frame lies; null when there is no coroutine.
  const void* frame() const noexcept { return handle_.address(); }
  bool done() const noexcept { return handle_.done(); }

  // Runs it until it waits for something outside or ends.
  void Resume() const { handle_.resume(); }

  // Runs it to its end.
  int Run() const {
    handle_.resume();
    return Result();
  }
  int Result() const {
    handle_.promise().Rethrow();
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

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_FRAME_TASK_HPP
