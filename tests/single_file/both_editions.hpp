// SPDX-License-Identifier: Apache-2.0
#ifndef TESTS_SINGLE_FILE_BOTH_EDITIONS_HPP
#define TESTS_SINGLE_FILE_BOTH_EDITIONS_HPP

#include <arena/fwd.hpp>

// Allocates in a unit that knows the folder alone; returns how many words the slice has then.
unsigned long AppendWithTheFolder(arena::Arena& arena);

#endif  // TESTS_SINGLE_FILE_BOTH_EDITIONS_HPP
