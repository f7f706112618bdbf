// SPDX-License-Identifier: Apache-2.0
//
// Under AddressSanitizer with ARENA_HEAP=1: what is stale is reported with two stacks, who allocated it and
// who freed it, what runs over an allocation's end with the first, and nothing else is reported.
// expect(after_reset): heap-use-after-free, freed, allocated
// expect(after_reset_in_a_left_buffer): heap-use-after-free, freed, allocated
// expect(after_reset_in_a_dedicated_buffer): heap-use-after-free, freed, allocated
// expect(object_after_reset): heap-use-after-free, freed, allocated
// expect(slice_after_reset): heap-use-after-free, freed, allocated
// expect(after_release): heap-use-after-free, freed, allocated
// expect(after_release_in_the_callers_buffer): heap-use-after-free, freed, allocated
// expect(after_scope): heap-use-after-free, freed, allocated
// expect(after_scope_in_a_later_buffer): heap-use-after-free, freed, allocated
// expect(after_scope_in_a_dedicated_buffer): heap-use-after-free, freed, allocated
// expect(after_scope_on_an_empty_arena): heap-use-after-free, freed, allocated
// expect(slice_grown_in_a_scope): heap-use-after-free, freed, allocated
// expect(after_deallocate): heap-use-after-free, freed, allocated
// expect(after_deallocate_in_a_dedicated_buffer): heap-use-after-free, freed, allocated
// expect(vector_storage_after_growth): heap-use-after-free, freed, allocated
// expect(after_deallocate_through_a_decorator): heap-use-after-free, freed, allocated
// expect(child_after_its_release): heap-use-after-free, freed, allocated
// expect(after_take_back): heap-use-after-free, freed, allocated
// expect(of_another_thread): heap-use-after-free, freed, allocated
// expect(memory_that_is_in_use_again): heap-use-after-free, freed, allocated
// expect(deleted): double-free, freed, allocated
// expect(after_shrink): use-after-poison, allocated
// expect(behind_the_last): heap-buffer-overflow, allocated
// expect(read_behind_the_last): heap-buffer-overflow, allocated
// expect(behind_the_last_after_growth): heap-buffer-overflow, allocated
// expect(behind_a_dedicated_block): heap-buffer-overflow, allocated
// expect(fresh_memory): heap-buffer-overflow, allocated
// expect(into_the_neighbour): heap-buffer-overflow, allocated
// expect(in_front): heap-buffer-overflow, allocated
// expect(fresh_callers_buffer): use-after-poison
// expect(reserved_memory): AddressSanitizer
// fine(everything)
#include <sanitizer/asan_interface.h>

#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <arena/pool.hpp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory_resource>
#include <string>
#include <string_view>
#include <thread>

#include "../support/stale_memory.hpp"

static_assert(ARENA_HEAP == 1, "build it with -DARENA_HEAP=1");

namespace {

using arena::ArenaScope;
using arena::MonotonicArena;
using arena_test::Block;

// Whether the report has a stack below a line that says this.
bool HasStack(const char* report, const char* what) {
  const char* const line = std::strstr(report, what);
  if (line == nullptr) return false;
  const char* const below = std::strchr(line, '\n');
  return below != nullptr && std::strncmp(below, "\n    #0 0x", 10) == 0;
}

// Says in one line what a report has in many.
void Summarize(const char* report) {
  for (const char* kind :
       {"heap-use-after-free", "heap-buffer-overflow", "use-after-poison", "double-free"}) {
    if (std::strstr(report, kind) == nullptr) continue;
    std::fprintf(stderr, "%s%s%s\n", kind, HasStack(report, "freed by thread") ? ", freed" : "",
                 HasStack(report, "allocated by thread") ? ", allocated" : "");
    return;
  }
}

void RunMore(std::string_view misuse) {
  MonotonicArena a;
  if (misuse == "of_another_thread") {
    arena::ThreadCachedArena shared(a);
    volatile char* stale = nullptr;
    std::thread([&] { stale = Block(shared); }).join();
    shared.Reset();
    *stale = 1;
  } else if (misuse == "memory_that_is_in_use_again") {
    volatile char* const stale = Block(a);
    a.Reset();
    Block(a);
    *stale = 1;
  } else if (misuse == "deleted") {
    delete arena::Allocate<int>(a, 1);
    a.Reset();
  } else if (misuse == "into_the_neighbour") {
    volatile char* const first = Block(a, 13);
    Block(a, 13);
    first[13] = 1;
  } else if (misuse == "in_front") {
    Block(a);
    Block(a)[-1] = 1;
  }
}

// What is right is not reported, whatever the arena is.
void Everything() {
  int destroyed = 0;
  struct Counted {
    int* count;
    ~Counted() { ++*count; }
  };
  alignas(16) static std::byte storage[256];
  {
    MonotonicArena a({.initial_buffer = storage});
    arena::ConcurrentArena shared(a);
    arena::ThreadCachedArena cached(a);
    std::pmr::vector<int> outlives_the_reset(10, 1, &a);
    for (int round = 0; round < 3; ++round) {
      arena::Slice<int> slice;
      for (int i = 0; i < 1000; ++i) slice = arena::SliceAppend(a, slice, i);
      arena::ArenaBuffer buffer(a);
      for (int i = 0; i < 1000; ++i) buffer.WriteString("text");
      arena::Map<arena::String, int> map(a);
      for (int i = 0; i < 100; ++i) map.try_emplace(arena::String(std::to_string(i), a), i);
      {
        const ArenaScope scope(a);
        arena::Allocate<Counted>(a, &destroyed);
        std::memset(a.Alloc(100000, 4096), 1, 100000);
      }
      arena::Allocate<Counted>(a, &destroyed);
      std::memset(shared.Alloc(10), 1, 10);
      std::thread([&] { std::memset(cached.Alloc(10), 1, 10); }).join();
      char* const text = static_cast<char*>(a.Alloc(10, 1));
      if (!a.Owns(text) || !a.TryResize(text, 10, 5) || !a.TryResize(text, 5, 0)) {
        std::fprintf(stderr, "the last block is not resized\n");
      }
      MonotonicArena child({.upstream = &a});
      std::memset(child.Alloc(1000), 1, 1000);
      child.Release();
      map.clear();
      cached.Reset();
    }
    Block(a)[0] = 1;  // where the vector's storage might be
  }
  arena::ArenaPool pool;
  for (int i = 0; i < 10; ++i) {
    const arena::ArenaLease lease = pool.Acquire(1);
    arena::Allocate<Counted>(*lease, &destroyed);
  }
  if (destroyed != 16) std::fprintf(stderr, "%d destructors ran\n", destroyed);
}

}  // namespace

int main(int, char** argv) {
  __asan_set_error_report_callback(&Summarize);
  const std::string_view name = argv[1];
  if (name == "everything") {
    Everything();
    return 0;
  }
  arena_test::Commit(name);
  RunMore(name);
  return 0;
}
