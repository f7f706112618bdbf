// SPDX-License-Identifier: Apache-2.0
//
// The records of an arena's cleanups: a stack that grows downwards, in segments. A segment lies at
// the end of a window or in a block of its own. The first record of a segment links to the segment
// before, so an arena that moves its window loses none.
//
//     newest_                                         end of the segment
//     v
//     +--------+----------------+--------+--------+--------+
//     | object |      run       | object | object |  link  |
//     +--------+----------------+--------+--------+--------+
//
// Objects of one type that lie side by side, in the order of their registration, share a record: a
// run, whose destructors are called in a loop instead of through a pointer for each. Another
// neighbour only moves the run's end.
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

/// A destructor, or another function, that an arena owes a call: `run(object)`. A cleanup that is
/// registered has a function.
struct Cleanup {
  void (*run)(void*) noexcept = nullptr;
  void* object = nullptr;
};

namespace detail {

// An address as a type of its own: no store through a user's pointer can alias it, so compilers
// keep cursor and limit in registers from one allocation to the next.
enum class Address : std::uintptr_t {};

ARENA_WRAPS constexpr Address operator+(Address address, std::size_t bytes) noexcept {
  return Address{static_cast<std::uintptr_t>(address) + bytes};
}
ARENA_WRAPS constexpr Address operator-(Address address, std::size_t bytes) noexcept {
  return Address{static_cast<std::uintptr_t>(address) - bytes};
}

// Neighbours that are still to be destroyed: [first, end) holds objects of one type.
struct ObjectRun {
  Address first;
  Address end;
};

// How objects of one type are destroyed.
struct Destructor {
  void (*one)(void* object) noexcept;

  // Destroys the objects of the run, the last one first, and takes each off the run before its
  // destructor is called. Stops early when `state` changes: a destructor has registered or taken a
  // cleanup, so it is for the caller to see whose turn it is.
  void (*run)(ObjectRun& run, const Destructor* const& state) noexcept;

  std::size_t size;  // of one object, in bytes
};

template <class T>
void DestroyOne(void* object) noexcept {
  static_cast<T*>(object)->~T();
}

template <class T>
void DestroyRun(ObjectRun& run, const Destructor* const& state) noexcept {
  const Destructor* const unchanged = state;
  Address last = run.end;
  while (last != run.first) {
    last = last - sizeof(T);
    run.end = last;
    reinterpret_cast<T*>(last)->~T();
    if (state != unchanged) return;
  }
}

template <class T>
inline constexpr Destructor kDestructor = {&DestroyOne<T>, &DestroyRun<T>, sizeof(T)};

// The type of no object: the records are in this state while a run's destructors are called.
inline constexpr Destructor kRunning = {nullptr, nullptr, 0};

class CleanupRecords {
 public:
  static constexpr std::size_t kRecordSize = kGranule;

  // A segment outside a window has room for as many records, or for one when memory is short.
  static constexpr std::size_t kRecordsPerSegment = 16;

  // The bytes of a segment: its link and so many records.
  static constexpr std::size_t SegmentSize(std::size_t records) noexcept {
    return (records + 1) * kRecordSize;
  }

  CleanupRecords() = default;
  CleanupRecords(const CleanupRecords&) = delete;
  CleanupRecords& operator=(const CleanupRecords&) = delete;

  bool empty() const noexcept { return newest_ == Address{}; }

  // The newest record; null when there is none. It equals the window's limit when it lies in the
  // window, and the next record then goes right below it.
  Address newest() const noexcept { return newest_; }

  // Whether the newest record is of objects of this type, and another may join them.
  ARENA_ALWAYS_INLINE bool MayContinue(const Destructor& type) const noexcept {
    return newest_type_ == &type;
  }

  // Adds an object to the newest record, which is of its type, if that is a run and the object lies
  // right behind it. Takes no memory.
  ARENA_ALWAYS_INLINE bool Continue(const Destructor& type, Address object) noexcept {
    if (At(newest_).run != nullptr) return false;
    ObjectRun& run = RunAt(newest_);
    if (run.end != object) return false;
    run.end = object + type.size;
    return true;
  }

  // Whether StartRun may be called: the newest record, of an object of this type, is that of the
  // object right before this one.
  ARENA_ALWAYS_INLINE bool MayStartRun(const Destructor& type, Address object) const noexcept {
    const Record& before = At(newest_);
    const Address first{reinterpret_cast<std::uintptr_t>(before.object)};
    return before.run != nullptr && first + type.size == object;
  }

  // Makes the newest record a run of two. Takes kRecordSize bytes below it.
  void StartRun(const Destructor& type, Address object) noexcept {
    ARENA_ASSERT(MayStartRun(type, object));
    const Address first{reinterpret_cast<std::uintptr_t>(At(newest_).object)};
    ::new (reinterpret_cast<void*>(newest_)) ObjectRun{first, object + type.size};
    Write({nullptr, Tagged(type)});
  }

  // These take kRecordSize bytes below the newest record, too.
  ARENA_ALWAYS_INLINE void PushObject(const Destructor& type, void* object) noexcept {
    newest_type_ = &type;
    Write({type.one, object});
  }
  ARENA_ALWAYS_INLINE void Push(const Cleanup& cleanup) noexcept {
    ARENA_ASSERT(cleanup.run != nullptr && "a cleanup needs a function to call");
    Close();
    Write(cleanup);
  }

