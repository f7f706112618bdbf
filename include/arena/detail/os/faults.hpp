// SPDX-License-Identifier: Apache-2.0
//
// A handler for accesses to memory that may not be accessed, which tells a reporter of them and then
// lets the program's own handler, or the system, do what they would have done. Empty on Windows.
#ifndef ARENA_DETAIL_OS_FAULTS_HPP
#define ARENA_DETAIL_OS_FAULTS_HPP

#include "../../config.hpp"
#include "../core/atomic_pointer.hpp"

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
