// SPDX-License-Identifier: Apache-2.0
//
// A random program: how the arena under test is made, and what is done to it. A step holds plain
// numbers that the interpreter maps onto whatever is there ("the block number a of those alive"),
// so that every program has a meaning, also one from which steps were dropped.
#ifndef ARENA_TESTS_RANDOM_PROGRAM_HPP
#define ARENA_TESTS_RANDOM_PROGRAM_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

#include "random/decisions.hpp"

namespace arena_random {

struct Setup {
  std::size_t min_buffer_size = 32 * 1024;
  std::size_t initial_buffer_count = 1;
  std::size_t max_buffer_size = 1024 * 1024;
  std::size_t limit = SIZE_MAX;
  std::size_t callers_size = 0;    // of the caller's buffer; 0: none
  std::size_t callers_offset = 0;  // of its start from a multiple of 64
};

enum class Kind : std::uint8_t {
  kAlloc,
  kResize,
  kFillWindow,   // exactly, or one byte less or more
  kPlainObject,  // trivially destructible
  kObject,       // with a destructor
  kDefer,
  kOwn,
  kBag,        // a std::pmr::vector in the arena
  kMakeSlice,  // AllocateSlice
  kAppend,     // one value, or several
  kAppendRange,
  kDeriveSlice,  // a copy, a subslice, a clipped one
  kOpenScope,
  kCloseScope,
  kReserve,
  kShrinkTo,
  kReset,
  kRelease,
  kFailUpstream,
  kOpenChild,  // an arena whose upstream is the arena
  kCloseChild,
  kDeallocate,
  kCycle,  // the same requests again and again, with Reset in between
  kCount
};

struct Step {
  Kind kind = Kind::kAlloc;
  std::uint8_t target = 0;  // which arena, and whether through the decorator
  std::uint16_t a = 0, b = 0, c = 0;
};

struct Program {
  Setup setup;
  bool in_object = false;  // an InlineArena, which brings its own caller's buffer
  bool hostile = false;    // upstream aligns to the request and not a bit more
  std::vector<Step> steps;
};

// What a fuzzer's input, or a seed, means.
Program Decode(Decisions& decisions);

// The options of the arena under test, and of a child.
Setup DecodeSetup(Decisions& decisions);

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_PROGRAM_HPP
