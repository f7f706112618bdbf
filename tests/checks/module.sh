#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# module.sh FLAG...: the module (include/arena/arena.cppm) exports every public name, and programs may
# import it in several files, one of which includes the headers as well. By hand, because CMake knows
# modules from 3.28 on only; with clang 19, because older compilers know them less well.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
include=$here/../../include
compiler=clang++-19
if ! command -v $compiler >/dev/null; then
  echo "skipped: there is no $compiler (Debian 12: apt-get install clang-19)"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

build=($compiler -std=c++20 "$@")
"${build[@]}" --precompile "$include/arena/arena.cppm" -o arena.pcm
"${build[@]}" -c arena.pcm -o arena.o
for source in module_main module_importer module_and_headers; do
  "${build[@]}" -I"$include" -fmodule-file=arena=arena.pcm -c "$here/$source.cpp" -o "$source.o"
done
"${build[@]}" module_main.o module_importer.o module_and_headers.o arena.o -pthread -o program
./program

# Every public class, alias and function on an arena.
missing=0
public=$(sed '/^namespace detail {/,/^}  \/\/ namespace detail/d' "$include"/arena/*.hpp)
names=$(sed -nE -e 's/^(class|struct) (ARENA_NODISCARD )?([A-Za-z]+).*/\3/p' \
  -e 's/^using ([A-Z][A-Za-z]+) = .*/\1/p' -e 's/^[A-Za-z].*[ *&]([A-Z][A-Za-z]+)\(Arena& arena.*/\1/p' <<<"$public")
for name in $(LC_ALL=C sort -u <<<"$names"); do
  if ! grep -q "^using arena::$name;" "$include/arena/arena.cppm"; then
    echo "FAILED: arena.cppm does not export $name"
    missing=1
  fi
done
((missing == 0))
echo "$(LC_ALL=C sort -u <<<"$names" | wc -l) names, and a program of three files that import the module"
