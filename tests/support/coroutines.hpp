// SPDX-License-Identifier: Apache-2.0
//
// Coroutines for tests: a task that starts when it is awaited and can be driven by hand. Coroutines that
// have to have a frame are ARENA_NOINLINE, because clang does without the frame of one that it inlines.
#ifndef ARENA_TESTS_SUPPORT_COROUTINES_HPP
#define ARENA_TESTS_SUPPORT_COROUTINES_HPP

#include <arena/coroutine.hpp>

#include "support/frame_task.hpp"

namespace arena_test {

template <class Frame>
using BasicTask = FrameTask<Frame, KeepsTheException>;
using Task = BasicTask<arena::CoroutineFrame>;

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_COROUTINES_HPP
