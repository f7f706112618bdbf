#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Measures which lines of the headers the suite reaches: clang's source-based coverage, which counts a
# line of a template over all its instances. bash tests/coverage.sh --help tells the options.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bash tests/coverage.sh [options]
  --build-dir DIR    build there (default: build-coverage)
  --report           no build and no run: report on what the last run left in the build directory
  --self-test        see that the report notices what it has to
  --no-install       install nothing

Builds the unit tests, the random programs and the programs that have to abort, runs them, and prints
the share of the lines reached per header and every line that was not. Exit status 1: a test failed, a line
is neither reached nor in tests/coverage/unreached.txt, or that list names what is reached or gone.
Exit status 77: skipped, there is no clang with its coverage tools.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_dir=$root/build-coverage
install=1
run=1
while (($# > 0)); do
  case $1 in
    --build-dir)
      if (($# < 2)); then
        usage >&2
        exit 2
      fi
      build_dir=$2 && shift 2
      ;;
    --report) run=0 && shift ;;
    --self-test) exec python3 "$root/tests/coverage/report.py" --self-test ;;
    --no-install) install=0 && shift ;;
    --help | -h) usage && exit 0 ;;
    *)
      echo "unknown option: $1" >&2
      usage >&2
      exit 2
      ;;
  esac
done

have() { command -v "$1" >/dev/null 2>&1; }

find_tools() {  # clang++ and the tools of the same version
  have clang++ || return 1
  version=$(clang++ -dumpversion | cut -d. -f1)
  local suffix
  for suffix in "-$version" ""; do
    if have "llvm-profdata$suffix" && have "llvm-cov$suffix"; then
      profdata=llvm-profdata$suffix
      cov=llvm-cov$suffix
      return 0
    fi
  done
  return 1
}

as_root=()
((EUID == 0)) || as_root=(sudo -n)
if ! find_tools && ((install == 1)) && have apt-get; then
  "${as_root[@]}" apt-get update -q || true
  "${as_root[@]}" apt-get install -y -q --no-install-recommends clang llvm || true
  if have clang++; then
    clang_version=$(clang++ -dumpversion | cut -d. -f1)
    "${as_root[@]}" apt-get install -y -q --no-install-recommends \
      "libclang-rt-$clang_version-dev" || true
  fi
fi
if ! find_tools; then
  echo "skipped: there is no clang++ with llvm-cov and llvm-profdata (apt-get install clang llvm)"
  exit 77
fi
if ! echo 'int main() {}' | clang++ -x c++ - -fprofile-instr-generate -o /dev/null 2>/dev/null; then
  echo "skipped: clang++ has no profiling runtime (apt-get install libclang-rt-$version-dev)"
  exit 77
fi

profiles=$build_dir/profiles
targets=(arena_tests arena_random arena_abort arena_config)
# Counters live in the file itself (%c), so that a program that ends by abort() leaves them too. One
# file per process: the programs of one name that run at the same time must not share it.
# Not precompiled: clang 14 then leaves out the records of inline functions.
flags="-O0 -fprofile-instr-generate -fcoverage-mapping -fprofile-update=atomic"
flags+=" -mllvm -runtime-counter-relocation=true -Wno-unused-command-line-argument"
flags+=" -include $root/tests/coverage/assert.hpp"

measure() {  # measure FOLDER SANITIZERS LABELS TARGET...
  local folder=$build_dir/$1 sanitize=$2 labels=$3
  shift 3
  echo "==== $(basename "$folder"): building $*"
  cmake -S "$root" -B "$folder" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug \
    "-DCMAKE_CXX_FLAGS_DEBUG=$flags" "-DARENA_SANITIZE=$sanitize" -DARENA_BUILD_TESTS=ON \
    -DARENA_BUILD_EXAMPLES=OFF -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON "${generator[@]}" >"$build_dir/configure.log" 2>&1 ||
    { cat "$build_dir/configure.log" && exit 1; }
  cmake --build "$folder" --parallel "$(nproc 2>/dev/null || echo 2)" --target "$@"
  echo "==== $(basename "$folder"): running"
  # The unit tests in one process each, the others by ctest, which knows their arguments.
  local part
  for part in core other; do
    LLVM_PROFILE_FILE="$profiles/%p%c.profraw" "$folder/tests/arena_tests_$part"
  done
  if [[ -n $labels ]]; then
    LLVM_PROFILE_FILE="$profiles/%p%c.profraw" ctest --test-dir "$folder" --no-tests=error \
      --output-on-failure --label-regex "$labels" --parallel "$(nproc 2>/dev/null || echo 2)"
  fi
}

generator=()
have ninja && generator=(-G Ninja)
if ((run == 1)); then
  mkdir -p "$build_dir"
  rm -rf "$profiles"
  mkdir -p "$profiles"
  measure plain "" '^(random|abort|config)$' "${targets[@]}"
  # Some lines are compiled only where memory is poisoned.
  measure address address '^abort$' arena_tests arena_abort
fi

mapfile -t raw < <(find "$profiles" -name '*.profraw' 2>/dev/null)
if ((${#raw[@]} == 0)); then
  echo "there is nothing to report on: run it without --report first" >&2
  exit 1
fi
printf '%s\n' "${raw[@]}" >"$build_dir/profiles.txt"
"$profdata" merge --sparse --input-files="$build_dir/profiles.txt" -o "$build_dir/all.profdata"
# One program at a time: of an inline function that one program calls and another one does not, llvm-cov
# would take whichever it meets first.
rm -f "$build_dir"/*.lcov
for program in "$build_dir"/*/tests/arena_*; do
  [[ -f $program && -x $program ]] || continue
  report=${program#"$build_dir"/}
  report=$build_dir/${report//\//-}.lcov
  if ! "$cov" export -format=lcov -instr-profile="$build_dir/all.profdata" "$program" \
    >"$report" 2>"$build_dir/coverage.log"; then
    cat "$build_dir/coverage.log"
    exit 1
  fi
done
python3 "$root/tests/coverage/report.py" "$build_dir"/*.lcov
