// SPDX-License-Identifier: Apache-2.0
//
// A container in a container is given the arena of the outer one, without a word in the program.
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "support/catch.hpp"
#include "support/checking_resource.hpp"
#include "support/container_kinds.hpp"

namespace {

// Too long for any string's small buffer.
constexpr const char* kText = "a text that does not fit inside of a string object, wherever it is";

bool LiesIn(const arena::MonotonicArena& a, const arena::String& text) {
  return &text.get_allocator().arena() == &a && a.Owns(text.data());
}

}  // namespace

TEST_CASE("strings in a vector lie in the arena of the vector", "[containers]") {
  arena::MonotonicArena a, elsewhere;
  arena::Vector<arena::String> texts(a);
  texts.emplace_back(kText);
  texts.push_back(arena::String(kText, elsewhere));
  const arena::String foreign(kText, elsewhere);
  texts.push_back(foreign);
  texts.insert(texts.begin(), foreign);
  texts.resize(6);
  texts.back() = kText;
  REQUIRE(texts.size() == 6);
  CHECK(texts[4].empty());
  texts[4] = kText;
  for (const arena::String& text : texts) {
    CHECK(text == kText);
    CHECK(LiesIn(a, text));
  }
}

TEST_CASE("keys and values of a map lie in the arena of the map", "[containers]") {
  arena::MonotonicArena a, elsewhere;
  arena::Map<arena::String, arena::Vector<arena::String>> index(a);
  const auto [entry, added] = index.emplace(kText, 2);
  REQUIRE(added);
  entry->second.emplace_back(kText);
  index[arena::String("moved in", elsewhere)].emplace_back(kText);
  index.try_emplace(arena::String("tried", elsewhere)).first->second.emplace_back(kText);
  REQUIRE(index.size() == 3);
  CHECK(LiesIn(a, index.find(kText)->first));
  for (const auto& [key, texts] : index) {
    CHECK(&key.get_allocator().arena() == &a);
    CHECK(arena_test::LiesIn(a, texts));
    CHECK(LiesIn(a, texts.back()));
  }
}

TEST_CASE("keys and values of an unordered map lie in the arena of the map", "[containers]") {
  arena::MonotonicArena a, elsewhere;
  arena::UnorderedMap<arena::String, arena::List<arena::String>> index(a);
  index.emplace(kText, arena::List<arena::String>(elsewhere)).first->second.emplace_back(kText);
  index[arena::String("moved in", elsewhere)].emplace_front(kText);
  REQUIRE(index.size() == 2);
  CHECK(LiesIn(a, index.find(kText)->first));
  for (const auto& [key, texts] : index) {
    CHECK(&key.get_allocator().arena() == &a);
    CHECK(arena_test::LiesIn(a, texts));
    CHECK(LiesIn(a, texts.back()));
  }
}

TEST_CASE("the arena reaches through three levels, pairs and tuples", "[containers]") {
  arena::MonotonicArena a, elsewhere;
  arena::Deque<arena::Set<arena::Vector<arena::String>>> deep(a);
  deep.emplace_back();
  arena::Vector<arena::String> texts(elsewhere);
  texts.emplace_back(kText);
  const auto& inner = *deep.back().insert(std::move(texts)).first;
  CHECK(arena_test::LiesIn(a, inner));
  CHECK(LiesIn(a, inner.front()));

  arena::Vector<std::pair<int, arena::String>> pairs(a);
  pairs.emplace_back(1, kText);
  CHECK(LiesIn(a, pairs[0].second));

  arena::Vector<std::tuple<arena::String, int>> tuples(a);
  tuples.emplace_back(arena::String(kText, elsewhere), 1);
  CHECK(LiesIn(a, std::get<0>(tuples[0])));
}

TEST_CASE("std::pmr strings in a container of the library lie in its arena", "[containers]") {
  arena::MonotonicArena a;
  arena::Vector<std::pmr::string> texts(a);
  texts.emplace_back(kText);
  CHECK(texts[0].get_allocator().resource() == &a);
  CHECK(a.Owns(texts[0].data()));
}

TEST_CASE("elements that take no allocator are constructed as they are", "[containers]") {
  arena::MonotonicArena a;
  arena::Vector<std::string> texts(a);
  texts.emplace_back(kText);
  CHECK(texts[0] == kText);
  CHECK_FALSE(a.Owns(texts[0].data()));
}
