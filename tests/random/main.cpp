// SPDX-License-Identifier: Apache-2.0
//
// arena_random: runs random programs against a model of the arena.
//
//   arena_random                     the share of the test suite
//   arena_random --steps 10000000    as much as you have time for
//   arena_random --subject pool      about pools, which have steps of their own
//   arena_random --seed 4711 --programs 1 --trace    one program again, step by step
//   arena_random --bytes FILE        the program that a fuzzer's input stands for
//
// The programs have the seeds N, N + 1, ... of --seed N, so that a failing one can be run alone.
// They run in a child process: when one of them fails, or crashes, or hangs, this one makes it
// smaller and prints what is left of it.
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "random/decisions.hpp"
#include "random/program.hpp"
#include "random/shrink.hpp"

#if defined(__unix__) || defined(__APPLE__)
#define ARENA_RANDOM_CHILDREN 1
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#else
#define ARENA_RANDOM_CHILDREN 0
#endif

namespace arena_random {
namespace {

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t steps = 200000;
  std::uint64_t programs = UINT64_MAX;
  bool trace = false;
  Subject subject = Subject::kArena;
  std::string bytes;  // a file; empty: programs come from seeds
};

struct Progress {
  std::uint64_t seed;  // of the program that runs
  std::uint64_t programs;
  std::size_t steps;
};

Program FromSeed(Subject subject, std::uint64_t seed) {
  SeededDecisions decisions(seed);
  return Decode(subject, decisions);
}

bool ReadFile(const std::string& name, std::vector<std::uint8_t>* bytes) {
  std::FILE* const file = std::fopen(name.c_str(), "rb");
  if (file == nullptr) return false;
  for (int byte = std::fgetc(file); byte != EOF; byte = std::fgetc(file))
    bytes->push_back(static_cast<std::uint8_t>(byte));
  return std::fclose(file) == 0;
}

void RunAll(const Arguments& arguments, const Program* only, Progress* progress) {
  if (only != nullptr) {
    RunProgram(*only, arguments.trace, &progress->steps);
    ++progress->programs;
    return;
  }
  constexpr std::size_t kReportEvery = 1000000;
  std::size_t report = kReportEvery;
  for (std::uint64_t i = 0; i < arguments.programs && progress->steps < arguments.steps; ++i) {
    progress->seed = arguments.seed + i;
    if (arguments.trace)
      std::fprintf(stderr, "seed %llu:", static_cast<unsigned long long>(progress->seed));
    RunProgram(FromSeed(arguments.subject, progress->seed), arguments.trace, &progress->steps);
    ++progress->programs;
    if (progress->steps < report) continue;
    report = progress->steps + kReportEvery;
    std::printf("%zu steps in %llu programs\n", progress->steps,
                static_cast<unsigned long long>(progress->programs));
    std::fflush(stdout);
  }
}

int Done(Subject subject, const Progress& progress) {
  std::printf("%s: %zu steps in %llu programs, all as the model says\n", NameOf(subject),
              progress.steps, static_cast<unsigned long long>(progress.programs));
  return 0;
}

#if ARENA_RANDOM_CHILDREN

// Whether `work` comes to its end in a process of its own, within so many seconds (0: any time).
bool SucceedsInChild(unsigned seconds, bool quiet, const std::function<void()>& work) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) {
    std::perror("fork");
    std::exit(2);
  }
  if (child == 0) {
    if (quiet) {
      std::FILE* const sink = std::freopen("/dev/null", "w", stderr);
      if (sink == nullptr) _exit(2);
    }
    alarm(seconds);
    work();
    if (quiet) _exit(0);
    std::exit(0);  // so that a leak checker has its say
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!quiet && WIFSIGNALED(status))
    std::fprintf(stderr, "\n(ended by signal %d)\n", WTERMSIG(status));
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int Main(const Arguments& arguments, const Program* only) {
  void* const memory =
      mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("mmap");
    return 2;
  }
  auto* const progress = new (memory) Progress{arguments.seed, 0, 0};
  if (SucceedsInChild(0, false, [&] { RunAll(arguments, only, progress); }))
    return Done(arguments.subject, *progress);

  const std::string name =
      only != nullptr ? arguments.bytes : "seed " + std::to_string(progress->seed);
  const auto fails = [](const Program& program) {
    std::size_t steps = 0;
    return !SucceedsInChild(10, true, [&] { RunProgram(program, false, &steps); });
  };
  const Program program = only != nullptr ? *only : FromSeed(arguments.subject, progress->seed);
  if (!fails(program)) {
    std::fprintf(stderr, "arena_random: failed near %s, but that program alone does not\n",
                 name.c_str());
    return 1;
  }
  const Program smaller = Shrink(program, fails, 3000);
  std::fprintf(stderr, "\n%s fails. Of its %zu steps these are enough:\n", name.c_str(),
               program.steps.size());
  std::size_t steps = 0;
  SucceedsInChild(10, false, [&] { RunProgram(smaller, true, &steps); });
  if (only == nullptr) {
    std::fprintf(stderr,
                 "\n\nthe whole program: arena_random --subject %s --seed %llu --programs 1 "
                 "--trace\n",
                 NameOf(arguments.subject), static_cast<unsigned long long>(progress->seed));
  }
  return 1;
}

