// SPDX-License-Identifier: Apache-2.0
// clang-format off
//
// arena, the whole library in one file: copy it, include it. Made by tests/single_file/make.py from the
// headers in include/arena, which are the ones to read and to change.
//
// Version 0.1.0, revision cf9f7d50f00f (the first digits of the SHA-256 of what is below this head).
// Copyright 2026 The arena authors. Apache License 2.0, http://www.apache.org/licenses/LICENSE-2.0
//
// Define before including it, for the parts that not everybody wants:
//   ARENA_WITH_POOL       ArenaPool and PageResource
//   ARENA_WITH_IOSTREAM   ArenaStreambuf, ArenaStream, printing and pictures of an arena
//   ARENA_WITH_FORMAT     Format, where <format> exists

// ---- arena/version.hpp ---------------------------------------------------------------------------
//
// The version, written in this one place: CMake, pkg-config and the inline namespace read it here.
#ifndef ARENA_VERSION_HPP
#define ARENA_VERSION_HPP

#define ARENA_VERSION_MAJOR 0
#define ARENA_VERSION_MINOR 1
#define ARENA_VERSION_PATCH 0

/// The version as one number to compare with: major * 10000 + minor * 100 + patch.
#define ARENA_VERSION \
  (ARENA_VERSION_MAJOR * 10000 + ARENA_VERSION_MINOR * 100 + ARENA_VERSION_PATCH)

#endif  // ARENA_VERSION_HPP

// ---- arena/config.hpp ----------------------------------------------------------------------------
//
// Feature detection, the knobs a user may set, and the inline namespace that keeps differently
// configured builds from linking with each other.
//
// Knobs, to be defined for the whole program before the first include:
//   ARENA_REDZONE=n    n poisoned bytes after each allocation (0: none); they count in Len().
//                      AddressSanitizer sees the very first byte of an overrun with 8 or more
//   ARENA_VALGRIND=1   tell Valgrind's memcheck which bytes are handed out (needs its headers)
//   ARENA_ASSERT(c)    what checks an internal invariant (detail/core/assert.hpp); assert() unless
//                      defined
#ifndef ARENA_CONFIG_HPP
#define ARENA_CONFIG_HPP


#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "arena needs C++20: compile with -std=c++20 (or /std:c++20) or newer."
#endif

#ifndef ARENA_REDZONE
#define ARENA_REDZONE 0
#endif

#ifndef ARENA_VALGRIND
#define ARENA_VALGRIND 0
#endif

#ifndef ARENA_EXCEPTIONS
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define ARENA_EXCEPTIONS 1
#else
#define ARENA_EXCEPTIONS 0
#endif
#endif

#ifndef ARENA_RTTI
#if defined(__cpp_rtti) || defined(__GXX_RTTI) || defined(_CPPRTTI)
#define ARENA_RTTI 1
#else
#define ARENA_RTTI 0
#endif
#endif

#if defined(__has_feature)
#define ARENA_HAS_FEATURE(feature) __has_feature(feature)
#else
#define ARENA_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || ARENA_HAS_FEATURE(address_sanitizer)
#define ARENA_ASAN 1
#else
#define ARENA_ASAN 0
#endif

#if ARENA_HAS_FEATURE(memory_sanitizer)
#define ARENA_MSAN 1
#else
#define ARENA_MSAN 0
#endif

// With underscores, because programs have macros named noinline, always_inline and noreturn
// (<stdnoreturn.h> and the headers of kernels define them).
#if defined(__GNUC__)
#define ARENA_ALWAYS_INLINE __attribute__((__always_inline__)) inline
#define ARENA_COLD __attribute__((__cold__, __noinline__))
#define ARENA_NOINLINE __attribute__((__noinline__))
#define ARENA_NORETURN [[__noreturn__]]
#define ARENA_NODISCARD [[__nodiscard__]]
#define ARENA_MAYBE_UNUSED [[__maybe_unused__]]
#elif defined(_MSC_VER)
#define ARENA_ALWAYS_INLINE __forceinline
#define ARENA_COLD __declspec(noinline)
#define ARENA_NOINLINE __declspec(noinline)
#define ARENA_NORETURN __declspec(noreturn)
#define ARENA_NODISCARD [[nodiscard]]
#define ARENA_MAYBE_UNUSED [[maybe_unused]]
#else
#define ARENA_ALWAYS_INLINE inline
#define ARENA_COLD
#define ARENA_NOINLINE
#define ARENA_NORETURN [[noreturn]]
#define ARENA_NODISCARD [[nodiscard]]
#define ARENA_MAYBE_UNUSED [[maybe_unused]]
#endif

// A function whose unsigned arithmetic wraps around on purpose: clang's unsigned-integer-overflow
// sanitizer would report it.
#if defined(__clang__)
#define ARENA_WRAPS __attribute__((__no_sanitize__("unsigned-integer-overflow")))
#else
#define ARENA_WRAPS
#endif

// A variable of which there is one in the whole program, also when its shared objects are built
// with -fvisibility=hidden. Windows has one in each DLL all the same.
#if defined(__GNUC__) && !defined(_WIN32)
#define ARENA_ONE_PER_PROGRAM __attribute__((__visibility__("default")))
#else
#define ARENA_ONE_PER_PROGRAM
#endif

// A deleted function says why: in the compiler's message where the language has that, else in the
// line that the compiler quotes, on which the sentence has to stand.
#if defined(__cpp_deleted_function) && __cplusplus > 202302L
#define ARENA_DELETE(why) delete (why)
#else
#define ARENA_DELETE(why) delete
#endif

// The inline namespace: everything that changes what the inline functions do to an arena's memory,
// or what its virtual table holds (RTTI), is part of its name, so that two builds that would
// disagree about it fail at link time.
// Assertions are not part of it: a debug application may use a release library.
#define ARENA_CONCATENATE_(a, b) a##b
#define ARENA_CONCATENATE(a, b) ARENA_CONCATENATE_(a, b)

#if ARENA_ASAN
#define ARENA_TAG_SANITIZER _asan
#elif ARENA_MSAN
#define ARENA_TAG_SANITIZER _msan
#else
#define ARENA_TAG_SANITIZER
#endif

#if ARENA_VALGRIND
#define ARENA_TAG_VALGRIND _valgrind
#else
#define ARENA_TAG_VALGRIND
#endif

#if ARENA_EXCEPTIONS
#define ARENA_TAG_EXCEPTIONS
#else
#define ARENA_TAG_EXCEPTIONS _noexceptions
#endif

#if ARENA_RTTI
#define ARENA_TAG_RTTI
#else
#define ARENA_TAG_RTTI _nortti
#endif

#if ARENA_REDZONE
#define ARENA_TAG_REDZONE ARENA_CONCATENATE(_redzone, ARENA_REDZONE)
#else
#define ARENA_TAG_REDZONE
#endif

#define ARENA_TAG_VERSION                                      \
  ARENA_CONCATENATE(ARENA_CONCATENATE(v, ARENA_VERSION_MAJOR), \
                    ARENA_CONCATENATE(_, ARENA_VERSION_MINOR))
#define ARENA_ABI                                                                                \
  ARENA_CONCATENATE(ARENA_CONCATENATE(ARENA_CONCATENATE(ARENA_TAG_VERSION, ARENA_TAG_SANITIZER), \
                                      ARENA_CONCATENATE(ARENA_TAG_VALGRIND, ARENA_TAG_REDZONE)), \
                    ARENA_CONCATENATE(ARENA_TAG_EXCEPTIONS, ARENA_TAG_RTTI))

#define ARENA_BEGIN_NAMESPACE \
  namespace arena {           \
  inline namespace ARENA_ABI {
#define ARENA_END_NAMESPACE \
  }                         \
  }

#endif  // ARENA_CONFIG_HPP

// ---- arena/detail/core/atomic_pointer.hpp --------------------------------------------------------
//
// A pointer that several threads may read and write, by the compiler's own operations where it has
// them: the few that the library needs are no reason for every user to compile <atomic>.
#ifndef ARENA_DETAIL_CORE_ATOMIC_POINTER_HPP
#define ARENA_DETAIL_CORE_ATOMIC_POINTER_HPP


