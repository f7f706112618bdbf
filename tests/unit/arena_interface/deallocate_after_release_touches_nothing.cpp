// SPDX-License-Identifier: Apache-2.0
//
// A container that outlived the Release of its arena, or another call that frees chunks, gives back a block which is no longer the
// arena's: whoever owns that memory now may go on to use it, under AddressSanitizer too.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <new>
#include <optional>
#include <vector>

#include "support/catch.hpp"

namespace {

// Lends the same bytes again and again, like an upstream that reuses what it got back.
class OneBlockAtATime final : public std::pmr::memory_resource {
 public:
  unsigned char* bytes() noexcept { return bytes_; }
  std::size_t size() const noexcept { return sizeof(bytes_); }

 private:
  void* do_allocate(std::size_t size, std::size_t) override {
    REQUIRE(size <= sizeof(bytes_));
    return bytes_;
  }
  void do_deallocate(void*, std::size_t, std::size_t) override {}
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  alignas(64) unsigned char bytes_[4096];
};

// Keeps what it got back for a new owner, who writes it full.
class Reselling final : public std::pmr::memory_resource {
 public:
  ~Reselling() override {
    for (const Block& block : sold_) ::operator delete(block.bytes, std::align_val_t{kAlignment});
  }

  std::size_t Sold() const { return sold_.size(); }

  void FillSold() {
    for (const Block& block : sold_) std::memset(block.bytes, 0x5A, block.size);
  }

  bool SoldAreIntact() const {
    for (const Block& block : sold_) {
      for (std::size_t i = 0; i < block.size; ++i) {
        if (block.bytes[i] != 0x5A) return false;
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t kAlignment = 64;

  struct Block {
    unsigned char* bytes;
    std::size_t size;
  };

  void* do_allocate(std::size_t size, std::size_t) override {
    return ::operator new(size, std::align_val_t{kAlignment});
  }
  void do_deallocate(void* block, std::size_t size, std::size_t) override {
    sold_.push_back({static_cast<unsigned char*>(block), size});
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::vector<Block> sold_;
};

}  // namespace

TEST_CASE("deallocate of a block that the arena gave back leaves it to its new owner") {
  OneBlockAtATime upstream;
  arena::MonotonicArena a({.min_buffer_size = 2048, .upstream = &upstream});
  std::optional<std::pmr::vector<int>> late(std::in_place, 100, 7, &a);
  CHECK(a.Owns(late->data()));
  a.Release();
  std::memset(upstream.bytes(), 0x5A, upstream.size());  // the new owner's
  late.reset();
  bool intact = true;
  for (std::size_t i = 0; i < upstream.size(); ++i) intact = intact && upstream.bytes()[i] == 0x5A;
  CHECK(intact);
}

TEST_CASE("deallocate of a block that ShrinkTo or Reset freed leaves it to its new owner") {
  Reselling upstream;
  {
    arena::MonotonicArena a({.initial_buffer_count = 0, .upstream = &upstream});
    std::optional<std::pmr::vector<int>> late(std::in_place, 100000, 7, &a);
    const int* const elements = late->data();
    a.Reset();
    SECTION("ShrinkTo") { a.ShrinkTo(0); }
    SECTION("Reset after rounds that used little") {
      for (int round = 0; round < 100 && upstream.Sold() == 0; ++round) {
        a.Alloc(100);
        a.Reset();
      }
    }
    REQUIRE(upstream.Sold() == 1);
    CHECK_FALSE(a.Owns(elements));
    upstream.FillSold();
    late.reset();
    CHECK(upstream.SoldAreIntact());
  }
}
