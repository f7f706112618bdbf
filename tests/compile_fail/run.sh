#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh COMPILER STANDARD SOURCE: passes when the source compiles with -DARENA_MISUSE=0 without a warning
# and does not with -DARENA_MISUSE=1, and the compiler's messages match the regular expression that the
# source states:
#   // expect: REGEX      for ARENA_MISUSE=1
#   // expect(N): REGEX   for ARENA_MISUSE=N, N above 1; as many as wanted
#   // quote: REGEX       or quote(N): the same for the header's line that the compiler quotes, where the
#                         language has no way to give a message (a deleted function before C++26)
#   // clang: REGEX        or clang(N): as expect, where only clang can tell; others are not asked
set -euo pipefail
export LC_ALL=C  # plain quotes in messages

compiler=$1
standard=$2
source_file=$3
tests_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

flags=("-std=c++$standard" -fsyntax-only -Wall -Wextra -I"$tests_dir/../include" -I"$tests_dir")
# Messages only, no echo of source lines: the sentence has to come from the compiler, not from a
# quoted line that happens to contain it.
is_clang=0
if "$compiler" --version | grep -q clang; then
  is_clang=1
  no_quotes=-fno-caret-diagnostics
else
  no_quotes=-fno-diagnostics-show-caret
fi

if ! output=$("$compiler" "${flags[@]}" "$no_quotes" -Werror -DARENA_MISUSE=0 \
  "$source_file" 2>&1); then
  printf '%s\n' "$output" | head -n 60
  echo "FAILED: $source_file does not compile, or with a warning, with ARENA_MISUSE=0"
  exit 1
fi

checked=0
while IFS= read -r line; do
  if [[ $line =~ ^//\ (expect|quote|clang)(\(([0-9]+)\))?:\ (.+)$ ]]; then
    kind=${BASH_REMATCH[1]}
    misuse=${BASH_REMATCH[3]:-1}
    regex=${BASH_REMATCH[4]}
  else
    continue
  fi
  checked=$((checked + 1))
  [[ $kind == clang && $is_clang == 0 ]] && continue
  quotes=("$no_quotes")
  [[ $kind == quote ]] && quotes=()
  if output=$("$compiler" "${flags[@]}" "${quotes[@]}" "-DARENA_MISUSE=$misuse" "$source_file" 2>&1); then
    echo "FAILED: $source_file compiles with ARENA_MISUSE=$misuse"
    exit 1
  fi
  if ! grep -Eq -- "$regex" <<<"$output"; then
    printf '%s\n' "$output" | head -n 60
    echo "FAILED: with ARENA_MISUSE=$misuse the compiler does not say: $regex"
    exit 1
  fi
  echo "ARENA_MISUSE=$misuse is rejected: $(grep -Em1 -- "$regex" <<<"$output")"
done < <(head -n 40 "$source_file")

if ((checked == 0)); then
  echo "FAILED: $source_file has no line \"// expect: REGEX\", quote or clang among its first 40"
  exit 1
fi