#if !defined(__GNUC__)
#include <atomic>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// Pointer is a pointer to an object or to a function, or an address as an integer.
template <class Pointer>
class AtomicPointer {
 public:
  constexpr explicit AtomicPointer(Pointer value) noexcept : value_(value) {}
  AtomicPointer(const AtomicPointer&) = delete;
  AtomicPointer& operator=(const AtomicPointer&) = delete;

#if defined(__GNUC__)
  Pointer LoadRelaxed() const noexcept { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
  Pointer LoadAcquire() const noexcept { return __atomic_load_n(&value_, __ATOMIC_ACQUIRE); }
  void StoreRelaxed(Pointer value) noexcept { __atomic_store_n(&value_, value, __ATOMIC_RELAXED); }
  void StoreRelease(Pointer value) noexcept { __atomic_store_n(&value_, value, __ATOMIC_RELEASE); }

  // Acquires and releases; returns the value before.
  Pointer Exchange(Pointer value) noexcept {
    return __atomic_exchange_n(&value_, value, __ATOMIC_ACQ_REL);
  }

 private:
  Pointer value_;
#else
  Pointer LoadRelaxed() const noexcept { return value_.load(std::memory_order_relaxed); }
  Pointer LoadAcquire() const noexcept { return value_.load(std::memory_order_acquire); }
  void StoreRelaxed(Pointer value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void StoreRelease(Pointer value) noexcept { value_.store(value, std::memory_order_release); }

  // Acquires and releases; returns the value before.
  Pointer Exchange(Pointer value) noexcept {
    return value_.exchange(value, std::memory_order_acq_rel);
  }

 private:
  std::atomic<Pointer> value_;
#endif
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_ATOMIC_POINTER_HPP

// ---- arena/detail/core/assert.hpp ----------------------------------------------------------------
//
// How the library fails: the assertion hook, the replaceable failure handler, and the cold
// functions that throw. Nothing here is inlined into a hot path.
#ifndef ARENA_DETAIL_CORE_ASSERT_HPP
#define ARENA_DETAIL_CORE_ASSERT_HPP

#include <cstdio>
#include <cstdlib>
#include <new>
#include <stdexcept>


#ifndef ARENA_ASSERT
#include <cassert>
/// Checks an internal invariant in debug builds. Define it before the first include to use your
/// own.
#define ARENA_ASSERT(condition) assert(condition)
#endif

ARENA_BEGIN_NAMESPACE

/// Is told, in one sentence, why the program cannot go on. It may log, dump or end the
/// process in its own way, but not throw; when it returns, the program is aborted.
using FailureHandler = void (*)(const char* message);

namespace detail {

inline void PrintFailure(const char* message) {
  std::fputs(message, stderr);
  std::fputc('\n', stderr);
}

ARENA_ONE_PER_PROGRAM inline constinit AtomicPointer<FailureHandler> failure_handler{&PrintFailure};

// Ends the program with a message: for misuse that would otherwise corrupt memory, in every build.
ARENA_NORETURN ARENA_COLD inline void Fail(const char* message) noexcept {
  failure_handler.LoadAcquire()(message);
  std::abort();
}

ARENA_NORETURN ARENA_COLD inline void ThrowBadAlloc() {
#if ARENA_EXCEPTIONS
  throw std::bad_alloc();
#else
  Fail("arena: out of memory (std::bad_alloc, exceptions are off)");
#endif
}

ARENA_NORETURN ARENA_COLD inline void ThrowLengthError(const char* message) {
#if ARENA_EXCEPTIONS
  throw std::length_error(message);
#else
  Fail(message);
#endif
}

ARENA_NORETURN ARENA_COLD inline void ThrowOutOfRange(const char* message) {
#if ARENA_EXCEPTIONS
  throw std::out_of_range(message);
#else
  Fail(message);
#endif
}

}  // namespace detail

/// Replaces the failure handler and returns the one before; nullptr restores the default, which
/// prints the message to standard error.
///
/// The handler hears of misuse that the library stops in every build (a scope left out of order,
/// say) and, where exceptions are off, of everything that would have been an exception.
/// There is one in the program, shared objects included; on Windows each DLL has its own, and parts
/// that were built differently (config.hpp) do not share one either. Thread-safe. The handler may
/// be called from any thread that uses an arena, also while a lock is held.
inline FailureHandler SetFailureHandler(FailureHandler handler) noexcept {
  return detail::failure_handler.Exchange(handler != nullptr ? handler : &detail::PrintFailure);
}

ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_ASSERT_HPP

// ---- arena/detail/core/align.hpp -----------------------------------------------------------------
//
// Integer arithmetic of an allocator: powers of two, checked sums and products, size classes. No
// pointers here, so that each function can be tested, and fuzzed, on its own.
#ifndef ARENA_DETAIL_CORE_ALIGN_HPP
#define ARENA_DETAIL_CORE_ALIGN_HPP

#include <bit>
#include <cstddef>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

// No object may be larger: pointer differences inside it must fit in ptrdiff_t.
inline constexpr std::size_t kMaxSize = static_cast<std::size_t>(PTRDIFF_MAX);

// What every buffer's end and every cleanup record is aligned to: records lie at the end of a
// window, without padding between them.
inline constexpr std::size_t kGranule = 16;

// std::min and std::max, without the ten thousand lines of <algorithm>. Not Min and Max, which are
// macros in PostgreSQL's headers.
constexpr std::size_t MinOf(std::size_t a, std::size_t b) noexcept { return b < a ? b : a; }
constexpr std::size_t MaxOf(std::size_t a, std::size_t b) noexcept { return a < b ? b : a; }

// A number that fits, as a size. A template, because the cast does nothing on 64 bits, which
// compilers can warn of.
template <class Integer>
constexpr std::size_t ToSize(Integer value) noexcept {
  if constexpr (sizeof(Integer) > sizeof(std::size_t)) {
    return static_cast<std::size_t>(value);
  } else {
    return value;
  }
}

constexpr bool IsPowerOfTwo(std::size_t value) noexcept {
  return value != 0 && (value & (value - 1)) == 0;
}

// The next multiple of a power of two. Wraps to 0 above the last one.
ARENA_WRAPS constexpr std::uintptr_t AlignUp(std::uintptr_t value, std::size_t alignment) noexcept {
  return (value + (alignment - 1)) & ~(alignment - 1);
}

constexpr std::uintptr_t AlignDown(std::uintptr_t value, std::size_t alignment) noexcept {
  return value & ~(alignment - 1);
}

// a + b into *sum; false, leaving *sum alone, when it would pass kMaxSize.
ARENA_NODISCARD constexpr bool AddSizes(std::size_t a, std::size_t b, std::size_t* sum) noexcept {
  if (a > kMaxSize || b > kMaxSize - a) return false;
  *sum = a + b;
  return true;
}

// count * size into *product; false, leaving *product alone, when it would pass kMaxSize.
ARENA_NODISCARD constexpr bool MultiplySizes(std::size_t count, std::size_t size,
                                             std::size_t* product) noexcept {
  if (size != 0 && count > kMaxSize / size) return false;
  *product = count * size;
  return true;
}

// Size classes: 64, 80, 96, 112, 128, 160, ..., four in each octave, numbered from 1. Class 0 is
// for what is smaller than the smallest class.
inline constexpr std::size_t kSmallestClass = 64;

// The bytes of a class. Requires 1 <= index <= SizeClassAbove(kMaxSize) with a result that fits.
constexpr std::size_t SizeClassBytes(std::size_t index) noexcept {
  const std::size_t octave = (index - 1) / 4;
  const std::size_t quarter = (index - 1) % 4;
  return (kSmallestClass << octave) + quarter * ((kSmallestClass / 4) << octave);
}

// The smallest class that holds `size` bytes.
constexpr std::size_t SizeClassAbove(std::size_t size) noexcept {
  if (size <= kSmallestClass) return 1;
  const std::size_t last = size - 1;
  // Not std::bit_width, whose type differs between standard libraries: in one of them the cast to
  // std::size_t would do nothing, which compilers can warn of.
  const std::size_t octave =
      8 * sizeof(last) - 7 - static_cast<std::size_t>(std::countl_zero(last));
  return octave * 4 + ((last >> (octave + 4)) & 3) + 2;
}

// The largest class that fits in `size` bytes; 0 when none does.
constexpr std::size_t SizeClassBelow(std::size_t size) noexcept {
  return size < kSmallestClass ? 0 : SizeClassAbove(size + 1) - 1;
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_ALIGN_HPP

// ---- arena/detail/core/sanitizer.hpp -------------------------------------------------------------
//
// Tells AddressSanitizer, MemorySanitizer and Valgrind which bytes are handed out. Without any of
// them every function here is empty.
#ifndef ARENA_DETAIL_CORE_SANITIZER_HPP
#define ARENA_DETAIL_CORE_SANITIZER_HPP

#include <cstddef>


#if ARENA_ASAN
#include <sanitizer/asan_interface.h>
#endif
#if ARENA_MSAN
#include <sanitizer/msan_interface.h>
#endif
#if ARENA_VALGRIND
#include <valgrind/memcheck.h>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// True when bytes that are not handed out must be marked, which costs what an uninstrumented build
// does not pay: Reset then visits every used buffer.
inline constexpr bool kInstrumented = ARENA_ASAN != 0 || ARENA_MSAN != 0 || ARENA_VALGRIND != 0;

// Bytes kept poisoned after each allocation; they count in Len().
inline constexpr std::size_t kRedzone = ARENA_REDZONE;

// The bytes may be used from now on; their contents are undefined.
inline void MarkAllocated(ARENA_MAYBE_UNUSED const void* bytes,
                          ARENA_MAYBE_UNUSED std::size_t size) noexcept {
#if ARENA_ASAN
  __asan_unpoison_memory_region(bytes, size);
#endif
#if ARENA_MSAN
  __msan_allocated_memory(bytes, size);
#endif
#if ARENA_VALGRIND
  VALGRIND_MAKE_MEM_UNDEFINED(bytes, size);
#endif
}

// The bytes belong to nobody: any use of them is a bug to report.
inline void MarkFree(ARENA_MAYBE_UNUSED const void* bytes,
                     ARENA_MAYBE_UNUSED std::size_t size) noexcept {
#if ARENA_ASAN
  __asan_poison_memory_region(bytes, size);
#endif
#if ARENA_MSAN
  __msan_allocated_memory(bytes, size);
#endif
#if ARENA_VALGRIND
  VALGRIND_MAKE_MEM_NOACCESS(bytes, size);
#endif
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_SANITIZER_HPP

// ---- arena/detail/core/cleanup_records.hpp -------------------------------------------------------
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
  // destructor is called. Stops early when `newest` changes: a destructor has registered a cleanup,
  // whose turn it is.
  void (*run)(ObjectRun& run, const Address& newest) noexcept;

  std::size_t size;  // of one object, in bytes
};

template <class T>
void DestroyOne(void* object) noexcept {
  static_cast<T*>(object)->~T();
}

template <class T>
void DestroyRun(ObjectRun& run, const Address& newest) noexcept {
  const Address unchanged = newest;
  Address last = run.end;
  while (last != run.first) {
    last = last - sizeof(T);
    run.end = last;
    reinterpret_cast<T*>(last)->~T();
    if (newest != unchanged) return;
  }
}

template <class T>
inline constexpr Destructor kDestructor = {&DestroyOne<T>, &DestroyRun<T>, sizeof(T)};

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

  // Whether the segment, one outside a window, has free places below the newest record.
  bool HasRoom() const noexcept { return room_ != 0; }

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

  // Whether StartRun would.
  ARENA_ALWAYS_INLINE bool MayStartRun(const Destructor& type, Address object) const noexcept {
    const Record& before = At(newest_);
    const Address first{reinterpret_cast<std::uintptr_t>(before.object)};
    return before.run != nullptr && first + type.size == object;
  }

  // Makes the newest record, of an object of this type, a run of two if it lies right before this one.
  // Takes kRecordSize bytes below the newest record.
  bool StartRun(const Destructor& type, Address object) noexcept {
    if (!MayStartRun(type, object)) return false;
    const Address first{reinterpret_cast<std::uintptr_t>(At(newest_).object)};
    ::new (reinterpret_cast<void*>(newest_)) ObjectRun{first, object + type.size};
    Write({nullptr, Tagged(type)});
    return true;
  }

  // These take kRecordSize bytes below the newest record, too.
  ARENA_ALWAYS_INLINE void PushObject(const Destructor& type, void* object) noexcept {
    newest_type_ = &type;
    Write({type.one, object});
  }
  ARENA_ALWAYS_INLINE void Push(const Cleanup& cleanup) noexcept {
    Close();
    Write({cleanup.run, cleanup.object});
  }

  // What is registered from now on has records of its own.
  void Close() noexcept { newest_type_ = nullptr; }

  void PushIntoRoom(const Cleanup& cleanup) noexcept {
    --room_;
    Push(cleanup);
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
        *cleanup = {record.run, record.object};
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
      const bool empty_run = run.first == run.end;
      if (!empty_run) {
        void* const last = reinterpret_cast<void*>(run.end - type->size);
        if (only != nullptr && last != only) return false;
        *cleanup = {type->one, last};
        run.end = run.end - type->size;
      }
      if (run.first == run.end) Drop(kRunSize, limit);
      if (!empty_run) return true;
    }
    return false;
  }

  // Runs cleanups, newest first, until `mark` is the newest record: those registered since it was,
  // and those that they register.
  void RunUntil(Address mark, Address* limit) noexcept {
    while (newest_ != mark) {
      const Record& record = At(newest_);
      if (record.run != nullptr) {
        const Record taken = record;
        Drop(kRecordSize, limit);
        taken.run(taken.object);
      } else if (const Destructor* const type = TypeOfRun(record)) {
        const Address place = newest_;
        ObjectRun& run = RunAt(place);
        Close();
        type->run(run, newest_);
        // A run below newer records has its turn again when they are gone.
        if (newest_ == place && run.first == run.end) Drop(kRunSize, limit);
      } else {
        FollowLink(limit);
        if (empty() && mark != Address{}) Fail("arena: the start of a scope was lost");
      }
    }
  }

  // Runs all cleanups, newest first, and those that they register.
  void RunAll(Address* limit) noexcept { RunUntil(Address{}, limit); }

 private:
  // One cleanup; or, with `run` null, a link, whose `object` is the newest record of the segment
  // before; or the head of a run, whose `object` is its Destructor, tagged.
  struct alignas(kGranule) Record {
    void (*run)(void*) noexcept = nullptr;
    void* object = nullptr;
  };
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

  ARENA_ALWAYS_INLINE void Write(const Record& record) noexcept {
    newest_ = newest_ - kRecordSize;
    void* const place = reinterpret_cast<void*>(newest_);
    MarkAllocated(place, kRecordSize);
    ::new (place) Record(record);
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
  const Destructor* newest_type_ = nullptr;  // of the newest record; null when nothing may join it
  std::size_t room_ = 0;  // free places below newest_, in a segment outside a window
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_CLEANUP_RECORDS_HPP

// ---- arena/detail/core/bump.hpp ------------------------------------------------------------------
//
// The bump: where, behind the last byte in use and below a limit, a request comes to lie. On
// integers alone, so that each function can be tested against wider arithmetic.
//
//        in use      padding      the request     free
//     ..............+-------+-------------------+--------+
//                   |       |xxxxxxxxxxxxxxxxxxx|        |
//     ..............+-------+-------------------+--------+
//                  ^ last  ^ start - 1         ^ its last ^ limit
//
// Not the next free byte is kept, but the last one in use, since that takes one instruction to
// align: with its low bits set it is the byte before a multiple of the alignment. The rest, for
// sizes and alignments known only at run time, is one addition and three comparisons.
//
// Requires last + 1 <= limit, and a `last` of -1 (nothing is in use, from address 0 on) only where
// the limit is 0: an empty window never serves anything, and one with room does not begin there.
#ifndef ARENA_DETAIL_CORE_BUMP_HPP
#define ARENA_DETAIL_CORE_BUMP_HPP

#include <cstddef>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Where a request lies: its first byte, and its last one, red zone included.
struct Piece {
  std::uintptr_t start;
  std::uintptr_t last;
};

// Any size, any alignment; exact for all of them. False as well for a size of 0 and for an
// alignment that is 0 or no power of two.
ARENA_WRAPS ARENA_ALWAYS_INLINE constexpr bool Bump(std::uintptr_t last, std::uintptr_t limit,
                                                    std::size_t size, std::size_t alignment,
                                                    Piece* piece) noexcept {
  // With the red zone, the sum of the two must not wrap, either.
  if constexpr (kRedzone != 0) {
    if (size == 0 || size > kMaxSize) return false;
  }
  const std::uintptr_t before = last | (alignment - 1);
  const std::uintptr_t end = before + size + kRedzone;
  // A statement of its own: in one condition with the others clang would count the bits.
  if ((alignment & (alignment - 1)) != 0) return false;
  // What does not end behind `before` has wrapped, or is of size 0. The same for an alignment of 0
  // and for one that leads past the last address: `before` is that address then.
  if (end >= limit || end <= before) return false;
  *piece = {before + 1, end};
  return true;
}

// Bump for a request as Arena::DoAlloc has it: the size is not 0, the alignment is a power of two, and
// their sum is no more than PTRDIFF_MAX.
ARENA_WRAPS ARENA_ALWAYS_INLINE constexpr bool BumpChecked(std::uintptr_t last,
                                                           std::uintptr_t limit, std::size_t size,
                                                           std::size_t alignment,
                                                           Piece* piece) noexcept {
  const std::uintptr_t padded = last | (alignment - 1);
  const std::uintptr_t end = padded + size + kRedzone;
  if (end >= limit || end <= padded) [[unlikely]]
    return false;
  *piece = {padded + 1, end};
  return true;
}

// Two numbers up to this, added to an address, do not wrap: those of user space end below 2^57, and
// the tags that some hardware lets a program keep above leave zeros in between. 2^40 in two
// shifts: a single one would be an error where std::size_t has 32 bits.
inline constexpr std::size_t kNeverWraps = sizeof(void*) >= 8 ? std::size_t{1} << 20 << 20 : 0;

// A size and an alignment known at compile time.
template <std::size_t kSize, std::size_t kAlignment>
ARENA_WRAPS ARENA_ALWAYS_INLINE constexpr bool BumpFixed(std::uintptr_t last, std::uintptr_t limit,
                                                         Piece* piece) noexcept {
  static_assert(kSize != 0 && IsPowerOfTwo(kAlignment));
  if constexpr (kRedzone != 0 || kSize > kNeverWraps || kAlignment > kNeverWraps) {
    return Bump(last, limit, kSize, kAlignment, piece);
  } else {
    const std::uintptr_t before = last | (kAlignment - 1);
    const std::uintptr_t end = before + kSize;
    if (end >= limit) [[unlikely]]
      return false;
    *piece = {before + 1, end};
    return true;
  }
}

// An arena's `last`, ready to be aligned. To an alignment that is not known at compile time clang
// would align it as an operand in memory, which Zen 4 cannot forward from the store just before as
// it does to a load: a loop then takes twice the time.
ARENA_ALWAYS_INLINE std::uintptr_t ToBeAligned(std::uintptr_t last,
                                               ARENA_MAYBE_UNUSED std::size_t alignment) noexcept {
#if defined(__clang__) && defined(__x86_64__)
  if (!__builtin_constant_p(alignment)) __asm__("" : "+r"(last));
#endif
  return last;
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_BUMP_HPP

// ---- arena/detail/core/window.hpp ----------------------------------------------------------------
//
// The window: the stretch of memory that an arena is handing out, and its cleanup records.
//
//        handed out       free        records
//     +---------------+-----------+------------------+
//     |xxxxxxxxxxxxxxx|           | newest .. oldest |
//     +---------------+-----------+------------------+
//     ^ rewind bound  ^ cursor    ^ limit
//
// Everything that is done with these is a member of this class; nothing else knows how they are
// kept. It owns no memory, calls nothing but cleanups, and works without an arena.
#ifndef ARENA_DETAIL_CORE_WINDOW_HPP
#define ARENA_DETAIL_CORE_WINDOW_HPP

#include <cstddef>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

class Window {
 public:
  // Where a window stood; for Rewind. Of use as long as the window's memory is there.
  class Mark {
   public:
    // Where the cursor stood.
    std::byte* cursor() const noexcept { return reinterpret_cast<std::byte*>(last_used_ + 1); }

   private:
    friend class Window;
    Address last_used_{}, limit_{}, rewind_bound_{}, newest_record_{};
  };

  Window() = default;
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // ---- the memory --------------------------------------------------------------------------------

  // Makes [begin, end) the window. Cleanups that were registered before keep their place. The last
  // 1 to 15 bytes of an end that is no multiple of kGranule are left out.
  void Set(void* begin, void* end) noexcept {
    const auto first = reinterpret_cast<std::uintptr_t>(begin);
    auto limit = AlignDown(reinterpret_cast<std::uintptr_t>(end), kGranule);
    // Records that lie in the new window stay behind its limit.
    const auto newest = static_cast<std::uintptr_t>(records_.newest());
    if (newest >= first && newest < limit) limit = newest;
    MoveCursor(first);
    rewind_bound_ = Address{first};
    limit_ = Address{limit < first ? first : limit};
  }

  // From now on there is no window. The cleanups stay.
  void Leave() noexcept { Set(nullptr, nullptr); }

  // The next free byte; null without a window.
  std::byte* cursor() const noexcept { return reinterpret_cast<std::byte*>(Cursor()); }

  // One past the last byte that an allocation may take: behind it lie records.
  std::byte* limit() const noexcept { return reinterpret_cast<std::byte*>(limit_); }

  std::size_t Room() const noexcept { return Limit() - Cursor(); }

  // ---- the bump ----------------------------------------------------------------------------------

  // Hands out `size` bytes; false, with nothing changed, when the window does not suffice, the size
  // is 0 or the alignment no power of two.
  ARENA_ALWAYS_INLINE bool Bump(std::size_t size, std::size_t alignment, void** block) noexcept {
    Piece piece;
    const std::uintptr_t last = ToBeAligned(LastUsed(), alignment);
    if (!detail::Bump(last, Limit(), size, alignment, &piece)) return false;
    *block = Commit(piece, size);
    return true;
  }

  // Bump for a size that is not 0 and an alignment that is a power of two.
  ARENA_ALWAYS_INLINE bool BumpChecked(std::size_t size, std::size_t alignment,
                                       void** block) noexcept {
    Piece piece;
    const std::uintptr_t last = ToBeAligned(LastUsed(), alignment);
    if (!detail::BumpChecked(last, Limit(), size, alignment, &piece)) [[unlikely]]
      return false;
    *block = Commit(piece, size);
    return true;
  }

  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_ALWAYS_INLINE bool BumpFixed(void** block) noexcept {
    Piece piece;
    if (!detail::BumpFixed<kSize, kAlignment>(LastUsed(), Limit(), &piece)) return false;
    *block = Commit(piece, kSize);
    return true;
  }

  // Bump for the slow path, right after the window was moved. There the red zone is left out if it
  // does not fit: an arena may have made its window for just this request. Null when the request
  // does not fit.
  void* BumpAfterMove(std::size_t size, std::size_t alignment) noexcept {
    entered_at_ = last_used_;
    void* block;
    if (Bump(size, alignment, &block)) return block;
    if constexpr (kRedzone == 0) return nullptr;
    const std::uintptr_t start = AlignUp(Cursor(), alignment);
    if (start < Cursor() || start > Limit() || size > Limit() - start) return nullptr;
    return Commit({start, start + size - 1}, size);
  }

  // Resizes the last allocation in place. False, with nothing changed, when the block is not the
  // last, lies below the rewind bound, or the room does not suffice.
  bool Resize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    const auto start = reinterpret_cast<std::uintptr_t>(block);
    const std::uintptr_t cursor = Cursor();
    if (start < static_cast<std::uintptr_t>(rewind_bound_) || start > cursor) return false;
    if (old_size > kMaxSize || cursor - start != old_size + kRedzone) return false;
    if (new_size == 0) {
      MoveCursor(start);
      return true;
    }
    if (new_size + kRedzone > Limit() - start) return false;
    MoveCursor(start + new_size + kRedzone);
    if (new_size > old_size) {
      MarkAllocated(static_cast<std::byte*>(block) + old_size, new_size - old_size);
    }
    return true;
  }

  // Where the bump stands, as it is at hand before an allocation; for UndoPadding.
  Address position() const noexcept { return last_used_; }

  // Takes back the padding before a block that was allocated at `position` and was just resized to
  // nothing. If the window moved for that block, the padding in the new window.
  void UndoPadding(Address position, const void* block) noexcept {
    if (Cursor() != reinterpret_cast<std::uintptr_t>(block)) return;
    const auto in_window = [this](Address last_used) {
      const Address cursor = last_used + 1;
      return cursor >= rewind_bound_ && cursor <= last_used_ + 1;
    };
    if (in_window(position)) {
      last_used_ = position;
    } else if (in_window(entered_at_)) {
      last_used_ = entered_at_;
    }
  }

  // ---- scopes ------------------------------------------------------------------------------------

  // Remembers where the window stands. What was handed out before can no longer be resized, and what
  // is registered from now on makes records of its own.
  Mark MarkHere() noexcept {
    Mark mark;
    mark.last_used_ = last_used_;
    mark.limit_ = limit_;
    mark.rewind_bound_ = rewind_bound_;
    mark.newest_record_ = records_.newest();
    records_.Close();
    rewind_bound_ = Address{Cursor()};
    return mark;
  }

  // Runs the cleanups registered since the mark, newest first, and those that they register.
  void RunCleanupsSince(const Mark& mark) noexcept {
    records_.RunUntil(mark.newest_record_, &limit_);
  }

  // Forgets what was handed out since the mark, whose cleanups have run.
  void Rewind(const Mark& mark) noexcept {
    ARENA_ASSERT(records_.newest() == mark.newest_record_);
    last_used_ = mark.last_used_;
    limit_ = mark.limit_;
    rewind_bound_ = mark.rewind_bound_;
    MarkFree(cursor(), Room());
  }

  // ---- cleanups ----------------------------------------------------------------------------------

  // Whether there is a record, or the link of a segment whose records were all taken.
  bool HasRecords() const noexcept { return !records_.empty(); }

  // Registers the destructor of an object that was just allocated, with the newest record if that is
  // of its neighbour, else in the segment at the window's end; false when there is no such segment or
  // no room.
  ARENA_ALWAYS_INLINE bool PushObject(const Destructor& type, void* object) noexcept {
    const Address place{reinterpret_cast<std::uintptr_t>(object)};
    if (records_.MayContinue(type)) {
      if (records_.Continue(type, place)) [[likely]]
        return true;
      return PushNeighbour(type, object);
    }
    if (!TakeRecordRoom()) return false;
    records_.PushObject(type, object);
    return true;
  }

  // PushObject, but without a call, for a function that would need a frame for one; false, with nothing
  // changed, also for the second object of a run.
  ARENA_ALWAYS_INLINE bool PushObjectInLeaf(const Destructor& type, void* object) noexcept {
    const Address place{reinterpret_cast<std::uintptr_t>(object)};
    if (records_.MayContinue(type)) {
      if (records_.Continue(type, place)) return true;
      if (records_.MayStartRun(type, place)) return false;
    }
    if (!TakeRecordRoom()) return false;
    records_.PushObject(type, object);
    return true;
  }

  // Registers a cleanup in the segment at the window's end; false when there is none or no room.
  ARENA_ALWAYS_INLINE bool PushCleanup(const Cleanup& cleanup) noexcept {
    if (!TakeRecordRoom()) return false;
    records_.Push(cleanup);
    return true;
  }

  // Registers a cleanup in a segment outside the window; false when it has no room.
  bool PushIntoSegment(const Cleanup& cleanup) noexcept {
    if (!records_.HasRoom()) return false;
    records_.PushIntoRoom(cleanup);
    return true;
  }

  // Opens a segment at the window's end; false when there is no room for a link and a record.
  bool OpenSegment(const Cleanup& cleanup) noexcept {
    if (Room() < CleanupRecords::SegmentSize(1)) return false;
    const Address end = limit_;
    limit_ = limit_ - CleanupRecords::SegmentSize(1);
    records_.OpenSegment(end, 1, cleanup);
    return true;
  }

  // Opens a segment in the SegmentSize(records) bytes of a block outside the free part.
  void OpenSegmentIn(void* block, std::size_t records, const Cleanup& cleanup) noexcept {
    const Address begin{reinterpret_cast<std::uintptr_t>(block)};
    records_.OpenSegment(begin + CleanupRecords::SegmentSize(records), records, cleanup);
  }

  // Takes the newest cleanup without running it; false when none is left. With `only`, takes it just
  // when it belongs to that object.
  bool TakeCleanup(Cleanup* cleanup, const void* only) noexcept {
    return records_.Take(&limit_, cleanup, only);
  }

  // Runs all cleanups, newest first, and those that they register.
  void RunCleanups() noexcept { records_.RunAll(&limit_); }

 private:
  std::uintptr_t LastUsed() const noexcept { return static_cast<std::uintptr_t>(last_used_); }
  ARENA_WRAPS std::uintptr_t Cursor() const noexcept { return LastUsed() + 1; }
  std::uintptr_t Limit() const noexcept { return static_cast<std::uintptr_t>(limit_); }
  ARENA_WRAPS void MoveCursor(std::uintptr_t cursor) noexcept { last_used_ = Address{cursor - 1}; }

  // Makes the piece the last allocation.
  ARENA_ALWAYS_INLINE void* Commit(const Piece& piece, std::size_t size) noexcept {
    last_used_ = Address{piece.last};
    void* const block = reinterpret_cast<void*>(piece.start);
    MarkAllocated(block, size);
    return block;
  }

  // PushObject for an object of the newest record's type that is not behind a run of them.
  ARENA_NOINLINE bool PushNeighbour(const Destructor& type, void* object) noexcept {
    if (!TakeRecordRoom()) return false;
    if (!records_.StartRun(type, Address{reinterpret_cast<std::uintptr_t>(object)})) {
      records_.PushObject(type, object);
    }
    return true;
  }

  // Gives the segment at the window's end room for one record more.
  ARENA_WRAPS ARENA_ALWAYS_INLINE bool TakeRecordRoom() noexcept {
    // The room is one less than this difference.
    if (records_.newest() != limit_ || Limit() - LastUsed() <= CleanupRecords::kRecordSize) {
      return false;
    }
    limit_ = limit_ - CleanupRecords::kRecordSize;
    return true;
  }

  // The last byte in use, cursor - 1: the form that the bump works on. Invariant: rewind_bound_ - 1
  // <= last_used_ < limit_; without a window limit_ is 0 and last_used_ the highest address.
  Address last_used_{~std::uintptr_t{0}};
  Address limit_{};         // a multiple of kGranule, or the cursor of a window without room
  Address rewind_bound_{};  // start of the window or of the innermost scope, whichever is later:
                            // nothing below it is resized in place
  Address entered_at_{};    // last_used_ before the last BumpAfterMove
  CleanupRecords records_;  // those in the window lie behind limit_, the newest one at limit_
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_WINDOW_HPP

// ---- arena/fwd.hpp -------------------------------------------------------------------------------
//
// Declares the library's types without defining them: for headers that only name an arena.
//
// Include this instead of writing `namespace arena { class Arena; }` by hand: the types live in an
// inline namespace whose name depends on the build (config.hpp). `ConcurrentArena` is an alias of
// `BasicConcurrentArena<std::mutex>` and comes with concurrent_arena.hpp, since std::mutex cannot
// be declared without its header; likewise `ThreadCachedArena` and thread_cached_arena.hpp.
#ifndef ARENA_FWD_HPP
#define ARENA_FWD_HPP

#include <cstddef>


ARENA_BEGIN_NAMESPACE

class Arena;
class ArenaDecorator;
class ArenaBuffer;
class ArenaLease;
class ArenaPool;
class ArenaScope;
class ArenaStream;
class ArenaStreambuf;
class MonotonicArena;
class PageResource;
struct ArenaPoolKeyStats;
struct ArenaPoolOptions;
struct ArenaPoolStats;
struct ArenaStats;
struct Cleanup;
struct MonotonicArenaOptions;
struct ThreadCachedArenaOptions;

template <class T>
class Allocator;
template <class Mutex>
class BasicConcurrentArena;
template <class Mutex>
class BasicThreadCachedArena;
template <std::size_t N>
class InlineArena;
template <class T>
class Slice;

namespace detail {
struct PictureAccess;
struct PoolAccess;
}  // namespace detail

ARENA_END_NAMESPACE

#endif  // ARENA_FWD_HPP

// ---- arena/arena_interface.hpp -------------------------------------------------------------------
//
// class Arena: the one interface that everything else in the library takes.
//
// An Arena holds a window of memory and hands out pieces of it by moving a cursor, inline and
// without a virtual call. Only when the window does not suffice does a virtual function run.
//
// The window is detail/core/window.hpp. To write an arena of your own, derive from Arena and implement the six pure virtual functions;
// examples/custom_arena.cpp is a whole one. Typed allocation, destructors, slices, buffers and
// std::pmr containers work on it as they are.
#ifndef ARENA_ARENA_INTERFACE_HPP
#define ARENA_ARENA_INTERFACE_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>


ARENA_BEGIN_NAMESPACE

/// Memory that is handed out piece by piece and freed all at once.
///
/// An arena does not free single objects: everything goes at once, at Reset, at Release or at the
/// end of a scope. Whatever may still touch its memory (containers, buffers, child arenas, other
/// threads) is gone before.
///
/// It is a std::pmr::memory_resource: every std::pmr container takes its address, and an arena can
/// be the upstream of another. As with std::pmr::monotonic_buffer_resource, `deallocate` does
/// nothing, so a container that dies after Reset cannot free a stranger's memory (under
/// AddressSanitizer it poisons what the arena still owns).
///
/// Thread safety: one thread at a time, unless the derived class says otherwise (ConcurrentArena).
/// Not async-signal-safe. Not copyable, not movable: slices, allocators and containers hold its
/// address.
class Arena : public std::pmr::memory_resource {
 public:
  Arena(const Arena&) = ARENA_DELETE("arena: an arena stays where it is: pass Arena&");
  Arena& operator=(const Arena&) = ARENA_DELETE("arena: an arena stays where it is: pass Arena&");

  /// Hands out `size` uninitialised bytes, aligned to `alignment`, any power of two.
  ///
  /// Packing is exact: Len() grows by `size` and the padding this call needed. Alloc(0) returns an
  /// aligned pointer that is not null and changes nothing. O(1), amortised over the buffers of the
  /// arena. The memory lives until Reset, Release, the end of the scope it was made in, or the
  /// arena's end.
  ///
  /// Throws std::bad_alloc when the alignment is no power of two, the size is over PTRDIFF_MAX, a
  /// limit is reached or upstream fails; Len, Cap, Peak and every earlier allocation are as before.
  ARENA_ALWAYS_INLINE void* Alloc(std::size_t size,
                                  std::size_t alignment = alignof(std::max_align_t)) {
    void* block;
    if (window_.Bump(size, alignment, &block)) [[likely]]
      return block;
    return AllocSlow(this, size, alignment);
  }

  /// Alloc that returns nullptr where Alloc throws.
  ARENA_NODISCARD ARENA_ALWAYS_INLINE void* TryAlloc(
      std::size_t size, std::size_t alignment = alignof(std::max_align_t)) noexcept {
    void* block;
    if (window_.Bump(size, alignment, &block)) [[likely]]
      return block;
    return TryAllocSlow(this, size, alignment);
  }

  /// Resizes, in place, the last allocation of the window from `old_size` to `new_size` bytes; 0
  /// gives the whole block back.
  ///
  /// `old_size` is what was asked for when the block was allocated or last resized. Answers false,
  /// and changes nothing, when the block is not the last one, was handed out before the innermost
  /// open scope, is of size 0, or when the room does not suffice. Shrinking gives back bytes of the
  /// block, never the padding before it; Peak() keeps the old height. O(1).
  bool TryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    if (block == nullptr || old_size == 0 || new_size > detail::kMaxSize - detail::kRedzone)
      return false;
    return DoTryResize(block, old_size, new_size);
  }

  /// Runs the cleanups, newest first, forgets every allocation and retains the memory for the next
  /// round.
  ///
  /// The cleanups run on the calling thread before any memory is reused. They may allocate,
  /// deallocate and register; what they register runs too. Calling Reset or Release of an arena
  /// from one of its own cleanups, or while a scope is open, ends the program with a message.
  void Reset() noexcept { DoClear(Retention::kRetain); }

  /// Resets, then frees the memory: returns it upstream. The arena is empty and usable afterwards.
  void Release() noexcept { DoClear(Retention::kFree); }

  /// Bytes handed out since the last Reset: the sizes and the alignment padding between them.
  virtual std::size_t Len() const noexcept = 0;

  /// Usable bytes held from upstream, or from the caller.
  virtual std::size_t Cap() const noexcept = 0;

  /// The highest Len() ever; survives Reset and Release.
  virtual std::size_t Peak() const noexcept = 0;

  // ---- For code that constructs objects in an arena itself; allocate.hpp is built on these ---------

  /// Alloc for a size, not 0, and an alignment that are known at compile time.
  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_ALWAYS_INLINE void* AllocFixed() {
    void* block;
    if (window_.BumpFixed<kSize, kAlignment>(&block)) [[likely]]
      return block;
    return AllocSlowFixed<kSize, kAlignment>(this);
  }

  /// AllocFixed that returns nullptr where AllocFixed throws.
  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_NODISCARD ARENA_ALWAYS_INLINE void* TryAllocFixed() noexcept {
    void* block;
    if (window_.BumpFixed<kSize, kAlignment>(&block)) [[likely]]
      return block;
    return TryAllocSlow(this, kSize, kAlignment);
  }

  /// Registers a cleanup; false, with nothing changed, when there is no memory for its record. O(1).
  ARENA_NODISCARD ARENA_ALWAYS_INLINE bool AddCleanup(Cleanup cleanup) noexcept {
    if (window_.PushCleanup(cleanup)) [[likely]]
      return true;
    return AddCleanupSlow(this, cleanup);
  }

  /// Registers the destructor of an object in this arena's memory, as AddCleanup does. Objects of one
  /// type that lie side by side share a record. O(1).
  template <class T>
  ARENA_NODISCARD ARENA_ALWAYS_INLINE bool AddDestructor(T* object) noexcept {
    constexpr const detail::Destructor& type = detail::kDestructor<T>;
    if (window_.PushObject(type, object)) [[likely]]
      return true;
    return DoAddDestructor(type, object);
  }

  /// Forgets the newest cleanup if it is that of `object`; false, with nothing changed, when not.
  bool DropCleanup(const void* object) noexcept {
    Cleanup dropped;
    return DoTakeCleanup(&dropped, object);
  }

  /// Where the window's bump stands; taken before an allocation, Undo can take back its padding, too.
  detail::Address Position() const noexcept { return window_.position(); }

  /// Takes back a block of `size` bytes that was allocated at `position`, if it is the window's last
  /// and nothing was allocated since. Len() is then what it was; Peak() and Cap() may have grown.
  ARENA_COLD void Undo(detail::Address position, void* block, std::size_t size) noexcept {
    if (TryResize(block, size, 0)) window_.UndoPadding(position, block);
  }

 protected:
  /// What Reset and Release do with the memory once every cleanup has run.
  enum class Retention { kRetain, kFree };

  Arena() = default;

  /// A class that owns memory calls Release() in its own destructor: here it is too late for that.
  ~Arena() override {
    ARENA_ASSERT(!window_.HasRecords() &&
                 "an arena died with cleanups left: call Release() in its destructor");
  }

  /// Serves a request that the window does not.
  ///
  /// Called with size >= 1, a power of two as alignment, and size + alignment - 1 <= PTRDIFF_MAX.
  /// Returns nullptr when the request cannot be met, with all figures as before. May move the
  /// window with SetWindow and then call AllocFromWindow.
  virtual void* DoAlloc(std::size_t size, std::size_t alignment) noexcept = 0;

  /// TryResize, with a block that is not null, an old size that is not 0 and a new size that is
  /// sane. By default it works on the window.
  virtual bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    return window_.Resize(block, old_size, new_size);
  }

  /// Forgets every allocation and retains the memory. Called when no cleanup is left.
  virtual void DoReset() noexcept = 0;

  /// Forgets every allocation and frees the memory. Called when no cleanup is left.
  virtual void DoRelease() noexcept = 0;

  /// All of Reset or Release: runs the cleanups, then calls DoReset or DoRelease.
  ///
  /// By default it runs those at the window, then takes and runs those that the arena has elsewhere.
  /// A decorator that threads share overrides it: the check for recursion is a plain flag.
  virtual void DoClear(Retention retention) noexcept {
    RunWindowCleanups();
    clearing_ = true;
    Cleanup cleanup;
    while (DoTakeCleanup(&cleanup, nullptr)) cleanup.run(cleanup.object);
    clearing_ = false;
    Forget(retention);
  }

  /// For a DoClear: runs the cleanups at the window, newest first. Ends the program when it is called
  /// from one of them.
  void RunWindowCleanups() noexcept {
    if (clearing_) {
      detail::Fail("arena: Reset or Release was called from a cleanup of the same arena");
    }
    if (!window_.HasRecords()) return;
    clearing_ = true;
    window_.RunCleanups();
    clearing_ = false;
  }

  /// For a DoClear: DoReset or DoRelease.
  void Forget(Retention retention) noexcept {
    retention == Retention::kRetain ? DoReset() : DoRelease();
  }

  /// Registers a cleanup; false, with nothing changed, when there is no memory for its record.
  ///
  /// By default records go to the end of the window, 16 bytes each, and for an arena without one
  /// into blocks of 16 records obtained from DoAlloc.
  virtual bool DoAddCleanup(Cleanup cleanup) noexcept {
    if (window_.PushIntoSegment(cleanup) || window_.OpenSegment(cleanup)) return true;
    using Records = detail::CleanupRecords;
    for (const std::size_t count : {Records::kRecordsPerSegment, std::size_t{1}}) {
      if (void* const block = DoAlloc(Records::SegmentSize(count), Records::kRecordSize)) {
        window_.OpenSegmentIn(block, count, cleanup);
        return true;
      }
    }
    return false;
  }

  /// Registers the destructor of an object. By default as a cleanup like others; an arena whose windows
  /// are elsewhere can let neighbours share a record.
  virtual bool DoAddDestructor(const detail::Destructor& type, void* object) noexcept {
    return DoAddCleanup({type.one, object});
  }

  /// Takes the newest cleanup off the arena without running it; false when none is left. With
  /// `only`, takes it just when it belongs to that object.
  virtual bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept {
    return window_.TakeCleanup(cleanup, only);
  }

  /// Names the innermost open scope, for a decorator that keeps memory of the arena from one call to
  /// the next; null when none is open.
  virtual const void* DoScope() const noexcept { return nullptr; }

  /// A container returned a block. Called in instrumented builds only, to mark it as free.
  virtual void DoMarkDeallocated(void*, std::size_t) noexcept {}

  /// Makes [begin, end) the window. Cleanups that were registered before keep their place.
  ///
  /// The last 1 to 15 bytes of an end that is not a multiple of 16 are left out. Both null: no
  /// window. To come back to a window that was left, pass the WindowCursor() and the WindowLimit()
  /// it had then: what lies behind that limit is records. Under AddressSanitizer the window is as
  /// poisoned as it was.
  void SetWindow(void* begin, void* end) noexcept { window_.Set(begin, end); }

  /// Serves a request from the window if that suffices, or returns nullptr: for the end of DoAlloc.
  void* AllocFromWindow(std::size_t size, std::size_t alignment) noexcept {
    return window_.BumpAfterMove(size, alignment);
  }

  /// Where the next allocation starts, before its padding: window bytes in use are `cursor -
  /// begin`.
  std::byte* WindowCursor() const noexcept { return window_.cursor(); }

  /// One past the last byte that an allocation may take: between it and the end lie cleanup
  /// records.
  std::byte* WindowLimit() const noexcept { return window_.limit(); }

  /// The window itself, for arenas whose scopes or threads save and restore it.
  detail::Window& window() noexcept { return window_; }
  const detail::Window& window() const noexcept { return window_; }

 private:
  friend class ArenaDecorator;  // calls the hooks of its base

  ARENA_COLD static void* TryAllocSlow(Arena* self, std::size_t size,
                                       std::size_t alignment) noexcept {
    std::size_t reach;
    if (!detail::IsPowerOfTwo(alignment) || !detail::AddSizes(size, alignment - 1, &reach) ||
        !detail::AddSizes(reach, detail::kRedzone, &reach)) {
      return nullptr;
    }
    // Never dereferenced and never freed: any aligned address that is not null will do.
    if (size == 0) return reinterpret_cast<void*>(alignment);
    return self->DoAlloc(size, alignment);
  }

  ARENA_COLD static void* AllocSlow(Arena* self, std::size_t size, std::size_t alignment) {
    void* block = TryAllocSlow(self, size, alignment);
    if (block == nullptr) detail::ThrowBadAlloc();
    return block;
  }

  // AllocSlow with its arguments inside: the caller then has fewer registers to save for a path
  // that it almost never takes. What TryAllocSlow checks is known at compile time, so DoAlloc, which
  // is the fast path of arenas without a window, is called directly.
  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_COLD static void* AllocSlowFixed(Arena* self) {
    constexpr std::size_t kRest = detail::kMaxSize - detail::kRedzone;
    if constexpr (kSize <= kRest && kAlignment - 1 <= kRest - kSize) {
      void* const block = self->DoAlloc(kSize, kAlignment);
      if (block == nullptr) detail::ThrowBadAlloc();
      return block;
    } else {
      return AllocSlow(self, kSize, kAlignment);
    }
  }

  ARENA_COLD static bool AddCleanupSlow(Arena* self, Cleanup cleanup) noexcept {
    return self->DoAddCleanup(cleanup);
  }

  void* do_allocate(std::size_t bytes, std::size_t alignment) final {
    return Alloc(bytes == 0 ? 1 : bytes, alignment);
  }

  void do_deallocate(void* block, ARENA_MAYBE_UNUSED std::size_t bytes, std::size_t) final {
    if constexpr (detail::kInstrumented) DoMarkDeallocated(block, bytes == 0 ? 1 : bytes);
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept final {
    return this == &other;
  }

  detail::Window window_;
  bool clearing_ = false;  // a Reset or Release is running the cleanups
};

ARENA_END_NAMESPACE

#endif  // ARENA_ARENA_INTERFACE_HPP

// ---- arena/detail/objects/uses_allocator.hpp -----------------------------------------------------
//
// Uses-allocator construction where an allocator that is passed explicitly wins: the arguments of a
// constructor, with the arena's allocator among them unless one is there already.
#ifndef ARENA_DETAIL_OBJECTS_USES_ALLOCATOR_HPP
#define ARENA_DETAIL_OBJECTS_USES_ALLOCATOR_HPP

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

template <class T>
inline constexpr bool kIsPair = false;
template <class First, class Second>
inline constexpr bool kIsPair<std::pair<First, Second>> = true;

template <class T, class Arg, class = void>
inline constexpr bool kIsAllocatorOf = false;
template <class T, class Arg>
inline constexpr bool kIsAllocatorOf<T, Arg, std::void_t<typename T::allocator_type>> =
    std::is_convertible_v<Arg, typename T::allocator_type> &&
    !std::is_null_pointer_v<std::remove_cvref_t<Arg>>;

template <class... Args>
struct LastOf {
  using type = void;
};
template <class Arg, class... Args>
struct LastOf<Arg, Args...> {
  using type = typename std::conditional_t<sizeof...(Args) == 0, std::type_identity<Arg>,
                                           LastOf<Args...>>::type;
};

template <class... Args>
inline constexpr bool kStartsWithAllocatorArg = false;
template <class First, class... Args>
inline constexpr bool kStartsWithAllocatorArg<First, Args...> =
    std::is_same_v<std::remove_cvref_t<First>, std::allocator_arg_t>;

// Whether an allocator for the T is among the arguments, in one of the two places where it is
// looked for.
template <class T, class... Args>
inline constexpr bool kBringsAllocator =
    kStartsWithAllocatorArg<Args...> || kIsAllocatorOf<T, typename LastOf<Args...>::type>;

// The same, and there is such a constructor. Not asked of other arguments: with a default argument
// that needs an allocator from nowhere, the question alone is an error.
template <class T, class... Args>
constexpr bool BringsItsAllocator() noexcept {
  if constexpr (kBringsAllocator<T, Args...>) {
    return std::is_constructible_v<T, Args...>;
  } else {
    return false;
  }
}

// The arguments with which to construct a T, as std::uses_allocator_construction_args has them,
// but for an allocator that is among them already.
template <class Allocator>
class ConstructionArgs {
 public:
  explicit constexpr ConstructionArgs(const Allocator& allocator) noexcept
      : allocator_(allocator) {}

  template <class T, class... Args>
  constexpr auto For(Args&&... args) const {
    if constexpr (kIsPair<T>) {
      return ForPair<T>(std::forward<Args>(args)...);
    } else if constexpr (BringsItsAllocator<T, Args...>()) {
      return std::forward_as_tuple(std::forward<Args>(args)...);
    } else {
      return std::uses_allocator_construction_args<T>(allocator_, std::forward<Args>(args)...);
    }
  }

 private:
  template <class Pair>
  constexpr auto ForPair() const {
    return ForPair<Pair>(std::piecewise_construct, std::tuple<>(), std::tuple<>());
  }
  template <class Pair, class First, class Second>
  constexpr auto ForPair(First&& first, Second&& second) const {
    return ForPair<Pair>(std::piecewise_construct,
                         std::forward_as_tuple(std::forward<First>(first)),
                         std::forward_as_tuple(std::forward<Second>(second)));
  }
  template <class Pair, class Other>
  constexpr auto ForPair(Other&& other) const {
    if constexpr (kIsPair<std::remove_cvref_t<Other>>) {
      return ForPair<Pair>(std::get<0>(std::forward<Other>(other)),
                           std::get<1>(std::forward<Other>(other)));
    } else {  // what converts to a pair
      return std::uses_allocator_construction_args<Pair>(allocator_, std::forward<Other>(other));
    }
  }
  template <class Pair, class First, class Second>
  constexpr auto ForPair(std::piecewise_construct_t, First&& first, Second&& second) const {
    return std::make_tuple(std::piecewise_construct,
                           ForPart<typename Pair::first_type>(std::forward<First>(first)),
                           ForPart<typename Pair::second_type>(std::forward<Second>(second)));
  }
  template <class T, class Tuple>
  constexpr auto ForPart(Tuple&& parts) const {
    return std::apply(
        [this](auto&&... args) {
          return this->template For<T>(std::forward<decltype(args)>(args)...);
        },
        std::forward<Tuple>(parts));
  }

  const Allocator& allocator_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OBJECTS_USES_ALLOCATOR_HPP

// ---- arena/allocator.hpp -------------------------------------------------------------------------
//
// Allocator<T>: the standard containers' way into an arena.
#ifndef ARENA_ALLOCATOR_HPP
#define ARENA_ALLOCATOR_HPP

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <tuple>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// A standard allocator over an Arena: `std::vector<int, arena::Allocator<int>> v(a);`.
///
/// It inlines the arena's bump; `deallocate` does nothing (under AddressSanitizer it poisons). It
/// converts from `Arena&` and to std::pmr::polymorphic_allocator, both implicitly. Elements that
/// take such an allocator are given it (uses-allocator construction), so containers of containers
/// lie wholly in the arena.
///
/// Like std::pmr::polymorphic_allocator it does not propagate on assignment and swap, but a copy of
/// a container stays in the same arena. Swapping containers of different arenas is undefined, as
/// the standard has it. The containers of an arena are gone, or never touched again, before its
/// memory is.
///
/// Thread safety: that of the arena.
template <class T>
class Allocator {
 public:
  using value_type = T;
  using propagate_on_container_copy_assignment = std::false_type;
  using propagate_on_container_move_assignment = std::false_type;
  using propagate_on_container_swap = std::false_type;
  using is_always_equal = std::false_type;

  /// Allocates from `arena`, which outlives every container that uses it.
  Allocator(Arena& arena) noexcept : arena_(&arena) {}  // NOLINT(google-explicit-constructor)

  template <class U>
  Allocator(const Allocator<U>& other) noexcept  // NOLINT(google-explicit-constructor)
      : arena_(&other.arena()) {}

  /// Memory for `count` elements, uninitialised. Throws std::bad_alloc.
  ARENA_NODISCARD T* allocate(std::size_t count) {
    std::size_t bytes;
    if (!detail::MultiplySizes(count, sizeof(T), &bytes)) [[unlikely]]
      detail::ThrowBadAlloc();
    return static_cast<T*>(arena_->Alloc(bytes, alignof(T)));
  }

  /// Does nothing: the memory goes with the arena's.
  void deallocate(ARENA_MAYBE_UNUSED T* elements, ARENA_MAYBE_UNUSED std::size_t count) noexcept {
    if constexpr (detail::kInstrumented) {
      arena_->deallocate(elements, count * sizeof(T), alignof(T));
    }
  }

  /// Constructs an element that can take the allocator, or a pair of which a part can, with it,
  /// unless the arguments bring an allocator.
  template <class U, class... Args>
    requires((std::uses_allocator_v<U, Allocator> && !detail::BringsItsAllocator<U, Args...>()) ||
             detail::kIsPair<U>)
  void construct(U* element, Args&&... args) {
    std::apply(
        [element](auto&&... parts) {
          std::construct_at(element, std::forward<decltype(parts)>(parts)...);
        },
        detail::ConstructionArgs<Allocator>(*this).template For<U>(std::forward<Args>(args)...));
  }

  Arena& arena() const noexcept { return *arena_; }

  template <class U>
  operator std::pmr::polymorphic_allocator<U>()
      const noexcept {  // NOLINT(google-explicit-constructor)
    return std::pmr::polymorphic_allocator<U>(arena_);
  }

 private:
  Arena* arena_;
};

/// Equal when both allocate from the same arena.
template <class T, class U>
bool operator==(const Allocator<T>& a, const Allocator<U>& b) noexcept {
  return &a.arena() == &b.arena();
}

ARENA_END_NAMESPACE

#endif  // ARENA_ALLOCATOR_HPP

// ---- arena/detail/objects/construct.hpp ----------------------------------------------------------
//
// How an object is constructed at a place in an arena: braces or parentheses, and with which
// allocator.
#ifndef ARENA_DETAIL_OBJECTS_CONSTRUCT_HPP
#define ARENA_DETAIL_OBJECTS_CONSTRUCT_HPP

#include <cstddef>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

// An aggregate is built with braces, unless it is copied from another of its type.
template <class T, class... Args>
inline constexpr bool kBraces = std::is_aggregate_v<T>;
template <class T, class Arg>
inline constexpr bool kBraces<T, Arg> =
    std::is_aggregate_v<T> && !std::is_base_of_v<T, std::remove_cvref_t<Arg>>;
template <class T>
inline constexpr bool kBraces<T> = false;

template <class T, class... Args>
concept BraceConstructible = requires(Args&&... args) { T{std::forward<Args>(args)...}; };

template <class T, class... Args>
constexpr bool IsBuildable() noexcept {
  if constexpr (kBraces<T, Args...>) {
    return BraceConstructible<T, Args...>;
  } else {
    return std::is_constructible_v<T, Args...>;
  }
}

template <class T, class... Args>
constexpr bool IsNothrowBuildable() noexcept {
  if constexpr (kBraces<T, Args...>) {
    return noexcept(T{std::declval<Args>()...});
  } else {
    return std::is_nothrow_constructible_v<T, Args...>;
  }
}

template <class T, class... Args>
ARENA_ALWAYS_INLINE T* Build(void* place, Args&&... args) {
  if constexpr (kBraces<T, Args...>) {
    return ::new (place) T{std::forward<Args>(args)...};
  } else {
    return ::new (place) T(std::forward<Args>(args)...);
  }
}

// How a T is built from Args in an arena.
enum class Building { kAsWritten, kAllocatorFirst, kAllocatorLast, kPair, kImpossible };

template <class T, class... Args>
constexpr Building HowToBuild() noexcept {
  using A = const Allocator<std::byte>&;
  if constexpr (kIsPair<T>) {
    return Building::kPair;
  } else if constexpr (!std::uses_allocator_v<T, Allocator<std::byte>>) {
    return Building::kAsWritten;
  } else {
    // Whether it can be built as written is asked last: with a default argument that needs an
    // allocator from nowhere, the question alone is an error.
    if constexpr (kBringsAllocator<T, Args...>) {
      if constexpr (IsBuildable<T, Args...>())
        return Building::kAsWritten;  // an explicit allocator wins
    }
    if constexpr (IsBuildable<T, std::allocator_arg_t, A, Args...>()) {
      return Building::kAllocatorFirst;
    } else if constexpr (IsBuildable<T, Args..., A>()) {
      return Building::kAllocatorLast;
    } else if constexpr ((kIsAllocatorOf<T, Args> || ...)) {
      return IsBuildable<T, Args...>() ? Building::kAsWritten : Building::kImpossible;
    } else {
      return Building::kImpossible;
    }
  }
}

template <class T, class... Args>
constexpr bool IsNothrowBuildableIn() noexcept {
  using A = Allocator<std::byte>;
  constexpr Building how = HowToBuild<T, Args...>();
  if constexpr (how == Building::kAsWritten) {
    return IsNothrowBuildable<T, Args...>();
  } else if constexpr (how == Building::kAllocatorFirst) {
    return IsNothrowBuildable<T, const std::allocator_arg_t&, A, Args...>();
  } else if constexpr (how == Building::kAllocatorLast) {
    return IsNothrowBuildable<T, Args..., A>();
  } else {
    return false;
  }
}

// Constructs a T at `place`, giving it the arena where it takes an allocator.
template <class T, class... Args>
ARENA_ALWAYS_INLINE T* BuildIn(ARENA_MAYBE_UNUSED Arena& arena, void* place, Args&&... args) {
  constexpr Building how = HowToBuild<T, Args...>();
  static_assert(
      how != Building::kImpossible,
      "arena: this type takes an allocator, but not with these arguments; pass it arena::Allocator "
      "yourself, or give it a constructor that takes these arguments and an allocator");
  if constexpr (how == Building::kAsWritten) {
    return Build<T>(place, std::forward<Args>(args)...);
  } else if constexpr (how == Building::kAllocatorFirst) {
    return Build<T>(place, std::allocator_arg, Allocator<std::byte>(arena),
                    std::forward<Args>(args)...);
  } else if constexpr (how == Building::kAllocatorLast) {
    return Build<T>(place, std::forward<Args>(args)..., Allocator<std::byte>(arena));
  } else if constexpr (how == Building::kPair) {
    const Allocator<std::byte> allocator(arena);
    return std::apply(
        [place](auto&&... parts) {
          return ::new (place) T(std::forward<decltype(parts)>(parts)...);
        },
        ConstructionArgs(allocator).template For<T>(std::forward<Args>(args)...));
  }
}

// Default-initialises a T at `place`, giving it the arena where it takes an allocator.
template <class T>
constexpr bool IsNothrowDefaultBuildable() noexcept {
  if constexpr (std::uses_allocator_v<T, Allocator<std::byte>> || kIsPair<T>) {
    return IsNothrowBuildableIn<T>();
  } else {
    return std::is_nothrow_default_constructible_v<T>;
  }
}

template <class T>
ARENA_ALWAYS_INLINE T* BuildForOverwrite(ARENA_MAYBE_UNUSED Arena& arena, void* place) {
  if constexpr (std::uses_allocator_v<T, Allocator<std::byte>> || kIsPair<T>) {
    return BuildIn<T>(arena, place);
  } else {
    return ::new (place) T;
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OBJECTS_CONSTRUCT_HPP

// ---- arena/allocate.hpp --------------------------------------------------------------------------
//
// Typed allocation: objects constructed in an arena, and the cleanups it owes them.
#ifndef ARENA_ALLOCATE_HPP
#define ARENA_ALLOCATE_HPP

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// Specialise to true for a type whose only resource is memory of its arena: its destructor is then
/// not called, and no record is kept for it.
///
///     template <> inline constexpr bool arena::skip_destructor<Document> = true;
template <class T>
inline constexpr bool skip_destructor = false;

namespace detail {

template <class T>
inline constexpr bool kNeedsCleanup = !std::is_trivially_destructible_v<T> && !skip_destructor<T>;

template <class T>
constexpr void CheckDestructor() noexcept {
  static_assert(std::is_nothrow_destructible_v<T>,
                "arena: the destructor must be accessible and noexcept; declare it so");
}

template <class T>
constexpr void CheckAllocatable() noexcept {
  static_assert(
      !std::is_array_v<T>,
      "arena: T[N] cannot be allocated as one object; use arena::AllocateSlice<T>(arena, n)");
  static_assert(
      !std::is_reference_v<T>,
      "arena: a reference cannot be allocated; use the type without & or a pointer to it");
  static_assert(!std::is_void_v<T>,
                "arena: void cannot be allocated; use Arena::Alloc(bytes) for raw memory");
  static_assert(
      !std::is_const_v<T> && !std::is_volatile_v<T>,
      "arena: a cv-qualified type cannot be allocated; use the type without const and volatile");
  static_assert(
      !std::is_function_v<T>,
      "arena: a function cannot be allocated; use a pointer to it, or arena::Defer for a callable");
  if constexpr (std::is_class_v<T>) {
    static_assert(!std::is_abstract_v<T>,
                  "arena: an abstract class cannot be allocated; use a class derived from it");
  }
  if constexpr (std::is_object_v<T> && !std::is_array_v<T>) CheckDestructor<T>();
}

template <class T>
inline constexpr bool kAllocatable =
    std::is_object_v<T> && !std::is_array_v<T> && !std::is_const_v<T> && !std::is_volatile_v<T> &&
    !std::is_abstract_v<T>;

// Takes an allocation back unless the construction in it succeeds.
class AllocationGuard {
 public:
  AllocationGuard(Arena& arena, Address before, void* block, std::size_t size) noexcept
      : arena_(arena), before_(before), block_(block), size_(size) {}
  // Inlined, so that the guard itself needs no memory on the way that throws nothing.
  ARENA_ALWAYS_INLINE ~AllocationGuard() {
    if (block_ != nullptr) arena_.Undo(before_, block_, size_);
  }
  AllocationGuard(const AllocationGuard&) = delete;
  AllocationGuard& operator=(const AllocationGuard&) = delete;

  void Keep() noexcept { block_ = nullptr; }

 private:
  Arena& arena_;
  Address before_;
  void* block_;
  std::size_t size_;
};

// The second half of allocation: constructs, then registers the destructor. Null when there was no
// memory for the record; the object is destroyed by then.
template <class T, class Construct>
ARENA_ALWAYS_INLINE T* ConstructAndRegister(
    Arena& arena, Address before, void* block,
    Construct construct) noexcept(noexcept(construct(block))) {
  T* object;
  if constexpr (noexcept(construct(block))) {
    object = construct(block);
  } else {
    AllocationGuard guard(arena, before, block, sizeof(T));
    object = construct(block);
    guard.Keep();
  }
  if constexpr (kNeedsCleanup<T>) {
    // After construction: the object dies before what its constructor registered and may use.
    if (!arena.AddDestructor(object)) [[unlikely]] {
      object->~T();
      arena.Undo(before, block, sizeof(T));
      return nullptr;
    }
  }
  return object;
}

template <class T, class Construct>
ARENA_ALWAYS_INLINE T* AllocateWith(Arena& arena, Construct construct) {
  const detail::Address before = arena.Position();
  void* const block = arena.AllocFixed<sizeof(T), alignof(T)>();
  T* const object = ConstructAndRegister<T>(arena, before, block, construct);
  if constexpr (kNeedsCleanup<T>) {
    if (object == nullptr) [[unlikely]]
      ThrowBadAlloc();
  }
  return object;
}

template <class T, class Construct>
ARENA_ALWAYS_INLINE T* TryAllocateWith(Arena& arena, Construct construct) {
  const detail::Address before = arena.Position();
  void* const block = arena.TryAllocFixed<sizeof(T), alignof(T)>();
  if (block == nullptr) [[unlikely]]
    return nullptr;
  return ConstructAndRegister<T>(arena, before, block, construct);
}

}  // namespace detail

/// Constructs a T in the arena from `args`; value-initialises it when there are none.
///
/// Aggregates are built with braces, everything else with parentheses. A type that takes an
/// allocator which arena::Allocator converts to (the library's own,
/// std::pmr::polymorphic_allocator) is given the arena, parts of a std::pair too:
/// `Allocate<std::pmr::string>(a, "x")` lies wholly in `a`. An allocator passed explicitly wins.
///
/// The destructor runs at Reset, Release or the end of the scope, newest object first; a trivially
/// destructible T pays nothing for that. The object lives as long as the arena's memory. O(1) and
/// T's constructor.
///
/// Throws std::bad_alloc when memory is short, also for the cleanup's record (the object is
/// destroyed first), and what the constructor throws; nothing is registered then and, in the
/// arena's own window, Len() is as before.
template <class T, class... Args>
ARENA_ALWAYS_INLINE std::add_pointer_t<T> Allocate(Arena& arena, Args&&... args) {
  detail::CheckAllocatable<T>();
  if constexpr (detail::kAllocatable<T>) {
    return detail::AllocateWith<T>(
        arena, [&](void* place) noexcept(detail::IsNothrowBuildableIn<T, Args...>()) {
          return detail::BuildIn<T>(arena, place, std::forward<Args>(args)...);
        });
  }
}

/// Allocate that returns nullptr when memory is short. What the constructor throws passes through.
template <class T, class... Args>
ARENA_ALWAYS_INLINE std::add_pointer_t<T> TryAllocate(Arena& arena, Args&&... args) {
  detail::CheckAllocatable<T>();
  if constexpr (detail::kAllocatable<T>) {
    return detail::TryAllocateWith<T>(
        arena, [&](void* place) noexcept(detail::IsNothrowBuildableIn<T, Args...>()) {
          return detail::BuildIn<T>(arena, place, std::forward<Args>(args)...);
        });
  }
}

/// Allocate that default-initialises: an int, or an array member, keeps whatever the memory held.
template <class T>
ARENA_ALWAYS_INLINE std::add_pointer_t<T> AllocateForOverwrite(Arena& arena) {
  detail::CheckAllocatable<T>();
  if constexpr (detail::kAllocatable<T>) {
    return detail::AllocateWith<T>(
        arena, [&arena](void* place) noexcept(detail::IsNothrowDefaultBuildable<T>()) {
          return detail::BuildForOverwrite<T>(arena, place);
        });
  }
}

/// Has the arena call `cleanup()` once, with the destructors at their turn, and then destroy it.
///
/// A cleanup that throws ends the program. Throws std::bad_alloc when memory is short, with the
/// callable not called. O(1).
template <class F>
void Defer(Arena& arena, F cleanup) {
  static_assert(std::is_invocable_v<F&>, "arena: Defer needs a callable that takes no arguments");
  static_assert(std::is_nothrow_destructible_v<F>,
                "arena: the destructor must be accessible and noexcept; declare it so");
  const detail::Address before = arena.Position();
  void* const block = arena.AllocFixed<sizeof(F), alignof(F)>();
  detail::AllocationGuard guard(arena, before, block, sizeof(F));
  F* const stored = ::new (block) F(std::move(cleanup));
  const Cleanup call = {[](void* object) noexcept {
                          F& deferred = *static_cast<F*>(object);
                          static_cast<void>(deferred());
                          deferred.~F();
                        },
                        stored};
  if (!arena.AddCleanup(call)) {
    stored->~F();
    detail::ThrowBadAlloc();
  }
  guard.Keep();
}

namespace detail {

template <class Element, class Owner>
Element* OwnAs(Arena& arena, Owner object) {
  using D = typename Owner::deleter_type;
  static_assert(std::is_convertible_v<typename Owner::pointer, Element*>,
                "arena: Own needs a deleter whose pointer type is T*");
  // Of a deleter of one's own the type may be incomplete.
  if constexpr (std::is_same_v<D, std::default_delete<typename Owner::element_type>> ||
                std::is_same_v<D, std::default_delete<typename Owner::element_type[]>>) {
    CheckDestructor<Element>();
  }
  Element* const raw = object.get();
  if (raw == nullptr) return nullptr;
  if constexpr (std::is_empty_v<D> && std::is_nothrow_default_constructible_v<D>) {
    const Cleanup call = {[](void* owned) noexcept {
                            D deleter;
                            deleter(static_cast<Element*>(owned));
                          },
                          const_cast<std::remove_cv_t<Element>*>(raw)};
    if (!arena.AddCleanup(call)) {
      object.reset();
      ThrowBadAlloc();
    }
    static_cast<void>(object.release());
  } else {
    // If this throws, one of the two pointers deletes the object on the way out.
    Allocate<Owner>(arena, std::move(object));
  }
  return raw;
}

}  // namespace detail

/// Has the arena take over a heap object: it is deleted with the destructors, at its turn.
///
/// Returns the object; null stays null. Throws std::bad_alloc when memory is short, with the object
/// deleted first. O(1).
template <class T, class D>
T* Own(Arena& arena, std::unique_ptr<T, D> object) {
  return detail::OwnAs<T>(arena, std::move(object));
}

/// Own for an array; returns its first element.
template <class T, class D>
T* Own(Arena& arena, std::unique_ptr<T[], D> array) {
  return detail::OwnAs<T>(arena, std::move(array));
}

ARENA_END_NAMESPACE

#endif  // ARENA_ALLOCATE_HPP

// ---- arena/arena_decorator.hpp -------------------------------------------------------------------
//
// class ArenaDecorator: an arena that passes everything on to another one.
#ifndef ARENA_ARENA_DECORATOR_HPP
#define ARENA_ARENA_DECORATOR_HPP

#include <cstddef>


ARENA_BEGIN_NAMESPACE

/// An Arena that forwards every hook to a base: derive from it and override what you add.
///
///     class CountingArena : public arena::ArenaDecorator {
///      public:
///       using ArenaDecorator::ArenaDecorator;
///       std::size_t allocations = 0;
///
///      protected:
///       void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
///         ++allocations;
///         return ArenaDecorator::DoAlloc(size, alignment);
///       }
///     };
///
/// It has no window, so every allocation reaches DoAlloc, and no cleanups: memory and cleanups are
/// the base's and stay when the decorator ends. Its Reset and Release take and run the base's
/// cleanups one after the other and then reset or release the base's memory.
///
/// Thread safety: as the base. Slices, allocators and containers that were given the decorator hold
/// its address, so it outlives them, as the base outlives it.
class ArenaDecorator : public Arena {
 public:
  /// Decorates `base`, which outlives the decorator. For a base that is itself of the derived type,
  /// pass `static_cast<Arena&>(base)`: it would be a copy.
  explicit ArenaDecorator(Arena& base) noexcept : base_(base) {}

  /// The figures of the base.
  std::size_t Len() const noexcept override { return base_.Len(); }
  std::size_t Cap() const noexcept override { return base_.Cap(); }
  std::size_t Peak() const noexcept override { return base_.Peak(); }

  /// The arena behind the decorator.
  Arena& base() const noexcept { return base_; }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    return base_.TryAlloc(size, alignment);
  }
  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    return base_.TryResize(block, old_size, new_size);
  }
  bool DoAddCleanup(Cleanup cleanup) noexcept override { return base_.AddCleanup(cleanup); }
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept override {
    return base_.DoTakeCleanup(cleanup, only);
  }
  const void* DoScope() const noexcept override { return base_.DoScope(); }
  void DoReset() noexcept override { base_.DoReset(); }
  void DoRelease() noexcept override { base_.DoRelease(); }
  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    base_.DoMarkDeallocated(block, size);
  }

 private:
  Arena& base_;
};

ARENA_END_NAMESPACE

#endif  // ARENA_ARENA_DECORATOR_HPP

// ---- arena/detail/bytes/byte_queue.hpp -----------------------------------------------------------
//
// The storage of an ArenaBuffer: bytes go in at one end and out at the other, in one piece of an
// arena that grows and moves.
//
//         read, or shown      read         unread          free
//     +-------------------+-----------+--------------+------------+
//     |xxxxxxxxxxxxxxxxxxx|           |xxxxxxxxxxxxxx|            |
//     +-------------------+-----------+--------------+------------+
//     ^ begin             ^ kept      ^ read         ^ write      ^ limit
//
// What lies before `kept` may have been shown in views: it is not written to again unless it is
// discarded. `kept` is right of `read` when a view shows unread bytes.
#ifndef ARENA_DETAIL_BYTES_BYTE_QUEUE_HPP
#define ARENA_DETAIL_BYTES_BYTE_QUEUE_HPP

#include <cstddef>
#include <cstring>
#include <initializer_list>


ARENA_BEGIN_NAMESPACE
namespace detail {

class ByteQueue {
 public:
  explicit ByteQueue(Arena& arena) noexcept : arena_(&arena) {}

  // The other one is empty then, and holds no storage.
  ByteQueue(ByteQueue&& other) noexcept : arena_(other.arena_) { TakeStorage(other); }
  ByteQueue& operator=(ByteQueue&& other) noexcept {
    if (this != &other) {
      arena_ = other.arena_;
      TakeStorage(other);
    }
    return *this;
  }
  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;
  ~ByteQueue() = default;

  char* read() const noexcept { return read_; }
  char* write() const noexcept { return write_; }
  char* limit() const noexcept { return limit_; }
  bool IsEmpty() const noexcept { return read_ == write_; }
  std::size_t Unread() const noexcept { return static_cast<std::size_t>(write_ - read_); }
  std::size_t Room() const noexcept { return static_cast<std::size_t>(limit_ - write_); }
  std::size_t Capacity() const noexcept { return static_cast<std::size_t>(limit_ - begin_); }

  // Requires size <= Room(): the bytes are there.
  void Appended(std::size_t size) noexcept { write_ += size; }

  // Requires room.
  ARENA_ALWAYS_INLINE void AppendByte(char value) noexcept { *write_++ = value; }

  // Requires size <= Unread().
  void Skip(std::size_t size) noexcept { read_ += size; }

  // A view shows what lies before `end`.
  void KeepUpTo(char* end) const noexcept {
    if (kept_.LoadRelaxed() < end) kept_.StoreRelaxed(end);
  }

  // Keeps the first `size` unread bytes, which are as many at least.
  void Truncate(std::size_t size) noexcept { write_ = read_ + size; }

  // Starts again at the front of the storage, with nothing shown.
  void Clear() noexcept { SetContents(begin_, begin_); }

  // The next `size` bytes of the room may be filled by others, and are then committed.
  void Prepare(std::size_t size) noexcept {
    prepared_at_ = write_;
    prepared_size_ = size;
  }
  void Commit(std::size_t size) noexcept {
    if (write_ != prepared_at_ || size > prepared_size_) [[unlikely]] {
      Fail("arena: ArenaBuffer: more bytes were committed than prepared");
    }
    write_ += size;
    prepared_at_ = write_;
    prepared_size_ -= size;
  }

  // Makes room for `size` bytes; throws std::bad_alloc with nothing changed.
  ARENA_COLD void Grow(std::size_t size) {
    if (!TryGrow(size)) ThrowBadAlloc();
  }

  // The same; false when there is no memory.
  ARENA_COLD bool TryGrow(std::size_t size) noexcept {
    const std::size_t unread = Unread();
    std::size_t need;
    if (!AddSizes(unread, size, &need)) return false;
    if (MoveDown(unread, size)) return true;
    const std::size_t growth = MaxOf(size, MaxOf(unread, kSmallestGrowth));
    return GrowInPlace(size, growth) || MoveToNewStorage(unread, need, growth);
  }

 private:
  static constexpr std::size_t kSmallestGrowth = 64;
  static constexpr std::size_t kLarge = std::size_t{1} << 20;  // to be moved as rarely as can be

  // New contents of the storage, of which nothing has been shown.
  void SetContents(char* begin, char* end) noexcept {
    read_ = begin;
    kept_.StoreRelaxed(begin);
    write_ = end;
    prepared_at_ = nullptr;
    prepared_size_ = 0;
  }

  void TakeStorage(ByteQueue& other) noexcept {
    begin_ = other.begin_;
    read_ = other.read_;
    write_ = other.write_;
    limit_ = other.limit_;
    prepared_at_ = other.prepared_at_;
    prepared_size_ = other.prepared_size_;
    kept_.StoreRelaxed(other.kept_.LoadRelaxed());
    other.begin_ = other.limit_ = nullptr;
    other.SetContents(nullptr, nullptr);
  }

  // Moves the unread bytes to the front of what may be overwritten, where they get the room. At
  // most as many bytes are moved as were read since, so every byte pays for one move.
  bool MoveDown(std::size_t unread, std::size_t size) noexcept {
    char* const front = kept_.LoadRelaxed();
    if (front >= read_ || static_cast<std::size_t>(read_ - front) < unread) return false;
    if (static_cast<std::size_t>(limit_ - front) - unread < size) return false;
    std::memcpy(front, read_, unread);
    SetContents(front, front + unread);
    return true;
  }

  // Extends the storage so that `growth` bytes are free, or as many above `size` as there is room
  // for.
  bool GrowInPlace(std::size_t size, std::size_t growth) noexcept {
    const std::size_t capacity = Capacity();
    const auto used = static_cast<std::size_t>(write_ - begin_);
    if (!arena_->TryResize(begin_, capacity, capacity)) return false;
    for (std::size_t extra = growth;; extra = size + (extra - size) / 2) {
      std::size_t wanted;
      if (AddSizes(used, extra, &wanted) && arena_->TryResize(begin_, capacity, wanted)) {
        limit_ = begin_ + wanted;
        return true;
      }
      if (extra == size) return false;
    }
  }

  // The old storage keeps what its views show.
  bool MoveToNewStorage(std::size_t unread, std::size_t need, std::size_t growth) noexcept {
    const std::size_t twice = MinOf(unread + growth, kMaxSize);
    const std::size_t most = unread < kLarge ? twice : MinOf(2 * twice, kMaxSize);
    std::size_t capacity = MaxOf(most, Capacity());
    auto* storage = static_cast<char*>(arena_->TryAlloc(capacity, 1));
    for (const std::size_t less : {MaxOf(twice, Capacity()), need}) {
      if (storage != nullptr || less >= capacity) continue;
      capacity = less;
      storage = static_cast<char*>(arena_->TryAlloc(capacity, 1));
    }
    if (storage == nullptr) return false;
    if (unread != 0) std::memcpy(storage, read_, unread);
    begin_ = storage;
    limit_ = storage + capacity;
    SetContents(storage, storage + unread);
    return true;
  }

  Arena* arena_;
  char* begin_ = nullptr;  // begin_ <= read_ <= write_ <= limit_
  char* read_ = nullptr;
  char* write_ = nullptr;
  char* limit_ = nullptr;
  char* prepared_at_ = nullptr;  // where write_ stood at Prepare
  std::size_t prepared_size_ = 0;
  // begin_ <= kept_ <= limit_; const functions of the buffer raise it.
  mutable AtomicPointer<char*> kept_{nullptr};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_BYTES_BYTE_QUEUE_HPP

// ---- arena/detail/core/cancellation.hpp ----------------------------------------------------------
//
// Cancelled threads. glibc ends such a thread by unwinding its stack with an exception that nobody
// may swallow: a `catch (...)` that does not throw it again, and a noexcept function that it meets,
// end the whole process.
#ifndef ARENA_DETAIL_CORE_CANCELLATION_HPP
#define ARENA_DETAIL_CORE_CANCELLATION_HPP

#include <cstddef>


#if defined(__GLIBCXX__)
#include <cxxabi.h>
#endif
#if defined(__GLIBC__)
#include <pthread.h>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// What unwinds the stack of a cancelled thread: a `catch (detail::ForcedUnwind&)` that ends with
// `throw;` comes before every `catch (...)` that does not. libc++ passes such handlers by.
#if defined(__GLIBCXX__)
using ForcedUnwind = ::abi::__forced_unwind;
#else
class ForcedUnwind {
  ForcedUnwind() = delete;
};
#endif

// Holds off the cancellation of this thread: for calls of user code, such as an upstream's, from
// functions that are noexcept. A thread that is cancelled meanwhile ends at its next cancellation
// point after that.
class CancellationHeldOff {
 public:
#if defined(__GLIBC__)
  CancellationHeldOff() noexcept { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~CancellationHeldOff() { ::pthread_setcancelstate(before_, nullptr); }
#else
  CancellationHeldOff() noexcept {}
  ~CancellationHeldOff() {}
#endif
  CancellationHeldOff(const CancellationHeldOff&) = delete;
  CancellationHeldOff& operator=(const CancellationHeldOff&) = delete;

#if defined(__GLIBC__)
 private:
  int before_ = 0;
#endif
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_CANCELLATION_HPP

// ---- arena/detail/bytes/byte_transfer.hpp --------------------------------------------------------
//
// What ArenaBuffer reads from and writes to: streams, recognised by what they can do, so that no
// stream header is needed, and callables in several forms.
#ifndef ARENA_DETAIL_BYTES_BYTE_TRANSFER_HPP
#define ARENA_DETAIL_BYTES_BYTE_TRANSFER_HPP

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>


ARENA_BEGIN_NAMESPACE
namespace detail {

template <class Integer>
concept SizeInteger = std::is_integral_v<Integer> && sizeof(Integer) >= sizeof(std::size_t);

// A size as the integer type that a stream's function takes, signed or not.
struct StreamSize {
  std::size_t size;

  template <SizeInteger Integer>
  operator Integer() const noexcept {  // NOLINT(google-explicit-constructor)
    return static_cast<Integer>(size);
  }
};

// What std::istream has and ReadFrom needs.
template <class Source>
concept ReadableStream = requires(Source& source, char* data, StreamSize size) {
  source.read(data, size);
  static_cast<std::size_t>(source.gcount());
};

// std::ostream. Its write() does not tell how many bytes went through; its stream buffer does.
template <class Sink>
concept OutputStream = requires(Sink& sink, const char* data, std::ptrdiff_t size) {
  typename Sink::sentry;
  sink.setstate(Sink::badbit);
  static_cast<std::size_t>(sink.rdbuf()->sputn(data, size));
};

// What writes like a stream, but need not be one.
template <class Sink>
concept WritableStream =
    requires(Sink& sink, const char* data, StreamSize size) { sink.write(data, size); };

template <class F, class Byte>
inline constexpr bool kTakes =
    std::is_invocable_v<F&, std::span<Byte>> || std::is_invocable_v<F&, Byte*, std::size_t>;

template <class F>
inline constexpr bool kTakesNothing = false;

template <class Byte, class F, class Char>
decltype(auto) CallWith(F& call, Char* data, std::size_t size) {
  auto* const bytes = reinterpret_cast<Byte*>(data);
  if constexpr (std::is_invocable_v<F&, std::span<Byte>>) {
    return call(std::span<Byte>(bytes, size));
  } else {
    return call(bytes, size);
  }
}

// How many bytes a source or a sink says it has dealt with; a negative answer is a failure.
template <class Count>
std::size_t CountFrom(Count count) {
  static_assert(std::is_integral_v<Count> && !std::is_same_v<Count, bool>,
                "arena: the source or sink has to return how many bytes it has read or written, "
                "as std::size_t or as a signed type that is negative on failure");
  if constexpr (std::is_signed_v<Count>) {
    if (count < 0) return 0;
  }
  return static_cast<std::size_t>(count);
}

// The forms are tried one after the other: a generic callable is instantiated for the first only.
template <class Source>
std::size_t CallSource(Source& source, char* data, std::size_t size) {
  if constexpr (kTakes<Source, std::byte>) {
    return CountFrom(CallWith<std::byte>(source, data, size));
  } else if constexpr (kTakes<Source, char>) {
    return CountFrom(CallWith<char>(source, data, size));
  } else if constexpr (kTakes<Source, unsigned char>) {
    return CountFrom(CallWith<unsigned char>(source, data, size));
  } else {
    static_assert(kTakesNothing<Source>,
                  "arena: ReadFrom needs a stream with read(char*, n) and gcount(), or a callable "
                  "that takes a std::span<std::byte>, a std::span<char>, or (char*, std::size_t)");
    return 0;
  }
}

// Calls the function; one that returns nothing takes everything.
template <class Call>
std::size_t CountOrAll(Call call, std::size_t all) {
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    return all;
  } else {
    return CountFrom(call());
  }
}

template <class Sink>
std::size_t CallSink(Sink& sink, std::string_view bytes) {
  const auto call = [&]() -> decltype(auto) {
    if constexpr (kTakes<Sink, const std::byte>) {
      return CallWith<const std::byte>(sink, bytes.data(), bytes.size());
    } else if constexpr (std::is_invocable_v<Sink&, std::string_view>) {
      return sink(bytes);
    } else if constexpr (kTakes<Sink, const char>) {
      return CallWith<const char>(sink, bytes.data(), bytes.size());
    } else if constexpr (kTakes<Sink, const unsigned char>) {
      return CallWith<const unsigned char>(sink, bytes.data(), bytes.size());
    } else {
      static_assert(kTakesNothing<Sink>,
                    "arena: WriteTo needs a stream with write(const char*, n), or a callable that "
                    "takes a std::span<const std::byte>, a std::string_view, or (const char*, "
                    "std::size_t)");
    }
  };
  return CountOrAll(call, bytes.size());
}

// A sink that looks like a stream: it says how much it took, or took everything unless it, or its
// answer, is false.
template <class Sink>
std::size_t WriteToStreamLike(Sink& sink, std::string_view bytes) {
  const StreamSize size{bytes.size()};
  using Answer = decltype(sink.write(bytes.data(), size));
  if constexpr (std::is_same_v<Answer, bool>) {
    return sink.write(bytes.data(), size) ? bytes.size() : 0;
  } else if constexpr (std::is_integral_v<Answer>) {
    return CountFrom(sink.write(bytes.data(), size));
  } else {
    sink.write(bytes.data(), size);
    if constexpr (std::is_constructible_v<bool, Sink&>) {
      if (!static_cast<bool>(sink)) return 0;
    }
    return bytes.size();
  }
}

#if ARENA_EXCEPTIONS
// Makes the stream bad without an exception of its own: the stream buffer's says more.
template <class Stream>
void SetBadQuietly(Stream& stream) {
  try {
    stream.setstate(Stream::badbit);
  } catch (ForcedUnwind&) {
    throw;
  } catch (...) {  // std::ios_base::failure, when the stream is to throw for badbit
  }
}
#endif

// Unformatted output as std::ostream::write does it, up to the count. What the stream buffer throws
// becomes badbit, and passes through if the stream asks for that. The unwinding of a cancelled
// thread always passes through.
template <class Stream>
std::size_t PutToStream(Stream& stream, std::string_view bytes) {
  const auto put = [&] {
    return CountFrom(
        stream.rdbuf()->sputn(bytes.data(), static_cast<std::ptrdiff_t>(bytes.size())));
  };
#if ARENA_EXCEPTIONS
  try {
    return put();
  } catch (ForcedUnwind&) {
    detail::SetBadQuietly(stream);
    throw;
  } catch (...) {
    detail::SetBadQuietly(stream);
    if ((stream.exceptions() & Stream::badbit) != 0) throw;
    return 0;
  }
#else
  return put();
#endif
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_BYTES_BYTE_TRANSFER_HPP

// ---- arena/buffer.hpp ----------------------------------------------------------------------------
//
// class ArenaBuffer: bytes are written at one end and read at the other, in one piece of an arena.
// The picture of its storage is in detail/byte_queue.hpp.
#ifndef ARENA_BUFFER_HPP
#define ARENA_BUFFER_HPP

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>


ARENA_BEGIN_NAMESPACE

/// A stream of bytes in an arena: Write appends, Read takes from the front. What is unread is one
/// contiguous piece.
///
/// Reading never moves bytes and costs O(bytes read). Writing is O(bytes written), amortised: when
/// the storage is full, it grows in place if it is the arena's last allocation, else the unread
/// part is copied to new storage of twice that size, from 1 MiB on of four times: what has not been
/// written to yet takes no memory from the system, but every copy does. Storage that was read and
/// never shown in a view is used again: a buffer that is filled and drained in turn stays within a
/// few times of what was unread at most.
///
/// Views (from Bytes, View and Next) show the buffer's own memory. Neither reads nor writes move or
/// change what a view shows, also after it was read, and the end of the buffer does not either: a
/// view lives as long as the arena's memory. What is discarded, by Truncate or Reset, may be
/// overwritten by the next write, views of it included. Writing a view of the buffer into itself
/// works.
///
/// If a write throws std::bad_alloc, the buffer is as before. Sizes and counts are in bytes. Calls
/// with a length of 0 change nothing.
///
/// Move-only; a moved-from buffer is empty, holds no storage and writes into the arena it had
/// before. Destroying or assigning gives nothing back. After Reset or Release of the arena, or the
/// end of a scope in which it grew, a buffer may only be destroyed or assigned to.
///
/// Thread safety: const functions may run at the same time, others alone.
class ArenaBuffer {
 public:
  using value_type = char;

  /// An empty buffer; allocates when first written to. The arena outlives it.
  explicit ArenaBuffer(Arena& arena) noexcept : bytes_(arena) {}

  /// Takes over contents, storage and arena; `other` is empty and usable afterwards.
  ArenaBuffer(ArenaBuffer&& other) noexcept = default;
  ArenaBuffer& operator=(ArenaBuffer&& other) noexcept = default;
  ArenaBuffer(const ArenaBuffer&) = ARENA_DELETE("arena: a buffer is moved, not copied");
  ArenaBuffer& operator=(const ArenaBuffer&) = ARENA_DELETE("arena: a buffer is moved, not copied");
  ~ArenaBuffer() = default;

  // ---- Writing ---------------------------------------------------------------------------------

  /// Appends `size` bytes, which may be a view of this buffer; returns `size`. Throws
  /// std::bad_alloc.
  std::size_t Write(const void* data, std::size_t size) {
    if (size > bytes_.Room()) [[unlikely]]
      bytes_.Grow(size);
    // Not memcpy: the bytes may lie in the free part, put there through Prepare.
    if (size != 0) std::memmove(bytes_.write(), data, size);
    bytes_.Appended(size);
    return size;
  }
  std::size_t Write(std::span<const std::byte> bytes) { return Write(bytes.data(), bytes.size()); }
  std::size_t Write(std::string_view text) { return Write(text.data(), text.size()); }
  std::size_t WriteString(std::string_view text) { return Write(text.data(), text.size()); }

  /// Appends one byte; returns 1. Throws std::bad_alloc.
  ARENA_ALWAYS_INLINE std::size_t WriteByte(char value) {
    if (bytes_.write() == bytes_.limit()) [[unlikely]]
      bytes_.Grow(1);
    bytes_.AppendByte(value);
    return 1;
  }
  ARENA_ALWAYS_INLINE std::size_t WriteByte(unsigned char value) {
    return WriteByte(static_cast<char>(value));
  }
  ARENA_ALWAYS_INLINE std::size_t WriteByte(std::byte value) {
    return WriteByte(static_cast<char>(value));
  }

  /// WriteByte by the name that std::back_inserter, std::format_to and fmt::format_to call.
  ARENA_ALWAYS_INLINE void push_back(char value) { WriteByte(value); }

  /// Makes room for `size` bytes behind the unread ones and returns it, uninitialised, for read(2),
  /// recv and the like; what was filled becomes part of the buffer with Commit.
  ///
  /// The span is good until the buffer is next written to or prepared; reading does not end it.
  /// Throws std::bad_alloc.
  std::span<std::byte> Prepare(std::size_t size) {
    if (size == 0) return {};
    if (size > bytes_.Room()) bytes_.Grow(size);
    bytes_.Prepare(size);
    return {AsBytes(bytes_.write()), size};
  }

  /// Appends the first `size` bytes of what was prepared; the rest stays prepared.
  ///
  /// Committing more than that, or after another write, ends the program with a message. O(1).
  void Commit(std::size_t size) noexcept {
    if (size != 0) bytes_.Commit(size);
  }

  /// Appends everything that `source` has; returns the number of bytes.
  ///
  /// A source is
  /// - a std::istream, or what has its read(char*, n) and gcount(): read to the end, with the state
  ///   of the stream telling why it ended;
  /// - or a callable, called with a std::span<std::byte>, a std::span<char> or (char*,
  ///   std::size_t), the first that it takes, with unsigned char like char. It fills the front of
  ///   that and returns how many bytes; 0 is the end, and a negative count is a failure that ends
  ///   the reading, too (so a non-blocking read(2) does). It does not touch the buffer. Returning
  ///   more than there was room for ends the program with a message.
  ///
  /// What was read stays in the buffer, also when the source throws or fails, or when memory is
  /// short (std::bad_alloc); of a callable, the bytes of the call that threw do not count.
  template <class Source>
  std::size_t ReadFrom(Source&& source) {
    std::size_t total = 0;
    for (;;) {
      MakeRoomToRead();
      const std::size_t room = bytes_.Room();
      std::size_t count;
      if constexpr (detail::ReadableStream<std::remove_reference_t<Source>>) {
        count = ReadFromStream(source, room);
      } else {
        Prepare(room);
        count = detail::CallSource(source, bytes_.write(), room);
        Commit(count);
      }
      total += count;
      // A stream that gives less has ended; a callable may just have nothing at hand.
      if (count == 0 || (count < room && detail::ReadableStream<std::remove_reference_t<Source>>))
        return total;
    }
  }

  // ---- Reading ---------------------------------------------------------------------------------

  /// Unread bytes.
  std::size_t Len() const noexcept { return bytes_.Unread(); }

  /// Bytes of storage: those that were read and still take room, the unread and the free ones.
  std::size_t Cap() const noexcept { return bytes_.Capacity(); }

  /// Moves the next `size` bytes, or as many as are left, to `target`; returns how many, 0 at the
  /// end.
  std::size_t Read(void* target, std::size_t size) noexcept {
    if (size > Len()) [[unlikely]]
      return ReadRest(target);
    // Its own branch, so that a size known at compile time makes a copy without a call.
    if (size != 0) std::memcpy(target, bytes_.read(), size);
    bytes_.Skip(size);
    return size;
  }
  std::size_t Read(std::span<std::byte> target) noexcept {
    return Read(target.data(), target.size());
  }
  std::size_t Read(std::span<char> target) noexcept { return Read(target.data(), target.size()); }
  std::size_t Read(std::span<unsigned char> target) noexcept {
    return Read(target.data(), target.size());
  }

  /// The next byte, or std::nullopt at the end.
  std::optional<std::byte> ReadByte() noexcept {
    if (bytes_.IsEmpty()) return std::nullopt;
    const auto next = static_cast<std::byte>(*bytes_.read());
    bytes_.Skip(1);
    return next;
  }

  /// The next `size` bytes, or as many as are left, without a copy; they count as read. The view
  /// lives as long as the arena's memory. O(1).
  std::span<const std::byte> Next(std::size_t size) noexcept {
    const std::size_t count = detail::MinOf(size, Len());
    std::byte* const next = AsBytes(bytes_.read());
    bytes_.Skip(count);
    if (count != 0) bytes_.KeepUpTo(bytes_.read());
    return {next, count};
  }

  /// The unread bytes, without a copy; they stay unread. The view lives as long as the arena's
  /// memory and does not show what is written later. O(1).
  std::span<const std::byte> Bytes() const noexcept {
    KeepAll();
    return {AsBytes(bytes_.read()), Len()};
  }
  std::string_view View() const noexcept {
    KeepAll();
    return {Unread(), Len()};
  }

  /// A copy of the unread bytes; they stay unread.
  std::string String() const { return std::string(Unread(), Len()); }

  /// Hands the unread bytes to `sink`, in one call, and takes away those that it took; returns how
  /// many. An empty buffer does not call it.
  ///
  /// A sink is
  /// - a std::ostream: what its stream buffer did not take stays here, and the stream is bad;
  /// - what has a write(const char*, n) otherwise: it returns how many bytes it took, or has taken
  ///   all of them unless the answer, or the sink itself, is false;
  /// - or a callable, called with a std::span<const std::byte>, a std::string_view or (const char*,
  ///   std::size_t), the first that it takes, with unsigned char like char. It returns how many
  ///   bytes it took, negative on failure; one that returns nothing took all. It does not touch the
  ///   buffer, and the bytes are good for the call only. Returning more than it was given ends the
  ///   program with a message.
  ///
  /// When the sink throws, all bytes stay.
  template <class Sink>
  std::size_t WriteTo(Sink&& sink) {
    if (bytes_.IsEmpty()) return 0;
    const std::string_view unread(Unread(), Len());
    if constexpr (detail::OutputStream<std::remove_reference_t<Sink>>) {
      const typename std::remove_reference_t<Sink>::sentry ready(sink);
      if (!ready) return 0;
      const std::size_t count = Consume(detail::PutToStream(sink, unread));
      if (count != unread.size()) sink.setstate(std::remove_reference_t<Sink>::badbit);
      return count;
    } else if constexpr (detail::WritableStream<std::remove_reference_t<Sink>>) {
      return Consume(detail::WriteToStreamLike(sink, unread));
    } else {
      return Consume(detail::CallSink(sink, unread));
    }
  }

  // ---- Discarding ------------------------------------------------------------------------------

  /// Keeps the first `size` unread bytes and discards the rest; throws std::out_of_range when there
  /// are fewer. The next write goes where the discarded bytes were. O(1).
  void Truncate(std::size_t size) {
    if (size > Len()) {
      detail::ThrowOutOfRange("arena: ArenaBuffer::Truncate: more bytes than are unread");
    }
    bytes_.Truncate(size);
  }

  /// Empties the buffer and starts again at the front of its storage: the next writes go over
  /// everything that earlier views show. Cap() stays. O(1).
  ///
  /// To go on with those views, assign a new buffer instead: `b = arena::ArenaBuffer(a);`.
  void Reset() noexcept { bytes_.Clear(); }

 private:
  friend class ArenaStreambuf;

  static constexpr std::size_t kLeastRead = 512;  // offered to a source, if there is the memory

  // What views are made of, in the form that compiles fastest: g++ weighs the concepts of each
  // constructor that could be meant. A const char* can only mean one of a string view, and one type
  // of pointer for all spans is examined once.
  const char* Unread() const noexcept { return bytes_.read(); }
  static std::byte* AsBytes(char* place) noexcept { return reinterpret_cast<std::byte*>(place); }

  void KeepAll() const noexcept {
    if (!bytes_.IsEmpty()) bytes_.KeepUpTo(bytes_.write());
  }

  ARENA_COLD std::size_t ReadRest(void* target) noexcept {
    const std::size_t count = Len();
    if (count != 0) std::memcpy(target, bytes_.read(), count);
    bytes_.Skip(count);
    return count;
  }

  std::size_t Consume(std::size_t count) noexcept {
    if (count > Len()) [[unlikely]] {
      detail::Fail("arena: ArenaBuffer: the sink took more bytes than it was given");
    }
    bytes_.Skip(count);
    return count;
  }

  // Appends what one read() brings, also when it throws.
  template <class Stream>
  std::size_t ReadFromStream(Stream& stream, std::size_t room) {
    struct CommitAtEnd {
      ArenaBuffer& buffer;
      Stream& source;
      ~CommitAtEnd() { buffer.Commit(static_cast<std::size_t>(source.gcount())); }
    };
    Prepare(room);
    {
      const CommitAtEnd commit{*this, stream};
      stream.read(bytes_.write(), detail::StreamSize{room});
    }
    return static_cast<std::size_t>(stream.gcount());
  }

  void MakeRoomToRead() {
    if (bytes_.Room() >= kLeastRead || bytes_.TryGrow(kLeastRead)) return;
    if (bytes_.Room() == 0) bytes_.Grow(1);
  }

  detail::ByteQueue bytes_;
};

ARENA_END_NAMESPACE

#endif  // ARENA_BUFFER_HPP

// ---- arena/concurrent_arena.hpp ------------------------------------------------------------------
//
// class ConcurrentArena: a decorator that lets several threads share an arena.
#ifndef ARENA_CONCURRENT_ARENA_HPP
#define ARENA_CONCURRENT_ARENA_HPP

#include <cstddef>
#include <mutex>


ARENA_BEGIN_NAMESPACE

/// Passes every call on to another arena, under a mutex.
///
/// Atomic, each by itself: allocation, resizing, registering a cleanup, Reset, Release and each
/// figure. Not atomic: SliceAppend to one slice from two threads, or one container in two threads.
/// The base is not used directly meanwhile, and both outlive what is allocated; the decorator owns
/// no memory and no cleanups, and its end touches nothing.
///
/// Cleanups run on the thread that calls Reset or Release, without the mutex: they may use the
/// arena. Two Resets exclude each other until the last cleanup has returned; a cleanup that resets
/// the shared arena through the decorator deadlocks. Resetting while another thread still uses the
/// memory is the caller's error.
///
/// For speed, compose instead of sharing: a MonotonicArena per thread with the ConcurrentArena as
/// its upstream takes one buffer at a time under the mutex and then allocates alone. What differs:
/// its objects die with the thread's arena, its buffers return to the shared one only when that is
/// reset, and the shared Len() counts whole buffers.
///
/// After fork in a process with threads, the child does not use it.
template <class Mutex = std::mutex>
class BasicConcurrentArena : public ArenaDecorator {
 public:
  /// Shares `base`, which outlives the decorator. For a base that is itself of this type, pass
  /// `static_cast<Arena&>(base)`: it would be a copy.
  explicit BasicConcurrentArena(Arena& base) noexcept : ArenaDecorator(base) {}

  std::size_t Len() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::Len();
  }
  std::size_t Cap() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::Cap();
  }
  std::size_t Peak() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::Peak();
  }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::DoAlloc(size, alignment);
  }
  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::DoTryResize(block, old_size, new_size);
  }
  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::DoAddCleanup(cleanup);
  }
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::DoTakeCleanup(cleanup, only);
  }
  void DoReset() noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoReset();
  }
  void DoRelease() noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoRelease();
  }
  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoMarkDeallocated(block, size);
  }

  void DoClear(Arena::Retention retention) noexcept override {
    // While a cleanup runs here, no other thread forgets the memory it uses.
    const std::lock_guard<Mutex> exclusive(clear_mutex_);
    Cleanup cleanup;
    while (TakeOrClear(&cleanup, retention)) cleanup.run(cleanup.object);
  }

 private:
  // Takes the newest cleanup, or forgets the memory: in one critical section, so that no cleanup
  // that is registered in between can be lost.
  bool TakeOrClear(Cleanup* cleanup, Arena::Retention retention) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    if (ArenaDecorator::DoTakeCleanup(cleanup, nullptr)) return true;
    if (retention == Arena::Retention::kRetain) {
      ArenaDecorator::DoReset();
    } else {
      ArenaDecorator::DoRelease();
    }
    return false;
  }

  mutable Mutex mutex_;  // guards the base
  Mutex clear_mutex_;    // always taken before mutex_, and by DoClear alone
};

