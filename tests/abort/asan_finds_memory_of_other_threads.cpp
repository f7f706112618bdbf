// SPDX-License-Identifier: Apache-2.0
//
// AddressSanitizer reports the use of memory in the windows of a ThreadCachedArena that is not handed
// out, on whatever thread, and of what a Reset has taken back.
// needs: asan
// expect(behind_the_last): AddressSanitizer: use-after-poison
// expect(behind_the_last_of_another_thread): AddressSanitizer: use-after-poison
// expect(behind_the_last_of_a_local): AddressSanitizer: use-after-poison
// expect(in_a_later_window): AddressSanitizer: use-after-poison
// expect(at_the_end_of_a_window): AddressSanitizer: use-after-poison
// expect(after_shrink): AddressSanitizer: use-after-poison
// expect(after_take_back): AddressSanitizer: use-after-poison
// expect(after_deallocate): AddressSanitizer: use-after-poison
// expect(after_deallocate_through_a_local): AddressSanitizer: use-after-poison
// expect(after_reset): AddressSanitizer: use-after-poison
// expect(after_reset_of_the_base): AddressSanitizer: use-after-poison
// expect(after_scope_of_the_base): AddressSanitizer: use-after-poison
// expect(after_release): AddressSanitizer: (heap-use-after-free|use-after-poison)
#include <arena/arena.hpp>
#include <cstddef>
#include <optional>
#include <string_view>
#include <thread>

namespace {

using arena::ThreadCachedArena;

// A block that may be used to its ends.
volatile char* Block(arena::Arena& a, std::size_t size = 64) {
  auto* block = static_cast<volatile char*>(a.Alloc(size, 8));
  block[0] = 1;
  block[size - 1] = 1;
  return block;
}

void* Plain(volatile char* block) { return const_cast<char*>(block); }

void Run(std::string_view misuse) {
  arena::MonotonicArena base({.min_buffer_size = 1 << 20});
  std::optional<arena::ArenaScope> scope;
  if (misuse == "after_scope_of_the_base") scope.emplace(base);
  ThreadCachedArena shared(base);
  volatile char* stale = nullptr;
  if (misuse == "behind_the_last") {
    stale = Block(shared) + 64;
  } else if (misuse == "behind_the_last_of_another_thread") {
    std::thread([&] { stale = Block(shared) + 64; }).join();
  } else if (misuse == "behind_the_last_of_a_local") {
    const ThreadCachedArena::Local local(shared);
    stale = Block(*local) + 64;
  } else if (misuse == "in_a_later_window") {
    for (int i = 0; i < 100; ++i) stale = Block(shared, 200) + 200;
  } else if (misuse == "at_the_end_of_a_window") {
    stale = Block(shared, 1);
    std::size_t size = 1;
    while (shared.TryResize(Plain(stale), size, size + 1)) ++size;
    stale += size + 8;
  } else if (misuse == "after_shrink") {
    stale = Block(shared);
    if (shared.TryResize(Plain(stale), 64, 8)) stale += 8;
  } else if (misuse == "after_take_back") {
    stale = Block(shared);
    static_cast<void>(shared.TryResize(Plain(stale), 64, 0));
  } else if (misuse == "after_deallocate") {
    stale = Block(shared);
    shared.deallocate(Plain(stale), 64, 8);
  } else if (misuse == "after_deallocate_through_a_local") {
    const ThreadCachedArena::Local local(shared);
    stale = Block(*local);
    local->deallocate(Plain(stale), 64, 8);
  } else {
    std::thread([&] { stale = Block(shared); }).join();
    if (misuse == "after_reset") shared.Reset();
    if (misuse == "after_reset_of_the_base") base.Reset();
    if (misuse == "after_scope_of_the_base") scope.reset();
    if (misuse == "after_release") shared.Release();
  }
  *stale = 2;
}

}  // namespace

int main(int, char** arguments) { Run(arguments[1]); }
