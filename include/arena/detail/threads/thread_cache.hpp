// SPDX-License-Identifier: Apache-2.0
//
// What a thread remembers: its parts of the arenas that it used last. A hit takes a comparison, and
// nothing here has a destructor or is registered anywhere: a thread that ends leaves nothing
// behind.
#ifndef ARENA_DETAIL_THREADS_THREAD_CACHE_HPP
#define ARENA_DETAIL_THREADS_THREAD_CACHE_HPP

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "../../config.hpp"
#include "../core/align.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// Its address names the thread while that lives; a later thread may have the same one.
struct ThreadCache {
  static constexpr std::size_t kEntries = 8;

  struct Entry {
    std::uint64_t round;
    void* part;
  };

  // The entry that begins so many bytes behind the first. Not by its number, since this is at the
  // start of every call.
  ARENA_ALWAYS_INLINE Entry& At(std::size_t offset) noexcept {
    void* const entry = reinterpret_cast<unsigned char*>(entries) + offset;
    return *static_cast<Entry*>(entry);
  }

  // An entry of a round that has ended stays until it is overwritten. It is never taken for
  // another, as no two rounds of any arena have the same number.
  Entry entries[kEntries];
  std::uint64_t next_number;  // of the numbers that only this thread hands out, the next one
  std::uint64_t end_number;   // and one past the last
  std::size_t arenas;         // made by this thread
};

// Constant initialisation, so that every access is a plain one. Of a type that is all zeroes: round
// 0 is none. A shared object that has a copy of its own only misses, because all of an arena's code
// that uses it is that of the object which made the arena (it is behind virtual functions).
ARENA_ONE_PER_PROGRAM inline constinit thread_local ThreadCache thread_cache{};

struct RoundNumbers {
  static constexpr std::uint64_t kPerThread = 1024;

  std::mutex mutex{};
  std::uint64_t next = 1;
};
ARENA_ONE_PER_PROGRAM inline RoundNumbers round_numbers;

// The number of a round, which no round of any arena had before. Threads take numbers in portions,
// so that they do not meet at each Reset.
inline std::uint64_t NewRound() {
  ThreadCache& cache = thread_cache;
  if (cache.next_number == cache.end_number) {
    const std::lock_guard<std::mutex> lock(round_numbers.mutex);
    cache.next_number = round_numbers.next;
    cache.end_number = round_numbers.next += RoundNumbers::kPerThread;
  }
  return cache.next_number++;
}

// The entry of each thread's cache, in bytes, for an arena that is being made. Arenas that a thread
// makes one after the other have different ones, as have the first of several threads.
inline std::size_t NewEntry() {
  ThreadCache& cache = thread_cache;
  if (cache.end_number == 0) cache.arenas = ToSize(NewRound() / RoundNumbers::kPerThread);
  return cache.arenas++ % ThreadCache::kEntries * sizeof(ThreadCache::Entry);
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_THREAD_CACHE_HPP
