// SPDX-License-Identifier: Apache-2.0
//
// ARENA_HEAP=1, without a tool that watches: each allocation is a block of the global heap that lives as
// long as the allocation does, and the figures are those of the arena without the knob.
// needs: plain
#define ARENA_HEAP 1
#include <arena/arena.hpp>
#include <arena/pool.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory_resource>
#include <new>
#include <thread>

#include "support/aligned_malloc.hpp"
#include "support/check.hpp"

namespace {

using arena_test::Check;

// The blocks that allocations have.
constexpr int kMost = 1000;
void* blocks[kMost] = {};
int live = 0;
bool heap_is_empty = false;

bool Replace(const void* old, void* by) {
  for (void*& block : blocks) {
    if (block != old) continue;
    block = by;
    return true;
  }
  return false;
}

}  // namespace

// What arenas call for their blocks, and nothing else in this program does.
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  if (heap_is_empty) return nullptr;
  const auto least =
      static_cast<std::size_t>(alignment) < 64 ? 64 : static_cast<std::size_t>(alignment);
  void* const block = arena_test::AlignedMalloc(size, least);
  if (Replace(nullptr, block)) ++live;
  return block;
}
// What others call for over-aligned objects, which the same operator delete frees.
void* operator new(std::size_t size, std::align_val_t alignment) {
  void* const block = arena_test::AlignedMalloc(size, static_cast<std::size_t>(alignment));
  if (block == nullptr) std::abort();
  return block;
}
void operator delete(void* block, std::align_val_t) noexcept {
  if (Replace(block, nullptr)) --live;
  arena_test::AlignedFree(block);
}

