// SPDX-License-Identifier: Apache-2.0
//
// Which uses of memory that is not handed out end a process with the fault of an inaccessible page. Each is
// committed in a process of its own.
#ifndef ARENA_TESTS_SUPPORT_TRAPPING_MISUSE_HPP
#define ARENA_TESTS_SUPPORT_TRAPPING_MISUSE_HPP

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdio>

namespace arena_test {

struct Passes {
  const char* misuse;
  const char* why;
};

template <class Commit>
bool Traps(const char* misuse, Commit commit) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(2);
    commit(misuse);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

// Whether `commit` ends its process for each of the ones and for none of the others. Prints for which not.
template <std::size_t kTraps, std::size_t kPasses, class Commit>
bool TrapAndPass(const char* const (&traps)[kTraps], const Passes (&passes)[kPasses],
                 Commit commit) {
  std::setvbuf(stdout, nullptr, _IONBF, 0);
  bool right = true;
  for (const char* const misuse : traps) {
    if (Traps(misuse, commit)) continue;
    std::printf("FAILED: %s does not trap\n", misuse);
    right = false;
  }
  for (const auto& [misuse, why] : passes) {
    if (!Traps(misuse, commit)) continue;
    std::printf("FAILED: %s traps, although %s\n", misuse, why);
    right = false;
  }
  return right;
}

}  // namespace arena_test

#endif  // ARENA_TESTS_SUPPORT_TRAPPING_MISUSE_HPP
