// SPDX-License-Identifier: Apache-2.0
//
// An upstream that is asked for memory may have the arena that asks free what it does not use: as a
// budget's pressure callback does.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"

namespace {

class Shrinking final : public std::pmr::memory_resource {
 public:
  explicit Shrinking(std::pmr::memory_resource& upstream) : upstream_(upstream) {}
  arena::MonotonicArena* served = nullptr;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (served != nullptr) served->ShrinkTo(0);
    return upstream_.allocate(bytes, alignment);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    upstream_.deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::pmr::memory_resource& upstream_;
};

}  // namespace

TEST_CASE("an arena may be shrunk while it asks for memory") {
  arena_test::CheckingResource heap;
  Shrinking upstream(heap);
  {
    arena::MonotonicArena a({.min_buffer_size = 1024, .upstream = &upstream});
    upstream.served = &a;
    SECTION("by Reserve, with the window's chunk unused") { a.Reserve(100'000); }
    SECTION("by a request that the window does not hold") { a.Alloc(5000); }
    SECTION("by a cleanup without room") {
      a.Alloc(1024 - 8, 1);
      arena::Defer(a, [] {});
    }
    SECTION("after a round that left spares") {
      for (int i = 0; i < 100; ++i) a.Alloc(500);
      a.Reset();
      a.Reserve(1'000'000);
    }
    a.Alloc(300'000);
    const arena::ArenaStats stats = a.Stats();
    CHECK(stats.cap == stats.len + stats.records + stats.waste + stats.free);
    a.Reset();
    a.Alloc(100);
  }
  CHECK(heap.Check() == "");
}
