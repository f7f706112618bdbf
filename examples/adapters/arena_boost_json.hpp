// SPDX-License-Identifier: Apache-2.0
//
// Boost.JSON values in an arena: a boost::json::memory_resource, which is Boost's, not the standard's.
//
//     adapters::BoostJsonMemory memory(a);
//     const boost::json::value& order = adapters::ParseBoostJson(memory, text);
//
// Boost.JSON knows that nothing has to be freed here (is_deallocate_trivial), so the destructor of a
// value does not walk through it. Beware:
// - storage_ptr(&memory) does not own: the arena and `memory` outlive every value that uses them.
// - A value that is copied without a storage_ptr goes to the heap, and its parts with it: write
//   boost::json::value(other, memory.storage()).
// - What is erased or outgrown keeps its memory until the arena is reset.
#pragma once

#include <arena/arena.hpp>
#include <boost/json/memory_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace adapters {

class BoostJsonMemory final : public boost::json::memory_resource {
 public:
  explicit BoostJsonMemory(arena::Arena& arena) noexcept : arena_(&arena) {}

  boost::json::storage_ptr storage() noexcept { return this; }

 private:
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    return arena_->Alloc(size, alignment);
  }
  void do_deallocate(void* block, std::size_t size, std::size_t alignment) override {
    arena_->deallocate(block, size, alignment);  // for sanitizers only
  }
  bool do_is_equal(const boost::json::memory_resource& other) const noexcept override {
    return this == &other;
  }

  arena::Arena* arena_;
};

/// A document, and what the parser needs beyond 4 KiB, in the arena of `memory`; nobody destroys it.
/// Throws boost::system::system_error when the text is not JSON.
inline boost::json::value& ParseBoostJson(BoostJsonMemory& memory, std::string_view text) {
  unsigned char stack[4096];
  boost::json::parser parser(memory.storage(), {}, stack);
  parser.reset(memory.storage());
  parser.write(boost::json::string_view(text.data(), text.size()));
  void* const place = memory.allocate(sizeof(boost::json::value), alignof(boost::json::value));
  return *::new (place) boost::json::value(parser.release());
}

}  // namespace adapters

template <>
struct boost::json::is_deallocate_trivial<adapters::BoostJsonMemory> : std::true_type {};
