// SPDX-License-Identifier: Apache-2.0
//
// Objects of one type that lie side by side share a record, however many they are. Everything that
// comes in between ends that: another type, another cleanup, a gap, a mark.
#include <arena/detail/core/window.hpp>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include "support/catch.hpp"

namespace {

using arena::detail::Window;

std::vector<int> deaths;

template <int kKind>
struct Item {
  int id;
  ~Item() { deaths.push_back(id); }
};

// A window over its own bytes, and what its records take of them.
class Fixture {
 public:
  Fixture() {
    deaths.clear();
    window.Set(memory_.get(), memory_.get() + kBytes);
  }
  ~Fixture() { window.RunCleanups(); }

  template <int kKind>
  void Add(int id) {
    using T = Item<kKind>;
    void* place = nullptr;
    REQUIRE(window.BumpFixed<sizeof(T), alignof(T)>(&place));
    T* const item = ::new (place) T{id};
    constexpr const arena::detail::Destructor& type = arena::detail::kDestructor<T>;
    REQUIRE(((in_leaf_ && window.PushObjectInLeaf(type, item)) || window.PushObject(type, item) ||
             window.OpenSegment({type.one, item})));
  }

  std::size_t RecordBytes() const {
    return static_cast<std::size_t>(memory_.get() + kBytes - window.limit());
  }

  Window window;

 private:
  static constexpr std::size_t kBytes = 4096;
  // Both ways of registering answer alike.
  const bool in_leaf_ = GENERATE(false, true);
  std::unique_ptr<std::byte[]> memory_ = std::make_unique<std::byte[]>(kBytes);
};

constexpr std::size_t kRecord = 16;

}  // namespace

TEST_CASE("any number of neighbours takes two records beside the link") {
  Fixture f;
  f.Add<0>(0);  // opens the segment: a link and a record
  REQUIRE(f.RecordBytes() == 2 * kRecord);
  for (int id = 1; id < 100; ++id) f.Add<0>(id);
  // The first one is on its own, since opening a segment is nothing for a loop to repeat.
  CHECK(f.RecordBytes() == 4 * kRecord);
  f.window.RunCleanups();
  REQUIRE(deaths.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(deaths[static_cast<std::size_t>(i)] == 99 - i);
  CHECK(f.RecordBytes() == 0);
}

TEST_CASE("what comes between two objects gives them records of their own") {
  Fixture f;
  f.Add<0>(1);
  f.Add<0>(2);
  f.Add<0>(3);
  const std::size_t run = f.RecordBytes();
  Window::Mark mark = f.window.MarkHere();
  SECTION("an object of another type") { f.Add<1>(4); }
  SECTION("a gap") {
    void* block;
    REQUIRE(f.window.Bump(1, 1, &block));
    f.Add<0>(4);
  }
  SECTION("a mark") { f.Add<0>(4); }
  SECTION("another cleanup") {
    REQUIRE(f.window.PushCleanup({[](void*) noexcept { deaths.push_back(4); }, nullptr}));
  }
  CHECK(f.RecordBytes() == run + kRecord);
  f.window.RunCleanupsSince(mark);
  CHECK(deaths == std::vector<int>{4});
  f.window.Rewind(mark);
  CHECK(f.RecordBytes() == run);
}

TEST_CASE("one object at a time can be taken off a run") {
  Fixture f;
  for (int id = 0; id < 5; ++id) f.Add<0>(id);
  for (int id = 4; id >= 0; --id) {
    arena::Cleanup cleanup;
    REQUIRE(f.window.TakeCleanup(&cleanup, nullptr));
    cleanup.run(cleanup.object);
    CHECK(deaths.back() == id);
  }
  arena::Cleanup cleanup;
  CHECK_FALSE(f.window.TakeCleanup(&cleanup, nullptr));
  CHECK_FALSE(f.window.HasRecords());
}

TEST_CASE("a run that was shortened grows again") {
  Fixture f;
  for (int id = 0; id < 4; ++id) f.Add<0>(id);
  const std::size_t run = f.RecordBytes();
  arena::Cleanup cleanup;
  REQUIRE(f.window.TakeCleanup(&cleanup, nullptr));
  cleanup.run(cleanup.object);
  REQUIRE(f.window.Resize(cleanup.object, sizeof(Item<0>), 0));
  f.Add<0>(9);
  CHECK(f.RecordBytes() == run);
  f.window.RunCleanups();
  CHECK(deaths == std::vector<int>{3, 9, 2, 1, 0});
}