namespace {

struct Node {
  Node() = default;
  ~Node() { ++destroyed; }
  static inline int destroyed = 0;
};
struct alignas(64) Throwing {
  Throwing() { throw 1; }
};

void LiveAsLongAsTheyAre() {
  alignas(16) static std::byte storage[256];
  arena::MonotonicArena a({.min_buffer_size = 1024, .initial_buffer = storage});
  Check(live == 0, "an arena without allocations has no blocks");
  const auto* const first = static_cast<std::byte*>(a.Alloc(100, 1));
  Check(live == 1 && (first < storage || first >= storage + sizeof(storage)), "a block of its own");
  a.Alloc(5000);
  Check(live == 2, "an oversized one is one, too");
  Check(a.Owns(first) && a.Owns(first + 99) && !a.Owns(first + 100),
        "the arena owns it to its end");
  {
    const arena::ArenaScope outer(a);
    a.Alloc(10);
    {
      const arena::ArenaScope inner(a);
      a.Alloc(10);
      a.Alloc(5000);
      Check(live == 5, "those of scopes");
    }
    Check(live == 3, "go with the innermost scope");
    a.Alloc(10);
  }
  Check(live == 2, "go with the outer scope");
  arena::Allocate<Node>(a);
  a.Reset();
  Check(live == 0 && Node::destroyed == 1, "Reset frees them, after the destructors");
  a.Alloc(1);
  a.Release();
  Check(live == 0, "Release frees them");
  {
    arena::MonotonicArena without_chunks({.min_buffer_size = 0});
    without_chunks.Alloc(10);
    without_chunks.Reset();
    Check(live == 0, "Reset frees them where there is no window");
    arena::ConcurrentArena shared(without_chunks);
    shared.Alloc(10);
    Check(live == 1, "a decorator adds no block");
    shared.Reset();
    Check(live == 0, "Reset through a decorator frees them");
    arena::MonotonicArena child({.upstream = &a});
    child.Alloc(1);
    Check(live == 2, "one for the child's chunk, one for the allocation");
  }
  Check(live == 1, "the end of an arena frees them");
  a.Release();
}

void GivenBack() {
  arena::MonotonicArena a;
  a.Alloc(8);
  const std::size_t len = a.Len();
  auto* const block = static_cast<char*>(a.Alloc(100, 8));
  Check(!a.TryResize(block, 100, 101), "a block cannot grow");
  Check(a.TryResize(block, 100, 50) && a.Len() == len + 50 && live == 2, "it can shrink");
  Check(!a.TryResize(block, 100, 20), "not with a size that it no longer has");
  Check(a.TryResize(block, 50, 0) && a.Len() == len && live == 1, "it can be given back");
  Check(!a.TryResize(block, 50, 0), "once");
#if ARENA_EXCEPTIONS
  try {
    arena::Allocate<Throwing>(a);
    Check(false, "the constructor throws");
  } catch (int) {
    Check(a.Len() == len && live == 1, "an object whose constructor throws is given back");
  }
#endif
  auto* const before = static_cast<char*>(a.Alloc(10, 1));
  const arena::ArenaScope scope(a);
  Check(!a.TryResize(before, 10, 0), "what was there before a scope stays");
  // A container may outlive its memory, and another block may have its address then.
  a.deallocate(before, 10, 1);
  Check(live == 2, "deallocate frees nothing where no tool keeps addresses apart");
}

void FiguresAsWithout() {
  arena::MonotonicArena a({.limit = 32 * 1024});
  a.Alloc(100, 1);
  a.Alloc(200, 1);
  Check(a.Len() == 300 && a.Cap() == 32768 && a.Peak() == 300, "packing is exact");
  Check(a.TryAlloc(32768) == nullptr && a.Len() == 300, "the limit is the arena's");
  Check(a.TryAlloc(32000) != nullptr, "up to its end");
  a.Reset();
  Check(a.Len() == 0 && a.Cap() == 32768, "Reset keeps the memory");
  for (std::size_t alignment = 1; alignment <= 8192; alignment *= 2) {
    auto* const block = static_cast<char*>(a.Alloc(3, alignment));
    std::memset(block, 1, 3);
    Check(reinterpret_cast<std::uintptr_t>(block) % alignment == 0, "blocks are aligned");
  }
  heap_is_empty = true;
  const auto* const piece = static_cast<std::byte*>(a.TryAlloc(10));
  heap_is_empty = false;
  Check(piece != nullptr && a.Owns(piece), "without memory in the heap the arena's own is used");
}

void ARefusedResizeTakesNothing() {
  arena::VirtualArena a;
  void* const block = a.Alloc(100);
  const std::size_t cap = a.Cap();
  Check(!a.TryResize(block, 100, std::size_t{8} << 20), "a block of the heap does not grow");
  Check(a.Cap() == cap && a.Len() == 100, "and what is refused changes nothing");
}

void AResourceFails() {
  std::pmr::memory_resource* const before =
      arena::SetHeapResource(std::pmr::null_memory_resource());
  {
    arena::MonotonicArena a;
    const void* const piece = a.TryAlloc(10);
    Check(piece != nullptr && a.Owns(piece) && live == 0,
          "where the resource has no memory, the arena's own is used");
  }
  Check(arena::SetHeapResource(before) == std::pmr::null_memory_resource(),
        "the resource that was set is returned");
}

void Threads() {
  arena::MonotonicArena a;
  arena::ThreadCachedArena shared(a);
  std::thread([&shared] {
    arena::ThreadCachedArena::Local local(shared);
    for (int i = 0; i < 100; ++i) std::memset(local->Alloc(100), 1, 100);
    for (int i = 0; i < 100; ++i) arena::Allocate<Node>(shared);
    std::memset(shared.Alloc(1 << 20), 1, 1 << 20);
  }).join();
  Check(live > 201 && shared.Len() >= 100 * 100 + (1 << 20), "those of a thread");
  shared.Reset();
  Check(live == 0 && Node::destroyed == 101, "Reset of the arena that threads share frees them");
  {
    arena::ArenaPool pool;
    arena::ArenaLease lease = pool.Acquire(1);
    const int before = live;
    lease->Alloc(10);
    Check(live == before + 1, "a lease has them");
    lease.Return();
    Check(live == before, "the end of a lease frees them");
  }
}

}  // namespace

int main() {
  LiveAsLongAsTheyAre();
  Check(live == 0, "none is lost");
  GivenBack();
  Check(live == 0, "none of those that were given back is lost");
  FiguresAsWithout();
  ARefusedResizeTakesNothing();
  AResourceFails();
  Threads();
  Check(live == 0, "none is lost at the end");
  return arena_test::ExitStatus();
}
