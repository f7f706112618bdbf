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
// and not from upstream, because these tools know nothing of one that maps pages or is an arena.
//
// Without the knob everything here is empty.
#ifndef ARENA_DETAIL_CORE_HEAP_BLOCKS_HPP
#define ARENA_DETAIL_CORE_HEAP_BLOCKS_HPP

#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "sanitizer.hpp"

#if ARENA_HEAP
#include <memory>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

#if ARENA_HEAP

inline constexpr bool kHeap = true;

class HeapBlocks {
 public:
  // The block for a piece; the piece itself when the heap has no memory for one. Memory that is short
  // for the table of blocks ends the program.
  ARENA_NOINLINE void* OnHeap(void* piece, std::size_t size, std::size_t alignment) noexcept {
    void* const block = ::operator new(size, std::align_val_t{alignment}, std::nothrow);
    if (block == nullptr) return piece;
    table_->places.emplace(block, table_->blocks.size());
    table_->blocks.push_back({block, piece, size, alignment});
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

  // Frees a block; false when it is none.
  bool FreeOnHeap(const void* block) noexcept {
    Block* const found = Find(block);
    if (found != nullptr) Free(*found);
    return found != nullptr;
  }

  // FreeOnHeap of what a container returned. It may have outlived its memory, so the block is freed only
  // where the tool keeps addresses out of use for long: MemorySanitizer does not.
  bool DeallocateOnHeap(const void* block) noexcept {
    if constexpr (ARENA_ASAN != 0 || ARENA_VALGRIND != 0) return FreeOnHeap(block);
    return Find(block) != nullptr;
  }

  void FreeAllOnHeap() noexcept { FreeDownTo(0); }

  // A scope begins; its end frees the blocks since.
  void MarkOnHeap() noexcept { table_->scopes.push_back(table_->blocks.size()); }
  void RewindOnHeap() noexcept {
    FreeDownTo(table_->scopes.back());
    table_->scopes.pop_back();
  }

 protected:
  HeapBlocks() = default;
  ~HeapBlocks() { FreeAllOnHeap(); }
  HeapBlocks(const HeapBlocks&) = delete;
  HeapBlocks& operator=(const HeapBlocks&) = delete;

 private:
  struct Block {
    void* memory;  // null once it was freed
    void* piece;
    std::size_t size;
    std::size_t alignment;
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
    ::operator delete(std::exchange(block.memory, nullptr), std::align_val_t{block.alignment});
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
  static constexpr void* OnHeap(void* piece, std::size_t, std::size_t) noexcept { return piece; }
  static constexpr void* PieceOf(void* block) noexcept { return block; }
  static constexpr bool OwnsOnHeap(const void*) noexcept { return false; }
  static constexpr bool FreeOnHeap(const void*) noexcept { return false; }
  static constexpr bool DeallocateOnHeap(const void*) noexcept { return false; }
  static constexpr void FreeAllOnHeap() noexcept {}
  static constexpr void MarkOnHeap() noexcept {}
  static constexpr void RewindOnHeap() noexcept {}
};

#endif

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_HEAP_BLOCKS_HPP
