// SPDX-License-Identifier: Apache-2.0
//
// Allocate without arguments value-initialises, AllocateForOverwrite default-initialises.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstring>
#include <string>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

namespace {

struct Plain {
  unsigned char bytes[64];
  int number;
};

struct WithDefaults {
  int number = 7;
  std::string text = "seven";
};

// Has the arena hand out bytes that are not zero.
void Dirty(arena::Arena& a) {
  void* const bytes = a.Alloc(1024);
  std::memset(bytes, 0xAB, 1024);
  asm volatile("" : : "r"(bytes) : "memory");
  a.Reset();
}

unsigned SumOf(const Plain* plain) {
  asm volatile("" : : "r"(plain) : "memory");  // or the compiler may say that nothing was there
  unsigned sum = 0;
  for (const unsigned char byte : plain->bytes) sum += byte;
  return sum;
}

}  // namespace

TEST_CASE("Allocate without arguments value-initialises") {
  arena::MonotonicArena a;
  Dirty(a);
  CHECK(*arena::Allocate<int>(a) == 0);
  CHECK(*arena::Allocate<double>(a) == 0.0);
  CHECK(*arena::Allocate<int*>(a) == nullptr);
  const Plain* const plain = arena::Allocate<Plain>(a);
  CHECK(SumOf(plain) == 0);
  CHECK(plain->number == 0);
  const Plain* const tried = arena::TryAllocate<Plain>(a);
  CHECK(SumOf(tried) == 0);
}

TEST_CASE("Allocate without arguments keeps default member initialisers") {
  arena::MonotonicArena a;
  Dirty(a);
  const WithDefaults* const object = arena::Allocate<WithDefaults>(a);
  CHECK(object->number == 7);
  CHECK(object->text == "seven");
}

TEST_CASE("AllocateForOverwrite leaves trivial members as the memory was", "[places]") {
  arena::MonotonicArena a;
  Dirty(a);
  CHECK(SumOf(arena::AllocateForOverwrite<Plain>(a)) == 64 * 0xAB);
}

TEST_CASE("AllocateForOverwrite runs a default constructor and the destructor") {
  arena_test::LifetimeLog log;
  {
    arena::MonotonicArena a;
    CHECK(arena::AllocateForOverwrite<arena_test::Tracked>(a)->Id() == 0);
    CHECK(log.Live() == 1);
  }
  CHECK(log.Check() == "");
}

TEST_CASE("Allocate takes the bytes of the object and its padding, and no more") {
  arena::MonotonicArena a;
  arena::Allocate<char>(a, 'x');
  CHECK(a.Len() == 1);
  arena::Allocate<std::uint64_t>(a, 1u);
  constexpr std::size_t kBoth = alignof(std::uint64_t) + 8;
  CHECK(a.Len() == kBoth);
  static_cast<void>(arena::TryAllocate<char>(a, 'y'));
  CHECK(a.Len() == kBoth + 1);
  static_cast<void>(arena::AllocateForOverwrite<std::uint32_t>(a));
  CHECK(a.Len() == kBoth + 8);
}
