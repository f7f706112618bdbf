// SPDX-License-Identifier: Apache-2.0
//
// A constructor that throws: no record, and in the arena's own window no byte.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/custom_arenas.hpp"
#include "support/lifetime.hpp"

using arena::Allocate;
using arena_test::ConstructionError;
using arena_test::LifetimeLog;

namespace {

struct alignas(32) Thrower {
  Thrower() { throw ConstructionError(); }
  explicit Thrower(arena::Arena& a) {
    a.Alloc(10, 1);
    throw ConstructionError();
  }
  ~Thrower() { ++destroyed; }
  static inline int destroyed = 0;
  char bytes[32];
};

// Registers an object, then throws.
struct RegistersAndThrows {
  explicit RegistersAndThrows(arena::Arena& a) {
    Allocate<arena_test::Tracked>(a, 7);
    throw ConstructionError();
  }
  ~RegistersAndThrows() { ++destroyed; }
  static inline int destroyed = 0;
};

struct Big {
  Big() { throw ConstructionError(); }
  ~Big() {}
  char bytes[100000];
};

}  // namespace

TEST_CASE("a throwing constructor leaves Len as it was, the padding included") {
  Thrower::destroyed = 0;
  arena::MonotonicArena a;
  a.Alloc(1, 1);
  CHECK_THROWS_AS(Allocate<Thrower>(a), ConstructionError);
  CHECK(a.Len() == 1);
  CHECK_THROWS_AS(arena::TryAllocate<Thrower>(a), ConstructionError);
  CHECK(a.Len() == 1);
  CHECK_THROWS_AS(arena::AllocateForOverwrite<Thrower>(a), ConstructionError);
  CHECK(a.Len() == 1);
  CHECK(a.Stats().records == 0);
  a.Alloc(1, 1);
  CHECK(a.Len() == 2);
  a.Reset();
  CHECK(Thrower::destroyed == 0);
}

TEST_CASE("Peak remembers the object that could not be constructed") {
  arena::MonotonicArena a;
  CHECK_THROWS_AS(Allocate<Thrower>(a), ConstructionError);
  CHECK(a.Len() == 0);
  CHECK(a.Peak() >= sizeof(Thrower));
}

TEST_CASE("a throwing constructor in a window just entered leaves Len as it was") {
  arena::MonotonicArena a({.min_buffer_size = 256, .max_buffer_size = 256});
  a.Alloc(250, 1);
  CHECK_THROWS_AS(Allocate<Thrower>(a), ConstructionError);
  CHECK(a.Len() == 250);
  CHECK(a.Cap() == 512);  // the buffer that it brought stays
}

TEST_CASE("what the constructor allocated itself stays, and nothing breaks") {
  arena::MonotonicArena a;
  CHECK_THROWS_AS(Allocate<Thrower>(a, a), ConstructionError);
  CHECK(a.Len() >= sizeof(Thrower) + 10);
  CHECK(a.Stats().records == 0);
  CHECK(*Allocate<int>(a, 3) == 3);
}

TEST_CASE("what the constructor registered dies at Reset, the object does not") {
  LifetimeLog log;
  RegistersAndThrows::destroyed = 0;
  arena::MonotonicArena a;
  CHECK_THROWS_AS(Allocate<RegistersAndThrows>(a, a), ConstructionError);
  CHECK(log.Live() == 1);
  a.Reset();
  CHECK(RegistersAndThrows::destroyed == 0);
  CHECK(log.Check() == "");
}

TEST_CASE("a throwing constructor in an oversized chunk costs memory and no more") {
  arena::MonotonicArena a;
  CHECK_THROWS_AS(Allocate<Big>(a), ConstructionError);
  CHECK(a.Stats().records == 0);
  const std::size_t cap = a.Cap();
  a.Reset();
  CHECK(a.Len() == 0);
  CHECK_THROWS_AS(Allocate<Big>(a), ConstructionError);
  CHECK(a.Cap() == cap);
}

TEST_CASE("through a decorator only the padding stays") {
  arena::MonotonicArena base;
  arena::ConcurrentArena a(base);
  a.Alloc(1, 1);
  CHECK_THROWS_AS(Allocate<Thrower>(a), ConstructionError);
  CHECK(base.Len() <= 32);
  CHECK(base.Stats().records == 0);
}

TEST_CASE("in a windowless arena the block stays until Reset") {
  arena_test::CheckingResource upstream;
  arena_test::WindowlessArena a(upstream);
  CHECK_THROWS_AS(Allocate<Thrower>(a), ConstructionError);
  CHECK(a.Blocks() == 1);
  a.Reset();
  CHECK(upstream.Check() == "");
}

TEST_CASE("a throwing constructor inside a scope leaves Len as it was") {
  arena::MonotonicArena a;
  a.Alloc(3, 1);
  {
    const arena::ArenaScope scope(a);
    CHECK_THROWS_AS(Allocate<Thrower>(a), ConstructionError);
    CHECK(a.Len() == 3);
    a.Alloc(1, 1);
    CHECK_THROWS_AS(Allocate<Thrower>(a), ConstructionError);
    CHECK(a.Len() == 4);
  }
  CHECK(a.Len() == 3);
}

TEST_CASE("a callable that throws while it is stored is not called") {
  struct Callable {
    explicit Callable(bool* c) : called(c) {}
    Callable(const Callable& other) : called(other.called) { throw ConstructionError(); }
    void operator()() const { *called = true; }
    bool* called;
  };
  bool called = false;
  arena::MonotonicArena a;
  a.Alloc(1, 1);
  CHECK_THROWS_AS(arena::Defer(a, Callable(&called)), ConstructionError);
  CHECK(a.Len() == 1);
  CHECK(a.Stats().records == 0);
  a.Reset();
  CHECK_FALSE(called);
}
