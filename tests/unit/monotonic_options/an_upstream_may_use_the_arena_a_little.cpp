// SPDX-License-Identifier: Apache-2.0
//
// What upstream does to the arena that it serves, within a call of it, finds the arena whole: it may
// allocate what needs no call of upstream, and have the arena free or forget memory.
#include <arena/arena.hpp>
#include <arena/budget.hpp>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <vector>

#include "support/catch.hpp"

namespace {

// Allocates from an arena whenever it frees a block, as one does that logs.
class LoggingResource final : public std::pmr::memory_resource {
 public:
  arena::Arena* served = nullptr;
  std::size_t wanted = 0;
  std::vector<void*> pieces{};

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    if (served != nullptr) {
      pieces.push_back(served->Alloc(wanted, 1));
      std::memset(pieces.back(), 'l', wanted);
    }
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace

TEST_CASE("what upstream takes from the arena while the arena frees spares is the arena's") {
  LoggingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1 << 20, .upstream = &upstream});
  for (int i = 0; i < 8; ++i) a.Alloc(std::size_t{1} << 19);  // chunks
  for (int i = 0; i < 8; ++i) a.Alloc(std::size_t{3} << 20);  // oversized ones
  a.Reset();
  static_cast<void>(a.Alloc(100));  // the window stays
  upstream.served = &a;
  upstream.wanted = GENERATE(std::size_t{64}, std::size_t{5000});
  a.ShrinkTo(std::size_t{2} << 20);
  upstream.served = nullptr;
  REQUIRE_FALSE(upstream.pieces.empty());
  for (void* const piece : upstream.pieces) {
    CHECK(a.Owns(piece));
    for (std::size_t i = 0; i < upstream.wanted; ++i) {
      REQUIRE(static_cast<const char*>(piece)[i] == 'l');
    }
  }
  CHECK(a.Len() == 100 + upstream.pieces.size() * upstream.wanted);
  const arena::ArenaStats stats = a.Stats();
  CHECK(stats.cap == stats.len + stats.records + stats.waste + stats.free);
}

namespace {

// Asks an arena, whenever that has a block freed, whether it still has the memory there.
class AskingResource final : public std::pmr::memory_resource {
 public:
  const arena::MonotonicArena* served = nullptr;
  std::size_t freed = 0;
  std::size_t owned = 0;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    ++freed;
    if (served->Owns(static_cast<std::byte*>(block) + bytes / 2)) ++owned;
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

}  // namespace

TEST_CASE("an arena owns no memory that it is just having freed") {
  AskingResource upstream;
  arena::MonotonicArena a({.min_buffer_size = 1 << 20, .upstream = &upstream});
  upstream.served = &a;
  for (int i = 0; i < 8; ++i) a.Alloc(std::size_t{1} << 19);  // chunks
  for (int i = 0; i < 8; ++i) a.Alloc(std::size_t{3} << 20);  // oversized ones
  const std::size_t chunks = a.Stats().buffers;
  SECTION("spares") {
    a.Reset();
    a.ShrinkTo(0);
  }
  SECTION("all") { a.Release(); }
  CHECK(upstream.freed == chunks);
  CHECK(upstream.owned == 0);
}

TEST_CASE("an arena that is reset under pressure, within an allocation, loses no chunk") {
  arena::MonotonicArena* asking = nullptr;
  int resets = 0;
  arena::Budget budget(
      {.name = "cache", .soft_limit = 300'000, .on_pressure = [&](arena::Budget&, std::size_t) {
         asking->Reset();
         ++resets;
         return true;
       }});
  {
    arena::MonotonicArena cache({.upstream = &budget});
    asking = &cache;
    while (resets == 0) std::memset(cache.Alloc(50'000), 1, 50'000);
    CHECK(cache.Len() == 50'000);
    cache.Reset();
    CHECK(cache.Len() == 0);
    cache.Release();
    CHECK(cache.Cap() == 0);
    CHECK(budget.Used() == 0);
  }
}
