// SPDX-License-Identifier: Apache-2.0
//
// RapidJSON documents in an arena: values, strings and the parser's stack.
//
//     adapters::RapidJsonAllocator memory(a);
//     adapters::RapidJsonDocument document(&memory, 1024, &memory);
//
// Beware:
// - The allocator outlives the document, the arena outlives both. Reset the arena when the document
//   is gone, or no longer used: its destructor touches nothing in the arena.
// - A document without the two pointers makes an allocator of its own, which does not know an arena:
//   its constructor throws std::logic_error.
// - Removed members keep their memory until the reset, as in RapidJSON's own MemoryPoolAllocator. A
//   deep copy of a value takes a stack from malloc while it is made.
// - When the arena is full, std::bad_alloc passes through RapidJSON: the document is good for nothing
//   but its destructor then.
#pragma once

#include <rapidjson/document.h>

#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace adapters {

class RapidJsonAllocator {
 public:
  static constexpr bool kNeedFree = false;

  explicit RapidJsonAllocator(arena::Arena& arena) noexcept : arena_(&arena) {}
  RapidJsonAllocator() { throw std::logic_error("a RapidJSON document was not told its arena"); }

  void* Malloc(std::size_t size) {
    return size != 0 ? arena_->Alloc(size, alignof(rapidjson::Value)) : nullptr;
  }

  void* Realloc(void* block, std::size_t old_size, std::size_t new_size) {
    if (new_size <= old_size) return new_size != 0 ? block : nullptr;
    if (arena_->TryResize(block, old_size, new_size)) return block;  // it was the last one
    void* const larger = Malloc(new_size);
    if (old_size != 0) std::memcpy(larger, block, old_size);
    return larger;
  }

  static void Free(void*) noexcept {}

  bool operator==(const RapidJsonAllocator&) const = default;

 private:
  arena::Arena* arena_;
};

using RapidJsonDocument =
    rapidjson::GenericDocument<rapidjson::UTF8<>, RapidJsonAllocator, RapidJsonAllocator>;
using RapidJsonValue = RapidJsonDocument::ValueType;

}  // namespace adapters