using ConcurrentArena = BasicConcurrentArena<std::mutex>;

ARENA_END_NAMESPACE

#endif  // ARENA_CONCURRENT_ARENA_HPP

// ---- arena/detail/chunks/chunk.hpp ---------------------------------------------------------------
//
// The buffers that a window moves through: how one lies in the block obtained from upstream, and
// the chain that keeps them in the order of their use.
//
//     block                          begin                                  end, 16-aligned
//     +--------------+---------------+--------------------------------------+-------+
//     | WindowBuffer | 0..63 to fit  | size usable bytes, exactly as asked   | 0..48 |
//     +--------------+---------------+--------------------------------------+-------+
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>


ARENA_BEGIN_NAMESPACE
namespace detail {

// A block from upstream, kGranule-aligned; nullptr when upstream throws, whatever it throws, and
// when it answers nullptr, as one without exceptions does.
inline void* AllocateBlock(std::pmr::memory_resource& upstream, std::size_t bytes) noexcept {
  // Volatile, because allocate is declared never to return null: the check for it would be dropped.
  void* volatile block = nullptr;
  const CancellationHeldOff held_off;
#if ARENA_EXCEPTIONS
  try {
    block = upstream.allocate(bytes, kGranule);
  } catch (...) {
    return nullptr;
  }
#else
  block = upstream.allocate(bytes, kGranule);
#endif
  return block;
}

// Gives a block back, with the size it was asked for with.
inline void DeallocateBlock(std::pmr::memory_resource& upstream, void* block,
                            std::size_t bytes) noexcept {
  MarkAllocated(block, bytes);
  const CancellationHeldOff held_off;
  upstream.deallocate(block, bytes, kGranule);
}

// What a buffer has to hold.
struct Request {
  std::size_t size;  // as asked
  std::size_t need;  // with the red zone
  std::size_t alignment;

  // The usable bytes of a dedicated buffer that holds it, wherever that lies.
  std::size_t Dedicated() const noexcept {
    return need + (alignment > kGranule ? alignment - 1 : 0);
  }
};

// The header of a buffer that the window moves through. It lies at the start of its block, except
// for the caller's buffer, whose header is part of the arena.
struct alignas(kGranule) WindowBuffer {
  // From this size on the usable bytes end, and for round sizes begin, on a cache line: objects of
  // 64 bytes then do not straddle two.
  static constexpr std::size_t kLineAlignedFrom = 4096;
  static constexpr std::size_t kLine = 64;

  WindowBuffer* next = nullptr;
  WindowBuffer* prev = nullptr;
  std::byte* begin = nullptr;
  std::byte* end = nullptr;  // a multiple of kGranule

  // Where the window stood when it left this buffer: handed out before, cleanup records behind, and
  // a tail between. For pictures of an arena only.
  std::byte* left_cursor = nullptr;
  std::byte* left_limit = nullptr;

  std::size_t size() const noexcept { return static_cast<std::size_t>(end - begin); }

  static constexpr std::size_t EndAlignment(std::size_t size) noexcept {
    return size < kLineAlignedFrom ? kGranule : kLine;
  }

  // What upstream is asked for, for a buffer of `size` usable bytes.
  static constexpr std::size_t BlockBytes(std::size_t size) noexcept {
    return AlignUp(sizeof(WindowBuffer) + size, kGranule) + (EndAlignment(size) - kGranule);
  }

  // nullptr when there is no memory, or none of that size.
  static WindowBuffer* Create(std::pmr::memory_resource& upstream, std::size_t size) noexcept {
    if (size > kMaxSize - 2 * kLine - sizeof(WindowBuffer)) return nullptr;
    const std::size_t bytes = BlockBytes(size);
    void* const block = AllocateBlock(upstream, bytes);
    if (block == nullptr) return nullptr;
    const auto start = reinterpret_cast<std::uintptr_t>(block);
    auto* const end =
        static_cast<std::byte*>(block) + (AlignDown(start + bytes, EndAlignment(size)) - start);
    auto* const buffer = ::new (block) WindowBuffer;
    buffer->begin = end - size;
    buffer->end = end;
    MarkFree(buffer->begin, size);
    return buffer;
  }

  static void Destroy(std::pmr::memory_resource& upstream, WindowBuffer* buffer) noexcept {
    DeallocateBlock(upstream, buffer, BlockBytes(buffer->size()));
  }

