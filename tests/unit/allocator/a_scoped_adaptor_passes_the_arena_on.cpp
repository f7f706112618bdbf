// SPDX-License-Identifier: Apache-2.0
//
// std::scoped_allocator_adaptor is not needed (elements are given the arena without it), and works:
// it can give elements another arena than the container's.
#include <arena/arena.hpp>
#include <arena/containers.hpp>
#include <functional>
#include <map>
#include <scoped_allocator>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

constexpr const char* kScopedText =
    "a text that does not fit inside of a string object, wherever it is";

using arena::Allocator;
using arena::String;

template <class T, class... Inner>
using Scoped = std::scoped_allocator_adaptor<Allocator<T>, Inner...>;

bool ScopedLiesIn(const arena::MonotonicArena& a, const String& text) {
  return &text.get_allocator().arena() == &a && a.Owns(text.data());
}

}  // namespace

TEST_CASE("elements behind a scoped adaptor lie in its arena", "[allocator]") {
  arena::MonotonicArena a, elsewhere;
  std::vector<String, Scoped<String>> texts(Scoped<String>{Allocator<String>(a)});
  texts.emplace_back(kScopedText);
  texts.push_back(String(kScopedText, elsewhere));
  texts.resize(3);
  CHECK(ScopedLiesIn(a, texts[0]));
  CHECK(ScopedLiesIn(a, texts[1]));
  CHECK(&texts[2].get_allocator().arena() == &a);
}

TEST_CASE("keys and values behind a scoped adaptor lie in its arena", "[allocator]") {
  arena::MonotonicArena a;
  using Entry = std::pair<const String, String>;
  std::map<String, String, std::less<>, Scoped<Entry>> map(Scoped<Entry>{Allocator<Entry>(a)});
  map.emplace(kScopedText, kScopedText);
  CHECK(ScopedLiesIn(a, map.begin()->first));
  CHECK(ScopedLiesIn(a, map.begin()->second));
}

TEST_CASE("a scoped adaptor of two arenas puts the elements into the second", "[allocator]") {
  arena::MonotonicArena inner;  // first: the strings in `outer` use it
  arena::MonotonicArena outer;
  using Both = Scoped<String, Allocator<char>>;
  std::vector<String, Both> texts(Both{Allocator<String>(outer), Allocator<char>(inner)});
  texts.emplace_back(kScopedText);
  CHECK(outer.Owns(texts.data()));
  CHECK(ScopedLiesIn(inner, texts[0]));
}
