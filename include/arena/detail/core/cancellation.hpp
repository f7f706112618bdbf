// SPDX-License-Identifier: Apache-2.0
//
// Cancelled threads. glibc ends such a thread by unwinding its stack with an exception that nobody
// may swallow: a `catch (...)` that does not throw it again, and a noexcept function that it meets,
// end the whole process.
#ifndef ARENA_DETAIL_CORE_CANCELLATION_HPP
#define ARENA_DETAIL_CORE_CANCELLATION_HPP

#include <exception>

#include "../../config.hpp"

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
