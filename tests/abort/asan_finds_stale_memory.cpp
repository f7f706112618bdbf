// SPDX-License-Identifier: Apache-2.0
//
// AddressSanitizer reports the use of memory that is not handed out.
// needs: asan
// expect(after_reset): AddressSanitizer: use-after-poison
// expect(after_reset_in_a_left_buffer): AddressSanitizer: use-after-poison
// expect(after_reset_in_a_dedicated_buffer): AddressSanitizer: use-after-poison
// expect(object_after_reset): AddressSanitizer: use-after-poison
// expect(slice_after_reset): AddressSanitizer: use-after-poison
// expect(after_release): AddressSanitizer: (heap-use-after-free|use-after-poison)
// expect(after_release_in_the_callers_buffer): AddressSanitizer: use-after-poison
// expect(after_scope): AddressSanitizer: use-after-poison
// expect(after_scope_in_a_later_buffer): AddressSanitizer: use-after-poison
// expect(after_scope_in_a_dedicated_buffer): AddressSanitizer: use-after-poison
// expect(after_scope_on_an_empty_arena): AddressSanitizer: use-after-poison
// expect(slice_grown_in_a_scope): AddressSanitizer: use-after-poison
// expect(after_deallocate): AddressSanitizer: use-after-poison
// expect(after_deallocate_in_a_dedicated_buffer): AddressSanitizer: use-after-poison
// expect(vector_storage_after_growth): AddressSanitizer: use-after-poison
// expect(after_deallocate_through_a_decorator): AddressSanitizer: use-after-poison
// expect(child_after_its_release): AddressSanitizer: use-after-poison
// expect(after_shrink): AddressSanitizer: use-after-poison
// expect(after_take_back): AddressSanitizer: use-after-poison
// expect(behind_the_last): AddressSanitizer: use-after-poison
// expect(read_behind_the_last): AddressSanitizer: use-after-poison
// expect(behind_the_last_after_growth): AddressSanitizer: use-after-poison
// expect(behind_a_dedicated_block): AddressSanitizer: use-after-poison
// expect(fresh_memory): AddressSanitizer: use-after-poison
// expect(fresh_callers_buffer): AddressSanitizer: use-after-poison
// expect(reserved_memory): AddressSanitizer: use-after-poison
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory_resource>
#include <string_view>
#include <vector>

namespace {

using arena::ArenaScope;
using arena::MonotonicArena;

// A block of 64 bytes that may be used to its ends.
volatile char* Block(arena::Arena& a, std::size_t size = 64) {
  auto* block = static_cast<volatile char*>(a.Alloc(size, 8));
  block[0] = 1;
  block[size - 1] = 1;
  return block;
}

void* Plain(volatile char* block) { return const_cast<char*>(block); }

void Run(std::string_view misuse) {
  alignas(16) static std::byte storage[1024];
  MonotonicArena a({.min_buffer_size = 1024});
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
    MonotonicArena on_storage({.initial_buffer = storage});
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
    MonotonicArena empty({.initial_buffer_count = 0});
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
    if (!a.TryResize(Plain(block), 64, 128)) return;
    block[127] = 1;
    stale = block + 128;
  } else if (misuse == "behind_a_dedicated_block") {
    stale = Block(a, 5000) + 5000;
  } else if (misuse == "fresh_memory") {
    stale = Block(a) + 512;
  } else if (misuse == "fresh_callers_buffer") {
    const MonotonicArena on_storage({.initial_buffer = storage});
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

}  // namespace

int main(int, char** argv) {
  Run(argv[1]);
  return 0;
}
