// SPDX-License-Identifier: Apache-2.0
//
// Elements that take an allocator land wholly in the arena, also when the slice grows.
#include <arena/arena.hpp>
#include <cstddef>
#include <memory_resource>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/default_resource.hpp"

using arena::Slice;
using arena::SliceAppend;

namespace {

std::string Long(int n) {
  return "a string that no small-string buffer can hold " + std::to_string(n);
}

}  // namespace

TEST_CASE("value-initialised elements have the arena as their allocator") {
  arena::MonotonicArena a;
  const auto vectors = arena::AllocateSlice<std::pmr::vector<int>>(a, 3);
  for (const auto& vector : vectors) CHECK(vector.get_allocator().resource() == &a);
  const auto pairs = arena::AllocateSlice<std::pair<int, std::pmr::string>>(a, 2);
  CHECK(pairs[1].second.get_allocator().resource() == &a);
}

TEST_CASE("appended elements lie in the arena, wherever they came from") {
  arena::MonotonicArena other;
  arena::MonotonicArena a;
  Slice<arena::String> slice;
  for (int n = 0; n < 20; ++n) {
    slice = SliceAppend(a, slice, arena::String(Long(n), other));
    a.Alloc(1, 1);
  }
  slice = SliceAppend(a, slice, arena::String(Long(20), other), slice[0]);
  slice = arena::SliceAppendRange(a, slice, std::vector<arena::String>{slice[1]});
  CHECK(slice.size() == 23);
  for (std::size_t i = 0; i < slice.size(); ++i) {
    CHECK(&slice[i].get_allocator().arena() == &a);
    CHECK(a.Owns(slice[i].data()));
  }
  CHECK(slice[20] == Long(20).c_str());
  CHECK(slice[22] == Long(1).c_str());
}

TEST_CASE("pmr strings convert from text and lie in the arena") {
  arena::MonotonicArena a;
  Slice<std::pmr::string> slice;
  slice = SliceAppend(a, slice, Long(0).c_str());
  slice = SliceAppend(a, std::move(slice), Long(1).c_str(), Long(2).c_str());
  for (const auto& text : slice) {
    CHECK(text.get_allocator().resource() == &a);
    CHECK(a.Owns(text.data()));
  }
}

TEST_CASE("a moved slice keeps its elements' memory") {
  arena::MonotonicArena a;
  auto slice = SliceAppend(a, Slice<arena::String>(), arena::String(Long(1).c_str(), a));
  const char* const text = slice[0].data();
  a.Alloc(1, 1);
  slice = SliceAppend(a, std::move(slice), arena::String(a));
  CHECK(slice[0].data() == text);
}

TEST_CASE("elements that lie in the arena do without the default resource") {
  const arena_test::NoDefaultResource no_default;
  arena::MonotonicArena a({.upstream = std::pmr::new_delete_resource()});
  const std::pmr::string text(Long(1).c_str(), &a);
  const auto roomy = arena::AllocateSlice<std::pmr::string>(a, 0, 8);
  auto slice = SliceAppend(a, roomy, text);
  CHECK(slice.data() == roomy.data());
  slice = SliceAppend(a, slice, text, text);
  slice = SliceAppend(a, slice, slice[0], std::pmr::string(Long(2).c_str(), &a));
  CHECK(slice.data() == roomy.data());
  slice = arena::SliceAppendRange(a, slice, slice);
  slice = SliceAppend(a, slice, text, text, text);
  CHECK(slice.size() == 13);
  for (const auto& element : slice) CHECK(a.Owns(element.data()));
  CHECK(slice[4] == Long(2).c_str());
  CHECK(slice[12] == text);
}
