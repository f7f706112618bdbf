// SPDX-License-Identifier: Apache-2.0
//
// A thread that is cancelled while its arena asks upstream for memory, or gives some back, gets
// that done and ends afterwards: in between there are functions that are noexcept.
#include "support/catch.hpp"

#if defined(__GLIBC__) && defined(__GLIBCXX__)  // cancelled threads crash with libc++
#include <pthread.h>
#include <unistd.h>

#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <memory_resource>

namespace {

// Each call is one in which a thread could be cancelled, and waits until somebody tries.
class SlowUpstream : public std::pmr::memory_resource {
 public:
  std::atomic<bool> is_entered{false};
  std::atomic<bool> may_go_on{false};
  bool slow_in_allocate = true;  // else in deallocate
  bool is_served = false;

 private:
  void Wait() {
    is_entered = true;
    while (!may_go_on) ::usleep(1000);
    ::pthread_testcancel();
  }
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (slow_in_allocate) Wait();
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    if (!slow_in_allocate) Wait();
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

void* UseArena(void* argument) {
  auto& upstream = *static_cast<SlowUpstream*>(argument);
  arena::MonotonicArena a({.initial_buffer_count = 0, .upstream = &upstream});
  void* const block = a.TryAlloc(10);
  a.Release();
  upstream.is_served = block != nullptr && a.Cap() == 0;
  ::pthread_testcancel();
  return nullptr;
}

void CancelIn(SlowUpstream& upstream) {
  pthread_t thread;
  REQUIRE(::pthread_create(&thread, nullptr, &UseArena, &upstream) == 0);
  while (!upstream.is_entered) ::usleep(1000);
  ::pthread_cancel(thread);
  upstream.may_go_on = true;
  void* result = nullptr;
  ::pthread_join(thread, &result);
  CHECK(result == PTHREAD_CANCELED);
  CHECK(upstream.is_served);
}

}  // namespace

TEST_CASE("cancellation waits until upstream has given memory", "[monotonic]") {
  SlowUpstream upstream;
  CancelIn(upstream);
}

TEST_CASE("cancellation waits until upstream has taken memory back", "[monotonic]") {
  SlowUpstream upstream;
  upstream.slow_in_allocate = false;
  CancelIn(upstream);
}
#endif
