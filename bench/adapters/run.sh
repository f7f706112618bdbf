#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Measures the adapters of examples/adapters and writes the table of the page there. Options: --rounds N
# (default: 101), --check to run each once and write nothing, --build-dir DIR (default: build-bench/g++),
# --cxx COMPILER. Libraries that are not installed are left out, with the name of Debian's package.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build_dir=$root/build-bench/g++
compiler=g++
options=(--rounds 101)
while (($# > 0)); do
  case $1 in
    --check) options=(--check) && shift ;;
    --rounds) options=(--rounds "$2") && shift 2 ;;
    --build-dir) build_dir=$2 && shift 2 ;;
    --cxx) compiler=$2 && shift 2 ;;
    *)
      echo "unknown option: $1" >&2
      exit 2
      ;;
  esac
done

if [[ ! -e $build_dir/CMakeCache.txt ]]; then
  cmake -S "$root" -B "$build_dir" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE= \
    "-DCMAKE_CXX_COMPILER=$(command -v "$compiler")" \
    -DARENA_BUILD_BENCH=ON -DARENA_BUILD_TESTS=OFF -DARENA_BUILD_EXAMPLES=OFF
fi
cmake --build "$build_dir" --parallel "$(nproc 2>/dev/null || echo 2)" --target arena_bench_adapters
exec python3 "$root/bench/adapters/table.py" "$build_dir/bench/adapters" "${options[@]}"
