#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# wraps.sh COMPILER FLAG...: a program that uses every header has nothing to report of them under
# clang's sanitizers for unsigned arithmetic and implicit conversions, which are not for undefined
# behaviour and which some projects run all the same.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
include=$(cd "$here/../../include" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build=("$@" -std=c++20 -g1 -fsanitize=unsigned-integer-overflow,implicit-conversion -I"$include" -pthread)
if ! echo 'int main() {}' | "${build[@]}" -x c++ - -o "$work/probe" 2>"$work/log"; then
  cat "$work/log"
  echo "skipped: $1 does not build a program with these sanitizers"
  exit 77
fi
failed=0
for level in -O0 -O2; do
  "${build[@]}" "$level" "$here/warnings.cpp" -o "$work/program"
  # All reports are read, whatever the surrounding suite asks of sanitizers; stacks would name our headers.
  if ! UBSAN_OPTIONS=halt_on_error=0:print_stacktrace=0 "$work/program" 2>"$work/log"; then
    echo "FAILED: $level, the program itself fails"
    failed=1
  fi
  # The standard library wraps, too.
  if grep -F "$include/arena/" "$work/log"; then
    echo "FAILED: $level, the headers wrap around without a mark (ARENA_WRAPS)"
    failed=1
  fi
done
((failed == 0)) && echo "nothing wraps around unmarked"
exit "$failed"
