// SPDX-License-Identifier: Apache-2.0
//
// A pointer that outlives its memory, and how a guard finds it: in a plain arena, the last line of
// ShowLastUser would print whatever the next request put there. Over a GuardResource, and without
// `retain`, memory is inaccessible after Reset: the program stops at the use, with a report that
// also says who freed the memory. Link with -rdynamic to see names of functions in it.
#include <signal.h>
#include <unistd.h>

#include <arena/arena.hpp>
#include <arena/guard.hpp>
#include <cstdio>
#include <string_view>

struct User {
  int id;
  std::string_view name;
};

const User* last_user = nullptr;  // the mistake: it points into the arena of a request

// Not inlined, so that the report shows the calls as they are written here.
ARENA_NOINLINE void HandleLogin(arena::MonotonicArena& a) {
  last_user = arena::Allocate<User>(a, 7, arena::CopyString(a, "Ada"));
  std::printf("user %d logged in\n", last_user->id);
}

ARENA_NOINLINE void EndRequest(arena::MonotonicArena& a) {
  a.Reset();
  std::puts("the request has ended");
}

ARENA_NOINLINE void ShowLastUser() { std::printf("the last user was %d\n", last_user->id); }

// A crash handler as programs have them: it runs after the report. This one ends the example.
void HandleCrash(int) {
  constexpr std::string_view text = "the program's own handler runs\n";
  _exit(::write(STDOUT_FILENO, text.data(), text.size()) < 0 ? 1 : 0);
}

int main() {
  std::setvbuf(stdout, nullptr, _IONBF, 0);
  ::dup2(STDOUT_FILENO, STDERR_FILENO);  // the report goes to standard error
  ::signal(SIGSEGV, &HandleCrash);
  ::signal(SIGBUS, &HandleCrash);
  arena::GuardResource::InstallFaultHandler();

  arena::GuardResource guard({.name = "requests"});
  arena::MonotonicArena a({.initial_buffer_count = 0, .retain = 0, .upstream = &guard});
  HandleLogin(a);
  EndRequest(a);
  ShowLastUser();
  return 1;
}
