// SPDX-License-Identifier: Apache-2.0
//
// An element that takes the arena's allocator uses memory of the innermost scope, or of the arena
// that it is appended through. Where that may end before the storage, the slice grows instead, even
// within its capacity.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using Texts = arena::List<std::string>;

const char* const kLong = "so long that it does not fit into the string itself";

struct SkippedText : arena::String {
  using arena::String::String;
  SkippedText(const SkippedText& other, const allocator_type& in) : arena::String(other, in) {}
};

// Trivially destructible, because its memory goes with the arena. An assignment writes to the old
// memory if that suffices.
class ArenaText {
 public:
  using allocator_type = arena::Allocator<char>;
  explicit ArenaText(const allocator_type& in) : in_(in) {}
  ArenaText(std::string_view text, const allocator_type& in) : in_(in) { Set(text); }
  ArenaText(const ArenaText& other) : in_(other.in_) { Set(other.View()); }
  ArenaText(const ArenaText& other, const allocator_type& in) : in_(in) { Set(other.View()); }
  ArenaText& operator=(const ArenaText& other) {
    if (this != &other) Set(other.View());
    return *this;
  }
  std::string_view View() const { return {text_, size_}; }

 private:
  void Set(std::string_view text) {
    if (text.size() > capacity_) {
      text_ = in_.allocate(text.size());
      capacity_ = text.size();
    }
    size_ = text.copy(text_, text.size());
  }

  allocator_type in_;
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// Whatever was freed holds something else now.
void UseAllMemory(arena::MonotonicArena& a) {
  while (void* const block = a.Stats().free < 64 ? nullptr : a.TryAlloc(64, 1)) {
    std::memset(block, 0x41, 64);
  }
}

}  // namespace

template <>
inline constexpr bool arena::skip_destructor<SkippedText> = true;

TEST_CASE("an element with memory of a scope dies with the scope", "[slice]") {
  arena::MonotonicArena a;
  arena::Slice<Texts> outer = arena::AllocateSlice<Texts>(a, 1, 8);
  {
    const arena::ArenaScope scope(a);
    const Texts texts({kLong, kLong}, a);
    SECTION("one") {
      const auto local = arena::SliceAppend(a, outer, texts);
      CHECK(local.data() != outer.data());
      REQUIRE(local.size() == 2);
      CHECK(local[1].size() == 2);
      // The new storage is the scope's: it has room, which is used.
      const auto more = arena::SliceAppend(a, local, texts);
      CHECK(more.data() == local.data());
    }
    SECTION("several") {
      const auto local = arena::SliceAppend(a, outer, texts, texts);
      CHECK(local.data() != outer.data());
      CHECK(local.size() == 3);
    }
    SECTION("a range") {
      const std::vector<Texts> range(3, texts);
      const auto local = arena::SliceAppendRange(a, outer, range);
      CHECK(local.data() != outer.data());
      CHECK(local.size() == 4);
    }
    SECTION("in a scope within") {
      const auto local = arena::SliceAppend(a, outer, texts);
      const arena::ArenaScope inner(a);
      CHECK(arena::SliceAppend(a, local, texts).data() != local.data());
    }
  }
  CHECK(outer.size() == 1);
  UseAllMemory(a);
  a.Reset();
}

TEST_CASE("an element in the place of a live one does not take memory of a scope", "[slice]") {
  arena::MonotonicArena a;
  const arena::Slice<Texts> outer = arena::AllocateSlice<Texts>(a, 0, 8);
  const auto longer = arena::SliceAppend(a, outer, Texts({"outside"}, a));
  {
    const arena::ArenaScope scope(a);
    const auto local = arena::SliceAppend(a, outer, Texts({kLong, kLong}, a));
    CHECK(local.data() != outer.data());
  }
  UseAllMemory(a);
  CHECK(longer[0].front() == "outside");
}

