// SPDX-License-Identifier: Apache-2.0
// clang-format off
//
// arena, the whole library in one file: copy it, include it. Made by tests/single_file/make.py from the
// headers in include/arena, which are the ones to read and to change.
//
// Version 0.2.0, revision ddd7a0dc8a70 (the first digits of the SHA-256 of what is below this head).
// Copyright 2026 The arena authors. Apache License 2.0, http://www.apache.org/licenses/LICENSE-2.0
//
// Define before including it, for the parts that not everybody wants:
//   ARENA_WITH_GUARD      GuardResource, an upstream that finds uses of freed memory
//   ARENA_WITH_POOL       ArenaPool and PageResource
//   ARENA_WITH_VIRTUAL    VirtualArena, an arena in one range of addresses
//   ARENA_WITH_BUDGET     Budget, bounds on memory with names
//   ARENA_WITH_COROUTINE  CoroutineFrame, coroutines whose frames lie in an arena
//   ARENA_WITH_IOSTREAM   ArenaStreambuf, ArenaStream, printing and pictures of an arena
//   ARENA_WITH_FORMAT     Format, where <format> exists

// ---- arena/version.hpp ---------------------------------------------------------------------------
//
// The version, written in this one place: CMake, pkg-config and the inline namespace read it here.
#ifndef ARENA_VERSION_HPP
#define ARENA_VERSION_HPP

#define ARENA_VERSION_MAJOR 0
#define ARENA_VERSION_MINOR 2
#define ARENA_VERSION_PATCH 0

/// The version as one number to compare with: major * 10000 + minor * 100 + patch.
#define ARENA_VERSION \
  (ARENA_VERSION_MAJOR * 10000 + ARENA_VERSION_MINOR * 100 + ARENA_VERSION_PATCH)

#endif  // ARENA_VERSION_HPP

// ---- arena/config.hpp ----------------------------------------------------------------------------
//
// Feature detection, the knobs that a user may set, and the inline namespace that keeps differently
// configured builds from linking with each other.
//
// Define a knob for the whole program, before the first include:
//   ARENA_REDZONE=n    puts n poisoned bytes behind each allocation; they count in Len(). With 8 or
//                      more AddressSanitizer reports an overrun by one byte
//   ARENA_HEAP=1       makes every allocation a block of its own from the global heap: sanitizers
//                      and Valgrind then tell who allocated and who freed it, and see an overrun
//                      by one byte. Addresses tell nothing of chunks and neighbours, and blocks do
//                      not grow in place: Len() counts what is copied instead, and each object has
//                      a record of its own. Other figures stay. For finding a bug, not for speed.
//                      SetHeapResource(&guard) finds most of it without a tool (guard.hpp)
//   ARENA_VALGRIND=1   tells Valgrind's memcheck which bytes are handed out (needs its headers)
//   ARENA_ASSERT(c)    checks an internal invariant (detail/core/assert.hpp); assert() by default
#ifndef ARENA_CONFIG_HPP
#define ARENA_CONFIG_HPP


#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "arena needs C++20: compile with -std=c++20 (or /std:c++20) or newer."
#endif

#ifndef ARENA_REDZONE
#define ARENA_REDZONE 0
#endif

#ifndef ARENA_HEAP
#define ARENA_HEAP 0
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

// The names have underscores because programs define macros noinline, always_inline and noreturn
// (<stdnoreturn.h> and the headers of kernels do).
#if defined(__GNUC__)
#define ARENA_ALWAYS_INLINE __attribute__((__always_inline__)) inline
#define ARENA_COLD __attribute__((__cold__, __noinline__))
#define ARENA_NOINLINE __attribute__((__noinline__))
#define ARENA_NORETURN [[__noreturn__]]
#define ARENA_NODISCARD [[__nodiscard__]]
#define ARENA_MAYBE_UNUSED [[__maybe_unused__]]
#else
#if defined(_MSC_VER)
#define ARENA_ALWAYS_INLINE __forceinline
#define ARENA_NOINLINE __declspec(noinline)
#else
#define ARENA_ALWAYS_INLINE inline
#define ARENA_NOINLINE
#endif
#define ARENA_COLD ARENA_NOINLINE
#define ARENA_NORETURN [[noreturn]]
#define ARENA_NODISCARD [[nodiscard]]
#define ARENA_MAYBE_UNUSED [[maybe_unused]]
#endif

// On the arena of a function that returns its memory, or on what else a result must not outlive:
// clang and Visual C++ then warn of a result that outlives a local one.
#if __has_cpp_attribute(clang::lifetimebound)
#define ARENA_LIFETIMEBOUND [[clang::lifetimebound]]
#elif __has_cpp_attribute(msvc::lifetimebound)
#define ARENA_LIFETIMEBOUND [[msvc::lifetimebound]]
#else
#define ARENA_LIFETIMEBOUND
#endif

// On a member function after which an object that was moved from may be used: clang-tidy's
// bugprone-use-after-move then knows it.
#if __has_cpp_attribute(clang::reinitializes)
#define ARENA_REINITIALIZES [[clang::reinitializes]]
#else
#define ARENA_REINITIALIZES
#endif

// Marks a function whose unsigned arithmetic wraps around on purpose, for clang's sanitizer
// unsigned-integer-overflow.
#if defined(__clang__)
#define ARENA_WRAPS __attribute__((__no_sanitize__("unsigned-integer-overflow")))
#else
#define ARENA_WRAPS
#endif

// Marks a variable that exists once in the whole program, even if its shared objects are built with
// -fvisibility=hidden. On Windows each DLL still has its own.
#if defined(__GNUC__) && !defined(_WIN32)
#define ARENA_ONE_PER_PROGRAM __attribute__((__visibility__("default")))
#else
#define ARENA_ONE_PER_PROGRAM
#endif

// Deletes a function and says why: in the compiler's message if the language has that, else in the
// source line that the compiler quotes, so `why` must stand on the line of the macro.
#if defined(__cpp_deleted_function) && __cplusplus > 202302L
#define ARENA_DELETE(why) delete (why)
#else
#define ARENA_DELETE(why) delete
#endif

// The name of the inline namespace tells everything that changes what inline functions do to an
// arena's memory, or what its virtual table holds (RTTI). Two builds that disagree then fail to
// link. Assertions are not part of the name: a debug application may use a release library.
#define ARENA_JOIN_(a, b, c, d) a##b##c##d
#define ARENA_JOIN(a, b, c, d) ARENA_JOIN_(a, b, c, d)

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
#define ARENA_TAG_REDZONE ARENA_JOIN(_redzone, ARENA_REDZONE, , )
#else
#define ARENA_TAG_REDZONE
#endif

#if ARENA_HEAP
#define ARENA_TAG_HEAP _heap
#else
#define ARENA_TAG_HEAP
#endif

#define ARENA_TAG_VERSION ARENA_JOIN(v, ARENA_VERSION_MAJOR, _, ARENA_VERSION_MINOR)
#define ARENA_TAG_MEMORY \
  ARENA_JOIN(ARENA_TAG_SANITIZER, ARENA_TAG_VALGRIND, ARENA_TAG_REDZONE, ARENA_TAG_HEAP)
#define ARENA_ABI \
  ARENA_JOIN(ARENA_TAG_VERSION, ARENA_TAG_MEMORY, ARENA_TAG_EXCEPTIONS, ARENA_TAG_RTTI)

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

template <class Exception>
ARENA_NORETURN ARENA_COLD void Throw(const char* message) {
#if ARENA_EXCEPTIONS
  throw Exception(message);
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

// The alignment of every chunk's end and of every cleanup record: records lie at the end of a window,
// without padding between them.
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

// True when an arena is told of what containers deallocate, which it does not reuse.
inline constexpr bool kHearsDeallocate = kInstrumented || ARENA_HEAP != 0;

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

// ---- arena/detail/core/bump.hpp ------------------------------------------------------------------
//
// The bump: where a request lies, behind the last byte in use and below a limit. It works on
// integers alone, so that each function can be tested against wider arithmetic.
//
//        in use      padding      the request     free
//     ..............+-------+-------------------+--------+
//                   |       |xxxxxxxxxxxxxxxxxxx|        |
//     ..............+-------+-------------------+--------+
//                  ^ last  ^ start - 1         ^ its last ^ limit
//
// We store the last byte in use, not the next free one: `last | (alignment - 1)` is the byte before
// the next aligned address, so aligning costs one instruction.
//
// Requires last + 1 <= limit. A `last` of -1 (nothing is in use, from address 0 on) comes with the
// limit 0: no window begins at address 0, so an empty one serves nothing.
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

// Places a request as Arena::DoAlloc has it, exactly: the size is not 0, the alignment is a power of
// two, and their sum is no more than PTRDIFF_MAX. Returns false when it does not fit.
ARENA_WRAPS ARENA_ALWAYS_INLINE constexpr bool BumpChecked(std::uintptr_t last,
                                                           std::uintptr_t limit, std::size_t size,
                                                           std::size_t alignment,
                                                           Piece* piece) noexcept {
  const std::uintptr_t before = last | (alignment - 1);
  const std::uintptr_t end = before + size + kRedzone;
  // end <= before: the size is 0 or the sum wrapped. An alignment of 0 lands here, too, since
  // alignment - 1 is then all ones, and so does one that leads past the last address.
  if (end >= limit || end <= before) return false;
  *piece = {before + 1, end};
  return true;
}

// BumpChecked for any size and alignment; false also when the size is 0 or the alignment no power of
// two.
ARENA_ALWAYS_INLINE constexpr bool Bump(std::uintptr_t last, std::uintptr_t limit, std::size_t size,
                                        std::size_t alignment, Piece* piece) noexcept {
  // With the red zone, the sum of the two must not wrap, either.
  if constexpr (kRedzone != 0) {
    if (size == 0 || size > kMaxSize) return false;
  }
  if ((alignment & (alignment - 1)) != 0) return false;
  return BumpChecked(last, limit, size, alignment, piece);
}

// Adding two values up to 2^40 to a user-space address cannot wrap: addresses end below 2^57, and
// pointer tags (TBI, LAM) leave zero bits above that. In two shifts, since a single one would be an
// error where std::size_t has 32 bits.
inline constexpr std::size_t kNeverWraps = sizeof(void*) >= 8 ? std::size_t{1} << 20 << 20 : 0;

// Bump for a size and an alignment that are known at compile time.
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

// Loads `last` into a register. With a run-time alignment clang folds the load into `or mem`; on
// Zen 4 that misses store forwarding and doubles the loop's time. The empty asm forces a plain load.
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

// ---- arena/detail/core/upstream.hpp --------------------------------------------------------------
//
// Calls of user code from functions that are noexcept: of an upstream, which may fail in any way.
//
// A thread may be cancelled in such a call. glibc ends it by unwinding its stack with an exception that
// nobody may swallow: a `catch (...)` that does not throw it again, and a noexcept function that it
// meets, end the whole process.
#ifndef ARENA_DETAIL_CORE_UPSTREAM_HPP
#define ARENA_DETAIL_CORE_UPSTREAM_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory_resource>


#if defined(__GLIBC__)
#include <pthread.h>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

#if ARENA_EXCEPTIONS
// Called in every `catch (...)` that does not end with `throw;`. Instead of a handler of its own
// for abi::__forced_unwind&: there is no such object, and UndefinedBehaviorSanitizer reports
// the reference. An exception that is not one of C++ has no std::exception_ptr.
inline void PassOnForcedUnwind() {
  if (std::current_exception() == nullptr) throw;
}
#endif

// Holds off the cancellation of this thread: one that is cancelled meanwhile ends at its next
// cancellation point after that.
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

// Returns a block from upstream. Returns nullptr when upstream throws anything, or returns nullptr, as
// a resource without exceptions does.
inline void* AllocateBlock(std::pmr::memory_resource& upstream, std::size_t bytes,
                           std::size_t alignment = kGranule) noexcept {
  // Volatile, because allocate is declared never to return null, so a compiler would drop the
  // check.
  void* volatile block = nullptr;
  const CancellationHeldOff held_off;
#if ARENA_EXCEPTIONS
  try {
    block = upstream.allocate(bytes, alignment);
  } catch (...) {
    return nullptr;
  }
#else
  block = upstream.allocate(bytes, alignment);
#endif
  // With a misaligned block the arena would write over its neighbours.
  if ((reinterpret_cast<std::uintptr_t>(static_cast<void*>(block)) & (alignment - 1)) != 0) {
    Fail("arena: upstream returned a block that is not aligned as asked");
  }
  return block;
}

// Frees a block, with the size and the alignment that it was allocated with.
inline void DeallocateBlock(std::pmr::memory_resource& upstream, void* block, std::size_t bytes,
                            std::size_t alignment = kGranule) noexcept {
  MarkAllocated(block, bytes);
  const CancellationHeldOff held_off;
  upstream.deallocate(block, bytes, alignment);
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_UPSTREAM_HPP

// ---- arena/detail/core/heap_blocks.hpp -----------------------------------------------------------
//
// ARENA_HEAP=1: what is handed out are blocks of the global heap, one for each allocation.
//
//     window    [ piece ][ piece ]       each piece is accounted for, and stays free
//     heap      [ block ]   [ block ]    each block is used instead, and freed when its piece is
//
// The window does what it does otherwise, so every figure, limit and scope is as it is without the
// knob, while AddressSanitizer, MemorySanitizer and Valgrind know each allocation: they tell who
// allocated it and who freed it, and find what runs over its ends. The blocks come from operator new
// and not from upstream, because these tools know nothing of one that maps pages or is an arena; or
// from a resource that the program sets.
//
// Without the knob everything here is empty.
#ifndef ARENA_DETAIL_CORE_HEAP_BLOCKS_HPP
#define ARENA_DETAIL_CORE_HEAP_BLOCKS_HPP

#include <cstddef>
#include <cstdint>


#if ARENA_HEAP
#include <memory>
#include <memory_resource>
#include <new>
#include <unordered_map>
#include <utility>
#include <vector>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

#if ARENA_HEAP

inline constexpr bool kHeap = true;

ARENA_ONE_PER_PROGRAM inline constinit AtomicPointer<std::pmr::memory_resource*> heap_resource{
    nullptr};

class HeapBlocks {
 public:
  // The block for a piece; the piece itself when the heap has no memory for one. Memory that is short
  // for the table of blocks ends the program.
  ARENA_NOINLINE void* OnHeap(void* piece, std::size_t size, std::size_t alignment) noexcept {
    std::pmr::memory_resource* const resource = heap_resource.LoadAcquire();
    void* const block = resource != nullptr
                            ? AllocateBlock(*resource, size, alignment)
                            : ::operator new(size, std::align_val_t{alignment}, std::nothrow);
    if (block == nullptr) return piece;
    table_->places.emplace(block, table_->blocks.size());
    table_->blocks.push_back({block, piece, size, alignment, resource});
    return block;
  }

  // The piece that a block stands for; of anything else itself.
  void* PieceOf(void* block) const noexcept {
    Block* const found = Find(block);
    return found != nullptr ? found->piece : block;
  }

  bool OwnsOnHeap(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    for (const Block& block : table_->blocks) {
      const auto begin = reinterpret_cast<std::uintptr_t>(block.memory);
      if (block.memory != nullptr && address - begin < block.size) return true;
    }
    return false;
  }

  // Frees a block.
  void FreeOnHeap(const void* block) noexcept {
    if (Block* const found = Find(block)) Free(*found);
  }

  // FreeOnHeap of what a container returned; false when that is no block. It may have outlived its
  // memory, so the block is freed only where addresses are kept out of use for long: MemorySanitizer
  // does not, a resource that the program has set is there for it.
  bool DeallocateOnHeap(const void* block) noexcept {
    Block* const found = Find(block);
    if (found == nullptr) return false;
    if (ARENA_ASAN != 0 || ARENA_VALGRIND != 0 || found->resource != nullptr) Free(*found);
    return true;
  }

  void FreeAllOnHeap() noexcept { FreeDownTo(0); }

  // A scope begins; its end frees the blocks since.
  void MarkOnHeap() noexcept { table_->scopes.push_back(table_->blocks.size()); }
  void RewindOnHeap() noexcept {
    FreeDownTo(table_->scopes.back());
    table_->scopes.pop_back();
  }

 protected:
  ~HeapBlocks() { FreeAllOnHeap(); }

 private:
  struct Block {
    void* memory;  // null once it was freed
    void* piece;
    std::size_t size;
    std::size_t alignment;
    std::pmr::memory_resource* resource;  // null: operator new
  };
  struct Table {
    std::vector<Block> blocks{};                            // newest last
    std::vector<std::size_t> scopes{};                      // blocks.size() when each began
    std::unordered_map<const void*, std::size_t> places{};  // in blocks, of those in use
  };

  Block* Find(const void* block) const noexcept {
    const auto place = table_->places.find(block);
    return place != table_->places.end() ? &table_->blocks[place->second] : nullptr;
  }

  void Free(Block& block) noexcept {
    table_->places.erase(block.memory);
    MarkAllocated(block.memory, block.size);
    void* const memory = std::exchange(block.memory, nullptr);
    if (block.resource != nullptr) {
      DeallocateBlock(*block.resource, memory, block.size, block.alignment);
    } else {
      ::operator delete(memory, std::align_val_t{block.alignment});
    }
  }

  void FreeDownTo(std::size_t count) noexcept {
    for (; table_->blocks.size() > count; table_->blocks.pop_back()) {
      if (table_->blocks.back().memory != nullptr) Free(table_->blocks.back());
    }
  }

  std::unique_ptr<Table> table_ = std::make_unique<Table>();
};

#else

inline constexpr bool kHeap = false;

class HeapBlocks {
 public:
  constexpr void* OnHeap(void* piece, std::size_t, std::size_t) const noexcept { return piece; }
  constexpr void* PieceOf(void* block) const noexcept { return block; }
  constexpr bool OwnsOnHeap(const void*) const noexcept { return false; }
  constexpr void FreeOnHeap(const void*) const noexcept {}
  constexpr bool DeallocateOnHeap(const void*) const noexcept { return false; }
  constexpr void FreeAllOnHeap() const noexcept {}
  constexpr void MarkOnHeap() const noexcept {}
  constexpr void RewindOnHeap() const noexcept {}
};

#endif

}  // namespace detail

#if ARENA_HEAP
/// With ARENA_HEAP=1: where the blocks of later allocations come from, in place of operator new;
/// returns the resource before. nullptr: operator new again.
///
/// Over a GuardResource (guard.hpp) each allocation ends at an inaccessible page and traps once it is
/// freed, so that most of what AddressSanitizer finds is found without it. The resource is thread-safe
/// where arenas of several threads are, keeps what was freed out of use for some time, and outlives
/// every arena.
inline std::pmr::memory_resource* SetHeapResource(std::pmr::memory_resource* resource) noexcept {
  return detail::heap_resource.Exchange(resource);
}
#endif

ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_HEAP_BLOCKS_HPP

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
// kept. It owns no memory (but with ARENA_HEAP=1: heap_blocks.hpp), calls nothing but cleanups, and works
// without an arena.
#ifndef ARENA_DETAIL_CORE_WINDOW_HPP
#define ARENA_DETAIL_CORE_WINDOW_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>


ARENA_BEGIN_NAMESPACE
namespace detail {

class Window : private HeapBlocks {
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

  // ---- the memory --------------------------------------------------------------------------------

  // Makes [begin, end) the window; both null: there is none. Cleanups that were registered before keep
  // their place. The last 1 to 15 bytes of an end that is no multiple of kGranule are left out.
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

  // Forgets what was handed out since the rewind bound. When no scope is open and no record is left,
  // the window is then as it was made.
  void Restart() noexcept {
    ARENA_ASSERT(!HasRecords());
    MoveCursor(static_cast<std::uintptr_t>(rewind_bound_));
  }

  // Set for an arena without a cleanup and an end that is a multiple of kGranule.
  void Restart(std::byte* begin, std::byte* end) noexcept {
    rewind_bound_ = Address{reinterpret_cast<std::uintptr_t>(begin)};
    limit_ = Address{reinterpret_cast<std::uintptr_t>(end)};
    MoveCursor(static_cast<std::uintptr_t>(rewind_bound_));
  }

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
    *block = Commit(piece, size, alignment);
    return true;
  }

  // Bump for a size that is not 0 and an alignment that is a power of two.
  ARENA_ALWAYS_INLINE bool BumpChecked(std::size_t size, std::size_t alignment,
                                       void** block) noexcept {
    Piece piece;
    const std::uintptr_t last = ToBeAligned(LastUsed(), alignment);
    if (!detail::BumpChecked(last, Limit(), size, alignment, &piece)) [[unlikely]]
      return false;
    *block = Commit(piece, size, alignment);
    return true;
  }

  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_ALWAYS_INLINE bool BumpFixed(void** block) noexcept {
    Piece piece;
    if (!detail::BumpFixed<kSize, kAlignment>(LastUsed(), Limit(), &piece)) return false;
    *block = Commit(piece, kSize, kAlignment);
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
    return Commit({start, start + size - 1}, size, alignment);
  }

  // Resizes the last allocation in place. False, with nothing changed, when the block is not the
  // last, lies below the rewind bound, or the room does not suffice.
  bool Resize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    void* const piece = PieceOf(block);
    if (piece != block && new_size > old_size) return false;  // a block of the heap cannot grow
    const auto start = reinterpret_cast<std::uintptr_t>(piece);
    const std::uintptr_t cursor = Cursor();
    if (start < static_cast<std::uintptr_t>(rewind_bound_) || start > cursor) return false;
    if (old_size > kMaxSize || cursor - start != old_size + kRedzone) return false;
    if (new_size == 0) {
      MoveCursor(start);
      FreeOnHeap(block);
      return true;
    }
    if (new_size + kRedzone > Limit() - start) return false;
    MoveCursor(start + new_size + kRedzone);
    if (new_size > old_size) {
      MarkAllocated(static_cast<std::byte*>(block) + old_size, new_size - old_size);
    }
    return true;
  }

  // Marks what a Resize has cut off as free, for an arena that marks its memory.
  static void MarkCutOff(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    if (kHeap && new_size == 0) return;  // it may be somebody else's by now
    // The red zone behind it, too: a block that shared its last granule may have unmarked that.
    const std::size_t redzone = kHeap ? 0 : kRedzone;
    MarkFree(static_cast<std::byte*>(block) + new_size, old_size - new_size + redzone);
  }

  // Where the bump stands, as it is at hand before an allocation; for UndoPadding.
  Address position() const noexcept { return last_used_; }

  // Takes back the padding before a block that was allocated at `position` and was just resized to
  // nothing. If the window moved for that block, the padding in the new window.
  void UndoPadding(Address position, const void* block) noexcept {
    if (!kHeap && Cursor() != reinterpret_cast<std::uintptr_t>(block)) return;
    // So it is in an arena without a window, which threads may share: nothing is written there.
    if (position == last_used_) return;
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

  // ---- an end that moves -----------------------------------------------------------------------

  // Adjusts a mark, perhaps one of another window, to the MoveEnd that follows.
  ARENA_WRAPS void AdjustMark(Mark& mark, const std::byte* end,
                              const std::byte* new_end) const noexcept {
    const auto move = [&](Address& address) {
      const auto place = static_cast<std::uintptr_t>(address);
      const auto old_end = reinterpret_cast<std::uintptr_t>(end);
      if (place < Limit() || place > old_end) return;
      address = Address{reinterpret_cast<std::uintptr_t>(new_end) - (old_end - place)};
    };
    move(mark.limit_);
    move(mark.newest_record_);
  }

  // Moves the end of the window's memory, and its records along. All memory up to the farther end is
  // usable. Whoever holds a mark of this window has adjusted it.
  ARENA_WRAPS void MoveEnd(std::byte* end, std::byte* new_end) noexcept {
    std::byte* const old_limit = limit();
    const auto bytes = static_cast<std::size_t>(end - old_limit);
    std::byte* const new_limit = new_end - bytes;
    ARENA_ASSERT(new_limit >= cursor() && (bytes == 0 || records_.newest() == limit_));
    // Not more than what was free: the records may move by less than they take.
    if (new_end > end) {
      MarkAllocated(end, static_cast<std::size_t>(new_end - end));
    } else {
      MarkAllocated(new_limit, static_cast<std::size_t>(old_limit - new_limit));
    }
    if (bytes != 0) {
      std::memmove(new_limit, old_limit, bytes);
      records_.MoveNewest(Address{reinterpret_cast<std::uintptr_t>(new_limit)});
    }
    limit_ = Address{reinterpret_cast<std::uintptr_t>(new_limit)};
    if (new_end > end) MarkFree(old_limit, static_cast<std::size_t>(new_limit - old_limit));
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
    MarkOnHeap();
    rewind_bound_ = Address{Cursor()};
    return mark;
  }

  bool HasRecordsSince(const Mark& mark) const noexcept {
    return records_.newest() != mark.newest_record_;
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
    RewindOnHeap();
    MarkFree(cursor(), Room());
  }

  // ---- ARENA_HEAP=1: for an arena that resets, or hands out memory beside the window ---------------

  using HeapBlocks::DeallocateOnHeap;
  using HeapBlocks::FreeAllOnHeap;
  using HeapBlocks::OnHeap;
  using HeapBlocks::OwnsOnHeap;

  // ---- cleanups ----------------------------------------------------------------------------------

  // Whether there is a record, or the link of a segment whose records were all taken.
  bool HasRecords() const noexcept { return !records_.empty(); }

  // Registers the destructor of an object that was just allocated, with the newest record if that is
  // the run before it, else in the segment at the window's end; false, with nothing changed, when
  // there is no such segment or no room, or when StartRun is to try. Makes no call, so that who
  // inlines it needs no frame for one.
  ARENA_ALWAYS_INLINE bool PushObject(const Destructor& type, void* object) noexcept {
    const Address place{reinterpret_cast<std::uintptr_t>(object)};
    if (records_.MayContinue(type)) [[likely]] {
      if (records_.Continue(type, place)) [[likely]]
        return true;
      if (records_.MayStartRun(type, place)) return false;
    }
    if (!TakeRecordRoom()) return false;
    records_.PushObject(type, object);
    return true;
  }

  // For an object that PushObject refused: makes one record of it and of its neighbour if the newest
  // record is that of the neighbour alone; false, with nothing changed, if it is not or lacks room.
  bool StartRun(const Destructor& type, void* object) noexcept {
    const Address place{reinterpret_cast<std::uintptr_t>(object)};
    if (!records_.MayContinue(type) || !records_.MayStartRun(type, place)) return false;
    if (!TakeRecordRoom()) return false;
    records_.StartRun(type, place);
    return true;
  }

  // Registers a cleanup in the segment at the window's end; false when there is none or no room.
  ARENA_ALWAYS_INLINE bool PushCleanup(const Cleanup& cleanup) noexcept {
    if (!TakeRecordRoom()) return false;
    records_.Push(cleanup);
    return true;
  }

  // Registers a cleanup in a segment outside the window; false when it has no room.
  bool PushIntoSegment(const Cleanup& cleanup) noexcept { return records_.PushIntoRoom(cleanup); }

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

  // TakeCleanup, for an arena that marks its memory: the bytes of the record are free.
  bool TakeCleanupAndMark(Cleanup* cleanup, const void* only) noexcept {
    std::byte* const before = limit();
    const bool taken = TakeCleanup(cleanup, only);
    MarkFree(before, static_cast<std::size_t>(limit() - before));
    return taken;
  }

  // Runs all cleanups, newest first, and those that they register.
  void RunCleanups() noexcept { records_.RunUntil(Address{}, &limit_); }

 private:
  std::uintptr_t LastUsed() const noexcept { return static_cast<std::uintptr_t>(last_used_); }
  ARENA_WRAPS std::uintptr_t Cursor() const noexcept { return LastUsed() + 1; }
  std::uintptr_t Limit() const noexcept { return static_cast<std::uintptr_t>(limit_); }
  ARENA_WRAPS void MoveCursor(std::uintptr_t cursor) noexcept { last_used_ = Address{cursor - 1}; }

  // Makes the piece the last allocation.
  ARENA_ALWAYS_INLINE void* Commit(const Piece& piece, std::size_t size,
                                   std::size_t alignment) noexcept {
    last_used_ = Address{piece.last};
    void* const block = OnHeap(reinterpret_cast<void*>(piece.start), size, alignment);
    MarkAllocated(block, size);
    return block;
  }

  // Gives the segment at the window's end room for one record more.
  ARENA_WRAPS ARENA_ALWAYS_INLINE bool TakeRecordRoom() noexcept {
    // The room is one less than this difference. First what fails for an arena without a window.
    if (Limit() - LastUsed() <= CleanupRecords::kRecordSize || records_.newest() != limit_) {
      return false;
    }
    limit_ = limit_ - CleanupRecords::kRecordSize;
    return true;
  }

  // The last byte in use, cursor - 1: the form that the bump works on. Invariant: rewind_bound_ - 1
  // <= last_used_ < limit_; without a window limit_ is 0 and last_used_ the highest address.
  Address last_used_{~std::uintptr_t{0}};
  Address limit_{};           // a multiple of kGranule, or the cursor of a window without room
  Address rewind_bound_{};    // start of the window or of the innermost scope, whichever is later:
                              // nothing below it is resized in place
  Address entered_at_{};      // last_used_ before the last BumpAfterMove
  CleanupRecords records_{};  // those in the window lie behind limit_, the newest one at limit_
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_WINDOW_HPP

// ---- arena/fwd.hpp -------------------------------------------------------------------------------
//
// Declares the library's types without defining them, for headers that only name an arena.
//
// Include this instead of writing `namespace arena { class Arena; }` by hand: the types lie in an
// inline namespace whose name depends on the build (config.hpp). The alias `ConcurrentArena` of
// `BasicConcurrentArena<std::mutex>` is in concurrent_arena.hpp, because std::mutex cannot be
// declared without its header; likewise `ThreadCachedArena` in thread_cached_arena.hpp.
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
class Budget;
class CoroutineFrame;
class GuardLabel;
class GuardResource;
class MonotonicArena;
class NothrowCoroutineFrame;
class PageResource;
class VirtualArena;
struct ArenaPoolKeyStats;
struct ArenaPoolOptions;
struct ArenaPoolStats;
struct ArenaStats;
struct BudgetOptions;
struct Cleanup;
struct GuardResourceOptions;
struct GuardStats;
struct MonotonicArenaOptions;
struct ThreadCachedArenaOptions;
struct VirtualArenaOptions;

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
// The window is detail/core/window.hpp. To write an arena of your own, derive from Arena and
// implement the six pure virtual functions; examples/custom_arena.cpp is a whole one. Typed
// allocation, destructors, slices, buffers and std::pmr containers work on it as they are.
#ifndef ARENA_ARENA_INTERFACE_HPP
#define ARENA_ARENA_INTERFACE_HPP

#include <cstddef>
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
  Arena(const Arena&) = ARENA_DELETE("arena: it stays where it is: pass Arena&");
  Arena& operator=(const Arena&) = ARENA_DELETE("arena: it stays where it is: pass Arena&");

  /// A class that owns memory calls Release() in its own destructor: here it is too late for that.
  ~Arena() override {
    ARENA_ASSERT(!window_.HasRecords() &&
                 "an arena died with cleanups left: call Release() in its destructor");
  }

  /// Hands out `size` uninitialised bytes, aligned to `alignment`, any power of two.
  ///
  /// Packing is exact: Len() grows by `size` and the padding this call needed. Alloc(0) returns an
  /// aligned pointer that is not null and changes nothing. O(1), amortised over the buffers of the
  /// arena. The memory lives until Reset, Release, the end of the scope it was made in, or the
  /// arena's end.
  ///
  /// Throws std::bad_alloc when the alignment is no power of two, the size is over PTRDIFF_MAX, a
  /// limit is reached or upstream fails; Len, Peak and every earlier allocation are as before, and
  /// so is Cap unless the arena freed spares to stay below a limit.
  ARENA_ALWAYS_INLINE void* Alloc(
      std::size_t size, std::size_t alignment = alignof(std::max_align_t)) ARENA_LIFETIMEBOUND {
    void* block;
    if (window_.Bump(size, alignment, &block)) [[likely]]
      return block;
    return AllocSlow(this, size, alignment);
  }

  /// Alloc that returns nullptr where Alloc throws.
  ARENA_NODISCARD ARENA_ALWAYS_INLINE void* TryAlloc(
      std::size_t size,
      std::size_t alignment = alignof(std::max_align_t)) noexcept ARENA_LIFETIMEBOUND {
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

  // ---- For code that constructs objects in an arena itself; allocate.hpp is built on these ------

  /// Alloc for a size, not 0, and an alignment that are known at compile time.
  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_ALWAYS_INLINE void* AllocFixed() ARENA_LIFETIMEBOUND {
    void* block;
    if (window_.BumpFixed<kSize, kAlignment>(&block)) [[likely]]
      return block;
    return AllocSlowFixed<kSize, kAlignment>(this);
  }

  /// AllocFixed that returns nullptr where AllocFixed throws.
  template <std::size_t kSize, std::size_t kAlignment>
  ARENA_NODISCARD ARENA_ALWAYS_INLINE void* TryAllocFixed() noexcept ARENA_LIFETIMEBOUND {
    void* block;
    if (window_.BumpFixed<kSize, kAlignment>(&block)) [[likely]]
      return block;
    return TryAllocSlow(this, kSize, kAlignment);
  }

  /// Registers a cleanup; false, with nothing changed, when there is no memory for its record.
  /// O(1).
  ARENA_NODISCARD ARENA_ALWAYS_INLINE bool AddCleanup(Cleanup cleanup) noexcept {
    if (window_.PushCleanup(cleanup)) [[likely]]
      return true;
    return DoAddCleanup(cleanup);
  }

  /// Registers the destructor of an object in this arena's memory, as AddCleanup does. Objects of
  /// one type that lie side by side share a record. O(1).
  template <class T>
  ARENA_NODISCARD ARENA_ALWAYS_INLINE bool AddDestructor(T* object) noexcept {
    constexpr const detail::Destructor& type = detail::kDestructor<T>;
    if (window_.PushObject(type, object)) [[likely]]
      return true;
    return DoAddDestructor(type, object);
  }

  /// Forgets the newest cleanup if it is that of `object`; false, with nothing changed, when not.
  /// (An arena with several windows may answer false for one that has become the newest because all
  /// that a later window had were dropped.)
  bool DropCleanup(const void* object) noexcept {
    Cleanup dropped;
    return object != nullptr && DoTakeCleanup(&dropped, object);
  }

  /// Names what ends the memory that is handed out now: the innermost open scope, or without one
  /// the arena. While both live, memory with the same answer ends at the same time.
  const void* Scope() const noexcept { return DoScope(); }

  /// The position of the window's cursor. Undo needs that of before an allocation, to take back the
  /// padding, too.
  detail::Address Position() const noexcept { return window_.position(); }

  /// Takes back a block of `size` bytes that was allocated at `position`, if it is the window's
  /// last and nothing was allocated since. Len() is then what it was; Peak() and Cap() may have
  /// grown.
  ARENA_COLD void Undo(detail::Address position, void* block, std::size_t size) noexcept {
    if (TryResize(block, size, 0)) window_.UndoPadding(position, block);
  }

 protected:
  /// What Reset and Release do with the memory once every cleanup has run.
  enum class Retention { kRetain, kFree };

  Arena() = default;

  /// Serves a request that the window does not.
  ///
  /// Called with size >= 1, a power of two as alignment, and size + alignment - 1 <= PTRDIFF_MAX.
  /// Returns nullptr when the request cannot be met, with all figures as before (Cap may fall where
  /// a limit is in the way). May move the window with SetWindow and then call AllocFromWindow.
  virtual void* DoAlloc(std::size_t size, std::size_t alignment) noexcept = 0;

  /// TryResize, for a block that is not null, an old size that is not 0 and a new size of at most
  /// PTRDIFF_MAX. By default it works on the window.
  virtual bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    return window_.Resize(block, old_size, new_size);
  }

  /// Forgets every allocation and retains the memory. Called when no cleanup is left.
  virtual void DoReset() noexcept = 0;

  /// Forgets every allocation and frees the memory. Called when no cleanup is left.
  virtual void DoRelease() noexcept = 0;

  /// All of Reset or Release: runs the cleanups, then calls DoReset or DoRelease.
  ///
  /// By default it runs those at the window, then takes and runs those that the arena has
  /// elsewhere. A decorator that threads share overrides it: the check for recursion is a plain
  /// flag.
  virtual void DoClear(Retention retention) noexcept {
    if (HasWindowCleanups()) RunWindowCleanups();
    clearing_ = true;
    Cleanup cleanup;
    while (DoTakeCleanup(&cleanup, nullptr)) cleanup.run(cleanup.object);
    clearing_ = false;
    retention == Retention::kRetain ? DoReset() : DoRelease();
    window_.FreeAllOnHeap();
  }

  /// For a DoClear: whether RunWindowCleanups has something to run, or to complain about.
  bool HasWindowCleanups() const noexcept { return window_.HasRecords() || clearing_; }

  /// For a DoClear: runs the cleanups at the window, newest first. Ends the program when it is
  /// called from one of them.
  ARENA_NOINLINE void RunWindowCleanups() noexcept {
    if (clearing_) {
      detail::Fail("arena: Reset or Release was called from a cleanup of the same arena");
    }
    clearing_ = true;
    window_.RunCleanups();
    clearing_ = false;
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

  /// Registers the destructor of an object that the window could not. By default as a cleanup like
  /// others, or as the second object of a record that neighbours share; an arena whose windows are
  /// elsewhere can let them share one there.
  ARENA_NOINLINE virtual bool DoAddDestructor(const detail::Destructor& type,
                                              void* object) noexcept {
    return window_.StartRun(type, object) || DoAddCleanup({type.one, object});
  }

  /// Takes the newest cleanup off the arena without running it; false when none is left. With
  /// `only`, takes it only if it belongs to that object.
  virtual bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept {
    return window_.TakeCleanup(cleanup, only);
  }

  /// Names what ends the memory that is handed out now: the innermost open scope, or without one
  /// the arena. A decorator answers as its base.
  virtual const void* DoScope() const noexcept { return this; }

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

  /// @{
  /// The window itself, for arenas whose scopes or threads save and restore it.
  detail::Window& window() noexcept { return window_; }
  const detail::Window& window() const noexcept { return window_; }
  /// @}

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
  // that it almost never takes. What TryAllocSlow checks is known at compile time, so DoAlloc,
  // which is the fast path of arenas without a window, is called directly.
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

  void* do_allocate(std::size_t bytes, std::size_t alignment) final {
    return Alloc(bytes == 0 ? 1 : bytes, alignment);
  }

  void do_deallocate(void* block, ARENA_MAYBE_UNUSED std::size_t bytes, std::size_t) final {
    if constexpr (detail::kHearsDeallocate) DoMarkDeallocated(block, bytes == 0 ? 1 : bytes);
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept final {
    return this == &other;
  }

  detail::Window window_{};
  bool clearing_ = false;  // a Reset or Release is running the cleanups
};

namespace detail {

// Grows the arena's newest allocation in place, if that is the one at `start`: behind its first `front`
// bytes it has `capacity` units of `unit` bytes, and gets `wanted` of them, or fewer, at least `need`,
// where there is less room. Returns how many; 0, with nothing changed, when it cannot grow.
inline std::size_t ExtendInPlace(Arena& arena, void* start, std::size_t front, std::size_t unit,
                                 std::size_t capacity, std::size_t need,
                                 std::size_t wanted) noexcept {
  const std::size_t old_bytes = front + capacity * unit;
  if (!arena.TryResize(start, old_bytes, old_bytes)) return 0;
  for (std::size_t target = wanted;; target = MaxOf(need, capacity + (target - capacity) / 2)) {
    std::size_t bytes;
    if (MultiplySizes(target, unit, &bytes) && AddSizes(bytes, front, &bytes) &&
        arena.TryResize(start, old_bytes, bytes)) {
      return target;
    }
    if (target == need) return 0;
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_ARENA_INTERFACE_HPP

// ---- arena/detail/objects/uses_allocator.hpp -----------------------------------------------------
//
// Uses-allocator construction: adds the arena's allocator to the arguments of a constructor, unless
// the caller passes an allocator, which wins.
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
inline constexpr bool kStartsWithAllocatorArg = false;
template <class First, class... Args>
inline constexpr bool kStartsWithAllocatorArg<First, Args...> =
    std::is_same_v<std::remove_cvref_t<First>, std::allocator_arg_t>;

// Whether an allocator for T is among the arguments, in one of the two places that uses-allocator
// construction knows: behind std::allocator_arg, or last.
template <class T, class... Args>
inline constexpr bool kHasAllocator = kStartsWithAllocatorArg<Args...>;
template <class T, class Arg, class... Args>
inline constexpr bool kHasAllocator<T, Arg, Args...> =
    kStartsWithAllocatorArg<Arg, Args...> ||
    kIsAllocatorOf<T, std::tuple_element_t<sizeof...(Args), std::tuple<Arg, Args...>>>;

// Whether a T can be constructed from the arguments, which have an allocator for it. A type whose
// default argument needs an allocator that cannot be made does not compile when it is asked for a
// constructor; so arguments without an allocator are not looked at.
template <class T, class... Args>
constexpr bool IsConstructibleWithAllocator() noexcept {
  if constexpr (kHasAllocator<T, Args...>) {
    return std::is_constructible_v<T, Args...>;
  } else {
    return false;
  }
}

// Finds the arguments with which to construct a T, as std::uses_allocator_construction_args does,
// except that an allocator among the given arguments is taken.
template <class Allocator>
class ConstructionArgs {
 public:
  explicit constexpr ConstructionArgs(const Allocator& allocator) noexcept
      : allocator_(allocator) {}

  template <class T, class... Args>
  constexpr auto For(Args&&... args) const {
    if constexpr (kIsPair<T>) {
      return ForPair<T>(std::forward<Args>(args)...);
    } else if constexpr (IsConstructibleWithAllocator<T, Args...>()) {
      return AsWritten(std::forward<Args>(args)...);
    } else {
      return std::uses_allocator_construction_args<T>(allocator_, std::forward<Args>(args)...);
    }
  }

 private:
  template <class... Args>
    requires(!kStartsWithAllocatorArg<Args...>)
  static constexpr auto AsWritten(Args&&... args) {
    return std::tuple<Args&&...>(std::forward<Args>(args)...);
  }
  // The types are those of std::uses_allocator_construction_args. With a reference to
  // allocator_arg_t as its first element, the tuple would take the allocator for its own.
  template <class A, class... Args>
  static constexpr auto AsWritten(const std::allocator_arg_t&, A&& allocator, Args&&... args) {
    return std::tuple<std::allocator_arg_t, const std::remove_reference_t<A>&, Args&&...>(
        std::allocator_arg, allocator, std::forward<Args>(args)...);
  }

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
    } else {  // `other` converts to a pair
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
// Allocator<T>: lets standard containers allocate from an arena.
#ifndef ARENA_ALLOCATOR_HPP
#define ARENA_ALLOCATOR_HPP

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Declared only, so that a call does not link. Compilers with the attribute reject the call itself.
#if __has_cpp_attribute(__gnu__::__error__)
[[__gnu__::__error__("arena: a string needs its arena: arena::String(\"text\", arena)")]]
#endif
void StringWithoutArena() noexcept;

}  // namespace detail

/// A standard allocator over an Arena: `std::vector<int, arena::Allocator<int>> v(a);`.
///
/// It inlines the arena's bump; `deallocate` does nothing (under AddressSanitizer it poisons). It
/// converts from `Arena&` and to std::pmr::polymorphic_allocator, both implicitly. Elements that
/// take such an allocator are given it (uses-allocator construction), so containers of containers
/// lie wholly in the arena.
///
/// Like std::pmr::polymorphic_allocator it does not propagate on assignment and swap; unlike it, a
/// copy of a container stays in the same arena. Swapping containers of different arenas is
/// undefined, as the standard says. A container must be destroyed, or never touched again, before
/// the arena's memory is freed.
///
/// There is no default constructor: an allocator without an arena could only fail later. Code that
/// needs one (a std::tuple of strings with no arguments, boost::container::map::try_emplace,
/// std::match_results, nlohmann::basic_json) works with a class that derives from this one and
/// whose default constructor names an arena of the program.
///
/// Thread safety: that of the arena.
template <class T>
class Allocator {
 public:
  /// @{
  /// What std::allocator_traits asks for. A container stays in its arena, whatever is assigned to
  /// it.
  using value_type = T;
  using propagate_on_container_copy_assignment = std::false_type;
  using propagate_on_container_move_assignment = std::false_type;
  using propagate_on_container_swap = std::false_type;
  using is_always_equal = std::false_type;
  /// @}

  /// Allocates from `arena`, which must outlive every container that uses it.
  Allocator(Arena& arena ARENA_LIFETIMEBOUND) noexcept
      : arena_(&arena) {}  // NOLINT(google-explicit-constructor)

  /// Allocates from the arena of `other`.
  template <class U>
  Allocator(const Allocator<U>& other) noexcept  // NOLINT(google-explicit-constructor)
      : arena_(&other.arena()) {}

  /// Uninitialised memory for `count` elements. Throws std::bad_alloc. O(1).
  ARENA_NODISCARD T* allocate(std::size_t count) {
    std::size_t bytes;
    if (!detail::MultiplySizes(count, sizeof(T), &bytes)) [[unlikely]]
      detail::ThrowBadAlloc();
    return static_cast<T*>(arena_->Alloc(bytes, alignof(T)));
  }

  /// Does nothing: the memory is freed with the arena's.
  void deallocate(ARENA_MAYBE_UNUSED T* elements, ARENA_MAYBE_UNUSED std::size_t count) noexcept {
    if constexpr (detail::kHearsDeallocate) {
      arena_->deallocate(elements, count * sizeof(T), alignof(T));
    }
  }

  /// Constructs an element that takes the allocator, or a pair whose parts may, with this
  /// allocator, unless there is one among the arguments.
  template <class U, class... Args>
    requires((std::uses_allocator_v<U, Allocator> &&
              !detail::IsConstructibleWithAllocator<U, Args...>()) ||
             detail::kIsPair<U>)
  void construct(U* element, Args&&... args) {
    std::apply(
        [element](auto&&... parts) {
          std::construct_at(element, std::forward<decltype(parts)>(parts)...);
        },
        detail::ConstructionArgs<Allocator>(*this).template For<U>(std::forward<Args>(args)...));
  }

  /// The arena.
  Arena& arena() const noexcept { return *arena_; }

  /// An allocator of std::pmr over the same arena.
  template <class U>  // NOLINTNEXTLINE(google-explicit-constructor)
  operator std::pmr::polymorphic_allocator<U>() const noexcept {
    return std::pmr::polymorphic_allocator<U>(arena_);
  }

 private:
  template <class Char, class Traits, class A>
  friend class std::basic_string;  // NOLINT(cert-dcl58-cpp): nothing is added to std

  // Some compilers instantiate the default arguments of a string's constructors when they only ask
  // whether it can be made from nullptr, say. So this is declared; a call does not compile or link.
  Allocator() noexcept : arena_(nullptr) { detail::StringWithoutArena(); }

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
// Constructs an object at a place in an arena: with braces or parentheses, and with the arena's
// allocator if its type takes one.
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

template <class T, class... Args>
concept BraceConstructible = requires(Args&&... args) { T{std::forward<Args>(args)...}; };

// Whether the argument's own conversion makes a T of it. is_constructible would not tell: for an
// aggregate T(argument) may initialise the first member, and narrow.
template <class T, class Arg>
concept ConvertsItself =
    std::is_convertible_v<Arg, T> || requires(Arg&& arg) { std::forward<Arg>(arg).operator T(); };

// An aggregate is constructed with braces, unless the one argument is an object of its type, or
// converts to it and cannot initialise its first member.
template <class T, class Arg>
concept BracesFromOne = std::is_aggregate_v<T> && !std::is_base_of_v<T, std::remove_cvref_t<Arg>> &&
                        (BraceConstructible<T, Arg> || !ConvertsItself<T, Arg>);
template <class T, class... Args>
inline constexpr bool kBraces = std::is_aggregate_v<T>;
template <class T, class Arg>
inline constexpr bool kBraces<T, Arg> = BracesFromOne<T, Arg>;
template <class T>
inline constexpr bool kBraces<T> = false;

template <class T, class... Args>
constexpr bool IsConstructible() noexcept {
  if constexpr (kBraces<T, Args...>) {
    return BraceConstructible<T, Args...>;
  } else {
    return std::is_constructible_v<T, Args...>;
  }
}

// Members of an aggregate without an argument, and braces that are left out, are up to the caller.
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wmissing-braces"
#endif
template <class T, class... Args>
ARENA_ALWAYS_INLINE T* Construct(void* place, Args&&... args) {
  if constexpr (kBraces<T, Args...>) {
    // Checked here because compilers do not report narrowing within system headers.
    static_assert(BraceConstructible<T, Args...>,
                  "arena: this aggregate cannot be constructed with braces from these arguments: "
                  "there are too many, or one narrows or does not convert; cast it first");
    if constexpr (BraceConstructible<T, Args...>) {
      return ::new (place) T{std::forward<Args>(args)...};
    } else {
      return nullptr;
    }
  } else {
    return ::new (place) T(std::forward<Args>(args)...);
  }
}
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

// Where the constructor of a T takes the allocator: uses-allocator construction, in words.
enum class Construction { kAsWritten, kAllocatorFirst, kAllocatorLast, kPair, kImpossible };

// Whether constructing a T may take an allocator. If not, it is constructed as written.
template <class T>
inline constexpr bool kMayTakeArena = kIsPair<T> || std::uses_allocator_v<T, Allocator<std::byte>>;

template <class T, class... Args>
constexpr Construction HowToConstruct() noexcept {
  using A = const Allocator<std::byte>&;
  if constexpr (kIsPair<T>) {
    return Construction::kPair;
  } else if constexpr (!kMayTakeArena<T>) {
    return Construction::kAsWritten;
  } else {
    // Whether T can be constructed as written is asked only of arguments with an allocator: see
    // IsConstructibleWithAllocator.
    if constexpr (kHasAllocator<T, Args...>) {
      if constexpr (IsConstructible<T, Args...>())
        return Construction::kAsWritten;  // An explicit allocator wins.
    }
    if constexpr (IsConstructible<T, std::allocator_arg_t, A, Args...>()) {
      return Construction::kAllocatorFirst;
    } else if constexpr (IsConstructible<T, Args..., A>()) {
      return Construction::kAllocatorLast;
    } else if constexpr ((kIsAllocatorOf<T, Args> || ...)) {
      return IsConstructible<T, Args...>() ? Construction::kAsWritten : Construction::kImpossible;
    } else {
      return Construction::kImpossible;
    }
  }
}

// Constructs a T at `place`, with the arena's allocator if T takes one.
template <class T, class... Args>
ARENA_ALWAYS_INLINE T* ConstructIn(ARENA_MAYBE_UNUSED Arena& arena, void* place, Args&&... args) {
  constexpr Construction how = detail::HowToConstruct<T, Args...>();
  static_assert(
      how != Construction::kImpossible,
      "arena: this type takes an allocator, but not with these arguments; pass it arena::Allocator "
      "yourself, or give it a constructor that takes these arguments and an allocator");
  if constexpr (how == Construction::kAsWritten) {
    return detail::Construct<T>(place, std::forward<Args>(args)...);
  } else if constexpr (how == Construction::kAllocatorFirst) {
    return detail::Construct<T>(place, std::allocator_arg, Allocator<std::byte>(arena),
                                std::forward<Args>(args)...);
  } else if constexpr (how == Construction::kAllocatorLast) {
    return detail::Construct<T>(place, std::forward<Args>(args)..., Allocator<std::byte>(arena));
  } else if constexpr (how == Construction::kPair) {
    const Allocator<std::byte> allocator(arena);
    return std::apply(
        [place](auto&&... parts) {
          return ::new (place) T(std::forward<decltype(parts)>(parts)...);
        },
        ConstructionArgs(allocator).template For<T>(std::forward<Args>(args)...));
  }
}

// Whether ConstructIn can value-initialise a T.
template <class T>
constexpr bool IsValueConstructibleIn() noexcept {
  if constexpr (kMayTakeArena<T>) {
    return detail::HowToConstruct<T>() != Construction::kImpossible;
  } else {
    return std::is_default_constructible_v<T>;
  }
}

// Default-initialises a T at `place`, with the arena's allocator if T takes one.
template <class T>
ARENA_ALWAYS_INLINE T* ConstructForOverwrite(ARENA_MAYBE_UNUSED Arena& arena, void* place) {
  if constexpr (kMayTakeArena<T>) {
    return detail::ConstructIn<T>(arena, place);
  } else {
    return ::new (place) T;
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OBJECTS_CONSTRUCT_HPP

// ---- arena/allocate.hpp --------------------------------------------------------------------------
//
// Typed allocation: constructs objects in an arena and registers their cleanups.
#ifndef ARENA_ALLOCATE_HPP
#define ARENA_ALLOCATE_HPP

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// Specialise to true for a type whose only resource is memory of its arena. The arena then does
/// not call its destructor and needs no record for it.
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

// Says, where a T cannot be allocated, what to write instead; false then, so that nothing more is said.
template <class T>
constexpr bool CheckAllocatable() noexcept {
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
  return std::is_object_v<T> && !std::is_array_v<T> && !std::is_const_v<T> &&
         !std::is_volatile_v<T> && !std::is_abstract_v<T>;
}

// Takes an allocation back, unless it is dismissed.
class AllocationGuard {
 public:
  AllocationGuard(Arena& arena, Address before, void* block, std::size_t size) noexcept
      : arena_(arena), before_(before), block_(block), size_(size) {}
  // Always inlined, so that the guard stays in registers where nothing throws.
  ARENA_ALWAYS_INLINE ~AllocationGuard() {
    if (block_ != nullptr) arena_.Undo(before_, block_, size_);
  }
  AllocationGuard(const AllocationGuard&) = delete;
  AllocationGuard& operator=(const AllocationGuard&) = delete;

  void Dismiss() noexcept { block_ = nullptr; }

 private:
  Arena& arena_;
  Address before_;
  void* block_;
  std::size_t size_;
};

// Allocates memory for a T, in which construct(block) constructs it, and registers the destructor.
// When memory is short, also for the record, it throws std::bad_alloc, or returns nullptr if not
// kThrows.
template <class T, bool kThrows, class Construct>
ARENA_ALWAYS_INLINE T* AllocateWith(Arena& arena, Construct construct) {
  const Address before = arena.Position();
  void* block;
  if constexpr (kThrows) {
    block = arena.AllocFixed<sizeof(T), alignof(T)>();
  } else {
    block = arena.TryAllocFixed<sizeof(T), alignof(T)>();
    if (block == nullptr) [[unlikely]]
      return nullptr;
  }
  AllocationGuard guard(arena, before, block, sizeof(T));
  T* const object = construct(block);
  if constexpr (kNeedsCleanup<T>) {
    // Registered after construction, so that the object dies before what its constructor registered
    // and may use.
    if (!arena.AddDestructor(object)) [[unlikely]] {
      object->~T();
      if constexpr (kThrows) ThrowBadAlloc();
      return nullptr;
    }
  }
  guard.Dismiss();
  return object;
}

}  // namespace detail

/// Constructs a T in the arena from `args`; value-initialises it when there are none.
///
/// Aggregates are constructed with braces, which do not narrow, everything else with parentheses. A
/// single argument that converts to an aggregate, and cannot initialise its first member, is
/// converted. A type that takes an allocator which arena::Allocator converts to (this library's, or
/// std::pmr::polymorphic_allocator) is given the arena, and so are the parts of a std::pair:
/// `Allocate<std::pmr::string>(a, "x")` lies wholly in `a`. An allocator passed explicitly wins.
///
/// The destructor runs at Reset, Release or the end of the scope, newest object first; a trivially
/// destructible T pays nothing for that. The object lives as long as the arena's memory. O(1) and
/// T's constructor.
///
/// Throws std::bad_alloc when memory is short, also for the cleanup's record (the object is
/// destroyed first), and what the constructor throws; the object leaves no record then. What the
/// constructor itself allocated and registered stays, as it may be in use elsewhere. The object's
/// own memory is freed if it is still the newest of the arena's window, so Len() is as before if
/// the constructor allocated nothing. Through a decorator the padding before the object stays; in
/// an oversized chunk, or in an arena without a window, the whole object does.
template <class T, class... Args>
ARENA_ALWAYS_INLINE std::add_pointer_t<T> Allocate(Arena& arena ARENA_LIFETIMEBOUND,
                                                   Args&&... args) {
  if constexpr (detail::CheckAllocatable<T>()) {
    return detail::AllocateWith<T, true>(arena, [&](void* place) {
      return detail::ConstructIn<T>(arena, place, std::forward<Args>(args)...);
    });
  }
}

/// Allocate that returns nullptr when memory is short. It still throws what the constructor throws.
template <class T, class... Args>
ARENA_NODISCARD ARENA_ALWAYS_INLINE std::add_pointer_t<T> TryAllocate(
    Arena& arena ARENA_LIFETIMEBOUND, Args&&... args) {
  if constexpr (detail::CheckAllocatable<T>()) {
    return detail::AllocateWith<T, false>(arena, [&](void* place) {
      return detail::ConstructIn<T>(arena, place, std::forward<Args>(args)...);
    });
  }
}

/// Allocate that default-initialises: an int, or an array member, has an indeterminate value.
template <class T>
ARENA_NODISCARD ARENA_ALWAYS_INLINE std::add_pointer_t<T> AllocateForOverwrite(
    Arena& arena ARENA_LIFETIMEBOUND) {
  if constexpr (detail::CheckAllocatable<T>()) {
    constexpr bool kConstructible = detail::IsValueConstructibleIn<T>();
    static_assert(kConstructible,
                  "arena: AllocateForOverwrite needs a default constructor, or one that takes an "
                  "allocator alone; use arena::Allocate<T>(arena, arguments...)");
    if constexpr (kConstructible) {
      return detail::AllocateWith<T, true>(
          arena, [&arena](void* place) { return detail::ConstructForOverwrite<T>(arena, place); });
    }
  }
}

/// Has the arena call `cleanup()` once, with the destructors at their turn, and then destroy it.
///
/// A cleanup that throws ends the program. Throws std::bad_alloc when memory is short, with the
/// callable not called. O(1).
template <class Callable>
void Defer(Arena& arena, Callable cleanup) {
  static_assert(std::is_invocable_v<Callable&>,
                "arena: Defer needs a callable that takes no arguments");
  detail::CheckDestructor<Callable>();
  const detail::Address before = arena.Position();
  void* const block = arena.AllocFixed<sizeof(Callable), alignof(Callable)>();
  detail::AllocationGuard guard(arena, before, block, sizeof(Callable));
  Callable* const stored = ::new (block) Callable(std::move(cleanup));
  const Cleanup call = {[](void* object) noexcept {
                          Callable& deferred = *static_cast<Callable*>(object);
                          static_cast<void>(deferred());
                          deferred.~Callable();
                        },
                        stored};
  if (!arena.AddCleanup(call)) {
    stored->~Callable();
    detail::ThrowBadAlloc();
  }
  guard.Dismiss();
}

namespace detail {

template <class D>
inline constexpr bool kIsDefaultDelete = false;
template <class T>
inline constexpr bool kIsDefaultDelete<std::default_delete<T>> = true;

template <class Element, class Owner>
Element* OwnAs(Arena& arena, Owner object) {
  using D = typename Owner::deleter_type;
  // A deleter that is called with the base of what it expects may do something else.
  static_assert(std::is_same_v<typename Owner::pointer, Element*>,
                "arena: Own needs a deleter whose pointer type is T*");
  // The type may be incomplete where a user's deleter deletes it.
  if constexpr (kIsDefaultDelete<D>) CheckDestructor<Element>();
  Element* const raw = object.get();
  if (raw == nullptr) return nullptr;
  if constexpr (std::is_empty_v<D> && std::is_nothrow_default_constructible_v<D> &&
                !std::is_function_v<Element>) {
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
    arena::Allocate<Owner>(arena, std::move(object));
  }
  return raw;
}

}  // namespace detail

/// Has the arena take over a heap object: it is deleted with the destructors, at its turn.
///
/// Returns the object; null stays null. Throws std::bad_alloc when memory is short, with the object
/// deleted first. O(1).
template <class T, class D>
T* Own(Arena& arena ARENA_LIFETIMEBOUND, std::unique_ptr<T, D> object) {
  return detail::OwnAs<T>(arena, std::move(object));
}

/// Own for an array; returns its first element.
template <class T, class D>
T* Own(Arena& arena ARENA_LIFETIMEBOUND, std::unique_ptr<T[], D> array) {
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
///
/// clang takes a decorator that is a local variable for the owner of the memory that it hands out,
/// and warns (-Wreturn-stack-address) of a function that returns such memory. The memory is the
/// base's: allocate from base() what you return.
class ArenaDecorator : public Arena {
 public:
  /// Decorates `base`, which outlives the decorator. For a base that is itself of the derived type,
  /// pass `static_cast<Arena&>(base)`: it would be a copy.
  explicit ArenaDecorator(Arena& base ARENA_LIFETIMEBOUND) noexcept : base_(base) {}

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
//     ^ begin             ^ shown     ^ read         ^ write      ^ limit
//
// Views may show the bytes before `shown`: they are not written to again unless they are discarded.
// If a view shows unread bytes, `shown` lies behind `read`.
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

  // `other` is empty afterwards and holds no storage.
  ByteQueue(ByteQueue&& other) noexcept : arena_(other.arena_) { TakeStorage(other); }
  ByteQueue& operator=(ByteQueue&& other) noexcept {
    if (this != &other) {
      arena_ = other.arena_;
      TakeStorage(other);
    }
    return *this;
  }

  char* read() const noexcept { return read_; }
  char* write() const noexcept { return write_; }
  char* limit() const noexcept { return limit_; }
  bool IsEmpty() const noexcept { return read_ == write_; }
  std::size_t Unread() const noexcept { return static_cast<std::size_t>(write_ - read_); }
  std::size_t Room() const noexcept { return static_cast<std::size_t>(limit_ - write_); }
  std::size_t Capacity() const noexcept { return static_cast<std::size_t>(limit_ - begin_); }

  // Appends `size` bytes that the caller has written to write(). Requires size <= Room().
  void Appended(std::size_t size) noexcept { write_ += size; }

  // Requires Room() > 0.
  ARENA_ALWAYS_INLINE void AppendByte(char value) noexcept { *write_++ = value; }

  // Requires size <= Unread().
  void Skip(std::size_t size) noexcept { read_ += size; }

  // Remembers that a view shows bytes up to `end`.
  void MarkShown(char* end) const noexcept {
    if (shown_.LoadRelaxed() < end) shown_.StoreRelaxed(end);
  }

  // Discards all but the first `size` unread bytes. Requires size <= Unread().
  void Truncate(std::size_t size) noexcept { write_ = read_ + size; }

  // Discards everything, views included, and starts again at the front of the storage.
  void Clear() noexcept { SetContents(begin_, begin_); }

  // Lets the caller fill the next `size` bytes, as many of which as Commit says are then appended.
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

  // Makes room for `size` bytes; returns false, with nothing changed, when memory is short.
  ARENA_COLD bool TryGrow(std::size_t size) noexcept {
    const std::size_t unread = Unread();
    std::size_t need;
    if (!AddSizes(unread, size, &need)) return false;
    if (MoveDown(unread, size)) return true;
    const std::size_t growth = MaxOf(size, MaxOf(unread, kMinGrowth));
    return GrowInPlace(size, growth) || MoveToNewStorage(unread, need, growth);
  }

 private:
  static constexpr std::size_t kMinGrowth = 64;
  // From this size on copies cost more than room that is not written to, so storage grows fourfold.
  static constexpr std::size_t kLarge = std::size_t{1} << 20;

  // Makes [begin, end) the unread bytes, none of which a view shows.
  void SetContents(char* begin, char* end) noexcept {
    read_ = begin;
    shown_.StoreRelaxed(begin);
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
    shown_.StoreRelaxed(other.shown_.LoadRelaxed());
    other.begin_ = other.limit_ = nullptr;
    other.SetContents(nullptr, nullptr);
  }

  // Moves the unread bytes down to shown_, if that makes room for `size` bytes. It moves at most as
  // many bytes as were read since the last move, so the reads pay for the moves.
  bool MoveDown(std::size_t unread, std::size_t size) noexcept {
    char* const front = shown_.LoadRelaxed();
    if (front >= read_ || static_cast<std::size_t>(read_ - front) < unread) return false;
    if (static_cast<std::size_t>(limit_ - front) - unread < size) return false;
    std::memcpy(front, read_, unread);
    SetContents(front, front + unread);
    return true;
  }

  // Extends the storage so that `growth` bytes are free, or fewer, at least `size`, where there is
  // less room.
  bool GrowInPlace(std::size_t size, std::size_t growth) noexcept {
    const auto used = static_cast<std::size_t>(write_ - begin_);
    const std::size_t capacity =
        detail::ExtendInPlace(*arena_, begin_, 0, 1, Capacity(), used + size, used + growth);
    if (capacity != 0) limit_ = begin_ + capacity;
    return capacity != 0;
  }

  // Copies the unread bytes to new storage, which has `need` bytes at least, and more if there is
  // the memory. The old storage stays as it is, for views that show it.
  bool MoveToNewStorage(std::size_t unread, std::size_t need, std::size_t growth) noexcept {
    const std::size_t twice = MinOf(unread + growth, kMaxSize);
    const std::size_t max = unread < kLarge ? twice : MinOf(2 * twice, kMaxSize);
    std::size_t capacity = ~std::size_t{0};
    char* storage = nullptr;
    for (const std::size_t wanted : {MaxOf(max, Capacity()), MaxOf(twice, Capacity()), need}) {
      if (storage != nullptr || wanted >= capacity) continue;
      capacity = wanted;
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
  // begin_ <= shown_ <= limit_. Atomic, because const functions of the buffer raise it.
  mutable AtomicPointer<char*> shown_{nullptr};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_BYTES_BYTE_QUEUE_HPP

// ---- arena/detail/bytes/byte_transfer.hpp --------------------------------------------------------
//
// The sources and sinks of an ArenaBuffer: streams, recognised by their members, so that no stream
// header is needed, and callables in several forms.
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

// A size that converts to the integer type of a stream's function, signed or not.
struct StreamSize {
  std::size_t size;

  template <SizeInteger Integer>
  operator Integer() const noexcept {  // NOLINT(google-explicit-constructor)
    return static_cast<Integer>(size);
  }
};

// std::istream and its like.
template <class Source>
concept ReadableStream = requires(Source& source, char* data, StreamSize size) {
  source.read(data, size);
  static_cast<std::size_t>(source.gcount());
};

// std::ostream. Only its stream buffer tells how many bytes it took; write() does not.
template <class Sink>
concept OutputStream = requires(Sink& sink, const char* data, std::ptrdiff_t size) {
  typename Sink::sentry;
  sink.setstate(Sink::badbit);
  static_cast<std::size_t>(sink.rdbuf()->sputn(data, size));
};

// Any other sink with a member write(data, size).
template <class Sink>
concept WritableStream =
    requires(Sink& sink, const char* data, StreamSize size) { sink.write(data, size); };

// Passes the bytes on in the first of the forms that the callable takes: each is a kind of view, and a
// pointer with a size instead. They are tried in turn, so that a generic callable is instantiated for
// that one only.
template <class Form, class... Others, class F, class Char>
decltype(auto) CallWith(F& call, Char* data, std::size_t size) {
  auto* const bytes = reinterpret_cast<decltype(Form().data())>(data);
  if constexpr (std::is_invocable_v<F&, Form>) {
    return call(Form(bytes, size));
  } else if constexpr (std::is_invocable_v<F&, decltype(Form().data()), std::size_t>) {
    return call(bytes, size);
  } else if constexpr (sizeof...(Others) != 0) {
    return detail::CallWith<Others...>(call, data, size);
  } else {
    static_assert(sizeof...(Others) != 0 || std::is_const_v<Char>,
                  "arena: ReadFrom needs a stream with read(char*, n) and gcount(), or a callable "
                  "that takes a std::span<std::byte>, a std::span<char>, or (char*, std::size_t)");
    static_assert(sizeof...(Others) != 0 || !std::is_const_v<Char>,
                  "arena: WriteTo needs a stream with write(const char*, n), or a callable that "
                  "takes a std::span<const std::byte>, a std::string_view, or (const char*, "
                  "std::size_t)");
    return size;
  }
}

// The number of bytes that a source or sink returned, with 0 for a negative one, which is a
// failure.
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

template <class Source>
std::size_t CallSource(Source& source, char* data, std::size_t size) {
  const auto call = [&]() -> decltype(auto) {
    return detail::CallWith<std::span<std::byte>, std::span<char>, std::span<unsigned char>>(
        source, data, size);
  };
  constexpr bool kCounts = !std::is_void_v<decltype(call())>;
  static_assert(kCounts,
                "arena: the source has to return how many bytes it has read, and not void");
  if constexpr (kCounts) {
    return detail::CountFrom(call());
  } else {
    return 0;
  }
}

// Calls the function and returns its count, or `all` if it returns nothing.
template <class Call>
std::size_t CountOrAll(Call call, std::size_t all) {
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    return all;
  } else {
    return detail::CountFrom(call());
  }
}

template <class Sink>
std::size_t CallSink(Sink& sink, std::string_view bytes) {
  const auto call = [&]() -> decltype(auto) {
    return detail::CallWith<std::span<const std::byte>, std::string_view, std::span<const char>,
                            std::span<const unsigned char>>(sink, bytes.data(), bytes.size());
  };
  return detail::CountOrAll(call, bytes.size());
}

// Calls sink.write(). The sink took as many bytes as it returns; if it returns no integer it took
// all, unless the returned bool, or the sink itself, is false.
template <class Sink>
std::size_t WriteToStreamLike(Sink& sink, std::string_view bytes) {
  const StreamSize size{bytes.size()};
  using Answer = decltype(sink.write(bytes.data(), size));
  if constexpr (std::is_same_v<Answer, bool>) {
    return sink.write(bytes.data(), size) ? bytes.size() : 0;
  } else if constexpr (std::is_integral_v<Answer>) {
    return detail::CountFrom(sink.write(bytes.data(), size));
  } else {
    sink.write(bytes.data(), size);
    if constexpr (std::is_constructible_v<bool, Sink&>) {
      if (!static_cast<bool>(sink)) return 0;
    }
    return bytes.size();
  }
}

// Unformatted output as in std::ostream::write, but returns the count. An exception of the stream
// buffer sets badbit, and passes through if the stream's exceptions() ask for that. The unwinding
// of a cancelled thread always passes through.
template <class Stream>
std::size_t PutToStream(Stream& stream, std::string_view bytes) {
  const auto put = [&] {
    return detail::CountFrom(
        stream.rdbuf()->sputn(bytes.data(), static_cast<std::ptrdiff_t>(bytes.size())));
  };
#if ARENA_EXCEPTIONS
  try {
    return put();
  } catch (...) {
    try {
      stream.setstate(Stream::badbit);
    } catch (...) {  // std::ios_base::failure, which tells less than the exception that was caught
      detail::PassOnForcedUnwind();
    }
    detail::PassOnForcedUnwind();
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
// The picture of its storage is in detail/bytes/byte_queue.hpp.
#ifndef ARENA_BUFFER_HPP
#define ARENA_BUFFER_HPP

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>


ARENA_BEGIN_NAMESPACE

/// A stream of bytes in an arena: Write appends, Read takes from the front. The unread bytes are
/// one contiguous piece.
///
/// Reading never moves bytes and costs O(bytes read). Writing is O(bytes written), amortised: when
/// the storage is full, it grows in place if it is the arena's newest allocation; otherwise the
/// unread bytes are copied to new storage of twice their size (of four times from 1 MiB on: pages
/// not yet written to cost nothing, copies do). Storage that was read and never shown in a view is
/// used again: a buffer that is filled and drained in turn stays within a few times the maximum of
/// its unread bytes.
///
/// Views (from Bytes, View and Next) show the buffer's own memory. Reads, writes and the end of the
/// buffer neither move nor change the bytes that a view shows: a view lives as long as the arena's
/// memory. Only bytes that Truncate or Reset discards may be overwritten by the next write, also in
/// views. Writing a view of the buffer into itself works.
///
/// If a write throws std::bad_alloc, the buffer is as before. Sizes and counts are in bytes. Calls
/// with a length of 0 change nothing.
///
/// Move-only; a moved-from buffer is empty, holds no storage and writes into the same arena as
/// before. Destroying or assigning a buffer frees no memory. After Reset or Release of the arena,
/// or the end of a scope in which it grew, a buffer may only be destroyed or assigned to.
///
/// Thread safety: const functions may run at the same time, others alone.
class ArenaBuffer {
 public:
  using value_type = char;  ///< for std::back_inserter and the like

  /// An empty buffer, which allocates at the first write. The arena must outlive it.
  explicit ArenaBuffer(Arena& arena ARENA_LIFETIMEBOUND) noexcept : bytes_(arena) {}

  /// @{
  /// Takes over contents, storage and arena; `other` is empty and usable afterwards. O(1).
  ArenaBuffer(ArenaBuffer&& other) noexcept = default;
  ArenaBuffer& operator=(ArenaBuffer&& other) noexcept = default;
  /// @}
  ArenaBuffer(const ArenaBuffer&) = ARENA_DELETE("arena: a buffer is moved, not copied");
  ArenaBuffer& operator=(const ArenaBuffer&) = ARENA_DELETE("arena: a buffer is moved, not copied");

  // ---- Writing ---------------------------------------------------------------------------------

  /// @{
  /// Appends `size` bytes, which may be a view of this buffer; returns `size`. Throws
  /// std::bad_alloc.
  std::size_t Write(const void* data, std::size_t size) {
    if (size > bytes_.Room()) [[unlikely]]
      bytes_.Grow(size);
    // memmove, because the caller may have put the bytes into the free part, through Prepare.
    if (size != 0) std::memmove(bytes_.write(), data, size);
    bytes_.Appended(size);
    return size;
  }
  std::size_t Write(std::span<const std::byte> bytes) { return Write(bytes.data(), bytes.size()); }
  std::size_t Write(std::string_view text) { return Write(text.data(), text.size()); }
  std::size_t WriteString(std::string_view text) { return Write(text.data(), text.size()); }
  /// @}

  /// @{
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
  /// @}

  /// WriteByte by the name that std::back_inserter, std::format_to and fmt::format_to call.
  ARENA_ALWAYS_INLINE void push_back(char value) { WriteByte(value); }

  /// Returns `size` uninitialised bytes behind the unread ones, for read(2), recv and the like to
  /// fill. Commit appends them.
  ///
  /// The span is valid until the next write or Prepare; reads do not end it. Throws std::bad_alloc.
  std::span<std::byte> Prepare(std::size_t size) {
    if (size == 0) return {};
    if (size > bytes_.Room()) bytes_.Grow(size);
    bytes_.Prepare(size);
    return {AsBytes(bytes_.write()), size};
  }

  /// Appends the first `size` prepared bytes; the rest stays prepared.
  ///
  /// Committing more than was prepared, or after another write, ends the program with a message.
  /// O(1).
  void Commit(std::size_t size) noexcept {
    if (size != 0) bytes_.Commit(size);
  }

  /// Appends everything that `source` has; returns the number of bytes.
  ///
  /// A source is
  /// - a std::istream, or anything with its read(char*, n) and gcount(). It is read to the end; its
  ///   state tells why it ended;
  /// - or a callable that takes a std::span<std::byte>, a std::span<char> or (char*, std::size_t),
  ///   or the last two with unsigned char; the first of these that it takes is used. It fills the
  ///   front of that memory and returns the number of bytes. 0 means the end, and a negative number
  ///   means a failure, which also ends the reading (as with a non-blocking read(2)). It must not
  ///   touch the buffer. Returning more than there was room for ends the program with a message.
  ///
  /// Bytes that were read stay in the buffer, also when the source throws or fails, or when memory
  /// is short (std::bad_alloc). A call of a callable that throws appends nothing.
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
      // A stream that reads fewer bytes has ended; a callable may have more later.
      if (count == 0 || (count < room && detail::ReadableStream<std::remove_reference_t<Source>>))
        return total;
    }
  }

  // ---- Reading ---------------------------------------------------------------------------------

  /// Unread bytes.
  std::size_t Len() const noexcept { return bytes_.Unread(); }

  /// Bytes of storage: read ones that still take room, unread and free ones.
  std::size_t Cap() const noexcept { return bytes_.Capacity(); }

  /// @{
  /// Moves the next `size` bytes, or all if there are fewer, to `target`; returns how many, 0 at
  /// the end.
  std::size_t Read(void* target, std::size_t size) noexcept {
    if (size > Len()) [[unlikely]]
      return ReadRest(target);
    // Here `size` may be a constant, with which the copy needs no call.
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
  /// @}

  /// The next byte, or std::nullopt at the end.
  std::optional<std::byte> ReadByte() noexcept {
    if (bytes_.IsEmpty()) return std::nullopt;
    const auto next = static_cast<std::byte>(*bytes_.read());
    bytes_.Skip(1);
    return next;
  }

  /// The next `size` bytes, or all if there are fewer, without a copy; they count as read. The view
  /// lives as long as the arena's memory. O(1).
  std::span<const std::byte> Next(std::size_t size) noexcept {
    const std::size_t count = detail::MinOf(size, Len());
    std::byte* const next = AsBytes(bytes_.read());
    bytes_.Skip(count);
    if (count != 0) bytes_.MarkShown(bytes_.read());
    return {next, count};
  }

  /// @{
  /// The unread bytes, without a copy; they stay unread. The view lives as long as the arena's
  /// memory and does not show what is written later. O(1).
  std::span<const std::byte> Bytes() const noexcept {
    MarkAllShown();
    return {AsBytes(bytes_.read()), Len()};
  }
  std::string_view View() const noexcept {
    MarkAllShown();
    return {Unread(), Len()};
  }
  /// @}

  /// A copy of the unread bytes; they stay unread.
  std::string String() const { return std::string(Unread(), Len()); }

  /// Offers the unread bytes to `sink`, in one call, and counts those that it took as read; returns
  /// how many. An empty buffer does not call the sink.
  ///
  /// A sink is
  /// - a std::ostream: bytes that its stream buffer did not take stay unread, and the stream is
  ///   bad;
  /// - anything else with a write(const char*, n): it returns how many bytes it took, or it took
  ///   all unless the returned bool, or the sink itself, is false;
  /// - or a callable that takes a std::span<const std::byte>, a std::string_view or (const char*,
  ///   std::size_t), or the last with unsigned char; the first of these that it takes is used. It
  ///   returns how many bytes it took, or a negative number on failure; if it returns nothing it
  ///   took all. It must not touch the buffer, and the bytes are valid during the call only.
  ///   Returning more than it was given ends the program with a message.
  ///
  /// If the sink throws, all bytes stay unread.
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

  /// Discards all but the first `size` unread bytes; throws std::out_of_range when there are fewer.
  /// The next write goes where the discarded bytes were. O(1).
  void Truncate(std::size_t size) {
    if (size > Len()) {
      detail::Throw<std::out_of_range>("arena: ArenaBuffer::Truncate: more bytes than are unread");
    }
    bytes_.Truncate(size);
  }

  /// Empties the buffer and starts again at the front of its storage: the next writes overwrite the
  /// bytes that earlier views show. Cap() stays. O(1).
  ///
  /// To go on using those views, assign a new buffer instead: `b = arena::ArenaBuffer(a);`.
  ARENA_REINITIALIZES void Reset() noexcept { bytes_.Clear(); }

 private:
  friend class ArenaStreambuf;

  static constexpr std::size_t kMinRead = 512;  // offered to a source, if there is the memory

  // The pointer types from which views compile fastest: g++ checks the concepts of each constructor
  // that is viable. With a const char* only one of string_view is, and the checks for one type of
  // pointer are made once for all spans.
  const char* Unread() const noexcept { return bytes_.read(); }
  static std::byte* AsBytes(char* place) noexcept { return reinterpret_cast<std::byte*>(place); }

  void MarkAllShown() const noexcept {
    if (!bytes_.IsEmpty()) bytes_.MarkShown(bytes_.write());
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

  // Calls read() once and appends the bytes that it read, also when it throws.
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
    if (bytes_.Room() >= kMinRead || bytes_.TryGrow(kMinRead)) return;
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
namespace detail {

// Distinguishes the calling thread from all others that run, without <thread>. A shared object may
// have an answer of its own for the same thread.
inline const void* ThisThread() noexcept {
  static thread_local const char here = 0;
  return &here;
}

}  // namespace detail

/// Passes every call on to another arena, under a mutex.
///
/// Atomic, each by itself: allocation, resizing, registering a cleanup, Reset, Release and each
/// figure. Not atomic: SliceAppend to one slice from two threads, or one container in two threads.
/// The base is not used directly meanwhile, and both outlive what is allocated; the decorator owns
/// no memory and no cleanups, and its end touches nothing. (clang warns of a function that returns
/// memory of a local ConcurrentArena: see ArenaDecorator.)
///
/// The base's upstream is called under the mutex, and with it the `on_pressure` of a Budget: neither
/// uses the decorator, not even for its figures.
///
/// Cleanups run on the thread that calls Reset or Release, without the mutex: they may use the
/// arena. Two Resets exclude each other until the last cleanup has returned. Calling Reset or
/// Release of the decorator from one of these cleanups ends the program with a message. Resetting
/// while another thread still uses the memory is the caller's error.
///
/// It does not scale: the threads wait for each other in every call, and another mutex changes
/// little (ones that spin or queue were measured). For speed take a ThreadCachedArena; or compose:
/// a MonotonicArena per thread with the ConcurrentArena as its upstream takes one buffer at a time
/// under the mutex and then allocates alone. What differs: its objects die with the thread's arena,
/// its buffers return to the shared one only when that is reset, and the shared Len() counts whole
/// buffers.
///
/// After fork in a process with threads, the child does not use it.
template <class Mutex = std::mutex>
class BasicConcurrentArena : public ArenaDecorator {
 public:
  /// Shares `base`, which outlives the decorator. For a base that is itself of this type, pass
  /// `static_cast<Arena&>(base)`: it would be a copy.
  explicit BasicConcurrentArena(Arena& base ARENA_LIFETIMEBOUND) noexcept : ArenaDecorator(base) {}

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
  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoMarkDeallocated(block, size);
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

  void DoClear(Arena::Retention retention) noexcept override {
    const void* const self = detail::ThisThread();
    if (clearing_thread_.LoadRelaxed() == self) {
      detail::Fail("arena: Reset or Release was called from a cleanup of the same arena");
    }
    // While a cleanup runs here, no other thread forgets the memory it uses.
    const std::lock_guard<Mutex> exclusive(clear_mutex_);
    clearing_thread_.StoreRelaxed(self);
    Cleanup cleanup;
    while (TakeOrClear(&cleanup, retention)) cleanup.run(cleanup.object);
    clearing_thread_.StoreRelaxed(nullptr);
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

  mutable Mutex mutex_{};  // guards the base
  Mutex clear_mutex_{};    // always taken before mutex_, and by DoClear alone
  // Who holds clear_mutex_. A thread that reads its own name here has stored it itself.
  detail::AtomicPointer<const void*> clearing_thread_{nullptr};
};

/// A BasicConcurrentArena with the standard library's mutex.
using ConcurrentArena = BasicConcurrentArena<std::mutex>;

ARENA_END_NAMESPACE

#endif  // ARENA_CONCURRENT_ARENA_HPP

// ---- arena/monotonic_options.hpp -----------------------------------------------------------------
//
// The options and the statistics of a MonotonicArena.
#ifndef ARENA_MONOTONIC_OPTIONS_HPP
#define ARENA_MONOTONIC_OPTIONS_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>


ARENA_BEGIN_NAMESPACE

/// How a MonotonicArena gets its memory. All sizes are in bytes.
struct MonotonicArenaOptions {
  /// Every buffer has at least this size, unless the limit leaves less or it serves one large
  /// request.
  std::size_t min_buffer_size = 32 * 1024;
  /// How many buffers the constructor takes; `initial_buffer` counts as the first.
  std::size_t initial_buffer_count = 1;
  /// Buffers grow with the arena, to an eighth of it, up to this size.
  std::size_t max_buffer_size = 1024 * 1024;
  /// Upper bound of Cap(). A limit below what the other options make the arena hold at once is
  /// refused with std::bad_alloc.
  std::size_t limit = SIZE_MAX;
  /// What Reset retains at most: Cap() is no more than this afterwards, unless `initial_buffer`
  /// alone is. The end of a scope frees spares down to this, too. What is freed has to be taken
  /// again, so a bound below the usual need costs every round calls of upstream.
  ///
  /// With 0, memory returns upstream as soon as it is forgotten: Reset frees everything, a scope
  /// begins in a buffer of its own and its end frees all that it took, and a buffer for one large
  /// request is exactly as large. That is for an upstream that finds uses of freed memory.
  std::size_t retain = SIZE_MAX;
  /// Storage of the caller, which the arena uses first and never frees. It may have any size and
  /// alignment, and must outlive the arena. If it is the last block of another arena, resize
  /// nothing there meanwhile: that arena takes what ends at its cursor for its own.
  std::span<std::byte> initial_buffer = {};
  /// The resource that buffers come from; it must outlive the arena. nullptr stands for
  /// std::pmr::get_default_resource().
  ///
  /// It fails by an exception or by returning null: the arena takes both for "no memory". Where
  /// exceptions are off, use one that returns null to survive a lack of memory: what the standard
  /// library's own resources throw there ends the program. Returning null needs
  /// -fno-sanitize=returns-nonnull-attribute beside -fsanitize=undefined, because libstdc++
  /// declares that `allocate` never does it. With exceptions on, throwing needs no such flag.
  ///
  /// Neither its `allocate` nor its `deallocate` allocates from the arena that it serves: where that
  /// needs another call of it, the program ends with a message.
  ///
  /// A thread that is cancelled (pthread_cancel) within a call of the upstream ends after that
  /// call.
  std::pmr::memory_resource* upstream = nullptr;
};

/// The bytes of an arena at one moment: cap == len + records + waste + free.
struct ArenaStats {
  std::size_t len = 0;      ///< bytes handed out, with the padding between them
  std::size_t cap = 0;      ///< bytes that the arena holds
  std::size_t peak = 0;     ///< maximum of len so far
  std::size_t buffers = 0;  ///< number of buffers, with the initial one
  std::size_t records = 0;  ///< bytes in cleanup records
  std::size_t waste = 0;    ///< bytes lost at the ends of retired buffers, until Reset
  std::size_t free = 0;     ///< bytes that can still be handed out
};

ARENA_END_NAMESPACE

#endif  // ARENA_MONOTONIC_OPTIONS_HPP

// ---- arena/detail/chunks/chunk.hpp ---------------------------------------------------------------
//
// The chunks that a window moves through: how a chunk lies in its block from upstream, and the list
// of chunks in the order of their use.
//
//     block   begin                                            end, 16-aligned
//     +-------+-----------+------------------------------------+----------+
//     | Chunk | 0 or more | size usable bytes, exactly as asked | 16 .. 64 |
//     +-------+-----------+------------------------------------+----------+
//
// No chunk uses the last byte of its block. The end of a child arena's chunk is therefore never the
// parent's cursor, and the parent never takes the child's newest allocation for its own.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>


ARENA_BEGIN_NAMESPACE
namespace detail {

// An allocation that a chunk has to hold.
struct Request {
  std::size_t size;  // as asked
  std::size_t need;  // with the red zone
  std::size_t alignment;

  // How many usable bytes an oversized chunk needs to hold it at any address.
  std::size_t OversizedBytes() const noexcept {
    return need + (alignment > kGranule ? alignment - 1 : 0);
  }
};

// The header of a chunk. It lies at the start of its block, except for the initial chunk, whose
// header is part of the arena.
struct alignas(kGranule) Chunk {
  // Chunks of at least this size end on a cache line, and those of round sizes begin on one, so
  // that objects of 64 bytes do not straddle two.
  static constexpr std::size_t kLineAlignedFrom = 4096;
  static constexpr std::size_t kLine = 64;

  Chunk* next = nullptr;
  Chunk* prev = nullptr;
  std::byte* begin = nullptr;
  std::byte* end = nullptr;  // a multiple of kGranule

  std::size_t size() const noexcept { return static_cast<std::size_t>(end - begin); }

  static constexpr std::size_t EndAlignment(std::size_t size) noexcept {
    return size < kLineAlignedFrom ? kGranule : kLine;
  }

  // Size of the block of a chunk with `size` usable bytes.
  static constexpr std::size_t BlockBytes(std::size_t size) noexcept {
    return AlignUp(sizeof(Chunk) + size, kGranule) + EndAlignment(size);
  }

  // Returns nullptr when there is no memory or the size is too large.
  static Chunk* Create(std::pmr::memory_resource& upstream, std::size_t size) noexcept {
    if (size > kMaxSize - 2 * kLine - sizeof(Chunk)) return nullptr;
    const std::size_t bytes = BlockBytes(size);
    void* const block = AllocateBlock(upstream, bytes);
    if (block == nullptr) return nullptr;
    const auto start = reinterpret_cast<std::uintptr_t>(block);
    // Rounding down from the last byte, not from the end, leaves that byte unused.
    const std::uintptr_t end = AlignDown(start + bytes - 1, EndAlignment(size));
    auto* const chunk = ::new (block) Chunk;
    chunk->end = static_cast<std::byte*>(block) + (end - start);
    chunk->begin = chunk->end - size;
    MarkFree(chunk + 1, bytes - sizeof(Chunk));
    return chunk;
  }

  static void Destroy(std::pmr::memory_resource& upstream, Chunk* chunk) noexcept {
    DeallocateBlock(upstream, chunk, BlockBytes(chunk->size()));
  }

  // Whether an unused chunk of `size` bytes holds the request. Only sizes decide, never the address
  // that upstream happened to return, so that equal rounds stay equal.
  static constexpr bool Holds(std::size_t size, const Request& request) noexcept {
    // The end is kGranule-aligned, so the size tells the padding of small alignments.
    const std::size_t padding =
        request.alignment <= kGranule ? size & (request.alignment - 1) : request.alignment - 1;
    return padding <= size && request.need <= size - padding;
  }
};

// Chunks in the order in which the window enters them. Does not own them.
class ChunkList {
 public:
  Chunk* first() const noexcept { return first_; }
  Chunk* last() const noexcept { return last_; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t count() const noexcept { return count_; }

  // Looks at `max_count` chunks from `chunk` on and returns the first that holds the request while
  // it is unused, or null.
  static Chunk* FirstToHold(Chunk* chunk, const Request& request, std::size_t max_count) noexcept {
    for (; chunk != nullptr && max_count != 0; chunk = chunk->next, --max_count) {
      if (Chunk::Holds(chunk->size(), request)) return chunk;
    }
    return nullptr;
  }

  // Puts the chunk behind `position`, or first when that is null.
  void InsertAfter(Chunk* position, Chunk* chunk) noexcept {
    chunk->prev = position;
    chunk->next = position != nullptr ? position->next : first_;
    (chunk->prev != nullptr ? chunk->prev->next : first_) = chunk;
    (chunk->next != nullptr ? chunk->next->prev : last_) = chunk;
    bytes_ += chunk->size();
    ++count_;
  }

  void Remove(Chunk* chunk) noexcept {
    (chunk->prev != nullptr ? chunk->prev->next : first_) = chunk->next;
    (chunk->next != nullptr ? chunk->next->prev : last_) = chunk->prev;
    bytes_ -= chunk->size();
    --count_;
  }

  // Moves the end of a chunk of the list.
  void SetEnd(Chunk* chunk, std::byte* end) noexcept {
    bytes_ -= chunk->size();
    chunk->end = end;
    bytes_ += chunk->size();
  }

 private:
  Chunk* first_ = nullptr;
  Chunk* last_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_HPP

// ---- arena/detail/chunks/chunk_sizes.hpp ---------------------------------------------------------
//
// The policy of a MonotonicArena: how large its chunks are, when the window may leave the chunk it
// is in, and how much the arena retains.
//
// Every answer follows from what the round has done so far, never from the spares, because the
// first round of two equal ones has no spares yet. So equal rounds stay equal.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP

#include <cstddef>


ARENA_BEGIN_NAMESPACE
namespace detail {

// The oversized requests since the window last moved.
struct OversizedRun {
  std::size_t count = 0;
  std::size_t bytes = 0;  // as asked; alive together, so the sum does not wrap
};

class ChunkSizes {
 public:
  // Smallest chunk that is taken after construction.
  static constexpr std::size_t kSmallest = 64;

  constexpr ChunkSizes(std::size_t min, std::size_t max) noexcept : min_(min), max_(max) {}

  // Lower bound of a later chunk's size, unless the limit leaves less.
  std::size_t LowerBound() const noexcept { return min_ == 0 ? kDefault : MaxOf(min_, kSmallest); }

  // Size of the next chunk when the window has been through `entered` bytes of chunks in this
  // round. An eighth of them bounds what is ahead of its use, and keeps the number of chunks
  // logarithmic.
  std::size_t Next(std::size_t entered) const noexcept {
    return MaxOf(LowerBound(), MinOf(entered / 8, max_));
  }

  // Size of the next chunk when it has to hold the request; 0 when the request is oversized. A run
  // of oversized requests makes the chunk larger, by an eighth of Next() for each. Otherwise
  // requests just above Next() would call upstream one by one for ever.
  std::size_t NextToHold(std::size_t entered, const OversizedRun& run,
                         const Request& request) const noexcept {
    const std::size_t size = Next(entered);
    if (Chunk::Holds(size, request)) return size;
    const std::size_t larger = MinOf(size * run.count / 8, max_);
    return Chunk::Holds(larger, request) ? larger : 0;
  }

  // Whether the `room` in the current chunk is little enough to be wasted. Oversized requests raise
  // the bound, so that the window does not get stuck before a run of middling sizes.
  static bool MayLeave(std::size_t room, std::size_t chunk, const OversizedRun& run) noexcept {
    return room <= MaxOf((chunk + run.bytes) / 16, kSmallWaste);
  }

  // Whether `cap` is more than Retained(used), for recent rounds that used `used` bytes of chunks.
  static bool IsTooMuch(std::size_t cap, std::size_t used) noexcept {
    if constexpr (sizeof(std::size_t) >= 8)
      return 3 * used < cap;  // no address space holds a third
    return used < cap / 3;
  }

  // How many bytes of chunks the arena retains then. If IsTooMuch, the product does not wrap.
  static std::size_t Retained(std::size_t used) noexcept { return 3 * used; }

  // The use of recent rounds, after one that used `used` bytes. What remains of a large round falls
  // by an eighth with each round that follows.
  static std::size_t RecentUse(std::size_t recent, std::size_t used) noexcept {
    return MaxOf(used, recent - recent / 8);
  }

 private:
  static constexpr std::size_t kDefault = 1024;    // LowerBound() for a minimum of 0
  static constexpr std::size_t kSmallWaste = 256;  // so many bytes may always be wasted

  std::size_t min_;
  std::size_t max_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_SIZES_HPP

// ---- arena/detail/chunks/oversized.hpp -----------------------------------------------------------
//
// Chunks that serve one large request each, outside the window, and are retained by size class.
//
//     taken    newest -> ... -> oldest; Reset makes it the pending list in O(1)
//     pending  taken in an earlier round; the next Take sorts them into the spares
//     spares   a list for each size class, smallest first; a small hash table has the first chunks
//
// Each chunk returns to the list that it was taken from, newest first, so equal rounds take equal
// chunks.
#ifndef ARENA_DETAIL_CHUNKS_OVERSIZED_HPP
#define ARENA_DETAIL_CHUNKS_OVERSIZED_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

// The header of an oversized chunk, at the start of its block. The usable bytes follow, and then
// one unused byte (see chunk.hpp).
struct alignas(kGranule) OversizedChunk {
  std::size_t size = 0;                  // usable bytes, at least the lower bound of its class
  OversizedChunk* next = nullptr;        // a chunk is in one list at a time
  OversizedChunk* next_class = nullptr;  // first chunk of the next class in the hash slot
  std::uint64_t round = 0;               // the latest in which it was taken

  std::byte* begin() noexcept {
    return reinterpret_cast<std::byte*>(this) + sizeof(OversizedChunk);
  }

  static constexpr std::size_t BlockBytes(std::size_t size) noexcept {
    return sizeof(OversizedChunk) + size + 1;
  }

  // Returns nullptr when there is no memory or the size is too large.
  static OversizedChunk* Create(std::pmr::memory_resource& upstream, std::size_t size) noexcept {
    if (size > kMaxSize - BlockBytes(0)) return nullptr;
    void* const block = AllocateBlock(upstream, BlockBytes(size));
    if (block == nullptr) return nullptr;
    auto* const chunk = ::new (block) OversizedChunk;
    chunk->size = size;
    MarkFree(chunk->begin(), size + 1);
    return chunk;
  }

  static void Destroy(std::pmr::memory_resource& upstream, OversizedChunk* chunk) noexcept {
    DeallocateBlock(upstream, chunk, BlockBytes(chunk->size));
  }
};

class OversizedChunks {
 public:
  std::size_t count() const noexcept { return count_; }
  std::size_t spare_bytes() const noexcept { return spare_bytes_; }

  // Bytes of the chunks that were taken in this round, each counted once.
  std::size_t used_bytes() const noexcept { return used_bytes_; }

  // The newest chunk that is taken. A scope remembers it for RetainSince.
  OversizedChunk* taken() const noexcept { return taken_; }

  // Takes a spare of exactly this class; null when there is none. Amortised O(1): it also sorts the
  // chunks that the last round took.
  OversizedChunk* Take(std::size_t size_class) noexcept {
    SortPending();
    OversizedChunk** const first = FirstOf(size_class);
    return *first != nullptr ? MarkTaken(Remove(first, first)) : nullptr;
  }

  // Takes the smallest spare of `size` to about `max` bytes; null when there is none. O(classes +
  // chunks of the class that are smaller than `size`).
  OversizedChunk* TakeLarger(std::size_t size, std::size_t max) noexcept {
    if (spare_bytes_ < size) return nullptr;
    SortPending();
    for (std::size_t size_class = SizeClassBelow(size); size_class <= SizeClassAbove(max);
         ++size_class) {
      OversizedChunk** const first = FirstOf(size_class);
      OversizedChunk** link = first;
      while (*link != nullptr && (*link)->size < size) link = &(*link)->next;
      if (*link != nullptr) return MarkTaken(Remove(first, link));
    }
    return nullptr;
  }

  // Adds a new chunk and takes it. Upstream may have had the arena reset since a Take found none.
  void AddTaken(OversizedChunk* chunk) noexcept {
    SortPending();
    ++count_;
    spare_bytes_ += chunk->size;
    MarkTaken(chunk);
  }

  // Makes spares of the chunks that were taken since `mark` was the newest.
  void RetainSince(const OversizedChunk* mark) noexcept {
    while (taken_ != mark) {
      OversizedChunk* const chunk = std::exchange(taken_, taken_->next);
      MarkFree(chunk->begin(), chunk->size);
      spare_bytes_ += chunk->size;
      taken_bytes_ -= chunk->size;
      AddSpare(chunk);
    }
  }

  // Makes spares of all chunks, and starts a round. O(1) except in instrumented builds.
  void RetainAll() noexcept {
    if (used_bytes_ == 0) return;
    if constexpr (kInstrumented) {
      for (auto* chunk = taken_; chunk != nullptr; chunk = chunk->next) {
        MarkFree(chunk->begin(), chunk->size);
      }
    }
    if (taken_ != nullptr) {
      ARENA_ASSERT(pending_ == nullptr && "whoever takes a chunk sorts the pending ones");
      pending_ = std::exchange(taken_, nullptr);
    }
    spare_bytes_ += std::exchange(taken_bytes_, 0);
    used_bytes_ = 0;
    ++round_;
  }

  // Drops spares, the largest classes first, and subtracts their sizes from `*cap`, until that is at
  // most `bytes`; returns the first of them. If `only_unused`, it retains those that this round took.
  OversizedChunk* DropSpares(std::size_t* cap, std::size_t bytes, bool only_unused) noexcept {
    OversizedChunk* dropped = nullptr;
    if (spare_bytes_ == 0) return dropped;
    SortPending();
    for (std::size_t size_class = SizeClassAbove(kMaxSize) + 1; size_class != 0;) {
      --size_class;
      OversizedChunk** const first = FirstOf(size_class);
      for (OversizedChunk** link = first; *cap > bytes && IsOf(*link, size_class);) {
        if (only_unused && (*link)->round == round_) {
          link = &(*link)->next;
          continue;
        }
        OversizedChunk* const chunk = Remove(first, link);
        --count_;
        *cap -= chunk->size;
        spare_bytes_ -= chunk->size;
        if (chunk->round == round_) used_bytes_ -= chunk->size;
        chunk->next = std::exchange(dropped, chunk);
      }
    }
    return dropped;
  }

  // Calls visit(chunk) for every chunk. `visit` may destroy chunks, but then must destroy them all.
  template <class Visit>
  void ForEach(Visit visit) const {
    ForEachIn(taken_, visit);
    ForEachIn(pending_, visit);
    for (OversizedChunk* first : spares_) {
      while (first != nullptr) {
        OversizedChunk* const next_class = first->next_class;
        ForEachIn(first, visit);
        first = next_class;
      }
    }
  }

 private:
  static constexpr std::size_t kSlots = 8;

  static bool IsOf(const OversizedChunk* chunk, std::size_t size_class) noexcept {
    return chunk != nullptr && SizeClassBelow(chunk->size) == size_class;
  }

  template <class Visit>
  static void ForEachIn(OversizedChunk* chunk, Visit& visit) {
    while (chunk != nullptr) {
      OversizedChunk* const next = chunk->next;
      visit(chunk);
      chunk = next;
    }
  }

  // Returns the link to the first chunk of a class, or the null link at the end of the class's
  // slot.
  OversizedChunk** FirstOf(std::size_t size_class) noexcept {
    OversizedChunk** first = &spares_[size_class % kSlots];
    while (*first != nullptr && !IsOf(*first, size_class)) first = &(*first)->next_class;
    return first;
  }

  // Removes the chunk at `link` from its class, whose first chunk is at `first`.
  static OversizedChunk* Remove(OversizedChunk** first, OversizedChunk** link) noexcept {
    OversizedChunk* const chunk = *link;
    if (link != first) {
      *link = chunk->next;
    } else if (chunk->next != nullptr) {
      chunk->next->next_class = chunk->next_class;
      *first = chunk->next;
    } else {
      *first = chunk->next_class;
    }
    return chunk;
  }

  // Puts the chunk before those of its size. O(chunks of the class that are smaller).
  void AddSpare(OversizedChunk* chunk) noexcept {
    OversizedChunk** const first = FirstOf(SizeClassBelow(chunk->size));
    OversizedChunk** link = first;
    while (*link != nullptr && (*link)->size < chunk->size) link = &(*link)->next;
    if (link == first) chunk->next_class = *first != nullptr ? (*first)->next_class : nullptr;
    chunk->next = *link;
    *link = chunk;
  }

  void SortPending() noexcept {
    while (pending_ != nullptr) AddSpare(std::exchange(pending_, pending_->next));
  }

  OversizedChunk* MarkTaken(OversizedChunk* chunk) noexcept {
    spare_bytes_ -= chunk->size;
    taken_bytes_ += chunk->size;
    if (chunk->round != round_) used_bytes_ += chunk->size;
    chunk->round = round_;
    chunk->next = taken_;
    taken_ = chunk;
    return chunk;
  }

  OversizedChunk* spares_[kSlots] = {};
  OversizedChunk* taken_ = nullptr;    // newest first
  OversizedChunk* pending_ = nullptr;  // null while a chunk is taken: whoever takes one sorts it
  std::size_t count_ = 0;              // of all three kinds
  std::size_t spare_bytes_ = 0;        // pending ones included
  std::size_t taken_bytes_ = 0;
  std::size_t used_bytes_ = 0;  // chunks that a scope has returned included
  std::uint64_t round_ = 1;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_OVERSIZED_HPP

// ---- arena/detail/chunks/chunk_store.hpp ---------------------------------------------------------
//
// All chunks of an arena, including the initial one over the caller's buffer or over memory that grows
// in place, and their account: Cap and the limit. ChunkPolicy decides which chunk serves which request.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Memory that an initial chunk lies over and that grows in place. The usable bytes are
// [base(), base() + size), for a size that starts at 0 and that the ChunkStore remembers.
class GrowingMemory {
 public:
  GrowingMemory(const GrowingMemory&) = delete;
  GrowingMemory& operator=(const GrowingMemory&) = delete;

  // A multiple of kGranule that never changes.
  virtual std::byte* base() const noexcept = 0;

  // Makes at least `min` and at most `max` bytes usable, and returns how many; 0, with nothing
  // changed, when that cannot be. `min` is more than were usable before. All sizes are multiples of
  // kGranule.
  virtual std::size_t Grow(std::size_t min, std::size_t max) noexcept = 0;

  // Makes just `size` bytes usable, fewer than before; what lay behind them is lost.
  virtual void Shrink(std::size_t size) noexcept = 0;

 protected:
  GrowingMemory() = default;
  ~GrowingMemory() = default;
};

class ChunkStore {
 public:
  // Starts with the initial chunk alone: over options.initial_buffer, or of 0 bytes over `growing` if
  // that is not null.
  ChunkStore(const MonotonicArenaOptions& options, GrowingMemory* growing) noexcept
      : upstream_(options.upstream != nullptr ? options.upstream
                                              : std::pmr::get_default_resource()),
        limit_(options.limit),
        retain_(options.retain),
        initial_(options.initial_buffer),
        growing_(growing) {
    AdoptInitial();
  }

  // Frees all chunks. The caller may then use the initial buffer for anything.
  ~ChunkStore() {
    FreeEverything();
    MarkAllocated(initial_.data(), initial_.size());
  }

  ChunkStore(const ChunkStore&) = delete;
  ChunkStore& operator=(const ChunkStore&) = delete;

  std::size_t cap() const noexcept { return cap_; }
  std::size_t limit() const noexcept { return limit_; }

  // How many bytes the next round finds at most, the initial buffer aside.
  std::size_t retain() const noexcept { return retain_; }
  bool HoldsTooMuch() const noexcept { return cap_ > retain_; }

  // How many bytes of chunks the limit still allows; 0 when the initial buffer alone is above it.
  std::size_t Affordable() const noexcept { return limit_ > cap_ ? limit_ - cap_ : 0; }

  ChunkList& list() noexcept { return list_; }
  const ChunkList& list() const noexcept { return list_; }
  OversizedChunks& oversized() noexcept { return oversized_; }
  const OversizedChunks& oversized() const noexcept { return oversized_; }

  bool HasInitial() const noexcept { return !initial_.empty(); }
  bool IsInitial(const Chunk* chunk) const noexcept { return chunk == &initial_chunk_; }

  // Whether the initial chunk grows in place. It is then in the list from the start, of 0 bytes.
  bool InitialGrows() const noexcept { return growing_ != nullptr; }

  // Makes the initial chunk, which grows, at least `size` bytes large, a multiple of kGranule; false,
  // with nothing changed, when the limit or the system forbids it. Its new bytes are not marked.
  bool GrowInitial(std::size_t size) noexcept {
    const std::size_t max = AlignDown(initial_.size() + Affordable(), kGranule);
    if (size > max) return false;
    const std::size_t grown = growing_->Grow(size, max);
    if (grown == 0) return false;
    SetInitialSize(grown);
    return true;
  }

  // Frees the end of the initial chunk, which grows: it is `size` bytes large then, a multiple of
  // kGranule.
  void ShrinkInitial(std::size_t size) noexcept {
    MarkAllocated(initial_.data() + size, initial_.size() - size);
    growing_->Shrink(size);
    SetInitialSize(size);
  }

  // Bytes behind the last granule boundary of the initial buffer, which cannot be used.
  std::size_t InitialWaste() const noexcept { return initial_.size() - initial_chunk_.size(); }

  // How many chunks there are, including an initial one that is too small to be used.
  std::size_t Count() const noexcept {
    const std::size_t unusable = HasInitial() && initial_chunk_.size() == 0 ? 1 : 0;
    return list_.count() + oversized_.count() + unusable;
  }

  // Whether chunks were returned upstream, or may have been.
  bool HasFreed() const noexcept { return has_freed_; }

  // Whether there is just one chunk, and Reset may retain it. O(1), and a single load.
  bool HasOneToRetain() const noexcept { return one_to_retain_; }

  // Moves the chunk in which every round starts to the front of the list, and returns it; null when
  // there is none. A round may have put a chunk before it, and an equal round has to start in the
  // same one.
  Chunk* StartRound() noexcept {
    if (start_ != list_.first()) [[unlikely]]
      MoveStartToFront();
    return start_;
  }

  // Creates a chunk and puts it behind `position`, which is read only then: an upstream may have
  // the arena free chunks. Returns nullptr when the limit or upstream forbids it.
  Chunk* AddChunk(std::size_t size, Chunk* const& position) noexcept {
    Chunk* const chunk = Create<Chunk>(size);
    if (chunk == nullptr) return nullptr;
    list_.InsertAfter(position, chunk);
    NoteCount();
    return chunk;
  }

  // Creates an oversized chunk and takes it. Returns nullptr when the limit or upstream forbids it.
  OversizedChunk* AddOversized(std::size_t size) noexcept {
    OversizedChunk* const chunk = Create<OversizedChunk>(size);
    if (chunk == nullptr) return nullptr;
    oversized_.AddTaken(chunk);
    NoteCount();
    return chunk;
  }

  // Frees a chunk of the list that is not the initial one.
  void DestroyChunk(Chunk* chunk) noexcept {
    Drop(chunk);
    chunk->next = nullptr;
    NoteCount();
    Destroy(chunk);
  }

  // Frees spares until Cap is at most `bytes` or none is left: first oversized ones, the largest
  // first, then the chunks behind `last`, the last first. If `only_unused`, it retains the
  // chunks that this round used: oversized ones by their round, and the others because `bytes` is
  // then at least three times what the round used.
  void FreeSpares(const Chunk* last, std::size_t bytes, bool only_unused) noexcept {
    has_freed_ = true;
    OversizedChunk* const oversized = oversized_.DropSpares(&cap_, bytes, only_unused);
    Chunk* dropped = nullptr;
    for (Chunk* spare = list_.last(); spare != last && cap_ > bytes;) {
      Chunk* const before = spare->prev;
      if (!IsInitial(spare)) {
        Drop(spare);
        spare->next = std::exchange(dropped, spare);
      } else if (InitialGrows()) {
        ShrinkInitial(SizeForCap(bytes));
      }
      spare = before;
    }
    NoteCount();
    Destroy(oversized);
    Destroy(dropped);
  }

  // How large the initial chunk is to be for a Cap of `bytes`, rounded down to kGranule; 0 when the
  // other chunks are more.
  std::size_t SizeForCap(std::size_t bytes) const noexcept {
    const std::size_t others = cap_ - initial_.size();
    return bytes > others ? AlignDown(bytes - others, kGranule) : 0;
  }

  // How many bytes FreeSpares could free if `spare` were the first chunk behind the current one.
  // O(chunks).
  std::size_t SpareBytes(const Chunk* spare) const noexcept {
    std::size_t bytes = oversized_.spare_bytes();
    for (; spare != nullptr; spare = spare->next) {
      if (!IsInitial(spare) || InitialGrows()) bytes += spare->size();
    }
    return bytes;
  }

  // Frees all chunks except the initial one, which is unused afterwards.
  void FreeAll() noexcept {
    has_freed_ = true;
    FreeEverything();
    AdoptInitial();
  }

  bool Owns(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    const auto within = [address](const std::byte* begin, std::size_t size) {
      return address - reinterpret_cast<std::uintptr_t>(begin) < size;
    };
    if (within(initial_.data(), initial_.size())) return true;
    for (Chunk* chunk = list_.first(); chunk != nullptr; chunk = chunk->next) {
      if (within(chunk->begin, chunk->size())) return true;
    }
    bool found = false;
    oversized_.ForEach(
        [&](OversizedChunk* chunk) { found = found || within(chunk->begin(), chunk->size); });
    return found;
  }

 private:
  // After each change of the chunks: Reset asks for the result.
  void NoteCount() noexcept {
    one_to_retain_ = list_.count() == 1 && oversized_.count() == 0 && !HoldsTooMuch();
  }

  // A chunk of either kind, which the caller adds.
  template <class AnyChunk>
  ARENA_NOINLINE AnyChunk* Create(std::size_t size) noexcept {
    if (size > Affordable()) return nullptr;
    if (in_upstream_) Fail("arena: an upstream allocates from the arena that it serves");
    in_upstream_ = true;
    AnyChunk* const chunk = AnyChunk::Create(*upstream_, size);
    in_upstream_ = false;
    if (chunk != nullptr) cap_ += size;
    return chunk;
  }

  // Frees chunks that were dropped before: the arena is whole, whatever upstream does to it meanwhile.
  template <class AnyChunk>
  void Destroy(AnyChunk* chunk) noexcept {
    const bool was_in_upstream = std::exchange(in_upstream_, true);
    while (chunk != nullptr) {
      AnyChunk::Destroy(*upstream_, std::exchange(chunk, chunk->next));
    }
    in_upstream_ = was_in_upstream;
  }

  void Drop(Chunk* chunk) noexcept {
    list_.Remove(chunk);
    if (chunk == start_) start_ = nullptr;
    cap_ -= chunk->size();
  }

  ARENA_COLD void MoveStartToFront() noexcept {
    if (start_ != nullptr) {
      list_.Remove(start_);
      list_.InsertAfter(nullptr, start_);
    }
    start_ = list_.first();
  }

  void FreeEverything() noexcept {
    // Before upstream is called: it finds an arena without chunks.
    const OversizedChunks oversized = std::exchange(oversized_, {});
    Chunk* chunks = std::exchange(list_, {}).first();
    start_ = nullptr;
    const bool was_in_upstream = std::exchange(in_upstream_, true);
    oversized.ForEach(
        [this](OversizedChunk* chunk) { OversizedChunk::Destroy(*upstream_, chunk); });
    while (chunks != nullptr) {
      Chunk* const chunk = std::exchange(chunks, chunks->next);
      if (!IsInitial(chunk)) Chunk::Destroy(*upstream_, chunk);
    }
    in_upstream_ = was_in_upstream;
    if (InitialGrows() && !initial_.empty()) {
      MarkAllocated(initial_.data(), initial_.size());
      growing_->Shrink(0);
    }
  }

  void SetInitialSize(std::size_t size) noexcept {
    cap_ = cap_ - initial_.size() + size;
    initial_ = {initial_.data(), size};
    list_.SetEnd(&initial_chunk_, initial_chunk_.begin + size);
    NoteCount();
  }

  // Puts the initial chunk into the empty list. It begins where the buffer does, at any alignment,
  // and ends at the buffer's last granule boundary.
  void AdoptInitial() noexcept {
    if (InitialGrows()) initial_ = {growing_->base(), 0};
    cap_ = initial_.size();
    one_to_retain_ = false;
    const auto begin = reinterpret_cast<std::uintptr_t>(initial_.data());
    const std::uintptr_t end = AlignDown(begin + initial_.size(), kGranule);
    MarkFree(initial_.data(), initial_.size());
    if (end <= begin && !InitialGrows()) return;
    initial_chunk_.begin = initial_.data();
    initial_chunk_.end = initial_.data() + (end - begin);
    list_.InsertAfter(nullptr, &initial_chunk_);
    NoteCount();
  }

  std::pmr::memory_resource* upstream_;
  std::size_t limit_;
  std::size_t retain_;
  std::size_t cap_ = 0;  // sum of initial_.size() and the sizes of all other chunks
  std::span<std::byte> initial_;
  GrowingMemory* growing_;  // what initial_ is the usable part of; null: the caller's buffer
  Chunk initial_chunk_{};   // in list_ unless its size is 0 and stays so
  ChunkList list_{};
  Chunk* start_ = nullptr;  // where rounds start, in list_; null stands for the first of list_
  OversizedChunks oversized_{};
  bool one_to_retain_ = false;  // see HasOneToRetain
  bool in_upstream_ = false;    // a call of upstream has not returned yet
  bool has_freed_ = false;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_STORE_HPP

// ---- arena/detail/chunks/chunk_walk.hpp ----------------------------------------------------------
//
// The window's way through the chunks of an arena in one round, and the account of what it has left
// behind: retired chunks, oversized chunks, open scopes. monotonic_arena.hpp has the picture.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_WALK_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_WALK_HPP

#include <cstddef>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

// The account of the memory outside the window: retired chunks, and oversized chunks that are
// taken.
struct Tally {
  std::size_t len = 0;
  std::size_t records = 0;
  std::size_t waste = 0;
  std::size_t chunk_bytes = 0;  // the sizes of the retired chunks alone
};

// What the arena restores when a scope ends.
struct ScopeMark {
  ScopeMark* outer = nullptr;  // the next open scope around this one
  Chunk* chunk = nullptr;
  Window::Mark window{};
  std::byte* window_begin = nullptr;
  OversizedChunk* oversized = nullptr;  // the newest that was taken then
  Tally retired{};
  OversizedRun oversized_since_move{};
};

class ChunkWalk {
 public:
  // There is no window before the first StartRound. `window` outlives the walk.
  ChunkWalk(Window& window, const MonotonicArenaOptions& options, GrowingMemory* growing) noexcept
      : store_(options, growing), window_(window) {}
  ChunkWalk(const ChunkWalk&) = delete;
  ChunkWalk& operator=(const ChunkWalk&) = delete;

  ChunkStore& store() noexcept { return store_; }
  const ChunkStore& store() const noexcept { return store_; }
  Window& window() noexcept { return window_; }

  // ---- the place and the account -----------------------------------------------------------------

  Chunk* current_chunk() const noexcept { return current_; }
  bool HasWindow() const noexcept { return window_begin_ != nullptr; }
  std::size_t Room() const noexcept { return window_.Room(); }

  Chunk* NextSpare() const noexcept {
    return current_ != nullptr ? current_->next : store_.list().first();
  }

  bool CurrentIsUnused() const noexcept {
    return HasWindow() && window_.cursor() == window_begin_ &&
           WindowRecords(window_.limit()) == 0 &&
           (innermost_ == nullptr || innermost_->chunk != current_);
  }

  // The window's cursor and limit are passed in: the arena has them at hand.
  std::size_t Len(const std::byte* cursor) const noexcept {
    return retired_.len + static_cast<std::size_t>(cursor - window_begin_);
  }
  std::size_t WindowRecords(const std::byte* limit) const noexcept {
    return HasWindow() ? static_cast<std::size_t>(current_->end - limit) : 0;
  }
  std::size_t RetiredRecords() const noexcept { return retired_.records; }
  std::size_t Waste() const noexcept { return retired_.waste + store_.InitialWaste(); }

  // Bytes of the retired chunks and of the window's.
  std::size_t EnteredBytes() const noexcept {
    return retired_.chunk_bytes + (HasWindow() ? current_->size() : 0);
  }

  // Bytes of the chunks that this round used, whole, those of closed scopes included.
  std::size_t UsedBytes() const noexcept { return reach_ + store_.oversized().used_bytes(); }

  // Unused chunks were freed: what was used of them no longer counts beyond the rest.
  void NoteFreed() noexcept { reach_ = MinOf(reach_, store_.list().bytes()); }

  const OversizedRun& oversized_since_move() const noexcept { return oversized_since_move_; }

  // ---- moves -------------------------------------------------------------------------------------

  // All chunks are about to go. The next round starts anew.
  void Forget() noexcept {
    current_ = nullptr;
    LeaveWindow();
  }

  // Starts a round, in the first chunk; without one there is no window. Nothing is left behind then.
  void StartRound() noexcept {
    retired_ = {};
    oversized_since_move_ = {};
    current_ = store_.StartRound();
    reach_ = 0;
    if (current_ == nullptr) return LeaveWindow();
    window_begin_ = current_->begin;
    window_.Restart(current_->begin, current_->end);
    reach_ = current_->size();
  }

  // Enters a spare. The current chunk is retired, its rest wasted until Reset or the end of the
  // scope; one that is unused becomes the first spare instead.
  void MoveTo(Chunk* spare) noexcept {
    if (CurrentIsUnused()) StepBack();
    if (spare != NextSpare()) {
      store_.list().Remove(spare);
      store_.list().InsertAfter(current_, spare);
    }
    RetireCurrent();
    Enter(spare);
  }

  // Leaves a chunk that is unused, for no window; returns it.
  Chunk* StepBack() noexcept {
    Chunk* const left = current_;
    current_ = left->prev;
    LeaveWindow();
    return left;
  }

  // Takes a chunk from upstream, the first spare then. Null when the limit or upstream forbids it.
  Chunk* AddSpare(std::size_t size) noexcept { return store_.AddChunk(size, current_); }

  // ---- allocations outside the fast path ---------------------------------------------------------

  // Null when the window does not suffice.
  void* AllocFromWindow(const Request& request) noexcept {
    return window_.BumpAfterMove(request.size, request.alignment);
  }

  // From a spare that holds the request; the window moves there.
  void* AllocFrom(Chunk* spare, const Request& request) noexcept {
    MoveTo(spare);
    void* const block = AllocFromWindow(request);
    ARENA_ASSERT(block != nullptr && "a chunk that holds a request serves it");
    return block;
  }

  // From a chunk that was taken for this request. Null when there is no such chunk.
  void* AllocFrom(OversizedChunk* chunk, const Request& request) noexcept {
    if (chunk == nullptr) return nullptr;
    const auto begin = reinterpret_cast<std::uintptr_t>(chunk->begin());
    const std::size_t padding = AlignUp(begin, request.alignment) - begin;
    retired_.len += padding + request.need;
    retired_.waste += chunk->size - padding - request.need;
    ++oversized_since_move_.count;
    oversized_since_move_.bytes += request.size;
    std::byte* const piece = chunk->begin() + padding;
    void* const block = window_.OnHeap(piece, request.size, request.alignment);
    MarkAllocated(block, request.size);
    return block;
  }

  // Registers a cleanup in the oversized chunk that has the newest records; false when that is
  // full, or the newest record lies elsewhere.
  bool PushBesideWindow(const Cleanup& cleanup) noexcept {
    if (!window_.PushIntoSegment(cleanup)) return false;
    retired_.records += CleanupRecords::kRecordSize;
    retired_.waste -= CleanupRecords::kRecordSize;
    return true;
  }

  // Opens a segment of records in an oversized spare, for an arena that gets no other memory; false
  // when there is no such spare.
  bool OpenSegmentBesideWindow(const Cleanup& cleanup) noexcept {
    // Its link would not follow records that move with the window's end.
    if (MayGrow() && WindowRecords(window_.limit()) != 0) return false;
    constexpr std::size_t kSize = CleanupRecords::SegmentSize(1);
    OversizedChunk* const chunk = store_.oversized().TakeLarger(kSize, kMaxSize);
    if (chunk == nullptr) return false;
    const std::size_t count = chunk->size / CleanupRecords::kRecordSize - 1;
    window_.OpenSegmentIn(chunk->begin(), MinOf(count, CleanupRecords::kRecordsPerSegment),
                          cleanup);
    retired_.records += kSize;
    retired_.waste += chunk->size - kSize;
    return true;
  }

  // ---- an initial chunk that grows ---------------------------------------------------------------

  // Whether the window is in it.
  bool MayGrow() const noexcept {
    return store_.InitialGrows() && HasWindow() && store_.IsInitial(current_);
  }

  // Gives the window at least `room` bytes of room by growing its chunk. False, with nothing changed,
  // when that does not grow, or the limit or the system forbids it.
  ARENA_COLD bool Grow(std::size_t room) noexcept {
    if (!MayGrow() || room > kMaxSize) return false;
    if (room <= Room()) return true;
    const std::size_t missing = AlignUp(room - Room(), kGranule);
    std::byte* const end = current_->end;
    if (!store_.GrowInitial(current_->size() + missing)) return false;
    MoveWindowEnd(end, current_->end);
    reach_ = MaxOf(reach_, EnteredBytes());
    return true;
  }

  // Grow for a request, at its alignment.
  ARENA_COLD bool GrowFor(const Request& request) noexcept {
    const auto cursor = reinterpret_cast<std::uintptr_t>(window_.cursor());
    return Grow(AlignUp(cursor, request.alignment) - cursor + request.need);
  }

  // Frees the end of the window's chunk, which grows, for a Cap of `bytes`, as far as nothing is in it.
  ARENA_COLD void Cut(std::size_t bytes) noexcept {
    const auto len = static_cast<std::size_t>(window_.cursor() - window_begin_);
    const std::size_t used = AlignUp(len, kGranule) + WindowRecords(window_.limit());
    const std::size_t size = MaxOf(used, store_.SizeForCap(bytes));
    MoveWindowEnd(current_->end, current_->begin + size);
    store_.ShrinkInitial(size);
  }

  // ---- scopes ------------------------------------------------------------------------------------

  // The innermost open one, or null.
  ScopeMark* innermost() const noexcept { return innermost_; }

  // If `in_own_chunk`, the scope's first allocation moves the window.
  void OpenScope(ScopeMark& scope, bool in_own_chunk) noexcept {
    scope = {innermost_,
             current_,
             window_.MarkHere(),
             window_begin_,
             store_.oversized().taken(),
             retired_,
             oversized_since_move_};
    innermost_ = &scope;
    if (!in_own_chunk) return;
    RetireCurrent();
    LeaveWindow();
  }

  // Forgets what was allocated since the innermost scope was opened. Its cleanups have run.
  void CloseScope(const ScopeMark& scope) noexcept {
    store_.oversized().RetainSince(scope.oversized);
    if (current_ != scope.chunk) {
      MarkFreeFrom(scope.chunk != nullptr ? scope.chunk->next : store_.list().first());
    }
    // Every chunk that the window entered since now lies behind it in the list: a spare.
    current_ = scope.chunk;
    window_begin_ = scope.window_begin;
    window_.Rewind(scope.window);
    retired_ = scope.retired;
    oversized_since_move_ = scope.oversized_since_move;
    innermost_ = scope.outer;
  }

  // Marks the chunks from `first` to the current one as free, in an instrumented build.
  void MarkFreeFrom(const Chunk* first) const noexcept {
    if constexpr (kInstrumented) {
      for (const Chunk* chunk = first; current_ != nullptr && chunk != current_->next;
           chunk = chunk->next) {
        MarkFree(chunk->begin, chunk->size());
      }
    }
  }

 private:
  void Enter(Chunk* chunk) noexcept {
    current_ = chunk;
    window_begin_ = chunk->begin;
    window_.Set(chunk->begin, chunk->end);
    oversized_since_move_ = {};
    reach_ = MaxOf(reach_, retired_.chunk_bytes + chunk->size());
  }

  void RetireCurrent() noexcept {
    if (!HasWindow()) return;
    retired_.len += static_cast<std::size_t>(window_.cursor() - window_begin_);
    retired_.records += WindowRecords(window_.limit());
    retired_.waste += Room();
    retired_.chunk_bytes += current_->size();
  }

  void LeaveWindow() noexcept {
    window_begin_ = nullptr;
    window_.Set(nullptr, nullptr);
  }

  // Moves the records along, and the marks of open scopes that know their places.
  void MoveWindowEnd(std::byte* end, std::byte* new_end) noexcept {
    for (ScopeMark* scope = innermost_; scope != nullptr; scope = scope->outer) {
      window_.AdjustMark(scope->window, end, new_end);
    }
    window_.MoveEnd(end, new_end);
  }

  ChunkStore store_;
  Window& window_;
  // The window's place in the list: chunks before it are retired, chunks behind it spare. Null: the
  // window has not entered the first chunk.
  Chunk* current_ = nullptr;
  std::byte* window_begin_ = nullptr;  // current_->begin, or null when there is no window
  Tally retired_{};  // of the retired chunks and of the oversized ones that are taken
  OversizedRun oversized_since_move_{};
  std::size_t reach_ = 0;  // the most EnteredBytes() of this round
  ScopeMark* innermost_ = nullptr;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_WALK_HPP

// ---- arena/detail/chunks/chunk_policy.hpp --------------------------------------------------------
//
// Which chunk serves a request that the window does not, and which chunks are retained for later.
#ifndef ARENA_DETAIL_CHUNKS_CHUNK_POLICY_HPP
#define ARENA_DETAIL_CHUNKS_CHUNK_POLICY_HPP

#include <cstddef>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

// The chunks of a MonotonicArena, over the arena's window.
class ChunkPolicy {
 public:
  // Takes the initial buffers and starts the first round. Throws std::bad_alloc, see MonotonicArena.
  ChunkPolicy(Window& window, const MonotonicArenaOptions& options, GrowingMemory* growing)
      : walk_(window, options, growing), sizes_(options.min_buffer_size, options.max_buffer_size) {
    ChunkStore& store = walk_.store();
    if (store.cap() > store.limit()) ThrowBadAlloc();
    const std::size_t held = store.HasInitial() ? 1 : 0;
    // min_buffer_size == 0 means no initial chunk.
    const std::size_t size = options.min_buffer_size;
    const std::size_t count = size == 0 ? held : options.initial_buffer_count;
    const std::size_t max = MinOf(store.Affordable(), kMaxSize);
    if (count > held && count - held > max / size) ThrowBadAlloc();
    for (std::size_t i = held; i < count; ++i) {
      if (store.AddChunk(size, store.list().last()) == nullptr) ThrowBadAlloc();
    }
    initial_cap_ = store.cap();
    walk_.StartRound();
  }

  ChunkWalk& walk() noexcept { return walk_; }
  const ChunkWalk& walk() const noexcept { return walk_; }
  std::size_t Cap() const noexcept { return walk_.store().cap(); }

  // ---- requests ----------------------------------------------------------------------------------

  // Null, with all figures as before but for a smaller Cap, when no memory is to be had.
  void* Alloc(std::size_t size, std::size_t alignment) noexcept {
    const Request request{size, size + kRedzone, alignment};
    if (walk_.MayGrow() && walk_.GrowFor(request)) return walk_.AllocFromWindow(request);
    if (void* block = AllocFromNextChunk(request)) return block;
    if (void* block = AllocOversized(request)) return block;
    return AllocUnderPressure(request);
  }

  // False when there is no memory for the record.
  bool AddCleanup(const Cleanup& cleanup) noexcept {
    Window& window = walk_.window();
    if (window.OpenSegment(cleanup) || walk_.PushBesideWindow(cleanup)) return true;
    constexpr std::size_t kSize = CleanupRecords::SegmentSize(1);
    if (walk_.Grow(kSize)) return window.PushCleanup(cleanup) || window.OpenSegment(cleanup);
    constexpr Request kSegment{kSize, kSize, 1};
    Chunk* chunk = NextChunk(kSegment);
    if (chunk == nullptr) chunk = FindSpare(kSegment);
    if (chunk == nullptr && MakeRoomBelowLimit(ChunkSizes::kSmallest)) chunk = NextChunk(kSegment);
    if (chunk == nullptr) return walk_.OpenSegmentBesideWindow(cleanup);
    walk_.MoveTo(chunk);
    return window.OpenSegment(cleanup);
  }

  // Gives the window so much room; false when no memory is to be had.
  bool Reserve(std::size_t bytes) noexcept {
    if (bytes <= walk_.Room() || walk_.Grow(bytes)) return true;
    Chunk* const spare = FindSpare({bytes, bytes, 1});
    Chunk* const chunk = spare != nullptr ? spare : CreateForReserve(bytes);
    if (chunk == nullptr) return false;
    walk_.MoveTo(chunk);
    if (spare == nullptr) FreeUnused(MaxOf(recent_use_, walk_.UsedBytes()));
    return true;
  }

  // ---- what is retained --------------------------------------------------------------------------

  // Frees unused chunks until Cap() is at most `bytes` or none is left.
  void ShrinkTo(std::size_t bytes) noexcept {
    if (bytes < Cap()) FreeSpares(bytes);
    if (Cap() > bytes && CurrentMayGo()) walk_.store().DestroyChunk(walk_.StepBack());
    recent_use_ = MinOf(recent_use_, Cap());
    walk_.NoteFreed();
  }

  // Whether the round was in the only chunk, and the next may be: the window restarts there, and
  // EndRound would find nothing to do.
  bool IsOneChunk() const noexcept { return walk_.HasWindow() && walk_.store().HasOneToRetain(); }

  // Forgets what the round used, and starts the next.
  ARENA_NOINLINE void EndRound() noexcept {
    ChunkStore& store = walk_.store();
    walk_.MarkFreeFrom(store.list().first());
    recent_use_ = ChunkSizes::RecentUse(recent_use_, walk_.UsedBytes());
    if (ChunkSizes::IsTooMuch(store.cap(), recent_use_)) [[unlikely]]
      FreeUnused(recent_use_);
    store.oversized().RetainAll();
    walk_.StartRound();
    if (store.HoldsTooMuch()) [[unlikely]]
      ShrinkTo(store.retain());
  }

  // Frees everything but the initial chunk, after EndRound.
  void FreeAll() noexcept {
    walk_.Forget();
    walk_.store().FreeAll();
    recent_use_ = 0;
    walk_.StartRound();
  }

  void OpenScope(ScopeMark& scope) noexcept {
    // The end of a chunk that grows is freed without a chunk of the scope's own.
    walk_.OpenScope(scope, RetainsNothing() && !walk_.store().InitialGrows());
  }

  // Forgets what was allocated since. The scope's cleanups have run.
  void CloseScope(const ScopeMark& scope) noexcept {
    walk_.CloseScope(scope);
    if (walk_.store().HoldsTooMuch()) FreeSpares(walk_.store().retain());
  }

 private:
  // So many spares at most are looked at for the next chunk, so that a long row of small ones costs
  // each move of the window O(1).
  static constexpr std::size_t kMaxLooks = 8;

  bool RetainsNothing() const noexcept { return walk_.store().retain() == 0; }

  // Whether the window's chunk is unused, and not the caller's.
  bool CurrentMayGo() const noexcept {
    return walk_.CurrentIsUnused() && !walk_.store().IsInitial(walk_.current_chunk());
  }

  // Null when the window stays: the request is oversized, too much of the window would be wasted, or
  // there is no memory for a chunk.
  void* AllocFromNextChunk(const Request& request) noexcept {
    const std::size_t size = walk_.current_chunk() != nullptr ? walk_.current_chunk()->size() : 0;
    if (!ChunkSizes::MayLeave(walk_.Room(), size, walk_.oversized_since_move())) return nullptr;
    Chunk* const chunk = NextChunk(request);
    return chunk != nullptr ? walk_.AllocFrom(chunk, request) : nullptr;
  }

  // The spare that serves the request, or a new chunk. Whether there is one depends on the round so
  // far, so a request that got an oversized chunk gets one in an equal round, too, although the
  // chunks that came later in the first one are spares by then.
  Chunk* NextChunk(const Request& request) noexcept {
    const std::size_t size =
        sizes_.NextToHold(walk_.EnteredBytes(), walk_.oversized_since_move(), request);
    if (size == 0) return nullptr;
    if (Chunk* const spare = ChunkList::FirstToHold(walk_.NextSpare(), request, kMaxLooks)) {
      return spare;
    }
    const std::size_t affordable = MinOf(size, walk_.store().Affordable());
    if (affordable < ChunkSizes::kSmallest || !Chunk::Holds(affordable, request)) return nullptr;
    return walk_.AddSpare(affordable);
  }

  void* AllocOversized(const Request& request) noexcept {
    OversizedChunks& oversized = walk_.store().oversized();
    const std::size_t size_class = SizeClassAbove(request.OversizedBytes());
    if (void* block = walk_.AllocFrom(oversized.Take(size_class), request)) return block;
    // What is never a spare needs no class.
    const std::size_t size =
        RetainsNothing() ? request.OversizedBytes() : SizeClassBytes(size_class);
    return walk_.AllocFrom(walk_.store().AddOversized(size), request);
  }

  // No chunk of the usual size is to be had: the limit is in the way, or upstream failed.
  void* AllocUnderPressure(const Request& request) noexcept {
    ChunkStore& store = walk_.store();
    const std::size_t bytes = request.OversizedBytes();
    // Do not spend a much larger chunk on the request: freeing it makes room for more.
    const std::size_t max = bytes <= kMaxSize / 4 ? 4 * bytes : kMaxSize;
    if (void* block = walk_.AllocFrom(store.oversized().TakeLarger(bytes, max), request)) {
      return block;
    }
    if (Chunk* const spare = FindSpare(request)) return walk_.AllocFrom(spare, request);
    if (bytes > store.Affordable()) {
      if (!MakeRoomBelowLimit(bytes)) return nullptr;
      if (void* block = AllocFromNextChunk(request)) return block;
      if (void* block = AllocOversized(request)) return block;
    }
    if (void* block = walk_.AllocFrom(store.AddOversized(bytes), request)) return block;
    // Upstream has failed.
    return walk_.AllocFrom(store.oversized().TakeLarger(bytes, kMaxSize), request);
  }

  // The first spare that holds the request, however far behind.
  Chunk* FindSpare(const Request& request) const noexcept {
    return ChunkList::FirstToHold(walk_.NextSpare(), request, SIZE_MAX);
  }

  // A chunk behind the current one.
  Chunk* CreateForReserve(std::size_t bytes) noexcept {
    if (bytes > kMaxSize - kGranule) return nullptr;
    if (bytes > walk_.store().Affordable() && !MakeRoomBelowLimit(bytes)) return nullptr;
    // A multiple of kGranule, so that the first allocation needs no padding.
    const std::size_t round = AlignUp(bytes, kGranule);
    const std::size_t size = MaxOf(round, sizes_.Next(walk_.EnteredBytes()));
    return walk_.AddSpare(MinOf(size, walk_.store().Affordable()));
  }

  // Frees unused chunks until `bytes` more may be held; false, with nothing freed, when that cannot
  // be.
  bool MakeRoomBelowLimit(std::size_t bytes) noexcept {
    const ChunkStore& store = walk_.store();
    if (bytes > store.limit()) return false;
    std::size_t spare = store.SpareBytes(walk_.NextSpare());
    if (walk_.MayGrow()) {
      spare += AlignDown(walk_.Room(), kGranule);
    } else if (CurrentMayGo()) {
      spare += walk_.current_chunk()->size();
    }
    if (Cap() - spare > store.limit() - bytes) return false;
    ShrinkTo(store.limit() - bytes);
    return true;
  }

  // Frees spares, and the unused end of a chunk that grows, until Cap() is at most `bytes` or none is
  // left. Requires a larger Cap().
  void FreeSpares(std::size_t bytes) noexcept {
    walk_.store().FreeSpares(walk_.current_chunk(), bytes, false);
    if (Cap() > bytes && walk_.MayGrow()) walk_.Cut(bytes);
  }

  // Frees what this round did not use while Cap is more than the documented multiple of `used`.
  ARENA_COLD void FreeUnused(std::size_t used) noexcept {
    if (!ChunkSizes::IsTooMuch(Cap(), used)) return;
    const std::size_t bytes = MaxOf(ChunkSizes::Retained(used), initial_cap_);
    walk_.store().FreeSpares(walk_.current_chunk(), bytes, true);
  }

  ChunkWalk walk_;
  ChunkSizes sizes_;
  std::size_t recent_use_ = 0;   // bytes that rounds before used; see ChunkSizes
  std::size_t initial_cap_ = 0;  // of a fresh arena; what Reset retains in any case
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CHUNKS_CHUNK_POLICY_HPP

// ---- arena/monotonic_arena.hpp -------------------------------------------------------------------
//
// class MonotonicArena: the arena that owns its memory, in chunks that it obtains from upstream and
// retains until Release.
//
//   chunks              [retired]->[retired]->[current: the window]->[spare]->[spare]
//   oversized chunks    one for each request too large for the window, retained by size class
#ifndef ARENA_MONOTONIC_ARENA_HPP
#define ARENA_MONOTONIC_ARENA_HPP

#include <cstddef>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// An arena over chunks of memory that it takes from an upstream resource, retains through Reset,
/// and frees at Release or in its destructor.
///
/// A fresh one holds one chunk of 32 KiB. When its window is full it moves on to the next chunk; a
/// request that would waste too much of the window, or is larger than a chunk, gets an oversized
/// chunk of its own. The same requests after a Reset get memory again without a call to upstream.
/// (Where scopes ended among them, the chunks may be in another order then, and on rare occasions
/// the second round makes a call more.)
///
/// What Reset retains is bounded: chunks that the round did not use are freed while Cap() is more
/// than three times what recent rounds used of it (and more than a fresh arena holds). A round
/// counts with the whole chunks that it used, and with an eighth less after each round that
/// follows. The option `retain` is a bound in bytes.
///
/// Thread safety: one thread at a time; see ThreadCachedArena.
class MonotonicArena : public Arena {
 public:
  /// An arena with default options.
  MonotonicArena() : MonotonicArena(MonotonicArenaOptions{}) {}

  /// Takes the initial buffers at once. Throws std::bad_alloc when upstream fails or the limit is
  /// below what the options make it hold.
  explicit MonotonicArena(const MonotonicArenaOptions& options)
      : MonotonicArena(options, nullptr) {}

  /// Releases. Ends the program with a message while a scope is open.
  ~MonotonicArena() override { Release(); }

  /// Makes sure that the next `bytes` bytes come from one piece of memory, taking a chunk for them
  /// now.
  ///
  /// The window moves at once: an unused current chunk becomes a spare, the rest of a used one is
  /// wasted until Reset. Does nothing when the window has the room. A call that takes a chunk from
  /// upstream frees unused spares while Cap() is more than three times what this or recent rounds
  /// used, the new chunk included: growing sizes in a loop do not accumulate. O(spares). Throws
  /// std::bad_alloc, with everything allocated as before, when upstream fails or the limit is
  /// reached.
  void Reserve(std::size_t bytes) {
    if (!chunks_.Reserve(bytes)) detail::ThrowBadAlloc();
  }

  /// Frees chunks that hold nothing until Cap() is at most `bytes` or none is left.
  ///
  /// A chunk with an allocation, a cleanup record or the start of an open scope stays, and so does
  /// the caller's initial buffer. Legal at any time. O(chunks freed).
  void ShrinkTo(std::size_t bytes) noexcept { chunks_.ShrinkTo(bytes); }

  /// Whether `pointer` points into memory that the arena holds, handed out or not; for assertions.
  /// O(chunks).
  bool Owns(const void* pointer) const noexcept {
    return chunks_.walk().store().Owns(pointer) || window().OwnsOnHeap(pointer);
  }

  /// The most bytes, records included, that were in use at once since the last call, as of the
  /// latest Reset or Release: call it between two rounds. Unlike Peak() it starts anew with each
  /// call: for sizing the next round by the last. Records that DropCleanup took back may be
  /// missing, and those that were still owed when a cleanup allocated. O(1).
  std::size_t TakeHighWater() noexcept { return std::exchange(high_water_, 0); }

  /// Where the bytes are. O(1).
  ArenaStats Stats() const noexcept {
    const detail::ChunkWalk& walk = chunks_.walk();
    ArenaStats stats;
    stats.len = Len();
    stats.cap = Cap();
    stats.peak = Peak();
    stats.buffers = walk.store().Count();
    stats.records = walk.RetiredRecords() + walk.WindowRecords(WindowLimit());
    stats.waste = walk.Waste();
    stats.free = stats.cap - stats.len - stats.records - stats.waste;
    return stats;
  }

  std::size_t Len() const noexcept override { return chunks_.walk().Len(WindowCursor()); }
  std::size_t Cap() const noexcept override { return chunks_.Cap(); }
  std::size_t Peak() const noexcept override { return detail::MaxOf(peak_, Len()); }

 protected:
  /// For a derived class: with an initial chunk over memory that grows in place, if that is not
  /// null.
  MonotonicArena(const MonotonicArenaOptions& options, detail::GrowingMemory* growing)
      : chunks_(window(), options, growing) {}

  /// Reserve that returns false where Reserve throws.
  ARENA_NODISCARD bool TryReserve(std::size_t bytes) noexcept { return chunks_.Reserve(bytes); }

  void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    return chunks_.Alloc(size, alignment);
  }

  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    if (new_size < old_size) NotePeak();
    if (!window().Resize(block, old_size, new_size)) {
      return chunks_.walk().store().InitialGrows() && ResizeByGrowing(block, old_size, new_size);
    }
    if (new_size < old_size) detail::Window::MarkCutOff(block, old_size, new_size);
    return true;
  }

  // These are final: DoClear calls them as they are.
  void DoReset() noexcept final {
    FailIfScopeOpen();
    NotePeak(0);
    window().FreeAllOnHeap();
    if (!detail::kInstrumented && chunks_.IsOneChunk()) [[likely]] {
      window().Restart();
    } else {
      chunks_.EndRound();
    }
  }
  ARENA_NOINLINE void DoRelease() noexcept final {
    MonotonicArena::DoReset();
    chunks_.FreeAll();
  }

  void DoClear(Retention retention) noexcept override {
    if (HasWindowCleanups()) [[unlikely]]
      return ClearWithCleanups(retention);
    Forget(retention);
  }

  // final: DoClear has no cleanups elsewhere to ask for.
  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept final {
    const detail::ScopeMark* const scope = Innermost();
    if (only == nullptr) {
      PrepareForCleanups();  // a decorator's Reset
    } else if (scope != nullptr && !window().HasRecordsSince(scope->window)) {
      return false;  // the newest record is where a scope began, whose end looks for it
    }
    return window().TakeCleanupAndMark(cleanup, only);
  }

  bool DoAddCleanup(Cleanup cleanup) noexcept override { return chunks_.AddCleanup(cleanup); }

  const void* DoScope() const noexcept override {
    return Innermost() != nullptr ? static_cast<const void*>(Innermost()) : this;
  }

  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    if (window().DeallocateOnHeap(block)) return;
    // A container that outlived Release must not poison what is no longer the arena's. Not asked
    // before the first buffer goes: Owns() walks over all of them, for every node of a container.
    const bool all_there = !detail::kHeap && !chunks_.walk().store().HasFreed();
    if (all_there || Owns(block)) detail::MarkFree(block, size);
  }

 private:
  friend class ArenaScope;
  friend struct detail::PictureAccess;

  const detail::ScopeMark* Innermost() const noexcept { return chunks_.walk().innermost(); }

  // TryResize of a block for which the window does not suffice.
  ARENA_COLD bool ResizeByGrowing(void* block, std::size_t old_size,
                                  std::size_t new_size) noexcept {
    if (detail::kHeap) return false;  // a block of the heap cannot grow
    const bool is_last = new_size > old_size && window().Resize(block, old_size, old_size);
    return is_last && chunks_.walk().Grow(new_size - old_size) &&
           window().Resize(block, old_size, new_size);
  }

  ARENA_NOINLINE void ClearWithCleanups(Retention retention) noexcept {
    PrepareForCleanups();
    RunWindowCleanups();
    Forget(retention);
  }

  void Forget(Retention retention) noexcept {
    retention == Retention::kRetain ? MonotonicArena::DoReset() : MonotonicArena::DoRelease();
  }

  // Before a cleanup runs: it may rely on what an open scope was to free, and the records are
  // there.
  void PrepareForCleanups() noexcept {
    FailIfScopeOpen();
    NotePeak();
  }

  void NotePeak() noexcept { NotePeak(chunks_.walk().WindowRecords(WindowLimit())); }

  void NotePeak(std::size_t window_records) noexcept {
    const std::size_t len = MonotonicArena::Len();
    peak_ = detail::MaxOf(peak_, len);
    const std::size_t records = chunks_.walk().RetiredRecords() + window_records;
    high_water_ = detail::MaxOf(high_water_, len + records);
  }

  // ---- scopes -----------------------------------------------------------------------------------

  void CloseScope(const detail::ScopeMark& scope) noexcept {
    FailIfNotInnermost(scope);
    NotePeak();
    window().RunCleanupsSince(scope.window);
    FailIfNotInnermost(scope);
    // Only now: what the cleanups allocated goes too.
    NotePeak();
    chunks_.CloseScope(scope);
  }

  void FailIfNotInnermost(const detail::ScopeMark& scope) const noexcept {
    if (Innermost() != &scope) detail::Fail("arena: scopes were left out of order");
  }

  void FailIfScopeOpen() const noexcept {
    if (Innermost() != nullptr) {
      detail::Fail("arena: Reset, Release or the end of an arena while one of its scopes is open");
    }
  }

  detail::ChunkPolicy chunks_;
  std::size_t peak_ = 0;        // compared where Len can fall, and where Peak is read
  std::size_t high_water_ = 0;  // likewise, with the records; a pool starts it anew
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
/// `initial_buffer` in its options must be empty, because the object has its own; otherwise the
/// constructor ends the program with a message.
template <std::size_t N>
class InlineArena : public MonotonicArena {
  static_assert(N > 0,
                "arena::InlineArena needs at least one byte; use arena::MonotonicArena for none");

 public:
  InlineArena() : InlineArena(MonotonicArenaOptions{}) {}

  /// Throws std::bad_alloc as MonotonicArena's constructor does.
  explicit InlineArena(const MonotonicArenaOptions& options)
      : MonotonicArena(WithStorage(options, storage_)) {
    detail::MarkFree(storage_ + N, sizeof(storage_) - N);
  }

  /// Releases here, because the storage is destroyed before the base class is.
  ~InlineArena() override {
    Release();
    detail::MarkAllocated(storage_ + N, sizeof(storage_) - N);
  }

 private:
  static MonotonicArenaOptions WithStorage(MonotonicArenaOptions options, std::byte* storage) {
    if (!options.initial_buffer.empty()) {
      detail::Fail("arena: an InlineArena has its own initial_buffer; leave the option empty");
    }
    options.initial_buffer = std::span<std::byte>(storage, N);
    return options;
  }

  // The last byte is never used: in an arena that holds this object, what is allocated here would
  // otherwise end where that arena's cursor stands, and look like its own last block.
  alignas(detail::kGranule) std::byte storage_[detail::AlignUp(N + 1, detail::kGranule)];
};

ARENA_END_NAMESPACE

#endif  // ARENA_INLINE_ARENA_HPP

// ---- arena/scope.hpp -----------------------------------------------------------------------------
//
// class ArenaScope: frees everything that was allocated since it was opened.
#ifndef ARENA_SCOPE_HPP
#define ARENA_SCOPE_HPP


ARENA_BEGIN_NAMESPACE

/// Frees, at its end, everything that was allocated from the arena since its start.
///
/// The cleanups registered since then run, newest first; what they allocate is freed, too. Len()
/// falls back to its value at the start; the arena retains buffers taken inside as spares, as far
/// as its option `retain` allows. Scopes nest. Opening is O(1), closing is O(cleanups and buffers
/// since).
///
/// A slice from outside that grows inside grows into memory of the scope, and the value outside stays
/// intact; what is appended within its capacity lies outside (see Slice). A child arena must be
/// destroyed in the scope in which it was made.
///
/// Scopes must end in the reverse order of their opening, and before Reset, Release or the end of
/// the arena; otherwise the program ends with a message. Not copyable, not movable, so a stale or
/// foreign mark cannot be expressed.
///
/// Thread safety: that of the arena.
class ARENA_NODISCARD ArenaScope {
 public:
  /// Opens a scope on the arena, which must outlive it.
  ARENA_NODISCARD explicit ArenaScope(MonotonicArena& arena) noexcept : arena_(arena) {
    arena_.chunks_.OpenScope(mark_);
  }

  ~ArenaScope() { arena_.CloseScope(mark_); }

  explicit ArenaScope(Arena&) = ARENA_DELETE("arena: a scope needs the MonotonicArena itself");
  ArenaScope(const ArenaScope&) = ARENA_DELETE("arena: a scope stays where it began");
  ArenaScope& operator=(const ArenaScope&) = ARENA_DELETE("arena: a scope stays where it began");

 private:
  MonotonicArena& arena_;
  detail::ScopeMark mark_{};
};

ARENA_END_NAMESPACE

#endif  // ARENA_SCOPE_HPP

// ---- arena/detail/slice/slice_storage.hpp --------------------------------------------------------
//
// Where the elements of a Slice lie, and how their storage grows.
//
// Elements that are not copied as bytes lie behind a header. It counts the live ones, so that each
// is destroyed once, however many values share the storage:
//
//     +----------------------+-----------------------------------------+
//     | header: scope, live  | elements: [0, live) are constructed      |
//     +----------------------+-----------------------------------------+
//
// The scope is there for elements that are constructed with the arena's allocator. It names what
// ends the storage: an element that is appended elsewhere may not outlive its own memory.
#ifndef ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP
#define ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Elements that are copied as bytes have no header, no record and Go's semantics.
template <class T>
inline constexpr bool kBytewise =
    std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>;

// Whether a T can be copied. A container of the standard library says so of itself also when its
// elements cannot be, so they are asked. Outer: the containers around it, since one may be its own
// element.
template <class T, class... Outer>
constexpr bool IsCopyable() noexcept {
  if constexpr ((std::is_same_v<T, Outer> || ...)) {
    return true;
  } else if constexpr (kIsPair<T>) {
    return IsCopyable<typename T::first_type, T, Outer...>() &&
           IsCopyable<typename T::second_type, T, Outer...>();
  } else if constexpr (requires {
                         typename T::value_type;
                         typename T::allocator_type;
                       }) {
    return std::is_copy_constructible_v<T> && IsCopyable<typename T::value_type, T, Outer...>();
  } else {
    return std::is_copy_constructible_v<T>;
  }
}
template <class T>
inline constexpr bool kCopyable = detail::IsCopyable<T>();

// Flags in the capacity of a slice whose elements are not copied as bytes. kHeaderless: no header
// lies before the first element, because the slice starts further behind. kShared: another value
// may name the elements, so growing copies them even when it is told to move.
inline constexpr std::size_t kHeaderless = ~(SIZE_MAX >> 1);
inline constexpr std::size_t kShared = kHeaderless >> 1;

// Upper bound of a capacity, which keeps it below the flags.
template <class T>
inline constexpr std::size_t kMaxCapacity =
    MinOf(kMaxSize / sizeof(T), kBytewise<T> ? kMaxSize : kShared - 1);

// The capacity of a slice, with its flags. If kRemembers, a copy of it is marked as shared.
template <bool kRemembers>
struct SliceCapacity {
  constexpr explicit SliceCapacity(std::size_t capacity = 0) noexcept : word(capacity) {}

  std::size_t word;
};
template <>
struct SliceCapacity<true> {
  constexpr explicit SliceCapacity(std::size_t capacity = 0) noexcept : word(capacity) {}
  constexpr SliceCapacity(const SliceCapacity& other) noexcept : word(other.word | kShared) {}
  constexpr SliceCapacity(SliceCapacity&&) noexcept = default;
  // NOLINTNEXTLINE(cert-oop54-cpp): assigned to itself it may be marked as shared
  constexpr SliceCapacity& operator=(const SliceCapacity& other) noexcept {
    word = other.word | kShared;
    return *this;
  }
  constexpr SliceCapacity& operator=(SliceCapacity&&) noexcept = default;

  std::size_t word;
};

// Whether a copy of a Slice<T> remembers that it is one. A class that holds slices of itself is
// still incomplete when this is evaluated. Whether it is trivially copyable depends on those
// slices, so they must be.
template <class T>
constexpr bool RemembersCopies() noexcept {
  if constexpr (requires { sizeof(T); }) {
    return !kBytewise<T>;
  } else {
    return false;
  }
}

// The elements of a slice and how many have room there. Growth returns it in two registers.
template <class T>
struct SliceStorage {
  T* data;
  std::size_t capacity;
};

// Whether a T may use memory of the arena that it was constructed with: its destructor does, or an
// assignment to it, which skipped and trivial destructors have no say in.
template <class T>
inline constexpr bool kTakesArena = !kBytewise<T> && std::uses_allocator_v<T, Allocator<std::byte>>;
template <class First, class Second>
inline constexpr bool kTakesArena<std::pair<First, Second>> =
    kTakesArena<First> || kTakesArena<Second>;
// A tuple says that it takes any allocator, for parts that may.
template <class... Parts>
inline constexpr bool kTakesArena<std::tuple<Parts...>> = (kTakesArena<Parts> || ...);

template <class T>
struct SliceLayout {
  static constexpr std::size_t kAlignment =
      MaxOf(alignof(T), MaxOf(alignof(std::size_t), alignof(const void*)));
  static constexpr std::size_t kFront =
      AlignUp(sizeof(std::size_t) + (kTakesArena<T> ? sizeof(const void*) : 0), kAlignment);

  // The header, right before the elements. The address goes through an integer because a compiler
  // may take the first element for the start of an object, and the header for an access out of
  // bounds.
  static std::size_t& Live(T* elements) noexcept {
    return *reinterpret_cast<std::size_t*>(reinterpret_cast<std::uintptr_t>(elements) -
                                           sizeof(std::size_t));
  }

  // What ends the storage, as Arena::Scope names it; if kTakesArena.
  static const void*& Scope(T* elements) noexcept {
    return *reinterpret_cast<const void**>(reinterpret_cast<std::uintptr_t>(elements) -
                                           sizeof(std::size_t) - sizeof(const void*));
  }

  // Whether what an element takes from the arena now lives as long as the storage.
  static ARENA_ALWAYS_INLINE bool EndsWith(ARENA_MAYBE_UNUSED const Arena& arena,
                                           ARENA_MAYBE_UNUSED T* elements) noexcept {
    if constexpr (kTakesArena<T>) {
      return Scope(elements) == arena.Scope();
    } else {
      return true;
    }
  }

  static bool Bytes(std::size_t capacity, std::size_t* bytes) noexcept {
    return MultiplySizes(capacity, sizeof(T), bytes) && AddSizes(*bytes, kFront, bytes);
  }

  // The cleanup of a storage. It stops counting an element before it calls the destructor, which
  // may look at the slice.
  static void DestroyElements(void* elements) noexcept {
    T* const first = static_cast<T*>(elements);
    for (std::size_t& live = Live(first); live != 0;) first[--live].~T();
  }
};

// Makes an element of another one, or of a value that converts to T implicitly.
template <class T, class V>
ARENA_ALWAYS_INLINE T Convert(V&& value) {
  if constexpr (std::is_same_v<std::remove_cvref_t<V>, T>) {
    return T(std::forward<V>(value));  // T's copy constructor may be explicit
  } else if constexpr (std::is_arithmetic_v<T> && std::is_arithmetic_v<std::remove_cvref_t<V>>) {
    return static_cast<T>(value);  // no warning in here for what the caller wrote
  } else {
    return std::forward<V>(value);
  }
}

template <class V, class T>
concept ConvertsTo = std::is_convertible_v<V, T> ||
                     (std::is_same_v<std::remove_cvref_t<V>, T> && std::is_constructible_v<T, V>);

// Constructs an element, with the arena's allocator if T takes one, as a std::pmr container would.
template <class T, class V>
ARENA_ALWAYS_INLINE void ConstructElement(ARENA_MAYBE_UNUSED Arena& arena, T* place, V&& value) {
  if constexpr (kMayTakeArena<T>) {
    if constexpr (detail::HowToConstruct<T, T&&>() != Construction::kImpossible) {
      if constexpr (std::is_same_v<std::remove_cvref_t<V>, T>) {
        detail::ConstructIn<T>(arena, place, std::forward<V>(value));
      } else {
        detail::ConstructIn<T>(arena, place, detail::Convert<T>(std::forward<V>(value)));
      }
      return;
    }
  }
  ::new (static_cast<void*>(place)) T(detail::Convert<T>(std::forward<V>(value)));
}

// Destroys the elements that it has counted, unless it is dismissed.
template <class T>
class ElementGuard {
 public:
  explicit ElementGuard(T* first) noexcept : first_(first) {}
  ~ElementGuard() {
    while (count_ != 0) first_[--count_].~T();
  }
  ElementGuard(const ElementGuard&) = delete;
  ElementGuard& operator=(const ElementGuard&) = delete;

  template <class V>
  ARENA_ALWAYS_INLINE void Construct(Arena& arena, V&& value) {
    detail::ConstructElement<T>(arena, next(), std::forward<V>(value));
    Count();
  }
  T* next() const noexcept { return first_ + count_; }
  void Count() noexcept { ++count_; }
  void Dismiss() noexcept { count_ = 0; }

 private:
  T* first_;
  std::size_t count_ = 0;
};

// ---- Storage of elements that are copied as bytes ------------------------------------------------

// Sets the capacity that is needed, and the one that is wanted: twice the old one, or the old one
// where the elements only have to lie elsewhere. Throws std::bad_alloc if the need is above
// kMaxCapacity.
template <class T>
void PlanGrowth(std::size_t size, std::size_t capacity, std::size_t extra, std::size_t* need,
                std::size_t* wanted) {
  if (!AddSizes(size, extra, need) || *need > kMaxCapacity<T>) ThrowBadAlloc();
  *wanted = *need <= capacity ? capacity : MaxOf(*need, MinOf(2 * capacity, kMaxCapacity<T>));
}

template <class T>
ARENA_COLD SliceStorage<T> GrowBytewise(Arena& arena, T* data, std::size_t size,
                                        std::size_t capacity, std::size_t extra) {
  std::size_t need, wanted;
  detail::PlanGrowth<T>(size, capacity, extra, &need, &wanted);
  if (const std::size_t extended =
          detail::ExtendInPlace(arena, data, 0, sizeof(T), capacity, need, wanted)) {
    return {data, extended};
  }
  void* storage = arena.TryAlloc(wanted * sizeof(T), alignof(T));
  if (storage == nullptr) {
    storage = arena.Alloc(need * sizeof(T), alignof(T));
    wanted = need;
  }
  if (size != 0) std::memcpy(storage, static_cast<const void*>(data), size * sizeof(T));
  return {static_cast<T*>(storage), wanted};
}

// ---- Storage of other elements -----------------------------------------------------------------

// A new storage and its record, without an element yet. The destructor takes both back unless Keep
// was called.
template <class T>
class NewStorage {
  using Layout = SliceLayout<T>;

 public:
  // Allocates room for `wanted` elements, or for `need` where memory is short. Throws
  // std::bad_alloc.
  NewStorage(Arena& arena, std::size_t wanted, std::size_t need)
      : arena_(arena), before_(arena.Position()), capacity_(wanted) {
    void* start =
        Layout::Bytes(wanted, &bytes_) ? arena.TryAlloc(bytes_, Layout::kAlignment) : nullptr;
    if (start == nullptr) {
      if (!Layout::Bytes(need, &bytes_)) ThrowBadAlloc();
      start = arena.Alloc(bytes_, Layout::kAlignment);
      capacity_ = need;
    }
    void* const first = static_cast<std::byte*>(start) + Layout::kFront;
    elements_ = static_cast<T*>(first);
    ::new (static_cast<void*>(&Layout::Live(elements_))) std::size_t{0};
    if constexpr (kTakesArena<T>) {
      ::new (static_cast<void*>(&Layout::Scope(elements_))) const void* {arena.Scope()};
    }
    if constexpr (kNeedsCleanup<T>) {
      if (!arena.AddCleanup({&Layout::DestroyElements, elements_})) {
        arena.Undo(before_, start, bytes_);
        ThrowBadAlloc();
      }
    }
  }

  ~NewStorage() {
    if (kept_) return;
    if constexpr (kNeedsCleanup<T>) {
      // The record is no longer the newest if an element registered a cleanup or left a scope open.
      // It stays then, with no element to destroy.
      if (!arena_.DropCleanup(elements_)) return;
    }
    arena_.Undo(before_, reinterpret_cast<std::byte*>(elements_) - Layout::kFront, bytes_);
  }

  NewStorage(const NewStorage&) = delete;
  NewStorage& operator=(const NewStorage&) = delete;

  T* elements() const noexcept { return elements_; }
  std::size_t capacity() const noexcept { return capacity_; }

  // Keeps the storage, with its first `live` elements constructed.
  void Keep(std::size_t live) noexcept {
    Layout::Live(elements_) = live;
    kept_ = true;
  }

 private:
  Arena& arena_;
  Address before_;
  std::size_t capacity_;
  std::size_t bytes_ = 0;
  T* elements_ = nullptr;
  bool kept_ = false;
};

// Appends `extra` elements, which fill(guard) constructs one after the other: in place if the
// storage is the arena's newest allocation, else in new storage, to which the old elements are
// moved or copied.
template <class T, bool kMoving, class Fill>
ARENA_COLD SliceStorage<T> GrowAndFill(Arena& arena, T* data, std::size_t size,
                                       std::size_t capacity, bool headerless, std::size_t extra,
                                       Fill fill) {
  using Layout = SliceLayout<T>;
  std::size_t need, wanted;
  detail::PlanGrowth<T>(size, capacity, extra, &need, &wanted);
  // If Live is above size, another value has appended to the storage, and the slots are taken.
  if (data != nullptr && !headerless && Layout::Live(data) == size) {
    void* const start = reinterpret_cast<std::byte*>(data) - Layout::kFront;
    if (const std::size_t extended = detail::ExtendInPlace(arena, start, Layout::kFront, sizeof(T),
                                                           capacity, need, wanted)) {
      struct Shrink {
        Arena& arena;
        void* start;
        std::size_t bytes, old_bytes;
        bool undo = true;
        ~Shrink() {
          if (undo) arena.TryResize(start, bytes, old_bytes);
        }
      } shrink{arena, start, Layout::kFront + extended * sizeof(T),
               Layout::kFront + capacity * sizeof(T)};
      ElementGuard<T> guard(data + size);
      fill(guard);
      guard.Dismiss();
      shrink.undo = false;
      Layout::Live(data) = need;
      return {data, extended};
    }
  }

  NewStorage<T> storage(arena, wanted, need);
  T* const elements = storage.elements();
  // The new elements come first: they may be made from old ones, which are moved from below.
  ElementGuard<T> added(elements + size);
  fill(added);
  ElementGuard<T> relocated(elements);
  for (std::size_t i = 0; i < size; ++i) {
    if constexpr (kMoving && (std::is_nothrow_move_constructible_v<T> || !kCopyable<T>)) {
      if constexpr (kTakesArena<T>) {
        // What the element holds may end before the new storage does. Without a header nothing
        // tells.
        if (headerless || !Layout::EndsWith(arena, data)) {
          relocated.Construct(arena, std::move(data[i]));
          continue;
        }
      }
      ::new (static_cast<void*>(relocated.next())) T(std::move(data[i]));
      relocated.Count();
    } else {
      relocated.Construct(arena, std::as_const(data[i]));
    }
  }
  relocated.Dismiss();
  added.Dismiss();
  storage.Keep(need);
  return {elements, storage.capacity()};
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_SLICE_SLICE_STORAGE_HPP

// ---- arena/detail/slice/slice_append.hpp ---------------------------------------------------------
//
// Appending to a Slice: within its capacity, or by growing its storage.
#ifndef ARENA_DETAIL_SLICE_SLICE_APPEND_HPP
#define ARENA_DETAIL_SLICE_SLICE_APPEND_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

struct SliceAccess {
  template <class T>
  static constexpr Slice<T> Make(T* data, std::size_t size, std::size_t capacity) noexcept {
    return Slice<T>(data, size, capacity);
  }
  // Whether the slice has this flag.
  template <class T>
  static bool Is(std::size_t flag, const Slice<T>& slice) noexcept {
    return (slice.capacity_.word & flag) != 0;
  }

  // Returns the slice with `count` more elements in the same storage. The old value names its
  // elements, too, unless it was moved.
  template <bool kMoving, class T>
  static ARENA_ALWAYS_INLINE Slice<T> Longer(const Slice<T>& slice, std::size_t count) noexcept {
    return Slice<T>(slice.data_, slice.size_ + count,
                    slice.capacity_.word | (kMoving || kBytewise<T> ? 0 : kShared));
  }
  // Returns the slice with `count` more elements in `storage`. If that is new, and has not grown in
  // place, no other value names its elements.
  template <bool kMoving, class T>
  static Slice<T> Grown(const Slice<T>& slice, std::size_t count,
                        const SliceStorage<T>& storage) noexcept {
    const bool in_place = storage.data == slice.data_;
    const std::size_t shared = kMoving ? slice.capacity_.word & kShared : kShared;
    return Slice<T>(storage.data, slice.size_ + count, storage.capacity | (in_place ? shared : 0));
  }
};

// GrowAndFill for a slice. It copies the old elements if another value may name them, which only
// kShared tells when the slice was moved.
template <bool kMoving, class T, class Fill>
Slice<T> GrowSlice(Arena& arena, const Slice<T>& slice, std::size_t count, Fill fill) {
  const auto grow = [&]<bool kMove>(std::bool_constant<kMove>) {
    return detail::GrowAndFill<T, kMove>(arena, slice.data(), slice.size(), slice.capacity(),
                                         SliceAccess::Is(kHeaderless, slice), count, fill);
  };
  if constexpr (kMoving && kCopyable<T>) {
    if (SliceAccess::Is(kShared, slice)) {
      return SliceAccess::Grown<true>(slice, count, grow(std::false_type()));
    }
  }
  return SliceAccess::Grown<kMoving>(slice, count, grow(std::bool_constant<kMoving>()));
}

// Returns the storage of a slice with room for `count` more elements, grown if it has less.
template <class T>
ARENA_ALWAYS_INLINE SliceStorage<T> BytewiseRoom(Arena& arena, const Slice<T>& slice,
                                                 std::size_t count) {
  const SliceStorage<T> own{slice.data(), slice.capacity()};
  if (own.capacity - slice.size() >= count) [[likely]] {
    return own;
  }
  return detail::GrowBytewise<T>(arena, own.data, slice.size(), own.capacity, count);
}

// Whether `count` elements, at least one, can be written behind the slice without moving it. Not
// for elements that are copied as bytes.
template <class T>
ARENA_ALWAYS_INLINE bool HasSpare(const Arena& arena, const Slice<T>& slice,
                                  std::size_t count) noexcept {
  if (slice.capacity() - slice.size() < count) return false;
  if (!SliceLayout<T>::EndsWith(arena, slice.data())) return false;
  const std::size_t live = SliceLayout<T>::Live(slice.data());
  // A live element that we cannot assign to blocks the append as the end of the storage would.
  // While the elements are being destroyed fewer are live than the slice has: the storage takes no
  // more.
  return std::is_move_assignable_v<T> ? live >= slice.size() : live == slice.size();
}

// Whether the iterator is as good as a const T*. The iterator of a volatile T is not.
template <class Iterator, class T>
concept PointsTo =
    std::contiguous_iterator<Iterator> &&
    std::is_same_v<const std::remove_reference_t<std::iter_reference_t<Iterator>>, const T>;

// Writes `count` elements from `source` behind the slice, which HasSpare for them: assigns to those
// that are live, constructs the others. Elements and source may overlap.
template <class T, class Iterator>
void WriteElements(Arena& arena, T* data, std::size_t size, std::size_t count, Iterator source) {
  std::size_t& storage_live = SliceLayout<T>::Live(data);
  T* const target = data + size;
  // How many of the slots are live.
  std::size_t live = 0;
  const auto construct_others = [&](Iterator from) {
    ElementGuard<T> guard(target + live);
    for (std::size_t i = live; i < count; ++i) {
      guard.Construct(arena, *from);
      ++from;
    }
    guard.Dismiss();
    storage_live = MaxOf(storage_live, size + count);
  };
  // If we cannot assign to elements, HasSpare has seen to it that none is live.
  if constexpr (std::is_move_assignable_v<T>) {
    live = MinOf(storage_live - size, count);
    const auto assign = [&](std::size_t i, const Iterator& from) {
      T value(detail::Convert<T>(*from));
      target[i] = std::move(value);
    };
    if constexpr (PointsTo<Iterator, T>) {
      // A source before its destination may overlap it, so its last elements are read first.
      if (reinterpret_cast<std::uintptr_t>(std::to_address(source)) <
          reinterpret_cast<std::uintptr_t>(target)) {
        construct_others(source + static_cast<std::ptrdiff_t>(live));
        for (std::size_t i = live; i != 0; --i) {
          assign(i - 1, source + static_cast<std::ptrdiff_t>(i - 1));
        }
        return;
      }
    }
    for (std::size_t i = 0; i < live; ++i) {
      assign(i, source);
      ++source;
    }
  }
  construct_others(source);
}

template <class T, bool kMoving>
constexpr void CheckAppend() noexcept {
  CheckAllocatable<T>();
  static_assert(kMoving || kCopyable<T>,
                "arena: a slice of a move-only type grows by moving: write SliceAppend(arena, "
                "std::move(slice), ...)");
}

template <bool kMoving, class T, class V>
ARENA_ALWAYS_INLINE Slice<T> AppendOne(Arena& arena, const Slice<T>& slice, V&& value) {
  CheckAppend<T, kMoving>();
  const std::size_t size = slice.size();
  if constexpr (kBytewise<T>) {
    const SliceStorage<T> storage = detail::BytewiseRoom(arena, slice, 1);
    void* const place = storage.data + size;
    // Copied first, because the value may be this very slot, reached through another slice.
    if constexpr (sizeof(T) <= 2 * sizeof(void*) && std::is_copy_constructible_v<T>) {
      const T copy(std::as_const(value));  // a template may take a T& better than T's copying does
      ::new (place) T(copy);
    } else {
      std::memmove(place, static_cast<const void*>(std::addressof(value)), sizeof(T));
    }
    return SliceAccess::Make(storage.data, size + 1, storage.capacity);
  } else {
    T* const data = slice.data();
    // As HasSpare, with the usual case first.
    if (size != slice.capacity() && SliceLayout<T>::EndsWith(arena, data)) [[likely]] {
      std::size_t& live = SliceLayout<T>::Live(data);
      if (live == size) [[likely]] {
        detail::ConstructElement<T>(arena, data + size, std::forward<V>(value));
        live = size + 1;
        return SliceAccess::Longer<kMoving>(slice, 1);
      }
      if constexpr (std::is_move_assignable_v<T>) {
        if (live > size) {
          T copy(std::forward<V>(value));
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-copy"  // whatever T's assignment is
#endif
          data[size] = std::move(copy);
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif
          return SliceAccess::Longer<kMoving>(slice, 1);
        }
      }
    }
    return detail::GrowSlice<kMoving>(arena, slice, 1, [&arena, &value](ElementGuard<T>& guard) {
      guard.Construct(arena, std::forward<V>(value));
    });
  }
}

template <bool kMoving, class T, class Iterator>
Slice<T> AppendCounted(Arena& arena, const Slice<T>& slice, Iterator first, std::size_t count) {
  if (count == 0) return SliceAccess::Longer<kMoving>(slice, 0);
  if constexpr (kBytewise<T>) {
    const SliceStorage<T> storage = detail::BytewiseRoom(arena, slice, count);
    T* const target = storage.data + slice.size();
    if constexpr (PointsTo<Iterator, T>) {
      std::memmove(static_cast<void*>(target), static_cast<const void*>(std::to_address(first)),
                   count * sizeof(T));
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        ::new (static_cast<void*>(target + i)) T(detail::Convert<T>(*first));
        ++first;
      }
    }
    return SliceAccess::Make(storage.data, slice.size() + count, storage.capacity);
  } else {
    if (detail::HasSpare(arena, slice, count)) {
      detail::WriteElements<T>(arena, slice.data(), slice.size(), count, first);
      return SliceAccess::Longer<kMoving>(slice, count);
    }
    return detail::GrowSlice<kMoving>(arena, slice, count, [&](ElementGuard<T>& guard) {
      for (std::size_t i = 0; i < count; ++i) {
        guard.Construct(arena, *first);
        ++first;
      }
    });
  }
}

template <bool kMoving, class T, class... Vs>
ARENA_ALWAYS_INLINE Slice<T> AppendMany(Arena& arena, const Slice<T>& slice, Vs&&... values) {
  CheckAppend<T, kMoving>();
  constexpr std::size_t kCount = sizeof...(Vs);
  if constexpr (kBytewise<T>) {
    // All values are read before the first write, because they may be slots that are written to.
    const T copies[] = {detail::Convert<T>(std::forward<Vs>(values))...};
    return detail::AppendCounted<kMoving, T>(arena, slice, std::begin(copies), kCount);
  } else {
    if (!detail::HasSpare(arena, slice, kCount)) [[unlikely]] {
      return detail::GrowSlice<kMoving>(arena, slice, kCount, [&](ElementGuard<T>& guard) {
        (guard.Construct(arena, std::forward<Vs>(values)), ...);
      });
    }
    std::size_t& live = SliceLayout<T>::Live(slice.data());
    if (live == slice.size()) [[likely]] {
      // No value can be a slot that is written to, because none is live. So the elements are
      // constructed in place, and a type that takes the arena's allocator asks no other.
      ElementGuard<T> guard(slice.data() + slice.size());
      (guard.Construct(arena, std::forward<Vs>(values)), ...);
      guard.Dismiss();
      live = slice.size() + kCount;
      return SliceAccess::Longer<kMoving>(slice, kCount);
    }
    // All values are read before the first write.
    T copies[] = {detail::Convert<T>(std::forward<Vs>(values))...};
    detail::WriteElements<T>(arena, slice.data(), slice.size(), kCount,
                             std::move_iterator<T*>(copies));
    return SliceAccess::Longer<kMoving>(slice, kCount);
  }
}

// The ends of a range. As in std::ranges, a user's function begin(range) is called only if there is
// no member; unlike there, a range-based for loop is all that a range has to serve.
template <class R>
auto FirstOfRange(R& range) {
  if constexpr (requires { std::begin(range); }) {
    return std::begin(range);
  } else {
    return begin(range);
  }
}
template <class R>
auto LastOfRange(R& range) {
  if constexpr (requires { std::end(range); }) {
    return std::end(range);
  } else {
    return end(range);
  }
}

// Whether the two functions above find what they return.
template <class R>
concept HasEnds =
    (requires(R& range) { std::begin(range); } || requires(R& range) { begin(range); }) &&
    (requires(R& range) { std::end(range); } || requires(R& range) { end(range); });

template <bool kMoving, class T, class R>
Slice<T> AppendRange(Arena& arena, const Slice<T>& slice, R& range) {
  CheckAppend<T, kMoving>();
  static_assert(
      HasEnds<R>,
      "arena: SliceAppendRange needs a range, which has begin() and end(), or a braced list; "
      "SliceAppend takes values");
  if constexpr (HasEnds<R>) {
    auto first = detail::FirstOfRange(range);
    // Not const: sentinels are assignable (std::semiregular).
    auto last = detail::LastOfRange(range);
    static_assert(ConvertsTo<decltype(*first), T>,
                  "arena: SliceAppendRange needs a range whose elements convert to T implicitly");
    if constexpr (std::forward_iterator<decltype(first)>) {
      std::size_t count = 0;
      if constexpr (std::sized_sentinel_for<decltype(last), decltype(first)>) {
        count = static_cast<std::size_t>(last - first);
      } else {
        for (auto it = first; it != last; ++it) ++count;
      }
      return detail::AppendCounted<kMoving, T>(arena, slice, first, count);
    } else {
      // AppendOne<true> moves the elements of storage that no other value names when that grows
      // again.
      Slice<T> grown = SliceAccess::Longer<kMoving>(slice, 0);
      for (; first != last; ++first) {
        grown = detail::AppendOne<true, T>(arena, grown, detail::Convert<T>(*first));
      }
      return grown;
    }
  }
}

// Allocates a slice and constructs its elements: make(place) for each.
template <class T, class Make>
Slice<T> AllocateSliceWith(Arena& arena, std::size_t len, std::size_t capacity, Make make) {
  if (len > capacity)
    Throw<std::length_error>("arena: AllocateSlice: the length is above the capacity");
  if (capacity == 0) return {};
  if constexpr (kBytewise<T>) {
    std::size_t bytes;
    if (!MultiplySizes(capacity, sizeof(T), &bytes)) ThrowBadAlloc();
    const Address before = arena.Position();
    T* const data = static_cast<T*>(arena.Alloc(bytes, alignof(T)));
    AllocationGuard guard(arena, before, data, bytes);
    for (std::size_t i = 0; i < len; ++i) make(data + i);
    guard.Dismiss();
    return SliceAccess::Make(data, len, capacity);
  } else {
    if (capacity > kMaxCapacity<T>) ThrowBadAlloc();
    NewStorage<T> storage(arena, capacity, capacity);
    ElementGuard<T> guard(storage.elements());
    for (std::size_t i = 0; i < len; ++i) {
      make(guard.next());
      guard.Count();
    }
    guard.Dismiss();
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
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// A value of {pointer, length, capacity} over memory of an arena.
///
/// Copying a Slice copies the three words; the copies share elements, as copies of a std::span do,
/// and const applies to the words alone. SliceAppend and SliceAppendRange return the grown value;
/// older values stay valid. A Slice lives as long as the arena's memory. A default-constructed
/// Slice is empty and can be appended to.
///
/// If T is trivially copyable, two slices that share spare capacity overwrite each other's appends,
/// as in Go. Otherwise an append through an older value assigns to the element that is there, and
/// every element is destroyed once, with the arena's cleanups, last element first. Each storage has
/// a cleanup of its own, in the arena and the scope that its memory comes from. It is registered
/// before the elements, so they die after everything that was put into the arena since their
/// storage was made. (An object of Allocate dies before what its own constructor put there.)
///
/// An element that is appended within the capacity lives as long as the storage. If the storage
/// comes from outside the innermost open scope, or from another arena, a slice of a type that takes
/// the arena's allocator (an arena::List, a std::pmr type, a pair or a tuple with one) grows
/// instead, so that no element outlives its memory. An element of another type must not hold memory
/// of the scope there; Clip() makes its append grow, too. Constructors and destructors of elements
/// do not append to the slice that they are in.
///
/// A slice of elements that are not trivially copyable remembers when it is a copy, so that
/// SliceAppend does not move elements out of a slice that a function returned by value. A Slice<T>
/// that is instantiated while T is incomplete, as a member of T itself, does not remember. All
/// translation units must agree on whether T is complete there: do not make Slice<T> a member where
/// T is only declared, unless it is a member of T.
template <class T>
class Slice {
  static_assert(std::is_object_v<T>,
                "arena: a slice holds objects; of references make pointers, of void std::byte");

 public:
  /// @{
  /// What the standard library asks of a range.
  using value_type = T;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using pointer = T*;
  using reference = T&;
  using iterator = T*;
  /// @}

  /// Empty, with no capacity. It can be appended to.
  constexpr Slice() noexcept = default;

  /// @{
  /// The elements: where they lie, how many there are, whether there are none. O(1).
  T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  ARENA_NODISCARD bool empty() const noexcept { return size_ == 0; }
  /// @}

  /// How many elements the storage has room for.
  std::size_t capacity() const noexcept {
    if constexpr (detail::kBytewise<T>) {
      return capacity_.word;
    } else {
      return capacity_.word & ~(detail::kHeaderless | detail::kShared);
    }
  }

  /// The element at `index`. Debug builds check that there is one.
  T& operator[](std::size_t index) const noexcept {
    ARENA_ASSERT(index < size_);
    return data_[index];
  }

  /// The element at `index`; throws std::out_of_range.
  T& at(std::size_t index) const {
    if (index >= size_)
      detail::Throw<std::out_of_range>("arena: Slice::at: the index is not below size()");
    return data_[index];
  }

  /// @{
  /// The first and the last element. Debug builds check that there is one.
  T& front() const noexcept { return (*this)[0]; }
  T& back() const noexcept { return (*this)[size_ - 1]; }
  /// @}

  /// @{
  /// Iterators, valid as long as the elements, whatever becomes of the Slice itself.
  T* begin() const noexcept { return data_; }
  T* end() const noexcept { return data_ + size_; }
  /// @}

  /// The elements [from, to). Throws std::out_of_range unless from <= to <= size().
  ///
  /// The result shares the spare capacity behind `to`, as in Go. If T is not trivially copyable, a
  /// result that does not start at the front has no spare capacity: appending to it copies. O(1).
  ARENA_NODISCARD Slice Subslice(std::size_t from, std::size_t to) const {
    if (from > to || to > size_) {
      detail::Throw<std::out_of_range>("arena: Slice::Subslice: needs from <= to <= size()");
    }
    if constexpr (detail::kBytewise<T>) {
      return Slice(data_ + from, to - from, capacity_.word - from);
    } else {
      const bool has_header = from == 0 && (capacity_.word & detail::kHeaderless) == 0;
      const std::size_t capacity = has_header ? capacity_.word : (to - from) | detail::kHeaderless;
      return Slice(data_ + from, to - from, capacity | detail::kShared);
    }
  }

  /// The same elements with capacity() == size(): an append to the result writes to new storage,
  /// and does not touch the spare capacity that other slices share. O(1).
  ARENA_NODISCARD Slice Clip() const noexcept {
    if constexpr (detail::kBytewise<T>) {
      return Slice(data_, size_, size_);
    } else {
      return Slice(data_, size_, size_ | (capacity_.word & detail::kHeaderless) | detail::kShared);
    }
  }

 private:
  friend struct detail::SliceAccess;

  constexpr Slice(T* data, std::size_t size, std::size_t capacity) noexcept
      : data_(data), size_(size), capacity_(capacity) {}

  T* data_ = nullptr;
  std::size_t size_ = 0;  // <= capacity()
  detail::SliceCapacity<detail::RemembersCopies<T>()> capacity_{};
};

/// A slice of `len` value-initialised elements with room for `capacity`; the memory behind `len` is
/// uninitialised.
///
/// Throws std::length_error when len > capacity; std::bad_alloc when memory is short, when capacity
/// * sizeof(T) is above PTRDIFF_MAX, or when T is not trivially copyable and capacity is above
/// SIZE_MAX / 4; and what an element's constructor throws. The slice's memory is then freed as that
/// of an object whose constructor throws (see Allocate): if it is still the newest of the window,
/// which it is not where its cleanup had to go into the next chunk. What the elements themselves
/// put into the arena stays. (0, 0) allocates nothing. O(len).
template <class T>
ARENA_NODISCARD Slice<T> AllocateSlice(Arena& arena ARENA_LIFETIMEBOUND, std::size_t len,
                                       std::size_t capacity) {
  detail::CheckAllocatable<T>();
  static_assert(!std::is_object_v<T> || detail::IsValueConstructibleIn<T>(),
                "arena: AllocateSlice needs a default constructor, or one that takes an allocator "
                "alone; start from an empty arena::Slice<T> and append");
  return detail::AllocateSliceWith<T>(arena, len, capacity, [&arena](T* place) {
    detail::ConstructIn<T>(arena, static_cast<void*>(place));
  });
}

/// A slice of `len` value-initialised elements and no spare capacity.
template <class T>
ARENA_NODISCARD Slice<T> AllocateSlice(Arena& arena ARENA_LIFETIMEBOUND, std::size_t len) {
  return arena::AllocateSlice<T>(arena, len, len);
}

/// AllocateSlice that default-initialises the elements: an int has an indeterminate value.
template <class T>
ARENA_NODISCARD Slice<T> AllocateSliceForOverwrite(Arena& arena ARENA_LIFETIMEBOUND,
                                                   std::size_t len, std::size_t capacity) {
  detail::CheckAllocatable<T>();
  static_assert(
      !std::is_object_v<T> || detail::IsValueConstructibleIn<T>(),
      "arena: AllocateSliceForOverwrite needs a default constructor, or one that takes an "
      "allocator alone; start from an empty arena::Slice<T> and append");
  return detail::AllocateSliceWith<T>(arena, len, capacity, [&arena](T* place) {
    detail::ConstructForOverwrite<T>(arena, static_cast<void*>(place));
  });
}

/// @{
/// The slice with `value` appended. `value` may be an element of the slice, and may be braced.
///
/// Within the capacity this writes one element. Beyond it the slice grows to twice its capacity: in
/// place if its storage is the arena's newest allocation, else in new storage. The old elements
/// stay valid, so those of an lvalue slice are copied; pass std::move(slice) to move them. They are
/// copied all the same, if T can be copied, when another value names them: when the slice is itself
/// a copy, was made by Subslice or Clip, or grew within the storage of a slice that was not moved.
/// O(1) amortised.
///
/// A std::vector<std::unique_ptr<X>>, or another container or pair whose elements cannot be copied,
/// counts as move-only, whatever it says of itself. A class, tuple or std::optional that holds one
/// says, too, that it can be copied, and does not compile then: let a class declare its copy
/// constructor deleted, and put a tuple or an optional into such a class.
///
/// Elements that move into another arena, or into a scope, are given that arena's allocator if
/// their type takes one, which copies what they hold if it is another arena's.
///
/// Throws std::bad_alloc, and what T's constructors throw, with the slice as before; an element
/// that the append assigns to may have changed then. So may those that were to move into another
/// arena or into a scope: some may be moved from.
template <class T>
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         const Slice<T>& slice,
                                                         const std::type_identity_t<T>& value) {
  return detail::AppendOne<false, T>(arena, slice, value);
}
template <class T>
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         const Slice<T>& slice,
                                                         std::type_identity_t<T>&& value) {
  return detail::AppendOne<false, T>(arena, slice, std::move(value));
}
template <class T>
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         Slice<T>&& slice,
                                                         const std::type_identity_t<T>& value) {
  return detail::AppendOne<true, T>(arena, slice, value);
}
template <class T>
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         Slice<T>&& slice,
                                                         std::type_identity_t<T>&& value) {
  return detail::AppendOne<true, T>(arena, slice, std::move(value));
}
/// @}

/// @{
/// SliceAppend of several values, each of which converts to T implicitly.
template <class T, class First, class Second, class... More>
  requires(detail::ConvertsTo<First, T> && detail::ConvertsTo<Second, T> &&
           (detail::ConvertsTo<More, T> && ...))
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         const Slice<T>& slice, First&& first,
                                                         Second&& second, More&&... more) {
  return detail::AppendMany<false, T>(arena, slice, std::forward<First>(first),
                                      std::forward<Second>(second), std::forward<More>(more)...);
}
template <class T, class First, class Second, class... More>
  requires(detail::ConvertsTo<First, T> && detail::ConvertsTo<Second, T> &&
           (detail::ConvertsTo<More, T> && ...))
ARENA_NODISCARD ARENA_ALWAYS_INLINE Slice<T> SliceAppend(Arena& arena ARENA_LIFETIMEBOUND,
                                                         Slice<T>&& slice, First&& first,
                                                         Second&& second, More&&... more) {
  return detail::AppendMany<true, T>(arena, slice, std::forward<First>(first),
                                     std::forward<Second>(second), std::forward<More>(more)...);
}
/// @}

/// @{
/// The slice with the elements of `range` appended. The range may be the slice or a part of it, and
/// may be a braced list.
///
/// The slice grows at most once; with an input range, which cannot be counted, each element is
/// appended by itself. Throws what SliceAppend throws, with the same guarantees; if an input range
/// throws, or an element of it, the elements of a moved slice may be moved from by then. O(size of
/// the range) amortised.
template <class T, class R = std::initializer_list<T>>
ARENA_NODISCARD Slice<T> SliceAppendRange(Arena& arena ARENA_LIFETIMEBOUND, const Slice<T>& slice,
                                          R&& range) {
  return detail::AppendRange<false, T>(arena, slice, range);
}
template <class T, class R = std::initializer_list<T>>
ARENA_NODISCARD Slice<T> SliceAppendRange(Arena& arena ARENA_LIFETIMEBOUND, Slice<T>&& slice,
                                          R&& range) {
  return detail::AppendRange<true, T>(arena, slice, range);
}
/// @}

ARENA_END_NAMESPACE

/// @cond
// The elements outlive the Slice value that names them.
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<arena::Slice<T>> = true;
/// @endcond

#endif  // ARENA_SLICE_HPP

// ---- arena/string.hpp ----------------------------------------------------------------------------
//
// Text in an arena: the type String, and copies of string views.
#ifndef ARENA_STRING_HPP
#define ARENA_STRING_HPP

#include <cstring>
#include <string>
#include <string_view>


ARENA_BEGIN_NAMESPACE

namespace detail {

template <class Container>
void SwapInOneArena(Container& a, Container& b) noexcept(noexcept(a.swap(b))) {
  ARENA_ASSERT(a.get_allocator() == b.get_allocator() &&
               "arena: swap of containers that lie in different arenas");
  a.swap(b);
}

}  // namespace detail

#if defined(_GLIBCXX_USE_CXX11_ABI) && !_GLIBCXX_USE_CXX11_ABI
namespace detail {

// Stands in for String where the standard library cannot make one.
template <class Char>
struct NoString {
  static_assert(sizeof(Char) == 0,
                "arena: there is no arena::String with libstdc++'s old strings "
                "(_GLIBCXX_USE_CXX11_ABI=0), which default-construct their allocator; use "
                "arena::CopyString, an arena::ArenaBuffer or an arena::Vector<char>");
  template <class... Args>
  explicit NoString(Args&&...) noexcept {}
};

}  // namespace detail

using String = detail::NoString<char>;
#else
/// A std::string whose characters lie in an arena: `arena::String s("text", a);`.
///
/// With libstdc++'s old string ABI (_GLIBCXX_USE_CXX11_ABI=0) it does not compile, with a sentence
/// that says why; the rest of the library does.
using String = std::basic_string<char, std::char_traits<char>, Allocator<char>>;
#endif

/// Swaps two strings of one arena, and asserts that it is one. Argument-dependent lookup and
/// std::ranges::swap find it; for the member function and std::swap see containers.hpp.
template <class Char, class Traits>
void swap(std::basic_string<Char, Traits, Allocator<Char>>& a,
          std::basic_string<Char, Traits, Allocator<Char>>& b) noexcept {
  detail::SwapInOneArena(a, b);
}

/// A copy of `text` in the arena, with a NUL behind its end: `view.data()` is a C string.
///
/// The copy lives as long as the arena's memory; Len() grows by text.size() + 1. O(size). Throws
/// std::bad_alloc.
ARENA_NODISCARD inline std::string_view CopyString(Arena& arena ARENA_LIFETIMEBOUND,
                                                   std::string_view text) {
  auto* const copy = static_cast<char*>(arena.Alloc(text.size() + 1, 1));
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  const char* const begin = copy;  // With a char* the compiler would check all constructors.
  return {begin, text.size()};
}

ARENA_END_NAMESPACE

#endif  // ARENA_STRING_HPP

// ---- arena/detail/threads/thread_cache.hpp -------------------------------------------------------
//
// What a thread remembers: its parts of the arenas that it used last. A hit takes a comparison, and
// nothing here has a destructor or is registered anywhere: a thread that ends leaves nothing
// behind.
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

// ---- arena/detail/threads/window_sizes.hpp -------------------------------------------------------
//
// How large the windows of a thread are, and when one is retired: on numbers alone.
#ifndef ARENA_DETAIL_THREADS_WINDOW_SIZES_HPP
#define ARENA_DETAIL_THREADS_WINDOW_SIZES_HPP

#include <cstddef>


ARENA_BEGIN_NAMESPACE
namespace detail {

// A cache line: what threads that write to their memory do not share.
inline constexpr std::size_t kLine = 64;

// Sizes are in bytes of the base's memory, whole lines. What the options say is a line more:
// a request of this size and alignment then fits chunks and size classes of such round numbers.
class WindowSizes {
 public:
  // `min_first` is what the first window must have.
  constexpr WindowSizes(std::size_t first, std::size_t usual, std::size_t max,
                        std::size_t min_first) noexcept
      : first_(MaxOf(Usable(first), RoundUp(min_first))),
        usual_(MaxOf(Usable(usual), first_)),
        max_(MaxOf(Usable(max), usual_)) {}

  // Of a thread's first window.
  constexpr std::size_t first() const noexcept { return first_; }

  // Of the window after one of `size`, for a thread that took `taken` bytes: it doubles, first up
  // to the usual size, then up to an eighth of `taken`. It has room for two requests of `need`,
  // unless that is more than the usual size.
  constexpr std::size_t Next(std::size_t size, std::size_t taken, std::size_t need) const noexcept {
    const std::size_t doubled = MinOf(2 * size, MaxOf(usual_, MinOf(max_, taken / 8)));
    const std::size_t wanted = need <= usual_ / 2 ? 2 * need : 0;
    return AlignDown(MaxOf(MaxOf(doubled, MinOf(RoundUp(wanted), usual_)), first_), kLine);
  }

  // The smallest window for a request of `need`: the end of a window stays unused.
  static constexpr std::size_t MinFor(std::size_t need) noexcept {
    return RoundUp(need + kGranule);
  }

  // Whether a window of `size` may be retired with `room` in it, when `direct` bytes were obtained
  // beside it.
  static constexpr bool MayRetire(std::size_t room, std::size_t size, std::size_t direct) noexcept {
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
// A part: what one thread has of a ThreadCachedArena. It is an arena whose windows lie in the
// base's memory, and it lies itself at the start of its first window.
//
//     +------+-----------------------------+--------+        +--------------------------+--------+
//     | part |           window            | unused |  ...   |          window          | unused |
//     +------+-----------------------------+--------+        +--------------------------+--------+
//
// The base owes each part one cleanup, End: whatever makes the base forget its memory ends the part
// before that. The last 16 bytes of a window stay unused, because an allocation that ended where
// the window does would be taken by the base for its own last block.
#ifndef ARENA_DETAIL_THREADS_PART_HPP
#define ARENA_DETAIL_THREADS_PART_HPP

#include <cstddef>
#include <cstdint>
#include <new>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Calls that take a mutex leave a mark while they last, for a Reset at the same time to find; in a
// debug build, one without optimisation, the short ones do so, too.
#if defined(NDEBUG) || defined(__OPTIMIZE__)
inline constexpr bool kMarksShortCalls = false;
#else
inline constexpr bool kMarksShortCalls = true;
#endif

// Owner is a BasicThreadCachedArena. "Locked" below means that its mutex is held. A thread of which
// a part is not has no business with it, apart from the functions that say so.
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
  static constexpr std::size_t MinSize() noexcept { return sizeof(Part) + 128; }

  // The base's cleanup. Runs those of the part, on the thread that makes the base forget its
  // memory.
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

  // ---- calls through the ThreadCachedArena ------------------------------------------------------

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
    if (!window().PushObject(type, object)) [[unlikely]]
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
    const bool added = window().PushObject(type, object) || DoAddDestructor(type, object);
    Publish();
    return added;
  }

  bool Resize(void* block, std::size_t old_size, std::size_t new_size) noexcept {
    const ShortCallMark mark(*this);
    return DoTryResize(block, old_size, new_size);
  }

  // ARENA_HEAP=1: of a block that a container returned.
  bool DeallocateOnHeap(const void* block) noexcept { return window().DeallocateOnHeap(block); }

  // Takes the newest cleanup if it is that of `only`.
  bool TakeCleanupOf(Cleanup* cleanup, const void* only) noexcept {
    const ShortCallMark mark(*this);
    const bool taken = DoTakeCleanup(cleanup, only);
    Publish();
    return taken;
  }

  // ---- handles ----------------------------------------------------------------------------------

  void Hold() noexcept { ++locals_; }
  void LetGo() noexcept {
    --locals_;
    Publish();
  }

  // ---- for the owner, on any thread -------------------------------------------------------------

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
    // In this order: who sees a cursor that was moved back sees from where.
    const std::uintptr_t cursor = published_.LoadAcquire() + 1;
    return UsedUpTo(MaxOf(cursor, shrunk_from_.LoadRelaxed()));
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

  // ---- for the owner, locked, on its thread -----------------------------------------------------

  // Of the next window.
  std::size_t NextSize(const WindowSizes& sizes, std::size_t need) const noexcept {
    return sizes.Next(size_, taken_, need);
  }

  bool MayRetireWindow() const noexcept {
    return WindowSizes::MayRetire(window().Room(), size_, direct_);
  }

  // Retires the window and enters a block of `size` bytes that the base counts as `taken`.
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

  // Whether blocks shrank since the owner's peak took them in.
  bool HasShrunk() const noexcept { return shrunk_from_.LoadRelaxed() > Cursor(); }
  void ForgetShrunk() noexcept { shrunk_from_.StoreRelaxed(begin_); }

  // Tells other threads how far the cursor is, and that what was done before was done.
  ARENA_ALWAYS_INLINE void Publish() const noexcept {
    published_.StoreRelease(static_cast<std::uintptr_t>(window().position()));
  }

  // ---- as an arena, which a Local makes it ------------------------------------------------------

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
    return owner_ != nullptr ? owner_->AllocForPart(*this, size, alignment) : nullptr;
  }

  bool DoTryResize(void* block, std::size_t old_size, std::size_t new_size) noexcept override {
    if (block == newest_direct_) {
      if (owner_ == nullptr) return false;
      if (new_size == 0) newest_direct_ = nullptr;
      if (owner_->ResizeDirect(block, old_size, new_size)) return true;
      newest_direct_ = block;
      return false;
    }
    const std::uintptr_t cursor = Cursor();
    if (!window().Resize(block, old_size, new_size)) return false;
    if (new_size < old_size) {
      if (shrunk_from_.LoadRelaxed() < cursor) shrunk_from_.StoreRelaxed(cursor);
      Window::MarkCutOff(block, old_size, new_size);
    }
    Publish();
    return true;
  }

  bool DoAddCleanup(Cleanup cleanup) noexcept override {
    if (window().PushIntoSegment(cleanup) || window().OpenSegment(cleanup)) return true;
    return owner_ != nullptr && owner_->MovePart(*this, CleanupRecords::SegmentSize(1)) &&
           window().OpenSegment(cleanup);
  }

  bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept override {
    return window().TakeCleanupAndMark(cleanup, only);
  }

  const void* DoScope() const noexcept override { return scope_; }
  void DoMarkDeallocated(void* block, std::size_t size) noexcept override {
    if (DeallocateOnHeap(block) || owner_ == nullptr) return;
    owner_->MarkDeallocatedForPart(block, size);
  }

  void DoClear(Retention) noexcept override { FailToReset(); }
  void DoReset() noexcept override { FailToReset(); }
  void DoRelease() noexcept override { FailToReset(); }

 private:
  // In an instrumented build, in the unused bytes at the end of a window: how to find what is
  // marked.
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

  std::size_t UsedUpTo(std::uintptr_t cursor) const noexcept {
    return retired_ + (cursor - begin_);
  }

  // Enters the window [begin, block + size), less what stays unused at its end.
  void Enter(std::byte* block, std::byte* begin, std::size_t size, std::size_t taken) noexcept {
    retired_ = UsedUpTo(Cursor());
    std::byte* const end = block + size - kGranule;
    if constexpr (kInstrumented) {
      newest_end_ = ::new (end) WindowEnd{block, newest_end_};
      MarkFree(begin, static_cast<std::size_t>(end - begin));
      if constexpr (ARENA_ASAN != 0)
        MarkFree(end, kGranule);  // only AddressSanitizer preserves contents
    }
    size_ = size;
    taken_ += taken;
    direct_ = 0;
    begin_ = reinterpret_cast<std::uintptr_t>(begin);
    SetWindow(begin, end);
    shrunk_from_.StoreRelaxed(begin_);
    Publish();
  }

  Owner* owner_;  // null once that has ended: no more memory is to be had then
  const ThreadCache* const thread_;
  const void* const scope_;
  std::uintptr_t begin_ = 0;  // of the window
  std::size_t size_ = 0;      // of the block that the window lies in
  std::size_t taken_ = 0;
  std::size_t retired_ = 0;        // bytes handed out in windows that are retired
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

// ---- arena/detail/threads/parts_account.hpp ------------------------------------------------------
//
// What a ThreadCachedArena knows of the base's memory: which parts have taken how much of it, and
// the figures that follow.
#ifndef ARENA_DETAIL_THREADS_PARTS_ACCOUNT_HPP
#define ARENA_DETAIL_THREADS_PARTS_ACCOUNT_HPP

#include <cstddef>
#include <cstdint>


ARENA_BEGIN_NAMESPACE
namespace detail {

// All of it is guarded by the mutex of the ThreadCachedArena, apart from the visiting of parts
// while no thread is in a call.
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

  // A block of `size` bytes; if there is no memory for that, of half of it, and so on down to
  // `min_size`.
  Block Take(std::size_t size, std::size_t min_size) noexcept {
    const std::size_t before = base_.Len();
    for (;;) {
      size = MaxOf(size, min_size);
      if (void* const begin = base_.TryAlloc(size, kLine)) {
        const std::size_t taken = base_.Len() - before;
        taken_ += taken;
        return {static_cast<std::byte*>(begin), size, taken};
      }
      if (size == min_size) return {};
      size = AlignDown(size / 2, kLine);
    }
  }

  // Returns a block to the base, if that still can take it. The padding before it stays taken.
  void Return(const Block& block) noexcept {
    const std::size_t before = base_.Len();
    base_.TryResize(block.begin, block.size, 0);
    const std::size_t after = base_.Len();
    taken_ -= before - after;
    stranded_ += block.taken - (before - after);
    stranded_below_ = after;
  }

  // Registers a cleanup with the base, whose Len() may grow by the record: as if the part had taken
  // that.
  bool AddCleanup(Part& part, const Cleanup& cleanup) noexcept {
    const std::size_t before = base_.Len();
    if (!base_.AddCleanup(cleanup)) return false;
    const std::size_t grown = base_.Len() - before;
    part.NoteTaken(grown);
    taken_ += grown;
    return true;
  }

  // ---- the parts --------------------------------------------------------------------------------

  const PartTable<Part>& parts() const noexcept { return parts_; }

  void Add(Part& part) noexcept { parts_.Add(part); }

  // The base is about to forget the memory of this part. If it does so by itself, that is not heard
  // of later: the windows that are then still in its Len() must not get into the peak.
  void Remove(const Part& part) noexcept {
    NotePeak();
    parts_.Remove(part);
    if (forgetting_) {
      used_by_ended_ += part.Used();
    } else {
      taken_ -= part.taken();
      forgets_from_ = MinOf(forgets_from_, base_.Len());
    }
  }

  // ---- figures ----------------------------------------------------------------------------------

  std::size_t Len() const noexcept { return BytesWith(&Part::Used); }

  std::size_t Peak() const noexcept {
    return base_.Len() >= forgets_from_ ? peak_ : MaxOf(peak_, BytesWith(&Part::PeakUsed));
  }

  // Before Len can fall.
  void NotePeak() noexcept { peak_ = Peak(); }

  // Cleanups are taken in order to be run, and then the base is made to forget its memory. Parts
  // that end meanwhile count until it has.
  void NoteForgetting() noexcept {
    if (!forgetting_) NotePeak();
    forgetting_ = true;
  }
  void NoteForgotten() noexcept {
    taken_ = used_by_ended_ = stranded_ = 0;
    forgetting_ = false;
    forgets_from_ = SIZE_MAX;
  }

  // A thread is about to get a part: if the base was forgetting its memory by itself, it has.
  void NoteUse() noexcept {
    forgets_from_ = SIZE_MAX;
    const std::size_t freed = StrandedAndFreed();
    taken_ -= freed;
    stranded_ -= freed;
  }

 private:
  std::size_t StrandedAndFreed() const noexcept {
    return base_.Len() < stranded_below_ ? stranded_ : 0;
  }

  // The base's bytes, with those that `used` says of each part instead of its windows.
  std::size_t BytesWith(std::size_t (Part::*used)() const noexcept) const noexcept {
    const std::size_t len = base_.Len();
    std::size_t bytes = len - MinOf(taken_ - StrandedAndFreed(), len) + used_by_ended_;
    parts_.ForEach([&](const Part& part) { bytes += (part.*used)(); });
    return bytes;
  }

  Arena& base_;
  PartTable<Part> parts_{};
  std::size_t taken_ = 0;     // what the base counts for windows
  std::size_t stranded_ = 0;  // of these, for parts that did not come to be
  // The base's Len() when bytes were last stranded. If it falls below that, the base has forgotten
  // all of them: that is not heard of.
  std::size_t stranded_below_ = 0;
  std::size_t used_by_ended_ = 0;  // what was handed out in windows of parts that have ended
  std::size_t peak_;               // compared where Len can fall, and where Peak is read
  bool forgetting_ = false;
  std::size_t forgets_from_ = SIZE_MAX;  // the base forgets by itself until its Len() is below this
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_PARTS_ACCOUNT_HPP

// ---- arena/detail/threads/thread_parts.hpp -------------------------------------------------------
//
// The parts of a ThreadCachedArena: which one a thread has, where its memory comes from, and how
// all of them end.
#ifndef ARENA_DETAIL_THREADS_THREAD_PARTS_HPP
#define ARENA_DETAIL_THREADS_THREAD_PARTS_HPP

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>


ARENA_BEGIN_NAMESPACE
namespace detail {

// All that threads have to do with each other: the base, its parts, and the mutex that guards both.
// What a thread does alone, in its part, is BasicThreadCachedArena's. "Locked" below means that the
// mutex is held.
template <class Mutex>
class ThreadParts : public ArenaDecorator {
 public:
  using Part = detail::Part<ThreadParts>;

  ThreadParts(Arena& base, const WindowSizes& sizes) noexcept
      : ArenaDecorator(base),
        sizes_(sizes),
        entry_(NewEntry()),
        round_(NewRound()),
        account_(base) {}

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
  // Sets `part` to the calling thread's if the thread remembers it; else returns false.
  ARENA_ALWAYS_INLINE bool Recall(Part** part) const noexcept {
    const ThreadCache::Entry& entry = CacheEntry();
    *part = static_cast<Part*>(entry.part);
    return entry.round == round_;
  }

  ARENA_ALWAYS_INLINE Part* ExistingPart() noexcept {
    Part* part;
    if (Recall(&part)) [[likely]]
      return part;
    const std::lock_guard<Mutex> lock(mutex_);
    return FindPart();
  }

  // Null when there is no memory for a part.
  ARENA_NOINLINE Part* FindOrAddPart() noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    Part* const part = FindPart();
    return part != nullptr ? part : AddPart();
  }

  void* AllocWithoutPart(std::size_t size, std::size_t alignment) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    void* const block = base().TryAlloc(size, alignment);
    account_.NotePeak();  // without a part nobody says when the base forgets the block
    return block;
  }
  bool AddCleanupWithoutPart(const Cleanup& cleanup) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    return base().AddCleanup(cleanup);
  }

  // At the end. Ends the program with a message while a Local is held.
  void LoseParts() noexcept {
    FailIfInUse();
    account_.parts().ForEach([](Part& part) { part.LoseOwner(); });
  }

  // Of all parts, one after the other, through the base's cleanups; with `only`, of this thread's
  // part.
  ARENA_NOINLINE bool DoTakeCleanup(Cleanup* cleanup, const void* only) noexcept override {
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
    if constexpr (kHeap) {
      Part* const part = ExistingPart();
      if (part != nullptr && part->DeallocateOnHeap(block)) return;
    }
    const std::lock_guard<Mutex> lock(mutex_);
    ArenaDecorator::DoMarkDeallocated(block, size);
  }

  void DoClear(Retention retention) noexcept override {
    FailIfInUse();
    if (clearing_ || ending_) FailRecursive();
    clearing_ = true;
    Cleanup newest;
    while (this->DoTakeCleanup(&newest, nullptr)) newest.run(newest.object);
    retention == Retention::kRetain ? this->DoReset() : this->DoRelease();
    clearing_ = false;
  }

 private:
  friend Part;

  ARENA_ALWAYS_INLINE ThreadCache::Entry& CacheEntry() const noexcept {
    return thread_cache.At(entry_);
  }

  // The part of this thread, or of one that has ended and whose cache had the same address. Locked.
  Part* FindPart() noexcept {
    Part* const part = account_.parts().Find(thread_cache);
    if (part == nullptr) return nullptr;
    part->TakeOver();
    Remember(*part);
    return part;
  }

  // A new part for this thread; null when there is no memory for it. Locked.
  Part* AddPart() noexcept {
    if (const Part* const other = account_.parts().Any()) FailUnlessIn(other->scope());
    account_.NoteUse();
    // Not more, however large windows are: when there is no memory for the record that follows, the
    // base may not be able to take the block back.
    constexpr std::size_t kMax = 1024;
    const auto block =
        account_.Take(MinOf(sizes_.first(), kMax), WindowSizes::MinFor(Part::MinSize()));
    if (block.begin == nullptr) return nullptr;
    auto* const part =
        ::new (block.begin) Part(*this, thread_cache, DoScope(), block.size, block.taken);
    if (!account_.AddCleanup(*part, {&Part::End, part})) {
      Part::Destroy(*part);
      account_.Return(block);
      return nullptr;
    }
    account_.Add(*part);
    Remember(*part);
    return part;
  }

  // Without the lock, which a thread in a call might have.
  void FailIfInUse() const noexcept {
    account_.parts().ForEach([](const Part& part) { part.FailIfInUse(); });
  }

  ARENA_NORETURN static void FailRecursive() noexcept {
    Fail("arena: Reset or Release was called from a cleanup of the same arena");
  }

  // Makes the next look-up of this thread a hit.
  void Remember(Part& part) const noexcept { CacheEntry() = {round_, &part}; }

  // ---- for a Part -------------------------------------------------------------------------------

  // Serves a request that the part's window does not.
  void* AllocForPart(Part& part, std::size_t size, std::size_t alignment) noexcept {
    const std::size_t padding = alignment > kLine ? alignment - kLine : 0;
    const std::size_t need = size + kRedzone + padding;
    const std::lock_guard<Mutex> lock(mutex_);
    PrepareToTake(part);
    // A window must not become a chunk for each request.
    if (part.MayRetireWindow() && need <= part.NextSize(sizes_, need) / 2 &&
        MoveWindow(part, need)) {
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
    return MoveWindow(part, need);
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

  // A part ends: its cleanups are about to run. Ends the program if that happens inside one of
  // them, in memory which the outer Reset still uses.
  void StartToEnd() noexcept {
    if (ending_) FailRecursive();
    ending_ = true;
  }

  // The base is about to forget the memory of a part whose cleanups have run.
  void RemovePart(const Part& part) noexcept {
    const std::lock_guard<Mutex> lock(mutex_);
    account_.Remove(part);
    round_ = NewRound();  // no thread finds it any more
    ending_ = false;
  }

  // Locked.
  bool MoveWindow(Part& part, std::size_t need) noexcept {
    const auto block = account_.Take(part.NextSize(sizes_, need), WindowSizes::MinFor(need));
    if (block.begin == nullptr) return false;
    part.EnterWindow(block.begin, block.size, block.taken);
    return true;
  }

  // Before memory is taken in the round of a part that was made in `scope`. Locked.
  void FailUnlessIn(const void* scope) const noexcept {
    if (DoScope() == scope) return;
    Fail("arena: a scope was opened on the base of a ThreadCachedArena that was in use");
  }

  // Before a part takes memory. Locked.
  void PrepareToTake(Part& part) noexcept {
    FailUnlessIn(part.scope());
    part.Publish();
    if (part.HasShrunk()) {
      account_.NotePeak();
      part.ForgetShrunk();
    }
  }

  const WindowSizes sizes_;
  const std::size_t entry_;  // of each thread's cache, in bytes

  // Of the thread's entries, those with another number are not of this arena's parts. Every part
  // that ends makes it new; then no other thread is in a call.
  std::uint64_t round_;

  bool clearing_ = false;  // a Reset or Release is running the cleanups
  bool ending_ = false;    // those of a part are running

  // Above is what every call reads, below what is written under the mutex: not on the same line.
  alignas(kLine) mutable Mutex mutex_{};  // guards the base and account_
  PartsAccount<Part> account_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_THREADS_THREAD_PARTS_HPP

// ---- arena/thread_cached_options.hpp -------------------------------------------------------------
//
// The options of a ThreadCachedArena.
#ifndef ARENA_THREAD_CACHED_OPTIONS_HPP
#define ARENA_THREAD_CACHED_OPTIONS_HPP

#include <cstddef>


ARENA_BEGIN_NAMESPACE

/// How much of the base's memory a thread takes at once.
///
/// In each round a thread begins with `first_window`, and its windows double up to `window`, then
/// up to an eighth of what the thread took, at most `max_window`. (If `first_window` is more than 1
/// KiB, a block of 1 KiB precedes it.)
struct ThreadCachedArenaOptions {
  std::size_t first_window = 1024;      ///< bytes that a thread takes first in a round
  std::size_t window = 32 * 1024;       ///< up to this its windows double, whatever it took
  std::size_t max_window = 256 * 1024;  ///< no window is larger
};

ARENA_END_NAMESPACE

#endif  // ARENA_THREAD_CACHED_OPTIONS_HPP

// ---- arena/thread_cached_arena.hpp ---------------------------------------------------------------
//
// class ThreadCachedArena: a decorator that lets many threads share an arena, each with a window of
// its own.
#ifndef ARENA_THREAD_CACHED_ARENA_HPP
#define ARENA_THREAD_CACHED_ARENA_HPP

#include <cstddef>
#include <mutex>


ARENA_BEGIN_NAMESPACE

/// Shares an arena between many threads. Each has a part: a window of the base's memory, taken
/// under a mutex, in which it allocates and registers cleanups alone.
///
/// Any thread may allocate, resize, register cleanups and read the figures at any time; the calls
/// of different threads do not wait for each other unless one needs a new window, or asks for more
/// than half of one. The base is not used directly meanwhile, and both outlive what is allocated.
/// The decorator owns no memory and no cleanups, and its end touches nothing. A `Local` makes it as
/// fast as an arena of one's own. The base's upstream is called under the mutex, and with it the
/// `on_pressure` of a Budget: neither uses the decorator, not even for its figures.
///
/// Reset, Release and the decorator's end are exclusive: no other thread is inside a call, and what
/// threads did happens before. (A call that waits for memory is noticed and ends the program with a
/// message; a debug build, one without optimisation, may notice any.) A Reset or Release of the
/// base, or the end of a scope on it that was opened before the first allocation of the round, ends
/// the parts as the decorator's own Reset does. A scope of the base that is opened later ends the
/// program with a message when a thread needs memory in it.
///
/// Cleanups run on the thread that resets, without the mutex: of one thread newest first, the
/// threads one after the other. A destructor does not use objects of another thread, which may be
/// gone. The cleanups may allocate and register through the arena, on that thread.
///
/// Nobody else gets what a thread has not used of its window. When the base's limit is reached,
/// threads take smaller windows, then only what they need, then fail. A thread that ends leaves its
/// part to the arena, and a later thread may go on with it. Only the thread that allocated the last
/// block resizes it in place. Fibers may move between threads, but not while they have a `Local`.
///
/// Len() and Cap() are exact while no thread is in a call and none holds a Local: a Local's
/// allocations are counted when it ends, or when its thread next calls the arena. Peak() is never
/// too low while the base is not used directly. It may be too high if several threads shrank blocks
/// (TryResize), or if cleanups used the arena while the base's Reset, or the end of a scope, ran
/// them; Len() may be, too, until these are done. O(threads). Only Cap() counts the bytes of a
/// window that nothing is allocated in.
///
/// After fork in a process with threads, the child does not use it. A Mutex blocks the thread that
/// waits for it: one that lets another fiber of the thread run would not do.
template <class Mutex = std::mutex>
class BasicThreadCachedArena : public detail::ThreadParts<Mutex> {
  using Parts = detail::ThreadParts<Mutex>;
  using typename Parts::Part;

 public:
  /// Shares `base`, which outlives the decorator. For a base that is itself of this type, pass
  /// `static_cast<Arena&>(base)`: it would be a copy.
  explicit BasicThreadCachedArena(Arena& base ARENA_LIFETIMEBOUND,
                                  const ThreadCachedArenaOptions& options = {})
      : Parts(base, {options.first_window, options.window, options.max_window, Part::MinSize()}) {}

  /// Ends the program with a message while a Local is held. The memory, and the cleanups that are
  /// owed, stay with the base.
  ~BasicThreadCachedArena() override { this->LoseParts(); }

  /// The calling thread's part, as an arena whose allocation is inlined: nothing is looked up and
  /// no other thread is told.
  ///
  /// For the thread that made it, which may use the shared arena as well, and may have several.
  /// Everything that works on an Arena works on `*local`. It is gone before the shared arena is
  /// reset, and before the thread ends. When there is no memory for a part it is the shared arena
  /// itself.
  class ARENA_NODISCARD Local {
   public:
    /// The calling thread's part of `shared`, which outlives it. O(1), or a window's cost where the
    /// thread has no part yet.
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
    /// @{
    /// As `*local`.
    Arena* operator->() const noexcept { return &arena_; }
    operator Arena&() const& noexcept { return arena_; }  // NOLINT: a Local is an arena
    /// @}
    operator Arena&() const&& = ARENA_DELETE("arena: name the Local: a temporary one ends at once");

   private:
    Part* part_;
    Arena& arena_;
  };

 protected:
  /// @{
  /// The hooks of an ArenaDecorator, in the calling thread's part.
  ARENA_NOINLINE void* DoAlloc(std::size_t size, std::size_t alignment) noexcept override {
    Part* part;
    if (this->Recall(&part)) [[likely]] {
      if (void* const block = part->Bump(size, alignment)) [[likely]]
        return block;
    }
    return AllocSlowly(*this, size, alignment);
  }

  ARENA_NOINLINE bool DoTryResize(void* block, std::size_t old_size,
                                  std::size_t new_size) noexcept override {
    Part* const part = this->ExistingPart();
    if (part != nullptr) return part->Resize(block, old_size, new_size);
    return false;
  }

  ARENA_NOINLINE bool DoAddCleanup(Cleanup cleanup) noexcept override {
    Part* part;
    if (this->Recall(&part)) [[likely]] {
      if (part->PushCleanup(cleanup)) [[likely]]
        return true;
    }
    return AddCleanupSlowly(*this, cleanup);
  }

  ARENA_NOINLINE bool DoAddDestructor(const detail::Destructor& type,
                                      void* object) noexcept override {
    Part* part;
    if (this->Recall(&part)) [[likely]] {
      if (part->PushObject(type, object)) [[likely]]
        return true;
    }
    return AddDestructorSlowly(*this, type, object);
  }
  /// @}

  /// The calling thread's part; null when there is no memory for one.
  // Virtual like everything else that looks into the thread's cache: that has to be the cache which
  // the shared object that made this arena has. And not inlined, where a compiler knows the type:
  // it could keep the address of the cache over a call that switches fibers.
  ARENA_NOINLINE virtual Part* DoFindPart() noexcept {
    Part* part;
    return this->Recall(&part) ? part : this->FindOrAddPart();
  }

 private:
  ARENA_NOINLINE static void* AllocSlowly(BasicThreadCachedArena& self, std::size_t size,
                                          std::size_t alignment) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AllocSlowly(size, alignment);
    return self.AllocWithoutPart(size, alignment);
  }

  ARENA_NOINLINE static bool AddCleanupSlowly(BasicThreadCachedArena& self,
                                              Cleanup cleanup) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AddCleanupSlowly(cleanup);
    return self.AddCleanupWithoutPart(cleanup);
  }

  ARENA_NOINLINE static bool AddDestructorSlowly(BasicThreadCachedArena& self,
                                                 const detail::Destructor& type,
                                                 void* object) noexcept {
    Part* const part = self.DoFindPart();
    if (part != nullptr) return part->AddDestructorSlowly(type, object);
    return AddCleanupSlowly(self, {type.one, object});
  }
};

/// A BasicThreadCachedArena with the standard library's mutex.
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
// with arena::Allocator. Its constructors are the standard ones, with the arena as last argument:
//
//     arena::Vector<int> numbers(a);
//     arena::Vector<int> more({1, 2, 3}, a);
//     arena::Map<arena::String, arena::Vector<int>> index(a);
//     index.emplace("one", 3).first->second.push_back(1);   // key, vector and node lie in `a`
//
// These containers free nothing before their arena does. A vector that grows leaves its old storage
// behind (reserve() avoids that), an erased node is not used again, and emplace() constructs its
// node before it looks whether the key is there: call find() first. A container that lives long and
// changes much belongs on the heap.
//
// A container must be destroyed, or never touched again, before the arena's memory is freed. Move
// construction stays in the arena and takes the elements over. Copy construction stays in the
// arena, too, unless it is passed another one. Assignment never changes the arena: between two
// arenas even a move assignment goes element by element.
//
// Swapping two containers of different arenas is undefined, as the standard says for allocators
// that do not propagate. `swap(a, b)` and `std::ranges::swap(a, b)` assert that it does not happen.
// The member function and `std::swap` belong to the standard library, which checks on request
// (libstdc++: all containers except String with _GLIBCXX_DEBUG, Vector and Deque with
// _GLIBCXX_ASSERTIONS; libc++: most containers with _LIBCPP_HARDENING_MODE extensive or debug).
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

// These let any kind of string look a String key up, so that no String has to be made for it.
struct StringLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept { return a < b; }
};
struct StringEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
};
// Some standard libraries have no std::hash for strings with another allocator than their own.
struct StringHash {
  using is_transparent = void;
  // Not noexcept: libstdc++ then takes the hash for slow, which it is, and caches it in the node.
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

/// A std::map in an arena; keys as for Set. `map["key"]` does not compile, since a String cannot be
/// made without an arena; find("key") and emplace("key", value) do.
template <class Key, class T, class Compare = detail::Less<Key>>
using Map = std::map<Key, T, Compare, Allocator<std::pair<const Key, T>>>;

/// A std::multimap in an arena; keys as for Set.
template <class Key, class T, class Compare = detail::Less<Key>>
using MultiMap = std::multimap<Key, T, Compare, Allocator<std::pair<const Key, T>>>;

/// A std::unordered_set in an arena. With String keys, find() and the like take any string.
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

/// @{
/// Swaps the contents of two containers of one arena, O(1). Debug builds check that it is one.
// Argument-dependent lookup finds these, and prefers them to std::swap as more specialised.
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
/// @}

ARENA_END_NAMESPACE

#endif  // ARENA_CONTAINERS_HPP

#ifdef ARENA_WITH_GUARD

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
    return Digits(number, 10, width);
  }

  // Appends an address as 0x and hexadecimal digits.
  TextLine& Hex(std::uintptr_t address) noexcept { return (*this << "0x").Digits(address, 16, 0); }

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

  TextLine& Digits(std::uint64_t number, unsigned base, std::size_t width) noexcept {
    char digits[kDigits];
    std::size_t first = kDigits;
    do {
      digits[--first] = "0123456789abcdef"[number % base];
      number /= base;
    } while (number != 0);
    while (first != 0 && kDigits - first < width) digits[--first] = ' ';
    return Append(digits + first, kDigits - first);
  }

  char text_[384] = {};
  std::size_t size_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_TEXT_LINE_HPP

// ---- arena/detail/os/faults.hpp ------------------------------------------------------------------
//
// A handler for accesses to memory that may not be accessed, which tells a reporter of them and then
// lets the program's own handler, or the system, do what they would have done. Empty on Windows.
#ifndef ARENA_DETAIL_OS_FAULTS_HPP
#define ARENA_DETAIL_OS_FAULTS_HPP


#if !defined(_WIN32)

#include <signal.h>

#include <cerrno>
#include <cstdint>

ARENA_BEGIN_NAMESPACE
namespace detail {

struct Fault {
  const void* address;      // that was accessed
  const void* instruction;  // that accessed it; null if unknown
  const char* access;       // "read", "write", or "access" if unknown
};

// Is called in a signal handler, on the thread that faulted, perhaps on several at once.
using FaultReporter = void (*)(const Fault&) noexcept;

// An access to a page without access rights is the first of these on Linux, the second on some
// other systems.
inline constexpr int kFaultSignals[] = {SIGSEGV, SIGBUS};

ARENA_ONE_PER_PROGRAM inline constinit AtomicPointer<FaultReporter> fault_reporter{nullptr};
// What was installed before, for each of kFaultSignals. Written before the handler is installed.
ARENA_ONE_PER_PROGRAM inline constinit struct sigaction actions_before[2] = {};

// Whether the kernel sent the signal because of what the thread did: not raise, not kill.
inline bool IsFault(const siginfo_t& info) noexcept {
  return info.si_code > 0 && info.si_code != SI_USER && info.si_code != SI_QUEUE;
}

inline Fault ReadFault(const siginfo_t& info, const void* context) noexcept {
  Fault fault{info.si_addr, nullptr, "access"};
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__linux__) && defined(__x86_64__)
  fault.instruction = reinterpret_cast<const void*>(machine.gregs[REG_RIP]);
  // Of a page fault, bit 1 of the processor's error code says that it was a write.
  fault.access = (machine.gregs[REG_ERR] & 2) != 0 ? "write" : "read";
#elif defined(__linux__) && defined(__aarch64__)
  fault.instruction = reinterpret_cast<const void*>(machine.pc);
#else
  static_cast<void>(machine);
#endif
  return fault;
}

inline void SetDefaultAction(int signal) noexcept {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
}

// Does what would have happened without our handler.
inline void PassOn(const struct sigaction& before, int signal, siginfo_t* info,
                   void* context) noexcept {
  // These two first: the system knows no flags beside them, and leaves the flags of a handler that it
  // has reset.
  if (before.sa_handler == SIG_DFL) {
    // The instruction faults again, so that a core file shows it. A signal that was sent has to be
    // sent again; it arrives when this handler returns.
    detail::SetDefaultAction(signal);
    if (!detail::IsFault(*info)) ::raise(signal);
  } else if (before.sa_handler == SIG_IGN) {
    if (detail::IsFault(*info)) detail::SetDefaultAction(signal);  // cannot be ignored
  } else {
    constexpr unsigned kOnce = SA_RESETHAND;  // does not fit an int
    if ((static_cast<unsigned>(before.sa_flags) & kOnce) != 0) detail::SetDefaultAction(signal);
    if ((before.sa_flags & SA_SIGINFO) != 0) {
      before.sa_sigaction(signal, info, context);
    } else {
      before.sa_handler(signal);
    }
  }
}

inline void HandleFault(int signal, siginfo_t* info, void* context) noexcept {
  const int saved_errno = errno;
  if (detail::IsFault(*info)) fault_reporter.LoadAcquire()(detail::ReadFault(*info, context));
  detail::PassOn(actions_before[signal == kFaultSignals[0] ? 0 : 1], signal, info, context);
  errno = saved_errno;
}

// Installs the handler, once in the program. Later calls do nothing: a handler of the program that
// was installed since then and passes faults on to this one would be called for ever.
inline void InstallFaultHandler(FaultReporter reporter) noexcept {
  if (fault_reporter.Exchange(reporter) != nullptr) return;
  for (int i = 0; i < 2; ++i) {
    struct sigaction& before = actions_before[i];
    ::sigaction(kFaultSignals[i], nullptr, &before);
    struct sigaction action = {};
    action.sa_sigaction = &HandleFault;
    action.sa_mask = before.sa_mask;  // the handler before runs within this one
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (before.sa_flags & (SA_NODEFER | SA_RESTART));
    ::sigaction(kFaultSignals[i], &action, nullptr);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // !defined(_WIN32)

#endif  // ARENA_DETAIL_OS_FAULTS_HPP

// ---- arena/detail/core/printable.hpp -------------------------------------------------------------
//
// Names that users choose, made fit for a terminal, a log or an exposition of metrics: valid UTF-8
// without control characters, and with the escapes that a quoted string needs.
#ifndef ARENA_DETAIL_CORE_PRINTABLE_HPP
#define ARENA_DETAIL_CORE_PRINTABLE_HPP

#include <cstddef>
#include <string_view>


ARENA_BEGIN_NAMESPACE
namespace detail {

// The bytes of the character that `text` starts with; 0 when it is not valid UTF-8. `text` is not
// empty.
inline std::size_t CharacterBytes(std::string_view text) noexcept {
  const auto byte = [&text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  if (first < 0xC2U || first > 0xF4U) return 0;
  const std::size_t bytes = first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  if (first == 0xE0U && byte(1) < 0xA0U) return 0;   // a longer form than needed
  if (first == 0xEDU && byte(1) >= 0xA0U) return 0;  // half of a UTF-16 pair
  if (first == 0xF0U && byte(1) < 0x90U) return 0;   // a longer form than needed
  if (first == 0xF4U && byte(1) >= 0x90U) return 0;  // above the last code point
  return bytes;
}

// Calls append(std::string_view) with the parts of what stands for `text` between double quotes:
// \\, \" and \n for the characters that would end or break the string, U+FFFD for other control
// characters and for each byte that is not valid UTF-8.
template <class Append>
void ForPrintable(std::string_view text, Append&& append) {
  while (!text.empty()) {
    const std::size_t bytes = detail::CharacterBytes(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (text.front() == '\n') {
      append(std::string_view("\\n"));
    } else if (text.front() == '"') {
      append(std::string_view("\\\""));
    } else if (text.front() == '\\') {
      append(std::string_view("\\\\"));
    } else if (bytes == 0 || first < 0x20U || first == 0x7FU ||
               (first == 0xC2U && static_cast<unsigned char>(text[1]) < 0xA0U)) {
      append(std::string_view("\xEF\xBF\xBD"));
    } else {
      append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_PRINTABLE_HPP

// ---- arena/detail/os/pages.hpp -------------------------------------------------------------------
//
// The operating system's pages: map, unmap, offer; reserve addresses and commit memory for them.
#ifndef ARENA_DETAIL_OS_PAGES_HPP
#define ARENA_DETAIL_OS_PAGES_HPP

#include <cstddef>
#include <cstdint>


#if defined(_WIN32)
// Declared here as in <windows.h>, whose macros, min and max among them, would reach every
// includer.
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
// LeakSanitizer looks for pointers in mappings only if it is told of them. Declared weak, because
// no macro says whether it is there: g++ -fsanitize=leak defines none.
extern "C" {
// NOLINTBEGIN(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its names
__attribute__((__weak__, __visibility__("default"))) void __lsan_register_root_region(const void*,
                                                                                      std::size_t);
__attribute__((__weak__, __visibility__("default"))) void __lsan_unregister_root_region(
    const void*, std::size_t);
// NOLINTEND(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
}
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

#if defined(_WIN32)

inline constexpr unsigned long kMemCommit = 0x1000;
inline constexpr unsigned long kMemReserve = 0x2000;
inline constexpr unsigned long kMemDecommit = 0x4000;
inline constexpr unsigned long kMemReset = 0x80000;
inline constexpr unsigned long kMemRelease = 0x8000;
inline constexpr unsigned long kPageNoAccess = 0x01;
inline constexpr unsigned long kPageReadWrite = 0x04;
inline constexpr std::size_t kWindowsGranularity = 64 * 1024;  // alignment of reservations

// The size is the same on every Windows that a C++20 compiler targets.
inline std::size_t PageSize() noexcept { return 4096; }

inline void* MapPages(std::size_t bytes, std::size_t alignment) noexcept {
  if (alignment <= kWindowsGranularity) {
    return VirtualAlloc(nullptr, bytes, kMemReserve | kMemCommit, kPageReadWrite);
  }
  // A reservation cannot be trimmed: find a place, free it, and reserve its aligned part. Another
  // thread may take that in between, so try again.
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
  // VirtualUnlock fails for pages that are not locked, but takes them out of the working set.
  // Decommitting the pages would need memory to commit them again.
  if (now) VirtualUnlock(pages, bytes);
  return true;
}

inline void* ReservePages(std::size_t bytes) noexcept {
  return VirtualAlloc(nullptr, bytes, kMemReserve, kPageNoAccess);
}

inline bool CommitPages(void* pages, std::size_t bytes) noexcept {
  return VirtualAlloc(pages, bytes, kMemCommit, kPageReadWrite) != nullptr;
}

inline bool DecommitPages(void* pages, std::size_t bytes) noexcept {
  return VirtualFree(pages, bytes, kMemDecommit) != 0;
}

#else

inline std::size_t PageSize() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

// Tells LeakSanitizer to look for pointers in the pages while they are mapped.
inline void TrackPages(ARENA_MAYBE_UNUSED const void* pages, ARENA_MAYBE_UNUSED std::size_t bytes,
                       ARENA_MAYBE_UNUSED bool mapped) noexcept {
#if defined(__ELF__) && defined(__GNUC__)
  const auto tell = mapped ? &__lsan_register_root_region : &__lsan_unregister_root_region;
  if (tell != nullptr) tell(pages, bytes);
#endif
}

// Requires an alignment that is a power of two and at least a page. Returns nullptr when the system
// has no memory.
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
  detail::TrackPages(first + before, bytes, true);
  return first + before;
}

// Linux refuses to unmap the middle of a mapping, which makes two of it, if the process has
// vm.max_map_count mappings. The memory is freed all the same then, and only its addresses are
// lost.
inline void UnmapPages(void* pages, std::size_t bytes) noexcept {
  detail::TrackPages(pages, bytes, false);
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

// Addresses without memory, for UnmapPages; null when the system has none. No access rather than
// MAP_NORESERVE: it counts as no memory where overcommit is off or RLIMIT_DATA is set, mlockall makes
// nothing of it resident, and it is in no core file.
inline void* ReservePages(std::size_t bytes) noexcept {
  void* const pages = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (pages == MAP_FAILED) return nullptr;
  detail::TrackPages(pages, bytes, true);
  return pages;
}

// Makes reserved pages usable; they read as zeros. False, with nothing changed, when memory is short.
inline bool CommitPages(void* pages, std::size_t bytes) noexcept {
  return ::mprotect(pages, bytes, PROT_READ | PROT_WRITE) == 0;
}

// Makes them reserved pages again. Mapping them anew, since mprotect alone would keep the memory.
// When that fails, the memory is freed all the same, if possible, and they stay usable: false.
inline bool DecommitPages(void* pages, std::size_t bytes) noexcept {
  if (::mmap(pages, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0) == pages)
    return true;
  detail::OfferPages(pages, bytes, true);
  return false;
}

#endif

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OS_PAGES_HPP

// ---- arena/detail/os/stack.hpp -------------------------------------------------------------------
//
// The stack of a thread: taken without memory in well under a microsecond a frame, and printed
// without memory, so that a signal handler may do both. Empty on Windows.
#ifndef ARENA_DETAIL_OS_STACK_HPP
#define ARENA_DETAIL_OS_STACK_HPP


#if !defined(_WIN32)

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if __has_include(<unwind.h>)
#include <unwind.h>
#define ARENA_HAS_UNWIND 1
#else
#define ARENA_HAS_UNWIND 0
#endif
#if __has_include(<execinfo.h>)
#include <execinfo.h>
#define ARENA_HAS_EXECINFO 1
#else
#define ARENA_HAS_EXECINFO 0
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// The calls that a thread is in, the innermost first: an address within each call instruction.
struct Stack {
  static constexpr std::uint32_t kMaxDepth = 32;  // what lies further out is left out

  void* frames[kMaxDepth] = {};
  std::uint32_t depth = 0;
};

#if ARENA_HAS_UNWIND
struct StackWalk {
  Stack* stack;
  std::uintptr_t interrupted;
  bool skip;  // the next frame

  static _Unwind_Reason_Code Visit(_Unwind_Context* context, void* argument) noexcept {
    auto& walk = *static_cast<StackWalk*>(argument);
    Stack& stack = *walk.stack;
    if (walk.skip) {
      walk.skip = false;
      return _URC_NO_REASON;
    }
    int is_exact = 0;
    std::uintptr_t address = _Unwind_GetIPInfo(context, &is_exact);
    if (address == 0) return _URC_END_OF_STACK;
    // What was met so far is the signal handler.
    if (address == walk.interrupted) stack.depth = 0;
    // A return address may be the first one of another function.
    if (is_exact == 0) --address;
    stack.frames[stack.depth++] = reinterpret_cast<void*>(address);
    return stack.depth < Stack::kMaxDepth ? _URC_NO_REASON : _URC_END_OF_STACK;
  }
};
#endif

// Takes the stack of the calling thread, from the caller of this function outwards. In a signal
// handler: from the instruction that the signal interrupted, if its address is given and is found.
// Never inlined, since it leaves out its own frame.
ARENA_NOINLINE inline void TakeStack(Stack& stack, const void* interrupted = nullptr) noexcept {
  stack.depth = 0;
#if ARENA_HAS_UNWIND
  StackWalk walk{&stack, reinterpret_cast<std::uintptr_t>(interrupted), true};
  _Unwind_Backtrace(&StackWalk::Visit, &walk);
#else
  static_cast<void>(interrupted);
#endif
}

// A number that tells the calling thread from others: on Linux, the one that debuggers show.
inline std::uint64_t ThreadNumber() noexcept {
#if defined(__linux__)
  return static_cast<std::uint64_t>(::syscall(SYS_gettid));
#else
  static thread_local char of_this_thread = 0;
  return reinterpret_cast<std::uintptr_t>(&of_this_thread);
#endif
}

// Writes to standard error past its buffer.
inline void WriteError(std::string_view text) noexcept {
  while (!text.empty()) {
    const ::ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Prints a line for each frame: file, offset in it, address, and the name of the function if the
// dynamic linker knows it (programs tell it with -rdynamic).
inline void PrintStack(const Stack& stack) noexcept {
  for (std::uint32_t i = 0; i < stack.depth; ++i) {
    detail::WriteError("    ");
#if ARENA_HAS_EXECINFO
    ::backtrace_symbols_fd(&stack.frames[i], 1, STDERR_FILENO);
#else
    TextLine line;
    line.Hex(reinterpret_cast<std::uintptr_t>(stack.frames[i])) << "\n";
    detail::WriteError({line.c_str(), line.size()});
#endif
  }
  if (stack.depth == 0) detail::WriteError("    (unknown)\n");
}

// Has the dynamic linker find now what a signal handler will call: it takes more room than there is
// on a small alternate stack.
inline void PrepareToPrintStacks() noexcept {
#if ARENA_HAS_EXECINFO
  void* const none = nullptr;
  ::backtrace_symbols_fd(&none, 0, STDERR_FILENO);
#endif
  Stack stack;
  detail::TakeStack(stack);
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // !defined(_WIN32)

#endif  // ARENA_DETAIL_OS_STACK_HPP

// ---- arena/detail/os/guard_slots.hpp -------------------------------------------------------------
//
// Blocks between inaccessible pages. One range of addresses is divided into slots of equal size;
// a slot holds one block at a time, and remembers the last one after that was freed:
//
//     +---- slot ------------------------------------+---- slot -------- ...
//     | inaccessible            | pages with  block  | guard page |
//     +-------------------------+--------------------+------------+----- ...
//                                 its end lies here --^
//
// A freed block's pages are inaccessible until its slot is taken again. The slot that was freed
// first is taken first, so that every freed block stays so for as long as there are other slots.
// Empty on Windows.
#ifndef ARENA_DETAIL_OS_GUARD_SLOTS_HPP
#define ARENA_DETAIL_OS_GUARD_SLOTS_HPP


#if !defined(_WIN32)

#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>

ARENA_BEGIN_NAMESPACE
namespace detail {

// A name that can be printed, in memory of its own: a signal handler may read it.
class GuardName {
 public:
  GuardName() noexcept = default;
  // Keeps what there is room for.
  explicit GuardName(std::string_view name) noexcept {
    std::size_t size = 0;
    bool is_full = false;
    detail::ForPrintable(name, [&](std::string_view part) {
      is_full = is_full || part.size() >= sizeof(text_) - size;
      if (is_full) return;
      std::memcpy(text_ + size, part.data(), part.size());
      size += part.size();
    });
  }
  const char* c_str() const noexcept { return text_; }

 private:
  char text_[64] = {};  // ends with a zero
};

// When, where and by whom a block was taken or freed.
struct GuardEvent {
  std::uint64_t thread = 0;
  std::chrono::steady_clock::time_point time{};
  Stack stack{};

  void Record() noexcept {
    thread = detail::ThreadNumber();
    time = std::chrono::steady_clock::now();
    detail::TakeStack(stack);
  }
};

enum class GuardState : std::uint8_t {
  kChanging,  // no fields but the state may be read
  kLive,
  kFreed,
};

struct GuardSlot {
  // Every other field is written before the state that says so is stored, and read after it was
  // loaded. A signal handler reads them without a lock: of a slot that another thread takes again at
  // that moment it may print a mixture.
  std::atomic<GuardState> state{GuardState::kChanging};
  GuardSlot* next_free = nullptr;  // guarded by the slots' mutex
  std::byte* block = nullptr;
  std::size_t bytes = 0;
  GuardName label{};
  GuardEvent taken{};
  GuardEvent freed{};  // of a live block: that of the block before
};

class GuardSlots {
 public:
  // Where addresses are short, slots are smaller; where they cannot be had, there are none.
  GuardSlots(std::string_view name, std::size_t count, std::size_t max_block) noexcept
      : name_(name) {
    if (count == 0 || !MultiplySizes(count, sizeof(GuardSlot), &record_bytes_)) return;
    void* const records = detail::MapPages(record_bytes_, page_);
    if (records == nullptr) return;
    records_ = static_cast<GuardSlot*>(records);
    count_ = count;
    slot_bytes_ = AlignUp(MinOf(max_block, kMaxSize / 2), page_) + page_;
    if (Reserve()) return;
    do {
      slot_bytes_ = AlignDown(slot_bytes_ / 2, page_);
    } while (slot_bytes_ >= 8 * page_ && !Reserve());
    // The program needs addresses, too.
    Unreserve();
    slot_bytes_ = AlignDown(slot_bytes_ / 4, page_);
    if (slot_bytes_ >= 2 * page_) static_cast<void>(Reserve());
  }

  ~GuardSlots() {
    Unreserve();
    if (records_ != nullptr) detail::UnmapPages(records_, record_bytes_);
  }

  GuardSlots(const GuardSlots&) = delete;
  GuardSlots& operator=(const GuardSlots&) = delete;

  // Returns a block that ends at an inaccessible page, but for what its alignment costs. Returns
  // nullptr when all slots are live, the block is too large, or the system refuses: it then has as
  // many mappings as it allows, mostly.
  void* Take(std::size_t bytes, std::size_t alignment, const GuardName& label) noexcept {
    std::size_t need;
    if (begin_ == nullptr || !AddSizes(bytes, alignment - 1, &need)) return nullptr;
    // The end of a page suits these alignments: only the size decides.
    if (alignment <= page_) need = AlignUp(bytes, alignment);
    if (need > slot_bytes_ - page_) return nullptr;
    GuardSlot* const slot = TakeSlot();
    if (slot == nullptr) return nullptr;
    std::byte* const end = Begin(*slot) + slot_bytes_ - page_;
    std::byte* const block = Down(end - bytes, alignment);
    std::byte* const first = Down(block, page_);
    const auto size = static_cast<std::size_t>(end - first);
    if (::mprotect(first, size, PROT_READ | PROT_WRITE) != 0) {
      // In case it was done to some of the pages.
      MakeInaccessible(first, size);
      ReturnSlot(slot);
      const std::lock_guard lock(mutex_);
      --figures_.taken;
      return nullptr;
    }
    FaultIn(first, size);
    detail::TrackPages(first, size, true);
    slot->state.store(GuardState::kChanging, std::memory_order_relaxed);
    slot->block = block;
    slot->bytes = bytes;
    slot->label = label;
    slot->taken.Record();
    slot->state.store(GuardState::kLive, std::memory_order_release);
    return block;
  }

  // The range of the slots' addresses, with the page before the first one. Empty: there are none.
  std::uintptr_t begin() const noexcept {
    return begin_ != nullptr ? reinterpret_cast<std::uintptr_t>(begin_ - page_) : 0;
  }
  std::uintptr_t end() const noexcept {
    return begin_ != nullptr ? reinterpret_cast<std::uintptr_t>(begin_) + count_ * slot_bytes_ : 0;
  }
  bool Owns(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    return address >= begin() && address < end();
  }

  // Frees a block that Owns(); false if it is not live, or was not of that size.
  ARENA_NODISCARD bool Free(void* block, std::size_t bytes) noexcept {
    GuardSlot* const slot = SlotAt(reinterpret_cast<std::uintptr_t>(block));
    if (slot == nullptr || slot->block != block || slot->bytes != bytes) return false;
    GuardState live = GuardState::kLive;
    if (!slot->state.compare_exchange_strong(live, GuardState::kChanging,
                                             std::memory_order_acquire)) {
      return false;
    }
    slot->freed.Record();
    // Before the memory goes: who faults then finds the record complete.
    slot->state.store(GuardState::kFreed, std::memory_order_release);
    std::byte* const first = Down(slot->block, page_);
    const auto size = static_cast<std::size_t>(Begin(*slot) + slot_bytes_ - page_ - first);
    detail::TrackPages(first, size, false);
    MakeInaccessible(first, size);
    ReturnSlot(slot);
    return true;
  }

  // The slot whose block is nearest to an address that Owns(); null if no slot there was ever used.
  const GuardSlot* Nearest(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    const GuardSlot* const slot = SlotAt(MaxOf(address, reinterpret_cast<std::uintptr_t>(begin_)));
    const GuardSlot* const before = SlotAt(address - slot_bytes_);
    if (slot == nullptr || before == nullptr) return slot == nullptr ? before : slot;
    static_cast<void>(slot->state.load(std::memory_order_acquire));
    static_cast<void>(before->state.load(std::memory_order_acquire));
    const auto begin = reinterpret_cast<std::uintptr_t>(slot->block);
    const std::uintptr_t end_before =
        reinterpret_cast<std::uintptr_t>(before->block) + before->bytes;
    return address < begin && address - end_before < begin - address ? before : slot;
  }

  const char* name() const noexcept { return name_.c_str(); }

  struct Figures {
    std::uint64_t taken = 0;      // blocks so far
    std::size_t live = 0;         // of these, not freed
    std::size_t quarantined = 0;  // slots whose last block was freed and is inaccessible
  };
  Figures figures() const noexcept {
    const std::lock_guard lock(mutex_);
    return figures_;
  }

 private:
  static constexpr std::size_t kMaxFaultedIn = std::size_t{128} << 10;

  static std::byte* Down(std::byte* pointer, std::size_t alignment) noexcept {
    return pointer - (reinterpret_cast<std::uintptr_t>(pointer) & (alignment - 1));
  }

  static void* MapInaccessible(void* place, std::size_t bytes, int flags) noexcept {
    return ::mmap(place, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON | flags, -1, 0);
  }

  // Frees the memory and keeps the addresses. Not by mprotect, which would keep the pages and the
  // memory that is committed to them, and leave a mapping of its own instead of one with its
  // neighbours.
  static void MakeInaccessible(std::byte* first, std::size_t bytes) noexcept {
    if (MapInaccessible(first, bytes, MAP_FIXED) != MAP_FAILED) return;
    // Too many mappings.
    ::mprotect(first, bytes, PROT_NONE);
#if defined(MADV_DONTNEED)
    ::madvise(first, bytes, MADV_DONTNEED);
#endif
  }

  // Faults the pages in with one call: for a block of a few, most of which will be used, that takes a
  // fraction of the time. A single page takes less by itself.
  void FaultIn(ARENA_MAYBE_UNUSED std::byte* first,
               ARENA_MAYBE_UNUSED std::size_t bytes) const noexcept {
#if defined(MADV_POPULATE_WRITE)
    if (bytes > page_ && bytes <= kMaxFaultedIn) ::madvise(first, bytes, MADV_POPULATE_WRITE);
#endif
  }

  // A page lies before the first slot, so that nothing else is right before it.
  ARENA_NODISCARD bool Reserve() noexcept {
    std::size_t bytes;
    if (!MultiplySizes(count_, slot_bytes_, &bytes) || !AddSizes(bytes, page_, &bytes)) {
      return false;
    }
    void* const range = MapInaccessible(nullptr, bytes, 0);
    if (range == MAP_FAILED) return false;
    begin_ = static_cast<std::byte*>(range) + page_;
    return true;
  }

  void Unreserve() noexcept {
    if (begin_ != nullptr) ::munmap(begin_ - page_, count_ * slot_bytes_ + page_);
    begin_ = nullptr;
  }

  std::byte* Begin(const GuardSlot& slot) const noexcept {
    return begin_ + static_cast<std::size_t>(&slot - records_) * slot_bytes_;
  }

  // Null if the address is in no slot, or in one that was never used.
  ARENA_WRAPS GuardSlot* SlotAt(std::uintptr_t address) const noexcept {
    const std::size_t index = (address - reinterpret_cast<std::uintptr_t>(begin_)) / slot_bytes_;
    return index < used_.load(std::memory_order_acquire) ? &records_[index] : nullptr;
  }

  // One that was never used, or else the one that was freed first; null if all are live.
  GuardSlot* TakeSlot() noexcept {
    const std::lock_guard lock(mutex_);
    GuardSlot* slot = first_free_;
    if (const std::size_t used = used_.load(std::memory_order_relaxed); used < count_) {
      slot = ::new (static_cast<void*>(&records_[used])) GuardSlot;
      used_.store(used + 1, std::memory_order_release);
    } else if (slot != nullptr) {
      first_free_ = slot->next_free;
      if (IsQuarantined(*slot)) --figures_.quarantined;
    } else {
      return nullptr;
    }
    ++figures_.live;
    ++figures_.taken;
    return slot;
  }

  void ReturnSlot(GuardSlot* slot) noexcept {
    const std::lock_guard lock(mutex_);
    --figures_.live;
    if (IsQuarantined(*slot)) ++figures_.quarantined;
    slot->next_free = nullptr;
    (first_free_ != nullptr ? last_free_->next_free : first_free_) = slot;
    last_free_ = slot;
  }

  static bool IsQuarantined(const GuardSlot& slot) noexcept {
    return slot.state.load(std::memory_order_relaxed) == GuardState::kFreed;
  }

  const GuardName name_;
  const std::size_t page_ = detail::PageSize();
  std::size_t count_ = 0;
  std::size_t slot_bytes_ = 0;    // a multiple of the page size
  std::byte* begin_ = nullptr;    // of the first slot; null: there are none
  GuardSlot* records_ = nullptr;  // count_ of them, of which used_ exist
  std::size_t record_bytes_ = 0;
  std::atomic<std::size_t> used_{0};

  mutable std::mutex mutex_{};       // guards all below
  GuardSlot* first_free_ = nullptr;  // the one that was freed first
  GuardSlot* last_free_ = nullptr;   // null or stale while the first is null
  Figures figures_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // !defined(_WIN32)

#endif  // ARENA_DETAIL_OS_GUARD_SLOTS_HPP

// ---- arena/detail/os/guard_report.hpp ------------------------------------------------------------
//
// The report of an access to a guarded block that was freed, or to what lies around a block. It is
// made in a signal handler: without locks and without memory. Empty on Windows.
#ifndef ARENA_DETAIL_OS_GUARD_REPORT_HPP
#define ARENA_DETAIL_OS_GUARD_REPORT_HPP


#if !defined(_WIN32)

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>

ARENA_BEGIN_NAMESPACE
namespace detail {

// A place in the list of all guards. Places are used again and never freed, so that a signal handler
// can walk over them while guards come and go.
struct GuardPlace {
  std::atomic<const GuardSlots*> guard{nullptr};  // null: free
  // The range of the slots, to find those of an address without a look at others, which may be
  // about to go. Equal while there are none.
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  GuardPlace* next = nullptr;
};

ARENA_ONE_PER_PROGRAM inline constinit std::atomic<GuardPlace*> guard_places{nullptr};
// The thread that prints the program's report; 0 before there is one.
ARENA_ONE_PER_PROGRAM inline constinit std::atomic<std::uint64_t> guard_reporter{0};
ARENA_ONE_PER_PROGRAM inline constinit std::atomic<bool> guard_report_is_done{false};

// Has faults in these slots reported, as long as it lives.
class GuardRegistration {
 public:
  explicit GuardRegistration(const GuardSlots& guard) noexcept : place_(TakePlace(&guard)) {
    if (place_ == nullptr) return;  // they trap without a report
    place_->begin.store(guard.begin(), std::memory_order_relaxed);
    place_->end.store(guard.end(), std::memory_order_release);
  }
  ~GuardRegistration() {
    if (place_ == nullptr) return;
    place_->end.store(0, std::memory_order_relaxed);
    place_->begin.store(0, std::memory_order_relaxed);
    place_->guard.store(nullptr, std::memory_order_release);
  }
  GuardRegistration(const GuardRegistration&) = delete;
  GuardRegistration& operator=(const GuardRegistration&) = delete;

 private:
  static GuardPlace* TakePlace(const GuardSlots* guard) noexcept {
    GuardPlace* place = guard_places.load(std::memory_order_acquire);
    for (; place != nullptr; place = place->next) {
      const GuardSlots* none = nullptr;
      if (place->guard.compare_exchange_strong(none, guard)) return place;
    }
    place = new (std::nothrow) GuardPlace;
    if (place == nullptr) return nullptr;
    place->guard.store(guard, std::memory_order_relaxed);
    place->next = guard_places.load(std::memory_order_relaxed);
    while (!guard_places.compare_exchange_weak(place->next, place, std::memory_order_release,
                                               std::memory_order_relaxed)) {
    }
    return place;
  }

  GuardPlace* const place_;
};

// The guard whose memory this is; null if there is none.
inline const GuardSlots* FindGuard(const void* pointer) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const GuardPlace* place = guard_places.load(std::memory_order_acquire);
  for (; place != nullptr; place = place->next) {
    if (address >= place->end.load(std::memory_order_acquire) ||
        address < place->begin.load(std::memory_order_relaxed)) {
      continue;
    }
    const GuardSlots* const guard = place->guard.load(std::memory_order_acquire);
    if (guard != nullptr && guard->Owns(pointer)) return guard;
  }
  return nullptr;
}

inline void AppendAge(TextLine& line, std::chrono::steady_clock::time_point time) noexcept {
  const auto age = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - time);
  const auto microseconds = static_cast<std::uint64_t>(age.count());
  constexpr std::uint64_t kMany = 10'000;
  if (microseconds < kMany) {
    line << microseconds << " us ago";
  } else if (microseconds / 1000 < kMany) {
    line << microseconds / 1000 << " ms ago";
  } else {
    line << microseconds / 1'000'000 << " s ago";
  }
}

inline void AppendPlace(TextLine& line, const void* pointer, const GuardSlot& slot) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const auto begin = reinterpret_cast<std::uintptr_t>(slot.block);
  if (address < begin) {
    line << begin - address << " bytes before the start of";
  } else if (address - begin < slot.bytes) {
    line << "offset " << address - begin << " of";
  } else {
    line << address - begin - slot.bytes << " bytes behind the end of";
  }
  line << " a block of " << slot.bytes << " bytes";
}

// The first line of the report. kChanging: nobody has the memory, or another thread is just getting it.
inline void PrintHeadline(const GuardSlots& guard, const Fault& fault, const GuardSlot* slot,
                          GuardState state) noexcept {
  TextLine line;
  line << "arena: " << fault.access << " at ";
  line.Hex(reinterpret_cast<std::uintptr_t>(fault.address)) << ", ";
  if (state == GuardState::kChanging) {
    line << "in guarded memory of '" << guard.name() << "' that nobody has\n";
  } else {
    detail::AppendPlace(line, fault.address, *slot);
    line << " of '" << guard.name() << "'";
    if (*slot->label.c_str() != '\0') line << ", " << slot->label.c_str();
    line << (state == GuardState::kLive ? ", in use, taken " : ", freed ");
    detail::AppendAge(line, state == GuardState::kLive ? slot->taken.time : slot->freed.time);
    line << "\n";
  }
  detail::WriteError({line.c_str(), line.size()});
}

inline void PrintEvent(const char* what, std::uint64_t thread, const Stack& stack) noexcept {
  {
    TextLine line;
    line << "  " << what << " here, by thread " << thread << ":\n";
    detail::WriteError({line.c_str(), line.size()});
  }
  detail::PrintStack(stack);
}

// Needs less than 4 KiB of stack: the handler may run on a small one.
inline void PrintGuardReport(const GuardSlots& guard, const Fault& fault) noexcept {
  const GuardSlot* const slot = guard.Nearest(fault.address);
  const GuardState state =
      slot != nullptr ? slot->state.load(std::memory_order_acquire) : GuardState::kChanging;
  detail::PrintHeadline(guard, fault, slot, state);
  static constinit Stack used{};
  detail::TakeStack(used, fault.instruction);
  detail::PrintEvent("used", detail::ThreadNumber(), used);
  if (state == GuardState::kFreed) {
    detail::PrintEvent("freed", slot->freed.thread, slot->freed.stack);
  }
  if (state != GuardState::kChanging) {
    detail::PrintEvent("taken", slot->taken.thread, slot->taken.stack);
  }
}

// Prints one report in the life of the program. What other threads do meanwhile can wait: the program
// may end when this returns.
inline void ReportGuardFault(const Fault& fault) noexcept {
  const GuardSlots* const guard = detail::FindGuard(fault.address);
  if (guard == nullptr) return;
  const std::uint64_t thread = detail::ThreadNumber();
  std::uint64_t reporter = 0;
  if (guard_reporter.compare_exchange_strong(reporter, thread)) {
    detail::PrintGuardReport(*guard, fault);
    guard_report_is_done.store(true, std::memory_order_release);
    return;
  }
  if (reporter == thread) return;  // a fault in the report, or a later one
  for (int i = 0; i < 500 && !guard_report_is_done.load(std::memory_order_acquire); ++i) {
    const timespec ten_milliseconds{0, 10'000'000};
    ::nanosleep(&ten_milliseconds, nullptr);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // !defined(_WIN32)

#endif  // ARENA_DETAIL_OS_GUARD_REPORT_HPP

// ---- arena/guard.hpp -----------------------------------------------------------------------------
//
// class GuardResource: an upstream whose freed blocks become inaccessible, so that a stale pointer
// into an arena traps where it is used, and a report that says who freed the memory.
//
//   arena::GuardResource guard({.name = "parser"});
//   arena::GuardResource::InstallFaultHandler();
//   arena::MonotonicArena a({.retain = 0, .upstream = &guard});
//
// For debug runs without a sanitizer, and, through ArenaPoolOptions::guard_one_in, for production.
// Needs POSIX. The header may be included anywhere; ARENA_HAS_GUARD is 1 where the class works.
#ifndef ARENA_GUARD_HPP
#define ARENA_GUARD_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <string_view>


#if defined(_WIN32)
#define ARENA_HAS_GUARD 0
#else
#define ARENA_HAS_GUARD 1
#endif

ARENA_BEGIN_NAMESPACE

/// How a GuardResource guards.
struct GuardResourceOptions {
  /// What reports call it. Copied; of a name that takes more than 63 bytes, the start is kept.
  std::string_view name = "GuardResource";
  /// How many blocks are guarded at once, those in use and those in quarantine together. Each slot
  /// costs 700 bytes and a page table's page from its first use on.
  std::size_t slot_count = 1024;
  /// The size of a slot in bytes; larger blocks are not guarded. The resource reserves addresses
  /// for `slot_count` blocks of this size, which is not memory. Where addresses are short
  /// (RLIMIT_AS), slots are smaller.
  std::size_t max_block_size = sizeof(void*) > 4 ? std::size_t{64} << 20 : std::size_t{256} << 10;
};

/// The figures of a GuardResource at one moment.
struct GuardStats {
  std::uint64_t guarded = 0;    ///< blocks that were guarded, so far
  std::uint64_t unguarded = 0;  ///< blocks that could not be
  std::size_t live = 0;         ///< guarded blocks that are in use
  std::size_t quarantined = 0;  ///< blocks that were freed and are still inaccessible
};

#if ARENA_HAS_GUARD

/// A memory resource that finds uses of memory after it was freed, and beyond its end.
///
/// Each block ends at an inaccessible page. A freed block becomes inaccessible as a whole and stays
/// so, in quarantine, until its slot serves another block, for which all other free slots come
/// first. Any access until then is a fault (SIGSEGV) at the instruction that is wrong, in release
/// builds, too. The memory of a freed block goes back to the system at once.
///
/// In an arena over it, it finds uses of what was freed upstream. With `retain = 0`, Reset,
/// Release, the end of a scope and of the arena free their chunks, so that a stale pointer into any
/// of them traps. Not found: a use within a chunk that is still in use (an overrun into the next
/// allocation, memory that TryResize took back), and a use by the kernel: a system call on freed
/// memory fails with EFAULT. In a build with `ARENA_HEAP=1`, `SetHeapResource(&guard)` guards each
/// allocation, which finds nearly all of that.
///
/// A block that cannot be guarded comes from operator new and is as good as any other. That happens
/// when all slots are in use, when it is larger than `max_block_size`, or when the system has no
/// more mappings (Linux allows 65,530, and a guarded block in use takes two).
///
/// allocate and deallocate together cost four system calls, fresh pages, and two stacks: about 10
/// us for small blocks. A block of more than a page and of up to 128 KiB gets all of its pages by a
/// fifth call. When memory is short, allocate throws std::bad_alloc; where exceptions are off, it
/// returns null, which arenas understand and std::pmr containers do not.
///
/// A block that is returned twice, or with another size, and a resource that is destroyed while a
/// guarded block is in use, end the program with a message that names it.
///
/// Thread safety: all members may be called from any thread. After fork in a process with threads,
/// the child does not allocate from it; a fault in the child is reported.
class GuardResource : public std::pmr::memory_resource {
 public:
  /// Reserves addresses, and no memory: O(1), some microseconds.
  explicit GuardResource(const GuardResourceOptions& options = {}) noexcept
      : slots_(options.name, options.slot_count, options.max_block_size), registration_(slots_) {}

  /// Ends the program with a message while a guarded block is in use. Uses of freed blocks still
  /// trap afterwards, until the addresses serve something else, but are not reported.
  ~GuardResource() override {
    const std::size_t live = slots_.figures().live;
    if (live != 0) FailWith("was destroyed while blocks of it are in use: ", live);
  }

  GuardResource(const GuardResource&) = ARENA_DELETE("arena: a guard is shared by reference");
  GuardResource& operator=(const GuardResource&) =
      ARENA_DELETE("arena: a guard is shared by reference");

  /// Prints a report to standard error when memory of any GuardResource is used that may not be.
  ///
  /// Call it once, after the program has installed its own handlers of SIGSEGV and SIGBUS; later
  /// calls do nothing. The report says what the access was, which resource it concerns, when the
  /// memory was freed, and the stacks of the use, of the free and of the allocation. A program that
  /// is linked with -rdynamic shows the names of functions, any other one their offsets, for
  /// addr2line. Then the handler that was installed before runs, with the same arguments; where
  /// there was none, the instruction faults again, so that the core file shows it.
  ///
  /// There is one report in the life of a program: threads that fault meanwhile wait for it. Faults
  /// elsewhere and signals that were sent (raise, kill) are not reported. The handler runs on the
  /// thread's alternate stack if it has one (8 KiB suffice) and takes no memory.
  static void InstallFaultHandler() noexcept {
    detail::PrepareToPrintStacks();
    detail::InstallFaultHandler(&detail::ReportGuardFault);
  }

  /// The name it was given. Lives as long as the resource. O(1).
  std::string_view Name() const noexcept { return slots_.name(); }

  /// What it has done so far. O(1).
  GuardStats Stats() const noexcept {
    const auto figures = slots_.figures();
    return {figures.taken, unguarded_.load(std::memory_order_relaxed), figures.live,
            figures.quarantined};
  }

 private:
  friend class GuardLabel;

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return Take(bytes, alignment, {});
  }

  void* Take(std::size_t bytes, std::size_t alignment, const detail::GuardName& label) {
    std::size_t need;
    if (detail::IsPowerOfTwo(alignment) && detail::AddSizes(bytes, alignment, &need)) {
      bytes = detail::MaxOf(bytes, 1);
      if (void* const block = slots_.Take(bytes, alignment, label)) return block;
      if (void* const block = ::operator new(bytes, std::align_val_t{alignment}, std::nothrow)) {
        unguarded_.fetch_add(1, std::memory_order_relaxed);
        return block;
      }
    }
#if ARENA_EXCEPTIONS
    detail::ThrowBadAlloc();
#else
    return nullptr;
#endif
  }

  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) noexcept override {
    bytes = detail::MaxOf(bytes, 1);
    if (!slots_.Owns(block)) {
      ::operator delete(block, std::align_val_t{alignment});
    } else if (!slots_.Free(block, bytes)) {
      FailWith("was given back a block that is not in use, or of another size; bytes: ", bytes);
    }
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  // Ends the program with a message about this resource.
  ARENA_NORETURN ARENA_COLD void FailWith(const char* what, std::size_t number) const noexcept {
    detail::TextLine line;
    line << "arena: the guard \"" << slots_.name() << "\" " << what << number;
    detail::Fail(line.c_str());
  }

  detail::GuardSlots slots_;
  detail::GuardRegistration registration_;
  std::atomic<std::uint64_t> unguarded_{0};
};

/// Memory of a GuardResource under a name of its own, which reports show behind that of the guard:
/// for many arenas that share a guard.
///
/// The guard outlives it. It may end before the memory that it served, if that is freed through the
/// guard. Thread safety: as the guard's.
class GuardLabel : public std::pmr::memory_resource {
 public:
  /// Copies the label; of one that takes more than 63 bytes, the start is kept.
  GuardLabel(GuardResource& guard, std::string_view label) noexcept
      : guard_(&guard), label_(label) {}
  GuardLabel(const GuardLabel&) = ARENA_DELETE("arena: a label is shared by reference");
  GuardLabel& operator=(const GuardLabel&) = ARENA_DELETE("arena: a label is shared by reference");

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return guard_->Take(bytes, alignment, label_);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) noexcept override {
    guard_->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  GuardResource* guard_;
  detail::GuardName label_;
};

#else

class GuardResource {
 public:
  explicit GuardResource(const GuardResourceOptions& options = {}) =
      ARENA_DELETE("arena: GuardResource needs POSIX; on Windows, use AddressSanitizer or gflags");
};

#endif

ARENA_END_NAMESPACE

#endif  // ARENA_GUARD_HPP

#endif  // ARENA_WITH_GUARD

#ifdef ARENA_WITH_POOL

// ---- arena/detail/os/pages.hpp -------------------------------------------------------------------
//
// The operating system's pages: map, unmap, offer; reserve addresses and commit memory for them.
#ifndef ARENA_DETAIL_OS_PAGES_HPP
#define ARENA_DETAIL_OS_PAGES_HPP

#include <cstddef>
#include <cstdint>


#if defined(_WIN32)
// Declared here as in <windows.h>, whose macros, min and max among them, would reach every
// includer.
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
// LeakSanitizer looks for pointers in mappings only if it is told of them. Declared weak, because
// no macro says whether it is there: g++ -fsanitize=leak defines none.
extern "C" {
// NOLINTBEGIN(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its names
__attribute__((__weak__, __visibility__("default"))) void __lsan_register_root_region(const void*,
                                                                                      std::size_t);
__attribute__((__weak__, __visibility__("default"))) void __lsan_unregister_root_region(
    const void*, std::size_t);
// NOLINTEND(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
}
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

#if defined(_WIN32)

inline constexpr unsigned long kMemCommit = 0x1000;
inline constexpr unsigned long kMemReserve = 0x2000;
inline constexpr unsigned long kMemDecommit = 0x4000;
inline constexpr unsigned long kMemReset = 0x80000;
inline constexpr unsigned long kMemRelease = 0x8000;
inline constexpr unsigned long kPageNoAccess = 0x01;
inline constexpr unsigned long kPageReadWrite = 0x04;
inline constexpr std::size_t kWindowsGranularity = 64 * 1024;  // alignment of reservations

// The size is the same on every Windows that a C++20 compiler targets.
inline std::size_t PageSize() noexcept { return 4096; }

inline void* MapPages(std::size_t bytes, std::size_t alignment) noexcept {
  if (alignment <= kWindowsGranularity) {
    return VirtualAlloc(nullptr, bytes, kMemReserve | kMemCommit, kPageReadWrite);
  }
  // A reservation cannot be trimmed: find a place, free it, and reserve its aligned part. Another
  // thread may take that in between, so try again.
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
  // VirtualUnlock fails for pages that are not locked, but takes them out of the working set.
  // Decommitting the pages would need memory to commit them again.
  if (now) VirtualUnlock(pages, bytes);
  return true;
}

inline void* ReservePages(std::size_t bytes) noexcept {
  return VirtualAlloc(nullptr, bytes, kMemReserve, kPageNoAccess);
}

inline bool CommitPages(void* pages, std::size_t bytes) noexcept {
  return VirtualAlloc(pages, bytes, kMemCommit, kPageReadWrite) != nullptr;
}

inline bool DecommitPages(void* pages, std::size_t bytes) noexcept {
  return VirtualFree(pages, bytes, kMemDecommit) != 0;
}

#else

inline std::size_t PageSize() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

// Tells LeakSanitizer to look for pointers in the pages while they are mapped.
inline void TrackPages(ARENA_MAYBE_UNUSED const void* pages, ARENA_MAYBE_UNUSED std::size_t bytes,
                       ARENA_MAYBE_UNUSED bool mapped) noexcept {
#if defined(__ELF__) && defined(__GNUC__)
  const auto tell = mapped ? &__lsan_register_root_region : &__lsan_unregister_root_region;
  if (tell != nullptr) tell(pages, bytes);
#endif
}

// Requires an alignment that is a power of two and at least a page. Returns nullptr when the system
// has no memory.
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
  detail::TrackPages(first + before, bytes, true);
  return first + before;
}

// Linux refuses to unmap the middle of a mapping, which makes two of it, if the process has
// vm.max_map_count mappings. The memory is freed all the same then, and only its addresses are
// lost.
inline void UnmapPages(void* pages, std::size_t bytes) noexcept {
  detail::TrackPages(pages, bytes, false);
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

// Addresses without memory, for UnmapPages; null when the system has none. No access rather than
// MAP_NORESERVE: it counts as no memory where overcommit is off or RLIMIT_DATA is set, mlockall makes
// nothing of it resident, and it is in no core file.
inline void* ReservePages(std::size_t bytes) noexcept {
  void* const pages = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (pages == MAP_FAILED) return nullptr;
  detail::TrackPages(pages, bytes, true);
  return pages;
}

// Makes reserved pages usable; they read as zeros. False, with nothing changed, when memory is short.
inline bool CommitPages(void* pages, std::size_t bytes) noexcept {
  return ::mprotect(pages, bytes, PROT_READ | PROT_WRITE) == 0;
}

// Makes them reserved pages again. Mapping them anew, since mprotect alone would keep the memory.
// When that fails, the memory is freed all the same, if possible, and they stay usable: false.
inline bool DecommitPages(void* pages, std::size_t bytes) noexcept {
  if (::mmap(pages, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0) == pages)
    return true;
  detail::OfferPages(pages, bytes, true);
  return false;
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


ARENA_BEGIN_NAMESPACE

/// How a PageResource asks for its pages.
struct PageResourceOptions {
  /// Align blocks of 2 MiB and more to 2 MiB and advise the kernel to back them with huge pages.
  /// Falls back to ordinary pages.
  bool huge_pages = false;
};

/// When the kernel takes pages whose contents nobody needs.
enum class Reclaim {
  kUnderPressure,  ///< when memory is short; until then they stay resident
  kNow,            ///< at once; the next touch faults them in again
};

/// A memory resource over anonymous pages: mmap, or VirtualAlloc on Windows.
///
/// Made for few, large blocks: as the upstream of an arena that should not fragment the heap, or
/// whose pages the kernel may take back. Each allocation is rounded up to whole pages and costs a
/// system call. When memory is short it throws std::bad_alloc. Where exceptions are off, that ends
/// the program: it cannot return null, because libstdc++ declares that
/// std::pmr::memory_resource::allocate never does.
///
/// LeakSanitizer follows pointers that lie in the pages.
///
/// Thread safety: all members may be called from any thread.
class PageResource : public std::pmr::memory_resource {
 public:
  /// Takes nothing from the system yet.
  explicit PageResource(const PageResourceOptions& options = {}) noexcept
      : huge_pages_(options.huge_pages) {}

  /// The size of a page in bytes, a power of two.
  static std::size_t PageSize() noexcept { return detail::PageSize(); }

  /// Tells the kernel that the contents of the whole pages within [begin, begin + bytes) are no
  /// longer needed. They read as the old contents or as zeros until they are written again.
  ///
  /// The range must lie in a block of a PageResource. Returns how many bytes it offered: 0 when the
  /// range holds no whole page or the system has no such call. O(bytes), in the kernel.
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

  // Throws std::bad_alloc when the system has no memory of that size and alignment.
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

// ---- arena/detail/threads/mutex.hpp --------------------------------------------------------------
//
// A mutex for critical sections that are as short as two function calls. Those of std::mutex, which
// are calls themselves, would take longer than what they guard: a lease would take a third more
// instructions.
#ifndef ARENA_DETAIL_THREADS_MUTEX_HPP
#define ARENA_DETAIL_THREADS_MUTEX_HPP

#include <atomic>


#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define ARENA_DETAIL_KNOWS_ONLY_THREAD 1
#else
#define ARENA_DETAIL_KNOWS_ONLY_THREAD 0
#endif

// Where the system has no futex (MinGW, macOS), libstdc++ implements waiting for an atomic with a
// condition variable. It reads the value before it takes the lock, so a wake-up in between is lost.
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_HAVE_PLATFORM_WAIT)
#define ARENA_DETAIL_LOSES_WAKE_UPS 1
#include <chrono>
#include <thread>
#else
#define ARENA_DETAIL_LOSES_WAKE_UPS 0
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// Whether the process has no other thread; false if that is not known. The answer stays right until
// this thread starts another one.
ARENA_ALWAYS_INLINE bool IsOnlyThread() noexcept {
#if ARENA_DETAIL_KNOWS_ONLY_THREAD
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

// For std::lock_guard and std::unique_lock. Without contention lock and unlock are inline and take an
// atomic instruction each, or none while the process has one thread, as in glibc. Waiting threads
// sleep. A thread may destroy the mutex as soon as it has unlocked it, as with a POSIX mutex: the
// thread that unlocked it before uses only its address by then.
class Mutex {
 public:
  ARENA_ALWAYS_INLINE bool try_lock() noexcept {
    if (IsOnlyThread() && state_.load(std::memory_order_relaxed) == kFree) {
      state_.store(kTaken, std::memory_order_relaxed);
      return true;
    }
    int expected = kFree;
    return state_.compare_exchange_strong(expected, kTaken, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }

  ARENA_ALWAYS_INLINE void lock() noexcept {
    if (!try_lock()) [[unlikely]]
      Wait();
  }

  ARENA_ALWAYS_INLINE void unlock() noexcept {
    // Asked again, because this thread may have started another one since lock().
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
  static constexpr int kContended = 2;  // taken, and other threads may be waiting

  ARENA_COLD void Wait() noexcept {
    // A thread that waited takes it as contended, because others may still be waiting.
#if ARENA_DETAIL_LOSES_WAKE_UPS
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

#undef ARENA_DETAIL_LOSES_WAKE_UPS

#endif  // ARENA_DETAIL_THREADS_MUTEX_HPP

// ---- arena/detail/pool/need_history.hpp ----------------------------------------------------------
//
// The latest needs of a key of a pool, and a quantile of them.
#ifndef ARENA_DETAIL_POOL_NEED_HISTORY_HPP
#define ARENA_DETAIL_POOL_NEED_HISTORY_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

// A quantile of the latest `length` needs. Reading it is O(1). Adding is O(1), or O(length) where
// it changes the quantile.
class NeedHistory {
 public:
  // The quantile is clamped to [0, 1], with NaN as 0, and the length to at least 1. Throws
  // std::bad_alloc.
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
    Count(need);
    return !IsQuantile() && FindQuantile();
  }

  void Clear() noexcept { count_ = rank_ = value_ = below_ = equal_ = next_ = 0; }

  // Returns the smallest need that at least the share `quantile` of the needs do not exceed; 0 when
  // there is none yet.
  std::size_t Quantile() const noexcept { return value_; }

 private:
  static std::size_t Checked(std::size_t length) {
    if (length > kMaxSize / sizeof(std::size_t)) ThrowBadAlloc();
    return MaxOf(length, 1);
  }

  void Count(std::size_t need) noexcept {
    below_ += need < value_ ? 1 : 0;
    equal_ += need == value_ ? 1 : 0;
  }

  // Whether value_ is at rank_ in a sorted list of the needs.
  bool IsQuantile() const noexcept { return below_ <= rank_ && rank_ < below_ + equal_; }

  // Replacing one need moves the quantile to a neighbouring value at most; it may also stay the
  // same.
  ARENA_COLD bool FindQuantile() noexcept {
    const std::size_t before = value_;
    while (!IsQuantile()) {
      const bool up = rank_ >= below_;
      std::size_t next = up ? SIZE_MAX : 0;
      ForEach([&](std::size_t need) {
        if (up ? need > value_ && need < next : need < value_ && need > next) next = need;
      });
      value_ = next;
      below_ = equal_ = 0;
      ForEach([&](std::size_t need) { Count(need); });
    }
    return value_ != before;
  }

  template <class Visit>
  void ForEach(Visit visit) const noexcept {
    for (std::size_t i = 0; i < count_; ++i) visit(needs_[i]);
  }

  std::size_t RankOf(std::size_t count) const noexcept {
    const double rank = quantile_ * static_cast<double>(count);
    if (!(rank > 0)) return 0;
    if (rank >= static_cast<double>(count)) return count - 1;
    const auto below = static_cast<std::size_t>(rank);
    // MinOf also bounds the rank that a NaN gives: -ffast-math may drop the two checks above.
    return MinOf(static_cast<double>(below) < rank ? below : below - 1, count - 1);
  }

  std::size_t length_;
  double quantile_;
  std::size_t count_ = 0;                 // how many needs there are, <= length_
  std::size_t rank_ = 0;                  // index of the quantile in a sorted list of the needs
  std::size_t value_ = 0;                 // the quantile
  std::size_t below_ = 0;                 // how many needs are less than value_
  std::size_t equal_ = 0;                 // how many needs are equal to value_
  std::size_t next_ = 0;                  // index for the next need; of the oldest if all are there
  std::unique_ptr<std::size_t[]> needs_;  // a ring in the order of arrival
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_NEED_HISTORY_HPP

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
    return Digits(number, 10, width);
  }

  // Appends an address as 0x and hexadecimal digits.
  TextLine& Hex(std::uintptr_t address) noexcept { return (*this << "0x").Digits(address, 16, 0); }

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

  TextLine& Digits(std::uint64_t number, unsigned base, std::size_t width) noexcept {
    char digits[kDigits];
    std::size_t first = kDigits;
    do {
      digits[--first] = "0123456789abcdef"[number % base];
      number /= base;
    } while (number != 0);
    while (first != 0 && kDigits - first < width) digits[--first] = ' ';
    return Append(digits + first, kDigits - first);
  }

  char text_[384] = {};
  std::size_t size_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_TEXT_LINE_HPP

// ---- arena/pool_options.hpp ----------------------------------------------------------------------
//
// The options and the statistics of an ArenaPool.
#ifndef ARENA_POOL_OPTIONS_HPP
#define ARENA_POOL_OPTIONS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory_resource>
#include <string_view>

#if defined(__linux__)
#include <time.h>
#endif


ARENA_BEGIN_NAMESPACE

namespace detail {

// The default clock. It is exact to some milliseconds, and cheap, because every lease reads it.
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
  /// Upper bound of the bytes that idle arenas hold together. 0 retains none.
  std::size_t max_idle_bytes = std::size_t{64} << 20;
  /// An arena that was idle for this long is freed, unless the same call leases it. 0 retains none.
  std::chrono::nanoseconds max_idle_age = std::chrono::minutes(1);
  /// An arena that holds more is freed at the end of its lease. It is what `retain` is for an arena
  /// without a pool; with 0 every lease gives its memory back, for an upstream that finds stale
  /// pointers.
  std::size_t max_arena_bytes = std::size_t{16} << 20;
  /// What one lease may hold: the `limit` of its arena. A lease that needs more gets
  /// std::bad_alloc.
  std::size_t max_lease_bytes = SIZE_MAX;
  /// How many threads lease without meeting each other: the pool has at most so many shards, one
  /// for each thread that uses it. 0 stands for the number of CPUs; it is at most 64. With 1, idle
  /// arenas are in one order for all threads, which share one lock.
  std::size_t max_shards = 0;
  /// How many keys are remembered; beyond that the least recently used one is forgotten. (With
  /// several shards it is one of those that were not used for some milliseconds, and each shard has
  /// one forgotten per millisecond at most: the leases of other new keys have no key then.) Each
  /// takes about a kilobyte, and a quarter of one more in each shard that uses it.
  std::size_t max_keys = 1024;
  /// The share, from 0 to 1, of a key's latest leases whose need the first buffer holds.
  double quantile = 0.95;
  /// How many of a key's latest leases count; older needs are forgotten.
  std::size_t history = 64;
  /// The pages of an arena that was idle for this long are offered to the kernel.
  std::chrono::nanoseconds offer_after = std::chrono::seconds(1);
  /// When the kernel takes offered pages.
  Reclaim reclaim = Reclaim::kUnderPressure;
  /// The resource that buffers come from; it must be thread-safe and outlive the pool and its
  /// leases. nullptr stands for a PageResource of the pool, the only upstream whose pages are
  /// offered.
  std::pmr::memory_resource* upstream = nullptr;
  /// Options of the pool's PageResource.
  PageResourceOptions pages = {};
  /// One lease in about so many, chosen at random, gets memory from a GuardResource, and that
  /// memory is freed at its end: a use of it afterwards, or beyond the end of a buffer, is a fault,
  /// which a program that called GuardResource::InstallFaultHandler reports with the lease's key.
  /// So it finds in production what tests did not. A guarded lease costs ten to twenty microseconds
  /// and a page fault for each page (bench/guarded_lease.cpp); the others cost nothing. 1: every
  /// lease; 0: none. Its memory does not come from `upstream`. No effect on Windows.
  std::size_t guard_one_in = 0;
  /// The `slot_count` of that GuardResource: how many buffers of guarded leases are in use or in
  /// quarantine. While all are in use, leases are as without a guard.
  std::size_t guard_slots = 256;
  /// What reports call a key, for people; its start is copied while a guarded lease begins.
  /// nullptr, or an empty name: they show its number alone.
  std::string_view (*key_name)(std::uint64_t key) noexcept = nullptr;
  /// Returns the time since any fixed moment. Acquire, return and ShrinkTo call it from any thread
  /// with a lock of the pool held, so it must not use the pool. A jump back counts as no time.
  std::chrono::nanoseconds (*clock)() noexcept = &detail::CoarseNow;
};

/// The figures of an ArenaPool at one moment, over all its shards.
struct ArenaPoolStats {
  std::uint64_t leases = 0;         ///< acquired so far
  std::uint64_t reused = 0;         ///< of these, served by an idle arena
  std::uint64_t returned = 0;       ///< leases that have ended
  std::uint64_t single_buffer = 0;  ///< of these, ended with one buffer
  std::uint64_t evicted = 0;        ///< arenas freed: too large, too many, too old, a wrong size
  std::uint64_t offered_bytes = 0;  ///< bytes of pages offered to the kernel so far
  std::uint64_t guarded = 0;        ///< leases so far that were guarded (`guard_one_in`)
  std::size_t open = 0;             ///< leases that have not ended
  std::size_t idle = 0;             ///< arenas that wait for a lease
  std::size_t idle_bytes = 0;       ///< bytes that they hold
  std::size_t keys = 0;             ///< keys that are remembered
};

/// The figures of one key of an ArenaPool.
struct ArenaPoolKeyStats {
  std::uint64_t returned = 0;       ///< leases that have ended
  std::uint64_t single_buffer = 0;  ///< of these, ended with one buffer
  std::size_t open = 0;             ///< leases that have not ended
  std::size_t prediction = 0;       ///< bytes: the next lease's first buffer holds at least this
};

/// Prints the figures in one line. The stream's flags and locale do not matter; its width applies
/// to the whole line.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream,
                                             const ArenaPoolStats& stats) {
  detail::TextLine line;
  line << "leases " << stats.leases << " (" << stats.reused << " reused, " << stats.open
       << " open), " << stats.single_buffer << " of " << stats.returned << " in one buffer, idle "
       << stats.idle << " arenas of " << stats.idle_bytes << " bytes, evicted " << stats.evicted
       << ", offered " << stats.offered_bytes << " bytes, keys " << stats.keys;
  if (stats.guarded != 0) line << ", guarded " << stats.guarded;
  return stream << line.c_str();
}

/// Prints the figures of one key in the same way.
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

// ---- arena/detail/pool/pool_settings.hpp ---------------------------------------------------------
//
// What the options of a pool mean: the sizes of arenas, and times.
#ifndef ARENA_DETAIL_POOL_POOL_SETTINGS_HPP
#define ARENA_DETAIL_POOL_POOL_SETTINGS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>


ARENA_BEGIN_NAMESPACE
namespace detail {

// The nanoseconds that passed by a clock. A jump back of the clock counts as no time.
class PoolTime {
 public:
  // Upper bound of a delay (2.3 years), so that the sum of two cannot overflow.
  static constexpr std::uint64_t kLong = std::uint64_t{1} << 56;

  explicit PoolTime(std::chrono::nanoseconds clock) noexcept : clock_(clock) {}

  static constexpr std::uint64_t Earlier(std::uint64_t a, std::uint64_t b) noexcept {
    return b < a ? b : a;
  }

  // Converts a delay of the options; a negative one counts as 0.
  static std::uint64_t Delay(std::chrono::nanoseconds delay) noexcept {
    return delay.count() > 0 ? Earlier(static_cast<std::uint64_t>(delay.count()), kLong) : 0;
  }

  ARENA_WRAPS void Advance(std::chrono::nanoseconds clock) noexcept {
    if (clock > clock_) {
      // Unsigned, because the difference of two times may be above INT64_MAX.
      const std::uint64_t passed =
          static_cast<std::uint64_t>(clock.count()) - static_cast<std::uint64_t>(clock_.count());
      now_ += Earlier(passed, kLong);
    }
    clock_ = clock;
  }

  std::uint64_t now() const noexcept { return now_; }

 private:
  std::uint64_t now_ = 0;
  std::chrono::nanoseconds clock_;  // at the latest Advance
};

// The bounds that follow from a prediction, in bytes.
struct LeaseSizes {
  std::size_t min;     // of an arena that is lent
  std::size_t max;     // of an idle arena that is lent
  std::size_t retain;  // upper bound of an arena that the pool retains
};

// Does not change.
struct PoolSettings {
  static constexpr std::size_t kMaxShards = 64;
  // Slack beyond the measured need: alignment padding differs between leases.
  static constexpr std::size_t kOverhead = 64;

  // Pass true if upstream hands out whole pages, which can be offered to the kernel.
  PoolSettings(const ArenaPoolOptions& pool_options, bool has_pages) noexcept
      : options(pool_options), in_pages(has_pages) {}

  // Size of a new arena's first buffer, for at most kMaxSize. With its header it fills whole pages.
  std::size_t FirstBuffer(std::size_t prediction) const noexcept {
    if (prediction <= min_buffer) return min_buffer;
    const std::size_t page = PageResource::PageSize();
    if (!in_pages) return prediction;
    const std::size_t header = Chunk::BlockBytes(page) - page;
    return AlignUp(prediction + header, page) - header;
  }

  // A lease may hold up to twice the prediction. The bound for retaining is lower, because the
  // prediction itself may be high by chance. Larger predictions than kMaxSize cannot be met anyway.
  ARENA_COLD LeaseSizes SizesFor(std::size_t prediction) const noexcept {
    const std::size_t size = MinOf(prediction, kMaxSize);
    const std::size_t first = FirstBuffer(size);
    return {MinOf(size, options.max_lease_bytes), MaxOf(2 * size, first),
            MinOf(MaxOf(size + size / 2, first), max_retained)};
  }

  const ArenaPoolOptions options;
  const bool in_pages;
  const std::size_t max_shards = MinOf(
      MaxOf(options.max_shards != 0 ? options.max_shards : std::thread::hardware_concurrency(), 1),
      kMaxShards);
  // Size of the smallest buffer: a page with its header, since small requests would waste more.
  const std::size_t min_buffer = PageResource::PageSize() - Chunk::BlockBytes(0);
  const std::size_t max_retained =
      MinOf(MinOf(options.max_arena_bytes, options.max_idle_bytes), kMaxSize);
  const std::uint64_t max_age = PoolTime::Delay(options.max_idle_age);
  const std::uint64_t offer_after = PoolTime::Delay(options.offer_after);
  // Until an idle arena needs attention.
  const std::uint64_t delay = in_pages ? PoolTime::Earlier(max_age, offer_after) : max_age;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_SETTINGS_HPP

// ---- arena/detail/pool/pool_keys.hpp -------------------------------------------------------------
//
// The keys of a pool. Who holds any shard's mutex may look for a key; who adds one holds all.
#ifndef ARENA_DETAIL_POOL_POOL_KEYS_HPP
#define ARENA_DETAIL_POOL_POOL_KEYS_HPP

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>


ARENA_BEGIN_NAMESPACE
namespace detail {

// What different threads write lies so far apart: processors fetch lines of 64 bytes in pairs.
inline constexpr std::size_t kApart = 128;

// Leases. They may begin in one shard and end in another.
struct LeaseCounts {
  void Add(const LeaseCounts& other) noexcept {
    acquired += other.acquired;
    returned += other.returned;
    multi_buffer += other.multi_buffer;
  }

  std::uint64_t acquired = 0;
  std::uint64_t returned = 0;
  std::uint64_t multi_buffer = 0;  // of these, ended with more than one buffer
};

// What a shard has of a key: its leases, and needs that the key has not got yet. Guarded by the
// shard's mutex.
struct alignas(kApart) KeyPart {
  static constexpr std::size_t kBatch = 16;

  LeaseCounts counts{};
  std::uint64_t brought_at = 0;
  std::size_t learned = 0;    // needs that were brought
  std::size_t batched = 0;    // needs since, of which the latest kBatch are here
  std::uint16_t misfits = 0;  // a bit for each of the latest: did not fit one buffer
  std::array<std::size_t, kBatch> needs{};
};

// A key of the whole pool. Every lease of it reads the members before the mutex. They are written
// only when they change, and share no line with what is written more often.
struct alignas(kApart) PoolKey {
  // Throws std::bad_alloc.
  explicit PoolKey(const PoolSettings& settings)
      : parts(settings.max_shards), needs(settings.options.history, settings.options.quantile) {}
  PoolKey(const PoolKey&) = delete;
  PoolKey& operator=(const PoolKey&) = delete;

  // Becomes the key of another id. Requires the mutexes of all shards.
  void Restart(std::uint64_t new_id, std::uint64_t new_number, const PoolSettings& settings) {
    id = new_id;
    number = new_number;
    for (const std::unique_ptr<KeyPart>& part : parts) {
      if (part != nullptr) *part = {};
    }
    needs.Clear();
    counts = {};
    used = false;
    Publish(settings);
  }

  // While they change, some may be from before: then one lease is too small or too large.
  LeaseSizes Sizes() const noexcept {
    return {min.load(std::memory_order_relaxed), max.load(std::memory_order_relaxed),
            retain.load(std::memory_order_relaxed)};
  }

  // Requires the shard's mutex. Null: there is no memory for it.
  KeyPart* PartOf(std::size_t shard) noexcept {
    std::unique_ptr<KeyPart>& part = parts[shard];
    if (part == nullptr) [[unlikely]]
      part.reset(new (std::nothrow) KeyPart);
    return part.get();
  }

  // The sum of all parts. Requires the mutexes of all shards.
  LeaseCounts Counts() const noexcept {
    LeaseCounts sum = counts;
    for (const std::unique_ptr<KeyPart>& part : parts) {
      if (part != nullptr) sum.Add(part->counts);
    }
    return sum;
  }

  // Requires the mutex, or that of a pool's only shard.
  void AddNeed(std::size_t need, const PoolSettings& settings) noexcept {
    if (needs.Add(need)) [[unlikely]]
      Publish(settings);
  }

  // Adds a need of a pool that has several shards to the part of one. The key gets the latest of
  // them once in a tick, so that no line of it moves between threads at each lease; sooner when
  // many do not fit. (Not at each that does not, or the needs that arrive were no fair sample.)
  void AddNeed(KeyPart& part, std::size_t need, bool fit, std::uint64_t now,
               const PoolSettings& settings) noexcept {
    constexpr std::uint64_t kTick = 4'000'000;  // nanoseconds
    constexpr std::size_t kLearning = 64;       // so many needs are brought one by one
    part.needs[part.batched++ % KeyPart::kBatch] = need;
    part.misfits = static_cast<std::uint16_t>(2U * part.misfits + (fit ? 0U : 1U));
    if (now - part.brought_at < kTick && part.learned >= kLearning &&
        (fit || std::popcount(part.misfits) < 4)) [[likely]]
      return;
    part.brought_at = now;
    Bring(part, settings);
  }

  // For a lease that ends in a shard without memory for a part.
  ARENA_COLD void AddWithoutPart(std::size_t need, bool fit,
                                 const PoolSettings& settings) noexcept {
    const std::lock_guard<Mutex> lock(mutex);
    ++counts.returned;
    counts.multi_buffer += fit ? 0U : 1U;
    AddNeed(need, settings);
    used = true;
  }

  // Takes over the needs that are in the part.
  ARENA_NOINLINE void Bring(KeyPart& part, const PoolSettings& settings) noexcept {
    const std::lock_guard<Mutex> lock(mutex);
    for (std::size_t i = part.batched - MinOf(part.batched, KeyPart::kBatch); i != part.batched;
         ++i) {
      AddNeed(part.needs[i % KeyPart::kBatch], settings);
    }
    used = true;
    part.learned += part.batched;
    part.batched = part.misfits = 0;
  }

  std::uint64_t id = 0;
  std::uint64_t number = 0;  // never used again: tells the ids that it stood for apart
  PoolKey* less_recent = nullptr;
  PoolKey* more_recent = nullptr;
  PoolKey* next_in_slot = nullptr;
  std::vector<std::unique_ptr<KeyPart>> parts;         // of each shard, by its index
  std::atomic<std::size_t> min{0}, max{0}, retain{0};  // LeaseSizes of the prediction

  // Guards what follows, or the mutexes of all shards do.
  alignas(kApart) Mutex mutex{};
  NeedHistory needs;
  LeaseCounts counts{};  // of leases that ended without a part
  bool used = false;     // since it was last considered for making way

 private:
  ARENA_COLD void Publish(const PoolSettings& settings) noexcept {
    const LeaseSizes sizes = settings.SizesFor(MaxOf(needs.Quantile(), 1));
    min.store(sizes.min, std::memory_order_relaxed);
    max.store(sizes.max, std::memory_order_relaxed);
    retain.store(sizes.retain, std::memory_order_relaxed);
  }
};

// The keys that a pool remembers: at most `max_keys`, beyond which the least recently used one
// makes way. Of a pool with several shards, used means added or brought to. A hash table whose
// entries are also in a list, by the time of their use. They stay where they are: one that makes
// way for another id becomes its key. Operations are O(1).
class PoolKeys {
 public:
  // Throws std::bad_alloc.
  explicit PoolKeys(const PoolSettings& settings)
      : settings_(settings),
        slots_(std::bit_ceil(MinOf(MaxOf(settings.options.max_keys, 1), kMaxSlots))) {}
  PoolKeys(const PoolKeys&) = delete;
  PoolKeys& operator=(const PoolKeys&) = delete;
  ~PoolKeys() {
    while (most_recent_ != nullptr) delete std::exchange(most_recent_, most_recent_->less_recent);
  }

  std::size_t count() const noexcept { return count_; }

  // Returns the key, or null when it is not remembered.
  PoolKey* Find(std::uint64_t id) const noexcept {
    if (most_recent_ == nullptr || most_recent_->id == id) return most_recent_;
    PoolKey* key = slots_[Slot(id)];
    while (key != nullptr && key->id != id) key = key->next_in_slot;
    return key;
  }

  // Makes a key the most recently used one. Requires the mutexes of all shards.
  void Touch(PoolKey* key) noexcept {
    if (key == most_recent_) return;
    Unlink(key);
    LinkMostRecent(key);
  }

  // Adds a key unless it is there. Requires the mutexes of all shards, and max_keys != 0. Throws
  // std::bad_alloc.
  void Add(std::uint64_t id) {
    if (Find(id) != nullptr) return;
    PoolKey* key;
    if (count_ < settings_.options.max_keys) {
      key = new PoolKey(settings_);
      ++count_;
    } else {
      // So many keys at most are looked at for one that was not used, so that the work is bounded.
      constexpr int kSecondChances = 8;
      for (int i = 0; i < kSecondChances && std::exchange(least_recent_->used, false); ++i) {
        Touch(least_recent_);
      }
      key = least_recent_;
      Unlink(key);
      PoolKey** place = &slots_[Slot(key->id)];
      while (*place != key) place = &(*place)->next_in_slot;
      *place = key->next_in_slot;
    }
    key->Restart(id, ++last_number_, settings_);
    LinkMostRecent(key);
    PoolKey*& slot = slots_[Slot(id)];
    key->next_in_slot = std::exchange(slot, key);
  }

 private:
  // Where there are more keys, the chains of the slots get longer.
  static constexpr std::size_t kMaxSlots = std::size_t{1} << 16;

  ARENA_WRAPS std::size_t Slot(std::uint64_t id) const noexcept {
    // Fibonacci hashing: neighbouring ids, and multiples of a power of two, spread well.
    return ToSize((id * 0x9E3779B97F4A7C15U) >> 32) & (slots_.size() - 1);
  }

  void LinkMostRecent(PoolKey* key) noexcept {
    key->more_recent = nullptr;
    key->less_recent = most_recent_;
    (most_recent_ != nullptr ? most_recent_->more_recent : least_recent_) = key;
    most_recent_ = key;
  }

  void Unlink(PoolKey* key) noexcept {
    (key->more_recent != nullptr ? key->more_recent->less_recent : most_recent_) = key->less_recent;
    (key->less_recent != nullptr ? key->less_recent->more_recent : least_recent_) =
        key->more_recent;
  }

  const PoolSettings& settings_;
  std::vector<PoolKey*> slots_;  // a power of two of them
  std::size_t count_ = 0;
  PoolKey* most_recent_ = nullptr;
  PoolKey* least_recent_ = nullptr;
  std::uint64_t last_number_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_KEYS_HPP

// ---- arena/detail/pool/idle_arenas.hpp -----------------------------------------------------------
//
// The arenas of a pool; the idle ones are taken by size and evicted by age.
#ifndef ARENA_DETAIL_POOL_IDLE_ARENAS_HPP
#define ARENA_DETAIL_POOL_IDLE_ARENAS_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

class PoolShard;

// Leased or idle. It shares no line with another, because each is written by its thread.
class alignas(kApart) PooledArena final : public MonotonicArena {
 public:
  using MonotonicArena::MonotonicArena;
  using MonotonicArena::TryReserve;
  ~PooledArena() override { Release(); }  // as long as there is `guard`

  // Runs the cleanups, resets, and measures what the lease needed.
  void EndLease() noexcept {
    MonotonicArena::DoClear(Retention::kRetain);
    // One buffer, and not one for a single large request: it is the window from end to end.
    const std::size_t bytes = MonotonicArena::Cap();
    fit = bytes != 0 && window().Room() == bytes;
    need = TakeHighWater() + 16 * (fit ? 1 : Stats().buffers) + PoolSettings::kOverhead;
    cap = fit && guard == nullptr ? bytes : SIZE_MAX;
  }

  bool IsWithin(std::size_t min, std::size_t max) const noexcept {
    return min <= cap && cap <= max;
  }

  // Offers the whole pages of an idle arena behind its chunk's header; returns how many bytes it
  // offered.
  std::size_t OfferPages(Reclaim reclaim) const noexcept {
    return PageResource::Offer(window().cursor(), window().Room(), reclaim);
  }

  // Of a guarded lease: where the arena's memory comes from.
  std::unique_ptr<std::pmr::memory_resource> guard{};

  // While leased.
  PoolKey* key = nullptr;        // null: none
  std::uint64_t key_number = 0;  // PoolKey::number at the time

  // Of the latest lease, and of the arena while it is idle.
  std::size_t cap = 0;   // bytes of the buffer; SIZE_MAX: not to be retained
  std::size_t need = 0;  // a first buffer of that size would have sufficed
  bool fit = false;      // whether one buffer sufficed

  // Of IdleArenas.
  bool is_on_offer = false;
  std::uint64_t since = 0;  // in PoolTime: when it became idle
  PooledArena* older = nullptr;
  PooledArena* younger = nullptr;
  PooledArena* next_of_size = nullptr;
  PooledArena** place_of_size = nullptr;

  // See ArenaErrands.
  PooledArena* next_errand = nullptr;
  PoolShard* offered_by = nullptr;
};

// Idle arenas in two orders: one list by age, in which those whose pages were offered are the
// oldest; and a list for each size class, the youngest first, of those that can be taken: all but
// those whose pages are just being offered. The arena that was added last is in no list until
// another is added, because a load with one lease at a time would link and unlink it in vain. Every
// call is O(1).
class IdleArenas {
 public:
  std::size_t count() const noexcept { return count_; }
  std::size_t bytes() const noexcept { return bytes_; }
  PooledArena* oldest() const noexcept { return oldest_ != nullptr ? oldest_ : latest_; }

  // Returns the oldest arena whose pages are not offered yet, or null.
  PooledArena* oldest_unoffered() const noexcept {
    return oldest_unoffered_ != nullptr ? oldest_unoffered_ : latest_;
  }

  // Takes an arena of min <= cap <= max: the youngest of all if it fits, because its memory is
  // warm; otherwise the youngest of the smallest class. Looks at the first few of each class only,
  // and returns null when none of them fits.
  PooledArena* Take(std::size_t min, std::size_t max) noexcept {
    PooledArena* const arena = latest_;
    if (arena == nullptr || !arena->IsWithin(min, max)) [[unlikely]]
      return TakeLinked(min, max);
    latest_ = nullptr;
    Uncount(arena);
    return arena;
  }

  // Adds an arena as the youngest.
  void Add(PooledArena* arena) noexcept {
    if (latest_ != nullptr) LinkLatest();
    latest_ = arena;
    bytes_ += arena->cap;
    ++count_;
  }

  // Removes any arena. Returns whether it is on offer: then EndOffer tells whoever offers it.
  bool Remove(PooledArena* arena) noexcept {
    if (arena == latest_) LinkLatest();
    if (oldest_unoffered_ == arena) oldest_unoffered_ = arena->younger;
    (arena->younger != nullptr ? arena->younger->older : youngest_) = arena->older;
    (arena->older != nullptr ? arena->older->younger : oldest_) = arena->younger;
    Uncount(arena);
    if (std::exchange(arena->is_on_offer, false)) return true;
    UnlinkBySize(arena);
    return false;
  }

  // Returns the oldest arena whose pages are not offered yet; there is one. Until EndOffer it is
  // idle, but not to be taken.
  PooledArena* BeginOffer() noexcept {
    if (oldest_unoffered_ == nullptr) LinkLatest();
    PooledArena* const arena = oldest_unoffered_;
    UnlinkBySize(arena);
    oldest_unoffered_ = arena->younger;
    arena->is_on_offer = true;
    return arena;
  }

  // Returns whether the arena is still idle; otherwise it is the caller's.
  bool EndOffer(PooledArena* arena) noexcept {
    if (!std::exchange(arena->is_on_offer, false)) return false;
    LinkBySize(arena);
    return true;
  }

 private:
  static constexpr std::size_t kClasses = SizeClassAbove(kMaxSize) + 1;

  void Uncount(const PooledArena* arena) noexcept {
    bytes_ -= arena->cap;
    --count_;
  }

  ARENA_NOINLINE PooledArena* TakeLinked(std::size_t min, std::size_t max) noexcept {
    PooledArena* const arena = FindFit(min, max);
    if (arena != nullptr) Remove(arena);
    return arena;
  }

  PooledArena* FindFit(std::size_t min, std::size_t max) const noexcept {
    if (latest_ == nullptr && youngest_ != nullptr && !youngest_->is_on_offer &&
        youngest_->IsWithin(min, max)) {
      return youngest_;
    }
    constexpr int kLook = 4;
    const std::size_t last = SizeClassBelow(MinOf(max, kMaxSize));
    for (std::size_t i = SizeClassBelow(MinOf(min, kMaxSize)); i <= last; ++i) {
      PooledArena* arena = by_size_[i];
      for (int looks = 0; looks < kLook && arena != nullptr; ++looks, arena = arena->next_of_size) {
        if (arena->IsWithin(min, max)) return arena;
      }
    }
    return nullptr;
  }

  void LinkLatest() noexcept {
    PooledArena* const arena = std::exchange(latest_, nullptr);
    arena->older = youngest_;
    arena->younger = nullptr;
    (youngest_ != nullptr ? youngest_->younger : oldest_) = arena;
    youngest_ = arena;
    if (oldest_unoffered_ == nullptr) oldest_unoffered_ = arena;
    LinkBySize(arena);
  }

  void LinkBySize(PooledArena* arena) noexcept {
    PooledArena*& first = by_size_[SizeClassBelow(arena->cap)];
    arena->next_of_size = first;
    arena->place_of_size = &first;
    if (first != nullptr) first->place_of_size = &arena->next_of_size;
    first = arena;
  }

  static void UnlinkBySize(PooledArena* arena) noexcept {
    PooledArena* const next = arena->next_of_size;
    *arena->place_of_size = next;
    if (next != nullptr) next->place_of_size = arena->place_of_size;
  }

  std::size_t count_ = 0;
  PooledArena* latest_ = nullptr;  // in no list, and younger than all that are
  std::size_t bytes_ = 0;
  PooledArena* youngest_ = nullptr;
  PooledArena* oldest_ = nullptr;
  PooledArena* oldest_unoffered_ = nullptr;  // older ones are offered, younger ones are not
  std::array<PooledArena*, kClasses> by_size_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_IDLE_ARENAS_HPP

// ---- arena/detail/os/faults.hpp ------------------------------------------------------------------
//
// A handler for accesses to memory that may not be accessed, which tells a reporter of them and then
// lets the program's own handler, or the system, do what they would have done. Empty on Windows.
#ifndef ARENA_DETAIL_OS_FAULTS_HPP
#define ARENA_DETAIL_OS_FAULTS_HPP


#if !defined(_WIN32)

#include <signal.h>

#include <cerrno>
#include <cstdint>

ARENA_BEGIN_NAMESPACE
namespace detail {

struct Fault {
  const void* address;      // that was accessed
  const void* instruction;  // that accessed it; null if unknown
  const char* access;       // "read", "write", or "access" if unknown
};

// Is called in a signal handler, on the thread that faulted, perhaps on several at once.
using FaultReporter = void (*)(const Fault&) noexcept;

// An access to a page without access rights is the first of these on Linux, the second on some
// other systems.
inline constexpr int kFaultSignals[] = {SIGSEGV, SIGBUS};

ARENA_ONE_PER_PROGRAM inline constinit AtomicPointer<FaultReporter> fault_reporter{nullptr};
// What was installed before, for each of kFaultSignals. Written before the handler is installed.
ARENA_ONE_PER_PROGRAM inline constinit struct sigaction actions_before[2] = {};

// Whether the kernel sent the signal because of what the thread did: not raise, not kill.
inline bool IsFault(const siginfo_t& info) noexcept {
  return info.si_code > 0 && info.si_code != SI_USER && info.si_code != SI_QUEUE;
}

inline Fault ReadFault(const siginfo_t& info, const void* context) noexcept {
  Fault fault{info.si_addr, nullptr, "access"};
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__linux__) && defined(__x86_64__)
  fault.instruction = reinterpret_cast<const void*>(machine.gregs[REG_RIP]);
  // Of a page fault, bit 1 of the processor's error code says that it was a write.
  fault.access = (machine.gregs[REG_ERR] & 2) != 0 ? "write" : "read";
#elif defined(__linux__) && defined(__aarch64__)
  fault.instruction = reinterpret_cast<const void*>(machine.pc);
#else
  static_cast<void>(machine);
#endif
  return fault;
}

inline void SetDefaultAction(int signal) noexcept {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
}

// Does what would have happened without our handler.
inline void PassOn(const struct sigaction& before, int signal, siginfo_t* info,
                   void* context) noexcept {
  // These two first: the system knows no flags beside them, and leaves the flags of a handler that it
  // has reset.
  if (before.sa_handler == SIG_DFL) {
    // The instruction faults again, so that a core file shows it. A signal that was sent has to be
    // sent again; it arrives when this handler returns.
    detail::SetDefaultAction(signal);
    if (!detail::IsFault(*info)) ::raise(signal);
  } else if (before.sa_handler == SIG_IGN) {
    if (detail::IsFault(*info)) detail::SetDefaultAction(signal);  // cannot be ignored
  } else {
    constexpr unsigned kOnce = SA_RESETHAND;  // does not fit an int
    if ((static_cast<unsigned>(before.sa_flags) & kOnce) != 0) detail::SetDefaultAction(signal);
    if ((before.sa_flags & SA_SIGINFO) != 0) {
      before.sa_sigaction(signal, info, context);
    } else {
      before.sa_handler(signal);
    }
  }
}

inline void HandleFault(int signal, siginfo_t* info, void* context) noexcept {
  const int saved_errno = errno;
  if (detail::IsFault(*info)) fault_reporter.LoadAcquire()(detail::ReadFault(*info, context));
  detail::PassOn(actions_before[signal == kFaultSignals[0] ? 0 : 1], signal, info, context);
  errno = saved_errno;
}

// Installs the handler, once in the program. Later calls do nothing: a handler of the program that
// was installed since then and passes faults on to this one would be called for ever.
inline void InstallFaultHandler(FaultReporter reporter) noexcept {
  if (fault_reporter.Exchange(reporter) != nullptr) return;
  for (int i = 0; i < 2; ++i) {
    struct sigaction& before = actions_before[i];
    ::sigaction(kFaultSignals[i], nullptr, &before);
    struct sigaction action = {};
    action.sa_sigaction = &HandleFault;
    action.sa_mask = before.sa_mask;  // the handler before runs within this one
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (before.sa_flags & (SA_NODEFER | SA_RESTART));
    ::sigaction(kFaultSignals[i], &action, nullptr);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // !defined(_WIN32)

#endif  // ARENA_DETAIL_OS_FAULTS_HPP

// ---- arena/detail/core/printable.hpp -------------------------------------------------------------
//
// Names that users choose, made fit for a terminal, a log or an exposition of metrics: valid UTF-8
// without control characters, and with the escapes that a quoted string needs.
#ifndef ARENA_DETAIL_CORE_PRINTABLE_HPP
#define ARENA_DETAIL_CORE_PRINTABLE_HPP

#include <cstddef>
#include <string_view>


ARENA_BEGIN_NAMESPACE
namespace detail {

// The bytes of the character that `text` starts with; 0 when it is not valid UTF-8. `text` is not
// empty.
inline std::size_t CharacterBytes(std::string_view text) noexcept {
  const auto byte = [&text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  if (first < 0xC2U || first > 0xF4U) return 0;
  const std::size_t bytes = first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  if (first == 0xE0U && byte(1) < 0xA0U) return 0;   // a longer form than needed
  if (first == 0xEDU && byte(1) >= 0xA0U) return 0;  // half of a UTF-16 pair
  if (first == 0xF0U && byte(1) < 0x90U) return 0;   // a longer form than needed
  if (first == 0xF4U && byte(1) >= 0x90U) return 0;  // above the last code point
  return bytes;
}

// Calls append(std::string_view) with the parts of what stands for `text` between double quotes:
// \\, \" and \n for the characters that would end or break the string, U+FFFD for other control
// characters and for each byte that is not valid UTF-8.
template <class Append>
void ForPrintable(std::string_view text, Append&& append) {
  while (!text.empty()) {
    const std::size_t bytes = detail::CharacterBytes(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (text.front() == '\n') {
      append(std::string_view("\\n"));
    } else if (text.front() == '"') {
      append(std::string_view("\\\""));
    } else if (text.front() == '\\') {
      append(std::string_view("\\\\"));
    } else if (bytes == 0 || first < 0x20U || first == 0x7FU ||
               (first == 0xC2U && static_cast<unsigned char>(text[1]) < 0xA0U)) {
      append(std::string_view("\xEF\xBF\xBD"));
    } else {
      append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_PRINTABLE_HPP

// ---- arena/detail/os/stack.hpp -------------------------------------------------------------------
//
// The stack of a thread: taken without memory in well under a microsecond a frame, and printed
// without memory, so that a signal handler may do both. Empty on Windows.
#ifndef ARENA_DETAIL_OS_STACK_HPP
#define ARENA_DETAIL_OS_STACK_HPP


#if !defined(_WIN32)

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if __has_include(<unwind.h>)
#include <unwind.h>
#define ARENA_HAS_UNWIND 1
#else
#define ARENA_HAS_UNWIND 0
#endif
#if __has_include(<execinfo.h>)
#include <execinfo.h>
#define ARENA_HAS_EXECINFO 1
#else
#define ARENA_HAS_EXECINFO 0
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

// The calls that a thread is in, the innermost first: an address within each call instruction.
struct Stack {
  static constexpr std::uint32_t kMaxDepth = 32;  // what lies further out is left out

  void* frames[kMaxDepth] = {};
  std::uint32_t depth = 0;
};

#if ARENA_HAS_UNWIND
struct StackWalk {
  Stack* stack;
  std::uintptr_t interrupted;
  bool skip;  // the next frame

  static _Unwind_Reason_Code Visit(_Unwind_Context* context, void* argument) noexcept {
    auto& walk = *static_cast<StackWalk*>(argument);
    Stack& stack = *walk.stack;
    if (walk.skip) {
      walk.skip = false;
      return _URC_NO_REASON;
    }
    int is_exact = 0;
    std::uintptr_t address = _Unwind_GetIPInfo(context, &is_exact);
    if (address == 0) return _URC_END_OF_STACK;
    // What was met so far is the signal handler.
    if (address == walk.interrupted) stack.depth = 0;
    // A return address may be the first one of another function.
    if (is_exact == 0) --address;
    stack.frames[stack.depth++] = reinterpret_cast<void*>(address);
    return stack.depth < Stack::kMaxDepth ? _URC_NO_REASON : _URC_END_OF_STACK;
  }
};
#endif

// Takes the stack of the calling thread, from the caller of this function outwards. In a signal
// handler: from the instruction that the signal interrupted, if its address is given and is found.
// Never inlined, since it leaves out its own frame.
ARENA_NOINLINE inline void TakeStack(Stack& stack, const void* interrupted = nullptr) noexcept {
  stack.depth = 0;
#if ARENA_HAS_UNWIND
  StackWalk walk{&stack, reinterpret_cast<std::uintptr_t>(interrupted), true};
  _Unwind_Backtrace(&StackWalk::Visit, &walk);
#else
  static_cast<void>(interrupted);
#endif
}

// A number that tells the calling thread from others: on Linux, the one that debuggers show.
inline std::uint64_t ThreadNumber() noexcept {
#if defined(__linux__)
  return static_cast<std::uint64_t>(::syscall(SYS_gettid));
#else
  static thread_local char of_this_thread = 0;
  return reinterpret_cast<std::uintptr_t>(&of_this_thread);
#endif
}

// Writes to standard error past its buffer.
inline void WriteError(std::string_view text) noexcept {
  while (!text.empty()) {
    const ::ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Prints a line for each frame: file, offset in it, address, and the name of the function if the
// dynamic linker knows it (programs tell it with -rdynamic).
inline void PrintStack(const Stack& stack) noexcept {
  for (std::uint32_t i = 0; i < stack.depth; ++i) {
    detail::WriteError("    ");
#if ARENA_HAS_EXECINFO
    ::backtrace_symbols_fd(&stack.frames[i], 1, STDERR_FILENO);
#else
    TextLine line;
    line.Hex(reinterpret_cast<std::uintptr_t>(stack.frames[i])) << "\n";
    detail::WriteError({line.c_str(), line.size()});
#endif
  }
  if (stack.depth == 0) detail::WriteError("    (unknown)\n");
}

// Has the dynamic linker find now what a signal handler will call: it takes more room than there is
// on a small alternate stack.
inline void PrepareToPrintStacks() noexcept {
#if ARENA_HAS_EXECINFO
  void* const none = nullptr;
  ::backtrace_symbols_fd(&none, 0, STDERR_FILENO);
#endif
  Stack stack;
  detail::TakeStack(stack);
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // !defined(_WIN32)

#endif  // ARENA_DETAIL_OS_STACK_HPP

// ---- arena/detail/os/guard_slots.hpp -------------------------------------------------------------
//
// Blocks between inaccessible pages. One range of addresses is divided into slots of equal size;
// a slot holds one block at a time, and remembers the last one after that was freed:
//
//     +---- slot ------------------------------------+---- slot -------- ...
//     | inaccessible            | pages with  block  | guard page |
//     +-------------------------+--------------------+------------+----- ...
//                                 its end lies here --^
//
// A freed block's pages are inaccessible until its slot is taken again. The slot that was freed
// first is taken first, so that every freed block stays so for as long as there are other slots.
// Empty on Windows.
#ifndef ARENA_DETAIL_OS_GUARD_SLOTS_HPP
#define ARENA_DETAIL_OS_GUARD_SLOTS_HPP


#if !defined(_WIN32)

#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>

ARENA_BEGIN_NAMESPACE
namespace detail {

// A name that can be printed, in memory of its own: a signal handler may read it.
class GuardName {
 public:
  GuardName() noexcept = default;
  // Keeps what there is room for.
  explicit GuardName(std::string_view name) noexcept {
    std::size_t size = 0;
    bool is_full = false;
    detail::ForPrintable(name, [&](std::string_view part) {
      is_full = is_full || part.size() >= sizeof(text_) - size;
      if (is_full) return;
      std::memcpy(text_ + size, part.data(), part.size());
      size += part.size();
    });
  }
  const char* c_str() const noexcept { return text_; }

 private:
  char text_[64] = {};  // ends with a zero
};

// When, where and by whom a block was taken or freed.
struct GuardEvent {
  std::uint64_t thread = 0;
  std::chrono::steady_clock::time_point time{};
  Stack stack{};

  void Record() noexcept {
    thread = detail::ThreadNumber();
    time = std::chrono::steady_clock::now();
    detail::TakeStack(stack);
  }
};

enum class GuardState : std::uint8_t {
  kChanging,  // no fields but the state may be read
  kLive,
  kFreed,
};

struct GuardSlot {
  // Every other field is written before the state that says so is stored, and read after it was
  // loaded. A signal handler reads them without a lock: of a slot that another thread takes again at
  // that moment it may print a mixture.
  std::atomic<GuardState> state{GuardState::kChanging};
  GuardSlot* next_free = nullptr;  // guarded by the slots' mutex
  std::byte* block = nullptr;
  std::size_t bytes = 0;
  GuardName label{};
  GuardEvent taken{};
  GuardEvent freed{};  // of a live block: that of the block before
};

class GuardSlots {
 public:
  // Where addresses are short, slots are smaller; where they cannot be had, there are none.
  GuardSlots(std::string_view name, std::size_t count, std::size_t max_block) noexcept
      : name_(name) {
    if (count == 0 || !MultiplySizes(count, sizeof(GuardSlot), &record_bytes_)) return;
    void* const records = detail::MapPages(record_bytes_, page_);
    if (records == nullptr) return;
    records_ = static_cast<GuardSlot*>(records);
    count_ = count;
    slot_bytes_ = AlignUp(MinOf(max_block, kMaxSize / 2), page_) + page_;
    if (Reserve()) return;
    do {
      slot_bytes_ = AlignDown(slot_bytes_ / 2, page_);
    } while (slot_bytes_ >= 8 * page_ && !Reserve());
    // The program needs addresses, too.
    Unreserve();
    slot_bytes_ = AlignDown(slot_bytes_ / 4, page_);
    if (slot_bytes_ >= 2 * page_) static_cast<void>(Reserve());
  }

  ~GuardSlots() {
    Unreserve();
    if (records_ != nullptr) detail::UnmapPages(records_, record_bytes_);
  }

  GuardSlots(const GuardSlots&) = delete;
  GuardSlots& operator=(const GuardSlots&) = delete;

  // Returns a block that ends at an inaccessible page, but for what its alignment costs. Returns
  // nullptr when all slots are live, the block is too large, or the system refuses: it then has as
  // many mappings as it allows, mostly.
  void* Take(std::size_t bytes, std::size_t alignment, const GuardName& label) noexcept {
    std::size_t need;
    if (begin_ == nullptr || !AddSizes(bytes, alignment - 1, &need)) return nullptr;
    // The end of a page suits these alignments: only the size decides.
    if (alignment <= page_) need = AlignUp(bytes, alignment);
    if (need > slot_bytes_ - page_) return nullptr;
    GuardSlot* const slot = TakeSlot();
    if (slot == nullptr) return nullptr;
    std::byte* const end = Begin(*slot) + slot_bytes_ - page_;
    std::byte* const block = Down(end - bytes, alignment);
    std::byte* const first = Down(block, page_);
    const auto size = static_cast<std::size_t>(end - first);
    if (::mprotect(first, size, PROT_READ | PROT_WRITE) != 0) {
      // In case it was done to some of the pages.
      MakeInaccessible(first, size);
      ReturnSlot(slot);
      const std::lock_guard lock(mutex_);
      --figures_.taken;
      return nullptr;
    }
    FaultIn(first, size);
    detail::TrackPages(first, size, true);
    slot->state.store(GuardState::kChanging, std::memory_order_relaxed);
    slot->block = block;
    slot->bytes = bytes;
    slot->label = label;
    slot->taken.Record();
    slot->state.store(GuardState::kLive, std::memory_order_release);
    return block;
  }

  // The range of the slots' addresses, with the page before the first one. Empty: there are none.
  std::uintptr_t begin() const noexcept {
    return begin_ != nullptr ? reinterpret_cast<std::uintptr_t>(begin_ - page_) : 0;
  }
  std::uintptr_t end() const noexcept {
    return begin_ != nullptr ? reinterpret_cast<std::uintptr_t>(begin_) + count_ * slot_bytes_ : 0;
  }
  bool Owns(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    return address >= begin() && address < end();
  }

  // Frees a block that Owns(); false if it is not live, or was not of that size.
  ARENA_NODISCARD bool Free(void* block, std::size_t bytes) noexcept {
    GuardSlot* const slot = SlotAt(reinterpret_cast<std::uintptr_t>(block));
    if (slot == nullptr || slot->block != block || slot->bytes != bytes) return false;
    GuardState live = GuardState::kLive;
    if (!slot->state.compare_exchange_strong(live, GuardState::kChanging,
                                             std::memory_order_acquire)) {
      return false;
    }
    slot->freed.Record();
    // Before the memory goes: who faults then finds the record complete.
    slot->state.store(GuardState::kFreed, std::memory_order_release);
    std::byte* const first = Down(slot->block, page_);
    const auto size = static_cast<std::size_t>(Begin(*slot) + slot_bytes_ - page_ - first);
    detail::TrackPages(first, size, false);
    MakeInaccessible(first, size);
    ReturnSlot(slot);
    return true;
  }

  // The slot whose block is nearest to an address that Owns(); null if no slot there was ever used.
  const GuardSlot* Nearest(const void* pointer) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(pointer);
    const GuardSlot* const slot = SlotAt(MaxOf(address, reinterpret_cast<std::uintptr_t>(begin_)));
    const GuardSlot* const before = SlotAt(address - slot_bytes_);
    if (slot == nullptr || before == nullptr) return slot == nullptr ? before : slot;
    static_cast<void>(slot->state.load(std::memory_order_acquire));
    static_cast<void>(before->state.load(std::memory_order_acquire));
    const auto begin = reinterpret_cast<std::uintptr_t>(slot->block);
    const std::uintptr_t end_before =
        reinterpret_cast<std::uintptr_t>(before->block) + before->bytes;
    return address < begin && address - end_before < begin - address ? before : slot;
  }

  const char* name() const noexcept { return name_.c_str(); }

  struct Figures {
    std::uint64_t taken = 0;      // blocks so far
    std::size_t live = 0;         // of these, not freed
    std::size_t quarantined = 0;  // slots whose last block was freed and is inaccessible
  };
  Figures figures() const noexcept {
    const std::lock_guard lock(mutex_);
    return figures_;
  }

 private:
  static constexpr std::size_t kMaxFaultedIn = std::size_t{128} << 10;

  static std::byte* Down(std::byte* pointer, std::size_t alignment) noexcept {
    return pointer - (reinterpret_cast<std::uintptr_t>(pointer) & (alignment - 1));
  }

  static void* MapInaccessible(void* place, std::size_t bytes, int flags) noexcept {
    return ::mmap(place, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON | flags, -1, 0);
  }

  // Frees the memory and keeps the addresses. Not by mprotect, which would keep the pages and the
  // memory that is committed to them, and leave a mapping of its own instead of one with its
  // neighbours.
  static void MakeInaccessible(std::byte* first, std::size_t bytes) noexcept {
    if (MapInaccessible(first, bytes, MAP_FIXED) != MAP_FAILED) return;
    // Too many mappings.
    ::mprotect(first, bytes, PROT_NONE);
#if defined(MADV_DONTNEED)
    ::madvise(first, bytes, MADV_DONTNEED);
#endif
  }

  // Faults the pages in with one call: for a block of a few, most of which will be used, that takes a
  // fraction of the time. A single page takes less by itself.
  void FaultIn(ARENA_MAYBE_UNUSED std::byte* first,
               ARENA_MAYBE_UNUSED std::size_t bytes) const noexcept {
#if defined(MADV_POPULATE_WRITE)
    if (bytes > page_ && bytes <= kMaxFaultedIn) ::madvise(first, bytes, MADV_POPULATE_WRITE);
#endif
  }

  // A page lies before the first slot, so that nothing else is right before it.
  ARENA_NODISCARD bool Reserve() noexcept {
    std::size_t bytes;
    if (!MultiplySizes(count_, slot_bytes_, &bytes) || !AddSizes(bytes, page_, &bytes)) {
      return false;
    }
    void* const range = MapInaccessible(nullptr, bytes, 0);
    if (range == MAP_FAILED) return false;
    begin_ = static_cast<std::byte*>(range) + page_;
    return true;
  }

  void Unreserve() noexcept {
    if (begin_ != nullptr) ::munmap(begin_ - page_, count_ * slot_bytes_ + page_);
    begin_ = nullptr;
  }

  std::byte* Begin(const GuardSlot& slot) const noexcept {
    return begin_ + static_cast<std::size_t>(&slot - records_) * slot_bytes_;
  }

  // Null if the address is in no slot, or in one that was never used.
  ARENA_WRAPS GuardSlot* SlotAt(std::uintptr_t address) const noexcept {
    const std::size_t index = (address - reinterpret_cast<std::uintptr_t>(begin_)) / slot_bytes_;
    return index < used_.load(std::memory_order_acquire) ? &records_[index] : nullptr;
  }

  // One that was never used, or else the one that was freed first; null if all are live.
  GuardSlot* TakeSlot() noexcept {
    const std::lock_guard lock(mutex_);
    GuardSlot* slot = first_free_;
    if (const std::size_t used = used_.load(std::memory_order_relaxed); used < count_) {
      slot = ::new (static_cast<void*>(&records_[used])) GuardSlot;
      used_.store(used + 1, std::memory_order_release);
    } else if (slot != nullptr) {
      first_free_ = slot->next_free;
      if (IsQuarantined(*slot)) --figures_.quarantined;
    } else {
      return nullptr;
    }
    ++figures_.live;
    ++figures_.taken;
    return slot;
  }

  void ReturnSlot(GuardSlot* slot) noexcept {
    const std::lock_guard lock(mutex_);
    --figures_.live;
    if (IsQuarantined(*slot)) ++figures_.quarantined;
    slot->next_free = nullptr;
    (first_free_ != nullptr ? last_free_->next_free : first_free_) = slot;
    last_free_ = slot;
  }

  static bool IsQuarantined(const GuardSlot& slot) noexcept {
    return slot.state.load(std::memory_order_relaxed) == GuardState::kFreed;
  }

  const GuardName name_;
  const std::size_t page_ = detail::PageSize();
  std::size_t count_ = 0;
  std::size_t slot_bytes_ = 0;    // a multiple of the page size
  std::byte* begin_ = nullptr;    // of the first slot; null: there are none
  GuardSlot* records_ = nullptr;  // count_ of them, of which used_ exist
  std::size_t record_bytes_ = 0;
  std::atomic<std::size_t> used_{0};

  mutable std::mutex mutex_{};       // guards all below
  GuardSlot* first_free_ = nullptr;  // the one that was freed first
  GuardSlot* last_free_ = nullptr;   // null or stale while the first is null
  Figures figures_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // !defined(_WIN32)

#endif  // ARENA_DETAIL_OS_GUARD_SLOTS_HPP

// ---- arena/detail/os/guard_report.hpp ------------------------------------------------------------
//
// The report of an access to a guarded block that was freed, or to what lies around a block. It is
// made in a signal handler: without locks and without memory. Empty on Windows.
#ifndef ARENA_DETAIL_OS_GUARD_REPORT_HPP
#define ARENA_DETAIL_OS_GUARD_REPORT_HPP


#if !defined(_WIN32)

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>

ARENA_BEGIN_NAMESPACE
namespace detail {

// A place in the list of all guards. Places are used again and never freed, so that a signal handler
// can walk over them while guards come and go.
struct GuardPlace {
  std::atomic<const GuardSlots*> guard{nullptr};  // null: free
  // The range of the slots, to find those of an address without a look at others, which may be
  // about to go. Equal while there are none.
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  GuardPlace* next = nullptr;
};

ARENA_ONE_PER_PROGRAM inline constinit std::atomic<GuardPlace*> guard_places{nullptr};
// The thread that prints the program's report; 0 before there is one.
ARENA_ONE_PER_PROGRAM inline constinit std::atomic<std::uint64_t> guard_reporter{0};
ARENA_ONE_PER_PROGRAM inline constinit std::atomic<bool> guard_report_is_done{false};

// Has faults in these slots reported, as long as it lives.
class GuardRegistration {
 public:
  explicit GuardRegistration(const GuardSlots& guard) noexcept : place_(TakePlace(&guard)) {
    if (place_ == nullptr) return;  // they trap without a report
    place_->begin.store(guard.begin(), std::memory_order_relaxed);
    place_->end.store(guard.end(), std::memory_order_release);
  }
  ~GuardRegistration() {
    if (place_ == nullptr) return;
    place_->end.store(0, std::memory_order_relaxed);
    place_->begin.store(0, std::memory_order_relaxed);
    place_->guard.store(nullptr, std::memory_order_release);
  }
  GuardRegistration(const GuardRegistration&) = delete;
  GuardRegistration& operator=(const GuardRegistration&) = delete;

 private:
  static GuardPlace* TakePlace(const GuardSlots* guard) noexcept {
    GuardPlace* place = guard_places.load(std::memory_order_acquire);
    for (; place != nullptr; place = place->next) {
      const GuardSlots* none = nullptr;
      if (place->guard.compare_exchange_strong(none, guard)) return place;
    }
    place = new (std::nothrow) GuardPlace;
    if (place == nullptr) return nullptr;
    place->guard.store(guard, std::memory_order_relaxed);
    place->next = guard_places.load(std::memory_order_relaxed);
    while (!guard_places.compare_exchange_weak(place->next, place, std::memory_order_release,
                                               std::memory_order_relaxed)) {
    }
    return place;
  }

  GuardPlace* const place_;
};

// The guard whose memory this is; null if there is none.
inline const GuardSlots* FindGuard(const void* pointer) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const GuardPlace* place = guard_places.load(std::memory_order_acquire);
  for (; place != nullptr; place = place->next) {
    if (address >= place->end.load(std::memory_order_acquire) ||
        address < place->begin.load(std::memory_order_relaxed)) {
      continue;
    }
    const GuardSlots* const guard = place->guard.load(std::memory_order_acquire);
    if (guard != nullptr && guard->Owns(pointer)) return guard;
  }
  return nullptr;
}

inline void AppendAge(TextLine& line, std::chrono::steady_clock::time_point time) noexcept {
  const auto age = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - time);
  const auto microseconds = static_cast<std::uint64_t>(age.count());
  constexpr std::uint64_t kMany = 10'000;
  if (microseconds < kMany) {
    line << microseconds << " us ago";
  } else if (microseconds / 1000 < kMany) {
    line << microseconds / 1000 << " ms ago";
  } else {
    line << microseconds / 1'000'000 << " s ago";
  }
}

inline void AppendPlace(TextLine& line, const void* pointer, const GuardSlot& slot) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const auto begin = reinterpret_cast<std::uintptr_t>(slot.block);
  if (address < begin) {
    line << begin - address << " bytes before the start of";
  } else if (address - begin < slot.bytes) {
    line << "offset " << address - begin << " of";
  } else {
    line << address - begin - slot.bytes << " bytes behind the end of";
  }
  line << " a block of " << slot.bytes << " bytes";
}

// The first line of the report. kChanging: nobody has the memory, or another thread is just getting it.
inline void PrintHeadline(const GuardSlots& guard, const Fault& fault, const GuardSlot* slot,
                          GuardState state) noexcept {
  TextLine line;
  line << "arena: " << fault.access << " at ";
  line.Hex(reinterpret_cast<std::uintptr_t>(fault.address)) << ", ";
  if (state == GuardState::kChanging) {
    line << "in guarded memory of '" << guard.name() << "' that nobody has\n";
  } else {
    detail::AppendPlace(line, fault.address, *slot);
    line << " of '" << guard.name() << "'";
    if (*slot->label.c_str() != '\0') line << ", " << slot->label.c_str();
    line << (state == GuardState::kLive ? ", in use, taken " : ", freed ");
    detail::AppendAge(line, state == GuardState::kLive ? slot->taken.time : slot->freed.time);
    line << "\n";
  }
  detail::WriteError({line.c_str(), line.size()});
}

inline void PrintEvent(const char* what, std::uint64_t thread, const Stack& stack) noexcept {
  {
    TextLine line;
    line << "  " << what << " here, by thread " << thread << ":\n";
    detail::WriteError({line.c_str(), line.size()});
  }
  detail::PrintStack(stack);
}

// Needs less than 4 KiB of stack: the handler may run on a small one.
inline void PrintGuardReport(const GuardSlots& guard, const Fault& fault) noexcept {
  const GuardSlot* const slot = guard.Nearest(fault.address);
  const GuardState state =
      slot != nullptr ? slot->state.load(std::memory_order_acquire) : GuardState::kChanging;
  detail::PrintHeadline(guard, fault, slot, state);
  static constinit Stack used{};
  detail::TakeStack(used, fault.instruction);
  detail::PrintEvent("used", detail::ThreadNumber(), used);
  if (state == GuardState::kFreed) {
    detail::PrintEvent("freed", slot->freed.thread, slot->freed.stack);
  }
  if (state != GuardState::kChanging) {
    detail::PrintEvent("taken", slot->taken.thread, slot->taken.stack);
  }
}

// Prints one report in the life of the program. What other threads do meanwhile can wait: the program
// may end when this returns.
inline void ReportGuardFault(const Fault& fault) noexcept {
  const GuardSlots* const guard = detail::FindGuard(fault.address);
  if (guard == nullptr) return;
  const std::uint64_t thread = detail::ThreadNumber();
  std::uint64_t reporter = 0;
  if (guard_reporter.compare_exchange_strong(reporter, thread)) {
    detail::PrintGuardReport(*guard, fault);
    guard_report_is_done.store(true, std::memory_order_release);
    return;
  }
  if (reporter == thread) return;  // a fault in the report, or a later one
  for (int i = 0; i < 500 && !guard_report_is_done.load(std::memory_order_acquire); ++i) {
    const timespec ten_milliseconds{0, 10'000'000};
    ::nanosleep(&ten_milliseconds, nullptr);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // !defined(_WIN32)

#endif  // ARENA_DETAIL_OS_GUARD_REPORT_HPP

// ---- arena/guard.hpp -----------------------------------------------------------------------------
//
// class GuardResource: an upstream whose freed blocks become inaccessible, so that a stale pointer
// into an arena traps where it is used, and a report that says who freed the memory.
//
//   arena::GuardResource guard({.name = "parser"});
//   arena::GuardResource::InstallFaultHandler();
//   arena::MonotonicArena a({.retain = 0, .upstream = &guard});
//
// For debug runs without a sanitizer, and, through ArenaPoolOptions::guard_one_in, for production.
// Needs POSIX. The header may be included anywhere; ARENA_HAS_GUARD is 1 where the class works.
#ifndef ARENA_GUARD_HPP
#define ARENA_GUARD_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>
#include <string_view>


#if defined(_WIN32)
#define ARENA_HAS_GUARD 0
#else
#define ARENA_HAS_GUARD 1
#endif

ARENA_BEGIN_NAMESPACE

/// How a GuardResource guards.
struct GuardResourceOptions {
  /// What reports call it. Copied; of a name that takes more than 63 bytes, the start is kept.
  std::string_view name = "GuardResource";
  /// How many blocks are guarded at once, those in use and those in quarantine together. Each slot
  /// costs 700 bytes and a page table's page from its first use on.
  std::size_t slot_count = 1024;
  /// The size of a slot in bytes; larger blocks are not guarded. The resource reserves addresses
  /// for `slot_count` blocks of this size, which is not memory. Where addresses are short
  /// (RLIMIT_AS), slots are smaller.
  std::size_t max_block_size = sizeof(void*) > 4 ? std::size_t{64} << 20 : std::size_t{256} << 10;
};

/// The figures of a GuardResource at one moment.
struct GuardStats {
  std::uint64_t guarded = 0;    ///< blocks that were guarded, so far
  std::uint64_t unguarded = 0;  ///< blocks that could not be
  std::size_t live = 0;         ///< guarded blocks that are in use
  std::size_t quarantined = 0;  ///< blocks that were freed and are still inaccessible
};

#if ARENA_HAS_GUARD

/// A memory resource that finds uses of memory after it was freed, and beyond its end.
///
/// Each block ends at an inaccessible page. A freed block becomes inaccessible as a whole and stays
/// so, in quarantine, until its slot serves another block, for which all other free slots come
/// first. Any access until then is a fault (SIGSEGV) at the instruction that is wrong, in release
/// builds, too. The memory of a freed block goes back to the system at once.
///
/// In an arena over it, it finds uses of what was freed upstream. With `retain = 0`, Reset,
/// Release, the end of a scope and of the arena free their chunks, so that a stale pointer into any
/// of them traps. Not found: a use within a chunk that is still in use (an overrun into the next
/// allocation, memory that TryResize took back), and a use by the kernel: a system call on freed
/// memory fails with EFAULT. In a build with `ARENA_HEAP=1`, `SetHeapResource(&guard)` guards each
/// allocation, which finds nearly all of that.
///
/// A block that cannot be guarded comes from operator new and is as good as any other. That happens
/// when all slots are in use, when it is larger than `max_block_size`, or when the system has no
/// more mappings (Linux allows 65,530, and a guarded block in use takes two).
///
/// allocate and deallocate together cost four system calls, fresh pages, and two stacks: about 10
/// us for small blocks. A block of more than a page and of up to 128 KiB gets all of its pages by a
/// fifth call. When memory is short, allocate throws std::bad_alloc; where exceptions are off, it
/// returns null, which arenas understand and std::pmr containers do not.
///
/// A block that is returned twice, or with another size, and a resource that is destroyed while a
/// guarded block is in use, end the program with a message that names it.
///
/// Thread safety: all members may be called from any thread. After fork in a process with threads,
/// the child does not allocate from it; a fault in the child is reported.
class GuardResource : public std::pmr::memory_resource {
 public:
  /// Reserves addresses, and no memory: O(1), some microseconds.
  explicit GuardResource(const GuardResourceOptions& options = {}) noexcept
      : slots_(options.name, options.slot_count, options.max_block_size), registration_(slots_) {}

  /// Ends the program with a message while a guarded block is in use. Uses of freed blocks still
  /// trap afterwards, until the addresses serve something else, but are not reported.
  ~GuardResource() override {
    const std::size_t live = slots_.figures().live;
    if (live != 0) FailWith("was destroyed while blocks of it are in use: ", live);
  }

  GuardResource(const GuardResource&) = ARENA_DELETE("arena: a guard is shared by reference");
  GuardResource& operator=(const GuardResource&) =
      ARENA_DELETE("arena: a guard is shared by reference");

  /// Prints a report to standard error when memory of any GuardResource is used that may not be.
  ///
  /// Call it once, after the program has installed its own handlers of SIGSEGV and SIGBUS; later
  /// calls do nothing. The report says what the access was, which resource it concerns, when the
  /// memory was freed, and the stacks of the use, of the free and of the allocation. A program that
  /// is linked with -rdynamic shows the names of functions, any other one their offsets, for
  /// addr2line. Then the handler that was installed before runs, with the same arguments; where
  /// there was none, the instruction faults again, so that the core file shows it.
  ///
  /// There is one report in the life of a program: threads that fault meanwhile wait for it. Faults
  /// elsewhere and signals that were sent (raise, kill) are not reported. The handler runs on the
  /// thread's alternate stack if it has one (8 KiB suffice) and takes no memory.
  static void InstallFaultHandler() noexcept {
    detail::PrepareToPrintStacks();
    detail::InstallFaultHandler(&detail::ReportGuardFault);
  }

  /// The name it was given. Lives as long as the resource. O(1).
  std::string_view Name() const noexcept { return slots_.name(); }

  /// What it has done so far. O(1).
  GuardStats Stats() const noexcept {
    const auto figures = slots_.figures();
    return {figures.taken, unguarded_.load(std::memory_order_relaxed), figures.live,
            figures.quarantined};
  }

 private:
  friend class GuardLabel;

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return Take(bytes, alignment, {});
  }

  void* Take(std::size_t bytes, std::size_t alignment, const detail::GuardName& label) {
    std::size_t need;
    if (detail::IsPowerOfTwo(alignment) && detail::AddSizes(bytes, alignment, &need)) {
      bytes = detail::MaxOf(bytes, 1);
      if (void* const block = slots_.Take(bytes, alignment, label)) return block;
      if (void* const block = ::operator new(bytes, std::align_val_t{alignment}, std::nothrow)) {
        unguarded_.fetch_add(1, std::memory_order_relaxed);
        return block;
      }
    }
#if ARENA_EXCEPTIONS
    detail::ThrowBadAlloc();
#else
    return nullptr;
#endif
  }

  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) noexcept override {
    bytes = detail::MaxOf(bytes, 1);
    if (!slots_.Owns(block)) {
      ::operator delete(block, std::align_val_t{alignment});
    } else if (!slots_.Free(block, bytes)) {
      FailWith("was given back a block that is not in use, or of another size; bytes: ", bytes);
    }
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  // Ends the program with a message about this resource.
  ARENA_NORETURN ARENA_COLD void FailWith(const char* what, std::size_t number) const noexcept {
    detail::TextLine line;
    line << "arena: the guard \"" << slots_.name() << "\" " << what << number;
    detail::Fail(line.c_str());
  }

  detail::GuardSlots slots_;
  detail::GuardRegistration registration_;
  std::atomic<std::uint64_t> unguarded_{0};
};

/// Memory of a GuardResource under a name of its own, which reports show behind that of the guard:
/// for many arenas that share a guard.
///
/// The guard outlives it. It may end before the memory that it served, if that is freed through the
/// guard. Thread safety: as the guard's.
class GuardLabel : public std::pmr::memory_resource {
 public:
  /// Copies the label; of one that takes more than 63 bytes, the start is kept.
  GuardLabel(GuardResource& guard, std::string_view label) noexcept
      : guard_(&guard), label_(label) {}
  GuardLabel(const GuardLabel&) = ARENA_DELETE("arena: a label is shared by reference");
  GuardLabel& operator=(const GuardLabel&) = ARENA_DELETE("arena: a label is shared by reference");

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return guard_->Take(bytes, alignment, label_);
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) noexcept override {
    guard_->deallocate(block, bytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  GuardResource* guard_;
  detail::GuardName label_;
};

#else

class GuardResource {
 public:
  explicit GuardResource(const GuardResourceOptions& options = {}) =
      ARENA_DELETE("arena: GuardResource needs POSIX; on Windows, use AddressSanitizer or gflags");
};

#endif

ARENA_END_NAMESPACE

#endif  // ARENA_GUARD_HPP

// ---- arena/detail/pool/guarded_leases.hpp --------------------------------------------------------
//
// Leases whose memory is guarded: which ones they are, and where it comes from.
#ifndef ARENA_DETAIL_POOL_GUARDED_LEASES_HPP
#define ARENA_DETAIL_POOL_GUARDED_LEASES_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <new>
#include <optional>
#include <string_view>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Chooses one lease in about n, at random: what comes again and again, every n-th request say, is
// not missed for ever.
class LeaseSampler {
 public:
  // 0: none.
  explicit LeaseSampler(std::size_t one_in) noexcept
      : one_in_(MinOf(one_in, SIZE_MAX / 4)),
        random_(static_cast<std::uint64_t>(
                    std::chrono::steady_clock::now().time_since_epoch().count()) ^
                reinterpret_cast<std::uintptr_t>(this)) {
    if (one_in != 0) ChooseFrom(0);
  }

  bool Chose(std::uint64_t lease) const noexcept { return lease >= next_; }

  // The next one is this lease or one of the 2n - 2 that follow: n - 1 later on average. Leases are
  // counted from 0.
  ARENA_WRAPS void ChooseFrom(std::uint64_t lease) noexcept {
    // SplitMix64 by Sebastiano Vigna.
    std::uint64_t mixed = random_ += 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    next_ = lease + (mixed ^ (mixed >> 31U)) % (2 * one_in_ - 1);
  }

 private:
  std::uint64_t one_in_;
  std::uint64_t random_;
  std::uint64_t next_ = UINT64_MAX;
};

// The memory of all guarded leases of a pool.
class LeaseGuard {
 public:
  explicit LeaseGuard(const ArenaPoolOptions& options) noexcept : options_(options) {
#if ARENA_HAS_GUARD
    if (OneIn(options) == 0) return;
    guard_.emplace(GuardResourceOptions{.name = "ArenaPool", .slot_count = options.guard_slots});
#endif
  }

  // What a LeaseSampler is to go by: 0 where no lease can be guarded.
  static std::size_t OneIn(const ArenaPoolOptions& options) noexcept {
    return ARENA_HAS_GUARD && options.guard_slots != 0 ? options.guard_one_in : 0;
  }

  // Whether a slot is not in use.
  bool HasRoom() const noexcept {
#if ARENA_HAS_GUARD
    return guard_.has_value() && guard_->Stats().live < options_.guard_slots;
#else
    return false;
#endif
  }

  // An upstream for the arena of one lease, which it has to outlive. Null: this one is as any
  // other, because there is no room.
  std::unique_ptr<std::pmr::memory_resource> MakeUpstream(
      ARENA_MAYBE_UNUSED std::uint64_t key) noexcept {
#if ARENA_HAS_GUARD
    if (guard_.has_value() && HasRoom()) {
      TextLine label;
      label << "key " << key;
      const std::string_view name =
          options_.key_name != nullptr ? options_.key_name(key) : std::string_view();
      if (!name.empty()) (label << " (").Append(name.data(), name.size()) << ")";
      const std::string_view text(label.c_str(), label.size());
      return std::unique_ptr<GuardLabel>(new (std::nothrow) GuardLabel(*guard_, text));
    }
#endif
    return nullptr;
  }

 private:
  const ArenaPoolOptions& options_;
#if ARENA_HAS_GUARD
  std::optional<GuardResource> guard_{};
#endif
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_GUARDED_LEASES_HPP

// ---- arena/detail/pool/pool_shard.hpp ------------------------------------------------------------
//
// A shard of a pool: the idle arenas, the keys and the counts of the threads that use it.
#ifndef ARENA_DETAIL_POOL_POOL_SHARD_HPP
#define ARENA_DETAIL_POOL_POOL_SHARD_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Which shard a thread uses, of any pool: that of its place. Places are handed out in turn, so that
// the first threads have shards of their own.
struct PoolThread {
  static constexpr std::size_t kPlaces = PoolSettings::kMaxShards;

  std::size_t place = 0;        // from 1 to kPlaces; 0: none yet
  unsigned int collisions = 0;  // with other threads of the same shard
};
ARENA_ONE_PER_PROGRAM inline constinit thread_local PoolThread pool_thread{};
ARENA_ONE_PER_PROGRAM inline constinit std::atomic<std::size_t> pool_places_taken{0};

inline void TakePoolPlace() noexcept {
  pool_thread.place =
      1 + pool_places_taken.fetch_add(1, std::memory_order_relaxed) % PoolThread::kPlaces;
}

// What a call has left to do once it holds no lock: arenas to be destroyed, and idle ones whose
// pages their shard offers.
struct ArenaErrands {
  // Null: it is to be destroyed.
  void Add(PooledArena* arena, PoolShard* offered_by) noexcept {
    arena->offered_by = offered_by;
    arena->next_errand = std::exchange(first, arena);
  }

  PooledArena* first = nullptr;
};

// Each is on lines of its own. The mutex guards what follows it.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what threads write lies apart
class alignas(kApart) PoolShard {
 public:
  // How many arenas a call may evict for their age, and how many for room.
  static constexpr int kWorkPerCall = 4;

  PoolShard(const PoolSettings& settings, PoolKeys& keys, std::size_t index_in_pool) noexcept
      : index(index_in_pool),
        settings_(settings),
        keys_(keys),
        time(settings.options.clock()),
        sampler(LeaseGuard::OneIn(settings.options)),
        alone(index == 0) {}

  // For std::lock_guard, of a thread that leases here. One that meets others again and again is to
  // have another shard from its next call on.
  void lock() noexcept {
    if (mutex.try_lock()) [[likely]]
      return;
    if (++pool_thread.collisions % 16 == 0) detail::TakePoolPlace();
    mutex.lock();
  }
  void unlock() noexcept { mutex.unlock(); }

  void AdvanceTime() noexcept { time.Advance(settings_.options.clock()); }
  bool IsDue() const noexcept { return time.now() >= due; }

  // Returns the key of a lease that begins, or null when it is not remembered.
  PoolKey* FindKey(std::uint64_t id) noexcept {
    PoolKey* const key = keys_.Find(id);
    if (alone && key != nullptr) keys_.Touch(key);
    return key;
  }

  // Whether a key may be added, for which all shards are locked. Where one has to make way for it, that
  // is only so often, however many keys there are: the others lease without one.
  bool MayAddKey() noexcept {
    constexpr std::uint64_t kPause = 1'000'000;  // nanoseconds
    if (alone || keys_.count() < settings_.options.max_keys) return true;
    AdvanceTime();
    if (time.now() < next_key_at) return false;
    next_key_at = time.now() + kPause;
    return true;
  }

  // The lease of a warm arena, where there is nothing else to do; or null.
  PooledArena* Lend(std::uint64_t id) noexcept {
    PoolKey* const key = FindKey(id);
    if (key == nullptr || sampler.Chose(counts.acquired)) [[unlikely]]
      return nullptr;
    // Reading the clock costs; skip it when nothing else can expire.
    if (idle.count() > 1) {
      AdvanceTime();
      if (IsDue()) [[unlikely]]
        return nullptr;
    }
    const LeaseSizes sizes = key->Sizes();
    PooledArena* const arena = Take(sizes.min, sizes.max);
    if (arena != nullptr) [[likely]]
      Begin(arena, key);
    return arena;
  }

  // Counts a lease that begins with that arena; null: no key.
  void Begin(PooledArena* arena, PoolKey* key) noexcept {
    ++counts.acquired;
    KeyPart* const part = key != nullptr ? key->PartOf(index) : nullptr;
    arena->key = part != nullptr ? key : nullptr;
    if (part == nullptr) [[unlikely]]
      return;
    ++part->counts.acquired;
    arena->key_number = key->number;
  }

  // Counts a lease that ends, and adds what it needed to its key. Returns how large its arena may
  // be to be retained.
  ARENA_ALWAYS_INLINE std::size_t End(const PooledArena& arena) noexcept {
    ++counts.returned;
    PoolKey* const key = arena.key;
    if (key == nullptr || key->number != arena.key_number) [[unlikely]]
      return settings_.SizesFor(arena.need).retain;
    KeyPart* const part = key->PartOf(index);
    if (part == nullptr) [[unlikely]] {
      key->AddWithoutPart(arena.need, arena.fit, settings_);
    } else {
      ++part->counts.returned;
      if (!arena.fit) [[unlikely]]
        ++part->counts.multi_buffer;
      if (!alone) {
        key->AddNeed(*part, arena.need, arena.fit, time.now(), settings_);
      } else {
        key->AddNeed(arena.need, settings_);
      }
    }
    return key->retain.load(std::memory_order_relaxed);
  }

  // An idle arena of min <= cap <= max, or null.
  PooledArena* Take(std::size_t min, std::size_t max) noexcept {
    PooledArena* const arena = idle.Take(min, max);
    if (arena != nullptr) room += arena->cap;
    return arena;
  }

  // Whether an arena can be retained with nothing else to do.
  bool CanRetain(const PooledArena& arena) const noexcept {
    return arena.cap <= room && !IsDue() && may_have_idle.load(std::memory_order_relaxed);
  }

  // Requires room for it.
  void Retain(PooledArena* arena) noexcept {
    arena->since = time.now();
    room -= arena->cap;
    idle.Add(arena);
  }

  // How long the oldest arena has been idle. Requires that there is one.
  ARENA_WRAPS std::uint64_t OldestAge() const noexcept { return time.now() - idle.oldest()->since; }

  // Requires that there is an idle arena. Returns its bytes.
  std::size_t EvictOldest(ArenaErrands& errands) noexcept {
    PooledArena* const arena = idle.oldest();
    const bool is_on_offer = idle.Remove(arena);  // then whoever offers it destroys it
    if (!is_on_offer) errands.Add(arena, nullptr);
    ++evicted;
    room += arena->cap;
    return arena->cap;
  }

  // Evicts arenas that are too old, and begins to offer the pages of others: all, or a few and one.
  // Returns whether there is more to do; if not, there is nothing until `due`, not even for arenas
  // that are retained from now on.
  bool Expire(ArenaErrands& errands, bool all = false) noexcept {
    for (int i = 0; (all || i < kWorkPerCall) && TooOldAt() <= time.now(); ++i) {
      EvictOldest(errands);
    }
    for (int i = 0; (all || i < 1) && OfferAt() <= time.now(); ++i) {
      errands.Add(idle.BeginOffer(), this);
    }
    const std::uint64_t next = PoolTime::Earlier(TooOldAt(), OfferAt());
    due = PoolTime::Earlier(PoolTime::Earlier(next, visit_at), time.now() + settings_.delay);
    return next <= time.now();
  }

  // Does an errand, without the lock. Returns false if the arena was evicted meanwhile.
  bool Offer(PooledArena* arena) noexcept {
    std::unique_lock<Mutex> lock(mutex);
    if (arena->is_on_offer) {
      lock.unlock();
      const std::size_t bytes = arena->OfferPages(settings_.options.reclaim);
      lock.lock();
      offered_bytes += bytes;
    }
    return idle.EndOffer(arena);
  }

  const std::size_t index;
  // Written only when it changes: others look for arenas here until one finds none.
  std::atomic<bool> may_have_idle{false};

 private:
  static std::uint64_t At(const PooledArena* arena, std::uint64_t delay) noexcept {
    return arena != nullptr ? arena->since + delay : UINT64_MAX;
  }
  std::uint64_t TooOldAt() const noexcept { return At(idle.oldest(), settings_.max_age); }
  std::uint64_t OfferAt() const noexcept {
    return At(settings_.in_pages ? idle.oldest_unoffered() : nullptr, settings_.offer_after);
  }

  const PoolSettings& settings_;
  PoolKeys& keys_;

 public:
  alignas(kApart) Mutex mutex{};
  PoolTime time;
  std::uint64_t due = 0;                // until then there is nothing to tidy
  std::uint64_t visit_at = UINT64_MAX;  // likewise in other shards
  std::size_t next_visit = 0;
  std::uint64_t next_key_at = 0;  // see MayAddKey
  LeaseCounts counts{};
  LeaseSampler sampler;       // of guarded leases, from counts.acquired
  std::size_t room = 0;       // so many more bytes may be idle here
  std::uint64_t created = 0;  // leases served by a new arena
  std::uint64_t guarded = 0;  // leases with guarded memory
  std::uint64_t evicted = 0;
  std::uint64_t offered_bytes = 0;
  IdleArenas idle{};
  bool alone;  // no other shard was ever made: this one's mutex guards the keys
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_SHARD_HPP

// ---- arena/detail/pool/pool_shards.hpp -----------------------------------------------------------
//
// The shards of a pool: which one a thread has, and what they have to do with each other. That is
// seldom:
//   idle bytes  no shard has more than it has room for, and room is handed out in portions:
//               that of all shards, used or not, is max_idle_bytes together
//   arenas      are taken from another shard when there would be a new one otherwise
//   ages        of a quiet shard are looked after by the others
//
// Locks: the one of all shards; a shard's; a key's. Who holds a shard's may only
// try to lock another's, unless it holds the one of all shards and locks them in their order.
#ifndef ARENA_DETAIL_POOL_POOL_SHARDS_HPP
#define ARENA_DETAIL_POOL_POOL_SHARDS_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>


ARENA_BEGIN_NAMESPACE
namespace detail {

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what threads write lies apart
class PoolShards {
 public:
  PoolShards(const PoolSettings& settings, PoolKeys& keys)
      : settings_(settings),
        keys_(keys),
        free_room_(settings.options.max_idle_bytes),
        first_(settings, keys, 0) {}
  PoolShards(const PoolShards&) = delete;
  PoolShards& operator=(const PoolShards&) = delete;
  ~PoolShards() {
    for (std::size_t i = 1; i < count_; ++i) delete shards_[i];
  }

  ARENA_ALWAYS_INLINE PoolShard& OfThread() noexcept {
    PoolShard* const shard = places_[pool_thread.place].load(std::memory_order_acquire);
    return shard != nullptr ? *shard : Find();
  }

  template <class Visit>
  void ForEach(Visit visit) {
    const std::size_t count = count_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < count; ++i) visit(*shards_[i]);
  }

  // For std::lock_guard: locks all shards, and keeps others from being made.
  void lock() noexcept {
    mutex_.lock();
    ForEach([](PoolShard& shard) { shard.mutex.lock(); });
  }
  void unlock() noexcept {
    ForEach([](PoolShard& shard) { shard.mutex.unlock(); });
    mutex_.unlock();
  }

  // Looks into the shards that may have idle arenas and are not locked, the next ones first.
  ARENA_COLD PooledArena* TakeFromOthers(const PoolShard& shard, std::size_t min,
                                         std::size_t max) noexcept {
    const std::size_t count = count_.load(std::memory_order_acquire);
    for (std::size_t i = 1; i < count; ++i) {
      PoolShard& other = *shards_[(shard.index + i) % count];
      if (!other.may_have_idle.load(std::memory_order_relaxed)) continue;
      const std::unique_lock<Mutex> lock(other.mutex, std::try_to_lock);
      if (!lock.owns_lock()) continue;
      PooledArena* const arena = other.Take(min, max);
      if (other.idle.count() == 0) other.may_have_idle.store(false, std::memory_order_relaxed);
      if (arena != nullptr) return arena;
    }
    return nullptr;
  }

  // Does what is due, of the shard and of one other.
  ARENA_COLD void Tidy(PoolShard& shard, ArenaErrands& errands) noexcept {
    shard.AdvanceTime();
    if (!shard.IsDue()) return;
    if (shard.time.now() >= shard.visit_at) Visit(shard, errands);
    shard.Expire(errands);
  }

  // Evicts the oldest arena of all shards; returns its bytes, or 0 when there is none. Requires
  // that all are locked and that their times are up to date.
  std::size_t EvictOldest(ArenaErrands& errands) noexcept {
    PoolShard* oldest = nullptr;
    ForEach([&](PoolShard& shard) {
      if (shard.idle.count() == 0) return;
      if (oldest == nullptr || shard.OldestAge() > oldest->OldestAge()) oldest = &shard;
    });
    return oldest != nullptr ? oldest->EvictOldest(errands) : 0;
  }

  // Gives the shard room for `bytes`, at most max_idle_bytes: what no shard has, in portions, so
  // that this is seldom; what others do not use; that of the oldest arenas of all, which are
  // evicted. Where kWorkPerCall of them do not suffice, it gets what there is.
  ARENA_COLD void MakeRoom(PoolShard& shard, std::size_t bytes, ArenaErrands& errands) noexcept {
    const std::lock_guard<PoolShards> all(*this);
    ForEach([](PoolShard& each) { each.AdvanceTime(); });
    const auto take = [&shard](std::size_t& room, std::size_t wanted) {
      const std::size_t moved = MinOf(room, wanted);
      room -= moved;
      shard.room += moved;
    };
    take(free_room_, MaxOf(bytes, settings_.options.max_idle_bytes / (4 * settings_.max_shards)));
    for (int evictions = 0;; ++evictions) {
      ForEach([&](PoolShard& other) { take(other.room, bytes - MinOf(bytes, shard.room)); });
      if (bytes <= shard.room || evictions == PoolShard::kWorkPerCall) return;
      if (EvictOldest(errands) == 0) return;
    }
  }

  // Evicts all arenas, and leaves no room for others.
  void Close(ArenaErrands& errands) noexcept {
    const std::lock_guard<PoolShards> all(*this);
    free_room_ = 0;
    ForEach([&errands](PoolShard& shard) {
      while (shard.idle.count() != 0) shard.EvictOldest(errands);
      shard.room = 0;
    });
  }

 private:
  // Every max_shards-th place has the same shard.
  ARENA_COLD PoolShard& Find() noexcept {
    if (pool_thread.place == 0) detail::TakePoolPlace();
    const std::size_t place = pool_thread.place;
    const std::lock_guard<Mutex> lock(mutex_);
    std::atomic<PoolShard*>& first_place = places_[1 + (place - 1) % settings_.max_shards];
    PoolShard* shard = first_place.load(std::memory_order_relaxed);
    if (shard == nullptr) shard = Make();
    first_place.store(shard, std::memory_order_release);
    places_[place].store(shard, std::memory_order_release);
    return *shard;
  }

  // Returns the first shard where there is no memory for another.
  PoolShard* Make() noexcept {
    const std::size_t index = count_.load(std::memory_order_relaxed);
    PoolShard* shard = &first_;
    if (index != 0) {
      shard = new (std::nothrow) PoolShard(settings_, keys_, index);
      if (shard == nullptr) return &first_;
      const std::lock_guard<Mutex> lock(first_.mutex);
      first_.alone = false;
      first_.due = first_.visit_at = shard->visit_at = 0;
    }
    shards_[index] = shard;
    count_.store(index + 1, std::memory_order_release);
    return shard;
  }

  // Tidies the next other shard, whose threads may be quiet. If only one thread is not, and calls
  // at least once in each pause, it has visited all of them within half of the delay and 64 ms,
  // give or take the clock's ticks. It comes back at once where something is left to be done.
  void Visit(PoolShard& shard, ArenaErrands& errands) noexcept {
    constexpr std::uint64_t kPause = 1'000'000;  // nanoseconds
    shard.visit_at = shard.time.now() + settings_.delay / (2 * PoolSettings::kMaxShards) + kPause;
    const std::size_t count = count_.load(std::memory_order_acquire);
    if (shard.next_visit % count == shard.index) ++shard.next_visit;
    PoolShard& other = *shards_[shard.next_visit++ % count];
    const std::unique_lock<Mutex> lock(other.mutex, std::try_to_lock);
    if (!lock.owns_lock()) return;
    other.AdvanceTime();
    if (other.Expire(errands)) {
      shard.visit_at = shard.time.now();
      --shard.next_visit;
    }
  }

  // Not written after the pool was made, except where a thread is new.
  const PoolSettings& settings_;
  PoolKeys& keys_;
  std::atomic<std::size_t> count_{0};
  PoolShard* shards_[PoolSettings::kMaxShards] = {};
  // The shards of threads, by PoolThread::place. That of place 0 is null.
  std::atomic<PoolShard*> places_[PoolThread::kPlaces + 1] = {};

  alignas(kApart) Mutex mutex_{};  // to make a shard, or to lock all of them
  std::size_t free_room_;          // that no shard has

  PoolShard first_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_SHARDS_HPP

// ---- arena/detail/pool/pool_state.hpp ------------------------------------------------------------
//
// The state of an ArenaPool, which lives until its last lease ends: chooses the arena of each
// lease, and the arenas to retain.
//
// Each thread has a shard: idle arenas, keys, counts, a mutex. A lease takes its arena from the
// shard of its thread, and goes to the shard of the thread that ends it. Nothing else is written on
// the way, except that needs go to the key of the whole pool in batches.
#ifndef ARENA_DETAIL_POOL_POOL_STATE_HPP
#define ARENA_DETAIL_POOL_POOL_STATE_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <optional>
#include <utility>


ARENA_BEGIN_NAMESPACE
namespace detail {

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what threads write lies apart
class PoolState {
 public:
  explicit PoolState(const ArenaPoolOptions& options)
      : pages_(options.pages),
        upstream_(options.upstream != nullptr ? options.upstream : &pages_),
        settings_(options, upstream_ == &pages_),
        guard_(settings_.options),
        keys_(settings_),
        shards_(settings_, keys_) {}
  PoolState(const PoolState&) = delete;
  PoolState& operator=(const PoolState&) = delete;
  ~PoolState() = default;  // Only Unreference may delete the state.

  PooledArena* Acquire(std::uint64_t id, std::size_t expected) {
    PoolShard& shard = shards_.OfThread();
    if (expected == 0) [[likely]] {
      const std::lock_guard<PoolShard> lock(shard);
      if (PooledArena* const arena = shard.Lend(id)) [[likely]]
        return arena;
    }
    return AcquireOther(shard, id, expected);
  }

  void Return(PooledArena* arena) noexcept {
    arena->EndLease();  // runs the cleanups, without a lock
    PoolShard& shard = shards_.OfThread();
    std::size_t max;
    {
      const std::lock_guard<PoolShard> lock(shard);
      shard.AdvanceTime();
      max = shard.End(*arena);
      if (arena->cap <= max && shard.CanRetain(*arena)) [[likely]] {
        shard.Retain(arena);
        return;
      }
    }
    RetainOrDestroy(shard, arena, max);
  }

  // Called at the end of the pool. Idle arenas are destroyed now, leased ones at the end of the
  // lease.
  void Abandon() noexcept {
    ArenaErrands errands;
    shards_.Close(errands);
    Do(errands);
    Unreference(1);
  }

  void ShrinkTo(std::size_t bytes) noexcept {
    ArenaErrands errands;
    {
      const std::lock_guard<PoolShards> all(shards_);
      std::size_t idle = 0;
      shards_.ForEach([&idle](PoolShard& shard) {
        shard.AdvanceTime();
        idle += shard.idle.bytes();
      });
      while (idle > bytes) idle -= shards_.EvictOldest(errands);
      shards_.ForEach([&errands](PoolShard& shard) { shard.Expire(errands, true); });
    }
    Do(errands);
  }

  ArenaPoolStats Stats() noexcept {
    const std::lock_guard<PoolShards> all(shards_);
    ArenaPoolStats stats;
    LeaseCounts counts;
    shards_.ForEach([&](const PoolShard& shard) {
      counts.Add(shard.counts);
      stats.reused += shard.counts.acquired - shard.created;
      stats.evicted += shard.evicted;
      stats.offered_bytes += shard.offered_bytes;
      stats.guarded += shard.guarded;
      stats.idle += shard.idle.count();
      stats.idle_bytes += shard.idle.bytes();
    });
    stats.leases = counts.acquired;
    stats.returned = counts.returned;
    stats.single_buffer = counts.returned - counts.multi_buffer;
    stats.open = ToSize(counts.acquired - counts.returned);
    stats.keys = keys_.count();
    return stats;
  }

  std::optional<ArenaPoolKeyStats> StatsOf(std::uint64_t id) noexcept {
    const std::lock_guard<PoolShards> all(shards_);
    const PoolKey* const key = keys_.Find(id);
    if (key == nullptr) return std::nullopt;
    const LeaseCounts counts = key->Counts();
    return ArenaPoolKeyStats{counts.returned, counts.returned - counts.multi_buffer,
                             ToSize(counts.acquired - counts.returned), key->Sizes().min};
  }

 private:
  // A lease that is not of a warm arena. Throws std::bad_alloc; then it never was.
  ARENA_NOINLINE PooledArena* AcquireOther(PoolShard& shard, std::uint64_t id,
                                           std::size_t expected) {
    ArenaErrands errands;
    PooledArena* arena = nullptr;
    LeaseSizes sizes;
    bool is_guarded;
    {
      std::unique_lock<PoolShard> lock(shard);
      PoolKey* key = shard.FindKey(id);
      if (key == nullptr && settings_.options.max_keys != 0 && shard.MayAddKey()) {
        lock.unlock();
        {
          const std::lock_guard<PoolShards> all(shards_);
          keys_.Add(id);
        }
        lock.lock();
        key = shard.FindKey(id);
      }
      sizes = key != nullptr ? key->Sizes() : settings_.SizesFor(1);
      if (expected != 0) {
        const std::size_t need = MinOf(expected, kMaxSize) + PoolSettings::kOverhead;
        sizes = settings_.SizesFor(MaxOf(sizes.min, need));
      }
      is_guarded = shard.sampler.Chose(shard.counts.acquired) && guard_.HasRoom();
      if (!is_guarded) {
        arena = shard.Take(sizes.min, sizes.max);
        if (arena == nullptr) arena = shards_.TakeFromOthers(shard, sizes.min, sizes.max);
      }
      if (arena != nullptr) shard.Begin(arena, key);
      shards_.Tidy(shard, errands);
    }
    Do(errands);
    return arena != nullptr ? arena : Create(shard, id, sizes.min, is_guarded);
  }

  // Throws std::bad_alloc.
  ARENA_COLD PooledArena* Create(PoolShard& shard, std::uint64_t id, std::size_t min,
                                 bool is_guarded) {
    MonotonicArenaOptions options;
    // Later buffers are small, because few leases need more than the first one.
    options.min_buffer_size = settings_.min_buffer;
    options.initial_buffer_count = 0;
    options.limit = settings_.options.max_lease_bytes;
    auto guard = is_guarded ? guard_.MakeUpstream(id) : nullptr;
    options.upstream = guard != nullptr ? guard.get() : upstream_;
    std::unique_ptr<PooledArena> arena(new (std::nothrow) PooledArena(options));
    if (arena == nullptr || !arena->TryReserve(MinOf(settings_.FirstBuffer(min), options.limit))) {
      ThrowBadAlloc();
    }
    const std::lock_guard<Mutex> lock(shard.mutex);
    ++shard.created;
    shard.guarded += guard != nullptr ? 1U : 0U;
    arena->guard = std::move(guard);
    shard.Begin(arena.get(), shard.FindKey(id));
    if (is_guarded) shard.sampler.ChooseFrom(shard.counts.acquired);
    references_.fetch_add(1, std::memory_order_relaxed);
    return arena.release();
  }

  // For the arena of a lease that has ended; `max` is the upper bound for one that is retained.
  ARENA_COLD void RetainOrDestroy(PoolShard& shard, PooledArena* arena, std::size_t max) noexcept {
    ArenaErrands errands;
    {
      std::unique_lock<PoolShard> lock(shard);
      if (arena->cap > shard.room && arena->cap <= max) {
        lock.unlock();
        shards_.MakeRoom(shard, arena->cap, errands);
        lock.lock();
      }
      if (arena->cap <= MinOf(shard.room, max)) {
        shard.Retain(arena);
        shard.may_have_idle.store(true, std::memory_order_relaxed);
      } else {
        shard.evicted += arena->guard == nullptr ? 1U : 0U;
        shard.counts.multi_buffer += arena->fit ? 0U : 1U;
        errands.Add(arena, nullptr);
      }
      shards_.Tidy(shard, errands);
    }
    Do(errands);
  }

  // Does the errands, without a lock. May delete the state.
  void Do(const ArenaErrands& errands) noexcept {
    std::size_t destroyed = 0;
    for (PooledArena* arena = errands.first; arena != nullptr;) {
      PooledArena* const next = arena->next_errand;
      if (arena->offered_by == nullptr || !arena->offered_by->Offer(arena)) {
        delete arena;
        ++destroyed;
      }
      arena = next;
    }
    // Each arena has a reference: without one here, the state may be gone by now.
    if (destroyed != 0) Unreference(destroyed);
  }

  void Unreference(std::size_t count) noexcept {
    if (references_.fetch_sub(count, std::memory_order_acq_rel) == count) delete this;
  }

  // Not written after the pool was made.
  PageResource pages_;
  std::pmr::memory_resource* const upstream_;
  const PoolSettings settings_;

  // Written when an arena is made or destroyed.
  alignas(kApart) std::atomic<std::size_t> references_{1};  // the pool, and each arena
  LeaseGuard guard_;

  alignas(kApart) PoolKeys keys_;
  alignas(kApart) PoolShards shards_;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_POOL_POOL_STATE_HPP

// ---- arena/pool.hpp ------------------------------------------------------------------------------
//
// class ArenaPool: arenas that are reused between requests, and sized by what earlier requests of
// the same kind needed.
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
/// Move-only. Dereferencing gives the MonotonicArena, which belongs to one thread at a time. The
/// lease may end on another thread than it was made on, and after its pool is destroyed. A
/// temporary lease cannot be dereferenced, because it would end with the statement. A moved-from
/// lease is empty. A lease cannot be assigned to: keep one that comes and goes in a std::optional.
class ArenaLease {
 public:
  ArenaLease() noexcept = default;
  /// Takes the arena over; `other` is empty afterwards.
  ArenaLease(ArenaLease&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)),
        arena_(std::exchange(other.arena_, nullptr)) {}
  ArenaLease(const ArenaLease&) = ARENA_DELETE("arena: a lease is moved, not copied");
  // Not assigned over, not even by a move: in a struct of a lease and a container, the assignment
  // that a compiler writes would return the old arena first and then move the elements into it.
  ArenaLease& operator=(const ArenaLease&) = ARENA_DELETE("arena: Return() it, make a new lease");
  ArenaLease& operator=(ArenaLease&&) = ARENA_DELETE("arena: Return() it, make a new lease");
  ~ArenaLease() { Return(); }

  /// Whether there is an arena.
  explicit operator bool() const noexcept { return arena_ != nullptr; }

  /// The arena, which lives as long as the lease, wherever that is moved to.
  MonotonicArena& operator*() const& noexcept ARENA_LIFETIMEBOUND {
    ARENA_ASSERT(arena_ != nullptr && "an empty lease has no arena");
    return *arena_;
  }
  /// As `*lease`.
  MonotonicArena* operator->() const& noexcept ARENA_LIFETIMEBOUND { return &**this; }

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

/// Retains the arenas of finished requests for the next ones.
///
/// Requests of one kind, which the caller names by a key, need about the same memory: a lease gets
/// an arena whose first buffer holds what 95 % of the key's last 64 leases needed
/// (ArenaPoolOptions::quantile, ArenaPoolOptions::history). The need of a lease is the most that
/// its Len() and its cleanup records came to. Each key has needs of its own, and forgets an
/// unusually large one after `history` leases. An arena that needed a second buffer, or is much too
/// large for its key, is freed instead of retained.
///
/// The idle arenas are the library's form of weak memory: the pool bounds their bytes and their
/// age, and offers the pages of those idle for longer than a moment to the kernel, which takes them
/// under memory pressure only. It applies the bounds at each Acquire, at each return and in
/// ShrinkTo, a few arenas at a time; there is no background thread. The bounds hold for the pool's
/// own figures; the resident set falls when the kernel takes the pages.
///
/// Each thread that uses the pool has a shard of it, up to ArenaPoolOptions::max_shards; further
/// threads share them. A lease gets an arena of the shard of its thread: the one that was returned
/// there last, if that fits, because its memory is warm in the cache of the thread's core. The
/// arena goes to the shard of the thread that ends the lease. As long as both shards have what they
/// need, leases write nothing that other threads' leases read or write, even of the same key.
///
/// The bounds are those of the whole pool, whatever the number of threads and keys. Where a shard
/// has no arena that fits, the lease gets one of another shard before a new one is made; shards
/// that are locked at the moment are passed over. Where a shard has no room for an arena that is
/// returned, the pool's oldest makes way. The other threads look after the shard of a quiet one, a
/// shard with each call: its arenas may get older than the bounds say, by about half of that time
/// where any thread leases all the time, and by more where calls are rare.
///
/// Where one thread uses the pool, what a lease needed counts at once. Otherwise each shard keeps
/// the latest sixteen needs of a key, and passes them on when a lease of the key ends and the last
/// time was four milliseconds ago; sooner while it knows little of the key, or when several leases
/// did not fit.
///
/// Thread safety: every member may be called from any thread, and leases may end on any. The
/// cleanups of a lease run on the thread that ends it, without a lock held. After a fork of a
/// process with threads, the child must not use the pool. Work per call is bounded, by the number
/// of shards where there are several.
class ArenaPool {
 public:
  /// A pool with default bounds.
  ArenaPool() : ArenaPool(ArenaPoolOptions{}) {}

  /// Throws std::bad_alloc.
  explicit ArenaPool(const ArenaPoolOptions& options) : state_(new detail::PoolState(options)) {}

  /// Frees the idle arenas. Leases stay valid and free their memory when they end.
  ~ArenaPool() { state_->Abandon(); }

  ArenaPool(const ArenaPool&) = ARENA_DELETE("arena: a pool is shared by reference");
  ArenaPool& operator=(const ArenaPool&) = ARENA_DELETE("arena: a pool is shared by reference");

  /// An arena for a request of the kind `key`, sized by what such requests needed before.
  ///
  /// Locks all shards for a moment when the pool learns of the key. Throws std::bad_alloc when
  /// memory is short; then there is no lease, and the pool goes on.
  ARENA_NODISCARD ArenaLease Acquire(std::uint64_t key) {
    return {state_, state_->Acquire(key, 0)};
  }

  /// Acquire for a request that needs at least `expected` bytes: its Content-Length, say.
  ARENA_NODISCARD ArenaLease Acquire(std::uint64_t key, std::size_t expected) {
    return {state_, state_->Acquire(key, expected)};
  }

  /// Frees idle arenas of all shards, the oldest first, until they hold at most `bytes`: for
  /// memory-pressure hooks, but not for a std::new_handler: the pool adds keys with its locks held,
  /// and the handler would wait for them for ever. Locks all shards meanwhile.
  /// O((arenas freed + 1) * shards + arenas offered).
  void ShrinkTo(std::size_t bytes) noexcept { state_->ShrinkTo(bytes); }

  /// The pool's figures at one moment: locks all shards. O(shards).
  ArenaPoolStats Stats() const noexcept { return state_->Stats(); }

  /// The figures of one key; std::nullopt when the pool does not remember it. Locks all shards.
  /// O(shards).
  std::optional<ArenaPoolKeyStats> Stats(std::uint64_t key) const noexcept {
    return state_->StatsOf(key);
  }

 private:
  detail::PoolState* state_;  // deletes itself after the pool and the last lease end
};

ARENA_END_NAMESPACE

#endif  // ARENA_POOL_HPP

#endif  // ARENA_WITH_POOL

#ifdef ARENA_WITH_VIRTUAL

// ---- arena/detail/os/pages.hpp -------------------------------------------------------------------
//
// The operating system's pages: map, unmap, offer; reserve addresses and commit memory for them.
#ifndef ARENA_DETAIL_OS_PAGES_HPP
#define ARENA_DETAIL_OS_PAGES_HPP

#include <cstddef>
#include <cstdint>


#if defined(_WIN32)
// Declared here as in <windows.h>, whose macros, min and max among them, would reach every
// includer.
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
// LeakSanitizer looks for pointers in mappings only if it is told of them. Declared weak, because
// no macro says whether it is there: g++ -fsanitize=leak defines none.
extern "C" {
// NOLINTBEGIN(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its names
__attribute__((__weak__, __visibility__("default"))) void __lsan_register_root_region(const void*,
                                                                                      std::size_t);
__attribute__((__weak__, __visibility__("default"))) void __lsan_unregister_root_region(
    const void*, std::size_t);
// NOLINTEND(*-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
}
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

#if defined(_WIN32)

inline constexpr unsigned long kMemCommit = 0x1000;
inline constexpr unsigned long kMemReserve = 0x2000;
inline constexpr unsigned long kMemDecommit = 0x4000;
inline constexpr unsigned long kMemReset = 0x80000;
inline constexpr unsigned long kMemRelease = 0x8000;
inline constexpr unsigned long kPageNoAccess = 0x01;
inline constexpr unsigned long kPageReadWrite = 0x04;
inline constexpr std::size_t kWindowsGranularity = 64 * 1024;  // alignment of reservations

// The size is the same on every Windows that a C++20 compiler targets.
inline std::size_t PageSize() noexcept { return 4096; }

inline void* MapPages(std::size_t bytes, std::size_t alignment) noexcept {
  if (alignment <= kWindowsGranularity) {
    return VirtualAlloc(nullptr, bytes, kMemReserve | kMemCommit, kPageReadWrite);
  }
  // A reservation cannot be trimmed: find a place, free it, and reserve its aligned part. Another
  // thread may take that in between, so try again.
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
  // VirtualUnlock fails for pages that are not locked, but takes them out of the working set.
  // Decommitting the pages would need memory to commit them again.
  if (now) VirtualUnlock(pages, bytes);
  return true;
}

inline void* ReservePages(std::size_t bytes) noexcept {
  return VirtualAlloc(nullptr, bytes, kMemReserve, kPageNoAccess);
}

inline bool CommitPages(void* pages, std::size_t bytes) noexcept {
  return VirtualAlloc(pages, bytes, kMemCommit, kPageReadWrite) != nullptr;
}

inline bool DecommitPages(void* pages, std::size_t bytes) noexcept {
  return VirtualFree(pages, bytes, kMemDecommit) != 0;
}

#else

inline std::size_t PageSize() noexcept {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

// Tells LeakSanitizer to look for pointers in the pages while they are mapped.
inline void TrackPages(ARENA_MAYBE_UNUSED const void* pages, ARENA_MAYBE_UNUSED std::size_t bytes,
                       ARENA_MAYBE_UNUSED bool mapped) noexcept {
#if defined(__ELF__) && defined(__GNUC__)
  const auto tell = mapped ? &__lsan_register_root_region : &__lsan_unregister_root_region;
  if (tell != nullptr) tell(pages, bytes);
#endif
}

// Requires an alignment that is a power of two and at least a page. Returns nullptr when the system
// has no memory.
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
  detail::TrackPages(first + before, bytes, true);
  return first + before;
}

// Linux refuses to unmap the middle of a mapping, which makes two of it, if the process has
// vm.max_map_count mappings. The memory is freed all the same then, and only its addresses are
// lost.
inline void UnmapPages(void* pages, std::size_t bytes) noexcept {
  detail::TrackPages(pages, bytes, false);
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

// Addresses without memory, for UnmapPages; null when the system has none. No access rather than
// MAP_NORESERVE: it counts as no memory where overcommit is off or RLIMIT_DATA is set, mlockall makes
// nothing of it resident, and it is in no core file.
inline void* ReservePages(std::size_t bytes) noexcept {
  void* const pages = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (pages == MAP_FAILED) return nullptr;
  detail::TrackPages(pages, bytes, true);
  return pages;
}

// Makes reserved pages usable; they read as zeros. False, with nothing changed, when memory is short.
inline bool CommitPages(void* pages, std::size_t bytes) noexcept {
  return ::mprotect(pages, bytes, PROT_READ | PROT_WRITE) == 0;
}

// Makes them reserved pages again. Mapping them anew, since mprotect alone would keep the memory.
// When that fails, the memory is freed all the same, if possible, and they stay usable: false.
inline bool DecommitPages(void* pages, std::size_t bytes) noexcept {
  if (::mmap(pages, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0) == pages)
    return true;
  detail::OfferPages(pages, bytes, true);
  return false;
}

#endif

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OS_PAGES_HPP

// ---- arena/detail/os/address_range.hpp -----------------------------------------------------------
//
// A range of addresses that is reserved at once and gets memory step by step.
//
//     base()           size                committed_            reserved()
//     +----------------+-------------------+---------------------+
//     | usable         | rest of the page  | no access           |
//     +----------------+-------------------+---------------------+
#ifndef ARENA_DETAIL_OS_ADDRESS_RANGE_HPP
#define ARENA_DETAIL_OS_ADDRESS_RANGE_HPP

#include <cstddef>


ARENA_BEGIN_NAMESPACE
namespace detail {

class AddressRange final : public GrowingMemory {
 public:
  // Reserves `bytes` bytes of addresses, or where these are refused, an eighth to a quarter of what is
  // to be had. Takes `step` bytes of memory at a time, and an eighth of what it has when that is more.
  AddressRange(std::size_t bytes, std::size_t step) noexcept
      : step_(MinOf(step, kMaxSize)), reserved_(RoundUp(MinOf(bytes, kMaxSize / 2))) {
    if (Reserve()) return;
    do {
      reserved_ = RoundDown(reserved_ / 2);
    } while (reserved_ != 0 && !Reserve());
    if (reserved_ == 0) return;
    // The program needs addresses, too.
    detail::UnmapPages(base_, reserved_);
    reserved_ = RoundDown(reserved_ / 4);
    if (!Reserve()) reserved_ = 0;
  }

  AddressRange(const AddressRange&) = delete;
  AddressRange& operator=(const AddressRange&) = delete;
  ~AddressRange() {
    if (base_ != nullptr) detail::UnmapPages(base_, reserved_);
  }

  // Null when no page of addresses was to be had.
  std::byte* base() const noexcept override { return base_; }
  std::size_t reserved() const noexcept { return reserved_; }
  std::size_t committed() const noexcept { return committed_; }

  std::size_t Grow(std::size_t min, std::size_t max) noexcept override {
    if (min > reserved_) return 0;
    const std::size_t step = MaxOf(step_, committed_ / 8);
    // The sum of two sizes does not wrap.
    std::size_t wanted = MinOf(MinOf(max, reserved_), MaxOf(min, committed_ + step));
    while (!CommitTo(RoundUp(wanted))) {
      if (wanted == min) return 0;
      const std::size_t more = (wanted - min) / 2;
      wanted = more < PageSize() ? min : min + more;
    }
    return MinOf(max, committed_);
  }

  void Shrink(std::size_t size) noexcept override {
    const std::size_t rest = RoundUp(size);
    if (rest < committed_ && detail::DecommitPages(base_ + rest, committed_ - rest)) {
      committed_ = rest;
    }
  }

 private:
  static std::size_t RoundUp(std::size_t bytes) noexcept { return AlignUp(bytes, PageSize()); }
  static std::size_t RoundDown(std::size_t bytes) noexcept { return AlignDown(bytes, PageSize()); }

  bool Reserve() noexcept {
    base_ = reserved_ != 0 ? static_cast<std::byte*>(detail::ReservePages(reserved_)) : nullptr;
    return base_ != nullptr;
  }

  bool CommitTo(std::size_t bytes) noexcept {
    ARENA_ASSERT(bytes <= reserved_);
    if (bytes <= committed_) return true;
    if (!detail::CommitPages(base_ + committed_, bytes - committed_)) return false;
    committed_ = bytes;
    return true;
  }

  std::size_t step_;
  std::size_t reserved_;  // of addresses, in whole pages
  std::byte* base_ = nullptr;
  std::size_t committed_ = 0;  // of memory, in whole pages, from base_ on
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_OS_ADDRESS_RANGE_HPP

// ---- arena/virtual_arena.hpp ---------------------------------------------------------------------
//
// class VirtualArena: a MonotonicArena in one range of addresses, which gets memory as it grows.
//
//   addresses    [handed out | free | records][reserved, without memory                 ]
#ifndef ARENA_VIRTUAL_ARENA_HPP
#define ARENA_VIRTUAL_ARENA_HPP

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <new>


ARENA_BEGIN_NAMESPACE

namespace detail {

// In two shifts, since a single one would be an error where std::size_t has 32 bits.
inline constexpr std::size_t kDefaultAddressSpace =
    sizeof(void*) >= 8 ? std::size_t{1} << 18 << 18 : std::size_t{64} << 20;

// A base, so that the range is there before the arena over it and until after it.
struct WithAddressRange {
  AddressRange range;
};

}  // namespace detail

/// How large a VirtualArena may become. All sizes are in bytes.
struct VirtualArenaOptions {
  /// How many addresses are reserved: 64 GiB, or 64 MiB where pointers have 32 bits. No more than
  /// `limit`; rounded up to whole pages. Where the system refuses so many, an eighth to a quarter
  /// of what it has left, for the program needs some, too. Addresses are not memory: they count
  /// neither as resident nor as committed.
  std::size_t address_space = detail::kDefaultAddressSpace;
  /// Memory for them is taken in steps of so many bytes, or of an eighth of what the arena holds
  /// when that is more.
  std::size_t commit = 32 * 1024;
  /// As in MonotonicArenaOptions: what Reset retains at most. What is above it is decommitted: the
  /// system has the memory back, and the addresses stay reserved.
  std::size_t retain = SIZE_MAX;
  /// As in MonotonicArenaOptions: upper bound of Cap().
  std::size_t limit = SIZE_MAX;
  /// The resource that buffers come from when the addresses are used up, or the system refuses
  /// memory for them; it must outlive the arena. nullptr stands for
  /// std::pmr::get_default_resource(). The range itself does not come from it.
  std::pmr::memory_resource* upstream = nullptr;
};

/// A MonotonicArena whose first buffer is a range of addresses and grows in place.
///
/// Nothing in it moves, and nothing is wasted between buffers: the last slice, string or
/// ArenaBuffer grows to gigabytes without a copy, and an object can be named by its offset. It is
/// for one large thing that grows: a file that is read, a table, an index. It is not for many small
/// arenas: each costs system calls, and page faults in its first round.
///
/// Everything of MonotonicArena works on it: scopes, cleanups, Reserve, ShrinkTo, Stats, the limit.
/// Its range counts as one buffer, also while it holds nothing: a fresh one has Cap() == 0. When
/// the addresses are used up, or the system refuses memory for them, ordinary buffers from upstream
/// follow. Growing is O(1) amortised, with a system call for each step; the cleanup records at the
/// window's end are moved then, so the first round with very many of them is slower.
///
/// With `retain` below what a round uses, each round pays for its page faults anew.
///
/// With ARENA_HEAP=1 each allocation is a block of the heap, so nothing lies in the range:
/// InRange() is false, and OffsetOf() and At() are of no use.
///
/// Thread safety: one thread at a time; see ThreadCachedArena.
class VirtualArena : private detail::WithAddressRange, public MonotonicArena {
 public:
  VirtualArena() noexcept : VirtualArena(VirtualArenaOptions{}) {}

  /// Reserves the addresses and takes no memory yet. Never fails: where the system has no
  /// addresses, Reserved() is 0, and all buffers come from upstream.
  explicit VirtualArena(const VirtualArenaOptions& options) noexcept
      : WithAddressRange{{detail::MinOf(options.address_space, options.limit), options.commit}},
        MonotonicArena({.initial_buffer_count = 0,
                        .limit = options.limit,
                        .retain = options.retain,
                        .upstream = options.upstream},
                       range.base() != nullptr ? &range : nullptr) {}

  /// Releases here: cleanups may still ask for offsets.
  ~VirtualArena() override { Release(); }

  /// The first address of the range; null when there is none. It stays the same as long as the
  /// arena lives, and is a multiple of the page size.
  std::byte* Base() const noexcept ARENA_LIFETIMEBOUND { return range.base(); }

  /// How many addresses the range has, with memory or without.
  std::size_t Reserved() const noexcept { return range.reserved(); }

  /// Whether the pointer points into the range: true for all that was allocated, until the range is
  /// used up or the system refuses memory for it.
  bool InRange(const void* pointer) const noexcept { return DistanceTo(pointer) < Reserved(); }

  /// The distance of an address in the range from its beginning, in bytes: a name for an object
  /// that is shorter than a pointer, and that stays right when the range is written to a file.
  /// Asserts that InRange(pointer).
  std::size_t OffsetOf(const void* pointer) const noexcept {
    ARENA_ASSERT(InRange(pointer) && "arena: OffsetOf of a pointer that is not in the range");
    return DistanceTo(pointer);
  }

  /// The object whose OffsetOf is `offset`, as long as the object lives. Asserts that so many bytes
  /// have memory, and that the offset suits the alignment of T; whether a T is there, the caller
  /// knows.
  template <class T>
  T* At(std::size_t offset) const noexcept ARENA_LIFETIMEBOUND {
    ARENA_ASSERT(offset <= range.committed() && sizeof(T) <= range.committed() - offset &&
                 "arena: At of an offset that nothing was allocated at");
    ARENA_ASSERT(offset % alignof(T) == 0 && "arena: At of an offset that does not suit the type");
    return std::launder(reinterpret_cast<T*>(Base() + offset));
  }

 private:
  ARENA_WRAPS std::size_t DistanceTo(const void* pointer) const noexcept {
    return reinterpret_cast<std::uintptr_t>(pointer) - reinterpret_cast<std::uintptr_t>(Base());
  }
};

ARENA_END_NAMESPACE

#endif  // ARENA_VIRTUAL_ARENA_HPP

#endif  // ARENA_WITH_VIRTUAL

#ifdef ARENA_WITH_BUDGET

// ---- arena/detail/core/printable.hpp -------------------------------------------------------------
//
// Names that users choose, made fit for a terminal, a log or an exposition of metrics: valid UTF-8
// without control characters, and with the escapes that a quoted string needs.
#ifndef ARENA_DETAIL_CORE_PRINTABLE_HPP
#define ARENA_DETAIL_CORE_PRINTABLE_HPP

#include <cstddef>
#include <string_view>


ARENA_BEGIN_NAMESPACE
namespace detail {

// The bytes of the character that `text` starts with; 0 when it is not valid UTF-8. `text` is not
// empty.
inline std::size_t CharacterBytes(std::string_view text) noexcept {
  const auto byte = [&text](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  if (first < 0xC2U || first > 0xF4U) return 0;
  const std::size_t bytes = first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  if (first == 0xE0U && byte(1) < 0xA0U) return 0;   // a longer form than needed
  if (first == 0xEDU && byte(1) >= 0xA0U) return 0;  // half of a UTF-16 pair
  if (first == 0xF0U && byte(1) < 0x90U) return 0;   // a longer form than needed
  if (first == 0xF4U && byte(1) >= 0x90U) return 0;  // above the last code point
  return bytes;
}

// Calls append(std::string_view) with the parts of what stands for `text` between double quotes:
// \\, \" and \n for the characters that would end or break the string, U+FFFD for other control
// characters and for each byte that is not valid UTF-8.
template <class Append>
void ForPrintable(std::string_view text, Append&& append) {
  while (!text.empty()) {
    const std::size_t bytes = detail::CharacterBytes(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (text.front() == '\n') {
      append(std::string_view("\\n"));
    } else if (text.front() == '"') {
      append(std::string_view("\\\""));
    } else if (text.front() == '\\') {
      append(std::string_view("\\\\"));
    } else if (bytes == 0 || first < 0x20U || first == 0x7FU ||
               (first == 0xC2U && static_cast<unsigned char>(text[1]) < 0xA0U)) {
      append(std::string_view("\xEF\xBF\xBD"));
    } else {
      append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
}

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_PRINTABLE_HPP

// ---- arena/detail/budget/budget_text.hpp ---------------------------------------------------------
//
// A tree of budgets as text: for people, and for Prometheus.
#ifndef ARENA_DETAIL_BUDGET_BUDGET_TEXT_HPP
#define ARENA_DETAIL_BUDGET_BUDGET_TEXT_HPP

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>


ARENA_BEGIN_NAMESPACE
namespace detail {

// Budget is a template parameter, so that this header stands below the class: it has Name, Used,
// Peak, Limit, SoftLimit, Refused and ForEachChild.

// The figures of a budget, read one after the other.
struct BudgetFigures {
  template <class Budget>
  explicit BudgetFigures(const Budget& budget)
      : used(budget.Used()),
        peak(budget.Peak()),
        limit(budget.Limit()),
        soft_limit(budget.SoftLimit()),
        refused(budget.Refused()) {}

  std::size_t used;
  std::size_t peak;
  std::size_t limit;
  std::size_t soft_limit;
  std::uint64_t refused;
};

inline void AppendPrintable(std::string& text, std::string_view name) {
  detail::ForPrintable(name, [&text](std::string_view part) { text += part; });
}

// A line for the budget, and one for each below it.
template <class Budget>
void AppendBudgetTree(std::string& text, const Budget& budget, std::size_t depth) {
  const BudgetFigures figures(budget);
  text.append(2 * depth, ' ');
  text += '"';
  detail::AppendPrintable(text, budget.Name());
  text += "\": used " + std::to_string(figures.used) + ", peak " + std::to_string(figures.peak);
  text += figures.limit == SIZE_MAX ? ", no limit" : ", limit " + std::to_string(figures.limit);
  if (figures.soft_limit != SIZE_MAX) {
    text += ", soft limit " + std::to_string(figures.soft_limit);
  }
  text += ", refused " + std::to_string(figures.refused) + '\n';
  budget.ForEachChild(
      [&text, depth](const Budget& child) { detail::AppendBudgetTree(text, child, depth + 1); });
}

// The metrics of a tree as OpenMetrics text.
class BudgetMetrics {
 public:
  template <class Budget>
  explicit BudgetMetrics(const Budget& root) {
    AddRows(root, "");
    AddGauge("used", "Bytes charged now.", &BudgetFigures::used);
    AddGauge("peak", "Most bytes charged at once.", &BudgetFigures::peak);
    AddGauge("limit", "Bytes that are never passed.", &BudgetFigures::limit);
    AddGauge("soft_limit", "Bytes above which memory is asked for.", &BudgetFigures::soft_limit);
    AddFamily("arena_budget_refused", "counter", "Charges that did not fit below the limit.");
    for (const Row& row : rows_) {
      AddSample("arena_budget_refused_total", row, std::to_string(row.figures.refused));
    }
  }

  const std::string& text() const noexcept { return text_; }

 private:
  struct Row {
    std::string path;  // the names from the root to the budget
    BudgetFigures figures;
  };

  template <class Budget>
  void AddRows(const Budget& budget, const std::string& prefix) {
    std::string path = prefix;
    detail::AppendPrintable(path, budget.Name());
    // Two series of one name would make the whole exposition invalid.
    const std::size_t length = path.size();
    for (std::size_t number = 2; !paths_.insert(path).second; ++number) {
      path.resize(length);
      path += " (" + std::to_string(number) + ')';
    }
    rows_.push_back({path, BudgetFigures(budget)});
    budget.ForEachChild([this, &path](const Budget& child) { AddRows(child, path + '/'); });
  }

  void AddGauge(const char* which, const char* help, std::size_t BudgetFigures::* figure) {
    const std::string family = std::string("arena_budget_") + which + "_bytes";
    AddFamily(family, "gauge", help);
    text_ += "# UNIT " + family + " bytes\n";
    for (const Row& row : rows_) {
      const std::size_t bytes = row.figures.*figure;
      AddSample(family, row, bytes == SIZE_MAX ? "+Inf" : std::to_string(bytes));
    }
  }

  void AddFamily(const std::string& family, const char* type, const char* help) {
    text_ += "# TYPE " + family + ' ' + type + "\n# HELP " + family + ' ' + help + '\n';
  }

  void AddSample(const std::string& name, const Row& row, const std::string& value) {
    text_ += name + "{budget=\"" + row.path + "\"} " + value + '\n';
  }

  std::vector<Row> rows_{};  // the root first, each before those below it
  std::set<std::string> paths_{};
  std::string text_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_BUDGET_BUDGET_TEXT_HPP

// ---- arena/detail/budget/pressure.hpp ------------------------------------------------------------
//
// class BudgetPressure: a budget's on_pressure, which one thread at a time runs.
#ifndef ARENA_DETAIL_BUDGET_PRESSURE_HPP
#define ARENA_DETAIL_BUDGET_PRESSURE_HPP

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>


// gcc's thread sanitizer does not know how threads wait by the steady clock, and reports the mutex.
#if defined(__SANITIZE_THREAD__) || ARENA_HAS_FEATURE(thread_sanitizer)
#define ARENA_DETAIL_TSAN 1
#else
#define ARENA_DETAIL_TSAN 0
#endif

ARENA_BEGIN_NAMESPACE
namespace detail {

class BudgetPressure {
 public:
  using Callback = std::function<bool(Budget& budget, std::size_t wanted)>;

  // `wait`: how long a charge waits for another thread's call.
  BudgetPressure(Callback callback, std::chrono::milliseconds wait)
      : wait_(std::clamp(wait, std::chrono::milliseconds(0), kLongestWait)),
        callback_(MakeShared(std::move(callback))) {}

  // See Budget::SetPressureCallback.
  void SetCallback(Callback replacement) {
    // Destroyed without the lock: it is the callback before by then.
    std::shared_ptr<const Callback> callback = MakeShared(std::move(replacement));
    std::unique_lock lock(mutex_);
    callback.swap(callback_);
    if (asking_ == std::thread::id() || asking_ == std::this_thread::get_id()) return;
    // That call, not the later ones, which are of the new callback.
    ended_.wait(lock, [this, before = calls_ended_] { return calls_ended_ != before; });
  }

  // Whether a charge should be tried again: the answer of call(const Callback&), or true because
  // another thread's call ended. Waits for such a call only with a deadline, which the first wait
  // of a charge sets. `call` runs without the lock; if it throws, the answer is false.
  template <class Call>
  bool Ask(std::chrono::steady_clock::time_point* deadline, Call&& call) {
    // A catch (...) may not swallow a cancellation.
    const CancellationHeldOff held_off;
    std::unique_lock lock(mutex_);
    if (asking_ == std::this_thread::get_id()) return false;
    if (asking_ != std::thread::id()) return deadline != nullptr && WaitForCall(lock, *deadline);
    if (callback_ == nullptr) return false;
    // Shared, so that the callback may replace itself.
    std::shared_ptr<const Callback> callback = callback_;
    asking_ = std::this_thread::get_id();
    lock.unlock();
    const bool again = AnswerOf(call, *callback);
    callback.reset();  // its destructor is user code, too: not with the lock held
    lock.lock();
    asking_ = std::thread::id();
    ++calls_ended_;
    ended_.notify_all();
    return again;
  }

 private:
  // Any longer one could overflow a point in time.
  static constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24);

  static std::shared_ptr<const Callback> MakeShared(Callback callback) {
    if (!callback) return nullptr;
    return std::make_shared<const Callback>(std::move(callback));
  }

  template <class Call>
  static bool AnswerOf(Call& call, const Callback& callback) {
#if ARENA_EXCEPTIONS
    try {
      return call(callback);
    } catch (...) {
      return false;
    }
#else
    return call(callback);
#endif
  }

  // Whether nobody asks any more before the deadline, which is set if it is the epoch.
  bool WaitForCall(std::unique_lock<std::mutex>& lock,
                   std::chrono::steady_clock::time_point& deadline) {
    const std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
    if (deadline == std::chrono::steady_clock::time_point()) deadline = now + wait_;
    const auto nobody_asks = [this] { return asking_ == std::thread::id(); };
#if ARENA_DETAIL_TSAN
    return ended_.wait_until(lock, std::chrono::system_clock::now() + (deadline - now),
                             nobody_asks);
#else
    return ended_.wait_until(lock, deadline, nobody_asks);
#endif
  }

  const std::chrono::milliseconds wait_;

  // Guards the three fields behind it, never during a call of the callback.
  std::mutex mutex_{};
  std::thread::id asking_{};  // the thread that runs the callback; none: nobody does
  std::uint64_t calls_ended_ = 0;
  std::shared_ptr<const Callback> callback_;  // null: nobody is asked
  std::condition_variable ended_{};
};

}  // namespace detail
ARENA_END_NAMESPACE

#undef ARENA_DETAIL_TSAN

#endif  // ARENA_DETAIL_BUDGET_PRESSURE_HPP

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
    return Digits(number, 10, width);
  }

  // Appends an address as 0x and hexadecimal digits.
  TextLine& Hex(std::uintptr_t address) noexcept { return (*this << "0x").Digits(address, 16, 0); }

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

  TextLine& Digits(std::uint64_t number, unsigned base, std::size_t width) noexcept {
    char digits[kDigits];
    std::size_t first = kDigits;
    do {
      digits[--first] = "0123456789abcdef"[number % base];
      number /= base;
    } while (number != 0);
    while (first != 0 && kDigits - first < width) digits[--first] = ' ';
    return Append(digits + first, kDigits - first);
  }

  char text_[384] = {};
  std::size_t size_ = 0;
};

}  // namespace detail
ARENA_END_NAMESPACE

#endif  // ARENA_DETAIL_CORE_TEXT_LINE_HPP

// ---- arena/budget.hpp ----------------------------------------------------------------------------
//
// class Budget: a tree of bounds on the memory that arenas and pools take from upstream.
//
//     arena::Budget process({.name = "process", .limit = std::size_t{4} << 30});
//     arena::Budget tenant(
//         {.name = "tenant 7", .limit = std::size_t{256} << 20, .parent = &process});
//     arena::MonotonicArena a({.upstream = &tenant});
//     arena::ArenaPool pool({.upstream = &tenant});
//
// Not part of arena.hpp.
#ifndef ARENA_BUDGET_HPP
#define ARENA_BUDGET_HPP

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory_resource>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// Is asked to free memory of a budget that runs short; see BudgetOptions::on_pressure.
using BudgetPressureCallback = std::function<bool(Budget& budget, std::size_t wanted)>;

/// What a Budget allows and where its memory comes from. Sizes are in bytes.
struct BudgetOptions {
  /// Names the budget in messages, trees and metrics. Copied. Any bytes will do; characters that
  /// cannot be printed are replaced there. Siblings better have different names.
  std::string_view name = "budget";
  /// Used() never passes this. SIZE_MAX: no limit of its own.
  std::size_t limit = SIZE_MAX;
  /// A charge that would take Used() above this asks `on_pressure` first, and is then made whatever
  /// the answer. SIZE_MAX: none.
  std::size_t soft_limit = SIZE_MAX;
  /// Asked to free memory, for a charge of `wanted` bytes, before the charge passes the soft limit
  /// and before the limit refuses it. Returns whether the charge should be tried again; see Budget
  /// for what it may do. An exception counts as false. Empty: nobody is asked.
  BudgetPressureCallback on_pressure = {};
  /// How long a charge that does not fit waits for a call of `on_pressure` that another thread is
  /// making, before it is refused. 0: it is refused at once. At most a day.
  std::chrono::milliseconds pressure_wait = std::chrono::milliseconds(100);
  /// The budget that this one is part of; outlives it. nullptr: a root.
  Budget* parent = nullptr;
  /// Where the memory comes from; outlives the budget, and is thread-safe where threads share the
  /// budget. nullptr: the parent's upstream, or std::pmr::get_default_resource() for a root.
  std::pmr::memory_resource* upstream = nullptr;
};

/// A named bound on memory: an upstream for arenas and pools, which counts what they take.
///
/// Budgets form a tree. Each block is charged to its budget and to all budgets above, or it is
/// refused by the first one that it does not fit in, and then nothing is charged anywhere. No
/// budget ever passes its limit, not by a byte, whatever the number of threads: a block is charged
/// before it is taken from upstream, and its charge is taken back after it was returned. A block
/// counts with the size that was asked for, the header of an arena's chunk included.
///
/// A charge costs one atomic operation for each level, O(depth). Arenas take whole chunks, so an
/// allocation in an arena costs nothing more.
///
/// **Pressure.** A charge that would take a budget above its soft limit, or that does not fit below
/// its limit, asks the budget's `on_pressure` to free something (`pool.ShrinkTo(0)`). It runs on
/// the charging thread, with no lock of the budget's held and with nothing of the charge counted; it
/// may allocate and deallocate within the budget and read every figure. (The mutex of a
/// ConcurrentArena or a ThreadCachedArena that asks is held.) Each budget makes one call at a time:
/// within that call its own charges ask nobody, those of other threads do not wait to pass the soft
/// limit, and those that do not fit wait, at most `pressure_wait`, for the call to end. After an
/// answer of true that freed something the charge is tried again, and asks again if it still does
/// not fit; otherwise it is refused. A charge above the whole limit is refused without asking.
///
/// A refused allocation throws std::bad_alloc; where exceptions are off it answers nullptr, which
/// arenas understand and std::pmr containers do not. What upstream throws is passed on, with
/// nothing charged.
///
/// Lifetime: a budget outlives the memory it counts and its children. A budget that is destroyed
/// while anything is charged to it, or before a child, ends the program with a message that names
/// it: a leak detector.
///
/// Thread safety: every member may be called from any thread. While one thread's charge is being
/// refused by a budget further up, the levels below count it for a moment, so that another charge
/// may be refused that would have fit an instant later; never the other way round. After fork in a
/// process with threads, the child does not use it.
class Budget : public std::pmr::memory_resource {
 public:
  /// Without a limit. Throws std::bad_alloc.
  Budget() : Budget(BudgetOptions{}) {}

  /// Throws std::bad_alloc when there is no memory for the name or the callback.
  explicit Budget(BudgetOptions options)
      : limit_(options.limit),
        soft_limit_(options.soft_limit),
        parent_(options.parent),
        upstream_(UpstreamFor(options)),
        name_(options.name),
        pressure_(std::move(options.on_pressure), options.pressure_wait) {
    if (parent_ != nullptr) parent_->Link(this);
  }

  /// Ends the program with a message when bytes are still charged or a child still exists.
  ~Budget() override {
    if (first_child_ != nullptr) {
      FailWith("was destroyed before its child \"", first_child_->Name(), "\"");
    }
    if (const std::size_t used = Used(); used != 0) {
      detail::TextLine bytes;
      bytes << used;
      FailWith("was destroyed with memory charged to it: ", bytes.c_str(), " bytes");
    }
    if (parent_ != nullptr) parent_->Unlink(this);
  }

  Budget(const Budget&) = ARENA_DELETE("arena: a budget is shared by reference");
  Budget& operator=(const Budget&) = ARENA_DELETE("arena: a budget is shared by reference");

  /// The name it was given. The view lives as long as the budget. O(1).
  std::string_view Name() const noexcept { return name_; }

  /// The budget above; nullptr for a root. O(1).
  const Budget* Parent() const noexcept { return parent_; }

  /// The most bytes that may be charged at once; SIZE_MAX when there is no limit. O(1).
  std::size_t Limit() const noexcept { return limit_; }

  /// The bytes above which a charge asks for memory first; SIZE_MAX when there are none. O(1).
  std::size_t SoftLimit() const noexcept { return soft_limit_; }

  /// The bytes that are charged now, those of the budgets below included. O(1).
  std::size_t Used() const noexcept { return used_.load(std::memory_order_acquire); }

  /// The most bytes that were charged at once. Charges that were refused do not count, nor do those
  /// for which upstream had no memory, unless another thread charges before that is known. O(1).
  std::size_t Peak() const noexcept { return peak_.load(std::memory_order_relaxed); }

  /// How many charges this budget refused, those of budgets below included, because they did not
  /// fit below its own limit. An arena that is refused a chunk tries a smaller one, so that this is
  /// not the number of allocations that failed. O(1).
  std::uint64_t Refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

  /// Replaces `on_pressure`; empty: nobody is asked any more. When it returns, the callback before
  /// it does not run and is not called again, so that what it used (a pool, say) may be destroyed.
  ///
  /// Waits for a call that another thread is making. Called from the callback itself it does not
  /// wait: that call goes on to its end. Throws std::bad_alloc.
  void SetPressureCallback(BudgetPressureCallback on_pressure) {
    pressure_.SetCallback(std::move(on_pressure));
  }

  /// Calls function(const Budget&) for each child, the oldest first.
  ///
  /// A lock is held meanwhile, so that no child ends: the function may read budgets, but neither
  /// create nor destroy a child of this one. O(children).
  template <class Function>
  void ForEachChild(Function&& function) const {
    const std::lock_guard lock(children_mutex_);
    for (const Budget* child = first_child_; child != nullptr; child = child->next_sibling_) {
      function(*child);
    }
  }

 private:
  // Why a charge was not made.
  enum class Outcome { kCharged, kFull, kAboveSoftLimit, kUpstreamFailed };
  struct Attempt {
    Outcome outcome;
    Budget* budget;  // that said so
    void* block;
  };

  // The charge of one level, which is taken back unless it is kept.
  class Charge {
   public:
    Charge(Budget& budget, std::size_t bytes, std::size_t after) noexcept
        : budget_(budget), bytes_(bytes), after_(after) {}
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;
    ~Charge() {
      if (!is_kept_) budget_.used_.fetch_sub(bytes_, std::memory_order_release);
    }
    void Keep() noexcept {
      is_kept_ = true;
      std::size_t peak = budget_.peak_.load(std::memory_order_relaxed);
      while (peak < after_ &&
             !budget_.peak_.compare_exchange_weak(peak, after_, std::memory_order_relaxed)) {
      }
    }

   private:
    Budget& budget_;
    std::size_t bytes_;
    std::size_t after_;  // what is charged with it
    bool is_kept_ = false;
  };

  static std::pmr::memory_resource* UpstreamFor(const BudgetOptions& options) noexcept {
    if (options.upstream != nullptr) return options.upstream;
    return options.parent != nullptr ? options.parent->upstream_ : std::pmr::get_default_resource();
  }

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    const Budget* asked = nullptr;
    std::chrono::steady_clock::time_point deadline{};
    for (;;) {
      const Attempt attempt = Take(bytes, alignment, *upstream_, asked);
      Budget* const budget = attempt.budget;
      if (attempt.outcome == Outcome::kAboveSoftLimit) {
        static_cast<void>(budget->Ask(bytes, nullptr));
        asked = budget;
      } else if (attempt.outcome != Outcome::kFull) {
        return attempt.block;
      } else if (bytes > budget->limit_ || !budget->Ask(bytes, &deadline)) {
        budget->refused_.fetch_add(1, std::memory_order_relaxed);
#if ARENA_EXCEPTIONS
        detail::ThrowBadAlloc();
#else
        return nullptr;
#endif
      }
    }
  }

  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    upstream_->deallocate(block, bytes, alignment);
    for (Budget* budget = this; budget != nullptr;) {
      // Read first: once nothing is charged, another thread may destroy the budget.
      Budget* const parent = budget->parent_;
      if (budget->used_.fetch_sub(bytes, std::memory_order_release) < bytes) [[unlikely]]
        budget->FailWith("was given back more bytes than were charged to it", "", "");
      budget = parent;
    }
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  // Charges this level and those above, then takes the block: the levels below keep their charges
  // only when all of that succeeded. `asked` is the highest level whose soft limit may be passed
  // because its callback was asked; those below it may be passed, too.
  // NOLINTNEXTLINE(misc-no-recursion): as deep as the tree
  Attempt Take(std::size_t bytes, std::size_t alignment, std::pmr::memory_resource& upstream,
               const Budget* asked) {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ - used) return {Outcome::kFull, this, nullptr};
      if (asked == nullptr && used + bytes > soft_limit_) {
        return {Outcome::kAboveSoftLimit, this, nullptr};
      }
      // Acquires: what the charges that it counts on gave back has reached upstream.
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    Charge charge(*this, bytes, used + bytes);
    Attempt attempt{Outcome::kCharged, this, nullptr};
    if (parent_ != nullptr) {
      attempt = parent_->Take(bytes, alignment, upstream, asked == this ? nullptr : asked);
    } else {
      // Volatile, because allocate is declared never to return null: without exceptions it does.
      void* volatile block = upstream.allocate(bytes, alignment);
      attempt.block = block;
      if (attempt.block == nullptr) attempt.outcome = Outcome::kUpstreamFailed;
    }
    if (attempt.outcome == Outcome::kCharged) charge.Keep();
    return attempt;
  }

  // Whether a charge of `wanted` bytes should be tried again, because the callback freed something
  // or another thread's call of it ended. Waits for such a call only with a deadline, which the
  // first wait of a charge sets.
  bool Ask(std::size_t wanted, std::chrono::steady_clock::time_point* deadline) {
    return pressure_.Ask(deadline, [this, wanted](const BudgetPressureCallback& callback) {
      const std::size_t before = Used();
      const bool again = callback(*this, wanted);
      const std::size_t after = Used();
      // Else the callback could keep the charge asking for ever.
      return again && (after < before || wanted <= limit_ - after);
    });
  }

  void Link(Budget* child) noexcept {
    const std::lock_guard lock(children_mutex_);
    child->prev_sibling_ = last_child_;
    (last_child_ != nullptr ? last_child_->next_sibling_ : first_child_) = child;
    last_child_ = child;
  }

  void Unlink(Budget* child) noexcept {
    const std::lock_guard lock(children_mutex_);
    Budget* const prev = child->prev_sibling_;
    Budget* const next = child->next_sibling_;
    (prev != nullptr ? prev->next_sibling_ : first_child_) = next;
    (next != nullptr ? next->prev_sibling_ : last_child_) = prev;
  }

  // Ends the program with a message about this budget.
  ARENA_NORETURN ARENA_COLD void FailWith(const char* what, std::string_view name,
                                          const char* end) const noexcept {
    detail::TextLine line;
    const auto append = [&line](std::string_view text) { line.Append(text.data(), text.size()); };
    // As much of each name as leaves room for the sentence.
    line << "arena: the budget \"";
    detail::ForPrintable(std::string_view(name_).substr(0, 40), append);
    line << "\" " << what;
    detail::ForPrintable(name.substr(0, 40), append);
    line << end;
    detail::Fail(line.c_str());
  }

  std::atomic<std::size_t> used_{0};       // <= limit_
  std::atomic<std::size_t> peak_{0};       // <= limit_
  std::atomic<std::uint64_t> refused_{0};  // by this level
  const std::size_t limit_;
  const std::size_t soft_limit_;
  Budget* const parent_;
  std::pmr::memory_resource* const upstream_;
  const std::string name_;
  detail::BudgetPressure pressure_;

  // Guards the list of children, whose links are in the children.
  mutable std::mutex children_mutex_{};
  Budget* first_child_ = nullptr;
  Budget* last_child_ = nullptr;
  Budget* next_sibling_ = nullptr;  // guarded by the parent's mutex
  Budget* prev_sibling_ = nullptr;
};

/// Prints a budget and those below it as a tree, a line each: `"process": used 4096, peak 8192,
/// limit 1048576, refused 0`, with two spaces in front for each level.
///
/// While other threads charge, each figure is right at a moment of its own. Control characters and
/// invalid UTF-8 in names are replaced; flags and locale of the stream do not matter. Takes memory
/// from the global heap; throws std::bad_alloc. O(budgets).
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& stream,
                                             const Budget& budget) {
  // Not straight into the stream, which may be slow, or charge a budget, while children are locked.
  std::string text;
  detail::AppendBudgetTree(text, budget, 0);
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  return stream;
}

/// Writes the figures of a budget and those below it as OpenMetrics text, which Prometheus reads:
/// arena_budget_used_bytes, _peak_bytes, _limit_bytes, _soft_limit_bytes (gauges, +Inf for no
/// limit) and arena_budget_refused_total (a counter).
///
/// The label `budget` has the names from `root` to the budget, "process/tenant 7"; a name that is
/// there already gets " (2)" behind it. The text lacks the closing line "# EOF", so that a program
/// can add metrics of its own; one exposition shows one tree. While other threads charge, each
/// figure is right at a moment of its own. Takes memory from the global heap; throws
/// std::bad_alloc. O(budgets).
template <class Traits>
std::basic_ostream<char, Traits>& WriteOpenMetrics(std::basic_ostream<char, Traits>& stream,
                                                   const Budget& root) {
  const detail::BudgetMetrics metrics(root);
  const std::string& text = metrics.text();
  stream.write(text.data(), static_cast<std::streamsize>(text.size()));
  return stream;
}

ARENA_END_NAMESPACE

#endif  // ARENA_BUDGET_HPP

#endif  // ARENA_WITH_BUDGET

#ifdef ARENA_WITH_COROUTINE

// ---- arena/coroutine.hpp -------------------------------------------------------------------------
//
// Coroutines whose frames lie in an arena.
//
//     struct Task {
//       struct promise_type : arena::CoroutineFrame {
//         ...
//       };
//     };
//     Task Handle(arena::Arena& a, Request& request);  // its frame lies in `a`
//
// Not part of arena.hpp.
#ifndef ARENA_COROUTINE_HPP
#define ARENA_COROUTINE_HPP

#include <cstddef>
#include <new>
#include <type_traits>


ARENA_BEGIN_NAMESPACE
namespace detail {

template <class T>
inline constexpr bool kIsAllocator = false;
template <class T>
inline constexpr bool kIsAllocator<Allocator<T>> = true;

// Whether a frame can lie in what a parameter of type T names.
template <class T>
inline constexpr bool kIsArena = std::is_convertible_v<T*, Arena*>;
template <class T>
inline constexpr bool kNamesArena = kIsArena<T> || kIsAllocator<std::remove_cv_t<T>>;

// The arena that the first such parameter names; there is one.
template <class First, class... Rest>
ARENA_ALWAYS_INLINE Arena& FirstArena(First& first, Rest&... rest) noexcept {
  if constexpr (kIsArena<First>) {
    return first;
  } else if constexpr (kIsAllocator<std::remove_cv_t<First>>) {
    return first.arena();
  } else {
    return detail::FirstArena(rest...);
  }
}

// Never defined: a program that calls it does not compile.
Arena& NoArena() noexcept;

// The arena that the frame of a coroutine with these parameters lies in.
template <class... Parameters>
ARENA_ALWAYS_INLINE Arena& ArenaOfFrame(Parameters&... parameters) noexcept {
  constexpr bool kFound = (kNamesArena<Parameters> || ...);
  static_assert(kFound,
                "arena: no parameter of this coroutine says where its frame lies: add an "
                "arena::Arena& (not const, not a pointer, not a lease) or an arena::Allocator");
  if constexpr (kFound) {
    return detail::FirstArena(parameters...);
  } else {
    return detail::NoArena();
  }
}

// A coroutine's frame, followed by the arena that it lies in: a promise's operator delete learns
// nothing but the size.
class FrameInArena {
 public:
  // The block for a frame of `size` bytes. A multiple of the alignment, because padding between
  // frames could not be given back.
  static constexpr std::size_t BlockSize(std::size_t size) noexcept {
    return AlignUp(size + sizeof(Arena*), kAlignment);
  }

  ARENA_ALWAYS_INLINE static void* Allocate(Arena& arena, std::size_t size) {
    return Mark(arena.Alloc(BlockSize(size), kAlignment), size, arena);
  }

  ARENA_ALWAYS_INLINE static void* TryAllocate(Arena& arena, std::size_t size) noexcept {
    void* const frame = arena.TryAlloc(BlockSize(size), kAlignment);
    return frame != nullptr ? Mark(frame, size, arena) : nullptr;
  }

  ARENA_ALWAYS_INLINE static void Deallocate(void* frame, std::size_t size) noexcept {
    Arena& arena = **Owner(frame, size);
    if (arena.TryResize(frame, BlockSize(size), 0)) return;
    if constexpr (kInstrumented) arena.deallocate(frame, BlockSize(size), kAlignment);
  }

 private:
  static constexpr std::size_t kAlignment = alignof(std::max_align_t);

  ARENA_ALWAYS_INLINE static Arena** Owner(void* frame, std::size_t size) noexcept {
    std::byte* const end = static_cast<std::byte*>(frame) + BlockSize(size);
    // NOLINTNEXTLINE(bugprone-casting-through-void): a plain cast warns of the alignment
    return static_cast<Arena**>(static_cast<void*>(end - sizeof(Arena*)));
  }

  ARENA_ALWAYS_INLINE static void* Mark(void* frame, std::size_t size, Arena& arena) noexcept {
    ::new (static_cast<void*>(Owner(frame, size))) Arena*(&arena);
    return frame;
  }
};

}  // namespace detail

/// A base class for promise types: it puts the coroutine's frame into an arena.
///
/// The arena is that of the first parameter of the coroutine that is an Arena& (or a reference to a
/// class derived from Arena, not const) or an arena::Allocator, wherever it stands among the
/// parameters. For a member function the object itself is the first parameter: in a class derived
/// from Arena, the frame lies in that object. For a lambda it is the closure, whose captures are
/// not looked at. A coroutine without such a parameter does not compile.
///
/// The frame is given back when the coroutine is destroyed, if it is the last allocation of the
/// arena by then, as it is for a coroutine that is awaited at once and leaves nothing else behind:
/// awaiting a thousand of them one after the other takes the memory of one. Otherwise its memory
/// goes with the arena's. O(1); a pointer more than the frame itself, and up to 15 bytes to a
/// multiple of 16.
///
/// Lifetime: the coroutine is destroyed before Reset, Release or the end of the arena, and before
/// the end of a scope that was open when it was called: after that its frame is gone, as any object
/// of the arena is. What owns the coroutine (a task object, a queue) goes first. The arena outlives
/// the frame, so it is not a parameter that the frame itself holds: pass `*lease`, not the lease.
///
/// Failure: calling the coroutine throws std::bad_alloc, or calls the failure handler where
/// exceptions are off. Local variables with an alignment above that of std::max_align_t need not be
/// aligned: compilers do not say what a frame needs.
///
/// Thread safety: that of the arena, when the coroutine is called and when it is destroyed.
/// Compilers may leave out the allocation of a frame that ends within its caller's.
class CoroutineFrame {
 public:
  /// Called by the compiler with the frame's size in bytes and the coroutine's parameters.
  // Not constrained: clang 14 would take the global operator new and then call our delete.
  template <class... Parameters>
  ARENA_ALWAYS_INLINE static void* operator new(std::size_t size, Parameters&... parameters) {
    return detail::FrameInArena::Allocate(detail::ArenaOfFrame(parameters...), size);
  }

  /// Called by the compiler when the coroutine is destroyed.
  // NOLINTNEXTLINE(cert-dcl54-cpp,misc-new-delete-overloads): it belongs to the template
  ARENA_ALWAYS_INLINE static void operator delete(void* frame, std::size_t size) noexcept {
    detail::FrameInArena::Deallocate(frame, size);
  }
};

/// CoroutineFrame for coroutines that do not throw when there is no memory: calling one then
/// answers what the promise's `static get_return_object_on_allocation_failure()` returns, which the
/// promise type has to have. The parameters are not copied into a frame then.
class NothrowCoroutineFrame {
 public:
  /// Called by the compiler with the frame's size in bytes and the coroutine's parameters. nullptr
  /// when the arena has no memory.
  template <class... Parameters>
  ARENA_ALWAYS_INLINE static void* operator new(std::size_t size,
                                                Parameters&... parameters) noexcept {
    return detail::FrameInArena::TryAllocate(detail::ArenaOfFrame(parameters...), size);
  }

  /// Called by the compiler when the coroutine is destroyed.
  // NOLINTNEXTLINE(cert-dcl54-cpp,misc-new-delete-overloads): it belongs to the template
  ARENA_ALWAYS_INLINE static void operator delete(void* frame, std::size_t size) noexcept {
    detail::FrameInArena::Deallocate(frame, size);
  }
};

ARENA_END_NAMESPACE

#endif  // ARENA_COROUTINE_HPP

#endif  // ARENA_WITH_COROUTINE

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
    return Digits(number, 10, width);
  }

  // Appends an address as 0x and hexadecimal digits.
  TextLine& Hex(std::uintptr_t address) noexcept { return (*this << "0x").Digits(address, 16, 0); }

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

  TextLine& Digits(std::uint64_t number, unsigned base, std::size_t width) noexcept {
    char digits[kDigits];
    std::size_t first = kDigits;
    do {
      digits[--first] = "0123456789abcdef"[number % base];
      number /= base;
    } while (number != 0);
    while (first != 0 && kDigits - first < width) digits[--first] = ' ';
    return Append(digits + first, kDigits - first);
  }

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

/// A stream buffer whose characters lie in an arena: characters are put at the end and got from the
/// front, as with std::stringbuf. It grows and shows views as an ArenaBuffer does.
///
/// It does not seek. As many characters can be put back as were got since the last write or View.
/// Writing throws std::bad_alloc, which a stream turns into its badbit; the characters put before
/// stay.
///
/// Not copyable, not movable. After Reset or Release of the arena it may only be destroyed. Thread
/// safety: none.
class ArenaStreambuf : public std::streambuf {
 public:
  /// An empty stream buffer, which allocates at the first write. The arena must outlive it.
  explicit ArenaStreambuf(Arena& arena ARENA_LIFETIMEBOUND) noexcept : buffer_(arena) {}
  ArenaStreambuf(const ArenaStreambuf&) =
      ARENA_DELETE("arena: a stream buffer stays where it is: pass a reference");
  ArenaStreambuf& operator=(const ArenaStreambuf&) =
      ARENA_DELETE("arena: a stream buffer stays where it is: pass a reference");

  /// The characters that were put and not yet got. The view lives as long as the arena's memory, or
  /// until a Reset() of this stream buffer; neither writes nor the destructor end it. O(1).
  std::string_view View() noexcept {
    Settle();
    return buffer_.View();
  }

  /// Discards all characters and starts again at the front of the storage, which overwrites earlier
  /// views. O(1).
  void Reset() noexcept {
    setp(nullptr, nullptr);
    setg(nullptr, nullptr, nullptr);
    buffer_.Reset();
  }

 protected:
  /// @{
  /// What std::basic_streambuf asks of a buffer. Throws std::bad_alloc.
  int_type overflow(int_type character) override {
    if (traits_type::eq_int_type(character, traits_type::eof())) {
      return traits_type::not_eof(character);
    }
    Settle();
    if (buffer_.bytes_.Room() == 0) {
      buffer_.bytes_.Grow(1);
      setg(nullptr, nullptr, nullptr);  // The characters may have moved.
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
    OfferUnread();
    return gptr() != egptr() ? traits_type::to_int_type(*gptr()) : traits_type::eof();
  }

  std::streamsize showmanyc() override {
    OfferUnread();
    return egptr() - gptr();
  }
  /// @}

 private:
  // Tells the buffer what was put and got since the last call, which only the base class knows.
  void Settle() noexcept {
    SettlePut();
    buffer_.Consume(static_cast<std::size_t>(gptr() - eback()));
    setg(gptr(), gptr(), egptr());
  }

  void SettlePut() noexcept {
    buffer_.Commit(static_cast<std::size_t>(pptr() - pbase()));
    setp(pptr(), epptr());
  }

  // Makes what was put part of the get area, which otherwise stays as it is: what was got can be put
  // back.
  void OfferUnread() noexcept {
    SettlePut();
    const auto& bytes = buffer_.bytes_;
    setg(bytes.read(), gptr() != nullptr ? gptr() : bytes.read(), bytes.write());
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
/// Read with `>>` and the like, or look at everything unread with View(). Not movable. After Reset
/// or Release of the arena it may only be destroyed. Thread safety: none.
class ArenaStream : public std::iostream {
 public:
  /// An empty stream, which allocates at the first write. The arena must outlive it.
  explicit ArenaStream(Arena& arena ARENA_LIFETIMEBOUND)
      : std::iostream(nullptr), streambuf_(arena) {
    rdbuf(&streambuf_);
  }
  ArenaStream(const ArenaStream&) =
      ARENA_DELETE("arena: a stream stays where it is: pass a reference");
  ArenaStream& operator=(const ArenaStream&) =
      ARENA_DELETE("arena: a stream stays where it is: pass a reference");

  /// A stream that holds a copy of `text`. Throws std::bad_alloc. O(size of the text).
  ArenaStream(Arena& arena ARENA_LIFETIMEBOUND, std::string_view text) : ArenaStream(arena) {
    streambuf_.sputn(text.data(), static_cast<std::streamsize>(text.size()));
  }

  using std::iostream::rdbuf;
  /// The stream's own buffer.
  ArenaStreambuf* rdbuf() noexcept { return &streambuf_; }

  /// The unread text, without a copy. The view outlives the stream: see ArenaStreambuf::View.
  std::string_view View() noexcept { return streambuf_.View(); }

  /// Discards the text, and clears errors and the end of the stream. See ArenaStreambuf::Reset.
  void Reset() noexcept {
    streambuf_.Reset();
    clear();
  }

 private:
  ArenaStreambuf streambuf_;
};

/// Prints the statistics as one line, `len 300, cap 32768, peak 300, buffers 1, records 0, waste 0,
/// free 32468`: bytes, except for the number of buffers. The stream's flags and locale do not
/// matter; its width applies to the whole line.
inline std::ostream& operator<<(std::ostream& stream, const ArenaStats& stats) {
  detail::TextLine line;
  line << "len " << stats.len << ", cap " << stats.cap << ", peak " << stats.peak << ", buffers "
       << stats.buffers << ", records " << stats.records << ", waste " << stats.waste << ", free "
       << stats.free;
  return stream << line.c_str();
}

ARENA_END_NAMESPACE

#endif  // ARENA_IOSTREAM_HPP

// ---- arena/picture.hpp ---------------------------------------------------------------------------
//
// A MonotonicArena as a small text picture: a row for each chunk, in the order of their use.
//
//     len 101632, cap 155648, peak 101632, buffers 4, records 848, waste 8048, free 45120
//     [==================================================]     32768  retired
//     [#############{###############-------------------cc]     32768  window
//     [--------------------------------------------------]     32768  spare
//     (==================================================)     57344  oversized
//     # handed out  - free  c cleanup records  = used  { scope
//
// `=` stands for bytes of a retired or an oversized chunk: handed out, in cleanup records or
// wasted. The arena knows only the sums of these, which the first line shows. `{` stands where an
// open scope started. Not part of arena.hpp.
#ifndef ARENA_PICTURE_HPP
#define ARENA_PICTURE_HPP

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <ostream>


ARENA_BEGIN_NAMESPACE
namespace detail {

// A row of the picture: a bar of cells, each of which stands for an equal share of the chunk.
class PictureRow {
 public:
  PictureRow(const char* brackets, std::size_t size) : brackets_(brackets), size_(size) {
    std::memset(cells_, '-', kWidth);
  }

  // Fills the bytes [from, to) of the chunk.
  void Fill(std::size_t from, std::size_t to, char kind) noexcept {
    if (from >= to) return;
    const std::size_t first = CellOf(from);
    std::memset(cells_ + first, kind, CellOf(to - 1) - first + 1);
  }

  void Write(std::ostream& stream, const char* label, bool is_initial = false) const {
    TextLine line;
    line.Append(brackets_, 1).Append(cells_, kWidth).Append(brackets_ + 1, 1) << " ";
    line.Number(size_, 9) << "  " << label << (is_initial ? ", initial\n" : "\n");
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
  static void WriteChunks(std::ostream& stream, const MonotonicArena& arena) {
    const ChunkStore& store = arena.chunks_.walk().store();
    std::size_t used = 0;  // chunks up to the current one that have no row yet
    for (auto* chunk = arena.chunks_.walk().current_chunk(); chunk != nullptr; chunk = chunk->prev)
      ++used;
    const Chunk* chunk = store.list().first();
    // Of the retired chunks only those next to the window have a row.
    std::size_t bytes = 0, count = 0;
    for (; used > kRows; --used, ++count, chunk = chunk->next) bytes += chunk->size();
    PictureRow::WriteMore(stream, count, bytes, "more retired");
    for (; used > 0; --used, chunk = chunk->next) WriteUsed(stream, arena, chunk);
    std::size_t rows = 0;
    for (; chunk != nullptr && rows < kRows; ++rows, chunk = chunk->next) {
      PictureRow("[]", chunk->size()).Write(stream, "spare", store.IsInitial(chunk));
    }
    for (count = bytes = 0; chunk != nullptr; ++count, chunk = chunk->next) bytes += chunk->size();
    PictureRow::WriteMore(stream, count, bytes, "more spare");
    WriteOversized(stream, store.oversized());
  }

 private:
  static constexpr std::size_t kRows = 5;  // so many chunks of a kind have a row

  static std::size_t Offset(const Chunk* chunk, const void* address) noexcept {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - chunk->begin);
  }

  // Writes the row of the current chunk or of a retired one.
  static void WriteUsed(std::ostream& stream, const MonotonicArena& arena, const Chunk* chunk) {
    const ChunkWalk& walk = arena.chunks_.walk();
    const bool window = chunk == walk.current_chunk() && walk.HasWindow();
    const std::size_t size = chunk->size();
    PictureRow row("[]", size);
    if (window) {
      FillWindow(row, size, Offset(chunk, arena.WindowCursor()),
                 Offset(chunk, arena.WindowLimit()));
    } else {
      row.Fill(0, size, '=');
    }
    for (const ScopeMark* mark = walk.innermost(); mark != nullptr; mark = mark->outer) {
      if (mark->chunk != chunk) continue;
      // A scope that starts at the end of the chunk, or without a window, is shown in the last
      // byte.
      const std::size_t start =
          mark->window_begin != nullptr ? Offset(chunk, mark->window.cursor()) : size;
      const std::size_t shown = start < size ? start : size - 1;
      row.Fill(shown, shown + 1, '{');
    }
    row.Write(stream, window ? "window" : "retired", walk.store().IsInitial(chunk));
  }

  static void FillWindow(PictureRow& row, std::size_t size, std::size_t cursor, std::size_t limit) {
    struct Span {
      std::size_t from, to;
      char kind;
    } spans[] = {{0, cursor, '#'}, {cursor, limit, '-'}, {limit, size, 'c'}};
    // Where kinds share a cell it shows the smallest: the others have further cells.
    std::sort(std::begin(spans), std::end(spans),
              [](const Span& a, const Span& b) { return a.to - a.from > b.to - b.from; });
    for (const Span& span : spans) row.Fill(span.from, span.to, span.kind);
  }

  static void WriteOversized(std::ostream& stream, const OversizedChunks& oversized) {
    std::size_t taken = 0, more = 0, more_bytes = 0;
    for (OversizedChunk* chunk = oversized.taken(); chunk != nullptr; chunk = chunk->next) {
      if (++taken <= kRows) {
        PictureRow row("()", chunk->size);
        row.Fill(0, chunk->size, '=');
        row.Write(stream, "oversized");
      } else {
        ++more;
        more_bytes += chunk->size;
      }
    }
    PictureRow::WriteMore(stream, more, more_bytes, "more oversized");
    PictureRow::WriteMore(stream, oversized.count() - taken, oversized.spare_bytes(),
                          "spare oversized");
  }
};

}  // namespace detail

/// Writes the arena's statistics and chunks as a text picture of about ten lines; see the top of
/// this header.
///
/// Each bar spans its whole chunk, whose size in bytes follows. Of many chunks of a kind only five
/// have a row. The format is meant for people and may change. Allocates nothing. O(chunks * open
/// scopes).
inline std::ostream& WritePicture(std::ostream& stream, const MonotonicArena& arena) {
  stream << arena.Stats() << '\n';
  detail::PictureAccess::WriteChunks(stream, arena);
  return stream << "# handed out  - free  c cleanup records  = used  { scope\n";
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

/// 1 if the standard library has <format>, as those of GCC 13, Clang 17 and Visual Studio 2019
/// 16.10 have; otherwise 0, and there is no arena::Format.
#ifdef __cpp_lib_format
#define ARENA_HAS_FORMAT 1
#else
#define ARENA_HAS_FORMAT 0
#endif

#if ARENA_HAS_FORMAT

#include <cstddef>
#include <string_view>
#include <utility>


ARENA_BEGIN_NAMESPACE

/// std::format whose result lies in the arena, with a NUL behind its end: `view.data()` is a C
/// string.
///
/// The view lives as long as the arena's memory; Len() grows by view.size() + 1. It does not
/// allocate from the heap. A result of more than 512 bytes is formatted twice, the first time to
/// measure it. O(size). Throws std::bad_alloc, and what the formatting throws, with the arena as
/// before, but for what a formatter itself allocated there.
template <class... Args>
ARENA_NODISCARD std::string_view Format(Arena& arena ARENA_LIFETIMEBOUND,
                                        std::format_string<Args...> format, Args&&... args) {
  constexpr std::size_t kShort = 512;
  char text[kShort];
  // Formatting does not move from its arguments, so they can be forwarded twice.
  const auto measured = std::format_to_n(text, kShort, format, std::forward<Args>(args)...);
  const auto size = static_cast<std::size_t>(measured.size);
  if (size <= kShort) return arena::CopyString(arena, std::string_view(text, size));
  const detail::Address before = arena.Position();
  auto* const copy = static_cast<char*>(arena.Alloc(size + 1, 1));
  detail::AllocationGuard guard(arena, before, copy, size + 1);
  const auto written = std::format_to_n(copy, measured.size, format, std::forward<Args>(args)...);
  guard.Dismiss();
  *written.out = '\0';
  return {copy, static_cast<std::size_t>(written.out - copy)};
}

ARENA_END_NAMESPACE

#endif  // ARENA_HAS_FORMAT

#endif  // ARENA_FORMAT_HPP

#endif  // ARENA_WITH_FORMAT
