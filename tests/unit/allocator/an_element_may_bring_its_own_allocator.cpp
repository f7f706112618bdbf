// SPDX-License-Identifier: Apache-2.0
//
// An element that is told its allocator keeps it, in a container as with Allocate.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <memory>
#include <tuple>
#include <utility>

#include "support/catch.hpp"

namespace {

constexpr const char* kToldText =
    "a text that does not fit inside of a string object, wherever it is";

bool ToldLiesIn(const arena::MonotonicArena& a, const arena::String& text) {
  return &text.get_allocator().arena() == &a && a.Owns(text.data());
}

}  // namespace

TEST_CASE("an element is built with the allocator that is passed for it", "[allocator]") {
  arena::MonotonicArena other;  // first: what it holds is used until the containers in `a` are gone
  arena::MonotonicArena a;
  arena::Deque<arena::String> texts(a);
  texts.emplace_back(kToldText, a);
  texts.emplace_back(kToldText, arena::Allocator<char>(other));
  texts.emplace_back(other);
  CHECK(ToldLiesIn(a, texts[0]));
  CHECK(ToldLiesIn(other, texts[1]));
  CHECK(&texts[2].get_allocator().arena() == &other);

  arena::List<std::tuple<arena::String, int>> tuples(a);
  tuples.emplace_back(std::allocator_arg, arena::Allocator<char>(other),
                      arena::String(kToldText, a), 1);
  CHECK(ToldLiesIn(other, std::get<0>(tuples.front())));
}

TEST_CASE("a vector that grows takes its elements into its own arena", "[allocator]") {
  arena::MonotonicArena a, other;
  arena::Vector<arena::String> texts(a);
  texts.emplace_back(kToldText, other);
  CHECK(ToldLiesIn(other, texts[0]));
  texts.reserve(texts.capacity() + 1);
  CHECK(ToldLiesIn(a, texts[0]));
  CHECK(texts[0] == kToldText);
}

TEST_CASE("std::allocate_shared takes an allocator for the object besides its own", "[allocator]") {
  arena::MonotonicArena a, other;
  const arena::Allocator<arena::String> allocator = a;
  const auto text = std::allocate_shared<arena::String>(allocator, kToldText, other);
  CHECK(a.Owns(text.get()));
  CHECK(ToldLiesIn(other, *text));
  CHECK(ToldLiesIn(a, *std::allocate_shared<arena::String>(allocator, kToldText)));
}

TEST_CASE("each part of a piecewise pair may bring an allocator", "[allocator]") {
  arena::MonotonicArena other;
  arena::MonotonicArena a;
  arena::Map<arena::String, arena::String> map(a);
  const auto& [key, value] =
      *map.emplace(std::piecewise_construct, std::forward_as_tuple(kToldText),
                   std::forward_as_tuple(kToldText, arena::Allocator<char>(other)))
           .first;
  CHECK(ToldLiesIn(a, key));
  CHECK(ToldLiesIn(other, value));

  using Pair = std::pair<arena::String, std::pair<arena::String, int>>;
  const Pair& pair = *arena::Allocate<Pair>(
      a, std::piecewise_construct, std::forward_as_tuple(kToldText, other),
      std::forward_as_tuple(std::piecewise_construct, std::forward_as_tuple(kToldText),
                            std::forward_as_tuple(1)));
  CHECK(ToldLiesIn(other, pair.first));
  CHECK(ToldLiesIn(a, pair.second.first));
}

TEST_CASE("a pair in a pair is given the arena, however it is made", "[allocator]") {
  arena::MonotonicArena a, other;
  using Inner = std::pair<arena::String, int>;
  using Pair = std::pair<Inner, arena::String>;
  const Inner inner(arena::String(kToldText, other), 1);
  arena::Vector<Pair> pairs(a);
  pairs.reserve(4);
  pairs.emplace_back();
  pairs.emplace_back(inner, kToldText);
  pairs.push_back(pairs.back());
  pairs.push_back(Pair(inner, arena::String(kToldText, other)));
  for (const Pair& pair : pairs) {
    CHECK(&pair.first.first.get_allocator().arena() == &a);
    CHECK(&pair.second.get_allocator().arena() == &a);
  }
  CHECK(pairs[3].first.first == kToldText);
  CHECK(pairs[3].first.second == 1);
  CHECK(arena::Allocate<Pair>(a)->first.first.empty());
}
