// SPDX-License-Identifier: Apache-2.0
//
// The parts of a ThreadCachedArena, by thread.
#ifndef ARENA_DETAIL_THREADS_PART_TABLE_HPP
#define ARENA_DETAIL_THREADS_PART_TABLE_HPP

#include <cstddef>
#include <cstdint>

#include "../../config.hpp"
#include "../core/align.hpp"
#include "thread_cache.hpp"

ARENA_BEGIN_NAMESPACE
namespace detail {

// A hash table that owns no memory: parts are linked through their `next`. Finding and removing are
// O(threads / kBuckets).
template <class Part>
class PartTable {
 public:
  // Null when the thread has none.
  Part* Find(const ThreadCache& thread) const noexcept {
    Part* part = buckets_[BucketOf(thread)];
    while (part != nullptr && &part->thread() != &thread) part = part->next;
    return part;
  }

  void Add(Part& part) noexcept {
    Part*& bucket = buckets_[BucketOf(part.thread())];
    part.next = bucket;
    bucket = &part;
  }

  void Remove(const Part& part) noexcept {
    Part** place = &buckets_[BucketOf(part.thread())];
    while (*place != &part) place = &(*place)->next;
    *place = part.next;
  }

  // One of the parts; null when there is none.
  const Part* Any() const noexcept {
    for (const Part* part : buckets_) {
      if (part != nullptr) return part;
    }
    return nullptr;
  }

  template <class Visit>
  void ForEach(Visit visit) const {
    for (Part* part : buckets_) {
      for (; part != nullptr; part = part->next) visit(*part);
    }
  }

 private:
  static constexpr std::size_t kBuckets = 16;

  // Threads' caches often lie at distances that are powers of two: multiplied, their low bits
  // count.
  ARENA_WRAPS static std::size_t BucketOf(const ThreadCache& thread) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(&thread);
    return ToSize((address * std::uint64_t{0x9E3779B97F4A7C15}) >> 60) % kBuckets;
  }

  Part* buckets_[kBuckets] = {};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_PART_TABLE_HPP