  // What is registered from now on has records of its own.
  void Close() noexcept { newest_type_ = nullptr; }

  // Push into a segment outside a window, which has the room itself; false when that is full.
  bool PushIntoRoom(const Cleanup& cleanup) noexcept {
    if (room_ == 0) return false;
    --room_;
    Push(cleanup);
    return true;
  }

  // Goes on below `end`, in a segment that has room for `records`, of which this is the first.
  void OpenSegment(Address end, std::size_t records, const Cleanup& cleanup) noexcept {
    void* const before = reinterpret_cast<void*>(newest_);
    newest_ = end;
    Write({nullptr, before});
    Push(cleanup);
    room_ = records - 1;
  }

  // Takes the newest cleanup without running it; false when there is none. With `only`, takes it
  // just when it belongs to that object. A record at the window's `limit` returns its bytes to the
  // window.
  bool Take(Address* limit, Cleanup* cleanup, const void* only) noexcept {
    while (!empty()) {
      const Record& record = At(newest_);
      if (record.run != nullptr) {
        if (only != nullptr && record.object != only) return false;
        *cleanup = record;
        Drop(kRecordSize, limit);
        return true;
      }
      const Destructor* const type = TypeOfRun(record);
      if (type == nullptr) {
        if (only != nullptr) return false;
        FollowLink(limit);
        continue;
      }
      ObjectRun& run = RunAt(newest_);
      if (newest_type_ == &kRunning) Close();
      if (run.first == run.end) {
        if (only != nullptr) return false;
        Drop(kRunSize, limit);
        continue;
      }
      const Address last = run.end - type->size;
      if (only != nullptr && reinterpret_cast<void*>(last) != only) return false;
      *cleanup = {type->one, reinterpret_cast<void*>(last)};
      run.end = last;
      if (run.first == last) Drop(kRunSize, limit);
      return true;
    }
    return false;
  }

  // The newest record, and those of its segment, were moved.
  void MoveNewest(Address newest) noexcept {
    newest_ = newest;
    if (newest_type_ == &kRunning) newest_type_ = nullptr;  // its loop looks for the run anew
  }

  // Runs cleanups, newest first, until `mark` is the newest record: those registered since it was,
  // all of them for Address{}, and those that they register. A cleanup may move the records, and
  // `mark` with them.
  void RunUntil(const Address& mark, Address* limit) noexcept {
    while (newest_ != mark) {
      const Record& record = At(newest_);
      if (record.run != nullptr) {
        const Cleanup taken = record;
        Drop(kRecordSize, limit);
        taken.run(taken.object);
      } else if (const Destructor* const type = TypeOfRun(record)) {
        ObjectRun& run = RunAt(newest_);
        newest_type_ = &kRunning;
        type->run(run, newest_type_);
        // If the state has changed, the run may be gone, or elsewhere. Else it has its turn again,
        // empty or not, when what is newer is gone.
        if (newest_type_ == &kRunning) Drop(kRunSize, limit);
      } else {
        FollowLink(limit);
        if (empty() && mark != Address{}) Fail("arena: the start of a scope was lost");
      }
    }
  }

 private:
  // One cleanup; or, with `run` null, a link, whose `object` is the newest record of the segment
  // before; or the head of a run, whose `object` is its Destructor, tagged.
  struct alignas(kGranule) Record : Cleanup {};
  static_assert(sizeof(Record) == kRecordSize);

  static constexpr std::size_t kRunSize = 2 * kRecordSize;
  static constexpr std::uintptr_t kRunTag = 1;
  static_assert(alignof(Destructor) > kRunTag && sizeof(ObjectRun) <= kRecordSize);

  static Record& At(Address place) noexcept { return *reinterpret_cast<Record*>(place); }

  // The objects of the run whose head lies at `place`.
  static ObjectRun& RunAt(Address place) noexcept {
    return *reinterpret_cast<ObjectRun*>(place + kRecordSize);
  }

  // What distinguishes the head of a run: neither a record nor a registered object lies there.
  static void* Tagged(const Destructor& type) noexcept {
    return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(&type) + kRunTag);
  }

  // Null when the record is a link. `record.run` is null.
  static const Destructor* TypeOfRun(const Record& record) noexcept {
    const auto tagged = reinterpret_cast<std::uintptr_t>(record.object);
    return (tagged & kRunTag) != 0 ? reinterpret_cast<const Destructor*>(tagged - kRunTag)
                                   : nullptr;
  }

  ARENA_ALWAYS_INLINE void Write(const Cleanup& record) noexcept {
    newest_ = newest_ - kRecordSize;
    void* const place = reinterpret_cast<void*>(newest_);
    MarkAllocated(place, kRecordSize);
    ::new (place) Record{record};
  }

  void Drop(std::size_t bytes, Address* limit) noexcept {
    Close();
    const Address after = newest_ + bytes;
    if (newest_ == *limit) *limit = after;
    newest_ = after;
  }

  void FollowLink(Address* limit) noexcept {
    const Address before{reinterpret_cast<std::uintptr_t>(At(newest_).object)};
    Drop(kRecordSize, limit);
    newest_ = before;
    room_ = 0;
  }

  Address newest_{};
  // Of the newest record; null when nothing may join it. Whatever adds or takes a record changes it.
  const Destructor* newest_type_ = nullptr;
  std::size_t room_ = 0;  // free places below newest_, in a segment outside a window
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_CLEANUP_RECORDS_HPP
