// SPDX-License-Identifier: Apache-2.0
//
// A million chunks are written and read in linear time: no byte is copied more than a few times.
#include <arena/arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

constexpr std::size_t kChunk = 16;

// How often the storage of a buffer moved, and how many unread bytes that copied.
struct Moves {
  const char* at = nullptr;
  std::size_t count = 0;
  std::size_t bytes = 0;

  // Before and after a write; neither marks anything as shown.
  void Note(arena::ArenaBuffer& b, std::size_t unread) {
    const char* now = nullptr;
    b.WriteTo([&now](std::string_view text) {
      now = text.data();
      return 0;
    });
    if (at != nullptr && now != at) {
      ++count;
      bytes += unread;
    }
    at = now;
  }
};

}  // namespace

TEST_CASE("writing and then reading a million chunks copies each byte a few times at most",
          "[buffer]") {
  constexpr std::size_t kChunks = 1000000;
  const bool neighbours = GENERATE(false, true);
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  Moves moves;
  char chunk[kChunk] = {};
  for (std::size_t i = 0; i < kChunks; ++i) {
    std::memcpy(chunk, &i, sizeof(i));
    const std::size_t unread = b.Len();
    b.Write(chunk, kChunk);
    moves.Note(b, unread);
    if (neighbours && i % 100 == 0) a.Alloc(1, 1);
  }
  CHECK(moves.bytes <= 2 * kChunks * kChunk);
  CHECK(moves.count < 40);
  const char* const start = b.View().data();
  std::size_t right = 0;
  for (std::size_t i = 0; i < kChunks; ++i) {
    std::size_t number = kChunks;
    if (b.Read(chunk, kChunk) != kChunk) break;
    std::memcpy(&number, chunk, sizeof(number));
    if (number == i) ++right;
    if (i % 1000 == 0 && b.View().data() != start + (i + 1) * kChunk) break;
  }
  CHECK(right == kChunks);
  CHECK(b.Len() == 0);
}

TEST_CASE("a million chunks through a buffer that is never empty copy each byte twice at most",
          "[buffer]") {
  constexpr std::size_t kChunks = 1000000;
  const std::size_t behind = GENERATE(1U, 100U, 1000U);
  arena::MonotonicArena a;
  arena::ArenaBuffer b(a);
  char chunk[kChunk] = {};
  for (std::size_t i = 0; i < behind; ++i) b.Write(chunk, kChunk);
  Moves moves;
  for (std::size_t i = 0; i < kChunks; ++i) {
    const std::size_t unread = b.Len();
    moves.Note(b, 0);
    b.Write(chunk, kChunk);
    moves.Note(b, unread);
    b.Read(chunk, kChunk);
    moves.at = nullptr;
  }
  CHECK(moves.count > 0);
  CHECK(moves.bytes <= 2 * kChunks * kChunk);
  CHECK(b.Cap() <= 8 * (behind + 1) * kChunk);
}
