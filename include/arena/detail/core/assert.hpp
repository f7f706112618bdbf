// SPDX-License-Identifier: Apache-2.0
//
// How the library fails: the assertion hook, the replaceable failure handler, and the cold
// functions that throw. Nothing here is inlined into a hot path.
#ifndef ARENA_DETAIL_CORE_ASSERT_HPP
#define ARENA_DETAIL_CORE_ASSERT_HPP

#include <cstdio>
#include <cstdlib>
#include <new>
#include <stdexcept>

#include "../../config.hpp"
#include "atomic_pointer.hpp"

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