TEMPLATE_TEST_CASE("an element dies with its scope, too, if its destructor is skipped or trivial",
                   "[slice]", SkippedText, ArenaText) {
  arena::MonotonicArena a;
  arena::Slice<TestType> outer = arena::AllocateSlice<TestType>(a, 1, 4);
  {
    const arena::ArenaScope scope(a);
    const auto local = arena::SliceAppend(a, outer, TestType(kLong, a));
    CHECK(local.data() != outer.data());
  }
  const auto foreign = arena::AllocateSlice<char>(a, 1000);
  std::memset(foreign.data(), '.', foreign.size());
  // The slot behind the first element is not live: an assignment would write to what lies where the
  // scope's memory was.
  outer = arena::SliceAppend(a, outer, TestType("text", a));
  CHECK(std::string_view(foreign.data(), foreign.size()) == std::string(1000, '.'));
  CHECK(a.Stats().records == 0);
}

TEST_CASE("an element with memory of another arena dies with that", "[slice]") {
  arena::MonotonicArena a;
  auto outer = arena::AllocateSlice<std::pmr::vector<std::string>>(a, 1, 8);
  {
    arena::MonotonicArena other;
    const auto local = arena::SliceAppend(other, outer, {kLong, kLong});
    CHECK(other.Owns(local.data()));
    CHECK(local.size() == 2);
  }
  CHECK(outer.size() == 1);
}

TEST_CASE("a slice that moves between arenas does not double each time", "[slice]") {
  arena::MonotonicArena a;
  arena::MonotonicArena b;
  auto slice = arena::AllocateSlice<Texts>(a, 0, 8);
  for (int i = 0; i < 4; ++i) {
    slice = arena::SliceAppend(b, std::move(slice), Texts(b));
    slice = arena::SliceAppend(a, std::move(slice), Texts(a));
  }
  CHECK(slice.size() == 8);
  CHECK(slice.capacity() == 8);
  CHECK(a.Owns(slice.data()));
}

TEST_CASE("where nothing ends sooner, an append within the capacity stays", "[slice]") {
  arena::MonotonicArena a;
  SECTION("in the same scope") {
    const arena::ArenaScope scope(a);
    const auto slice = arena::AllocateSlice<Texts>(a, 1, 8);
    {
      const arena::ArenaScope inner(a);
    }
    CHECK(arena::SliceAppend(a, slice, Texts(a)).data() == slice.data());
  }
  SECTION("through a decorator") {
    arena::ConcurrentArena shared(a);
    const auto slice = arena::AllocateSlice<Texts>(shared, 1, 8);
    CHECK(arena::SliceAppend(a, slice, Texts(a)).data() == slice.data());
  }
  SECTION("in the part of a thread") {
    arena::ThreadCachedArena shared(a);
    arena::ThreadCachedArena::Local local(shared);
    arena::Arena& part = local;
    const auto slice = arena::AllocateSlice<Texts>(part, 1, 8);
    CHECK(arena::SliceAppend(shared, slice, Texts(shared)).data() == slice.data());
    CHECK(arena::SliceAppend(a, slice, Texts(a)).data() == slice.data());
  }
  SECTION("of elements that take nothing from the arena") {
    const auto slice = arena::AllocateSlice<std::string>(a, 1, 8);
    const auto pairs = arena::AllocateSlice<std::pair<int, std::string>>(a, 1, 8);
    const arena::ArenaScope scope(a);
    CHECK(arena::SliceAppend(a, slice, kLong).data() == slice.data());
    CHECK(arena::SliceAppend(a, pairs, {1, kLong}).data() == pairs.data());
  }
}

TEST_CASE("a pair takes the arena's memory if one of its halves does", "[slice]") {
  arena::MonotonicArena a;
  const auto pairs = arena::AllocateSlice<std::pair<int, Texts>>(a, 1, 8);
  const arena::ArenaScope scope(a);
  CHECK(arena::SliceAppend(a, pairs, {1, Texts(a)}).data() != pairs.data());
}

TEST_CASE("a tuple does if one of its parts does", "[slice]") {
  arena::MonotonicArena a;
  const auto tuples = arena::AllocateSlice<std::tuple<int, Texts>>(a, 1, 8);
  const auto others = arena::AllocateSlice<std::tuple<int, std::string>>(a, 1, 8);
  const arena::ArenaScope scope(a);
  CHECK(arena::SliceAppend(a, tuples, {1, Texts(a)}).data() != tuples.data());
  CHECK(arena::SliceAppend(a, others, {1, kLong}).data() == others.data());
}
