#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# shared_objects.sh COMPILER FLAG...: a failure handler that the program sets is heard by misuse in a
# shared object, and one that the shared object sets is heard in the program, with default and with
# hidden visibility.
set -euo pipefail

if [[ $(uname) != Linux ]]; then
  echo "left out, written for ELF"
  exit 77
fi
include=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../include" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/library.cpp" <<'SOURCE'
#include <arena/arena.hpp>
#define EXPORTED extern "C" __attribute__((visibility("default")))
EXPORTED void Misuse();
EXPORTED void SetHandler(void (*handler)(const char*));

void Misuse() {
  arena::MonotonicArena a;
  arena::ArenaBuffer buffer(a);
  buffer.Commit(3);
}
void SetHandler(void (*handler)(const char*)) { arena::SetFailureHandler(handler); }
SOURCE
cat >"$work/program.cpp" <<'SOURCE'
#include <arena/arena.hpp>
#include <cstdio>
#include <cstdlib>

extern "C" void Misuse();
extern "C" void SetHandler(void (*handler)(const char*));

int main(int argc, char**) {
  const arena::FailureHandler handler = [](const char*) {
    std::puts("heard");
    std::fflush(stdout);
    std::_Exit(0);
  };
  arena::MonotonicArena a;
  if (argc > 1) {
    arena::SetFailureHandler(handler);
    Misuse();
  } else {
    SetHandler(handler);
    arena::ArenaBuffer(a).Commit(3);
  }
  return 1;
}
SOURCE

ulimit -c 0
failed=0
for visibility in default hidden; do
  flags=(-std=c++20 -I"$include" "-fvisibility=$visibility")
  [[ $visibility == hidden ]] && flags+=(-fvisibility-inlines-hidden)
  "$@" "${flags[@]}" -fPIC -shared "$work/library.cpp" -o "$work/libpart.so"
  "$@" "${flags[@]}" "$work/program.cpp" -o "$work/program" -L"$work" -lpart "-Wl,-rpath,$work"
  for arguments in "" "from-the-program"; do
    # shellcheck disable=SC2086  # no argument where it is empty
    if [[ $("$work/program" $arguments 2>"$work/errors" || true) != heard ]]; then
      cat "$work/errors"
      echo "FAILED: $visibility visibility, the handler set ${arguments:-from the shared object} is not heard"
      failed=1
    fi
  done
done
((failed == 0)) && echo "the handler is heard across shared objects"
exit "$failed"
