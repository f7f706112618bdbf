// SPDX-License-Identifier: Apache-2.0
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

#include "../../config.hpp"
#include "align.hpp"
#include "assert.hpp"
#include "sanitizer.hpp"

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