  // Whether a fresh buffer of `size` bytes holds the request. Decided by sizes alone, never by
  // where upstream happened to put the buffer, so that equal cycles stay equal.
  static constexpr bool Holds(std::size_t size, std::size_t request,
                              std::size_t alignment) noexcept {
    // The end is kGranule-aligned, so the size tells the padding of small alignments.
    const std::size_t padding = alignment <= kGranule ? size & (alignment - 1) : alignment - 1;
    return padding <= size && request <= size - padding;
  }
};

// Buffers in the order in which the window enters them. Does not own them.
class WindowChain {
 public:
  WindowBuffer* first() const noexcept { return first_; }
  WindowBuffer* last() const noexcept { return last_; }
  std::byte* first_begin() const noexcept { return first_begin_; }
  std::byte* first_end() const noexcept { return first_end_; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t count() const noexcept { return count_; }

  // The first one from `buffer` on that holds such a request while it is unused; null when there is
  // none. O(buffers).
  static WindowBuffer* FirstToHold(WindowBuffer* buffer, std::size_t need,
                                   std::size_t alignment) noexcept {
    while (buffer != nullptr && !WindowBuffer::Holds(buffer->size(), need, alignment))
      buffer = buffer->next;
    return buffer;
  }

  // Marks the buffers from `first` to `last` as free; none when that is null.
  static void MarkFree(const WindowBuffer* first, const WindowBuffer* last) noexcept {
    for (const WindowBuffer* buffer = last != nullptr ? first : nullptr; buffer != nullptr;
         buffer = buffer->next) {
      detail::MarkFree(buffer->begin, buffer->size());
      if (buffer == last) return;
    }
  }

  // Puts the buffer behind `position`, or first when that is null.
  void InsertAfter(WindowBuffer* position, WindowBuffer* buffer) noexcept {
    buffer->prev = position;
    buffer->next = position != nullptr ? position->next : first_;
    if (buffer->prev == nullptr) NoteFirst(buffer);
    (buffer->prev != nullptr ? buffer->prev->next : first_) = buffer;
    (buffer->next != nullptr ? buffer->next->prev : last_) = buffer;
    bytes_ += buffer->size();
    ++count_;
  }

  void Remove(WindowBuffer* buffer) noexcept {
    if (buffer->prev == nullptr) NoteFirst(buffer->next);
    (buffer->prev != nullptr ? buffer->prev->next : first_) = buffer->next;
    (buffer->next != nullptr ? buffer->next->prev : last_) = buffer->prev;
    bytes_ -= buffer->size();
    --count_;
  }

 private:
  void NoteFirst(const WindowBuffer* first) noexcept {
    first_begin_ = first != nullptr ? first->begin : nullptr;
    first_end_ = first != nullptr ? first->end : nullptr;
  }

  WindowBuffer* first_ = nullptr;
  WindowBuffer* last_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  // Those of first_, or null: where every round begins, and the header of that buffer has left the
  // caches by then if the arena is large. Not asserted where they are read: that would read it.
  std::byte* first_begin_ = nullptr;
  std::byte* first_end_ = nullptr;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_HPP

// ---- arena/detail/chunks/chunk_sizes.hpp ---------------------------------------------------------
//
// How large the next buffer of an arena is, and when the window may leave the one it is in.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP

#include <cstddef>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

class BufferSizes {
 public:
  // Of the ordinary buffers taken after construction.
  static constexpr std::size_t kSmallest = 64;

  constexpr BufferSizes(std::size_t least, std::size_t most) noexcept : min_(least), max_(most) {}

  // Of those taken at construction.
  std::size_t Initial() const noexcept { return min_; }

  // What a buffer has at least, where a limit allows it.
  std::size_t Least() const noexcept { return min_ == 0 ? kDefault : MaxOf(min_, kSmallest); }

  // The size of the next ordinary buffer, when those there are have `held` bytes; 0 when what is
  // affordable is too little. An eighth of what is held: at most that much is ahead of its use, and
  // the number of buffers grows with the logarithm of the arena.
  std::size_t Next(std::size_t held, std::size_t affordable) const noexcept {
    const std::size_t wanted = MaxOf(Least(), MinOf(held / 8, max_));
    const std::size_t size = MinOf(wanted, affordable);
    return size < kSmallest ? 0 : size;
  }

  // Whether the `room` that is left of a buffer is little enough to be lost. Requests that went
  // aside since the window last moved widen the rule: the window cannot get stuck before a run of
  // middling sizes.
  static bool MayLeave(std::size_t room, std::size_t buffer, std::size_t aside) noexcept {
    const std::size_t sum = aside > SIZE_MAX - buffer ? SIZE_MAX : buffer + aside;
    return room <= MaxOf(sum / 16, kSmallTail);
  }

 private:
  static constexpr std::size_t kDefault = 1024;   // for a minimum of 0
  static constexpr std::size_t kSmallTail = 256;  // may always be left behind

  std::size_t min_;
  std::size_t max_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP

// ---- arena/detail/chunks/oversized.hpp -----------------------------------------------------------
//
// Buffers that serve one large request each, beside the window, and are kept by size class.
//
// The buffers of a class are a list: first those taken, in the order of taking, then the unused.
// The first of the list is its head and carries the two positions; the heads hang in a small hash
// table. Reset only raises an epoch: a head with an older one has all its buffers unused. So
// taking, giving back and forgetting all are O(1), whatever the number of buffers.
#ifndef ARENA_DETAIL_CHUNKS_OVERSIZED_HPP
#define ARENA_DETAIL_CHUNKS_OVERSIZED_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>


ARENA_BEGIN_NAMESPACE
namespace detail {

// The header of a dedicated buffer, at the start of its block; the usable bytes follow it.
struct alignas(kGranule) DedicatedBuffer {
  std::size_t size = 0;                     // usable bytes, at least those of its class
  DedicatedBuffer* next = nullptr;          // in its class
  DedicatedBuffer* prev = nullptr;          // in its class
  DedicatedBuffer* taken_before = nullptr;  // the one taken before this one, of any class

  // In the head of a class only.
  DedicatedBuffer* next_head = nullptr;   // with the same hash
  DedicatedBuffer* unused = nullptr;      // the first that is not taken
  DedicatedBuffer* last_taken = nullptr;  // the one before it; null when none is taken
  std::uint64_t epoch = 0;                // when the two above were true

  std::byte* begin() noexcept {
    return reinterpret_cast<std::byte*>(this) + sizeof(DedicatedBuffer);
  }

  static DedicatedBuffer* Create(std::pmr::memory_resource& upstream, std::size_t size) noexcept {
    if (size > kMaxSize - sizeof(DedicatedBuffer)) return nullptr;
    void* const block = AllocateBlock(upstream, sizeof(DedicatedBuffer) + size);
    if (block == nullptr) return nullptr;
    auto* const buffer = ::new (block) DedicatedBuffer;
    buffer->size = size;
    MarkFree(buffer->begin(), size);
    return buffer;
  }

  static void Destroy(std::pmr::memory_resource& upstream, DedicatedBuffer* buffer) noexcept {
    DeallocateBlock(upstream, buffer, sizeof(DedicatedBuffer) + buffer->size);
  }
};

class DedicatedBuffers {
 public:
  std::size_t count() const noexcept { return count_; }

  // The one taken last; a scope remembers it and hands it to GiveBackSince.
  DedicatedBuffer* last_taken() const noexcept { return last_taken_; }

  // Takes an unused buffer of exactly this class; null when there is none.
  DedicatedBuffer* Take(std::size_t size_class) noexcept {
    DedicatedBuffer* const head = Head(size_class);
    if (head == nullptr || head->unused == nullptr) return nullptr;
    return TakeFirstUnused(head);
  }

  // Takes an unused buffer of `size` to about `most` bytes, of the smallest class that has one;
  // null when there is none. O(classes), and O(buffers of the class) where sizes in it differ.
  DedicatedBuffer* TakeLarger(std::size_t size, std::size_t most) noexcept {
    if (count_ == 0) return nullptr;
    const std::size_t exact = SizeClassAbove(size);
    for (std::size_t size_class = SizeClassBelow(size); size_class <= SizeClassAbove(most);
         ++size_class) {
      DedicatedBuffer* const head = Head(size_class);
      if (head == nullptr) continue;
      DedicatedBuffer* fit = head->unused;
      if (size_class < exact) {
        while (fit != nullptr && fit->size < size) fit = fit->next;
      }
      if (fit == nullptr) continue;
      if (fit == head->unused) return TakeFirstUnused(head);
      // Now neither is the head of the class: both lie behind its first unused buffer.
      Unlink(fit);
      LinkBefore(head->unused, fit, head);
      return TakeFirstUnused(Head(size_class));
    }
    return nullptr;
  }

  // Adds a new buffer, as taken.
  void AddTaken(DedicatedBuffer* buffer) noexcept {
    const std::size_t size_class = SizeClassBelow(buffer->size);
    DedicatedBuffer* head = Head(size_class);
    ++count_;
    if (head == nullptr) {
      head = buffer;
      head->epoch = epoch_;
      head->next_head = heads_[Slot(size_class)];
      heads_[Slot(size_class)] = head;
    } else if (head->last_taken != nullptr) {
      LinkAfter(head->last_taken, buffer);
    } else {
      // Every buffer of the class is unused: the new one becomes the head.
      DedicatedBuffer** const place = PlaceOf(head);
      buffer->next_head = head->next_head;
      buffer->unused = head;
      buffer->epoch = epoch_;
      buffer->next = head;
      head->prev = buffer;
      *place = buffer;
      head = buffer;
    }
    MarkTaken(head, buffer);
  }

  // Makes unused what was taken since `mark` was the last one.
  void GiveBackSince(DedicatedBuffer* mark) noexcept {
    while (last_taken_ != mark) {
      DedicatedBuffer* const buffer = last_taken_;
      DedicatedBuffer* const head = Head(SizeClassBelow(buffer->size));
      ARENA_ASSERT(head->last_taken == buffer &&
                   "dedicated buffers are given back in reverse order");
      head->unused = buffer;
      head->last_taken = buffer->prev;
      last_taken_ = buffer->taken_before;
      MarkFree(buffer->begin(), buffer->size);
    }
  }

  // Makes all of them unused. O(1) but for the marking of an instrumented build.
  void GiveBackAll() noexcept {
    if constexpr (kInstrumented) {
      for (DedicatedBuffer* taken = last_taken_; taken != nullptr; taken = taken->taken_before) {
        MarkFree(taken->begin(), taken->size);
      }
    }
    ++epoch_;
    last_taken_ = nullptr;
  }

  // Destroys unused buffers, the largest classes first, for as long as `wanted(cap)` says so; `cap`
  // is lowered by each.
  template <class Predicate>
  void DestroyUnused(std::pmr::memory_resource& upstream, std::size_t* cap,
                     Predicate wanted) noexcept {
    for (std::size_t size_class = SizeClassAbove(kMaxSize) + 1; size_class-- > 0 && wanted(*cap);) {
      DedicatedBuffer* head = Head(size_class);
      while (head != nullptr && head->unused != nullptr && wanted(*cap)) {
        DedicatedBuffer* const buffer = head->unused;
        head->unused = buffer->next;
        if (buffer == head) {
          DedicatedBuffer* const heir = head->next;
          DedicatedBuffer** const place = PlaceOf(head);
          *place = heir != nullptr ? heir : head->next_head;
          if (heir != nullptr) {
            heir->next_head = head->next_head;
            heir->unused = heir;
            heir->last_taken = nullptr;
            heir->epoch = epoch_;
          }
          head = heir;
        }
        Unlink(buffer);
        *cap -= buffer->size;
        --count_;
        DedicatedBuffer::Destroy(upstream, buffer);
      }
    }
  }

  // Calls visit(buffer) for each, taken or not; it may destroy the buffer if it destroys them all.
  template <class Visit>
  void ForEach(Visit visit) const {
    for (DedicatedBuffer* slot : heads_) {
      for (DedicatedBuffer* head = slot; head != nullptr;) {
        DedicatedBuffer* const next_head = head->next_head;
        for (DedicatedBuffer* buffer = head; buffer != nullptr;) {
          DedicatedBuffer* const next = buffer->next;
          visit(buffer);
          buffer = next;
        }
        head = next_head;
      }
    }
  }

  // Bytes in buffers that are not taken. O(buffers).
  std::size_t UnusedBytes() noexcept {
    std::size_t bytes = 0;
    for (std::size_t size_class = 0; size_class <= SizeClassAbove(kMaxSize); ++size_class) {
      DedicatedBuffer* const head = Head(size_class);
      for (auto* buffer = head != nullptr ? head->unused : nullptr; buffer != nullptr;
           buffer = buffer->next) {
        bytes += buffer->size;
      }
    }
    return bytes;
  }

 private:
  static constexpr std::size_t kSlots = 16;

  static std::size_t Slot(std::size_t size_class) noexcept { return size_class % kSlots; }

  // The head of a class, its positions brought up to this epoch; null when there is no such class.
  DedicatedBuffer* Head(std::size_t size_class) noexcept {
    for (DedicatedBuffer* head = heads_[Slot(size_class)]; head != nullptr;
         head = head->next_head) {
      if (SizeClassBelow(head->size) != size_class) continue;
      if (head->epoch != epoch_) {
        head->epoch = epoch_;
        head->unused = head;
        head->last_taken = nullptr;
      }
      return head;
    }
    return nullptr;
  }

  // Where the hash table points to this head.
  DedicatedBuffer** PlaceOf(const DedicatedBuffer* head) noexcept {
    DedicatedBuffer** place = &heads_[Slot(SizeClassBelow(head->size))];
    while (*place != head) place = &(*place)->next_head;
    return place;
  }

  DedicatedBuffer* TakeFirstUnused(DedicatedBuffer* head) noexcept {
    DedicatedBuffer* const buffer = head->unused;
    MarkTaken(head, buffer);
    return buffer;
  }

  void MarkTaken(DedicatedBuffer* head, DedicatedBuffer* buffer) noexcept {
    head->last_taken = buffer;
    head->unused = buffer->next;
    buffer->taken_before = last_taken_;
    last_taken_ = buffer;
  }

  static void Unlink(DedicatedBuffer* buffer) noexcept {
    if (buffer->prev != nullptr) buffer->prev->next = buffer->next;
    if (buffer->next != nullptr) buffer->next->prev = buffer->prev;
    buffer->next = buffer->prev = nullptr;
  }

  static void LinkAfter(DedicatedBuffer* position, DedicatedBuffer* buffer) noexcept {
    buffer->prev = position;
    buffer->next = position->next;
    if (buffer->next != nullptr) buffer->next->prev = buffer;
    position->next = buffer;
  }

  // Makes `buffer`, unlinked, the first unused one of the class.
  void LinkBefore(DedicatedBuffer* position, DedicatedBuffer* buffer,
                  DedicatedBuffer* head) noexcept {
    if (position != head) {
      LinkAfter(position->prev, buffer);
      head->unused = buffer;
      return;
    }
    DedicatedBuffer** const place = PlaceOf(head);
    buffer->next_head = head->next_head;
    buffer->epoch = epoch_;
    buffer->unused = buffer;
    buffer->last_taken = nullptr;
    buffer->prev = nullptr;
    buffer->next = head;
    head->prev = buffer;
    *place = buffer;
  }

  DedicatedBuffer* heads_[kSlots] = {};
  DedicatedBuffer* last_taken_ = nullptr;
  std::uint64_t epoch_ = 1;
  std::size_t count_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_OVERSIZED_HPP

// ---- arena/detail/chunks/chunk_store.hpp ---------------------------------------------------------
//
// All the buffers of an arena, the caller's included, and the account of what they hold: Cap and
// the limit. Which buffer serves which request is not decided here.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>


ARENA_BEGIN_NAMESPACE
namespace detail {

class BufferStore {
 public:
  // Starts with the caller's buffer alone. Of a span that is const, g++ sees at once that its copy
  // constructor is meant; of another one it weighs the one for ranges, with all their concepts.
  BufferStore(std::pmr::memory_resource* upstream, std::size_t limit,
              const std::span<std::byte> callers) noexcept
      : upstream_(upstream != nullptr ? upstream : std::pmr::get_default_resource()),
        limit_(limit),
        callers_(callers) {
    AdoptCallers();
  }

  // Gives everything back; the caller's buffer may be used for anything again.
  ~BufferStore() {
    DestroyAll();
    MarkAllocated(callers_.data(), callers_.size());
  }

  BufferStore(const BufferStore&) = delete;
  BufferStore& operator=(const BufferStore&) = delete;

  std::size_t cap() const noexcept { return cap_; }
  std::size_t limit() const noexcept { return limit_; }

  // What may still be taken from upstream; 0 when the caller's buffer alone is over the limit.
  std::size_t Affordable() const noexcept { return limit_ > cap_ ? limit_ - cap_ : 0; }

  WindowChain& chain() noexcept { return chain_; }
  const WindowChain& chain() const noexcept { return chain_; }
  DedicatedBuffers& dedicated() noexcept { return dedicated_; }
  const DedicatedBuffers& dedicated() const noexcept { return dedicated_; }

  bool HasCallers() const noexcept { return !callers_.empty(); }
  bool IsCallers(const WindowBuffer* buffer) const noexcept { return buffer == &callers_buffer_; }

  // The bytes at the unaligned end of the caller's buffer, which cannot be used.
  std::size_t CallersTail() const noexcept { return callers_.size() - callers_buffer_.size(); }

  // How many buffers there are, one that is too small to be used included.
  std::size_t Count() const noexcept {
    const std::size_t unusable = HasCallers() && callers_buffer_.size() == 0 ? 1 : 0;
    return chain_.count() + dedicated_.count() + unusable;
  }

  // A new buffer for the window, counted but not yet in the chain; null when the limit or upstream
  // forbids it.
  WindowBuffer* CreateOrdinary(std::size_t size) noexcept {
    if (size > Affordable()) return nullptr;
    WindowBuffer* const buffer = WindowBuffer::Create(*upstream_, size);
    if (buffer != nullptr) cap_ += size;
    return buffer;
  }

  // The same, put behind `position`.
  WindowBuffer* AddWindow(std::size_t size, WindowBuffer* position) noexcept {
    WindowBuffer* const buffer = CreateOrdinary(size);
    if (buffer != nullptr) chain_.InsertAfter(position, buffer);
    return buffer;
  }

  // A new dedicated buffer, as taken; null when the limit or upstream forbids it.
  DedicatedBuffer* AddDedicated(std::size_t size) noexcept {
    if (size > Affordable()) return nullptr;
    DedicatedBuffer* const buffer = DedicatedBuffer::Create(*upstream_, size);
    if (buffer == nullptr) return nullptr;
    cap_ += size;
    dedicated_.AddTaken(buffer);
    return buffer;
  }

  // Gives a buffer of the chain back, which is not the caller's.
  void DestroyWindow(WindowBuffer* buffer) noexcept {
    chain_.Remove(buffer);
    cap_ -= buffer->size();
    WindowBuffer::Destroy(*upstream_, buffer);
  }

  // Gives the buffers behind `current` back, the last first, until Cap is at most `bytes` or none
  // is left. The caller's buffer stays.
  void DestroySpares(const WindowBuffer* current, std::size_t bytes) noexcept {
    for (WindowBuffer* spare = chain_.last(); spare != current && cap_ > bytes;) {
      WindowBuffer* const before = spare->prev;
      if (!IsCallers(spare)) DestroyWindow(spare);
      spare = before;
    }
  }

  // Gives unused dedicated buffers back until Cap is at most `bytes` or none is left.
  void DestroyUnusedDedicated(std::size_t bytes) noexcept {
    dedicated_.DestroyUnused(*upstream_, &cap_, [bytes](std::size_t cap) { return cap > bytes; });
  }

  // What DestroySpares, from this spare on, and DestroyUnusedDedicated could give back. O(buffers).
  std::size_t UnusedBytes(const WindowBuffer* spare) noexcept {
    std::size_t unused = dedicated_.UnusedBytes();
    for (; spare != nullptr; spare = spare->next) {
      if (!IsCallers(spare)) unused += spare->size();
    }
    return unused;
  }

  // Gives everything back but the caller's buffer, which starts anew.
  void DestroyAllButCallers() noexcept {
    DestroyAll();
    AdoptCallers();
  }

  bool Owns(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    const auto within = [address](const std::byte* begin, std::size_t size) {
      return address - reinterpret_cast<std::uintptr_t>(begin) < size;
    };
    if (within(callers_.data(), callers_.size())) return true;
    for (WindowBuffer* buffer = chain_.first(); buffer != nullptr; buffer = buffer->next) {
      if (within(buffer->begin, buffer->size())) return true;
    }
    bool found = false;
    dedicated_.ForEach(
        [&](DedicatedBuffer* buffer) { found = found || within(buffer->begin(), buffer->size); });
    return found;
  }

 private:
  void DestroyAll() noexcept {
    dedicated_.ForEach(
        [this](DedicatedBuffer* buffer) { DedicatedBuffer::Destroy(*upstream_, buffer); });
    dedicated_ = {};
    for (WindowBuffer* buffer = chain_.first(); buffer != nullptr;) {
      WindowBuffer* const next = buffer->next;
      if (!IsCallers(buffer)) WindowBuffer::Destroy(*upstream_, buffer);
      buffer = next;
    }
    chain_ = {};
  }

  // Puts the caller's storage into the empty chain: its end rounded down, its begin as it is.
  void AdoptCallers() noexcept {
    cap_ = callers_.size();
    const auto begin = reinterpret_cast<std::uintptr_t>(callers_.data());
    const std::uintptr_t end = AlignDown(begin + callers_.size(), kGranule);
    MarkFree(callers_.data(), callers_.size());
    if (end <= begin) return;
    callers_buffer_.begin = callers_.data();
    callers_buffer_.end = callers_.data() + (end - begin);
    chain_.InsertAfter(nullptr, &callers_buffer_);
  }

  std::pmr::memory_resource* upstream_;
  std::size_t limit_;
  std::size_t cap_ = 0;           // the sizes of all buffers and of callers_
  std::span<std::byte> callers_;  // all of it counts in cap_
  WindowBuffer callers_buffer_;   // in chain_ when it has a byte to use
  WindowChain chain_;
  DedicatedBuffers dedicated_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP

// ---- arena/detail/chunks/scope_mark.hpp ----------------------------------------------------------
//
// What a MonotonicArena was when a scope was opened on it.
#ifndef ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP
#define ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP

#include <cstddef>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Bytes outside the window, by what became of them.
struct Tally {
  std::size_t len = 0;
  std::size_t records = 0;
  std::size_t tails = 0;
};

// What a scope puts back when it ends.
struct ScopeMark {
  ScopeMark* outer = nullptr;  // the scope around this one
  WindowBuffer* buffer = nullptr;
  Window::Mark window;
  std::byte* window_begin = nullptr;
  DedicatedBuffer* last_dedicated = nullptr;
  Tally left;
  std::size_t aside = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_SCOPE_MARK_HPP

// ---- arena/monotonic_options.hpp -----------------------------------------------------------------
//
// What goes into a MonotonicArena, its options, and what can be read off it, its statistics.
#ifndef ARENA_MONOTONIC_OPTIONS_HPP
#define ARENA_MONOTONIC_OPTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>


ARENA_BEGIN_NAMESPACE

/// How a MonotonicArena gets its memory. All sizes are in bytes.
struct MonotonicArenaOptions {
  /// Every ordinary buffer has at least this size, unless the limit leaves less.
  std::size_t min_buffer_size = 32 * 1024;
  /// Ordinary buffers held from construction on; the caller's buffer counts as the first.
  std::size_t initial_buffer_count = 1;
  /// Ordinary buffers grow with the arena, to an eighth of it, up to this.
  std::size_t max_buffer_size = 1024 * 1024;
  /// Cap() never passes this.
  std::size_t limit = SIZE_MAX;
  /// The caller's own storage: used first, never freed, of any size and alignment. It outlives the
  /// arena.
  std::span<std::byte> initial_buffer = {};
  /// Where buffers come from; outlives the arena. nullptr: std::pmr::get_default_resource().
  ///
  /// It fails by an exception or by returning null: the arena takes both for "no memory". Where
  /// exceptions are off, give it one that returns null if you mean to go on without memory: what
  /// the standard library's own resources throw there ends the program. Returning null needs
  /// -fno-sanitize=returns-nonnull-attribute beside -fsanitize=undefined: libstdc++ declares that
  /// `allocate` never does it. With exceptions on, throwing needs no such flag.
  ///
  /// A thread that is cancelled (pthread_cancel) within a call of the upstream ends after that
  /// call.
  std::pmr::memory_resource* upstream = nullptr;
};

/// Where the bytes of an arena are at one moment: cap == len + records + tails + free.
struct ArenaStats {
  std::size_t len = 0;      ///< handed out, with the padding between
  std::size_t cap = 0;      ///< held
  std::size_t peak = 0;     ///< the highest len ever
  std::size_t buffers = 0;  ///< how many buffers are held, the caller's included
  std::size_t records = 0;  ///< bytes in cleanup records
  std::size_t tails = 0;    ///< bytes left behind at the ends of buffers, until Reset
  std::size_t free = 0;     ///< bytes still to be handed out
};

ARENA_END_NAMESPACE

#endif  // ARENA_MONOTONIC_OPTIONS_HPP

// ---- arena/monotonic_arena.hpp -------------------------------------------------------------------
//
// class MonotonicArena: the arena that owns its memory, in buffers that it obtains from upstream
// and keeps until Release.
//
//   ordinary buffers    [left]->[left]->[current: the window]->[spare]->[spare]
//   dedicated buffers   one for each request too large for the window, kept by size class
#ifndef ARENA_MONOTONIC_ARENA_HPP
#define ARENA_MONOTONIC_ARENA_HPP

#include <cstddef>
#include <cstdint>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// An arena over buffers that it takes from an upstream resource, keeps through Reset, and gives
/// back at Release or in its destructor.
///
/// A fresh one holds one buffer of 32 KiB. When its window is full it moves on to the next buffer;
/// a request that would leave too much behind, or is larger than a buffer, gets a buffer of its
/// own. The same requests after a Reset get memory again without a call to upstream.
///
/// Thread safety: none; see ConcurrentArena.
class MonotonicArena : public Arena {
 public:
  /// An arena with default options.
  MonotonicArena() : MonotonicArena(MonotonicArenaOptions{}) {}

  /// Takes the initial buffers at once. Throws std::bad_alloc when upstream fails or the limit is
  /// below what the options make it hold.
  explicit MonotonicArena(const MonotonicArenaOptions& options)
      : store_(options.upstream, options.limit, options.initial_buffer),
        sizes_(options.min_buffer_size, options.max_buffer_size) {
    if (store_.cap() > store_.limit()) detail::ThrowBadAlloc();
    const std::size_t held = store_.HasCallers() ? 1 : 0;
    // A buffer of no bytes is none.
    const std::size_t size = sizes_.Initial();
    const std::size_t count = size == 0 ? held : options.initial_buffer_count;
    const std::size_t most = detail::MinOf(store_.Affordable(), detail::kMaxSize);
    if (count > held && count - held > most / size) detail::ThrowBadAlloc();
    for (std::size_t i = held; i < count; ++i) {
      if (store_.AddWindow(size, store_.chain().last()) == nullptr) detail::ThrowBadAlloc();
    }
    EnterFirst();
  }

  /// Releases. Ends the program with a message while a scope is open.
  ~MonotonicArena() override { Release(); }

  /// Makes sure that the next `bytes` bytes come from one piece of memory, taking a buffer for them
  /// now.
  ///
  /// The window moves at once: an unused current buffer becomes a spare, the rest of a used one a
  /// tail. Does nothing when the window has the room. O(spare buffers). Throws std::bad_alloc, with
  /// everything allocated as before, when upstream fails or the limit is reached.
  void Reserve(std::size_t bytes) {
    if (bytes <= Room()) return;
    WindowBuffer* buffer = FindSpare(bytes, 1);
    if (buffer != nullptr) {
      store_.chain().Remove(buffer);
    } else {
      buffer = CreateForReserve(bytes);
      if (buffer == nullptr) detail::ThrowBadAlloc();
    }
    if (CurrentIsUnused()) StepBack();
    store_.chain().InsertAfter(current_, buffer);
    MoveTo(buffer);
  }

  /// Gives back buffers that hold nothing until Cap() is at most `bytes` or none is left.
  ///
  /// A buffer with an allocation, a cleanup record or the start of an open scope stays, and so does
  /// the caller's. Legal at any time. O(buffers given back).
  void ShrinkTo(std::size_t bytes) noexcept {
    if (bytes < Cap()) freed_any_ = true;
    store_.DestroyUnusedDedicated(bytes);
    store_.DestroySpares(current_, bytes);
    if (Cap() > bytes && CurrentIsUnused() && !store_.IsCallers(current_)) {
      store_.DestroyWindow(StepBack());
    }
  }

  /// Whether `pointer` points into memory that the arena holds, handed out or not; for assertions.
  /// O(buffers).
  bool Owns(const void* pointer) const noexcept { return store_.Owns(pointer); }

  /// The most bytes, records included, that were in use at once in a round that has ended since the
  /// last call. Unlike Peak() it starts anew with each call: for sizing the next round by the last.
  /// O(1).
  std::size_t TakeHighWater() noexcept { return std::exchange(high_water_, 0); }

  /// Where the bytes are. O(1).
  ArenaStats Stats() const noexcept {
    ArenaStats stats;
    stats.len = Len();
    stats.cap = Cap();
    stats.peak = Peak();
    stats.buffers = store_.Count();
    stats.records = left_.records + WindowRecords();
    stats.tails = left_.tails + store_.CallersTail();
    stats.free = stats.cap - stats.len - stats.records - stats.tails;
    return stats;
  }

  std::size_t Len() const noexcept override {
    return left_.len + static_cast<std::size_t>(WindowCursor() - window_begin_);
  }
  std::size_t Cap() const noexcept override { return store_.cap(); }
  std::size_t Peak() const noexcept override { return detail::MaxOf(peak_, Len()); }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const Request request{size, size + detail::kRedzone, alignment};
    if (void* block = Serve(request)) return block;
    return ServeWhenShort(request);
  }

  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    if (new_size < old_size) NotePeak();
    if (!window().Resize(block, old_size, new_size)) return false;
    if (new_size < old_size) {
      detail::MarkFree(static_cast<std::byte*>(block) + new_size, old_size - new_size);
    }
    return true;
  }

  void DoReset() noexcept override {
    FailIfScopeOpen();
    NotePeak();
    if constexpr (detail::kInstrumented) {
      detail::WindowChain::MarkFree(store_.chain().first(), current_);
    }
    store_.dedicated().GiveBackAll();
    left_ = {};
    EnterFirst();
  }

  void DoRelease() noexcept override {
    DoReset();
    freed_any_ = true;
    store_.DestroyAllButCallers();
    EnterFirst();
  }

  void DoClear(Retention retention) noexcept override {
    if (window().HasRecords()) PrepareForCleanups();
    RunWindowCleanups();
    Forget(retention);
  }

  // final: DoClear has no cleanups elsewhere to ask for.
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept final {
    if (only == nullptr) PrepareForCleanups();  // a decorator's Reset
    return Arena::DoTakeCleanup(cleanup, only);
  }

  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    constexpr std::size_t kLinkAndRecord = detail::CleanupRecords::SegmentSize(1);
    if (window().OpenSegment(cleanup)) return true;
    if (FindSpare(kLinkAndRecord, 1) == nullptr && !AddLastBuffer() &&
        !(MakeRoomBelowLimit(detail::BufferSizes::kSmallest) && AddLastBuffer())) {
      return false;
    }
    // Past the spares that are too small for a record, not around them: the chain keeps its order,
    // and an equal round finds it as this one did.
    do MoveTo(NextSpare());
    while (!window().OpenSegment(cleanup));
    return true;
  }

  const void* DoScope() const noexcept override { return innermost_; }

  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    // A container that outlived Release must not poison what is no longer the arena's. Not asked
    // before the first buffer goes: Owns() walks over all of them, for every node of a container.
    if (!freed_any_ || Owns(block)) detail::MarkFree(block, size);
  }

 private:
  friend class ArenaScope;
  friend struct detail::PictureAccess;
  friend struct detail::PoolAccess;
  using WindowBuffer = detail::WindowBuffer;
  using DedicatedBuffer = detail::DedicatedBuffer;
  using Request = detail::Request;

  std::size_t Room() const noexcept { return window().Room(); }
  bool HasWindow() const noexcept { return window_begin_ != nullptr; }

  std::size_t WindowRecords() const noexcept {
    // A record popped from a buffer that happens to follow this one may have raised the limit.
    const std::byte* const limit = WindowLimit();
    return HasWindow() && limit < current_->end ? static_cast<std::size_t>(current_->end - limit)
                                                : 0;
  }

  bool CurrentIsUnused() const noexcept {
    return HasWindow() && WindowCursor() == window_begin_ && WindowRecords() == 0 &&
           (innermost_ == nullptr || innermost_->buffer != current_);
  }

  WindowBuffer* NextSpare() const noexcept {
    return current_ != nullptr ? current_->next : store_.chain().first();
  }

  // Of the next ordinary buffer; 0 when the limit leaves too little.
  std::size_t NextBufferSize() const noexcept {
    return sizes_.Next(store_.chain().bytes(), store_.Affordable());
  }

  bool MayLeaveWindow() const noexcept {
    return detail::BufferSizes::MayLeave(Room(), current_ != nullptr ? current_->size() : 0,
                                         aside_);
  }

  void* Serve(const Request& request) noexcept {
    if (MayLeaveWindow()) {
      WindowBuffer* next = NextSpare();
      const std::size_t size = next != nullptr ? next->size() : NextBufferSize();
      if (WindowBuffer::Holds(size, request.need, request.alignment)) {
        if (next == nullptr) next = store_.AddWindow(size, current_);
        if (next != nullptr) return ServeFrom(next, request);
      }
    }
    const std::size_t size_class = detail::SizeClassAbove(request.Dedicated());
    if (void* block = ServeFrom(store_.dedicated().Take(size_class), request)) return block;
    return ServeFrom(store_.AddDedicated(detail::SizeClassBytes(size_class)), request);
  }

  // No buffer of the usual size is to be had: the limit is in the way, or upstream failed.
  void* ServeWhenShort(const Request& request) noexcept {
    const std::size_t bytes = request.Dedicated();
    // For a small request not a much larger one: giving that back makes room for many of them.
    const bool small_request = WindowBuffer::Holds(sizes_.Least(), request.need, request.alignment);
    const std::size_t moderate =
        small_request && bytes <= detail::kMaxSize / 4 ? 4 * bytes : detail::kMaxSize;
    if (void* block = ServeFrom(store_.dedicated().TakeLarger(bytes, moderate), request)) {
      return block;
    }
    if (WindowBuffer* spare = TakeSpare(request.need, request.alignment)) {
      return ServeFrom(spare, request);
    }
    if (bytes > store_.Affordable()) {
      if (!MakeRoomBelowLimit(bytes)) return nullptr;
      if (void* block = Serve(request)) return block;
    }
    if (void* block = ServeFrom(store_.AddDedicated(bytes), request)) return block;
    // Upstream has failed.
    return ServeFrom(store_.dedicated().TakeLarger(bytes, detail::kMaxSize), request);
  }

  void* ServeFrom(WindowBuffer* next, const Request& request) noexcept {
    MoveTo(next);
    void* const block = AllocFromWindow(request.size, request.alignment);
    ARENA_ASSERT(block != nullptr && "a buffer that holds a request serves it");
    return block;
  }

  // Null when there is no such buffer.
  void* ServeFrom(DedicatedBuffer* buffer, const Request& request) noexcept {
    if (buffer == nullptr) return nullptr;
    const auto begin = reinterpret_cast<std::uintptr_t>(buffer->begin());
    const std::size_t padding = detail::AlignUp(begin, request.alignment) - begin;
    left_.len += padding + request.need;
    left_.tails += buffer->size - padding - request.need;
    aside_ = request.size > SIZE_MAX - aside_ ? SIZE_MAX : aside_ + request.size;
    std::byte* const block = buffer->begin() + padding;
    detail::MarkAllocated(block, request.size);
    return block;
  }

  WindowBuffer* FindSpare(std::size_t need, std::size_t alignment) const noexcept {
    return detail::WindowChain::FirstToHold(NextSpare(), need, alignment);
  }

  // The first spare that holds the request, as the next in the chain.
  WindowBuffer* TakeSpare(std::size_t need, std::size_t alignment) noexcept {
    WindowBuffer* const spare = FindSpare(need, alignment);
    if (spare == nullptr) return nullptr;
    store_.chain().Remove(spare);
    store_.chain().InsertAfter(current_, spare);
    return spare;
  }

  // An ordinary buffer behind all spares.
  bool AddLastBuffer() noexcept {
    const std::size_t size = NextBufferSize();
    return size != 0 && store_.AddWindow(size, store_.chain().last()) != nullptr;
  }

  // A buffer, not yet in the chain, but counted in Cap.
  WindowBuffer* CreateForReserve(std::size_t bytes) noexcept {
    if (bytes > detail::kMaxSize - detail::kGranule) return nullptr;
    if (bytes > store_.Affordable() && !MakeRoomBelowLimit(bytes)) return nullptr;
    // A multiple of kGranule, so that the first allocation needs no padding.
    const std::size_t round = detail::AlignUp(bytes, detail::kGranule);
    const std::size_t size = detail::MaxOf(round, NextBufferSize());
    return store_.CreateOrdinary(detail::MinOf(size, store_.Affordable()));
  }

  // Gives unused buffers back until `bytes` more may be held; false, with nothing given back, when
  // that cannot be.
  bool MakeRoomBelowLimit(std::size_t bytes) noexcept {
    if (bytes > store_.limit()) return false;
    std::size_t unused = store_.UnusedBytes(NextSpare());
    if (CurrentIsUnused() && !store_.IsCallers(current_)) unused += current_->size();
    if (Cap() - unused > store_.limit() - bytes) return false;
    ShrinkTo(store_.limit() - bytes);
    return true;
  }

  // Leaves the window, whose rest is lost until Reset or the end of the scope, and enters a spare
  // that comes next in the chain.
  void MoveTo(WindowBuffer* next) noexcept {
    ARENA_ASSERT(next == NextSpare());
    if (HasWindow()) {
      current_->left_cursor = WindowCursor();
      current_->left_limit = WindowLimit();
    }
    left_.len += static_cast<std::size_t>(WindowCursor() - window_begin_);
    left_.records += WindowRecords();
    left_.tails += Room();
    Enter(next, next->begin, next->end);
  }

  void Enter(WindowBuffer* buffer, std::byte* begin, std::byte* end) noexcept {
    current_ = buffer;
    window_begin_ = begin;
    SetWindow(begin, end);
    aside_ = 0;
  }

  // The first buffer, or no window where there is none.
  void EnterFirst() noexcept {
    const detail::WindowChain& chain = store_.chain();
    Enter(chain.first(), chain.first_begin(), chain.first_end());
  }

  // Leaves a buffer that is unused, for no window; returns it.
  WindowBuffer* StepBack() noexcept {
    WindowBuffer* const unused = current_;
    current_ = unused->prev;
    window_begin_ = nullptr;
    SetWindow(nullptr, nullptr);
    return unused;
  }

  // Before a cleanup runs: it may rely on what an open scope was to free, and the records are there.
  void PrepareForCleanups() noexcept {
    FailIfScopeOpen();
    NotePeak();
  }

  void NotePeak() noexcept {
    const std::size_t len = MonotonicArena::Len();
    peak_ = detail::MaxOf(peak_, len);
    high_water_ = detail::MaxOf(high_water_, len + left_.records + WindowRecords());
  }

  // ---- scopes ------------------------------------------------------------------------------------

  void OpenScope(detail::ScopeMark& scope) noexcept {
    scope = {
        innermost_, current_, window().MarkHere(), window_begin_, store_.dedicated().last_taken(),
        left_,      aside_};
    innermost_ = &scope;
  }

  void CloseScope(const detail::ScopeMark& scope) noexcept {
    FailIfNotInnermost(scope);
    NotePeak();
    window().RunCleanupsSince(scope.window);
    FailIfNotInnermost(scope);
    // Only now: what the cleanups allocated goes too.
    NotePeak();
    store_.dedicated().GiveBackSince(scope.last_dedicated);
    if constexpr (detail::kInstrumented) {
      if (current_ != scope.buffer) {
        detail::WindowChain::MarkFree(
            scope.buffer != nullptr ? scope.buffer->next : store_.chain().first(), current_);
      }
    }
    // Every buffer that the window entered since now lies behind it in the chain: a spare.
    current_ = scope.buffer;
    window_begin_ = scope.window_begin;
    window().Rewind(scope.window);
    left_ = scope.left;
    aside_ = scope.aside;
    innermost_ = scope.outer;
  }

  void FailIfNotInnermost(const detail::ScopeMark& scope) const noexcept {
    if (innermost_ != &scope) detail::Fail("arena: scopes were left out of order");
  }

  void FailIfScopeOpen() const noexcept {
    if (innermost_ != nullptr) {
      detail::Fail("arena: Reset, Release or the end of an arena while one of its scopes is open");
    }
  }

  detail::BufferStore store_;
  detail::BufferSizes sizes_;

  // The window's place in the chain: what lies before it is left, what lies behind it is spare.
  // Null: the window has not entered the first buffer.
  WindowBuffer* current_ = nullptr;
  std::byte* window_begin_ = nullptr;  // current_->begin, or null when there is no window
  detail::Tally left_;     // of the buffers that were left and of the dedicated ones that are taken
  std::size_t aside_ = 0;  // bytes requested from dedicated buffers since the window last moved
  std::size_t peak_ = 0;   // compared where Len can fall, and where Peak is read
  std::size_t high_water_ = 0;              // likewise, with the records; a pool starts it anew
  detail::ScopeMark* innermost_ = nullptr;  // the innermost open scope
  bool freed_any_ = false;                  // chunks were returned upstream, or may have been
};

static_assert(sizeof(MonotonicArena) < 512);

ARENA_END_NAMESPACE

#endif  // ARENA_MONOTONIC_ARENA_HPP

// ---- arena/inline_arena.hpp ----------------------------------------------------------------------
//
// class InlineArena<N>: a MonotonicArena whose first N bytes are part of the object.
#ifndef ARENA_INLINE_ARENA_HPP
#define ARENA_INLINE_ARENA_HPP

#include <cstddef>
#include <span>


ARENA_BEGIN_NAMESPACE

/// A MonotonicArena that starts with `N` bytes inside the object: on the stack, say, for requests
/// that mostly fit there. Cap() starts at N; further buffers come from upstream.
///
/// Setting `initial_buffer` in its options ends the program with a message: the object brings its
/// own.
template <std::size_t N>
class InlineArena : public MonotonicArena {
  static_assert(N > 0,
                "arena::InlineArena needs at least one byte; use arena::MonotonicArena for none");

 public:
  InlineArena() : InlineArena(MonotonicArenaOptions{}) {}

  /// Throws std::bad_alloc as MonotonicArena's constructor does.
  explicit InlineArena(const MonotonicArenaOptions& options)
      : MonotonicArena(WithStorage(options, storage_)) {}

  /// Releases now: the storage dies before the base class does.
  ~InlineArena() override { Release(); }

 private:
  static MonotonicArenaOptions WithStorage(MonotonicArenaOptions options, std::byte* storage) {
    if (!options.initial_buffer.empty()) {
      detail::Fail("arena: an InlineArena brings its own initial_buffer; leave the option empty");
    }
    options.initial_buffer = std::span<std::byte>(storage, N);
    return options;
  }

  alignas(detail::kGranule) std::byte storage_[N];
};

ARENA_END_NAMESPACE

#endif  // ARENA_INLINE_ARENA_HPP

// ---- arena/scope.hpp -----------------------------------------------------------------------------
//
// class ArenaScope: frees what was allocated since it was opened.
#ifndef ARENA_SCOPE_HPP
#define ARENA_SCOPE_HPP


ARENA_BEGIN_NAMESPACE

/// Frees, at its end, everything that was allocated from the arena since its start.
///
/// The cleanups registered since then run, newest first; Len() falls back to what it was; buffers
/// taken inside stay with the arena as spares. Scopes nest. What the cleanups allocate on the way
/// out goes too. Opening is O(1), closing is O(what was taken inside).
///
/// A slice from outside that grows inside, beyond its capacity, grows into memory of the scope; the
/// value outside stays intact. A child arena lives inside the scope it was made in.
///
/// Leaving scopes in another order than the reverse of their opening, and Reset, Release or the end
/// of the arena while one is open, end the program with a message. Not copyable, not movable: stale
/// and foreign marks cannot be written.
///
/// Thread safety: as the arena, none.
class ARENA_NODISCARD ArenaScope {
 public:
  /// Opens a scope on the arena, which outlives it.
  ARENA_NODISCARD explicit ArenaScope(MonotonicArena& arena) noexcept : arena_(arena) {
    arena_.OpenScope(mark_);
  }

  ~ArenaScope() { arena_.CloseScope(mark_); }

  explicit ArenaScope(Arena&) = ARENA_DELETE("arena: a scope needs the MonotonicArena itself");
  ArenaScope(const ArenaScope&) = ARENA_DELETE("arena: a scope stays where it began");
  ArenaScope& operator=(const ArenaScope&) = ARENA_DELETE("arena: a scope stays where it began");

 private:
  MonotonicArena& arena_;
  detail::ScopeMark mark_;
};

ARENA_END_NAMESPACE

#endif  // ARENA_SCOPE_HPP

// ---- arena/detail/slice/slice_storage.hpp --------------------------------------------------------
//
// Where the elements of a Slice lie, and how their storage grows.
//
// Elements that are not trivially copyable lie behind a header, so that each of them is destroyed
// once, however many values share the storage and however often it grew:
//
//     +-----------+------------+-----------------------------+
//     | SliceRoot | SliceBlock | elements, `live` are there  |   the oldest, with the one record
//     +-----------+------------+-----------------------------+
//                 +------------+-----------------------------+
//                 | SliceBlock | elements                    |   the newest: root, older lead back
//                 +------------+-----------------------------+
#ifndef ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP
#define ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Elements that can be copied as bytes have no header, no record and Go's semantics.
template <class T>
inline constexpr bool kPlain =
    std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>;

// Where a slice's elements are: what growing returns, in two registers.
template <class T>
struct SliceStorage {
  T* data;
  std::size_t capacity;
};

struct SliceBlock;

struct SliceRoot {
  SliceBlock* newest;
};

// Stands right before the elements.
struct SliceBlock {
  SliceRoot* root;
  SliceBlock* older;
  std::size_t live;  // elements [0, live) are constructed
};

template <class T>
struct SliceLayout {
  static constexpr std::size_t kAlignment =
      MaxOf(alignof(T), MaxOf(alignof(SliceBlock), alignof(SliceRoot)));
  static constexpr std::size_t kFront = AlignUp(sizeof(SliceBlock), kAlignment);
  static constexpr std::size_t kRootFront =
      AlignUp(sizeof(SliceRoot) + sizeof(SliceBlock), kAlignment);

  // By way of an integer: compilers may take the first element for the start of an object, and
  // what lies before it for out of bounds.
  static SliceBlock* Block(T* elements) noexcept {
    return reinterpret_cast<SliceBlock*>(reinterpret_cast<std::uintptr_t>(elements) -
                                         sizeof(SliceBlock));
  }
  static T* Elements(SliceBlock* block) noexcept {
    return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(block) + sizeof(SliceBlock));
  }
  static std::size_t Front(const SliceBlock* block) noexcept {
    return block->older == nullptr ? kRootFront : kFront;
  }

  static bool Bytes(std::size_t capacity, std::size_t front, std::size_t* bytes) noexcept {
    return MultiplySizes(capacity, sizeof(T), bytes) && AddSizes(*bytes, front, bytes);
  }

  // The cleanup of a slice: every element of every storage, last first.
  static void DestroyAll(void* object) noexcept {
    auto* const root = static_cast<SliceRoot*>(object);
    while (SliceBlock* const block = root->newest) {
      while (block->live != 0) Elements(block)[--block->live].~T();
      root->newest = block->older;
    }
  }
};

// An element's value from anything that converts to it implicitly.
template <class T, class V>
ARENA_ALWAYS_INLINE T Convert(V&& value) {
  return std::forward<V>(value);
}

// Constructs an element, with the arena where it takes an allocator, as a std::pmr container would.
template <class T, class V>
ARENA_ALWAYS_INLINE void BuildElement(Arena& arena, T* place, V&& value) {
  if constexpr (std::uses_allocator_v<T, Allocator<std::byte>> || kIsPair<T>) {
    if constexpr (HowToBuild<T, T&&>() != Building::kImpossible) {
      if constexpr (std::is_same_v<std::remove_cvref_t<V>, T>) {
        BuildIn<T>(arena, place, std::forward<V>(value));
      } else {
        BuildIn<T>(arena, place, Convert<T>(std::forward<V>(value)));
      }
      return;
    }
  }
  ::new (static_cast<void*>(place)) T(Convert<T>(std::forward<V>(value)));
}

// Destroys the elements it has counted unless they are kept.
template <class T>
class ElementGuard {
 public:
  explicit ElementGuard(T* first) noexcept : first_(first) {}
  ~ElementGuard() {
    while (count_ != 0) first_[--count_].~T();
  }
  ElementGuard(const ElementGuard&) = delete;
  ElementGuard& operator=(const ElementGuard&) = delete;

  T* next() const noexcept { return first_ + count_; }
  void Count() noexcept { ++count_; }
  void Keep() noexcept { count_ = 0; }

 private:
  T* first_;
  std::size_t count_ = 0;
};

// ---- Storage of plain elements -----------------------------------------------------------------

// Grows in place, to `wanted` elements or to as many above `need` as there is room for; returns the
// new capacity, or 0 when the storage is not the arena's last.
template <class T>
std::size_t ExtendStorage(Arena& arena, void* start, std::size_t front, std::size_t capacity,
                          std::size_t need, std::size_t wanted) noexcept {
  const std::size_t old_bytes = front + capacity * sizeof(T);
  if (!arena.TryResize(start, old_bytes, old_bytes)) return 0;
  for (std::size_t target = wanted;; target = MaxOf(need, capacity + (target - capacity) / 2)) {
    std::size_t bytes;
    if (SliceLayout<T>::Bytes(target, front, &bytes) && arena.TryResize(start, old_bytes, bytes))
      return target;
    if (target == need) return 0;
  }
}

// The capacity that is needed and, without overflow, the one wanted.
template <class T>
void PlanGrowth(std::size_t size, std::size_t capacity, std::size_t extra, std::size_t* need,
                std::size_t* wanted) {
  if (!AddSizes(size, extra, need) || *need > kMaxSize / sizeof(T)) ThrowBadAlloc();
  *wanted = MaxOf(*need, MinOf(2 * capacity, kMaxSize / sizeof(T)));
}

template <class T>
ARENA_COLD SliceStorage<T> GrowPlain(Arena& arena, T* data, std::size_t size, std::size_t capacity,
                                     std::size_t extra) {
  std::size_t need, wanted;
  PlanGrowth<T>(size, capacity, extra, &need, &wanted);
  if (const std::size_t extended = ExtendStorage<T>(arena, data, 0, capacity, need, wanted))
    return {data, extended};
  void* storage = arena.TryAlloc(wanted * sizeof(T), alignof(T));
  if (storage == nullptr) {
    storage = arena.Alloc(need * sizeof(T), alignof(T));
    wanted = need;
  }
  if (size != 0) std::memcpy(storage, static_cast<const void*>(data), size * sizeof(T));
  return {static_cast<T*>(storage), wanted};
}

// ---- Storage of other elements -----------------------------------------------------------------

// A new storage, its root if it needs one of its own, and the root's record; taken back unless
// kept.
template <class T>
class NewStorage {
  using Layout = SliceLayout<T>;

 public:
  // With `lineage`, the storage is linked to that root when it is kept. Throws std::bad_alloc.
  NewStorage(Arena& arena, SliceRoot* lineage, std::size_t capacity, std::size_t least)
      : arena_(arena), before_(arena.Position()), lineage_(lineage), capacity_(capacity) {
    const std::size_t front = lineage != nullptr ? Layout::kFront : Layout::kRootFront;
    start_ = Layout::Bytes(capacity, front, &bytes_) ? arena.TryAlloc(bytes_, Layout::kAlignment)
                                                     : nullptr;
    if (start_ == nullptr) {
      if (!Layout::Bytes(least, front, &bytes_)) ThrowBadAlloc();
      start_ = arena.Alloc(bytes_, Layout::kAlignment);
      capacity_ = least;
    }
    std::byte* const elements = static_cast<std::byte*>(start_) + front;
    block_ =
        ::new (static_cast<void*>(elements - sizeof(SliceBlock))) SliceBlock{lineage, nullptr, 0};
    if (lineage != nullptr) return;
    block_->root = ::new (start_) SliceRoot{block_};
    if constexpr (kNeedsCleanup<T>) {
      // Before the elements: what their constructors register dies before them.
      if (!arena.AddCleanup({&Layout::DestroyAll, start_})) {
        arena.Undo(before_, start_, bytes_);
        ThrowBadAlloc();
      }
    }
  }

  ~NewStorage() {
    if (start_ == nullptr) return;
    bool dropped = true;
    if constexpr (kNeedsCleanup<T>) {
      // If an element registered something since, the record stays, with no element to destroy.
      // The same if an element left a scope open.
      if (lineage_ == nullptr) {
        dropped = arena_.DropCleanup(start_);
      }
    }
    if (dropped) arena_.Undo(before_, start_, bytes_);
  }

  NewStorage(const NewStorage&) = delete;
  NewStorage& operator=(const NewStorage&) = delete;

  T* elements() const noexcept { return Layout::Elements(block_); }
  std::size_t capacity() const noexcept { return capacity_; }

  void Keep(std::size_t live) noexcept {
    block_->live = live;
    if (lineage_ != nullptr) {
      block_->older = lineage_->newest;
      lineage_->newest = block_;
    }
    start_ = nullptr;
  }

 private:
  Arena& arena_;
  Address before_;
  SliceRoot* lineage_;
  std::size_t capacity_;
  std::size_t bytes_ = 0;
  void* start_;
  SliceBlock* block_;
};

// Appends `extra` elements that fill(guard) constructs one after the other, in place if the arena's
// last bytes are this storage, else in new storage to which the old elements are moved or copied.
template <class T, bool kMoving, class Fill>
ARENA_COLD SliceStorage<T> GrowAndFill(Arena& arena, T* data, std::size_t size,
                                       std::size_t capacity, bool detached, std::size_t extra,
                                       Fill fill) {
  using Layout = SliceLayout<T>;
  std::size_t need, wanted;
  PlanGrowth<T>(size, capacity, extra, &need, &wanted);
  SliceRoot* lineage = nullptr;
  if (data != nullptr && !detached) {
    SliceBlock* const block = Layout::Block(data);
    const std::size_t front = Layout::Front(block);
    void* const start = reinterpret_cast<std::byte*>(data) - front;
    // Only if no other value has appended to it meanwhile.
    if (block->live == size) {
      if (const std::size_t extended =
              ExtendStorage<T>(arena, start, front, capacity, need, wanted)) {
        struct Shrink {
          Arena& arena;
          void* start;
          std::size_t bytes, old_bytes;
          bool undo = true;
          ~Shrink() {
            if (undo) arena.TryResize(start, bytes, old_bytes);
          }
        } shrink{arena, start, front + extended * sizeof(T), front + capacity * sizeof(T)};
        ElementGuard<T> guard(data + size);
        fill(guard);
        guard.Keep();
        shrink.undo = false;
        block->live = need;
        return {data, extended};
      }
    }
    SliceRoot* const root = block->root;
    static_cast<void>(root);
  }

  NewStorage<T> storage(arena, lineage, wanted, need);
  T* const elements = storage.elements();
  // The new elements first: they may be made from the old ones.
  ElementGuard<T> added(elements + size);
  fill(added);
  ElementGuard<T> relocated(elements);
  for (std::size_t i = 0; i < size; ++i, relocated.Count()) {
    if constexpr (kMoving &&
                  (std::is_nothrow_move_constructible_v<T> || !std::is_copy_constructible_v<T>)) {
      ::new (static_cast<void*>(relocated.next())) T(std::move(data[i]));
    } else {
      BuildElement<T>(arena, relocated.next(), std::as_const(data[i]));
    }
  }
  relocated.Keep();
  added.Keep();
  storage.Keep(need);
  return {elements, storage.capacity()};
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP

// ---- arena/detail/slice/slice_append.hpp ---------------------------------------------------------
//
// How elements are put behind those of a Slice: within its capacity, or by growing its storage.
#ifndef ARENA_DETAIL_SLICE_SLICE_APPEND_HPP
#define ARENA_DETAIL_SLICE_SLICE_APPEND_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

struct SliceAccess {
  template <class T>
  static Slice<T> Make(T* data, std::size_t size, std::size_t capacity) noexcept {
    return Slice<T>(data, size, capacity);
  }
  template <class T>
  static bool IsDetached(const Slice<T>& slice) noexcept {
    return (slice.capacity_ & Slice<T>::kDetached) != 0;
  }
  template <class T>
  static bool IsShared(const Slice<T>& slice) noexcept {
    return (slice.capacity_ & Slice<T>::kShared) != 0;
  }

  // The slice with `count` more elements, in the storage it has or in the one it has grown to.
  template <class T>
  static Slice<T> Longer(const Slice<T>& slice, std::size_t count) noexcept {
    return Slice<T>(slice.data_, slice.size_ + count, slice.capacity_);
  }
  template <class T>
  static Slice<T> Grown(const Slice<T>& slice, std::size_t count,
                        const SliceStorage<T>& storage) noexcept {
    const bool in_place = storage.data == slice.data_;
    const std::size_t shared = in_place ? slice.capacity_ & Slice<T>::kShared : 0;
    return Slice<T>(storage.data, slice.size_ + count, storage.capacity | shared);
  }
};

// GrowAndFill for a slice. Whether it moves or copies the old elements is known at compile time,
// but for temporaries that share them with another slice.
template <bool kMoving, class T, class Fill>
Slice<T> GrowSlice(Arena& arena, const Slice<T>& slice, std::size_t count, Fill fill) {
  const auto grow = [&]<bool kMove>(std::bool_constant<kMove>) {
    return GrowAndFill<T, kMove>(arena, slice.data(), slice.size(), slice.capacity(),
                                 SliceAccess::IsDetached(slice), count, fill);
  };
  if constexpr (kMoving && std::is_copy_constructible_v<T>) {
    if (SliceAccess::IsShared(slice)) {
      return SliceAccess::Grown(slice, count, grow(std::false_type()));
    }
  }
  return SliceAccess::Grown(slice, count, grow(std::bool_constant<kMoving>()));
}

// Writes `count` elements from `source` behind the slice, within its capacity: assigns to those
// that are live, constructs the others. If the source lies before its destination, the elements may
// overlap.
template <class T, class Iterator>
void WriteElements(Arena& arena, T* data, std::size_t size, std::size_t count, Iterator source) {
  SliceBlock* const block = SliceLayout<T>::Block(data);
  T* const target = data + size;
  // If elements cannot be assigned to, there is none that is live: see HasSpare.
  std::size_t live = 0;
  if constexpr (std::is_move_assignable_v<T>) live = MinOf(block->live - size, count);
  if constexpr (std::is_move_assignable_v<T> && std::contiguous_iterator<Iterator> &&
                std::is_same_v<std::remove_cv_t<std::iter_value_t<Iterator>>, T>) {
    if (count != 0 && reinterpret_cast<std::uintptr_t>(std::to_address(source)) <
                          reinterpret_cast<std::uintptr_t>(target)) {
      ElementGuard<T> guard(target + live);
      for (std::size_t i = live; i < count; ++i, guard.Count()) {
        BuildElement<T>(arena, guard.next(), source[static_cast<std::ptrdiff_t>(i)]);
      }
      guard.Keep();
      block->live = MaxOf(block->live, size + count);
      for (std::size_t i = live; i-- > 0;) {
        T value(Convert<T>(source[static_cast<std::ptrdiff_t>(i)]));
        target[i] = std::move(value);
      }
      return;
    }
  }
  if constexpr (std::is_move_assignable_v<T>) {
    for (std::size_t i = 0; i < live; ++i, ++source) {
      T value(Convert<T>(*source));
      target[i] = std::move(value);
    }
  }
  ElementGuard<T> guard(target + live);
  for (std::size_t i = live; i < count; ++i, ++source, guard.Count()) {
    BuildElement<T>(arena, guard.next(), *source);
  }
  guard.Keep();
  block->live = MaxOf(block->live, size + count);
}

// Whether `count` elements can be written behind the slice without moving it.
template <class T>
ARENA_ALWAYS_INLINE bool HasSpare(const Slice<T>& slice, std::size_t count) noexcept {
  if (slice.capacity() - slice.size() < count) return false;
  // A live element that cannot be assigned to is in the way like an end of storage.
  if constexpr (!std::is_move_assignable_v<T>) {
    return slice.data() == nullptr || SliceLayout<T>::Block(slice.data())->live == slice.size();
  }
  return true;
}

template <class T, bool kMoving>
constexpr void CheckAppend() noexcept {
  CheckAllocatable<T>();
  static_assert(kMoving || std::is_copy_constructible_v<T>,
                "arena: a slice of a move-only type grows by moving: write SliceAppend(arena, "
                "std::move(slice), ...)");
}

template <bool kMoving, class T, class V>
ARENA_ALWAYS_INLINE Slice<T> AppendOne(Arena& arena, const Slice<T>& slice, V&& value) {
  CheckAppend<T, kMoving>();
  T* data = slice.data();
  const std::size_t size = slice.size();
  if constexpr (kPlain<T>) {
    std::size_t capacity = slice.capacity();
    if (size == capacity) [[unlikely]] {
      const SliceStorage<T> grown = GrowPlain(arena, data, size, capacity, 1);
      data = grown.data;
      capacity = grown.capacity;
    }
    // A copy of its own: the value may be the very slot, reached through another slice.
    if constexpr (sizeof(T) <= 2 * sizeof(void*) && std::is_copy_constructible_v<T>) {
      const T copy(value);
      ::new (static_cast<void*>(data + size)) T(copy);
    } else {
      std::memmove(static_cast<void*>(data + size), static_cast<const void*>(std::addressof(value)),
                   sizeof(T));
    }
    return SliceAccess::Make(data, size + 1, capacity);
  } else {
    if (!HasSpare(slice, 1)) [[unlikely]] {
      return GrowSlice<kMoving>(arena, slice, 1, [&arena, &value](ElementGuard<T>& guard) {
        BuildElement<T>(arena, guard.next(), std::forward<V>(value));
        guard.Count();
      });
    }
    SliceBlock* const block = SliceLayout<T>::Block(data);
    if (block->live == size) [[likely]] {
      BuildElement<T>(arena, data + size, std::forward<V>(value));
      block->live = size + 1;
    } else if constexpr (std::is_move_assignable_v<T>) {
      T copy(std::forward<V>(value));
      data[size] = std::move(copy);
    }
    return SliceAccess::Longer(slice, 1);
  }
}

template <bool kMoving, class T, class... Vs>
ARENA_ALWAYS_INLINE Slice<T> AppendMany(Arena& arena, const Slice<T>& slice, Vs&&... values) {
  CheckAppend<T, kMoving>();
  constexpr std::size_t kCount = sizeof...(Vs);
  if constexpr (kPlain<T>) {
    // All values before the first write: they may be slots that are written to.
    const T copies[] = {Convert<T>(std::forward<Vs>(values))...};
    T* data = slice.data();
    std::size_t capacity = slice.capacity();
    if (capacity - slice.size() < kCount) [[unlikely]] {
      const SliceStorage<T> grown = GrowPlain(arena, data, slice.size(), capacity, kCount);
      data = grown.data;
      capacity = grown.capacity;
    }
    std::memcpy(static_cast<void*>(data + slice.size()), static_cast<const void*>(copies),
                sizeof(copies));
    return SliceAccess::Make(data, slice.size() + kCount, capacity);
  } else {
    if (!HasSpare(slice, kCount)) [[unlikely]] {
      return GrowSlice<kMoving>(arena, slice, kCount, [&](ElementGuard<T>& guard) {
        ((BuildElement<T>(arena, guard.next(), std::forward<Vs>(values)), guard.Count()), ...);
      });
    }
    T copies[] = {Convert<T>(std::forward<Vs>(values))...};
    WriteElements(arena, slice.data(), slice.size(), kCount,
                  std::make_move_iterator(std::begin(copies)));
    return SliceAccess::Longer(slice, kCount);
  }
}

template <bool kMoving, class T, class Iterator>
Slice<T> AppendCounted(Arena& arena, const Slice<T>& slice, Iterator first, std::size_t count) {
  CheckAppend<T, kMoving>();
  if (count == 0) return slice;
  if constexpr (kPlain<T>) {
    T* data = slice.data();
    std::size_t capacity = slice.capacity();
    if (capacity - slice.size() < count) {
      const SliceStorage<T> grown = GrowPlain(arena, data, slice.size(), capacity, count);
      data = grown.data;
      capacity = grown.capacity;
    }
    T* const target = data + slice.size();
    if constexpr (std::contiguous_iterator<Iterator> &&
                  std::is_same_v<std::remove_cv_t<std::iter_value_t<Iterator>>, T>) {
      std::memmove(static_cast<void*>(target), static_cast<const void*>(std::to_address(first)),
                   count * sizeof(T));
    } else {
      for (std::size_t i = 0; i < count; ++i, ++first) {
        ::new (static_cast<void*>(target + i)) T(Convert<T>(*first));
      }
    }
    return SliceAccess::Make(data, slice.size() + count, capacity);
  } else {
    if (HasSpare(slice, count)) {
      WriteElements(arena, slice.data(), slice.size(), count, first);
      return SliceAccess::Longer(slice, count);
    }
    return GrowSlice<kMoving>(arena, slice, count, [&](ElementGuard<T>& guard) {
      for (std::size_t i = 0; i < count; ++i, ++first, guard.Count()) {
        BuildElement<T>(arena, guard.next(), *first);
      }
    });
  }
}

template <bool kMoving, class T, class R>
Slice<T> AppendRange(Arena& arena, const Slice<T>& slice, R& range) {
  using std::begin;
  using std::end;
  auto first = begin(range);
  auto last = end(range);  // not const: that would be no sentinel, for lack of an assignment
  static_assert(std::is_convertible_v<decltype(*first), T>,
                "arena: SliceAppendRange needs a range whose elements convert to T implicitly");
  if constexpr (std::forward_iterator<decltype(first)>) {
    std::size_t count = 0;
    if constexpr (std::sized_sentinel_for<decltype(last), decltype(first)>) {
      count = static_cast<std::size_t>(last - first);
    } else {
      for (auto it = first; it != last; ++it) ++count;
    }
    return AppendCounted<kMoving>(arena, slice, first, count);
  } else {
    Slice<T> grown = slice;
    for (; first != last; ++first) grown = AppendOne<kMoving>(arena, grown, Convert<T>(*first));
    return grown;
  }
}

// Constructs the elements of a fresh slice: `make(place)` for each.
template <class T, class Make>
Slice<T> AllocateSliceWith(Arena& arena, std::size_t len, std::size_t capacity, Make make) {
  CheckAllocatable<T>();
  if (len > capacity) ThrowLengthError("arena: AllocateSlice: the length is above the capacity");
  if (capacity == 0) return {};
  if constexpr (kPlain<T>) {
    std::size_t bytes;
    if (!MultiplySizes(capacity, sizeof(T), &bytes)) ThrowBadAlloc();
    const Address before = arena.Position();
    T* const data = static_cast<T*>(arena.Alloc(bytes, alignof(T)));
    if constexpr (noexcept(make(data))) {
      for (std::size_t i = 0; i < len; ++i) make(data + i);
    } else {
      AllocationGuard guard(arena, before, data, bytes);
      for (std::size_t i = 0; i < len; ++i) make(data + i);
      guard.Keep();
    }
    return SliceAccess::Make(data, len, capacity);
  } else {
    NewStorage<T> storage(arena, nullptr, capacity, capacity);
    ElementGuard<T> guard(storage.elements());
    for (std::size_t i = 0; i < len; ++i, guard.Count()) make(guard.next());
    guard.Keep();
    storage.Keep(len);
    return SliceAccess::Make(storage.elements(), len, capacity);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_SLICE_SLICE_APPEND_HPP

// ---- arena/slice.hpp -----------------------------------------------------------------------------
//
// Slice<T>: a Go-style view of a growing array in an arena.
#ifndef ARENA_SLICE_HPP
#define ARENA_SLICE_HPP

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <span>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// A value of {pointer, length, capacity} over memory of an arena.
///
/// Copying a Slice copies the three words; the copies share elements, as a std::span's do, and
/// const applies to the words alone. SliceAppend and SliceAppendRange return the grown value; older
/// values stay valid. A Slice lives as long as the arena's memory. Default-constructed it is empty
/// and can be appended to.
///
/// If T is trivially copyable, two slices that share spare capacity overwrite each other's appends,
/// as in Go. Otherwise elements are destroyed with the arena's cleanups, last element first, each
/// once; an append through an older value assigns to the element that is there.
template <class T>
class Slice {
  static_assert(std::is_object_v<T>,
                "arena: a slice holds objects; of references make pointers, of void std::byte");

 public:
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using pointer = T*;
  using reference = T&;
  using iterator = T*;

  constexpr Slice() noexcept = default;

  T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// Elements there is room for without moving to other storage.
  std::size_t capacity() const noexcept {
    if constexpr (detail::kPlain<T>) {
      return capacity_;
    } else {
      return capacity_ & ~(kDetached | kShared);
    }
  }

  /// The element at `index`, which is checked in debug builds only.
  T& operator[](std::size_t index) const noexcept {
    ARENA_ASSERT(index < size_);
    return data_[index];
  }

  /// The element at `index`; throws std::out_of_range.
  T& at(std::size_t index) const {
    if (index >= size_) detail::ThrowOutOfRange("arena: Slice::at: the index is not below size()");
    return data_[index];
  }

  T& front() const noexcept { return (*this)[0]; }
  T& back() const noexcept { return (*this)[size_ - 1]; }
  T* begin() const noexcept { return data_; }
  T* end() const noexcept { return data_ + size_; }

  /// The elements [from, to). Throws std::out_of_range unless from <= to <= size().
  ///
  /// It shares the spare capacity behind `to`, as in Go. If T is not trivially copyable, one that
  /// does not start at the front has none: appending to it copies.
  Slice Subslice(std::size_t from, std::size_t to) const {
    if (from > to || to > size_) {
      detail::ThrowOutOfRange("arena: Slice::Subslice: needs from <= to <= size()");
    }
    if constexpr (detail::kPlain<T>) {
      return Slice(data_ + from, to - from, capacity_ - from);
    } else {
      if (from == 0 && (capacity_ & kDetached) == 0) return Slice(data_, to, capacity_ | kShared);
      return Slice(data_ + from, to - from, (to - from) | kDetached | kShared);
    }
  }

  /// The same elements with capacity() == size(): an append to it leaves what others share alone.
  Slice Clip() const noexcept {
    if constexpr (detail::kPlain<T>) {
      return Slice(data_, size_, size_);
    } else {
      return Slice(data_, size_, size_ | (capacity_ & kDetached) | kShared);
    }
  }

 private:
  friend struct detail::SliceAccess;

  // Flags in capacity_, if T is not plain; capacities never reach these bits. Detached: there is no
  // header before data_. Shared: made by Subslice or Clip, so that growing copies even a temporary.
  static constexpr std::size_t kDetached = ~(SIZE_MAX >> 1);
  static constexpr std::size_t kShared = kDetached >> 1;

  constexpr Slice(T* data, std::size_t size, std::size_t capacity) noexcept
      : data_(data), size_(size), capacity_(capacity) {}

  T* data_ = nullptr;
  std::size_t size_ = 0;      // <= capacity()
  std::size_t capacity_ = 0;  // with the flags
};

/// A slice of `len` value-initialised elements with room for `capacity`; what is behind `len` is
/// raw.
///
/// Throws std::length_error when len > capacity, std::bad_alloc when memory is short or the product
/// of capacity and sizeof(T) too large, and what an element's constructor throws; nothing is kept
/// then. (0, 0) allocates nothing. O(len).
template <class T>
Slice<T> AllocateSlice(Arena& arena, std::size_t len, std::size_t capacity) {
  detail::CheckAllocatable<T>();
  static_assert(!std::is_object_v<T> || std::is_default_constructible_v<T>,
                "arena: AllocateSlice needs a default constructor; start from an empty "
                "arena::Slice<T> and append");
  return detail::AllocateSliceWith<T>(
      arena, len, capacity, [&arena](T* place) noexcept(detail::IsNothrowBuildableIn<T>()) {
        detail::BuildIn<T>(arena, static_cast<void*>(place));
      });
}

/// A slice of `len` value-initialised elements and no spare capacity.
template <class T>
Slice<T> AllocateSlice(Arena& arena, std::size_t len) {
  return AllocateSlice<T>(arena, len, len);
}

/// AllocateSlice that default-initialises: ints, say, keep whatever the memory held.
template <class T>
Slice<T> AllocateSliceForOverwrite(Arena& arena, std::size_t len, std::size_t capacity) {
  detail::CheckAllocatable<T>();
  return detail::AllocateSliceWith<T>(
      arena, len, capacity, [&arena](T* place) noexcept(detail::IsNothrowDefaultBuildable<T>()) {
        detail::BuildForOverwrite<T>(arena, static_cast<void*>(place));
      });
}

/// The slice with `value` behind its elements, which may be one of them.
///
/// Within the capacity this writes one element. Beyond it the slice grows to twice its capacity: in
/// place if it ends where the arena's window does, else in new storage; the old elements stay
/// valid, so an lvalue slice copies them. Pass std::move(slice) to have them moved; a temporary
/// slice counts as moved too, unless Subslice or Clip made it and T can be copied. A single value
/// may be braced. O(1) amortised.
///
/// Throws std::bad_alloc, and what T's constructors throw, with the slice as before; where the
/// append assigns to an element that is there, that element may have changed.
template <class T>
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, const Slice<T>& slice,
                                         const std::type_identity_t<T>& value) {
  return detail::AppendOne<false>(arena, slice, value);
}
template <class T>
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, const Slice<T>& slice,
                                         std::type_identity_t<T>&& value) {
  return detail::AppendOne<false>(arena, slice, std::move(value));
}
template <class T>
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, Slice<T>&& slice,
                                         const std::type_identity_t<T>& value) {
  return detail::AppendOne<true>(arena, slice, value);
}
template <class T>
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, Slice<T>&& slice,
                                         std::type_identity_t<T>&& value) {
  return detail::AppendOne<true>(arena, slice, std::move(value));
}

/// SliceAppend of several values, each of which converts to T implicitly.
template <class T, class First, class Second, class... More>
  requires(std::is_convertible_v<First, T> && std::is_convertible_v<Second, T> &&
           (std::is_convertible_v<More, T> && ...))
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, const Slice<T>& slice, First&& first,
                                         Second&& second, More&&... more) {
  return detail::AppendMany<false>(arena, slice, std::forward<First>(first),
                                   std::forward<Second>(second), std::forward<More>(more)...);
}
template <class T, class First, class Second, class... More>
  requires(std::is_convertible_v<First, T> && std::is_convertible_v<Second, T> &&
           (std::is_convertible_v<More, T> && ...))
ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena, Slice<T>&& slice, First&& first,
                                         Second&& second, More&&... more) {
  return detail::AppendMany<true>(arena, slice, std::forward<First>(first),
                                  std::forward<Second>(second), std::forward<More>(more)...);
}

/// The slice with the elements of `range` behind its own, in one growth if the range can be
/// counted.
///
/// The range may be the slice or a part of it. Guarantees as SliceAppend; an input range, which
/// cannot be counted, is appended element by element.
template <class T, class R>
Slice<T> SliceAppendRange(Arena& arena, const Slice<T>& slice, R&& range) {
  return detail::AppendRange<false>(arena, slice, range);
}
template <class T, class R>
Slice<T> SliceAppendRange(Arena& arena, Slice<T>&& slice, R&& range) {
  return detail::AppendRange<true>(arena, slice, range);
}
template <class T>
Slice<T> SliceAppendRange(Arena& arena, const Slice<T>& slice,
                          std::initializer_list<std::type_identity_t<T>> list) {
  return detail::AppendRange<false>(arena, slice, list);
}
template <class T>
Slice<T> SliceAppendRange(Arena& arena, Slice<T>&& slice,
                          std::initializer_list<std::type_identity_t<T>> list) {
  return detail::AppendRange<true>(arena, slice, list);
}

ARENA_END_NAMESPACE

// The elements outlive the Slice value that names them.
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<arena::Slice<T>> = true;

#endif  // ARENA_SLICE_HPP

// ---- arena/string.hpp ----------------------------------------------------------------------------
//
// Text in an arena: the String type and copies of string views.
#ifndef ARENA_STRING_HPP
#define ARENA_STRING_HPP

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>


ARENA_BEGIN_NAMESPACE

#if defined(_GLIBCXX_USE_CXX11_ABI) && !_GLIBCXX_USE_CXX11_ABI
namespace detail {

// Stands in for String where the standard library cannot make one.
template <class Char>
struct NoString {
  static_assert(sizeof(Char) == 0,
                "arena: there is no arena::String with libstdc++'s old strings "
                "(_GLIBCXX_USE_CXX11_ABI=0), which construct their allocator from nothing; take "
                "arena::CopyString, an arena::ArenaBuffer or an arena::Vector<char>");
  template <class... Args>
  explicit NoString(Args&&...) noexcept {}
};

}  // namespace detail

using String = detail::NoString<char>;
#else
/// A std::string whose characters lie in an arena: `arena::String s("text", a);`.
///
/// Not with libstdc++'s old string ABI (_GLIBCXX_USE_CXX11_ABI=0), which says so when it is used;
/// everything else works with it.
using String = std::basic_string<char, std::char_traits<char>, Allocator<char>>;
#endif

/// Swaps two strings of one arena, and asserts that it is one. Found by argument-dependent lookup,
/// and by std::ranges::swap; for the member function and std::swap see containers.hpp.
template <class Char, class Traits>
void swap(std::basic_string<Char, Traits, Allocator<Char>>& a,
          std::basic_string<Char, Traits, Allocator<Char>>& b) noexcept {
  ARENA_ASSERT(a.get_allocator() == b.get_allocator() &&
               "arena: swap of strings that lie in different arenas");
  a.swap(b);
}

/// A copy of `text` in the arena, with a NUL behind its end: `view.data()` is a C string.
///
/// Lives as long as the arena's memory; Len() grows by text.size() + 1. O(size). Throws
/// std::bad_alloc.
inline std::string_view CopyString(Arena& arena, std::string_view text) {
  auto* const copy = static_cast<char*>(arena.Alloc(text.size() + 1, 1));
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  const char* const begin = copy;  // a char* would make the compiler weigh every constructor
  return {begin, text.size()};
}

ARENA_END_NAMESPACE

#endif  // ARENA_STRING_HPP

// ---- arena/detail/threads/thread_cache.hpp -------------------------------------------------------
//
// What a thread remembers: its parts of the arenas that it used last. A hit takes a comparison, and
// nothing here has a destructor or is registered anywhere: a thread that ends leaves nothing behind.
#ifndef ARENA_DETAIL_THREADS_THREAD_CACHE_HPP
#define ARENA_DETAIL_THREADS_THREAD_CACHE_HPP

#include <cstddef>
#include <cstdint>
#include <mutex>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Its address names the thread while that lives; a later thread may have the same one.
struct ThreadCache {
  static constexpr std::size_t kEntries = 8;

