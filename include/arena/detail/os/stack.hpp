// SPDX-License-Identifier: Apache-2.0
//
// The stack of a thread: taken without memory in well under a microsecond a frame, and printed
// without memory, so that a signal handler may do both. Empty on Windows.
#ifndef ARENA_DETAIL_OS_STACK_HPP
#define ARENA_DETAIL_OS_STACK_HPP

#include "../../config.hpp"
#include "../core/text_line.hpp"

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
