// SPDX-License-Identifier: Apache-2.0
//
// ARENA_HEAP=1: what is handed out are blocks of the global heap, one for each allocation.
//
//     window    [ piece ][ piece ]       each piece is accounted for, and stays free
//     heap      [ block ]   [ block ]    each block is used instead, and freed when its piece is
//
// The window does what it does otherwise, so every figure, limit and scope is as it is without the
// knob, while AddressSanitizer, MemorySanitizer and Valgrind know each allocation: they tell who
// allocated it and who freed it, and find what runs over its ends. The blocks come from operator new
// and not from upstream, because these tools know nothing of one that maps pages or is an arena; or
// from a resource that the program sets.
//
// Without the knob everything here is empty.
#ifndef ARENA_DETAIL_CORE_HEAP_BLOCKS_HPP
#define ARENA_DETAIL_CORE_HEAP_BLOCKS_HPP

#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "atomic_pointer.hpp"
#include "sanitizer.hpp"
#include "upstream.hpp"

#if ARENA_HEAP
#include <memory>
#include <memory_resource>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

#if ARENA_HEAP

inline constexpr bool kHeap = true;

ARENA_ONE_PER_PROGRAM inline constinit AtomicPointer<std::pmr::memory_resource*> heap_resource{
    nullptr};

class HeapBlocks {
 public:
  // The block for a piece; the piece itself when the heap has no memory for one. Memory that is short
  // for the table of blocks ends the program.
  ARENA_NOINLINE void* OnHeap(void* piece, std::size_t size, std::size_t alignment) noexcept {
    std::pmr::memory_resource* const resource = heap_resource.LoadAcquire();
    void* const block = resource != nullptr
                            ? AllocateBlock(*resource, size, alignment)
                            : ::operator new(size, std::align_val_t{alignment}, std::nothrow);
    if (block == nullptr) return piece;
    table_->places.emplace(block, table_->blocks.size());
    table_->blocks.push_back({block, piece, size, alignment, resource});
    return block;
  }

  // The piece that a block stands for; of anything else itself.
  void* PieceOf(void* block) const noexcept {
    Block* const found = Find(block);
    return found != nullptr ? found->piece : block;
  }

  bool OwnsOnHeap(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    for (const Block& block : table_->blocks) {
      const auto begin = reinterpret_cast<std::uintptr_t>(block.memory);
      if (block.memory != nullptr && address - begin < block.size) return true;
    }
    return false;
  }

  // Frees a block.
  void FreeOnHeap(const void* block) noexcept {
    if (Block* const found = Find(block)) Free(*found);
  }

  // FreeOnHeap of what a container returned; false when that is no block. It may have outlived its
  // memory, so the block is freed only where addresses are kept out of use for long: MemorySanitizer
  // does not, a resource that the program has set is there for it.
  bool DeallocateOnHeap(const void* block) noexcept {
    Block* const found = Find(block);
    if (found == nullptr) return false;
    if (ARENA_ASAN != 0 || ARENA_VALGRIND != 0 || found->resource != nullptr) Free(*found);
    return true;
  }

  void FreeAllOnHeap() noexcept { FreeDownTo(0); }

  // A scope begins; its end frees the blocks since.
  void MarkOnHeap() noexcept { table_->scopes.push_back(table_->blocks.size()); }
  void RewindOnHeap() noexcept {
    FreeDownTo(table_->scopes.back());
    table_->scopes.pop_back();
  }

 protected:
  ~HeapBlocks() { FreeAllOnHeap(); }

 private:
  struct Block {
    void* memory;  // null once it was freed
    void* piece;
    std::size_t size;
    std::size_t alignment;
    std::pmr::memory_resource* resource;  // null: operator new
  };
  struct Table {
    std::vector<Block> blocks{};                            // newest last
    std::vector<std::size_t> scopes{};                      // blocks.size() when each began
    std::unordered_map<const void*, std::size_t> places{};  // in blocks, of those in use
  };

  Block* Find(const void* block) const noexcept {
    const auto place = table_->places.find(block);
    return place != table_->places.end() ? &table_->blocks[place->second] : nullptr;
  }

  void Free(Block& block) noexcept {
    table_->places.erase(block.memory);
    MarkAllocated(block.memory, block.size);
    void* const memory = std::exchange(block.memory, nullptr);
    if (block.resource != nullptr) {
      DeallocateBlock(*block.resource, memory, block.size, block.alignment);
    } else {
      ::operator delete(memory, std::align_val_t{block.alignment});
    }
  }

  void FreeDownTo(std::size_t count) noexcept {
    for (; table_->blocks.size() > count; table_->blocks.pop_back()) {
      if (table_->blocks.back().memory != nullptr) Free(table_->blocks.back());
    }
  }

  std::unique_ptr<Table> table_ = std::make_unique<Table>();
};

#else

inline constexpr bool kHeap = false;

class HeapBlocks {
 public:
  constexpr void* OnHeap(void* piece, std::size_t, std::size_t) const noexcept { return piece; }
  constexpr void* PieceOf(void* block) const noexcept { return block; }
  constexpr bool OwnsOnHeap(const void*) const noexcept { return false; }
  constexpr void FreeOnHeap(const void*) const noexcept {}
  constexpr bool DeallocateOnHeap(const void*) const noexcept { return false; }
  constexpr void FreeAllOnHeap() const noexcept {}
  constexpr void MarkOnHeap() const noexcept {}
  constexpr void RewindOnHeap() const noexcept {}
};

#endif

}  // namespace detail

#if ARENA_HEAP
/// With ARENA_HEAP=1: where the blocks of later allocations come from, in place of operator new;
/// returns the resource before. nullptr: operator new again.
///
/// Over a GuardResource (guard.hpp) each allocation ends at an inaccessible page and traps once it is
/// freed, so that most of what AddressSanitizer finds is found without it. The resource is thread-safe
/// where arenas of several threads are, keeps what was freed out of use for some time, and outlives
/// every arena.
inline std::pmr::memory_resource* SetHeapResource(std::pmr::memory_resource* resource) noexcept {
  return detail::heap_resource.Exchange(resource);
}
#endif

ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_HEAP_BLOCKS_HPP