  struct Entry {
    std::uint64_t round;
    void* part;
  };

  // The entry that begins so many bytes behind the first. Not by its number, since this is at the start
  // of every call.
  ARENA_ALWAYS_INLINE Entry& At(std::size_t offset) noexcept {
    void* const entry = reinterpret_cast<unsigned char*>(entries) + offset;
    return *static_cast<Entry*>(entry);
  }

  // An entry of a round that has ended stays until it is overwritten. It is never taken for another,
  // as no two rounds of any arena have the same number.
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

// The number of a round, which no round of any arena had before. Threads take numbers in portions, so
// that they do not meet at each Reset.
inline std::uint64_t NewRound() {
  ThreadCache& cache = thread_cache;
  if (cache.next_number == cache.end_number) {
    const std::lock_guard<std::mutex> lock(round_numbers.mutex);
    cache.next_number = round_numbers.next;
    cache.end_number = round_numbers.next += RoundNumbers::kPerThread;
  }
  return cache.next_number++;
}

// The entry of each thread's cache, in bytes, for an arena that is being made. Arenas that a thread makes one after
// the other have different ones, as have the first of several threads.
inline std::size_t NewEntry() {
  ThreadCache& cache = thread_cache;
  if (cache.end_number == 0) cache.arenas = ToSize(NewRound() / RoundNumbers::kPerThread);
  return cache.arenas++ % ThreadCache::kEntries * sizeof(ThreadCache::Entry);
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_THREAD_CACHE_HPP

// ---- arena/detail/threads/window_sizes.hpp -------------------------------------------------------
//
// How large the windows of a thread are, and when it leaves one: on numbers alone.
#ifndef ARENA_DETAIL_THREADS_WINDOW_SIZES_HPP
#define ARENA_DETAIL_THREADS_WINDOW_SIZES_HPP

#include <cstddef>


ARENA_BEGIN_NAMESPACE
namespace detail {

// A cache line: what threads that write to their memory do not share.
inline constexpr std::size_t kLine = 64;

// Sizes are in bytes of the base's memory, whole lines. A line is left out of what the options say:
// a request of this size and alignment then fits chunks and size classes of such round numbers.
class WindowSizes {
 public:
  // `least` is what the first window must have.
  constexpr WindowSizes(std::size_t first, std::size_t usual, std::size_t max,
                        std::size_t least) noexcept
      : first_(MaxOf(Usable(first), RoundUp(least))),
        usual_(MaxOf(Usable(usual), first_)),
        max_(MaxOf(Usable(max), usual_)) {}

  // Of a thread's first window.
  constexpr std::size_t first() const noexcept { return first_; }

  // Of the window after one of `size`, for a thread that took `taken` bytes: it doubles, first up to
  // the usual size, then up to an eighth of `taken`. It has room for two requests of `need`, unless
  // that is more than the usual size.
  constexpr std::size_t Next(std::size_t size, std::size_t taken, std::size_t need) const noexcept {
    const std::size_t doubled = MinOf(2 * size, MaxOf(usual_, MinOf(max_, taken / 8)));
    const std::size_t wanted = need <= usual_ / 2 ? 2 * need : 0;
    return AlignDown(MaxOf(MaxOf(doubled, MinOf(RoundUp(wanted), usual_)), first_), kLine);
  }

  // The least that a window for a request of `need` may be: the end of a window stays unused.
  static constexpr std::size_t Least(std::size_t need) noexcept { return RoundUp(need + kGranule); }

  // Whether a window of `size` may be left with `room` in it, when `direct` bytes were obtained
  // beside it.
  static constexpr bool MayLeave(std::size_t room, std::size_t size, std::size_t direct) noexcept {
    return room <= MaxOf((size + MinOf(direct, kMaxSize)) / 8, 256);
  }

 private:
  static constexpr std::size_t RoundUp(std::size_t size) noexcept { return AlignUp(size, kLine); }

  static constexpr std::size_t Usable(std::size_t size) noexcept {
    constexpr std::size_t kLeftOut = AlignUp(kLine + kRedzone, kLine);
    return size <= kLeftOut ? 0 : AlignDown(MinOf(size, kMaxSize / 8) - kLeftOut, kLine);
  }

  std::size_t first_;
  std::size_t usual_;
  std::size_t max_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_WINDOW_SIZES_HPP

// ---- arena/detail/threads/part.hpp ---------------------------------------------------------------
//
// A part: what one thread has of a ThreadCachedArena. It is an arena whose windows lie in the base's
// memory, and it lies itself at the start of its first window.
//
//     +------+-----------------------------+--------+        +--------------------------+--------+
//     | part |           window            | unused |  ...   |          window          | unused |
//     +------+-----------------------------+--------+        +--------------------------+--------+
//
// The base owes each part one cleanup, End: whatever makes the base forget its memory ends the part
// before that. The last 16 bytes of a window stay unused, because an allocation that ended where the
// window does would be taken by the base for its own last block.
#ifndef ARENA_DETAIL_THREADS_PART_HPP
#define ARENA_DETAIL_THREADS_PART_HPP

#include <cstddef>
#include <cstdint>
#include <new>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Calls that take a mutex leave a mark while they last, for a Reset at the same time to find; in a debug
// build, one without optimisation, the short ones do so, too.
#if defined(NDEBUG) || defined(__OPTIMIZE__)
inline constexpr bool kMarksShortCalls = false;
#else
inline constexpr bool kMarksShortCalls = true;
#endif

// Owner is a BasicThreadCachedArena. "Locked" below means that its mutex is held. A thread of which a
// part is not has no business with it, apart from the functions that say so.
template <class Owner>
class Part final : public Arena {
 public:
  // Constructed at the start of its first window, a block of `size` bytes that the base counts as
  // `taken`.
  Part(Owner& owner, const ThreadCache& thread, const void* scope, std::size_t size,
       std::size_t taken) noexcept
      : owner_(&owner), thread_(&thread), scope_(scope) {
    auto* const block = reinterpret_cast<std::byte*>(this);
    Enter(block, block + AlignUp(sizeof(Part), kGranule), size, taken);
  }

  // What the first window must have: the part, and room for an object or two.
  static constexpr std::size_t LeastSize() noexcept { return sizeof(Part) + 128; }

  // The base's cleanup. Runs those of the part, on the thread that makes the base forget its memory.
  static void End(void* object) noexcept {
    Part* const part = static_cast<Part*>(object);
    part->FailIfInUse();
    if (part->owner_ != nullptr) part->owner_->StartToEnd();
    part->window().RunCleanups();
    part->Publish();
    if (part->owner_ != nullptr) part->owner_->RemovePart(*part);
    Destroy(*part);
  }

  // The windows become what they were when the base handed them out.
  static void Destroy(Part& part) noexcept {
    const WindowEnd* newest = part.newest_end_;
    part.~Part();
    if constexpr (kInstrumented) {
      while (newest != nullptr) {
        if constexpr (ARENA_ASAN != 0) MarkAllocated(newest, kGranule);
        const WindowEnd end = *newest;
        const auto* const last = reinterpret_cast<const std::byte*>(newest) + kGranule;
        MarkAllocated(end.begin, static_cast<std::size_t>(last - end.begin));
        newest = end.before;
      }
    }
  }

  // ---- calls through the ThreadCachedArena -------------------------------------------------------

  ARENA_ALWAYS_INLINE void* Bump(std::size_t size, std::size_t alignment) noexcept {
    const ShortCallMark mark(*this);
    void* block;
    if (!window().BumpChecked(size, alignment, &block)) [[unlikely]]
      return nullptr;
    Publish();
    return block;
  }

  ARENA_ALWAYS_INLINE bool PushCleanup(const Cleanup& cleanup) noexcept {
    const ShortCallMark mark(*this);
    if (!window().PushCleanup(cleanup)) [[unlikely]]
      return false;
    Publish();
    return true;
  }

  ARENA_ALWAYS_INLINE bool PushObject(const Destructor& type, void* object) noexcept {
    const ShortCallMark mark(*this);
    if (!window().PushObjectInLeaf(type, object)) [[unlikely]]
      return false;
    Publish();
    return true;
  }

  void* AllocSlowly(std::size_t size, std::size_t alignment) noexcept {
    // The window suffices when only the thread's cache did not know the part.
    if (void* const block = Bump(size, alignment)) return block;
    const CallMark mark(*this);
    return DoAlloc(size, alignment);
  }

  bool AddCleanupSlowly(const Cleanup& cleanup) noexcept {
    if (PushCleanup(cleanup)) return true;
    const CallMark mark(*this);
    const bool added = DoAddCleanup(cleanup);
    Publish();
    return added;
  }

  bool AddDestructorSlowly(const Destructor& type, void* object) noexcept {
    const CallMark mark(*this);
    const bool added = window().PushObject(type, object) || DoAddCleanup({type.one, object});
    Publish();
    return added;
  }

  bool Resize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    const ShortCallMark mark(*this);
    return DoTryResize(block, old_size, new_size);
  }

  // Takes the newest cleanup if it is that of `only`.
  bool TakeCleanupOf(Cleanup* cleanup, const void* only) noexcept {
    const ShortCallMark mark(*this);
    const bool taken = window().TakeCleanup(cleanup, only);
    Publish();
    return taken;
  }

  // ---- handles -----------------------------------------------------------------------------------

  void Hold() noexcept { ++locals_; }
  void LetGo() noexcept {
    --locals_;
    Publish();
  }

  // ---- for the owner, on any thread --------------------------------------------------------------

  const ThreadCache& thread() const noexcept { return *thread_; }

  // Before another thread goes on with the part of one that has ended: what that did in its calls
  // happens before.
  void TakeOver() const noexcept { static_cast<void>(published_.LoadAcquire()); }

  // The scope of the base in which it was made.
  const void* scope() const noexcept { return scope_; }

  // Bytes that the base counts for the windows, and for the record of the part.
  std::size_t taken() const noexcept { return taken_; }
  void NoteTaken(std::size_t bytes) noexcept { taken_ += bytes; }

  // Bytes handed out, as far as the thread has told. Locked.
  std::size_t Used() const noexcept { return UsedUpTo(published_.LoadRelaxed() + 1); }

  // The most bytes that were handed out since the owner's peak took them in. Locked.
  std::size_t PeakUsed() const noexcept {
    return UsedUpTo(MaxOf(published_.LoadRelaxed() + 1, shrunk_from_.LoadRelaxed()));
  }

  // No call of its thread is under way at a Reset, nor is there a Local.
  void FailIfInUse() const noexcept {
    if (locals_ != 0) {
      Fail("arena: Reset, Release or the end of a ThreadCachedArena while a Local is held");
    }
    if (inside_.LoadRelaxed() != nullptr) {
      Fail("arena: Reset, Release or the end of a ThreadCachedArena while a thread is in a call");
    }
  }

  // The owner ends, the part stays with the base.
  void LoseOwner() noexcept { owner_ = nullptr; }

  Part* next = nullptr;  // in the owner's table

  // ---- for the owner, locked, on its thread ------------------------------------------------------

  // Of the next window.
  std::size_t NextSize(const WindowSizes& sizes, std::size_t need) const noexcept {
    return sizes.Next(size_, taken_, need);
  }

  bool MayLeaveWindow() const noexcept {
    return WindowSizes::MayLeave(window().Room(), size_, direct_);
  }

  // Leaves the window for a block of `size` bytes that the base counts as `taken`.
  void EnterWindow(std::byte* block, std::size_t size, std::size_t taken) noexcept {
    Enter(block, block, size, taken);
  }

  void* BumpAfterMove(std::size_t size, std::size_t alignment) noexcept {
    void* const block = window().BumpAfterMove(size, alignment);
    Publish();
    return block;
  }

  // A block was obtained from the base, beside the window.
  void NoteDirect(void* block, std::size_t size) noexcept {
    direct_ = size > kMaxSize - direct_ ? kMaxSize : direct_ + size;
    newest_direct_ = block;
  }

  // Whether blocks were given back since the owner's peak took them in.
  bool HasShrunk() const noexcept { return shrunk_from_.LoadRelaxed() > Cursor(); }
  void ForgetShrunk() noexcept { shrunk_from_.StoreRelaxed(begin_); }

  // Tells other threads how far the cursor is, and that what was done before was done.
  ARENA_ALWAYS_INLINE void Publish() const noexcept {
    published_.StoreRelease(static_cast<std::uintptr_t>(window().position()));
  }

  // ---- as an arena, which a Local makes it -------------------------------------------------------

  std::size_t Len() const noexcept override {
    Publish();
    return owner_->Len();
  }
  std::size_t Cap() const noexcept override { return owner_->Cap(); }
  std::size_t Peak() const noexcept override {
    Publish();
    return owner_->Peak();
  }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    return owner_->AllocForPart(*this, size, alignment);
  }

  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    if (block == newest_direct_) {
      if (new_size == 0) newest_direct_ = nullptr;
      if (owner_->ResizeDirect(block, old_size, new_size)) return true;
      newest_direct_ = block;
      return false;
    }
    const std::uintptr_t cursor = Cursor();
    if (!window().Resize(block, old_size, new_size)) return false;
    if (new_size < old_size) {
      if (shrunk_from_.LoadRelaxed() < cursor) shrunk_from_.StoreRelaxed(cursor);
      MarkFree(static_cast<std::byte*>(block) + new_size, old_size - new_size);
    }
    Publish();
    return true;
  }

  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    if (window().PushIntoSegment(cleanup) || window().OpenSegment(cleanup)) return true;
    return owner_->MovePart(*this, CleanupRecords::SegmentSize(1)) && window().OpenSegment(cleanup);
  }

  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    owner_->MarkDeallocatedForPart(block, size);
  }

