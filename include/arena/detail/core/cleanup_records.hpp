// SPDX-License-Identifier: Apache-2.0
//
// The records of an arena's cleanups: a stack that grows downwards in segments. A segment lies at
// the end of a window or in a block of its own; its first record is a link to the segment before,
// so that no window that held records can be forgotten by moving on.
#ifndef ARENA_DETAIL_CORE_CLEANUP_RECORDS_HPP
#define ARENA_DETAIL_CORE_CLEANUP_RECORDS_HPP

#include <cstddef>
#include <cstdint>
#include <new>

#include "../../config.hpp"
#include "align.hpp"
#include "assert.hpp"
#include "sanitizer.hpp"

ARENA_BEGIN_NAMESPACE

/// A destructor, or another function, that an arena owes a call: `run(object)`.
struct Cleanup {
  void (*run)(void*) noexcept = nullptr;
  void* object = nullptr;
};

namespace detail {

// An address as a type of its own: no store through a user's pointer can alias it, so compilers
// keep cursor and limit in registers from one allocation to the next.
enum class Address : std::uintptr_t {};

class CleanupRecords {
 public:
  // Of a segment outside the window, when there is the memory; at least one.
  static constexpr std::size_t kRecordsPerSegment = 16;

  // The bytes of a segment that holds `records`, and its link.
  static constexpr std::size_t SegmentSize(std::size_t records) noexcept {
    return (records + 1) * sizeof(Record);
  }
  static constexpr std::size_t kRecordSize = kGranule;

  // The newest record, null when there is none. Equals the window's limit when it lies in the
  // window; the next record then goes right below it.
  Address newest() const noexcept { return newest_; }

  // Free records below the newest one, in a segment outside the window.
  bool HasRoom() const noexcept { return room_ != 0; }

  void PushIntoRoom(const Cleanup& cleanup) noexcept {
    --room_;
    Push(cleanup);
  }

  // The bytes below the newest record are free.
  void Push(const Cleanup& cleanup) noexcept {
    const std::uintptr_t address = static_cast<std::uintptr_t>(newest_) - sizeof(Record);
    newest_ = Address{address};
    MarkAllocated(reinterpret_cast<void*>(address), sizeof(Record));
    ::new (reinterpret_cast<void*>(address)) Record{cleanup.run, cleanup.object};
  }

  // Goes on below `end`, in a segment that has room for `records`, of which this is the first.
  void OpenSegment(Address end, std::size_t records, const Cleanup& cleanup) noexcept {
    void* const before = reinterpret_cast<void*>(newest_);
    newest_ = end;
    Push({nullptr, before});
    Push(cleanup);
    room_ = records - 1;
  }

  // Takes the newest record that lies above `mark`, following links; false when there is none.
  // With `only`, takes it just when it belongs to that object. What lies at the window's `limit` is
  // given back to the window.
  bool Pop(Address mark, Address* limit, Cleanup* cleanup, const void* only) noexcept {
    while (newest_ != mark) {
      if (newest_ == Address{}) Fail("arena: the start of a scope was lost");
      const Record taken = *reinterpret_cast<const Record*>(newest_);
      if (only != nullptr && (taken.run == nullptr || taken.object != only)) return false;
      const Address after{static_cast<std::uintptr_t>(newest_) + sizeof(Record)};
      if (newest_ == *limit) *limit = after;
      if (taken.run == nullptr) {
        newest_ = Address{reinterpret_cast<std::uintptr_t>(taken.object)};
        room_ = 0;
        continue;
      }
      newest_ = after;
      *cleanup = {taken.run, taken.object};
      return true;
    }
    return false;
  }

 private:
  // One cleanup, or, with `run` null, a link: `object` is then the newest record of the segment
  // before.
  struct alignas(kGranule) Record {
    void (*run)(void*) noexcept;
    void* object;
  };
  static_assert(sizeof(Record) == kGranule);

  Address newest_{};
  std::size_t room_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_CLEANUP_RECORDS_HPP