#else

int Main(const Arguments& arguments, const Program* only) {
  std::printf("seeds from %llu; the last one named here is the one that fails\n",
              static_cast<unsigned long long>(arguments.seed));
  Progress progress{arguments.seed, 0, 0};
  RunAll(arguments, only, &progress);
  return Done(arguments.subject, progress);
}

#endif

int Usage() {
  std::fputs(
      "usage: arena_random [--subject NAME] [--seed N] [--steps N] [--programs N] [--bytes FILE]\n"
      "                    [--trace]\n"
      "  --subject N   what the programs are about: arena (everything that may lie in one; the\n"
      "                default), buffers (little else), guarded (the same over a GuardResource),\n"
      "                pool or threads\n"
      "  --seed N      the first program's seed (1); the next one has N + 1, and so on\n"
      "  --steps N     start no further program after so many steps (200000)\n"
      "  --programs N  nor after so many programs\n"
      "  --bytes FILE  the one program that a fuzzer's input stands for\n"
      "  --trace       print every step before it is done\n",
      stderr);
  return 2;
}

bool ParseNumber(const char* text, std::uint64_t* number) {
  char* end = nullptr;
  errno = 0;
  *number = std::strtoull(text, &end, 10);
  return errno == 0 && end != text && *end == '\0' && *text != '-';
}

}  // namespace
}  // namespace arena_random

int main(int count, char** words) {
  arena_random::Arguments arguments;
  bool steps_given = false;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    std::uint64_t* number = word == "--seed"       ? &arguments.seed
                            : word == "--steps"    ? &arguments.steps
                            : word == "--programs" ? &arguments.programs
                                                   : nullptr;
    if (word == "--trace") {
      arguments.trace = true;
    } else if (word == "--subject" && i + 1 < count) {
      const std::string name = words[++i];
      bool known = false;
      for (const auto subject : arena_random::kSubjects) {
        if (name != NameOf(subject)) continue;
        arguments.subject = subject;
        known = true;
      }
      if (!known) return arena_random::Usage();
    } else if (word == "--bytes" && i + 1 < count) {
      arguments.bytes = words[++i];
    } else if (number == nullptr || ++i == count || !arena_random::ParseNumber(words[i], number)) {
      return arena_random::Usage();
    }
    steps_given = steps_given || word == "--steps";
  }
  // So many programs, whatever their length, if that is all that was said.
  if (arguments.programs != UINT64_MAX && !steps_given) arguments.steps = UINT64_MAX;
  if (arguments.bytes.empty()) return arena_random::Main(arguments, nullptr);
  std::vector<std::uint8_t> bytes;
  if (!arena_random::ReadFile(arguments.bytes, &bytes)) {
    std::perror(arguments.bytes.c_str());
    return 2;
  }
  arena_random::ByteDecisions decisions(bytes.data(), bytes.size());
  const arena_random::Program program = arena_random::Decode(arguments.subject, decisions);
  return arena_random::Main(arguments, &program);
}