  void DoClear(Retention) noexcept override { FailToReset(); }
  void DoReset() noexcept override { FailToReset(); }
  void DoRelease() noexcept override { FailToReset(); }

 private:
  // In an instrumented build, in the unused bytes at the end of a window: how to find what is marked.
  struct WindowEnd {
    std::byte* begin;
    const WindowEnd* before;
  };
  static_assert(sizeof(WindowEnd) <= kGranule);

  template <bool kMarks>
  class Mark {
   public:
    explicit Mark(ARENA_MAYBE_UNUSED Part& part) noexcept : part_(part) {
      if constexpr (kMarks) part_.inside_.StoreRelaxed(&part_);
    }
    ~Mark() {
      if constexpr (kMarks) part_.inside_.StoreRelaxed(nullptr);
    }
    Mark(const Mark&) = delete;
    Mark& operator=(const Mark&) = delete;

   private:
    Part& part_;
  };
  using CallMark = Mark<true>;
  using ShortCallMark = Mark<kMarksShortCalls>;

  ARENA_NORETURN static void FailToReset() noexcept {
    Fail("arena: Reset or Release of a Local: reset the ThreadCachedArena itself");
  }

  std::uintptr_t Cursor() const noexcept {
    return reinterpret_cast<std::uintptr_t>(WindowCursor());
  }

  std::size_t UsedUpTo(std::uintptr_t cursor) const noexcept { return left_ + (cursor - begin_); }

  // Enters the window [begin, block + size), less what stays unused at its end.
  void Enter(std::byte* block, std::byte* begin, std::size_t size, std::size_t taken) noexcept {
    left_ = UsedUpTo(Cursor());
    std::byte* const end = block + size - kGranule;
    if constexpr (kInstrumented) {
      newest_end_ = ::new (end) WindowEnd{block, newest_end_};
      MarkFree(begin, static_cast<std::size_t>(end - begin));
      if constexpr (ARENA_ASAN != 0)
        MarkFree(end, kGranule);  // only AddressSanitizer keeps contents
    }
    size_ = size;
    taken_ += taken;
    direct_ = 0;
    begin_ = reinterpret_cast<std::uintptr_t>(begin);
    SetWindow(begin, end);
    shrunk_from_.StoreRelaxed(begin_);
    Publish();
  }

  Owner* owner_;  // null once that has ended
  const ThreadCache* const thread_;
  const void* const scope_;
  std::uintptr_t begin_ = 0;  // of the window
  std::size_t size_ = 0;      // of the block that the window lies in
  std::size_t taken_ = 0;
  std::size_t left_ = 0;           // bytes handed out in windows that it has left
  std::size_t direct_ = 0;         // bytes obtained from the base since the window last moved
  void* newest_direct_ = nullptr;  // the block that they ended with: the base may resize it
  int locals_ = 0;
  const WindowEnd* newest_end_ = nullptr;  // in an instrumented build, of the window

  // The last byte in use after the last call. The thread stores it as the last thing of each call:
  // with release, so that a thread that takes the part over has seen all.
  mutable AtomicPointer<std::uintptr_t> published_{0};
  AtomicPointer<std::uintptr_t> shrunk_from_{0};  // the highest cursor before it was moved back
  AtomicPointer<const void*> inside_{nullptr};    // not null while a call lasts (kMarksCalls)
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_PART_HPP

// ---- arena/detail/threads/part_table.hpp ---------------------------------------------------------
//
// The parts of a ThreadCachedArena, by thread.
#ifndef ARENA_DETAIL_THREADS_PART_TABLE_HPP
#define ARENA_DETAIL_THREADS_PART_TABLE_HPP

#include <cstddef>
#include <cstdint>


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

  template <class Visit>
  void ForEach(Visit visit) const {
    for (Part* part : buckets_) {
      for (; part != nullptr; part = part->next) visit(*part);
    }
  }

 private:
  static constexpr std::size_t kBuckets = 16;

  // Threads' caches often lie at distances that are powers of two: multiplied, their low bits count.
  ARENA_WRAPS static std::size_t BucketOf(const ThreadCache& thread) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(&thread);
    return ToSize((address * std::uint64_t{0x9E3779B97F4A7C15}) >> 60) % kBuckets;
  }

  Part* buckets_[kBuckets] = {};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_PART_TABLE_HPP

// ---- arena/detail/threads/parts_account.hpp ------------------------------------------------------
//
// What a ThreadCachedArena knows of the base's memory: which parts have taken how much of it, and the
// figures that follow.
#ifndef ARENA_DETAIL_THREADS_PARTS_ACCOUNT_HPP
#define ARENA_DETAIL_THREADS_PARTS_ACCOUNT_HPP

#include <cstddef>


ARENA_BEGIN_NAMESPACE
namespace detail {

// All of it is guarded by the mutex of the ThreadCachedArena, apart from the visiting of parts while no
// thread is in a call.
template <class Part>
class PartsAccount {
 public:
  // Memory of the base, for a window.
  struct Block {
    std::byte* begin = nullptr;
    std::size_t size = 0;
    std::size_t taken = 0;  // by so much the base's Len() grew
  };

  explicit PartsAccount(Arena& base) noexcept : base_(base), peak_(base.Peak()) {}

  // A block of `size` bytes; if there is no memory for that, of half of it, and so on down to `least`.
  Block Take(std::size_t size, std::size_t least) noexcept {
    const std::size_t before = base_.Len();
    for (;;) {
      size = MaxOf(size, least);
      if (void* const begin = base_.TryAlloc(size, kLine)) {
        const std::size_t taken = base_.Len() - before;
        taken_ += taken;
        return {static_cast<std::byte*>(begin), size, taken};
      }
      if (size == least) return {};
      size = AlignDown(size / 2, kLine);
    }
  }

  // Returns a block to the base, if that still can take it.
  void Return(const Block& block) noexcept {
    if (base_.TryResize(block.begin, block.size, 0)) taken_ -= block.taken;
  }

  // Registers a cleanup with the base, whose Len() may grow by the record: as if the part had taken that.
  bool AddCleanup(Part& part, const Cleanup& cleanup) noexcept {
    const std::size_t before = base_.Len();
    if (!base_.AddCleanup(cleanup)) return false;
    const std::size_t grown = base_.Len() - before;
    part.NoteTaken(grown);
    taken_ += grown;
    return true;
  }

  // ---- the parts ---------------------------------------------------------------------------------

  const PartTable<Part>& parts() const noexcept { return parts_; }

  void Add(Part& part) noexcept { parts_.Add(part); }

  // The base is about to forget the memory of this part. If it does so by itself, that is not heard of
  // later: the windows that are then still in its Len() must not get into the peak.
  void Remove(const Part& part) noexcept {
    if (!forgetting_) NotePeak();
    parts_.Remove(part);
    if (forgetting_) {
      used_by_ended_ += part.Used();
    } else {
      taken_ -= part.taken();
      forgets_by_itself_ = true;
    }
  }

  // ---- figures -----------------------------------------------------------------------------------

  std::size_t Len() const noexcept { return BytesWith(&Part::Used); }

  std::size_t Peak() const noexcept {
    return forgets_by_itself_ ? peak_ : MaxOf(peak_, BytesWith(&Part::PeakUsed));
  }

  // Before Len can fall.
  void NotePeak() noexcept { peak_ = Peak(); }

  // Cleanups are taken in order to be run, and then the base is made to forget its memory. Parts that
  // end meanwhile count until it has.
  void NoteForgetting() noexcept {
    if (!forgetting_) NotePeak();
    forgetting_ = true;
  }
  void NoteForgotten() noexcept {
    taken_ = used_by_ended_ = 0;
    forgetting_ = forgets_by_itself_ = false;
  }

  // The arena is used again: if the base was forgetting its memory by itself, it has.
  void NoteUse() noexcept { forgets_by_itself_ = false; }

 private:
  // The base's bytes, with those that `used` says of each part instead of its windows.
  std::size_t BytesWith(std::size_t (Part::*used)() const noexcept) const noexcept {
    std::size_t bytes = base_.Len() - taken_ + used_by_ended_;
    parts_.ForEach([&](const Part& part) { bytes += (part.*used)(); });
    return bytes;
  }

  Arena& base_;
  PartTable<Part> parts_{};
  std::size_t taken_ = 0;          // what the base counts for windows
  std::size_t used_by_ended_ = 0;  // what was handed out in those of parts that have ended
  std::size_t peak_;               // compared where Len can fall, and where Peak is read
  bool forgetting_ = false;
  bool forgets_by_itself_ = false;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_PARTS_ACCOUNT_HPP

// ---- arena/thread_cached_arena.hpp ---------------------------------------------------------------
//
// class ThreadCachedArena: a decorator that lets many threads share an arena, each with a window of
// its own.
#ifndef ARENA_THREAD_CACHED_ARENA_HPP
#define ARENA_THREAD_CACHED_ARENA_HPP

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>


ARENA_BEGIN_NAMESPACE

/// How much of the base's memory a thread takes at once.
///
/// In each round a thread begins with `first_window`, and its windows double up to `window`, then up to an
/// eighth of what the thread took, at most `max_window`. (If `first_window` is more than 1 KiB, a block of
/// 1 KiB precedes it.)
struct ThreadCachedArenaOptions {
  std::size_t first_window = 1024;
  std::size_t window = 32 * 1024;
  std::size_t max_window = 256 * 1024;
};

/// Shares an arena between many threads. Each has a part: a window of the base's memory, taken under
/// a mutex, in which it allocates and registers cleanups alone.
///
/// Any thread may allocate, resize, register cleanups and read the figures at any time; the calls of
/// different threads do not wait for each other unless one needs a window, or more than half of one.
/// The base is not used directly meanwhile, and both outlive what is allocated. The decorator owns no
/// memory and no cleanups, and its end touches nothing. A `Local` makes it as fast as an arena of
/// one's own.
///
/// Reset, Release and the decorator's end are exclusive: no other thread is inside a call, and what
/// threads did happens before. (A call that waits for memory is noticed and ends the program with a
/// message; a debug build, one without optimisation, may notice any.) A Reset or Release of the base, or
/// the end of a scope on it that was opened before the first allocation of the round, ends the parts
/// as the decorator's own Reset does. A scope of the base that is opened later ends the program with
/// a message when a thread needs memory in it.
///
/// Cleanups run on the thread that resets, without the mutex: of one thread newest first, the threads
/// one after the other. A destructor does not use objects of another thread, which may be gone. The
/// cleanups may allocate and register through the arena, on that thread.
///
/// What a thread has not used of its window is nobody else's: when the base's limit is reached,
/// threads take smaller windows, then what they need, then fail. A thread that ends leaves its part to
/// the arena, and a later thread may go on with it. Only the thread that allocated the last block
/// resizes it in place. Fibers may move between threads, but not while they have a `Local`.
///
/// Len() and Cap() are exact while no thread is in a call and none holds a Local: a Local's
/// allocations are counted when it ends, or when its thread next calls the arena. Peak() is never too
/// low, and may be too high only if several threads gave blocks back (TryResize). O(threads). Bytes
/// of windows that nothing is allocated in are in none of them but Cap().
///
/// After fork in a process with threads, the child does not use it.
template <class Mutex = std::mutex>
class BasicThreadCachedArena : public ArenaDecorator {
  using Part = detail::Part<BasicThreadCachedArena>;
  using Entry = detail::ThreadCache::Entry;

 public:
  /// Shares `base`, which outlives the decorator. For a base that is itself of this type, pass
  /// `static_cast<Arena&>(base)`: it would be a copy.
  explicit BasicThreadCachedArena(Arena& base, const ThreadCachedArenaOptions& options = {})
      : ArenaDecorator(base),
        sizes_(options.first_window, options.window, options.max_window, Part::LeastSize()),
        entry_(detail::NewEntry()),
        round_(detail::NewRound()),
        account_(base) {}

  /// Ends the program with a message while a Local is held. The memory, and the cleanups that are
  /// owed, stay with the base.
  ~BasicThreadCachedArena() override {
    FailIfInUse();
    account_.parts().ForEach([](Part& part) { part.LoseOwner(); });
  }

  /// The calling thread's part, as an arena whose allocation is inlined: nothing is looked up and no
  /// other thread is told.
  ///
  /// For the thread that made it, which may use the shared arena as well, and may have several.
  /// Everything that works on an Arena works on `*local`. It is gone before the shared arena is reset,
  /// and before the thread ends. When there is no memory for a part it is the shared arena itself.
  class ARENA_NODISCARD Local {
   public:
    ARENA_NODISCARD explicit Local(BasicThreadCachedArena& shared) noexcept
        : part_(shared.DoFindPart()),
          arena_(part_ != nullptr ? static_cast<Arena&>(*part_) : shared) {
      if (part_ != nullptr) part_->Hold();
    }
    ~Local() {
      if (part_ != nullptr) part_->LetGo();
    }

    Local(const Local&) = ARENA_DELETE("arena: a Local stays where it is: pass Arena&");
    Local& operator=(const Local&) = ARENA_DELETE("arena: a Local stays where it is: pass Arena&");

    /// The part. It is this thread's alone.
    Arena& operator*() const& noexcept { return arena_; }
    Arena& operator*() const&& =
        ARENA_DELETE("arena: name the Local: a temporary one ends at once");
    Arena* operator->() const noexcept { return &arena_; }
    operator Arena&() const& noexcept { return arena_; }  // NOLINT: a Local is an arena
    operator Arena&() const&& = ARENA_DELETE("arena: name the Local: a temporary one ends at once");

   private:
    Part* part_;
    Arena& arena_;
  };

  std::size_t Len() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return account_.Len();
  }
  std::size_t Cap() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return ArenaDecorator::Cap();
  }
  std::size_t Peak() const noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    return account_.Peak();
  }

 protected:
  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    const Entry& entry = CacheEntry();
    if (entry.round == round_) [[likely]] {
      if (void* const block = PartIn(entry)->Bump(size, alignment)) [[likely]]
        return block;
    }
    return AllocSlowly(*this, size, alignment);
  }

  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    Part* const part = ExistingPart();
    if (part != nullptr) return part->Resize(block, old_size, new_size);
    return false;
  }

  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    const Entry& entry = CacheEntry();
    if (entry.round == round_) [[likely]] {
      if (PartIn(entry)->PushCleanup(cleanup)) [[likely]]
        return true;
    }
    return AddCleanupSlowly(*this, cleanup);
  }

  bool DoAddDestructor(const detail::Destructor& type, void* object) noexcept override {
    const Entry& entry = CacheEntry();
    if (entry.round == round_) [[likely]] {
      if (PartIn(entry)->PushObject(type, object)) [[likely]]
        return true;
    }
    return AddDestructorSlowly(*this, type, object);
  }

  // Of all parts, one after the other, through the base's cleanups; with `only`, of this thread's part.
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept override {
    if (only != nullptr) {
      Part* const part = ExistingPart();
      if (part != nullptr && part->TakeCleanupOf(cleanup, only)) return true;
    }
    const std::lock_guard<Mutex> lock(mutex_);
    if (only == nullptr) account_.NoteForgetting();
    return ArenaDecorator::DoTakeCleanup(cleanup, only);
  }

  void DoReset() noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    account_.NotePeak();
    ArenaDecorator::DoReset();
    account_.NoteForgotten();
  }
  void DoRelease() noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    account_.NotePeak();
    ArenaDecorator::DoRelease();
    account_.NoteForgotten();
  }

  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoMarkDeallocated(block, size);
  }

  void DoClear(Arena::Retention retention) noexcept override {
    FailIfInUse();
    if (clearing_ || ending_) FailRecursive();
    clearing_ = true;
    Cleanup newest;
    while (DoTakeCleanup(&newest, nullptr)) newest.run(newest.object);
    Forget(retention);
    clearing_ = false;
  }

  // The calling thread's part; null when there is no memory for one. Virtual like everything else that
  // looks into the thread's cache: that has to be the cache which the shared object that made this
  // arena has, and no compiler may keep its address over a call that switches fibers.
  virtual Part* DoFindPart() noexcept {
    const Entry& entry = CacheEntry();
    return entry.round == round_ ? PartIn(entry) : FindOrAddPart();
  }

 private:
  friend Part;

  // ---- the parts ---------------------------------------------------------------------------------

  // Where the calling thread remembers its part: it does if the entry is of this round.
  ARENA_ALWAYS_INLINE Entry& CacheEntry() const noexcept { return detail::thread_cache.At(entry_); }
  static Part* PartIn(const Entry& entry) noexcept { return static_cast<Part*>(entry.part); }

  ARENA_ALWAYS_INLINE Part* ExistingPart() noexcept {
    const Entry& entry = CacheEntry();
    if (entry.round == round_) [[likely]]
      return PartIn(entry);
    const std::lock_guard<Mutex> lock(mutex_);
    return FindPart();
  }

  ARENA_NOINLINE Part* FindOrAddPart() noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    Part* const part = FindPart();
    return part != nullptr ? part : AddPart();
  }

  // The part of this thread, or of one that has ended and whose cache had the same address. Locked.
  Part* FindPart() noexcept {
    Part* const part = account_.parts().Find(detail::thread_cache);
    if (part == nullptr) return nullptr;
    part->TakeOver();
    Remember(*part);
    return part;
  }

  // A new part for this thread; null when there is no memory for it. Locked.
  Part* AddPart() noexcept {
    account_.NoteUse();
    // Not more, however large windows are: when there is no memory for the record that follows, the base
    // may not be able to take the block back.
    constexpr std::size_t kMax = 1024;
    const auto block = account_.Take(detail::MinOf(sizes_.first(), kMax),
                                     detail::WindowSizes::Least(Part::LeastSize()));
    if (block.begin == nullptr) return nullptr;
    auto* const part =
        ::new (block.begin) Part(*this, detail::thread_cache, DoScope(), block.size, block.taken);
    if (!account_.AddCleanup(*part, {&Part::End, part})) {
      Part::Destroy(*part);
      account_.Return(block);
      return nullptr;
    }
    account_.Add(*part);
    Remember(*part);
    return part;
  }

  // Makes the next look-up of this thread a hit.
  void Remember(Part& part) const noexcept { CacheEntry() = {round_, &part}; }

  // Without the lock, which a thread in a call might have.
  void FailIfInUse() const noexcept {
    account_.parts().ForEach([](const Part& part) { part.FailIfInUse(); });
  }

  // ---- for a Part --------------------------------------------------------------------------------

  // Serves a request that the part's window does not.
  void* AllocForPart(Part& part, std::size_t size, std::size_t alignment) noexcept {
    const std::size_t padding = alignment > detail::kLine ? alignment - detail::kLine : 0;
    const std::size_t need = size + detail::kRedzone + padding;
    const std::lock_guard<Mutex> lock(mutex_);
    PrepareToTake(part);
    // A window must not become a chunk for each request.
    if (part.MayLeaveWindow() && need <= part.NextSize(sizes_, need) / 2 && Move(part, need)) {
      void* const block = part.BumpAfterMove(size, alignment);
      ARENA_ASSERT(block != nullptr && "a window that was taken for a request serves it");
      return block;
    }
    void* const block = base().TryAlloc(size, alignment);
    if (block != nullptr) part.NoteDirect(block, size);
    return block;
  }

  // Gives the part a window with `need` bytes; false when there is no memory for it.
  bool MovePart(Part& part, std::size_t need) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    PrepareToTake(part);
    return Move(part, need);
  }

  // TryResize of a block that was obtained beside the window.
  bool ResizeDirect(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    if (new_size < old_size) account_.NotePeak();
    return ArenaDecorator::DoTryResize(block, old_size, new_size);
  }

  void MarkDeallocatedForPart(void* block, std::size_t size) noexcept {
    DoMarkDeallocated(block, size);
  }

  // A part ends: its cleanups are about to run. Ends the program if that happens inside one of them, in
  // memory which the outer Reset still uses.
  void StartToEnd() noexcept {
    if (ending_) FailRecursive();
    ending_ = true;
  }

  // The base is about to forget the memory of a part whose cleanups have run.
  void RemovePart(const Part& part) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    account_.Remove(part);
    round_ = detail::NewRound();  // no thread finds it any more
    ending_ = false;
  }

  ARENA_NORETURN static void FailRecursive() noexcept {
    detail::Fail("arena: Reset or Release was called from a cleanup of the same arena");
  }

  bool Move(Part& part, std::size_t need) noexcept {
    const auto block = account_.Take(part.NextSize(sizes_, need), detail::WindowSizes::Least(need));
    if (block.begin == nullptr) return false;
    part.EnterWindow(block.begin, block.size, block.taken);
    return true;
  }

  // Before a part takes memory.
  void PrepareToTake(Part& part) noexcept {
    if (DoScope() != part.scope()) {
      detail::Fail("arena: a scope was opened on the base of a ThreadCachedArena that was in use");
    }
    part.Publish();
    if (part.HasShrunk()) {
      account_.NotePeak();
      part.ForgetShrunk();
    }
  }

  // ---- without a part, and slowly ----------------------------------------------------------------

  ARENA_NOINLINE static void* AllocSlowly(BasicThreadCachedArena& self, std::size_t size,
                                          std::size_t alignment) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AllocSlowly(size, alignment);
    const std::lock_guard<Mutex> lock(self.mutex_);
    return self.base().TryAlloc(size, alignment);
  }

  ARENA_NOINLINE static bool AddCleanupSlowly(BasicThreadCachedArena& self,
                                              Cleanup cleanup) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AddCleanupSlowly(cleanup);
    const std::lock_guard<Mutex> lock(self.mutex_);
    return self.base().AddCleanup(cleanup);
  }

  ARENA_NOINLINE static bool AddDestructorSlowly(BasicThreadCachedArena& self,
                                                 const detail::Destructor& type,
                                                 void* object) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AddDestructorSlowly(type, object);
    return AddCleanupSlowly(self, {type.one, object});
  }

  const detail::WindowSizes sizes_;
  const std::size_t entry_;  // of each thread's cache, in bytes

  // Of the thread's entries, those with another number are not of this arena's parts. Every part that
  // ends makes it new; then no other thread is in a call.
  std::uint64_t round_;

  bool clearing_ = false;  // a Reset or Release is running the cleanups
  bool ending_ = false;    // those of a part are running

  // Above is what every call reads, below what is written under the mutex: not on the same line.
  alignas(detail::kLine) mutable Mutex mutex_{};  // guards the base and account_
  detail::PartsAccount<Part> account_;
};

using ThreadCachedArena = BasicThreadCachedArena<std::mutex>;

ARENA_END_NAMESPACE

#endif  // ARENA_THREAD_CACHED_ARENA_HPP

// ---- arena/arena.hpp -----------------------------------------------------------------------------
//
// arena: allocate the many small objects of one request, frame or pass from a few chunks of memory,
// and free them all at once. This header includes the core; what it offers, at a glance:
//
//   class Arena : public std::pmr::memory_resource              arena_interface.hpp
//     Alloc TryAlloc TryResize  Reset Release  Len Cap Peak
//   class ArenaDecorator : public Arena                         arena_decorator.hpp
//   class MonotonicArena : public Arena                         monotonic_arena.hpp
//     Reserve ShrinkTo Owns Stats TakeHighWater   MonotonicArenaOptions ArenaStats
//   class InlineArena<N> : public MonotonicArena                inline_arena.hpp
//   class ArenaScope                                            scope.hpp
//   class ConcurrentArena : public Arena                        concurrent_arena.hpp
//   class ThreadCachedArena : public Arena                      thread_cached_arena.hpp
//     Local   ThreadCachedArenaOptions
//
//   T* Allocate<T>(arena, args...)        TryAllocate<T>        allocate.hpp
//   T* AllocateForOverwrite<T>(arena)     skip_destructor<T>
//   void Defer(arena, callable)           T* Own(arena, unique_ptr)
//
//   Slice<T> AllocateSlice<T>(arena, len, cap)                  slice.hpp
//   Slice<T> SliceAppend(arena, slice, values...)
//   Slice<T> SliceAppendRange(arena, slice, range)
//
//   class Allocator<T>                                          allocator.hpp
//   String   std::string_view CopyString(arena, text)           string.hpp
//
//   class ArenaBuffer                                           buffer.hpp
//     Write WriteByte WriteString ReadFrom  Prepare Commit  push_back
//     Read ReadByte Next WriteTo  Bytes View String  Truncate Reset  Len Cap
//
//   FailureHandler SetFailureHandler(handler)                   detail/assert.hpp
#ifndef ARENA_ARENA_HPP
#define ARENA_ARENA_HPP

// IWYU pragma: begin_exports
// IWYU pragma: end_exports

#endif  // ARENA_ARENA_HPP

// ---- arena/containers.hpp ------------------------------------------------------------------------
//
// The standard containers over an arena. Each is the container of the same name in namespace std
// with arena::Allocator, and is constructed like that one, with the arena as its last argument:
//
//     arena::Vector<int> numbers(a);
//     arena::Vector<int> more({1, 2, 3}, a);
//     arena::Map<arena::String, arena::Vector<int>> index(a);
//     index.emplace("one", 3).first->second.push_back(1);   // key, vector and node lie in `a`
//
// What to know of a container that never frees anything before its arena does: a vector that grows
// leaves its old storage behind (reserve() avoids that), an erased node is not used again, and
// emplace() builds its node before it looks whether the key is there: look with find() first. A
// container that lives long and changes much belongs on the heap.
//
// The container is destroyed, or never touched again, before the arena's memory goes. Move
// construction stays in the arena and takes the elements over; copy construction stays in it, too,
// unless it is told another one. Assignment never changes the arena: between two arenas even a move
// goes element by element.
//
// Swapping two containers of different arenas is undefined, as the standard has it for allocators
// that do not propagate. `swap(a, b)` and `std::ranges::swap(a, b)` assert that it does not happen.
// The member function and `std::swap` are the standard library's own; they check it if that is
// asked to (libstdc++: all containers but String with _GLIBCXX_DEBUG, Vector and Deque with
// _GLIBCXX_ASSERTIONS; libc++: most with _LIBCPP_HARDENING_MODE extensive or debug).
#ifndef ARENA_CONTAINERS_HPP
#define ARENA_CONTAINERS_HPP

#include <cstddef>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>


ARENA_BEGIN_NAMESPACE

namespace detail {

// A String key is looked up by anything that is a string: none has to be built in an arena for the
// question.
struct StringLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept { return a < b; }
};
struct StringEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
};
// Also needed because not every standard library has a std::hash for strings whose allocator is not
// its own.
struct StringHash {
  using is_transparent = void;
  // Without noexcept libstdc++ takes it for what it is, slow, and keeps the result in the node.
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

template <class Key, class ForString, class ForOthers>
using IfString = std::conditional_t<std::is_same_v<Key, String>, ForString, ForOthers>;
template <class Key>
using Less = IfString<Key, StringLess, std::less<Key>>;
template <class Key>
using EqualTo = IfString<Key, StringEqual, std::equal_to<Key>>;
template <class Key>
using Hash = IfString<Key, StringHash, std::hash<Key>>;

}  // namespace detail

