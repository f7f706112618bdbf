// SPDX-License-Identifier: Apache-2.0
//
// What an interpreter of random programs says: every step as the code it stands for, and what went
// wrong.
#ifndef ARENA_TESTS_RANDOM_NARRATOR_HPP
#define ARENA_TESTS_RANDOM_NARRATOR_HPP

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace arena_random {

#if defined(__MINGW_PRINTF_FORMAT)  // of the two ways to print that there are, the one in use
#define ARENA_RANDOM_PRINTS __attribute__((format(__MINGW_PRINTF_FORMAT, 2, 3)))
#elif defined(__GNUC__)
#define ARENA_RANDOM_PRINTS __attribute__((format(printf, 2, 3)))
#else
#define ARENA_RANDOM_PRINTS
#endif

class Narrator {
 protected:
  // With `trace`, every step is printed to standard error before it is done.
  explicit Narrator(bool trace) : trace_(trace) {}
  ~Narrator() = default;

  [[noreturn]] void Fail(const std::string& what) const {
    std::fflush(stdout);
    std::fprintf(stderr, "%sFAILED at step %zu: %s\n", trace_ ? "\n" : "", step_, what.c_str());
    std::abort();
  }
  void Require(bool condition, const char* what) const {
    if (!condition) Fail(what);
  }

  ARENA_RANDOM_PRINTS void Say(const char* format, ...) const {
    std::va_list arguments;
    va_start(arguments, format);
    Print("\n  ", format, arguments);
    va_end(arguments);
  }
  ARENA_RANDOM_PRINTS void Answer(const char* format, ...) const {
    std::va_list arguments;
    va_start(arguments, format);
    Print("  // ", format, arguments);
    va_end(arguments);
  }

  bool trace_;
  std::size_t step_ = 0;

 private:
  void Print(const char* before, const char* format, std::va_list arguments) const {
    if (!trace_) return;
    std::fputs(before, stderr);
    std::vfprintf(stderr, format, arguments);
    std::fflush(stderr);
  }
};

}  // namespace arena_random

#endif  // ARENA_TESTS_RANDOM_NARRATOR_HPP
