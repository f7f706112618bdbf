// SPDX-License-Identifier: Apache-2.0
//
// What a VirtualArena does when the system refuses addresses or memory. A program of its own, because
// each case is a process with limits of its own.
// needs: plain
#include <arena/arena.hpp>
#include <arena/virtual_arena.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory_resource>
#include <string>

// With 32 bits there are no addresses to spare, and the cases below have nothing to refuse.
#if defined(__linux__) && defined(__LP64__)
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      std::fprintf(stderr, "line %d: %s is false\n", __LINE__, #condition); \
      std::_Exit(1);                                                        \
    }                                                                       \
  } while (false)

void Limit(int resource, std::size_t bytes) {
  const rlimit limit{bytes, bytes};
  CHECK(::setrlimit(static_cast<__rlimit_resource_t>(resource), &limit) == 0);
}

// Bytes of data as RLIMIT_DATA counts them.
std::size_t Data() {
  std::size_t kibibytes = 0;
  std::FILE* const file = std::fopen("/proc/self/status", "r");
  CHECK(file != nullptr);
  char line[200];
  while (std::fgets(line, sizeof(line), file) != nullptr) {
    if (std::sscanf(line, "VmData: %zu kB", &kibibytes) == 1) break;
  }
  std::fclose(file);
  return kibibytes * 1024;
}

bool Same(const arena::ArenaStats& a, const arena::ArenaStats& b) {
  return a.len == b.len && a.cap == b.cap && a.peak == b.peak && a.buffers == b.buffers &&
         a.records == b.records && a.waste == b.waste && a.free == b.free;
}

int ended = 0;

struct Counting {
  Counting() = default;
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
  ~Counting() { ++ended; }
};

// The addresses are there, the memory is not: it ends in a scope, and while records are pushed.
void MemoryIsRefused() {
  Limit(RLIMIT_DATA, Data() + 50 * kMiB);
  arena::VirtualArena a({.upstream = std::pmr::null_memory_resource()});
  CHECK(a.Reserved() == std::size_t{64} << 30);
  for (int i = 0; i < 10; ++i) {
    arena::Allocate<Counting>(a);
    a.Alloc(100, 1);
  }
  const std::size_t len = a.Len();
  for (int round = 0; round < 3; ++round) {
    ended = 0;
    int made = 0;
    {
      const arena::ArenaScope scope(a);
      while (arena::TryAllocate<Counting>(a) != nullptr && a.TryAlloc(4000, 1) != nullptr) ++made;
      CHECK(a.Len() > 40 * kMiB);
      CHECK(a.Len() <= 51 * kMiB);
      while (a.TryAlloc(1, 1) != nullptr) {
      }
      const arena::ArenaStats before = a.Stats();
      CHECK(a.TryAlloc(1, 1) == nullptr);
      CHECK(a.TryAlloc(100 * kMiB, 1) == nullptr);
      CHECK(!a.AddCleanup({[](void*) noexcept {}, nullptr}));
      CHECK(Same(a.Stats(), before));
    }
    CHECK(ended == made || ended == made + 1);
    CHECK(a.Len() == len);
    a.ShrinkTo(0);
    CHECK(a.Cap() < 2000);
  }
  ended = 0;
  a.Reset();
  CHECK(ended == 10);
  CHECK(a.TryAlloc(40 * kMiB, 1) != nullptr);
}

// A step that is too large is made smaller; the request itself decides.
void ALargeStepIsRefused() {
  Limit(RLIMIT_DATA, Data() + 50 * kMiB);
  arena::VirtualArena a({.commit = 1024 * kMiB, .upstream = std::pmr::null_memory_resource()});
  CHECK(a.TryAlloc(1, 1) != nullptr);
  CHECK(a.Cap() >= 16 * kMiB);
  CHECK(a.TryAlloc(40 * kMiB, 1) != nullptr);
  CHECK(a.TryAlloc(20 * kMiB, 1) == nullptr);
}

// A reservation that is refused becomes smaller, and leaves most of the addresses to the program.
void AddressesAreRefused() {
  Limit(RLIMIT_AS, 2048 * kMiB);
  arena::VirtualArena a({.address_space = std::size_t{64} << 30});
  CHECK(a.Reserved() >= 128 * kMiB);
  CHECK(a.Reserved() <= 512 * kMiB);
  CHECK(a.InRange(a.Alloc(10 * kMiB, 1)));
  arena::VirtualArena b({.address_space = std::size_t{1} << 62});
  CHECK(b.Reserved() >= 64 * kMiB);
  CHECK(b.Reserved() <= 512 * kMiB);
  CHECK(b.InRange(b.Alloc(10 * kMiB, 1)));
  void* const other = std::malloc(512 * kMiB);
  CHECK(other != nullptr);
  std::free(other);
}

void NoAddressesAreLeft() {
  Limit(RLIMIT_AS, 1);
  arena::VirtualArena a;
  CHECK(a.Reserved() == 0);
  CHECK(a.Base() == nullptr);
  CHECK(a.TryAlloc(100 * kMiB, 1) == nullptr);
  CHECK(a.Len() == 0);
}

// An emulator of another processor takes a limit, and heeds none.
void LimitsAreHeeded() {
  Limit(RLIMIT_AS, 64 * kMiB);
  CHECK(::mmap(nullptr, 128 * kMiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
}

// What has no memory is not in a core file.
void CoreIsSmall() {
  char pattern[200] = "";
  if (std::FILE* const file = std::fopen("/proc/sys/kernel/core_pattern", "r")) {
    if (std::fgets(pattern, sizeof(pattern), file) == nullptr) pattern[0] = '\0';
    std::fclose(file);
  }
  rlimit limit{};
  CHECK(::getrlimit(RLIMIT_CORE, &limit) == 0);
  if (std::strcmp(pattern, "core\n") != 0 || limit.rlim_max < 200 * kMiB) {
    std::puts("core file: left out, the system writes none into the working directory");
    return;
  }
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("arena_core_" + std::to_string(::getpid()));
  CHECK(std::filesystem::create_directory(folder));
  std::filesystem::current_path(folder);
  const pid_t child = ::fork();
  if (child == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_CORE, &limit);
    arena::VirtualArena a;
    std::memset(a.Alloc(10 * kMiB, 1), 1, 10 * kMiB);
    std::abort();
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  std::uintmax_t size = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) size += file.file_size();
  std::filesystem::current_path(folder.parent_path());
  std::filesystem::remove_all(folder);
  CHECK(size < 64 * kMiB);
  std::printf("core file: %ju bytes%s\n", size, size == 0 ? ", left out, there is none" : "");
}

bool Succeeds(const char* name, void (*run)()) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    run();
    std::fflush(stdout);
    std::_Exit(0);
  }
  int status = 0;
  const bool ended_well =
      ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  std::printf("%s: %s\n", name, ended_well ? "ok" : "FAILED");
  return ended_well;
}

}  // namespace

int main() {
  if (!Succeeds("limits are heeded", LimitsAreHeeded)) {
    std::puts("left out, the system heeds no limits");
    return 0;
  }
  bool ok = Succeeds("memory is refused", MemoryIsRefused);
  ok = Succeeds("a large step is refused", ALargeStepIsRefused) && ok;
  ok = Succeeds("addresses are refused", AddressesAreRefused) && ok;
  ok = Succeeds("no addresses are left", NoAddressesAreLeft) && ok;
  ok = Succeeds("a core file is small", CoreIsSmall) && ok;
  return ok ? 0 : 1;
}
#else
int main() { return 0; }
#endif
