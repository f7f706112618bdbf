// SPDX-License-Identifier: Apache-2.0
//
// The fault handler of a GuardResource among others: after its report, what would have happened
// without it happens. Each case is a process of its own, whose reports and end are told.
// needs: plain
// expect(system): ^1 reports, 0 handled, ended by signal 11$
// expect(installed_twice): ^1 reports, 1 handled, exit status 3$
// expect(two_threads): ^1 reports, 0 handled, ended by signal 11$
// expect(two_threads_with_a_handler): ^1 reports, [12] handled, exit status 3$
// expect(handler_with_info): ^1 reports, 1 handled, exit status 3$
// expect(plain_handler): ^1 reports, 1 handled, exit status 4$
// expect(handler_that_resets): ^1 reports, 1 handled, ended by signal 11$
// expect(handler_that_goes_on): ^1 reports, 2 handled, exit status 0$
// expect(ignored): ^1 reports, 0 handled, ended by signal 11$
// expect(null): ^0 reports, 0 handled, ended by signal 11$
// expect(null_with_a_handler): ^0 reports, 1 handled, exit status 3$
// expect(raised): ^0 reports, 0 handled, ended by signal 11$
// expect(raised_and_ignored): ^0 reports, 0 handled, exit status 0$
// expect(raised_and_ignored_with_info): ^0 reports, 0 handled, exit status 0$
// expect(raised_with_a_handler): ^0 reports, 1 handled, exit status 3$
// expect(bus_error): ^0 reports, 0 handled, ended by signal 7$
// expect(after_the_guard): ^0 reports, 0 handled, ended by signal 11$
// expect(small_stack): ^1 reports, 0 handled, ended by signal 11$
// expect(overflown_stack): ^0 reports, 1 handled, exit status 3$
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arena/guard.hpp>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

namespace {

volatile char sink = 0;
volatile const char* expected_address = nullptr;

void Tell(const char* line) {
  if (::write(STDERR_FILENO, line, std::strlen(line)) < 0) ::_exit(9);
}

void HandleWithInfo(int signal, siginfo_t* info, void* context) {
  Tell("handled\n");
  const bool ok = signal == SIGSEGV && context != nullptr &&
                  (expected_address == nullptr || info->si_addr == expected_address);
  ::_exit(ok ? 3 : 9);
}
void HandlePlainly(int) {
  Tell("handled\n");
  ::_exit(4);
}
void HandleAndReturn(int, siginfo_t*, void*) { Tell("handled\n"); }

sigjmp_buf jump;
void HandleAndGoOn(int, siginfo_t*, void*) {
  Tell("handled\n");
  ::siglongjmp(jump, 1);
}

void Install(void (*handler)(int, siginfo_t*, void*), int flags = 0) {
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  ::sigaction(SIGSEGV, &action, nullptr);
}

// An alternate stack for signals of so many bytes, before which there is no memory.
void UseAlternateStack(std::size_t bytes) {
  const std::size_t page = 65536;
  void* const place = ::mmap(nullptr, page + bytes, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
  char* const begin = static_cast<char*>(place) + page;
  if (place == MAP_FAILED || ::mprotect(begin, bytes, PROT_READ | PROT_WRITE) != 0) ::_exit(9);
  stack_t stack = {};
  stack.ss_sp = begin;
  stack.ss_size = bytes;
  if (::sigaltstack(&stack, nullptr) != 0) ::_exit(9);
}

volatile bool is_deep_enough = false;
ARENA_NOINLINE int Overflow() {
  volatile char room[10'000];
  room[0] = 1;
  return is_deep_enough ? 0 : Overflow() + room[0];
}

void UseInTwoThreads(const volatile char* stale) {
  std::atomic<int> ready{0};
  const auto use = [&ready, stale] {
    ++ready;
    while (ready.load() != 2) {
    }
    sink = *stale;
  };
  std::thread other(use);
  use();
  other.join();
}

void Run(std::string_view which) {
  arena::GuardResource guard({.name = "requests"});
  auto* const stale = static_cast<const volatile char*>(guard.allocate(100));
  guard.deallocate(const_cast<char*>(stale), 100);
  const bool is_raised = which.substr(0, 6) == "raised";

  if (which == "handler_with_info" || which == "installed_twice" ||
      which == "null_with_a_handler" || which == "raised_with_a_handler" ||
      which == "two_threads_with_a_handler") {
    if (which == "handler_with_info") expected_address = stale;
    Install(&HandleWithInfo);
  } else if (which == "overflown_stack") {
    UseAlternateStack(64 * 1024);
    Install(&HandleWithInfo, SA_ONSTACK);
  } else if (which == "plain_handler") {
    ::signal(SIGSEGV, &HandlePlainly);
  } else if (which == "handler_that_resets") {
    Install(&HandleAndReturn, static_cast<int>(SA_RESETHAND));
  } else if (which == "handler_that_goes_on") {
    Install(&HandleAndGoOn);
  } else if (which == "ignored" || which == "raised_and_ignored") {
    ::signal(SIGSEGV, SIG_IGN);
  } else if (which == "raised_and_ignored_with_info") {
    struct sigaction action = {};
    action.sa_handler = SIG_IGN;
    // The system keeps these flags and does not look at them.
    action.sa_flags = static_cast<int>(SA_SIGINFO | SA_RESETHAND);
    ::sigaction(SIGSEGV, &action, nullptr);
  }
  if (which == "small_stack") UseAlternateStack(8192);
  arena::GuardResource::InstallFaultHandler();
  if (which == "installed_twice") arena::GuardResource::InstallFaultHandler();

  if (is_raised) {
    ::raise(SIGSEGV);
    if (which == "raised_and_ignored_with_info") ::raise(SIGSEGV);
    ::_exit(0);
  }
  if (which == "bus_error") ::raise(SIGBUS);
  if (which == "overflown_stack") sink = static_cast<char>(Overflow());
  if (which == "after_the_guard") {
    const volatile char* gone = nullptr;
    {
      arena::GuardResource short_lived;
      void* const block = short_lived.allocate(100);
      short_lived.deallocate(block, 100);
      gone = static_cast<char*>(block);
    }
    sink = *gone;
  }
  const volatile char* volatile nothing = nullptr;
  if (which.substr(0, 4) == "null") sink = *nothing;
  if (which.substr(0, 11) == "two_threads") UseInTwoThreads(stale);
  // A handler that goes on can do so again; the second fault is not reported.
  for (volatile int i = 0; which == "handler_that_goes_on" && i < 2;) {
    i = i + 1;
    if (sigsetjmp(jump, 1) == 0) sink = *stale;
    if (i == 2) ::_exit(0);
  }
  sink = *stale;
}

std::size_t Count(const std::string& text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) {
    ++count;
  }
  return count;
}

}  // namespace

int main(int, char** arguments) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    Run(arguments[1]);
    ::_exit(8);
  }
  ::close(ends[1]);
  std::string output;
  char part[4096];
  for (::ssize_t bytes = 0; (bytes = ::read(ends[0], part, sizeof(part))) > 0;) {
    output.append(part, static_cast<std::size_t>(bytes));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  std::fprintf(stderr, "%s%zu reports, %zu handled, %s %d\n", output.c_str(),
               Count(output, "used here"), Count(output, "handled\n"),
               WIFSIGNALED(status) ? "ended by signal" : "exit status",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  return 1;
}
