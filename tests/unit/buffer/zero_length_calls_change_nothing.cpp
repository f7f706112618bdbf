// SPDX-License-Identifier: Apache-2.0
//
// Calls with a length of zero change nothing, on a buffer without storage too.
#include <arena/arena.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "support/catch.hpp"

TEST_CASE("zero-length calls change nothing", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  const bool with_storage = GENERATE(false, true);
  if (with_storage) b.Write("content");
  const std::string before = b.String();
  const std::size_t cap = b.Cap();
  const std::size_t len = a.Len();

  CHECK(b.Write(nullptr, 0) == 0);
  CHECK(b.Write(std::span<const std::byte>()) == 0);
  CHECK(b.Write(std::string_view()) == 0);
  CHECK(b.Write("") == 0);
  CHECK(b.WriteString({}) == 0);
  CHECK(b.Read(nullptr, 0) == 0);
  CHECK(b.Read(std::span<char>()) == 0);
  CHECK(b.Next(0).empty());
  CHECK(b.Prepare(0).empty());
  b.Commit(0);
  b.Truncate(b.Len());

  CHECK(b.String() == before);
  CHECK(b.Cap() == cap);
  CHECK(a.Len() == len);
}

TEST_CASE("preparing nothing leaves what is prepared as it is", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  b.Prepare(1)[0] = std::byte{'x'};
  b.Prepare(0);
  b.Commit(0);
  b.Write("");
  b.Commit(1);
  CHECK(b.View() == "x");
}

TEST_CASE("an empty buffer does not call a sink", "[buffer]") {
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  int calls = 0;
  CHECK(b.WriteTo([&](std::string_view) { return ++calls; }) == 0);
  b.Write("x");
  b.ReadByte();
  CHECK(b.WriteTo([&](std::string_view) { return ++calls; }) == 0);
  CHECK(calls == 0);
}
