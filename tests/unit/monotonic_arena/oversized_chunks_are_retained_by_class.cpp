// SPDX-License-Identifier: Apache-2.0
//
// Oversized chunks on their own, beside a model: a request takes a spare of exactly its class, the
// one that was retained last; equal rounds take equal chunks; the largest are freed first.
#include <arena/detail/chunks/oversized.hpp>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory_resource>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

using arena::detail::OversizedChunk;
using arena::detail::OversizedChunks;
using arena::detail::SizeClassBelow;
using arena::detail::SizeClassBytes;

namespace {

std::pmr::memory_resource& Upstream() { return *std::pmr::new_delete_resource(); }

OversizedChunk* Add(OversizedChunks& chunks, std::size_t size) {
  CHECK(chunks.Take(SizeClassBelow(size)) == nullptr);
  OversizedChunk* const chunk = OversizedChunk::Create(Upstream(), size);
  chunks.AddTaken(chunk);
  return chunk;
}

void FreeSpares(OversizedChunks& chunks, std::size_t* cap, std::size_t bytes, bool only_unused) {
  OversizedChunk* chunk = chunks.DropSpares(cap, bytes, only_unused);
  while (chunk != nullptr) OversizedChunk::Destroy(Upstream(), std::exchange(chunk, chunk->next));
}

void FreeAll(OversizedChunks& chunks, std::size_t cap) {
  chunks.RetainAll();
  FreeSpares(chunks, &cap, 0, false);
  CHECK(cap == 0);
  CHECK(chunks.count() == 0);
  CHECK(chunks.spare_bytes() == 0);
}

}  // namespace

TEST_CASE("random takes, scopes and rounds follow a model of stacks") {
  for (std::size_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    arena_test::Random random(seed);
    OversizedChunks chunks;
    std::map<std::size_t, std::vector<OversizedChunk*>> spares;  // by class, the next one last
    std::vector<OversizedChunk*> taken;
    std::size_t cap = 0;
    const auto retain = [&](std::size_t mark) {
      for (; taken.size() > mark; taken.pop_back()) {
        spares[SizeClassBelow(taken.back()->size)].push_back(taken.back());
      }
    };
    for (int step = 0; step < 3000; ++step) {
      const std::size_t dice = random() % 100;
      if (dice < 80) {
        // Classes 8 and 16 apart share a slot of the hash.
        const std::size_t size_class = 1 + random() % 6 + 8 * (random() % 4);
        OversizedChunk* chunk = chunks.Take(size_class);
        std::vector<OversizedChunk*>& stack = spares[size_class];
        REQUIRE((chunk == nullptr) == stack.empty());
        if (chunk == nullptr) {
          chunk = OversizedChunk::Create(Upstream(), SizeClassBytes(size_class));
          chunks.AddTaken(chunk);
          cap += chunk->size;
        } else {
          REQUIRE(chunk == stack.back());
          stack.pop_back();
        }
        taken.push_back(chunk);
      } else if (dice < 95) {
        const std::size_t mark = taken.empty() ? 0 : random() % taken.size();
        retain(mark);
        chunks.RetainSince(mark == 0 ? nullptr : taken.back());
      } else if (dice < 98) {
        retain(0);
        chunks.RetainAll();
        REQUIRE(chunks.used_bytes() == 0);
      } else {
        // Frees the largest classes first, and of each the one that would be taken next.
        const std::size_t bytes = cap / 2;
        FreeSpares(chunks, &cap, bytes, false);
        std::size_t expected = 0;
        for (OversizedChunk* const chunk : taken) expected += chunk->size;
        for (auto& [size_class, stack] : spares)
          expected += SizeClassBytes(size_class) * stack.size();
        for (auto stack = spares.rbegin(); stack != spares.rend(); ++stack) {
          while (!stack->second.empty() && expected > bytes) {
            stack->second.pop_back();
            expected -= SizeClassBytes(stack->first);
          }
        }
        REQUIRE(cap == expected);
      }
      std::size_t spare_bytes = 0, count = taken.size();
      for (const auto& [size_class, stack] : spares) {
        spare_bytes += SizeClassBytes(size_class) * stack.size();
        count += stack.size();
      }
      REQUIRE(chunks.spare_bytes() == spare_bytes);
      REQUIRE(chunks.count() == count);
      REQUIRE((chunks.taken() == nullptr ? taken.empty() : chunks.taken() == taken.back()));
      std::size_t visited = 0;
      chunks.ForEach([&visited](OversizedChunk*) { ++visited; });
      REQUIRE(visited == count);
    }
    FreeAll(chunks, cap);
  }
}

TEST_CASE("the smallest chunk of a class that holds a request serves it") {
  OversizedChunks chunks;
  std::vector<OversizedChunk*> added;
  for (const std::size_t size : {1200U, 1030U, 1100U, 1279U, 1100U}) {
    OversizedChunk* const chunk = OversizedChunk::Create(Upstream(), size);
    chunks.Take(SizeClassBelow(size));
    chunks.AddTaken(chunk);
  }
  chunks.RetainAll();
  for (int round = 0; round < 2; ++round) {
    CHECK(chunks.TakeLarger(1101, 1200)->size == 1200);
    CHECK(chunks.TakeLarger(1024, 1200)->size == 1030);
    OversizedChunk* const first = chunks.TakeLarger(1031, 1200);
    OversizedChunk* const second = chunks.TakeLarger(1100, 1200);
    CHECK(first->size == 1100);
    CHECK(second->size == 1100);
    CHECK(chunks.TakeLarger(1280, 1200) == nullptr);
    CHECK(chunks.TakeLarger(1101, 1200)->size == 1279);
    CHECK(chunks.TakeLarger(1, 1200) == nullptr);
    CHECK(chunks.used_bytes() == 1200 + 1030 + 1100 + 1279 + 1100);
    added.push_back(first);
    chunks.RetainAll();
  }
  CHECK(added[0] == added[1]);
  FreeAll(chunks, 1200 + 1030 + 1100 + 1279 + 1100);
}

TEST_CASE(
    "chunks that the round used are not freed with the unused ones, those of scopes neither") {
  OversizedChunks chunks;
  for (const std::size_t size : {1024U, 1024U, 8192U, 65536U}) Add(chunks, size);
  chunks.RetainAll();
  OversizedChunk* const outside = chunks.Take(SizeClassBelow(1024));
  chunks.Take(SizeClassBelow(65536));
  chunks.RetainSince(outside);
  CHECK(chunks.used_bytes() == 1024 + 65536);
  std::size_t cap = 1024 + 1024 + 8192 + 65536;
  FreeSpares(chunks, &cap, 0, true);
  CHECK(cap == 1024 + 65536);
  CHECK(chunks.Take(SizeClassBelow(65536)) != nullptr);
  CHECK(chunks.used_bytes() == 1024 + 65536);
  FreeAll(chunks, cap);
}