/// A std::vector in an arena.
template <class T>
using Vector = std::vector<T, Allocator<T>>;

/// A std::deque in an arena.
template <class T>
using Deque = std::deque<T, Allocator<T>>;

/// A std::list in an arena.
template <class T>
using List = std::list<T, Allocator<T>>;

/// A std::forward_list in an arena.
template <class T>
using ForwardList = std::forward_list<T, Allocator<T>>;

/// A std::set in an arena. With String keys, find() and the like take any string.
template <class Key, class Compare = detail::Less<Key>>
using Set = std::set<Key, Compare, Allocator<Key>>;

/// A std::multiset in an arena; keys as for Set.
template <class Key, class Compare = detail::Less<Key>>
using MultiSet = std::multiset<Key, Compare, Allocator<Key>>;

/// A std::map in an arena; keys as for Set. `map["key"]` would need a String to be made from
/// nowhere; find("key") and emplace("key", value) do not.
template <class Key, class T, class Compare = detail::Less<Key>>
using Map = std::map<Key, T, Compare, Allocator<std::pair<const Key, T>>>;

/// A std::multimap in an arena; keys as for Set.
template <class Key, class T, class Compare = detail::Less<Key>>
using MultiMap = std::multimap<Key, T, Compare, Allocator<std::pair<const Key, T>>>;

/// A std::unordered_set in an arena. String keys have a hash, and find() and the like take any
/// string.
template <class Key, class Hash = detail::Hash<Key>, class Equal = detail::EqualTo<Key>>
using UnorderedSet = std::unordered_set<Key, Hash, Equal, Allocator<Key>>;

/// A std::unordered_multiset in an arena; keys as for UnorderedSet.
template <class Key, class Hash = detail::Hash<Key>, class Equal = detail::EqualTo<Key>>
using UnorderedMultiSet = std::unordered_multiset<Key, Hash, Equal, Allocator<Key>>;

/// A std::unordered_map in an arena; keys as for UnorderedSet and Map.
template <class Key, class T, class Hash = detail::Hash<Key>, class Equal = detail::EqualTo<Key>>
using UnorderedMap = std::unordered_map<Key, T, Hash, Equal, Allocator<std::pair<const Key, T>>>;

/// A std::unordered_multimap in an arena; keys as for UnorderedSet.
template <class Key, class T, class Hash = detail::Hash<Key>, class Equal = detail::EqualTo<Key>>
using UnorderedMultiMap =
    std::unordered_multimap<Key, T, Hash, Equal, Allocator<std::pair<const Key, T>>>;

namespace detail {

template <class Container>
void SwapInOneArena(Container& a, Container& b) noexcept(noexcept(a.swap(b))) {
  ARENA_ASSERT(a.get_allocator() == b.get_allocator() &&
               "arena: swap of containers that lie in different arenas");
  a.swap(b);
}

}  // namespace detail

// Found by argument-dependent lookup, and preferred to std::swap, because they are more special
// than its overloads.

