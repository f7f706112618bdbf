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

// Its destructor tells its kind, too.
template <int kKind>
struct Item {
  int id;
  ~Item() { deaths.push_back(100 * kKind + id); }
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
  Item<kKind>* Add(int id) {
    using T = Item<kKind>;
    void* place = nullptr;
    REQUIRE(window.BumpFixed<sizeof(T), alignof(T)>(&place));
    T* const item = ::new (place) T{id};
    constexpr const arena::detail::Destructor& type = arena::detail::kDestructor<T>;
    REQUIRE((window.PushObject(type, item) || window.StartRun(type, item) ||
             window.OpenSegment({type.one, item})));
    return item;
  }

  std::size_t RecordBytes() const {
    return static_cast<std::size_t>(memory_.get() + kBytes - window.limit());
  }

  Window window;

 private:
  static constexpr std::size_t kBytes = 4096;
  std::unique_ptr<std::byte[]> memory_ = std::make_unique<std::byte[]>(kBytes);
};

constexpr std::size_t kRecord = 16;

}  // namespace

TEST_CASE("any number of neighbours takes two records beside the link", "[places]") {
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
  int expected = 4;
  SECTION("an object of another type") {
    f.Add<1>(4);
    expected = 104;
  }
  SECTION("a gap") {
    void* block = nullptr;
    REQUIRE(f.window.Bump(1, 1, &block));
    f.Add<0>(4);
  }
  SECTION("a mark") { f.Add<0>(4); }
  SECTION("another cleanup") {
    REQUIRE(f.window.PushCleanup({[](void*) noexcept { deaths.push_back(4); }, nullptr}));
  }
  CHECK(f.RecordBytes() == run + kRecord);
  f.window.RunCleanupsSince(mark);
  CHECK(deaths == std::vector<int>{expected});
  f.window.Rewind(mark);
  CHECK(f.RecordBytes() == run);
}

TEST_CASE("an object of another type ends a run, and one of the first type starts another") {
  Fixture f;
  for (int id = 1; id <= 3; ++id) f.Add<0>(id);
  f.Add<1>(4);
  for (int id = 5; id <= 7; ++id) f.Add<0>(id);
  f.window.RunCleanups();
  CHECK(deaths == std::vector<int>{7, 6, 5, 104, 3, 2, 1});
}

TEST_CASE("no run starts with an object over a gap") {
  Fixture f;
  f.Add<0>(1);
  for (int id = 2; id <= 5; ++id) {
    f.Add<0>(id);
    void* block = nullptr;
    REQUIRE(f.window.Bump(4, 4, &block));
  }
  f.window.RunCleanups();
  CHECK(deaths == std::vector<int>{5, 4, 3, 2, 1});
}

TEST_CASE("a run does not start with another cleanup of the object before") {
  Fixture f;
  f.Add<0>(1);
  Item<0>* const before = f.Add<0>(2);
  REQUIRE(f.window.PushCleanup(
      {[](void* item) noexcept { deaths.push_back(50 + static_cast<Item<0>*>(item)->id); },
       before}));
  f.Add<0>(3);
  f.window.RunCleanups();
  CHECK(deaths == std::vector<int>{3, 52, 2, 1});
}

TEST_CASE("a run does not start with an object of another type whose younger neighbour is gone") {
  Fixture f;
  f.Add<0>(1);
  f.Add<1>(2);
  f.Add<0>(3);
  arena::Cleanup cleanup;
  REQUIRE(f.window.TakeCleanup(&cleanup, nullptr));
  cleanup.run(cleanup.object);
  REQUIRE(f.window.Resize(cleanup.object, sizeof(Item<0>), 0));
  f.Add<0>(4);
  f.window.RunCleanups();
  CHECK(deaths == std::vector<int>{3, 4, 102, 1});
}

TEST_CASE("only the newest object of a run is taken by its address") {
  Fixture f;
  std::vector<Item<0>*> items;
  for (int id = 0; id < 4; ++id) items.push_back(f.Add<0>(id));
  arena::Cleanup cleanup;
  CHECK_FALSE(f.window.TakeCleanup(&cleanup, items[1]));
  CHECK_FALSE(f.window.TakeCleanup(&cleanup, items[2]));
  REQUIRE(f.window.TakeCleanup(&cleanup, items[3]));
  CHECK(cleanup.object == items[3]);
  f.window.RunCleanups();
  CHECK(deaths == std::vector<int>{2, 1, 0});
}

TEST_CASE("a run goes with the last object that is taken off it") {
  Fixture f;
  for (int id = 0; id < 3; ++id) f.Add<0>(id);
  arena::Cleanup cleanup;
  // The first one, which opened the segment, has a record of its own beside the link.
  for (int i = 0; i < 2; ++i) REQUIRE(f.window.TakeCleanup(&cleanup, nullptr));
  CHECK(f.RecordBytes() == 2 * kRecord);
}

TEST_CASE("an object for whose run there is no room is refused, and nothing changes") {
  Fixture f;
  for (int id = 1; id <= 2; ++id) f.Add<0>(id);  // the next one starts a run
  void* place = nullptr;
  REQUIRE(f.window.BumpFixed<sizeof(Item<0>), alignof(Item<0>)>(&place));
  void* rest = nullptr;
  REQUIRE(f.window.Bump(f.window.Room() - kRecord + 1 - arena::detail::kRedzone, 1, &rest));
  const std::size_t records = f.RecordBytes();
  CHECK_FALSE(f.window.PushObject(arena::detail::kDestructor<Item<0>>, place));
  CHECK_FALSE(f.window.StartRun(arena::detail::kDestructor<Item<0>>, place));
  CHECK(f.RecordBytes() == records);
  CHECK(f.window.Room() == kRecord - 1);
  f.window.RunCleanups();
  CHECK(deaths == std::vector<int>{2, 1});
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
