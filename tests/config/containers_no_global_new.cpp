// SPDX-License-Identifier: Apache-2.0
//
// A program that allocates only through an arena over its own storage never calls global new. It is
// a program of its own because it replaces global new.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <memory_resource>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "support/aligned_malloc.hpp"
#include "support/check.hpp"

namespace {

using arena_test::Check;

std::size_t calls_of_new = 0;

void* Count(std::size_t size) {
  ++calls_of_new;
  void* const block = std::malloc(size == 0 ? 1 : size);
  if (block == nullptr) std::abort();
  return block;
}

void* CountAligned(std::size_t size, std::align_val_t alignment) {
  ++calls_of_new;
  void* const block = arena_test::AlignedMalloc(size, static_cast<std::size_t>(alignment));
  if (block == nullptr) std::abort();
  return block;
}

// Too long for the small buffer of any string.
constexpr std::string_view kText =
    "a text that does not fit inside of a string object, wherever it is";

// Aligned more strictly than by default: with std::allocator it would call another operator new.
struct alignas(64) Wide {
  int number;
};

void UseEverything(arena::MonotonicArena& a) {
  arena::Vector<arena::String> texts(a);
  arena::Map<arena::String, arena::Vector<int>> map(a);
  arena::UnorderedMap<arena::String, arena::List<int>> table(a);
  arena::Set<arena::String> set(a);
  arena::UnorderedSet<int> numbers(a);
  arena::Deque<arena::String> queue(a);
  arena::List<arena::String> list(a);
  arena::ForwardList<arena::String> stack(a);
  arena::MultiSet<arena::String> multi_set(a);
  arena::MultiMap<int, arena::String> multi_map(a);
  arena::UnorderedMultiSet<int> unordered_multi_set(a);
  arena::UnorderedMultiMap<arena::String, int> unordered_multi_map(a);
  arena::Vector<bool> bits(a);
  arena::Vector<Wide> wide(a);
  arena::Map<int, Wide> wide_map(a);
  std::pmr::vector<std::pmr::string> pmr(&a);
  for (int i = 0; i < 100; ++i) {
    arena::String text(kText, a);
    text += std::to_string(i);  // within the small buffer of std::string
    texts.push_back(text);
    map.emplace(text, 3).first->second.push_back(i);
    table.emplace(text, 3).first->second.push_back(i);
    set.insert(text);
    numbers.insert(i);
    queue.push_front(text);
    list.push_back(text);
    stack.push_front(text);
    pmr.emplace_back(kText);
    multi_set.insert(text);
    multi_map.emplace(i % 10, kText);
    unordered_multi_set.insert(i % 10);
    unordered_multi_map.emplace(text, i);
    bits.push_back(i % 2 == 0);
    wide.push_back({i});
    wide_map[i].number = i;
    const auto shared = std::allocate_shared<Wide>(arena::Allocator<Wide>(a));
    Check(shared.use_count() == 1, "one owner");
  }
  Check(multi_set.size() == 100 && multi_map.count(3) == 10 && bits[98] && wide[50].number == 50,
        "all elements are there");
  set.erase(set.begin());
  map.erase(map.begin());
  set.insert(arena::String(kText, a));
  Check(map.find(texts[50]) != map.end() && table.contains(texts[50]), "keys are found");
  const arena::Vector<arena::String> copy(texts);
  arena::Vector<arena::String> moved(std::move(texts));
  Check(copy == moved && set.size() == 100 && numbers.size() == 100, "all elements are there");
  Check(queue.size() == list.size() && stack.front() == queue.front(), "in the right order");
}

}  // namespace

void* operator new(std::size_t size) { return Count(size); }
void* operator new[](std::size_t size) { return Count(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return CountAligned(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return CountAligned(size, alignment);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return Count(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return Count(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { arena_test::AlignedFree(block); }
void operator delete[](void* block, std::align_val_t) noexcept { arena_test::AlignedFree(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  arena_test::AlignedFree(block);
}
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
  arena_test::AlignedFree(block);
}
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { std::free(block); }

int main() {
  static std::byte storage[1024 * 1024];
  // Whatever does not come from the storage is an exception.
  arena::MonotonicArena a(
      {.initial_buffer = storage, .upstream = std::pmr::null_memory_resource()});
  const std::size_t before = calls_of_new;
  for (int round = 0; round < 3; ++round) {
    UseEverything(a);
    a.Reset();
  }
  Check(calls_of_new == before, "no call of global new");

  // The counter counts.
  const std::vector<int> heap(100);
  Check(calls_of_new == before + 1 && heap.size() == 100, "a std::vector calls global new");
  const std::vector<Wide> wide_heap(1);
  Check(calls_of_new == before + 2 && wide_heap.size() == 1, "one of wide elements, too");
  return arena_test::ExitStatus();
}
