// SPDX-License-Identifier: Apache-2.0
//
// Uses of memory that is not handed out, by name: for the tests of what finds them.
#ifndef ARENA_TESTS_SUPPORT_STALE_MEMORY_HPP
#define ARENA_TESTS_SUPPORT_STALE_MEMORY_HPP

#include <arena/arena.hpp>
#include <cstddef>
#include <cstdio>
#include <memory_resource>
#include <string_view>
#include <vector>

namespace arena_test {

// A block of 64 bytes that may be used to its ends.
inline volatile char* Block(arena::Arena& a, std::size_t size = 64) {
  auto* block = static_cast<volatile char*>(a.Alloc(size, 8));
  block[0] = 1;
  block[size - 1] = 1;
  return block;
}

inline void* Plain(volatile char* block) { return const_cast<char*>(block); }

// Commits the misuse of that name, on arenas with these options; ends well if nothing stops it.
inline void Commit(std::string_view misuse, arena::MonotonicArenaOptions options = {}) {
  using arena::ArenaScope;
  using arena::MonotonicArena;
  alignas(16) static std::byte storage[1024];
  arena::MonotonicArenaOptions on_storage_options = options;
  on_storage_options.initial_buffer = storage;
  options.min_buffer_size = 1024;
  MonotonicArena a(options);
  volatile char* stale = nullptr;
  if (misuse == "after_reset") {
    stale = Block(a);
    a.Reset();
  } else if (misuse == "after_reset_in_a_left_buffer") {
    stale = Block(a, 1000);
    Block(a, 1000);
    Block(a, 1000);
    a.Reset();
  } else if (misuse == "after_reset_in_a_dedicated_buffer") {
    stale = Block(a, 5000) + 4999;
    a.Reset();
  } else if (misuse == "object_after_reset") {
    volatile int* number = arena::Allocate<int>(a, 7);
    *number = 8;
    a.Reset();
    *number = 9;
  } else if (misuse == "slice_after_reset") {
    const arena::Slice<int> slice = arena::AllocateSlice<int>(a, 10);
    a.Reset();
    volatile int* last = &slice.data()[9];
    *last = 1;
  } else if (misuse == "after_release") {
    stale = Block(a);
    a.Release();
  } else if (misuse == "after_release_in_the_callers_buffer") {
    MonotonicArena on_storage(on_storage_options);
    stale = Block(on_storage);
    on_storage.Release();
    *stale = 1;
  } else if (misuse == "after_scope") {
    Block(a);
    const ArenaScope outer(a);
    {
      const ArenaScope scope(a);
      stale = Block(a);
    }
    *stale = 1;
  } else if (misuse == "after_scope_in_a_later_buffer") {
    Block(a);
    {
      const ArenaScope scope(a);
      Block(a, 960);
      stale = Block(a, 1000);
      Block(a, 1000);
    }
  } else if (misuse == "after_scope_in_a_dedicated_buffer") {
    Block(a);
    {
      const ArenaScope scope(a);
      stale = Block(a, 5000);
    }
  } else if (misuse == "after_scope_on_an_empty_arena") {
    options.initial_buffer_count = 0;
    MonotonicArena empty(options);
    {
      const ArenaScope scope(empty);
      stale = Block(empty);
    }
    *stale = 1;
  } else if (misuse == "slice_grown_in_a_scope") {
    arena::Slice<int> slice = arena::AllocateSlice<int>(a, 4);
    {
      const ArenaScope scope(a);
      slice = arena::SliceAppend(a, slice, 5);
    }
    volatile int* first = &slice.data()[0];
    *first = 1;
  } else if (misuse == "after_deallocate") {
    stale = Block(a);
    Block(a);
    a.deallocate(Plain(stale), 64, 8);
  } else if (misuse == "after_deallocate_in_a_dedicated_buffer") {
    stale = Block(a, 5000);
    a.deallocate(Plain(stale), 5000, 8);
  } else if (misuse == "vector_storage_after_growth") {
    std::pmr::vector<char> vector(64, 'x', &a);
    stale = vector.data();
    vector.resize(200);
  } else if (misuse == "after_deallocate_through_a_decorator") {
    arena::ConcurrentArena shared(a);
    stale = Block(shared);
    shared.deallocate(Plain(stale), 64, 8);
  } else if (misuse == "child_after_its_release") {
    MonotonicArena child({.min_buffer_size = 256, .upstream = &a});
    stale = Block(child);
    child.Release();
  } else if (misuse == "after_shrink") {
    stale = Block(a) + 32;
    if (!a.TryResize(Plain(stale - 32), 64, 32)) return;
  } else if (misuse == "after_take_back") {
    stale = Block(a);
    if (!a.TryResize(Plain(stale), 64, 0)) return;
  } else if (misuse == "behind_the_last") {
    stale = Block(a) + 64;
  } else if (misuse == "read_behind_the_last") {
    volatile char* block = Block(a);
    const char read = block[64];
    std::printf("%d\n", read);
  } else if (misuse == "behind_the_last_after_growth") {
    volatile char* block = Block(a);
    if (!a.TryResize(Plain(block), 64, 128)) block = Block(a, 128);
    block[127] = 1;
    stale = block + 128;
  } else if (misuse == "behind_a_dedicated_block") {
    stale = Block(a, 5000) + 5000;
  } else if (misuse == "behind_a_full_buffer") {
    stale = Block(a, 1024) + 1024;
  } else if (misuse == "behind_a_full_dedicated_block") {
    stale = Block(a, 5120) + 5120;  // a size class, which has no surplus
  } else if (misuse == "behind_a_full_inline_arena") {
    arena::InlineArena<64> small;
    *(Block(small) + 64) = 1;
  } else if (misuse == "record_taken_back") {
    volatile char* block = Block(a);
    for (int i = 0; i < 3; ++i) {
      if (!a.AddCleanup({[](void*) noexcept {}, Plain(block)})) return;
    }
    while (a.DropCleanup(Plain(block))) {
    }
    stale = block + (1024 - 24);  // behind it lies the link of the records
  } else if (misuse == "record_taken_back_by_a_thread") {
    struct Limit : arena::Arena {
      using arena::Arena::WindowLimit;
    };
    arena::ThreadCachedArena shared(a);
    const arena::ThreadCachedArena::Local local(shared);
    volatile char* block = Block(*local);
    for (int i = 0; i < 2; ++i) {
      if (!shared.AddCleanup({[](void*) noexcept {}, Plain(block)})) return;
    }
    stale = reinterpret_cast<volatile char*>(((*local).*&Limit::WindowLimit)());
    if (!shared.DropCleanup(Plain(block))) return;
  } else if (misuse == "fresh_memory") {
    stale = Block(a) + 512;
  } else if (misuse == "fresh_callers_buffer") {
    const MonotonicArena on_storage(on_storage_options);
    // Through a pointer that the compiler cannot see through: it does not check what it knows to
    // lie within a variable.
    volatile std::byte* volatile byte = &storage[500];
    *byte = std::byte{1};
  } else if (misuse == "reserved_memory") {
    a.Reserve(100000);
    stale = Block(a) + 50000;
  }
  if (stale != nullptr) *stale = 1;
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_STALE_MEMORY_HPP
