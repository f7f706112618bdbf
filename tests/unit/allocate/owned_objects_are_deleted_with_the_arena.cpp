// SPDX-License-Identifier: Apache-2.0
//
// Own: objects of the heap, with every kind of deleter.
#include <arena/arena.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

using arena::Own;
using arena_test::LifetimeLog;
using arena_test::Tracked;

namespace {

int deleted = 0;

void DeleteTracked(Tracked* object) {
  ++deleted;
  delete object;
}

struct Stateless {
  void operator()(Tracked* object) const { DeleteTracked(object); }
};
struct FinalStateless final {
  void operator()(Tracked* object) const { DeleteTracked(object); }
};
struct Stateful {
  int* count;
  void operator()(Tracked* object) {
    ++*count;
    delete object;
  }
};
// Empty, but it cannot be made anew: the one that came with the pointer has to be kept.
struct EmptyWithoutDefault {
  explicit EmptyWithoutDefault(int) {}
  void operator()(Tracked* object) const { DeleteTracked(object); }
};

struct Base {
  virtual ~Base() = default;
  Tracked member{5};
};
struct OwnedDerived : Base {
  Tracked another{6};
};

}  // namespace

TEST_CASE("Own returns the object and deletes it once, at Reset") {
  LifetimeLog log;
  arena::MonotonicArena a;
  auto object = std::make_unique<Tracked>(1);
  Tracked* const raw = object.get();
  Tracked* const owned = Own(a, std::move(object));
  CHECK(owned == raw);
  CHECK(owned->Id() == 1);
  CHECK(log.Live() == 1);
  a.Reset();
  CHECK(log.Check() == "");
  CHECK(log.Destructions() == 1);
}

TEST_CASE("null stays null and costs nothing") {
  arena::MonotonicArena a;
  int count = 0;
  CHECK(Own(a, std::unique_ptr<Tracked>()) == nullptr);
  CHECK(Own(a, std::unique_ptr<Tracked[]>()) == nullptr);
  CHECK(Own(a, std::unique_ptr<Tracked, Stateful>(nullptr, Stateful{&count})) == nullptr);
  CHECK(a.Len() == 0);
  CHECK(a.Stats().records == 0);
  a.Reset();
  CHECK(count == 0);
}

TEST_CASE("every kind of deleter is called, once") {
  LifetimeLog log;
  deleted = 0;
  int count = 0;
  {
    arena::MonotonicArena a;
    auto* const raw = new Tracked(1);
    SECTION("stateless") { CHECK(Own(a, std::unique_ptr<Tracked, Stateless>(raw)) == raw); }
    SECTION("final") { CHECK(Own(a, std::unique_ptr<Tracked, FinalStateless>(raw)) == raw); }
    SECTION("with a state") {
      CHECK(Own(a, std::unique_ptr<Tracked, Stateful>(raw, Stateful{&count})) == raw);
    }
    SECTION("by reference") {
      static Stateful deleter{nullptr};
      deleter.count = &count;
      CHECK(Own(a, std::unique_ptr<Tracked, Stateful&>(raw, deleter)) == raw);
    }
    SECTION("empty without a default constructor") {
      using D = EmptyWithoutDefault;
      CHECK(Own(a, std::unique_ptr<Tracked, D>(raw, D(1))) == raw);
    }
    SECTION("a function") {
      using D = void (*)(Tracked*);
      CHECK(Own(a, std::unique_ptr<Tracked, D>(raw, &DeleteTracked)) == raw);
    }
    SECTION("a std::function") {
      using D = std::function<void(Tracked*)>;
      CHECK(Own(a, std::unique_ptr<Tracked, D>(raw, DeleteTracked)) == raw);
    }
    SECTION("a lambda without captures") {
      const auto lambda = [](Tracked* object) { DeleteTracked(object); };
      CHECK(Own(a, std::unique_ptr<Tracked, decltype(lambda)>(raw)) == raw);
    }
    SECTION("a lambda with captures") {
      const auto lambda = [&count](Tracked* object) {
        ++count;
        delete object;
      };
      CHECK(Own(a, std::unique_ptr<Tracked, decltype(lambda)>(raw, lambda)) == raw);
    }
    CHECK(log.Live() == 1);
    CHECK(deleted + count == 0);
  }
  CHECK(deleted + count == 1);
  CHECK(log.Check() == "");
}

TEST_CASE("an array is deleted as an array, last element first") {
  LifetimeLog log;
  arena::MonotonicArena a;
  std::unique_ptr<Tracked[]> array(new Tracked[3]{1, 2, 3});
  const Tracked* const first = Own(a, std::move(array));
  CHECK(first[2].Id() == 3);
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{3, 2, 1});
  CHECK(log.Check() == "");
}

TEST_CASE("a const object is owned too") {
  LifetimeLog log;
  arena::MonotonicArena a;
  const Tracked* const object = Own(a, std::unique_ptr<const Tracked>(new Tracked(1)));
  const Tracked* const array = Own(a, std::unique_ptr<const Tracked[]>(new Tracked[2]));
  CHECK(object->Id() == 1);
  CHECK(array[1].Id() == 0);
  a.Reset();
  CHECK(log.Check() == "");
}

TEST_CASE("a derived object is deleted through its base") {
  LifetimeLog log;
  arena::MonotonicArena a;
  Base* const base = Own(a, std::unique_ptr<Base>(std::make_unique<OwnedDerived>()));
  CHECK(base->member.Id() == 5);
  a.Reset();
  CHECK(log.Deaths() == std::vector<int>{6, 5});
}

TEST_CASE("memory of malloc is owned with free as its deleter") {
  arena::MonotonicArena a;
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  auto* const text = Own(a, std::unique_ptr<char, Free>(static_cast<char*>(std::malloc(10))));
  std::snprintf(text, 10, "%s", "text");
  CHECK(text[3] == 't');
}
