// SPDX-License-Identifier: Apache-2.0
//
// A slice that moves into another arena, or into a scope, takes nothing along that ends sooner.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <cstddef>
#include <memory_resource>
#include <new>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using arena::Slice;
using arena::SliceAppend;

namespace {

using Texts = arena::List<std::string>;

const char* const kLong = "so long that it does not fit into the string itself";

class MoveOnlyTexts {
 public:
  using allocator_type = Texts::allocator_type;
  explicit MoveOnlyTexts(const allocator_type& in) : texts_({kLong, kLong}, in) {}
  MoveOnlyTexts(MoveOnlyTexts&&) = default;
  MoveOnlyTexts(MoveOnlyTexts&& other, const allocator_type& in)
      : texts_(std::move(other.texts_), in) {}

  const Texts& Get() const { return texts_; }

 private:
  Texts texts_;
};

const Texts& TextsOf(const Texts& texts) { return texts; }
const Texts& TextsOf(const MoveOnlyTexts& element) { return element.Get(); }
const Texts& TextsOf(const std::pair<int, Texts>& element) { return element.second; }
const Texts& TextsOf(const std::tuple<int, Texts>& element) { return std::get<1>(element); }

template <class T>
T Make(arena::Arena& a) {
  if constexpr (std::is_same_v<T, Texts>) {
    return Texts({kLong, kLong}, a);
  } else if constexpr (std::is_same_v<T, MoveOnlyTexts>) {
    return MoveOnlyTexts(a);
  } else {
    return T(1, Make<Texts>(a));
  }
}

template <class T>
void CheckAllIn(const arena::Arena& a, const Slice<T>& slice, std::size_t count) {
  REQUIRE(slice.size() == count);
  for (const T& element : slice) {
    const Texts& texts = TextsOf(element);
    CHECK(&texts.get_allocator().arena() == &a);
    CHECK(texts.size() == 2);
    CHECK(texts.back() == kLong);
  }
}

}  // namespace

using MovesPair = std::pair<int, Texts>;
using MovesTuple = std::tuple<int, Texts>;

TEMPLATE_TEST_CASE("a moved slice brings nothing of its old arena", "", Texts, MoveOnlyTexts,
                   MovesPair, MovesTuple) {
  arena::MonotonicArena kept;
  Slice<TestType> slice;
  {
    arena::MonotonicArena ending;
    for (int i = 0; i < 3; ++i) {
      slice = SliceAppend(ending, std::move(slice), Make<TestType>(ending));
    }
    SECTION("as a whole") {
      slice = SliceAppend(kept, std::move(slice), Make<TestType>(kept));
      CheckAllIn(kept, slice, 4);
    }
    SECTION("a part from the middle") {
      slice = SliceAppend(kept, slice.Subslice(1, 3), Make<TestType>(kept));
      CheckAllIn(kept, slice, 3);
    }
    SECTION("where there would be room") {
      auto roomy = arena::AllocateSliceForOverwrite<TestType>(ending, 0, 8);
      roomy = SliceAppend(ending, std::move(roomy), Make<TestType>(ending));
      slice = SliceAppend(kept, std::move(roomy), Make<TestType>(kept));
      CheckAllIn(kept, slice, 2);
    }
  }
  CHECK(TextsOf(slice[0]).front() == kLong);
  kept.Reset();
}

TEST_CASE("a slice that moves into a scope leaves the text of its elements where it is") {
  arena::MonotonicArena a;
  auto slice = SliceAppend(a, Slice<arena::String>(), arena::String(kLong, a));
  const char* const text = slice[0].data();
  const arena::ArenaScope scope(a);
  const auto local = SliceAppend(a, std::move(slice), arena::String(kLong, a));
  CHECK(local[0].data() == text);
}

TEST_CASE("a slice whose elements find no memory where they move to is still valid") {
  arena::MonotonicArena a;
  Slice<arena::String> slice;
  const std::string text(500, 'x');
  for (int i = 0; i < 3; ++i) {
    slice = SliceAppend(a, std::move(slice), arena::String(text.c_str(), a));
  }
  alignas(std::max_align_t) std::byte memory[1024];
  arena::MonotonicArena small(
      {.initial_buffer = memory, .upstream = std::pmr::null_memory_resource()});
  CHECK_THROWS_AS(SliceAppend(small, std::move(slice), arena::String(small)), std::bad_alloc);
  CHECK(slice[2] == text.c_str());
  slice[0] = "again";
  slice = SliceAppend(a, slice, arena::String("more", a));
  CHECK(slice[0] == "again");
  CHECK(slice[3] == "more");
}
