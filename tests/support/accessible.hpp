// SPDX-License-Identifier: Apache-2.0
//
// Whether memory may be accessed, found out without an access. POSIX only.
#ifndef ARENA_TESTS_SUPPORT_ACCESSIBLE_HPP
#define ARENA_TESTS_SUPPORT_ACCESSIBLE_HPP

#include <unistd.h>

#include <cstddef>
#include <cstdlib>

namespace arena_test {

// Whether the byte can be read: the kernel answers EFAULT where a program would be killed.
inline bool IsReadable(const volatile void* byte) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const bool readable = ::write(ends[1], const_cast<const void*>(byte), 1) == 1;
  ::close(ends[0]);
  ::close(ends[1]);
  return readable;
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_ACCESSIBLE_HPP