template <class T>
void swap(Vector<T>& a, Vector<T>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class T>
void swap(Deque<T>& a, Deque<T>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class T>
void swap(List<T>& a, List<T>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class T>
void swap(ForwardList<T>& a, ForwardList<T>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class C>
void swap(Set<K, C>& a, Set<K, C>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class C>
void swap(MultiSet<K, C>& a, MultiSet<K, C>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class T, class C>
void swap(Map<K, T, C>& a, Map<K, T, C>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class T, class C>
void swap(MultiMap<K, T, C>& a, MultiMap<K, T, C>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class H, class E>
void swap(UnorderedSet<K, H, E>& a, UnorderedSet<K, H, E>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class H, class E>
void swap(UnorderedMultiSet<K, H, E>& a,
          UnorderedMultiSet<K, H, E>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class T, class H, class E>
void swap(UnorderedMap<K, T, H, E>& a, UnorderedMap<K, T, H, E>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}
template <class K, class T, class H, class E>
void swap(UnorderedMultiMap<K, T, H, E>& a,
          UnorderedMultiMap<K, T, H, E>& b) noexcept(noexcept(a.swap(b))) {
  detail::SwapInOneArena(a, b);
}

ARENA_END_NAMESPACE

#endif  // ARENA_CONTAINERS_HPP

#ifdef ARENA_WITH_POOL

// ---- arena/detail/os/pages.hpp -------------------------------------------------------------------
//
// The operating system's pages: map, unmap, offer. Nothing else in the library calls the system.
#ifndef ARENA_DETAIL_OS_PAGES_HPP
#define ARENA_DETAIL_OS_PAGES_HPP

#include <cstddef>
#include <cstdint>


#if defined(_WIN32)
// Declared by hand, as <windows.h> does: that would bring its macros, min and max among them, into
// every includer.
extern "C" {
#if defined(_WIN64)
using ArenaWindowsSize = unsigned long long;
#else
using ArenaWindowsSize = unsigned long;
#endif
__declspec(dllimport) void* __stdcall VirtualAlloc(void*, ArenaWindowsSize, unsigned long,
                                                   unsigned long);
__declspec(dllimport) int __stdcall VirtualFree(void*, ArenaWindowsSize, unsigned long);
__declspec(dllimport) int __stdcall VirtualUnlock(void*, ArenaWindowsSize);
}
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

#if defined(__ELF__) && defined(__GNUC__)
// LeakSanitizer looks for pointers in the heap and in variables, but not in mappings that it is not
// told of. Declared weak, because no macro says whether it is there: g++ -fsanitize=leak has none.
extern "C" {
__attribute__((__weak__, __visibility__("default"))) void __lsan_register_root_region(const void*,
                                                                                      std::size_t);
__attribute__((__weak__, __visibility__("default"))) void __lsan_unregister_root_region(
    const void*, std::size_t);
}
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

#if defined(_WIN32)

inline constexpr unsigned long kMemCommit = 0x1000;
inline constexpr unsigned long kMemReserve = 0x2000;
inline constexpr unsigned long kMemReset = 0x80000;
inline constexpr unsigned long kMemRelease = 0x8000;
inline constexpr unsigned long kPageReadWrite = 0x04;
inline constexpr std::size_t kWindowsGranularity = 64 * 1024;  // of addresses that are reserved

// On every Windows that a C++20 compiler targets.
inline std::size_t PageSize() noexcept { return 4096; }

inline void* MapPages(std::size_t bytes, std::size_t alignment) noexcept {
  if (alignment <= kWindowsGranularity) {
    return VirtualAlloc(nullptr, bytes, kMemReserve | kMemCommit, kPageReadWrite);
  }
  // A reservation cannot be trimmed: find a place, give it up, take the aligned part of it. Another
  // thread may be faster, so try again.
  for (int attempt = 0; attempt < 8; ++attempt) {
    std::size_t wide;
    if (!AddSizes(bytes, alignment, &wide)) return nullptr;
    void* const place = VirtualAlloc(nullptr, wide, kMemReserve, kPageReadWrite);
    if (place == nullptr) return nullptr;
    VirtualFree(place, 0, kMemRelease);
    const std::uintptr_t aligned = AlignUp(reinterpret_cast<std::uintptr_t>(place), alignment);
    void* const pages = VirtualAlloc(reinterpret_cast<void*>(aligned), bytes,
                                     kMemReserve | kMemCommit, kPageReadWrite);
    if (pages != nullptr) return pages;
  }
  return nullptr;
}

inline void UnmapPages(void* pages, std::size_t) noexcept { VirtualFree(pages, 0, kMemRelease); }

inline void AdviseHugePages(void*, std::size_t) noexcept {}

inline bool OfferPages(void* pages, std::size_t bytes, bool now) noexcept {
  if (VirtualAlloc(pages, bytes, kMemReset, kPageReadWrite) == nullptr) return false;
  // Fails for pages that are not locked, and takes them out of the working set all the same.
  // Decommitting them instead would need memory for committing them again.
  if (now) VirtualUnlock(pages, bytes);
  return true;
}

#else

inline std::size_t PageSize() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

// Tells LeakSanitizer that pages hold pointers to what is in use, and that they are gone.
inline void TrackPages(ARENA_MAYBE_UNUSED const void* pages,
                       ARENA_MAYBE_UNUSED std::size_t bytes) noexcept {
#if defined(__ELF__) && defined(__GNUC__)
  if (&__lsan_register_root_region != nullptr) __lsan_register_root_region(pages, bytes);
#endif
}
inline void UntrackPages(ARENA_MAYBE_UNUSED const void* pages,
                         ARENA_MAYBE_UNUSED std::size_t bytes) noexcept {
#if defined(__ELF__) && defined(__GNUC__)
  if (&__lsan_unregister_root_region != nullptr) __lsan_unregister_root_region(pages, bytes);
#endif
}

// `alignment` is a power of two and at least a page.
inline void* MapPages(std::size_t bytes, std::size_t alignment) noexcept {
  const std::size_t surplus = alignment - PageSize();
  std::size_t wide;
  if (!AddSizes(bytes, surplus, &wide)) return nullptr;
  void* const place = ::mmap(nullptr, wide, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (place == MAP_FAILED) return nullptr;
  auto* const first = static_cast<std::byte*>(place);
  const auto address = reinterpret_cast<std::uintptr_t>(place);
  const std::size_t before = AlignUp(address, alignment) - address;
  const std::size_t behind = surplus - before;
  if (before != 0) ::munmap(first, before);
  if (behind != 0) ::munmap(first + before + bytes, behind);
  detail::TrackPages(first + before, bytes);
  return first + before;
}

// Unmapping the middle of what the kernel keeps as one mapping makes two of it, and Linux refuses
// that to a process that has vm.max_map_count mappings: the memory then goes back all the same, and
// only its addresses are lost.
inline void UnmapPages(void* pages, std::size_t bytes) noexcept {
  detail::UntrackPages(pages, bytes);
  if (::munmap(pages, bytes) == 0) return;
#if defined(MADV_DONTNEED)
  ::madvise(pages, bytes, MADV_DONTNEED);
#endif
}

inline void AdviseHugePages(ARENA_MAYBE_UNUSED void* pages,
                            ARENA_MAYBE_UNUSED std::size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  ::madvise(pages, bytes, MADV_HUGEPAGE);
#endif
}

inline bool OfferPages(void* pages, std::size_t bytes, bool now) noexcept {
#if defined(MADV_FREE)
  if (!now && ::madvise(pages, bytes, MADV_FREE) == 0) return true;
#endif
#if defined(MADV_DONTNEED)
  return ::madvise(pages, bytes, MADV_DONTNEED) == 0;
#else
  static_cast<void>(now);
  return false;
#endif
}

#endif

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OS_PAGES_HPP

// ---- arena/page_resource.hpp ---------------------------------------------------------------------
//
// class PageResource: memory straight from the operating system, in whole pages.
#ifndef ARENA_PAGE_RESOURCE_HPP
#define ARENA_PAGE_RESOURCE_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>


ARENA_BEGIN_NAMESPACE

/// How a PageResource asks for its pages.
struct PageResourceOptions {
  /// Align blocks of 2 MiB and more to 2 MiB and advise the kernel to back them with huge pages.
  /// Where that is not to be had they are ordinary pages.
  bool huge_pages = false;
};

/// What becomes of pages whose contents nobody needs.
enum class Reclaim {
  kUnderPressure,  ///< the kernel takes them when memory is short; until then they stay warm
  kNow,            ///< they are given back at once and faulted in again at the next touch
};

/// A memory resource over anonymous pages: mmap, or VirtualAlloc on Windows.
///
/// Made for few, large blocks: as the upstream of an arena that should not fragment the heap, or
/// whose pages the kernel may take back. Each allocation is rounded up to whole pages and costs a
/// system call. Without memory it throws std::bad_alloc; where exceptions are off, that ends the
/// program, as it cannot return null: libstdc++ declares that std::pmr::memory_resource::allocate
/// never does.
///
/// LeakSanitizer finds what the pages point to.
///
/// Thread safety: all members may be called from any thread.
class PageResource : public std::pmr::memory_resource {
 public:
  explicit PageResource(const PageResourceOptions& options = {}) noexcept
      : huge_pages_(options.huge_pages) {}

  /// The size of a page in bytes, a power of two.
  static std::size_t PageSize() noexcept { return detail::PageSize(); }

  /// Tells the kernel that the contents of the whole pages within [begin, begin + bytes) are no
  /// longer needed; what follows reads as the old contents or as zeros until it is written again.
  ///
  /// The range lies in a block of a PageResource. Returns the bytes that were offered: 0 when the
  /// range holds no whole page or the system has no such call.
  ARENA_WRAPS static std::size_t Offer(void* begin, std::size_t bytes, Reclaim reclaim) noexcept {
    const std::size_t page = PageSize();
    const auto address = reinterpret_cast<std::uintptr_t>(begin);
    const std::uintptr_t first = detail::AlignUp(address, page);
    const std::uintptr_t last = detail::AlignDown(address + bytes, page);
    if (first < address || first >= last) return 0;
    void* const pages = static_cast<std::byte*>(begin) + (first - address);
    return detail::OfferPages(pages, last - first, reclaim == Reclaim::kNow) ? last - first : 0;
  }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;

  // Throws std::bad_alloc when the system has no memory, or none of that size and alignment.
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const bool is_huge = huge_pages_ && bytes >= kHugePage;
    if (is_huge) alignment = detail::MaxOf(alignment, kHugePage);
    void* const pages = bytes <= detail::kMaxSize - PageSize() && detail::IsPowerOfTwo(alignment)
                            ? detail::MapPages(RoundUp(bytes), detail::MaxOf(alignment, PageSize()))
                            : nullptr;
    if (pages == nullptr) detail::ThrowBadAlloc();
    if (is_huge) detail::AdviseHugePages(pages, RoundUp(bytes));
    return pages;
  }

  void do_deallocate(void* pages, std::size_t bytes, std::size_t) noexcept override {
    detail::UnmapPages(pages, RoundUp(bytes));
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  static std::size_t RoundUp(std::size_t bytes) noexcept {
    return detail::AlignUp(bytes == 0 ? 1 : bytes, PageSize());
  }

  bool huge_pages_;
};

ARENA_END_NAMESPACE

#endif  // ARENA_PAGE_RESOURCE_HPP

// ---- arena/detail/core/text_line.hpp -------------------------------------------------------------
//
// A line of text with numbers in it, in an array of its own. Not std::snprintf, because that name
// is a macro in some programs (those with the headers of PostgreSQL or Ruby, for two).
#ifndef ARENA_DETAIL_CORE_TEXT_LINE_HPP
#define ARENA_DETAIL_CORE_TEXT_LINE_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>


ARENA_BEGIN_NAMESPACE
namespace detail {

class TextLine {
 public:
  // Appends a text; what the line has no room for is left out.
  TextLine& operator<<(const char* text) noexcept { return Append(text, std::strlen(text)); }

  // Appends a number in decimal digits.
  TextLine& operator<<(std::uint64_t number) noexcept { return Number(number, 0); }

  // Appends a number with spaces in front, up to a width of at most kDigits.
  TextLine& Number(std::uint64_t number, std::size_t width) noexcept {
    char digits[kDigits];
    char* first = digits + kDigits;
    do {
      *--first = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    while (first > digits && static_cast<std::size_t>(digits + kDigits - first) < width) {
      *--first = ' ';
    }
    return Append(first, static_cast<std::size_t>(digits + kDigits - first));
  }

  TextLine& Append(const char* text, std::size_t size) noexcept {
    const std::size_t room = sizeof(text_) - 1 - size_;
    const std::size_t count = size < room ? size : room;
    std::memcpy(text_ + size_, text, count);
    size_ += count;
    text_[size_] = '\0';
    return *this;
  }

  const char* c_str() const noexcept { return text_; }
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t kDigits = 20;  // of the largest number

  char text_[384] = {};
  std::size_t size_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_TEXT_LINE_HPP

// ---- arena/pool_options.hpp ----------------------------------------------------------------------
//
// What goes into an ArenaPool, its options, and what can be read off it, its statistics.
#ifndef ARENA_POOL_OPTIONS_HPP
#define ARENA_POOL_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory_resource>

#if defined(__linux__)
#include <time.h>
#endif


ARENA_BEGIN_NAMESPACE

namespace detail {

// A clock that is read at every lease and has to be exact to some milliseconds only.
inline std::chrono::nanoseconds CoarseNow() noexcept {
#if defined(CLOCK_MONOTONIC_COARSE)
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
#else
  return std::chrono::steady_clock::now().time_since_epoch();
#endif
}

}  // namespace detail

/// The bounds of an ArenaPool. Sizes are in bytes.
struct ArenaPoolOptions {
  /// Idle arenas hold at most this much together. 0: none is kept.
  std::size_t max_idle_bytes = std::size_t{64} << 20;
  /// An arena that was idle for this long is given up, unless that very call leases it. 0: none is
  /// kept.
  std::chrono::nanoseconds max_idle_age = std::chrono::minutes(1);
  /// An arena that holds more is given up at the end of its lease.
  std::size_t max_arena_bytes = std::size_t{16} << 20;
  /// The needs of at most this many keys are remembered; the key not used for longest is forgotten.
  std::size_t max_keys = 1024;
  /// The share of a key's latest leases whose need fits the first buffer, from 0 to 1.
  double quantile = 0.95;
  /// How many of a key's latest leases count: older needs are forgotten.
  std::size_t history = 64;
  /// The pages of an arena that was idle for this long are offered to the kernel.
  std::chrono::nanoseconds offer_after = std::chrono::seconds(1);
  /// What offered pages become.
  Reclaim reclaim = Reclaim::kUnderPressure;
  /// Where the buffers come from; thread-safe, outlives the pool and its leases. nullptr: a
  /// PageResource of the pool's own, the only upstream whose pages are offered.
  std::pmr::memory_resource* upstream = nullptr;
  /// For the pool's own PageResource.
  PageResourceOptions pages = {};
  /// The time since any fixed moment, read by Acquire, return and ShrinkTo: from any thread, with
  /// the pool's lock held, so it does not use the pool. A jump back counts as no time at all.
  std::chrono::nanoseconds (*clock)() noexcept = &detail::CoarseNow;
};

/// What an ArenaPool did and holds, at one moment.
struct ArenaPoolStats {
  std::uint64_t leases = 0;         ///< acquired so far
  std::uint64_t reused = 0;         ///< of these, served by an idle arena
  std::uint64_t returned = 0;       ///< ended so far
  std::uint64_t single_buffer = 0;  ///< of these, ended with one buffer
  std::uint64_t evicted = 0;        ///< arenas given up: too large, too many, too old, a wrong size
  std::uint64_t offered_bytes = 0;  ///< bytes of pages offered to the kernel so far
  std::size_t open = 0;             ///< leases that have not ended
  std::size_t idle = 0;             ///< arenas waiting
  std::size_t idle_bytes = 0;       ///< what they hold
  std::size_t keys = 0;             ///< keys remembered
};

/// What an ArenaPool knows of one key.
struct ArenaPoolKeyStats {
  std::uint64_t returned = 0;       ///< leases ended
  std::uint64_t single_buffer = 0;  ///< of these, ended with one buffer
  std::size_t open = 0;             ///< leases that have not ended
  std::size_t prediction = 0;       ///< bytes: the next lease's first buffer holds at least this
};

/// Prints the figures in one line. Flags and locale of the stream do not matter; a width is that of
/// the whole line.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream,
                                             const ArenaPoolStats& stats) {
  detail::TextLine line;
  line << "leases " << stats.leases << " (" << stats.reused << " reused, " << stats.open
       << " open), " << stats.single_buffer << " of " << stats.returned << " in one buffer, idle "
       << stats.idle << " arenas of " << stats.idle_bytes << " bytes, evicted " << stats.evicted
       << ", offered " << stats.offered_bytes << " bytes, keys " << stats.keys;
  return stream << line.c_str();
}
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream,
                                             const ArenaPoolKeyStats& stats) {
  detail::TextLine line;
  line << stats.single_buffer << " of " << stats.returned << " leases in one buffer, " << stats.open
       << " open, prediction " << stats.prediction << " bytes";
  return stream << line.c_str();
}

ARENA_END_NAMESPACE

#endif  // ARENA_POOL_OPTIONS_HPP

// ---- arena/detail/pool/lease_sizes.hpp -----------------------------------------------------------
//
// How large the arena of a lease is, given what the lease is expected to need.
#ifndef ARENA_DETAIL_POOL_LEASE_SIZES_HPP
#define ARENA_DETAIL_POOL_LEASE_SIZES_HPP

#include <cstddef>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

// What follows from a prediction, all in bytes.
struct LeaseSizes {
  std::size_t least;  // an arena that is lent holds at least this: the prediction
  std::size_t most;   // an idle arena that is lent holds at most this
  std::size_t keep;   // an arena that is kept holds at most this
};

class LeaseSizing {
 public:
  // Room in a first buffer beyond what a lease used: for paddings that fall otherwise.
  static constexpr std::size_t kOverhead = 64;

  // in_pages: upstream hands out whole pages.
  explicit LeaseSizing(bool in_pages) noexcept : in_pages_(in_pages) {}

  // About a page: more would not be in proportion to what a small request needs.
  std::size_t SmallestBuffer() const noexcept { return smallest_buffer_; }

  // The size of a new arena's first buffer; with its header it fills whole pages.
  std::size_t FirstBuffer(std::size_t prediction) const noexcept {
    if (prediction <= smallest_buffer_) return smallest_buffer_;
    const std::size_t page = PageResource::PageSize();
    if (!in_pages_ || prediction > kMaxSize - 2 * page) return prediction;
    const std::size_t header = WindowBuffer::BlockBytes(page) - page;
    return AlignUp(prediction + header, page) - header;
  }

  // Twice the prediction at most is what a lease may hold beyond its need, and less of it is worth
  // keeping: the prediction itself may be high by chance.
  LeaseSizes SizesFor(std::size_t prediction) const noexcept {
    const std::size_t first = FirstBuffer(prediction);
    return {prediction, MaxOf(Sum(prediction, prediction), first),
            MaxOf(Sum(prediction, prediction / 2), first)};
  }

  static std::size_t WithOverhead(std::size_t bytes) noexcept { return Sum(bytes, kOverhead); }

 private:
  static std::size_t Sum(std::size_t a, std::size_t b) noexcept {
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
  }

  std::size_t smallest_buffer_ = PageResource::PageSize() - sizeof(WindowBuffer);
  bool in_pages_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_LEASE_SIZES_HPP

// ---- arena/detail/pool/pooled_arena.hpp ----------------------------------------------------------
//
// An arena of a pool, and what the pool needs of it beyond the public face of a MonotonicArena.
#ifndef ARENA_DETAIL_POOL_POOLED_ARENA_HPP
#define ARENA_DETAIL_POOL_POOLED_ARENA_HPP

#include <cstddef>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

struct PoolKey;

// An arena of a pool, leased or idle.
struct PooledArena {
  explicit PooledArena(const MonotonicArenaOptions& options) : arena(options) {}
  PooledArena(const PooledArena&) = delete;
  PooledArena& operator=(const PooledArena&) = delete;

  MonotonicArena arena;
  PoolKey* key = nullptr;  // while leased

  // While idle.
  std::size_t cap = 0;
  std::uint64_t since = 0;  // by the pool's time
  // While in the lists, too; `older` is also the next of those that are to be destroyed.
  std::size_t size_class = 0;
  PooledArena* older = nullptr;
  PooledArena* younger = nullptr;
  PooledArena* next_of_size = nullptr;
  PooledArena* prev_of_size = nullptr;
};

// What a lease took, known at its end.
struct LeaseFigures {
  std::size_t need;  // a buffer of that size suffices for the same again
  std::size_t cap;   // of the first buffer
  bool fit;          // whether that is the only one
};

// What the pool needs of an arena beyond its public face; it changes nothing in there.
struct PoolAccess {
  // Resets, which runs the cleanups.
  static LeaseFigures EndLease(MonotonicArena& arena) noexcept {
    arena.Reset();
    // What the cleanups added is in these figures.
    const std::size_t buffers = arena.store_.Count();
    const std::size_t need = arena.TakeHighWater() + 16 * buffers + LeaseSizing::kOverhead;
    return {need, arena.store_.chain().bytes(), buffers == 1 && arena.store_.chain().count() == 1};
  }

  // Offers the whole pages behind the headers of the ordinary buffers; bytes offered.
  static std::size_t OfferPages(const MonotonicArena& arena, Reclaim reclaim) noexcept {
    std::size_t bytes = 0;
    for (WindowBuffer* buffer = arena.store_.chain().first(); buffer != nullptr;
         buffer = buffer->next) {
      bytes += PageResource::Offer(buffer->begin, buffer->size(), reclaim);
    }
    return bytes;
  }
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOLED_ARENA_HPP

// ---- arena/detail/pool/idle_arenas.hpp -----------------------------------------------------------
//
// The arenas that a pool keeps for later: found by size, given up by age.
#ifndef ARENA_DETAIL_POOL_IDLE_ARENAS_HPP
#define ARENA_DETAIL_POOL_IDLE_ARENAS_HPP

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Idle arenas in two orders: lists of one size class, the latest first; and one list by age. Those
// whose pages are offered are the oldest. The one added last is in no list until another comes: a
// load with one lease at a time would link and unlink it in vain. Every call is O(1), AddOffered
// nearly so.
class IdleArenas {
 public:
  std::size_t count() const noexcept { return linked_count_ + (latest_ != nullptr ? 1 : 0); }
  std::size_t bytes() const noexcept {
    return linked_bytes_ + (latest_ != nullptr ? latest_->cap : 0);
  }
  PooledArena* oldest() const noexcept { return oldest_ != nullptr ? oldest_ : latest_; }

  // The oldest whose pages are not offered yet; null when there is none.
  PooledArena* oldest_kept() const noexcept {
    return oldest_kept_ != nullptr ? oldest_kept_ : latest_;
  }

  // Takes an arena of least <= cap <= most: the youngest of all if it fits, for it is the warmest;
  // else the youngest of the smallest class. Null when there is none among the first few of each
  // class.
  PooledArena* Take(std::size_t least, std::size_t most) noexcept {
    PooledArena* arena = latest_ != nullptr ? latest_ : youngest_;
    if (arena == nullptr) return nullptr;
    if (arena->cap < least || arena->cap > most) [[unlikely]] {
      arena = FindBySize(least, most);
      if (arena == nullptr) return nullptr;
    }
    Remove(arena);
    return arena;
  }

  // Adds the youngest.
  void Add(PooledArena* arena) noexcept {
    if (latest_ != nullptr) {
      PooledArena* const before = latest_;
      LinkByAge(before, youngest_, nullptr);
      if (oldest_kept_ == nullptr) oldest_kept_ = before;
      LinkBySize(before);
    }
    latest_ = arena;
  }

  // Puts one back that was removed to offer its pages: it is the youngest of those, but for ones
  // that were removed after it and are back already. O(their number).
  void AddOffered(PooledArena* arena) noexcept {
    PooledArena* younger = oldest_kept_;
    PooledArena* older = younger != nullptr ? younger->older : youngest_;
    for (; older != nullptr && older->since > arena->since; older = older->older) younger = older;
    LinkByAge(arena, older, younger);
    LinkBySize(arena);
  }

  void Remove(PooledArena* arena) noexcept {
    if (arena == latest_) {
      latest_ = nullptr;
      return;
    }
    if (oldest_kept_ == arena) oldest_kept_ = arena->younger;
    (arena->younger != nullptr ? arena->younger->older : youngest_) = arena->older;
    (arena->older != nullptr ? arena->older->younger : oldest_) = arena->younger;
    if (arena->next_of_size != nullptr) arena->next_of_size->prev_of_size = arena->prev_of_size;
    if (arena->prev_of_size != nullptr) {
      arena->prev_of_size->next_of_size = arena->next_of_size;
    } else {
      by_size_[arena->size_class] = arena->next_of_size;
      if (arena->next_of_size == nullptr) used_[arena->size_class / 64] &= ~Bit(arena->size_class);
    }
    linked_bytes_ -= arena->cap;
    --linked_count_;
  }

 private:
  static constexpr std::size_t kClasses = SizeClassAbove(kMaxSize) + 1;

  static std::uint64_t Bit(std::size_t size_class) noexcept {
    return std::uint64_t{1} << (size_class % 64);
  }

  // The first class from `size_class` on that has an arena; kClasses when none has.
  std::size_t NextUsed(std::size_t size_class) const noexcept {
    for (std::size_t word = size_class / 64; word < used_.size(); ++word, size_class = word * 64) {
      const std::uint64_t from = used_[word] & (~std::uint64_t{0} << (size_class % 64));
      if (from != 0) return word * 64 + static_cast<std::size_t>(std::countr_zero(from));
    }
    return kClasses;
  }

  PooledArena* FindBySize(std::size_t least, std::size_t most) const noexcept {
    constexpr int kLook = 4;
    const std::size_t last = SizeClassBelow(MinOf(most, kMaxSize));
    for (std::size_t size_class = NextUsed(SizeClassBelow(MinOf(least, kMaxSize)));
         size_class <= last; size_class = NextUsed(size_class + 1)) {
      PooledArena* arena = by_size_[size_class];
      for (int i = 0; i < kLook && arena != nullptr; ++i, arena = arena->next_of_size) {
        if (arena->cap >= least && arena->cap <= most) return arena;
      }
    }
    return nullptr;
  }

  void LinkByAge(PooledArena* arena, PooledArena* older, PooledArena* younger) noexcept {
    arena->older = older;
    arena->younger = younger;
    (younger != nullptr ? younger->older : youngest_) = arena;
    (older != nullptr ? older->younger : oldest_) = arena;
  }

  void LinkBySize(PooledArena* arena) noexcept {
    const std::size_t size_class = SizeClassBelow(arena->cap);
    PooledArena*& first = by_size_[size_class];
    arena->size_class = size_class;
    arena->prev_of_size = nullptr;
    arena->next_of_size = first;
    if (first != nullptr) first->prev_of_size = arena;
    first = arena;
    used_[size_class / 64] |= Bit(size_class);
    linked_bytes_ += arena->cap;
    ++linked_count_;
  }

  PooledArena* latest_ = nullptr;  // younger than all in the lists
  PooledArena* youngest_ = nullptr;
  PooledArena* oldest_ = nullptr;
  PooledArena* oldest_kept_ = nullptr;  // older ones are offered, younger ones are not
  std::size_t linked_count_ = 0;
  std::size_t linked_bytes_ = 0;
  std::array<PooledArena*, kClasses> by_size_{};
  std::array<std::uint64_t, kClasses / 64 + 1> used_{};  // one bit for each class that has an arena
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_IDLE_ARENAS_HPP

// ---- arena/detail/pool/mutex.hpp -----------------------------------------------------------------
//
// A mutex for critical sections that last as long as two function calls: std::mutex, whose lock and
// unlock are such calls, would take longer than what it guards.
#ifndef ARENA_DETAIL_POOL_MUTEX_HPP
#define ARENA_DETAIL_POOL_MUTEX_HPP

#include <atomic>


#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define ARENA_DETAIL_KNOWS_ONLY_THREAD 1
#else
#define ARENA_DETAIL_KNOWS_ONLY_THREAD 0
#endif

// libstdc++ builds the waiting for an atomic on a condition variable where the system has no futex
// (MinGW, macOS), and looks at the value before it takes the lock of that: a wake-up in between is
// lost.
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_HAVE_PLATFORM_WAIT)
#define ARENA_LOSES_WAKE_UPS 1
#include <chrono>
#include <thread>
#else
#define ARENA_LOSES_WAKE_UPS 0
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// Whether the process has no other thread; false where that is not known. As it takes a thread to
// start one, the answer holds until this thread does so.
ARENA_ALWAYS_INLINE bool IsOnlyThread() noexcept {
#if ARENA_DETAIL_KNOWS_ONLY_THREAD
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

// For std::lock_guard. Without contention inline, an atomic instruction each, or none while the
// process has one thread, as std::mutex does it with glibc; with contention, waiting threads sleep.
// As with a POSIX mutex, the thread that locks it next may destroy it once it has unlocked it: the
// one before needs no more than its address by then.
class Mutex {
 public:
  ARENA_ALWAYS_INLINE void lock() noexcept {
    if (IsOnlyThread() && state_.load(std::memory_order_relaxed) == kFree) {
      state_.store(kTaken, std::memory_order_relaxed);
      return;
    }
    int expected = kFree;
    if (!state_.compare_exchange_strong(expected, kTaken, std::memory_order_acquire,
                                        std::memory_order_relaxed)) [[unlikely]] {
      Wait();
    }
  }

  ARENA_ALWAYS_INLINE void unlock() noexcept {
    // Asked anew: a thread may have been started since.
    if (IsOnlyThread() && state_.load(std::memory_order_relaxed) == kTaken) {
      state_.store(kFree, std::memory_order_relaxed);
      return;
    }
    if (state_.exchange(kFree, std::memory_order_release) == kContended) [[unlikely]]
      Wake();
  }

 private:
  static constexpr int kFree = 0;
  static constexpr int kTaken = 1;
  static constexpr int kContended = 2;  // taken, and others may be waiting

  ARENA_COLD void Wait() noexcept {
    // Whoever waited takes it as contended: it cannot know whether it was the only one.
#if ARENA_LOSES_WAKE_UPS
    for (int turn = 0; state_.exchange(kContended, std::memory_order_acquire) != kFree; ++turn) {
      if (turn < 64) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
    }
#else
    while (state_.exchange(kContended, std::memory_order_acquire) != kFree) {
      state_.wait(kContended, std::memory_order_relaxed);
    }
#endif
  }

  ARENA_COLD void Wake() noexcept { state_.notify_one(); }

  std::atomic<int> state_{kFree};
};

}  // namespace detail
ARENA_END_NAMESPACE

#undef ARENA_LOSES_WAKE_UPS

#endif  // ARENA_DETAIL_POOL_MUTEX_HPP

// ---- arena/detail/pool/need_history.hpp ----------------------------------------------------------
//
// The latest needs of one key of a pool, and one quantile of them.
#ifndef ARENA_DETAIL_POOL_NEED_HISTORY_HPP
#define ARENA_DETAIL_POOL_NEED_HISTORY_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

// One quantile of the latest `length` needs. Reading is O(1); so is adding, but where the quantile
// changes: then it is O(length).
class NeedHistory {
 public:
  // The quantile is from 0 to 1; what is outside counts as the nearest of the two, NaN as 0. A
  // length of 0 counts as 1. Throws std::bad_alloc.
  NeedHistory(std::size_t length, double quantile)
      : length_(Checked(length)),
        quantile_(quantile),
        needs_(std::make_unique<std::size_t[]>(length_)) {}

  // Adds the latest need in place of the oldest. Returns whether the quantile has changed.
  bool Add(std::size_t need) noexcept {
    const std::size_t oldest = std::exchange(needs_[next_], need);
    next_ = next_ + 1 == length_ ? 0 : next_ + 1;
    if (count_ != length_) [[unlikely]] {
      rank_ = RankOf(++count_);
    } else {
      if (need == oldest) return false;
      below_ -= oldest < value_ ? 1 : 0;
      equal_ -= oldest == value_ ? 1 : 0;
    }
    below_ += need < value_ ? 1 : 0;
    equal_ += need == value_ ? 1 : 0;
    return !IsQuantile() && FindQuantile();
  }

  // The smallest need which at least that share of them does not pass; 0 when there is none yet.
  std::size_t Quantile() const noexcept { return value_; }

 private:
  static std::size_t Checked(std::size_t length) {
    if (length > kMaxSize / sizeof(std::size_t)) ThrowBadAlloc();
    return MaxOf(length, 1);
  }

  // Whether value_ is what a sorted list of the needs has at rank_.
  bool IsQuantile() const noexcept { return below_ <= rank_ && rank_ < below_ + equal_; }

  // One need more and one less: the quantile is a neighbour of what it was, or the same after all.
  ARENA_COLD bool FindQuantile() noexcept {
    const std::size_t before = value_;
    while (rank_ < below_) StepDown();
    while (rank_ >= below_ + equal_) StepUp();
    return value_ != before;
  }

  // To the largest need below value_, of which there is one.
  void StepDown() noexcept {
    std::size_t largest = 0;
    std::size_t equal = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::size_t need = needs_[i];
      if (need >= value_ || need < largest) continue;
      equal = need == largest ? equal + 1 : 1;
      largest = need;
    }
    below_ -= equal;
    equal_ = equal;
    value_ = largest;
  }

  // To the smallest need above value_, of which there is one.
  void StepUp() noexcept {
    std::size_t smallest = SIZE_MAX;
    std::size_t equal = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::size_t need = needs_[i];
      if (need <= value_ || need > smallest) continue;
      equal = need == smallest ? equal + 1 : 1;
      smallest = need;
    }
    below_ += equal_;
    equal_ = equal;
    value_ = smallest;
  }

  std::size_t RankOf(std::size_t count) const noexcept {
    const double rank = quantile_ * static_cast<double>(count);
    if (!(rank > 0)) return 0;
    if (rank >= static_cast<double>(count)) return count - 1;
    const auto below = static_cast<std::size_t>(rank);
    // Less than count also for a rank that is no number: -ffast-math drops the two checks above.
    return MinOf(static_cast<double>(below) < rank ? below : below - 1, count - 1);
  }

  std::size_t length_;
  double quantile_;
  std::size_t count_ = 0;                 // <= length_
  std::size_t rank_ = 0;                  // of the quantile among the needs, sorted
  std::size_t value_ = 0;                 // the quantile
  std::size_t below_ = 0;                 // needs that are less
  std::size_t equal_ = 0;                 // and those that are the same
  std::size_t next_ = 0;                  // where the next one goes; the oldest, once it is full
  std::unique_ptr<std::size_t[]> needs_;  // in the order of arrival, as a ring
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_NEED_HISTORY_HPP

// ---- arena/detail/pool/pool_keys.hpp -------------------------------------------------------------
//
// What a pool remembers of its keys: a bounded table that forgets the key not used for longest.
#ifndef ARENA_DETAIL_POOL_POOL_KEYS_HPP
#define ARENA_DETAIL_POOL_POOL_KEYS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>


ARENA_BEGIN_NAMESPACE
namespace detail {

struct PoolKey {
  // Throws std::bad_alloc.
  PoolKey(std::uint64_t its_name, std::size_t history, double quantile, const LeaseSizes& its_sizes)
      : name(its_name), sizes(its_sizes), needs(history, quantile) {}
  PoolKey(const PoolKey&) = delete;
  PoolKey& operator=(const PoolKey&) = delete;

  std::size_t open() const noexcept { return ToSize(acquired - returned); }

  std::uint64_t name;
  std::uint64_t acquired = 0;  // leases
  std::uint64_t returned = 0;
  std::uint64_t several_buffers = 0;  // of those returned
  LeaseSizes sizes;                   // by the quantile of the needs
  NeedHistory needs;
  bool forgotten = false;  // no longer in the table: its last lease deletes it
  PoolKey* less_recent = nullptr;
  PoolKey* more_recent = nullptr;
  PoolKey* next_in_slot = nullptr;
};

// A hash table whose records are also a list in the order of their use. O(1), but for growing.
class PoolKeys {
 public:
  PoolKeys() = default;
  ~PoolKeys() {
    while (most_recent_ != nullptr) Forget(most_recent_);
  }
  PoolKeys(const PoolKeys&) = delete;
  PoolKeys& operator=(const PoolKeys&) = delete;

  std::size_t count() const noexcept { return count_; }

  // The key's record, null when there is none.
  PoolKey* Find(std::uint64_t name) const noexcept {
    if (count_ == 0) return nullptr;
    PoolKey* key = slots_[Slot(name)];
    while (key != nullptr && key->name != name) key = key->next_in_slot;
    return key;
  }

  // The same, as the one that was used last.
  PoolKey* Use(std::uint64_t name) noexcept {
    if (most_recent_ != nullptr && most_recent_->name == name) return most_recent_;
    PoolKey* const key = Find(name);
    if (key != nullptr) {
      UnlinkByUse(key);
      LinkMostRecent(key);
    }
    return key;
  }

  // Adds a key that is not in the table; beyond `max_count`, which is not 0, another one is
  // forgotten. Throws std::bad_alloc, with nothing changed.
  PoolKey* Add(std::unique_ptr<PoolKey> fresh, std::size_t max_count) {
    if (count_ >= max_count) Forget(least_recent_);
    if (count_ == slot_count_) Grow();
    PoolKey* const key = fresh.release();
    LinkMostRecent(key);
    LinkInSlot(key);
    ++count_;
    return key;
  }

  // For the end of a lease of the key, once it is counted.
  static void DeleteIfLast(PoolKey* key) noexcept {
    if (key->forgotten && key->open() == 0) delete key;
  }

 private:
  ARENA_WRAPS std::size_t Slot(std::uint64_t name) const noexcept {
    // Fibonacci hashing: neighbouring keys, and multiples of a power of two, spread well.
    return ToSize((name * 0x9E3779B97F4A7C15U) >> 32) & (slot_count_ - 1);
  }

  void Forget(PoolKey* key) noexcept {
    PoolKey** place = &slots_[Slot(key->name)];
    while (*place != key) place = &(*place)->next_in_slot;
    *place = key->next_in_slot;
    UnlinkByUse(key);
    --count_;
    key->forgotten = true;
    DeleteIfLast(key);
  }

  ARENA_COLD void Grow() {
    const std::size_t slot_count = MaxOf(2 * slot_count_, 16);
    slots_ = std::make_unique<PoolKey*[]>(slot_count);
    slot_count_ = slot_count;
    for (PoolKey* key = most_recent_; key != nullptr; key = key->less_recent) LinkInSlot(key);
  }

  void LinkInSlot(PoolKey* key) noexcept {
    PoolKey*& first = slots_[Slot(key->name)];
    key->next_in_slot = first;
    first = key;
  }

  void LinkMostRecent(PoolKey* key) noexcept {
    key->more_recent = nullptr;
    key->less_recent = most_recent_;
    (most_recent_ != nullptr ? most_recent_->more_recent : least_recent_) = key;
    most_recent_ = key;
  }

  void UnlinkByUse(PoolKey* key) noexcept {
    (key->more_recent != nullptr ? key->more_recent->less_recent : most_recent_) = key->less_recent;
    (key->less_recent != nullptr ? key->less_recent->more_recent : least_recent_) =
        key->more_recent;
  }

  std::unique_ptr<PoolKey*[]> slots_{};
  std::size_t slot_count_ = 0;  // a power of two, or 0
  std::size_t count_ = 0;
  PoolKey* most_recent_ = nullptr;
  PoolKey* least_recent_ = nullptr;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_KEYS_HPP

// ---- arena/detail/pool/pool_time.hpp -------------------------------------------------------------
//
// Time as a pool counts it, whatever its clock says.
#ifndef ARENA_DETAIL_POOL_POOL_TIME_HPP
#define ARENA_DETAIL_POOL_POOL_TIME_HPP

#include <chrono>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Nanoseconds that passed by a clock. Where the clock jumps back, no time passed.
class PoolTime {
 public:
  // More than any clock says in earnest, and little enough for sums of it not to overflow.
  static constexpr std::uint64_t kLong = std::uint64_t{1} << 56;

  explicit PoolTime(std::chrono::nanoseconds clock) noexcept : clock_(clock) {}

  static constexpr std::uint64_t Earlier(std::uint64_t a, std::uint64_t b) noexcept {
    return b < a ? b : a;
  }

  // A delay from the options; a negative one is none.
  static std::uint64_t Delay(std::chrono::nanoseconds delay) noexcept {
    return delay.count() > 0 ? Earlier(static_cast<std::uint64_t>(delay.count()), kLong) : 0;
  }

  ARENA_WRAPS void Advance(std::chrono::nanoseconds clock) noexcept {
    if (clock > clock_) {
      // The difference of any two fits in 64 bits without a sign.
      const std::uint64_t passed =
          static_cast<std::uint64_t>(clock.count()) - static_cast<std::uint64_t>(clock_.count());
      now_ += Earlier(passed, kLong);
    }
    clock_ = clock;
  }

  std::uint64_t now() const noexcept { return now_; }

 private:
  std::uint64_t now_ = 0;
  std::chrono::nanoseconds clock_;  // what it said last
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_TIME_HPP

// ---- arena/detail/pool/pool_state.hpp ------------------------------------------------------------
//
// The part of an ArenaPool that its leases may outlive: who gets which arena, and which is kept.
#ifndef ARENA_DETAIL_POOL_POOL_STATE_HPP
#define ARENA_DETAIL_POOL_POOL_STATE_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Lives until the pool and the last of its arenas are gone.
class PoolState {
 public:
  explicit PoolState(const ArenaPoolOptions& options)
      : options_(options),
        pages_(options.pages),
        upstream_(options.upstream != nullptr ? options.upstream : &pages_) {}
  PoolState(const PoolState&) = delete;
  PoolState& operator=(const PoolState&) = delete;
  ~PoolState() = default;  // for Unreference alone

  PooledArena* Acquire(std::uint64_t name, std::size_t expected) {
    PooledArena* arena;
    PoolKey* key;
    std::size_t prediction;
    PooledArena* offer = nullptr;
    {
      Doomed doomed(this);
      const std::lock_guard<Mutex> lock(mutex_);
      key = UseKey(name);
      const LeaseSizes* sizes = key != nullptr ? &key->sizes : &smallest_;
      LeaseSizes expected_sizes;
      if (expected != 0 && LeaseSizing::WithOverhead(expected) > sizes->least) {
        expected_sizes = sizing_.SizesFor(LeaseSizing::WithOverhead(expected));
        sizes = &expected_sizes;
      }
      prediction = sizes->least;
      arena = idle_.Take(sizes->least, sizes->most);
      // Nothing idle, nothing to tidy: the clock is not free.
      if (idle_.oldest() != nullptr) {
        time_.Advance(options_.clock());
        if (time_.now() >= due_) offer = Tidy(&doomed);
      }
      ++acquired_;
      if (arena == nullptr) ++created_;
      if (key != nullptr) ++key->acquired;
    }
    if (offer != nullptr) [[unlikely]]
      Offer(offer);
    if (arena == nullptr) [[unlikely]]
      arena = Create(key, prediction);
    arena->key = key;
    return arena;
  }

  void Return(PooledArena* arena) noexcept {
    // The cleanups run here, on this thread and without the lock.
    const LeaseFigures figures = PoolAccess::EndLease(arena->arena);
    PooledArena* offer;
    {
      Doomed doomed(this);
      const std::lock_guard<Mutex> lock(mutex_);
      time_.Advance(options_.clock());
      ++returned_;
      if (!figures.fit) ++several_buffers_;
      std::size_t keep;
      if (PoolKey* const key = arena->key; key != nullptr) {
        ++key->returned;
        if (!figures.fit) ++key->several_buffers;
        if (key->needs.Add(figures.need)) key->sizes = sizing_.SizesFor(key->needs.Quantile());
        keep = key->sizes.keep;
        PoolKeys::DeleteIfLast(key);
      } else {
        keep = sizing_.SizesFor(figures.need).keep;
      }
      arena->cap = figures.cap;
      if (figures.fit && alive_ && figures.cap <= MinOf(keep, options_.max_arena_bytes) &&
          MakeRoom(figures.cap, &doomed)) {
        arena->since = time_.now();
        due_ = PoolTime::Earlier(due_, time_.now() + delay_);
        idle_.Add(arena);
      } else {
        ++evicted_;
        doomed.Add(arena);
      }
      offer = time_.now() < due_ ? nullptr : Tidy(&doomed);
    }
    // Without an arena in hand, the state may be gone from here on.
    if (offer != nullptr) [[unlikely]]
      Offer(offer);
  }

  // The pool is gone: what is idle goes now, what is leased with its lease.
  void Abandon() noexcept {
    {
      Doomed doomed(this);
      const std::lock_guard<Mutex> lock(mutex_);
      alive_ = false;
      while (idle_.oldest() != nullptr) Evict(idle_.oldest(), &doomed);
    }
    Unreference(1);
  }

  void ShrinkTo(std::size_t bytes) noexcept {
    PooledArena* offer;
    std::size_t calls = 0;  // of which each offers one arena: what comes back meanwhile can wait
    do {
      Doomed doomed(this);
      {
        const std::lock_guard<Mutex> lock(mutex_);
        if (calls == 0) calls = idle_.count() + 1;
        time_.Advance(options_.clock());
        if (in_transit_ != 0) transit_bound_ = MinOf(transit_bound_, bytes);
        while (idle_.oldest() != nullptr && (IdleBytes() > bytes || IsTooOld(idle_.oldest()))) {
          Evict(idle_.oldest(), &doomed);
        }
        offer = Tidy(&doomed);
      }
      if (offer != nullptr) Offer(offer);
    } while (offer != nullptr && --calls != 0);
  }

  ArenaPoolStats Stats() noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaPoolStats stats;
    stats.leases = acquired_;
    stats.reused = acquired_ - created_;
    stats.returned = returned_;
    stats.single_buffer = returned_ - several_buffers_;
    stats.evicted = evicted_;
    stats.offered_bytes = offered_bytes_;
    stats.open = ToSize(acquired_ - returned_);
    stats.idle = idle_.count() + in_transit_;
    stats.idle_bytes = IdleBytes();
    stats.keys = keys_.count();
    return stats;
  }

  std::optional<ArenaPoolKeyStats> StatsOf(std::uint64_t name) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    const PoolKey* const key = keys_.Find(name);
    if (key == nullptr) return std::nullopt;
    return ArenaPoolKeyStats{key->returned, key->returned - key->several_buffers, key->open(),
                             key->sizes.least};
  }

 private:
  // Arenas that an Acquire or a return gives up for age, and for room, at most.
  static constexpr int kWorkPerCall = 4;

  // Arenas on their way out, destroyed when the lock, which is taken later, is free again.
  class Doomed {
   public:
    explicit Doomed(PoolState* state) noexcept : state_(state) {}
    ~Doomed() {
      if (first_ != nullptr) [[unlikely]]
        state_->Destroy(first_);
    }
    Doomed(const Doomed&) = delete;
    Doomed& operator=(const Doomed&) = delete;

    void Add(PooledArena* arena) noexcept {
      arena->older = first_;
      first_ = arena;
    }

   private:
    PoolState* state_;
    PooledArena* first_ = nullptr;
  };

  bool OwnsPages() const noexcept { return upstream_ == &pages_; }

  // The key's record, made if there is none; null when none is to be kept. Throws std::bad_alloc.
  PoolKey* UseKey(std::uint64_t name) {
    PoolKey* const key = keys_.Use(name);
    if (key != nullptr) [[likely]]
      return key;
    return options_.max_keys != 0 ? AddKey(name) : nullptr;
  }

  ARENA_COLD PoolKey* AddKey(std::uint64_t name) {
    return keys_.Add(
        std::make_unique<PoolKey>(name, options_.history, options_.quantile, smallest_),
        options_.max_keys);
  }

  ARENA_COLD PooledArena* Create(PoolKey* key, std::size_t prediction) {
    // Takes the lease back when there is no memory.
    struct Ticket {
      PoolState* state;
      PoolKey* key;
      ~Ticket() {
        if (state == nullptr) return;
        const std::lock_guard<Mutex> lock(state->mutex_);
        --state->acquired_;
        --state->created_;
        if (key == nullptr) return;
        --key->acquired;
        PoolKeys::DeleteIfLast(key);
      }
    };
    Ticket ticket{this, key};
    MonotonicArenaOptions options;
    // Small later buffers: they are for the few leases that need more than their kind did before.
    options.min_buffer_size = sizing_.SmallestBuffer();
    options.initial_buffer_count = 0;
    options.upstream = upstream_;
    auto arena = std::make_unique<PooledArena>(options);
    arena->arena.Reserve(sizing_.FirstBuffer(prediction));
    references_.fetch_add(1, std::memory_order_relaxed);
    ticket.state = nullptr;
    return arena.release();
  }

  // May delete the state, if the pool is gone.
  ARENA_COLD void Destroy(PooledArena* first) noexcept {
    std::size_t count = 0;
    for (; first != nullptr; ++count) {
      PooledArena* const next = first->older;
      delete first;
      first = next;
    }
    Unreference(count);
  }

  void Unreference(std::size_t count) noexcept {
    if (references_.fetch_sub(count, std::memory_order_acq_rel) == count) delete this;
  }

  ARENA_WRAPS bool IsTooOld(const PooledArena* arena) const noexcept {
    return time_.now() - arena->since >= max_age_;
  }

  std::size_t IdleBytes() const noexcept { return idle_.bytes() + in_transit_bytes_; }

  void Evict(PooledArena* arena, Doomed* doomed) noexcept {
    idle_.Remove(arena);
    doomed->Add(arena);
    ++evicted_;
  }

  // Gives up the oldest until `bytes` more may be idle; false when that would be too much work.
  bool MakeRoom(std::size_t bytes, Doomed* doomed) noexcept {
    if (bytes > options_.max_idle_bytes) return false;
    const std::size_t most = options_.max_idle_bytes - bytes;
    for (int i = 0; i < kWorkPerCall && IdleBytes() > most && idle_.oldest() != nullptr; ++i) {
      Evict(idle_.oldest(), doomed);
    }
    return IdleBytes() <= most;
  }

  // Gives up what is too old. Returns an arena, taken out, whose pages are to be offered, or null.
  ARENA_COLD PooledArena* Tidy(Doomed* doomed) noexcept {
    for (int i = 0; i < kWorkPerCall; ++i) {
      if (idle_.oldest() == nullptr || !IsTooOld(idle_.oldest())) break;
      Evict(idle_.oldest(), doomed);
    }
    PooledArena* arena = OwnsPages() ? idle_.oldest_kept() : nullptr;
    if (arena != nullptr && time_.now() - arena->since >= offer_after_) {
      idle_.Remove(arena);
      ++in_transit_;
      in_transit_bytes_ += arena->cap;
    } else {
      arena = nullptr;
    }
    due_ = UINT64_MAX;
    if (idle_.oldest() != nullptr) due_ = idle_.oldest()->since + max_age_;
    if (OwnsPages() && idle_.oldest_kept() != nullptr) {
      due_ = PoolTime::Earlier(due_, idle_.oldest_kept()->since + offer_after_);
    }
    return arena;
  }

  // Offers the arena's pages, without the lock, and puts it back. May delete the state.
  ARENA_COLD void Offer(PooledArena* arena) noexcept {
    const std::size_t bytes = PoolAccess::OfferPages(arena->arena, options_.reclaim);
    Doomed doomed(this);
    const std::lock_guard<Mutex> lock(mutex_);
    const bool keep = alive_ && IdleBytes() <= transit_bound_;
    if (--in_transit_ == 0) transit_bound_ = SIZE_MAX;
    in_transit_bytes_ -= arena->cap;
    offered_bytes_ += bytes;
    if (keep) {
      due_ = PoolTime::Earlier(due_, arena->since + max_age_);
      idle_.AddOffered(arena);
    } else {
      ++evicted_;
      doomed.Add(arena);
    }
  }

  const ArenaPoolOptions options_;
  PageResource pages_;
  std::pmr::memory_resource* const upstream_;
  const LeaseSizing sizing_{OwnsPages()};
  const LeaseSizes smallest_ = sizing_.SizesFor(1);
  const std::uint64_t max_age_ = PoolTime::Delay(options_.max_idle_age);
  const std::uint64_t offer_after_ = PoolTime::Delay(options_.offer_after);
  const std::uint64_t delay_ = OwnsPages() ? PoolTime::Earlier(max_age_, offer_after_) : max_age_;

  // The pool and each of its arenas, leased, idle or about to be destroyed.
  std::atomic<std::size_t> references_{1};

  Mutex mutex_{};  // guards everything below, and what keys and idle arenas hold
  bool alive_ = true;
  PoolTime time_{options_.clock()};
  std::uint64_t due_ = UINT64_MAX;  // before this, nothing is to be given up for age or offered
  std::uint64_t acquired_ = 0;
  std::uint64_t created_ = 0;  // of these, served by a new arena
  std::uint64_t returned_ = 0;
  std::uint64_t several_buffers_ = 0;  // of those returned
  std::uint64_t evicted_ = 0;
  std::uint64_t offered_bytes_ = 0;
  std::size_t in_transit_ = 0;  // idle arenas taken out to offer their pages; they count as idle
  std::size_t in_transit_bytes_ = 0;
  std::size_t transit_bound_ = SIZE_MAX;  // of a ShrinkTo since, for IdleBytes() as they come back
  IdleArenas idle_{};
  PoolKeys keys_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_STATE_HPP

// ---- arena/pool.hpp ------------------------------------------------------------------------------
//
// class ArenaPool: arenas that are reused between requests, sized by what requests of their kind
// needed.
//
//     arena::ArenaPool pool;
//     arena::ArenaLease lease = pool.Acquire(route_id);
//     auto* request = arena::Allocate<Request>(*lease);
//     ...                                    // the lease ends: cleanups, Reset, back into the pool
#ifndef ARENA_POOL_HPP
#define ARENA_POOL_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// An arena on loan from an ArenaPool; its end runs the cleanups, resets the arena and returns it.
///
/// Move-only. Dereferencing gives the MonotonicArena, which belongs to one thread at a time; the
/// lease may end on another thread than it was made on, and after its pool is gone. A lease that is
/// still a temporary cannot be dereferenced: its arena would be gone at the end of the statement. A
/// moved-from lease is empty.
class ArenaLease {
 public:
  ArenaLease() noexcept = default;
  ArenaLease(ArenaLease&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)),
        arena_(std::exchange(other.arena_, nullptr)) {}
  ArenaLease& operator=(ArenaLease&& other) noexcept {
    if (this != &other) {
      Return();
      state_ = std::exchange(other.state_, nullptr);
      arena_ = std::exchange(other.arena_, nullptr);
    }
    return *this;
  }
  ArenaLease(const ArenaLease&) = ARENA_DELETE("arena: a lease is moved, not copied");
  ArenaLease& operator=(const ArenaLease&) = ARENA_DELETE("arena: a lease is moved, not copied");
  ~ArenaLease() { Return(); }

  /// Whether there is an arena.
  explicit operator bool() const noexcept { return arena_ != nullptr; }

  /// The arena, which lives as long as the lease.
  MonotonicArena& operator*() const& noexcept {
    ARENA_ASSERT(arena_ != nullptr && "an empty lease has no arena");
    return arena_->arena;
  }
  MonotonicArena* operator->() const& noexcept { return &**this; }

  // Not on a temporary lease: its arena would be gone at the end of the statement. Name the lease.
  MonotonicArena& operator*() const&& = ARENA_DELETE("arena: give the lease a name first");
  MonotonicArena* operator->() const&& = ARENA_DELETE("arena: give the lease a name first");

  /// Ends the lease now; it is empty afterwards.
  void Return() noexcept {
    if (arena_ != nullptr) std::exchange(state_, nullptr)->Return(std::exchange(arena_, nullptr));
  }

 private:
  friend class ArenaPool;
  ArenaLease(detail::PoolState* state, detail::PooledArena* arena) noexcept
      : state_(state), arena_(arena) {}

  detail::PoolState* state_ = nullptr;
  detail::PooledArena* arena_ = nullptr;
};

/// Keeps the arenas of finished requests for the next ones.
///
/// Requests of one kind, named by a key, need about the same memory: a lease gets an arena whose
/// first buffer holds what 95 % of the key's last 64 leases needed (ArenaPoolOptions::quantile,
/// ::history). What a lease needed is the highest Len() within it and its cleanup records; a key's
/// needs do not mix with another's, and one that was unusually large is forgotten after `history`
/// leases. An arena that needed a second buffer or is much too large for its key is given up
/// instead of kept.
///
/// The idle arenas are the library's form of weak memory: their number is bounded by bytes and by
/// age, and the pages of those idle for longer than a moment are offered to the kernel, which takes
/// them under memory pressure only. The bounds are applied at each Acquire, at each return and by
/// ShrinkTo, a few arenas at a time: there is no background thread. The pool bounds its own
/// figures; the resident set falls when the kernel reclaims.
///
/// Thread safety: every member may be called from any thread, and leases may end on any. The
/// cleanups of a lease run on the thread that ends it, without a lock held. After fork in a process
/// with threads, the child does not use it. Work per call is bounded.
class ArenaPool {
 public:
  /// A pool with default bounds.
  ArenaPool() : ArenaPool(ArenaPoolOptions{}) {}

  /// Throws std::bad_alloc.
  explicit ArenaPool(const ArenaPoolOptions& options) : state_(new detail::PoolState(options)) {}

  /// Gives up what is idle. Leases stay valid and free their memory when they end.
  ~ArenaPool() { state_->Abandon(); }

  ArenaPool(const ArenaPool&) = ARENA_DELETE("arena: a pool is shared by reference");
  ArenaPool& operator=(const ArenaPool&) = ARENA_DELETE("arena: a pool is shared by reference");

  /// An arena for a request of the kind `key`, sized by what such requests needed before.
  ///
  /// Throws std::bad_alloc when memory is short; then there is no lease, and the pool goes on.
  ARENA_NODISCARD ArenaLease Acquire(std::uint64_t key) {
    return {state_, state_->Acquire(key, 0)};
  }

  /// The same for a request that is known to need at least `expected` bytes, its Content-Length
  /// say.
  ARENA_NODISCARD ArenaLease Acquire(std::uint64_t key, std::size_t expected) {
    return {state_, state_->Acquire(key, expected)};
  }

  /// Gives up idle arenas, the oldest first, until they hold at most `bytes`: for memory-pressure
  /// hooks. O(arenas given up and offered).
  void ShrinkTo(std::size_t bytes) noexcept { state_->ShrinkTo(bytes); }

  /// What the pool did and holds. O(1).
  ArenaPoolStats Stats() const noexcept { return state_->Stats(); }

  /// What the pool knows of one key; empty when it knows nothing. O(1).
  std::optional<ArenaPoolKeyStats> Stats(std::uint64_t key) const noexcept {
    return state_->StatsOf(key);
  }

 private:
  detail::PoolState* state_;  // deletes itself when the pool and the last lease are gone
};

ARENA_END_NAMESPACE

#endif  // ARENA_POOL_HPP

#endif  // ARENA_WITH_POOL

#ifdef ARENA_WITH_IOSTREAM

// ---- arena/detail/core/text_line.hpp -------------------------------------------------------------
//
// A line of text with numbers in it, in an array of its own. Not std::snprintf, because that name
// is a macro in some programs (those with the headers of PostgreSQL or Ruby, for two).
#ifndef ARENA_DETAIL_CORE_TEXT_LINE_HPP
#define ARENA_DETAIL_CORE_TEXT_LINE_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>


ARENA_BEGIN_NAMESPACE
namespace detail {

class TextLine {
 public:
  // Appends a text; what the line has no room for is left out.
  TextLine& operator<<(const char* text) noexcept { return Append(text, std::strlen(text)); }

  // Appends a number in decimal digits.
  TextLine& operator<<(std::uint64_t number) noexcept { return Number(number, 0); }

  // Appends a number with spaces in front, up to a width of at most kDigits.
  TextLine& Number(std::uint64_t number, std::size_t width) noexcept {
    char digits[kDigits];
    char* first = digits + kDigits;
    do {
      *--first = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    while (first > digits && static_cast<std::size_t>(digits + kDigits - first) < width) {
      *--first = ' ';
    }
    return Append(first, static_cast<std::size_t>(digits + kDigits - first));
  }

  TextLine& Append(const char* text, std::size_t size) noexcept {
    const std::size_t room = sizeof(text_) - 1 - size_;
    const std::size_t count = size < room ? size : room;
    std::memcpy(text_ + size_, text, count);
    size_ += count;
    text_[size_] = '\0';
    return *this;
  }

  const char* c_str() const noexcept { return text_; }
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t kDigits = 20;  // of the largest number

  char text_[384] = {};
  std::size_t size_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_TEXT_LINE_HPP

// ---- arena/iostream.hpp --------------------------------------------------------------------------
//
// Streams over an arena, and printing of its statistics. Not part of arena.hpp.
#ifndef ARENA_IOSTREAM_HPP
#define ARENA_IOSTREAM_HPP

#include <cstddef>
#include <cstring>
#include <istream>
#include <limits>
#include <ostream>
#include <streambuf>
#include <string_view>


ARENA_BEGIN_NAMESPACE

/// A stream buffer whose characters lie in an arena: what is put at the end can be got from the
/// front, as with std::stringbuf. Growth and views are those of an ArenaBuffer.
///
/// There is no seeking. Characters can be put back as far as the get area reaches: as many as were
/// got since the last write or View. Writing throws std::bad_alloc, which a stream turns into its
/// badbit, with everything put before still there.
///
/// After Reset or Release of the arena it may only be destroyed. Thread safety: none.
class ArenaStreambuf : public std::streambuf {
 public:
  /// An empty stream buffer; allocates when first put to. The arena outlives it.
  explicit ArenaStreambuf(Arena& arena) noexcept : buffer_(arena) {}

  /// The characters that were put and not yet got. The view lives as long as the arena's memory,
  /// also when more is put and when the stream buffer is gone, up to a Reset() here. O(1).
  std::string_view View() noexcept {
    Settle();
    return buffer_.View();
  }

  /// Forgets all characters and starts again at the front of the storage, over what earlier views
  /// show. O(1).
  void Reset() noexcept {
    setp(nullptr, nullptr);
    setg(nullptr, nullptr, nullptr);
    buffer_.Reset();
  }

 protected:
  int_type overflow(int_type character) override {
    if (traits_type::eq_int_type(character, traits_type::eof())) {
      return traits_type::not_eof(character);
    }
    Settle();
    if (buffer_.bytes_.Room() == 0) {
      buffer_.bytes_.Grow(1);
      setg(nullptr, nullptr, nullptr);  // the characters may have moved
    }
    OfferRoom();
    return sputc(traits_type::to_char_type(character));
  }

  std::streamsize xsputn(const char* text, std::streamsize size) override {
    if (size <= 0) return 0;
    const auto count = static_cast<std::size_t>(size);
    if (size <= epptr() - pptr() && size <= (std::numeric_limits<int>::max)()) {
      std::memmove(pptr(), text, count);
      pbump(static_cast<int>(size));
      return size;
    }
    Settle();
    buffer_.Write(text, count);
    setg(nullptr, nullptr, nullptr);
    OfferRoom();
    return size;
  }

  int_type underflow() override {
    Settle();
    if (buffer_.Len() == 0) return traits_type::eof();
    setg(buffer_.bytes_.read(), buffer_.bytes_.read(), buffer_.bytes_.write());
    return traits_type::to_int_type(*gptr());
  }

  std::streamsize showmanyc() override {
    Settle();
    return static_cast<std::streamsize>(buffer_.Len());
  }

 private:
  // Tells the buffer what was put and got since, which only the base class knows.
  void Settle() noexcept {
    buffer_.Commit(static_cast<std::size_t>(pptr() - pbase()));
    setp(pptr(), epptr());
    buffer_.Consume(static_cast<std::size_t>(gptr() - eback()));
    setg(gptr(), gptr(), egptr());
  }

  // Makes the free part of the buffer the put area.
  void OfferRoom() {
    buffer_.Prepare(buffer_.bytes_.Room());
    setp(buffer_.bytes_.write(), buffer_.bytes_.limit());
  }

  ArenaBuffer buffer_;
};

/// A std::iostream over an arena, in place of std::stringstream: `arena::ArenaStream text(a);`.
///
/// What is written can be read with `>>` and the like, or seen, all that is unread of it, with
/// View(). Not movable. After Reset or Release of the arena it may only be destroyed. Thread
/// safety: none.
class ArenaStream : public std::iostream {
 public:
  /// An empty stream; allocates when first written to. The arena outlives it.
  explicit ArenaStream(Arena& arena) : std::iostream(nullptr), streambuf_(arena) {
    rdbuf(&streambuf_);
  }

  /// A stream to read `text` from, of which it makes a copy in the arena. Throws std::bad_alloc.
  ArenaStream(Arena& arena, std::string_view text) : ArenaStream(arena) {
    streambuf_.sputn(text.data(), static_cast<std::streamsize>(text.size()));
  }

  using std::iostream::rdbuf;
  ArenaStreambuf* rdbuf() noexcept { return &streambuf_; }

  /// The unread text, in the arena, without a copy: the view outlives the stream. See
  /// ArenaStreambuf::View.
  std::string_view View() noexcept { return streambuf_.View(); }

  /// Forgets the text, and errors and the end of the stream with it. See ArenaStreambuf::Reset.
  void Reset() noexcept {
    streambuf_.Reset();
    clear();
  }

 private:
  ArenaStreambuf streambuf_;
};

/// Prints the statistics as one line: `len 300, cap 32768, peak 300, buffers 1, records 0, tails 0,
/// free 32468`, in bytes but for the buffers. Flags and locale of the stream do not matter; a width
/// is that of the whole line.
inline std::ostream& operator<<(std::ostream& stream, const ArenaStats& stats) {
  detail::TextLine line;
  line << "len " << stats.len << ", cap " << stats.cap << ", peak " << stats.peak << ", buffers "
       << stats.buffers << ", records " << stats.records << ", tails " << stats.tails << ", free "
       << stats.free;
  return stream << line.c_str();
}

ARENA_END_NAMESPACE

#endif  // ARENA_IOSTREAM_HPP

// ---- arena/picture.hpp ---------------------------------------------------------------------------
//
// A MonotonicArena as a small text picture: one row for each buffer, in the order of their use.
//
//     len 101632, cap 155648, peak 101632, buffers 4, records 848, tails 8048, free 45120
//     [################################################~c]     32768  full
//     [#############{###############-------------------cc]     32768  window
//     [--------------------------------------------------]     32768  spare
//     (##################################################)     57344  aside
//     # handed out  - free  ~ tail  c cleanup records  { scope
//
// "Aside" is a dedicated buffer, which serves one large request; what it has to spare counts as a
// tail. A tail is what was left behind when the window moved on: it comes back at Reset, or at the
// end of the scope. `{` is where an open scope started. Not part of arena.hpp.
#ifndef ARENA_PICTURE_HPP
#define ARENA_PICTURE_HPP

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <ostream>


ARENA_BEGIN_NAMESPACE
namespace detail {

// A row of the picture: a bar of cells, each for an equal share of the buffer.
class PictureRow {
 public:
  PictureRow(const char* brackets, std::size_t size) : brackets_(brackets), size_(size) {
    std::memset(cells_, '-', kWidth);
  }

  // Fills the bytes [from, to) of the buffer.
  void Fill(std::size_t from, std::size_t to, char kind) noexcept {
    if (from >= to) return;
    const std::size_t first = CellOf(from);
    std::memset(cells_ + first, kind, CellOf(to - 1) - first + 1);
  }

  void Write(std::ostream& stream, const char* label) const {
    TextLine line;
    line.Append(brackets_, 1).Append(cells_, kWidth).Append(brackets_ + 1, 1) << " ";
    line.Number(size_, 9) << "  " << label << "\n";
    stream.write(line.c_str(), static_cast<std::streamsize>(line.size()));
  }

  static void WriteMore(std::ostream& stream, std::size_t count, std::size_t bytes,
                        const char* label) {
    if (count == 0) return;
    TextLine line;
    line << "  ... " << count << " " << label << ", " << bytes << " bytes in all\n";
    stream.write(line.c_str(), static_cast<std::streamsize>(line.size()));
  }

 private:
  static constexpr std::size_t kWidth = 50;

  std::size_t CellOf(std::size_t byte) const noexcept {
    const auto cell = static_cast<std::size_t>(
        static_cast<double>(byte) / static_cast<double>(size_) * static_cast<double>(kWidth));
    return detail::MinOf(cell, kWidth - 1);
  }

  const char* brackets_;
  std::size_t size_;
  char cells_[kWidth];
};

struct PictureAccess {
  // As many rows of a kind are written in full.
  static constexpr std::size_t kRows = 5;

  static void WriteBuffers(std::ostream& stream, const MonotonicArena& arena) {
    const BufferStore& store = arena.store_;
    std::size_t left = 0;
    for (auto* buffer = arena.current_; buffer != nullptr; buffer = buffer->prev) ++left;
    // The last ones are of interest: they are next to the window.
    std::size_t skipped = 0, skipped_bytes = 0;
    bool behind = arena.current_ == nullptr;
    std::size_t spares = 0, more = 0, more_bytes = 0;
    for (const WindowBuffer* buffer = store.chain().first(); buffer != nullptr;
         buffer = buffer->next) {
      if (behind) {
        if (++spares <= kRows) {
          PictureRow("[]", buffer->size()).Write(stream, Label(store, buffer, "spare"));
        } else {
          ++more;
          more_bytes += buffer->size();
        }
        continue;
      }
      behind = buffer == arena.current_;
      if (left-- > kRows) {
        ++skipped;
        skipped_bytes += buffer->size();
        continue;
      }
      PictureRow::WriteMore(stream, skipped, skipped_bytes, "more full");
      skipped = 0;
      WriteUsed(stream, arena, buffer);
    }
    PictureRow::WriteMore(stream, more, more_bytes, "more spare");
    WriteAside(stream, store.dedicated());
  }

 private:
  static std::size_t Offset(const WindowBuffer* buffer, const void* address) noexcept {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - buffer->begin);
  }

  static const char* Label(const BufferStore& store, const WindowBuffer* buffer,
                           const char* label) noexcept {
    if (!store.IsCallers(buffer)) return label;
    switch (label[0]) {
      case 'f':
        return "full, the caller's";
      case 'w':
        return "window, the caller's";
      default:
        return "spare, the caller's";
    }
  }

  // A buffer that the window is in or has left.
  static void WriteUsed(std::ostream& stream, const MonotonicArena& arena,
                        const WindowBuffer* buffer) {
    const bool window = buffer == arena.current_ && arena.HasWindow();
    const std::size_t size = buffer->size();
    const std::size_t cursor = Offset(buffer, window ? arena.WindowCursor() : buffer->left_cursor);
    const std::size_t limit = Offset(buffer, window ? arena.window().limit() : buffer->left_limit);
    struct Span {
      std::size_t from, to;
      char kind;
    } spans[] = {{0, cursor, '#'}, {cursor, limit, window ? '-' : '~'}, {limit, size, 'c'}};
    // Of kinds that share a cell, the smallest is shown: the others have cells of their own.
    std::sort(std::begin(spans), std::end(spans),
              [](const Span& a, const Span& b) { return a.to - a.from > b.to - b.from; });
    PictureRow row("[]", size);
    for (const Span& span : spans) row.Fill(span.from, span.to, span.kind);
    for (const ScopeMark* mark = arena.innermost_; mark != nullptr; mark = mark->outer) {
      if (mark->buffer != buffer) continue;
      const std::size_t start = Offset(buffer, mark->window.cursor());
      // A scope that starts where the buffer ends is shown in its last byte.
      const std::size_t shown = start < size ? start : size - 1;
      row.Fill(shown, shown + 1, '{');
    }
    row.Write(stream, Label(arena.store_, buffer, window ? "window" : "full"));
  }

  static void WriteAside(std::ostream& stream, const DedicatedBuffers& dedicated) {
    std::size_t taken = 0, taken_bytes = 0, more = 0, more_bytes = 0;
    for (DedicatedBuffer* buffer = dedicated.last_taken(); buffer != nullptr;
         buffer = buffer->taken_before) {
      taken_bytes += buffer->size;
      if (++taken <= kRows) {
        PictureRow row("()", buffer->size);
        row.Fill(0, buffer->size, '#');
        row.Write(stream, "aside");
      } else {
        ++more;
        more_bytes += buffer->size;
      }
    }
    PictureRow::WriteMore(stream, more, more_bytes, "more aside");
    std::size_t bytes = 0;
    dedicated.ForEach([&bytes](DedicatedBuffer* buffer) { bytes += buffer->size; });
    PictureRow::WriteMore(stream, dedicated.count() - taken, bytes - taken_bytes, "unused aside");
  }
};

}  // namespace detail

/// Writes the arena's statistics and buffers as a text picture of about ten lines; see the top of
/// this header.
///
/// Bars are scaled to the size of their buffer, which stands behind them, in bytes. Of many buffers
/// of a kind only some have a row. For people: the format may change. Allocates nothing. O(buffers
/// * open scopes).
inline std::ostream& WritePicture(std::ostream& stream, const MonotonicArena& arena) {
  stream << arena.Stats() << '\n';
  detail::PictureAccess::WriteBuffers(stream, arena);
  return stream << "# handed out  - free  ~ tail  c cleanup records  { scope\n";
}

ARENA_END_NAMESPACE

#endif  // ARENA_PICTURE_HPP

#endif  // ARENA_WITH_IOSTREAM

#ifdef ARENA_WITH_FORMAT

// ---- arena/format.hpp ----------------------------------------------------------------------------
//
// std::format into an arena, where the standard library has it. Not part of arena.hpp.
#ifndef ARENA_FORMAT_HPP
#define ARENA_FORMAT_HPP


#if __has_include(<format>)
#include <format>
#endif

/// Whether this header has anything to offer: <format> comes with GCC 13, Clang's libc++ 17 and
/// Visual Studio 2019 16.10.
#ifdef __cpp_lib_format
#define ARENA_HAS_FORMAT 1
#else
#define ARENA_HAS_FORMAT 0
#endif

#if ARENA_HAS_FORMAT

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// std::format whose result lies in the arena, with a NUL behind its end: `view.data()` is a C
/// string.
///
/// The view lives as long as the arena's memory; Len() grows by view.size() + 1. Nothing is
/// allocated from the heap. A result of more than 512 bytes is formatted twice, once to measure it.
/// O(size). Throws std::bad_alloc, and what the formatting throws, with the arena as before.
template <class... Args>
std::string_view Format(Arena& arena, std::format_string<Args...> format, Args&&... args) {
  constexpr std::size_t kShort = 512;
  char text[kShort];
  // Formatting takes its arguments by reference and leaves them as they are: they can be forwarded
  // twice.
  const auto measured = std::format_to_n(text, kShort, format, std::forward<Args>(args)...);
  const auto size = static_cast<std::size_t>(measured.size);
  if (size <= kShort) return CopyString(arena, std::string_view(text, size));
  auto* const copy = static_cast<char*>(arena.Alloc(size + 1, 1));
  const auto written = std::format_to_n(copy, measured.size, format, std::forward<Args>(args)...);
  *written.out = '\0';
  return {copy, static_cast<std::size_t>(written.out - copy)};
}

ARENA_END_NAMESPACE

#endif  // ARENA_HAS_FORMAT

#endif  // ARENA_FORMAT_HPP

#endif  // ARENA_WITH_FORMAT
