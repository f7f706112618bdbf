// SPDX-License-Identifier: Apache-2.0
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

#include "version.hpp"

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
