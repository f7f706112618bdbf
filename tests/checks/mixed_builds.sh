#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# mixed_builds.sh COMPILER: two parts of a program that disagree about what lies in an arena's memory
# (sanitizer, red zone, Valgrind, exceptions) or in a virtual table (RTTI) do not link; two that differ
# in assertions do.
set -euo pipefail

compiler=$1
include=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../include" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/library.cpp" <<'SOURCE'
#include <arena/arena.hpp>
int Use(arena::Arena& a) { return *arena::Allocate<int>(a, 3); }
SOURCE
cat >"$work/application.cpp" <<'SOURCE'
#include <arena/arena.hpp>
int Use(arena::Arena& a);
int main() {
  arena::MonotonicArena a;
  return Use(a) == 3 ? 0 : 1;
}
SOURCE

build() { "$compiler" -std=c++20 -I"$include" -c "$work/$1.cpp" -o "$work/$1.o" "${@:2}"; }
failed=0
build application
build library -DNDEBUG -O2
if ! "$compiler" "$work/application.o" "$work/library.o" -o "$work/program" -pthread || ! "$work/program"; then
  echo "FAILED: a debug application does not use a release library"
  failed=1
fi
modes=("-DARENA_REDZONE=16" "-DARENA_HEAP=1" "-fsanitize=address" "-fno-exceptions" "-fno-rtti")
if echo '#include <valgrind/memcheck.h>' | "$compiler" -fsyntax-only -x c++ - 2>/dev/null; then
  modes+=("-DARENA_VALGRIND=1")
else
  echo "ARENA_VALGRIND=1 is left out, its headers are not there (apt-get install valgrind)"
fi
if "$compiler" --version | grep -q clang; then
  modes+=("-fsanitize=memory")
fi
for mode in "${modes[@]}"; do
  # What a sanitizer's run-time library lacks must not be what does not link: hence its own flag there.
  build library "$mode"
  link=()
  [[ $mode == -fsanitize=* ]] && link=("$mode")
  if "$compiler" "${link[@]}" "$work/application.o" "$work/library.o" -o "$work/program" -pthread \
    2>"$work/log"; then
    echo "FAILED: a part built with $mode links with one that was not"
    failed=1
  elif ! grep -q 'Use(arena::' "$work/log"; then
    cat "$work/log"
    echo "FAILED: with $mode it is something else that does not link"
    failed=1
  else
    echo "$mode: does not link"
  fi
done
exit "$failed"
