// SPDX-License-Identifier: Apache-2.0
//
// A generator, as std::generator of C++23, whose frame lies in the first arena::Arena& among the
// coroutine's parameters: for (auto word : Words(a, text)) ... Beware:
// - A generator is walked once, and destroyed before its arena is reset.
// - What it yields lies in its frame until it goes on: copy what has to stay. A parameter that is a
//   reference or a view has to live as long as the generator.
#pragma once

#include <arena/coroutine.hpp>
#include <coroutine>
#include <cstddef>
#include <iterator>
#include <utility>

namespace adapters {

template <class T>
class [[nodiscard]] Generator {
 public:
  struct promise_type : arena::CoroutineFrame {
    Generator get_return_object() noexcept { return Generator(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(const T& value) noexcept {
      yielded = &value;
      return {};
    }
    void return_void() noexcept {}
    void unhandled_exception() { throw; }  // to whoever walks

    const T* yielded = nullptr;
  };
  using Handle = std::coroutine_handle<promise_type>;

  struct Iterator {
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    const T& operator*() const noexcept { return *handle.promise().yielded; }
    Iterator& operator++() { return handle.resume(), *this; }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return handle.done(); }
    Handle handle;
  };

  explicit Generator(Handle handle) noexcept : handle_(handle) {}
  Generator(Generator&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Generator& operator=(Generator&&) = delete;
  ~Generator() {
    if (handle_) handle_.destroy();
  }

  Iterator begin() { return ++Iterator{handle_}; }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  Handle handle_;
};

}  // namespace adapters
