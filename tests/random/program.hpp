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
  std::size_t retain = SIZE_MAX;
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
  kCycle,          // the same requests again and again, with Reset in between
  kEqualRequests,  // many of one size, in a scope

  kMakeBuffer,
  kBufferWrite,    // Write and its kind, a view of the buffer itself, Prepare, ReadFrom
  kBufferRead,     // Read, ReadByte, Next, WriteTo
  kBufferShow,     // views, looked at again later
  kBufferDiscard,  // Truncate, Reset
  kBufferMove,

  kMakeContainer,  // of containers.hpp, outside the arena, with its elements in the arena
  kContainerAdd,
  kContainerErase,
  kContainerMove,  // copies, moves and swaps, within an arena and from one to another

  // Of pools, in programs of their own.
  kAcquire,
  kLeaseAlloc,
  kLeaseObject,  // with a destructor, or a deferred call
  kLeaseForget,  // Reset or Release, by the user of the lease
  kLeaseShape,   // Reserve or ShrinkTo
  kLeaseScope,   // opens one, or ends the innermost
  kReturn,
  kMoveLease,
  kPoolShrinkTo,
  kClock,
  kFailPoolUpstream,
  kEndPool,  // with leases open

  // Of several threads, in programs of their own.
  kLocal,           // begins, or ends
  kExchangeThread,  // for a new one
  kEndShared,       // and begins again, with what is allocated
  kCount
};

struct Step {
  Kind kind = Kind::kAlloc;
  std::uint8_t target = 0;  // which arena, and whether through the decorator
  std::uint16_t a = 0, b = 0, c = 0;
};

struct PoolSetup {
  std::size_t max_idle_bytes = std::size_t{64} << 20;
  std::size_t max_idle_age = 60000;  // in milliseconds
  std::size_t max_arena_bytes = std::size_t{16} << 20;
  std::size_t max_keys = 1024;
  std::size_t percent = 95;  // its quantile
  std::size_t history = 64;
  std::size_t offer_after = 1000;  // in milliseconds
  bool pages = false;              // its own PageResource, not the upstream that is watched
  bool reclaim_now = false;
  std::size_t shards =
      1;  // so many threads are played, each with a shard; each step is on one of them
};

// What a program is about: each has steps of its own.
enum class Subject {
  kArena,    // everything that may lie in an arena
  kBuffers,  // ArenaBuffer, and little that may come in its way
  kGuarded,  // as kArena, with retain = 0 and memory that is inaccessible once it is freed
  kPool,
  kThreads,  // ThreadCachedArena
};

constexpr Subject kSubjects[] = {Subject::kArena, Subject::kBuffers, Subject::kGuarded,
                                 Subject::kPool, Subject::kThreads};

inline const char* NameOf(Subject subject) {
  constexpr const char* kNames[] = {"arena", "buffers", "guarded", "pool", "threads"};
  return kNames[static_cast<std::size_t>(subject)];
}

struct Program {
  Subject subject = Subject::kArena;
  Setup setup;             // not of a pool
  PoolSetup pool;          // of a pool only
  bool in_object = false;  // an InlineArena, which brings its own caller's buffer
  bool in_range = false;   // a VirtualArena, of so many addresses, committed in such steps
  std::size_t address_space = 0;
  std::size_t commit = 0;
  bool hostile = false;  // upstream aligns to the request and not a bit more
  std::vector<Step> steps;
};

// What a fuzzer's input, or a seed, means.
Program Decode(Subject subject, Decisions& decisions);

// Runs the program against its model; ends with a message where they differ. Counts the steps as it
// goes. With `trace`, every step is printed to standard error before it is done.
void RunProgram(const Program& program, bool trace, std::size_t* steps);

// The options of the arena under test, and of a child.
Setup DecodeSetup(Decisions& decisions);

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_PROGRAM_HPP
