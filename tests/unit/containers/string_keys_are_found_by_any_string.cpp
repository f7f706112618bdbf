// SPDX-License-Identifier: Apache-2.0
//
// String keys are looked up by any string, without one being made for the question.
#include <cstddef>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/container_kinds.hpp"

using StringMap = arena::Map<arena::String, int>;
using StringMultiMap = arena::MultiMap<arena::String, int>;
using StringSet = arena::Set<arena::String>;
using StringUnorderedMap = arena::UnorderedMap<arena::String, int>;
using StringUnorderedMultiMap = arena::UnorderedMultiMap<arena::String, int>;
using StringUnorderedSet = arena::UnorderedSet<arena::String>;

TEMPLATE_TEST_CASE("String keys are found by any string, without an allocation", "[containers]",
                   StringMap, StringMultiMap, StringSet, StringUnorderedMap,
                   StringUnorderedMultiMap, StringUnorderedSet) {
  constexpr const char* kKey = "a key that does not fit inside of a string object, wherever it is";
  arena::MonotonicArena a;
  TestType container(a);
  if constexpr (requires { typename TestType::mapped_type; }) {
    container.emplace(kKey, 1);
    container.emplace("other", 2);
  } else {
    container.emplace(kKey);
    container.emplace("other");
  }
  const std::size_t before = a.Len();
  const auto found = container.find(kKey);
  REQUIRE(found != container.end());
  CHECK(container.find(std::string_view(kKey)) == found);
  CHECK(container.find(std::string(kKey)) == found);
  CHECK(container.contains(kKey));
  CHECK(container.count(std::string_view(kKey)) == 1);
  CHECK_FALSE(container.contains("nobody"));
  CHECK(container.find(std::string_view("nobody")) == container.end());
  CHECK(a.Len() == before);
}

TEST_CASE("other keys keep the standard's comparison, equality and hash", "[containers]") {
  STATIC_REQUIRE(std::is_same_v<arena::Map<int, int>::key_compare, std::less<int>>);
  STATIC_REQUIRE(std::is_same_v<arena::Set<int>::key_compare, std::less<int>>);
  STATIC_REQUIRE(std::is_same_v<arena::UnorderedMap<int, int>::hasher, std::hash<int>>);
  STATIC_REQUIRE(std::is_same_v<arena::UnorderedMap<int, int>::key_equal, std::equal_to<int>>);
  STATIC_REQUIRE(std::is_same_v<arena::UnorderedSet<std::string>::hasher, std::hash<std::string>>);
}

TEST_CASE("a comparison of one's own is taken", "[containers]") {
  arena::MonotonicArena a;
  arena::Map<int, int, std::greater<>> descending({{1, 1}, {2, 2}}, a);
  CHECK(descending.begin()->first == 2);
}
