#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Counts the instructions of the fast paths under Callgrind, with g++ and clang++ at -O2, prints them
# and fails when a bound (report.py) is broken, or when a row is off its recorded figure (recorded.json)
# by more than one instruction. Figures hold for one exact version of compiler and libraries; with another
# one they are only printed. Options: --build-dir DIR; --flags "FLAGS" to try other compiler flags, without the
# recorded figures; --record to record what the installed compilers give, after a change that is meant.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build_dir=
flags=(-O2)
recorded=("--recorded=$here/recorded.json")
while (($# > 0)); do
  case $1 in
    --build-dir) build_dir=$2 && shift 2 ;;
    --flags) read -r -a flags <<<"$2" && recorded=() && shift 2 ;;
    --record) recorded+=(--record) && shift ;;
    *)
      echo "unknown option: $1" >&2
      exit 2
      ;;
  esac
done
if [[ -z $build_dir ]]; then
  build_dir=$(mktemp -d)
  trap 'rm -rf "$build_dir"' EXIT
fi

for program in valgrind python3; do
  if ! command -v "$program" >/dev/null; then
    echo "skipped: there is no $program (apt-get install $program)"
    exit 77
  fi
done
if ! valgrind --tool=none true >/dev/null 2>&1; then
  echo "skipped: valgrind does not run on this machine"
  exit 77
fi

results=()
for compiler in g++ clang++; do
  if ! command -v "$compiler" >/dev/null; then
    echo "$compiler is left out, it is not installed"
    continue
  fi
  folder=$build_dir/$compiler
  rm -rf "$folder"
  mkdir -p "$folder"
  "$compiler" -std=c++20 "${flags[@]}" -I"$here/../../include" "$here/cost.cpp" -o "$folder/cost"
  if ! valgrind --tool=callgrind --callgrind-out-file="$folder/callgrind.out" "$folder/cost" \
    >"$folder/log" 2>&1 || ! grep -q '^done$' "$folder/log"; then
    cat "$folder/log"
    echo "FAILED: $compiler's program does not run under valgrind"
    exit 1
  fi
  # g++ -dumpversion may be the major version alone; clang++ does not know -dumpfullversion.
  version=$("$compiler" -dumpfullversion 2>/dev/null) || version=$("$compiler" -dumpversion)
  libraries=$("$compiler" -std=c++20 -dM -E -x c++ -include cstdlib /dev/null |
    awk '{ value[$2] = $3 } END { print "libstdc++ " value["__GLIBCXX__"] ", glibc " value["__GLIBC__"] "." value["__GLIBC_MINOR__"] }')
  echo "$compiler $version, $("$compiler" -dumpmachine), $libraries" >"$folder/version"
  results+=("$compiler=$folder")
done
if ((${#results[@]} == 0)); then
  echo "skipped: there is neither g++ nor clang++"
  exit 77
fi
echo "flags: ${flags[*]}"
python3 "$here/report.py" "${recorded[@]}" "${results[@]}"
