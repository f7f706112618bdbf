// SPDX-License-Identifier: Apache-2.0
//
// The checking upstream notices what it is there to notice.
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"

using arena_test::CheckingResource;
using arena_test::Failure;

namespace {

// The compiler knows what allocate promises, and must forget it where a test breaks that promise.
void* Hide(void* block) {
  asm volatile("" : "+r"(block) : : "memory");
  return block;
}

}  // namespace

TEST_CASE("the checking resource is quiet about correct use", "[support]") {
  CheckingResource upstream;
  void* small_block = upstream.allocate(24, 8);
  void* aligned_block = upstream.allocate(100, 256);
  CHECK(reinterpret_cast<std::uintptr_t>(aligned_block) % 256 == 0);
  CHECK(upstream.LiveBytes() == 124);
  CHECK(upstream.LiveBlocks() == 2);
  CHECK(static_cast<unsigned char*>(small_block)[23] == 0xCD);
  CHECK(upstream.Holds(small_block, 24));
  CHECK_FALSE(upstream.Holds(small_block, 25));
  CHECK_FALSE(upstream.Holds(static_cast<char*>(small_block) - 1));
  upstream.deallocate(small_block, 24, 8);
  upstream.deallocate(aligned_block, 100, 256);
  CHECK(upstream.Check() == "");
  CHECK(upstream.Calls() == 4);
  CHECK(upstream.PeakBytes() == 124);
}

TEST_CASE("the checking resource reports wrong use", "[support]") {
  CheckingResource upstream;
  SECTION("a leak") {
    void* block = upstream.allocate(24, 8);
    CHECK(upstream.TakeProblems() == "1 blocks of 24 bytes in all were not given back; ");
    static_cast<void>(block);
  }
  SECTION("a wrong size") {
    upstream.deallocate(upstream.allocate(24, 8), 25, 8);
    CHECK(upstream.TakeProblems().find("given back with size 25") != std::string::npos);
  }
  SECTION("a wrong alignment") {
    upstream.deallocate(upstream.allocate(24, 8), 24, 16);
    CHECK(upstream.TakeProblems().find("alignment 16") != std::string::npos);
  }
  SECTION("a block given back twice") {
    void* block = upstream.allocate(24, 8);
    upstream.deallocate(block, 24, 8);
    upstream.deallocate(block, 24, 8);
    CHECK(upstream.TakeProblems().find("not a live block") != std::string::npos);
  }
  SECTION("a byte written behind the block") {
    auto* block = static_cast<unsigned char*>(Hide(upstream.allocate(24, 8)));
    block[24] = 1;
    CHECK(upstream.Errors().find("outside a block") != std::string::npos);
    upstream.deallocate(block, 24, 8);
    CHECK(upstream.TakeProblems().find("outside a block") != std::string::npos);
  }
  SECTION("a byte written in front of the block") {
    auto* block = static_cast<unsigned char*>(Hide(upstream.allocate(24, 8)));
    block[-1] = 1;
    upstream.deallocate(block, 24, 8);
    CHECK(upstream.TakeProblems().find("outside a block") != std::string::npos);
  }
}

TEST_CASE("the checking resource fails when told to", "[support]") {
  CheckingResource upstream;
  SECTION("once") {
    upstream.FailAt(2);
    upstream.deallocate(upstream.allocate(1, 1), 1, 1);
    CHECK_THROWS_AS(upstream.allocate(1, 1), std::bad_alloc);
    upstream.deallocate(upstream.allocate(1, 1), 1, 1);
  }
  SECTION("from then on, with something that is no exception class") {
    upstream.FailFrom(1, Failure::kInt);
    CHECK_THROWS_AS(upstream.allocate(1, 1), int);
    CHECK_THROWS_AS(upstream.allocate(1, 1), int);
    upstream.FailNever();
    upstream.deallocate(upstream.allocate(1, 1), 1, 1);
  }
  SECTION("with a null pointer") {
    upstream.FailAt(1, Failure::kNull);
    CHECK(Hide(upstream.allocate(1, 1)) == nullptr);
  }
  SECTION("for what is too large to be meant") {
    CHECK_THROWS_AS(upstream.allocate(PTRDIFF_MAX, 1), std::bad_alloc);
  }
  CHECK(upstream.Check() == "");
  CHECK(upstream.Failures() > 0);
}

TEST_CASE("hostile placement aligns to the request and no more", "[support]") {
  CheckingResource upstream({.hostile = true});
  for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2) {
    CAPTURE(alignment);
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
      void* block = upstream.allocate(size, alignment);
      CHECK(reinterpret_cast<std::uintptr_t>(block) % (2 * alignment) == alignment);
      upstream.deallocate(block, size, alignment);
    }
  }
  CHECK(upstream.Check() == "");
}
