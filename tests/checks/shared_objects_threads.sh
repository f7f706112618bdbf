#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# shared_objects_threads.sh COMPILER FLAG...: threads share arenas that were made by the program and by two
# shared objects, each of which the program loads with dlopen, so that each may have thread_local variables
# of its own; with default and with hidden visibility, loaded into the global scope and not.
set -euo pipefail

if [[ $(uname) != Linux ]]; then
  echo "left out, written for ELF"
  exit 77
fi
include=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../include" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/common.hpp" <<'SOURCE'
#include <arena/arena.hpp>
#include <atomic>
#include <cstddef>
#include <new>

// An object that knows who made it, and that it dies once.
struct Object {
  Object(std::atomic<int>& l, int o) : live(l), owner(o) { ++live; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object() { --live; }
  std::atomic<int>& live;
  int owner;
};

struct Part {
  arena::ThreadCachedArena* (*make)(arena::Arena& base);
  void (*destroy)(arena::ThreadCachedArena* shared);
  Object* (*use)(arena::ThreadCachedArena& shared, std::atomic<int>& live, int owner);
  void (*reset)(arena::ThreadCachedArena& shared);
};

inline arena::ThreadCachedArena* Make(arena::Arena& base) {
  return new arena::ThreadCachedArena(base);
}
inline void Destroy(arena::ThreadCachedArena* shared) { delete shared; }
inline Object* Use(arena::ThreadCachedArena& shared, std::atomic<int>& live, int owner) {
  arena::Allocate<Object>(shared, live, owner);
  void* const block = shared.Alloc(40);
  static_cast<void>(shared.TryResize(block, 40, 8));
  const arena::ThreadCachedArena::Local local(shared);
  return arena::Allocate<Object>(local, live, owner);
}
inline void Reset(arena::ThreadCachedArena& shared) { shared.Reset(); }
SOURCE
cat >"$work/library.cpp" <<'SOURCE'
#include "common.hpp"
extern "C" __attribute__((visibility("default"))) Part GetPart();
Part GetPart() { return {&Make, &Destroy, &Use, &Reset}; }
SOURCE
cat >"$work/program.cpp" <<'SOURCE'
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <thread>
#include <vector>

#include "common.hpp"

static Part Load(const char* path, int flags) {
  void* const library = dlopen(path, RTLD_NOW | flags);
  if (library == nullptr) std::abort();
  void* const symbol = dlsym(library, "GetPart");
  Part (*get)() = nullptr;
  static_assert(sizeof(get) == sizeof(symbol));
  std::memcpy(&get, &symbol, sizeof(get));
  return get();
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int flags = std::strcmp(argv[3], "global") == 0 ? RTLD_GLOBAL : RTLD_LOCAL;
  const std::vector<Part> parts = {
      {&Make, &Destroy, &Use, &Reset}, Load(argv[1], flags), Load(argv[2], flags)};
  std::atomic<int> live = 0;
  std::atomic<int> wrong = 0;
  // As many arenas as there are makers, made alternately, so that numbers given out by different copies
  // of a counter would meet.
  std::deque<arena::MonotonicArena> bases(9);
  std::vector<arena::ThreadCachedArena*> arenas;
  for (std::size_t i = 0; i < bases.size(); ++i) arenas.push_back(parts[i % 3].make(bases[i]));
  for (std::size_t round = 0; round < 6; ++round) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        std::vector<Object*> objects;
        for (int i = 0; i < 50; ++i) {
          for (std::size_t a = 0; a < arenas.size(); ++a) {
            for (const Part& part : parts) objects.push_back(part.use(*arenas[a], live, t));
            if (!bases[a].Owns(objects.back())) ++wrong;
          }
        }
        for (const Object* object : objects) {
          if (object->owner != t) ++wrong;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t a = 0; a < arenas.size(); ++a) parts[(a + round) % 3].reset(*arenas[a]);
    if (live != 0) ++wrong;
  }
  for (std::size_t i = 0; i < arenas.size(); ++i) parts[i % 3].destroy(arenas[i]);
  std::printf("%s\n", wrong == 0 ? "right" : "wrong");
  return wrong == 0 ? 0 : 1;
}
SOURCE

ulimit -c 0
failed=0
for visibility in default hidden; do
  flags=(-std=c++20 -O2 -I"$include" -I"$work" "-fvisibility=$visibility" -pthread)
  [[ $visibility == hidden ]] && flags+=(-fvisibility-inlines-hidden)
  for name in one two; do
    "$@" "${flags[@]}" -fPIC -shared "$work/library.cpp" -o "$work/lib$name.so"
  done
  "$@" "${flags[@]}" "$work/program.cpp" -o "$work/program" -ldl
  for scope in local global; do
    if [[ $("$work/program" "$work/libone.so" "$work/libtwo.so" "$scope" 2>"$work/errors" || true) != right ]]; then
      cat "$work/errors"
      echo "FAILED: $visibility visibility, $scope scope: threads do not find their memory"
      failed=1
    fi
  done
done
((failed == 0)) && echo "threads find their parts of arenas that any shared object made"
exit "$failed"
