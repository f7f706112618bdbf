// SPDX-License-Identifier: Apache-2.0
//
// With libstdc++'s old strings there is no arena::String, and a sentence says so.
// expect: arena: there is no arena::String with libstdc\+\+'s old strings
#undef _GLIBCXX_USE_CXX11_ABI
#define _GLIBCXX_USE_CXX11_ABI 0
#include <arena/arena.hpp>

void Use(arena::MonotonicArena& a) {
#if ARENA_MISUSE == 1
  arena::String text("text", a);
#else
  static_cast<void>(arena::CopyString(a, "text"));
#endif
}
