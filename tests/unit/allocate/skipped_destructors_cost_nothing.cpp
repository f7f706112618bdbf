// SPDX-License-Identifier: Apache-2.0
//
// skip_destructor, and what trivially destructible objects pay.
#include <arena/arena.hpp>
#include <cstddef>
#include <string>

#include "support/catch.hpp"
#include "support/lifetime.hpp"

namespace {

struct Document {
  explicit Document(arena::Arena& a)
      : text("text that goes with the arena, as all of it does", a) {}
  Document(const Document&) = default;
  ~Document() { ++destroyed; }
  arena::String text;
  static inline int destroyed = 0;
};

struct Trivial {
  int number;
  double other;
};

}  // namespace

template <>
inline constexpr bool arena::skip_destructor<Document> = true;

TEST_CASE("a type that skips its destructor is not destroyed and has no record") {
  Document::destroyed = 0;
  arena::MonotonicArena a;
  arena::Allocate<Document>(a, a);
  static_cast<void>(arena::TryAllocate<Document>(a, a));
  CHECK(a.Stats().records == 0);
  a.Reset();
  CHECK(Document::destroyed == 0);
}

TEST_CASE("a slice of such a type has no record either") {
  Document::destroyed = 0;
  arena::MonotonicArena a;
  arena::Slice<Document> documents;
  for (int i = 0; i < 10; ++i) documents = arena::SliceAppend(a, documents, Document(a));
  const int temporaries = Document::destroyed;
  CHECK(documents[9].text == documents[0].text);
  CHECK(a.Stats().records == 0);
  a.Reset();
  CHECK(Document::destroyed == temporaries);
}

TEST_CASE("trivially destructible objects keep no record") {
  arena::MonotonicArena a;
  for (int i = 0; i < 100; ++i) arena::Allocate<Trivial>(a, i, 0.5);
  static_cast<void>(arena::AllocateSlice<Trivial>(a, 100));
  static_cast<void>(arena::AllocateForOverwrite<Trivial>(a));
  CHECK(a.Stats().records == 0);
  CHECK(a.Len() == 201 * sizeof(Trivial));
}
