#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Fuzzes the library with clang's libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer: random
# programs about arenas, buffers and pools, and each function of the allocator's arithmetic.
# bash tests/fuzz/run.sh --help tells the options.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bash tests/fuzz/run.sh SECONDS [options]
  SECONDS            for all targets together (those with programs get most of it)
  --target NAME      only this one; may be repeated. arena: everything that may lie in an arena;
                     buffers; pool; window; or a function of detail/core/align.hpp or detail/core/bump.hpp, such as
                     align_up (--list tells them all)
  --list             list the targets and stop
  --build-dir DIR    build there (default: build-fuzz); inputs that are found are kept there, in
                     found/TARGET, and are used again the next time
  --include DIR      the headers that are fuzzed (default: include); a copy with a bug planted in it
                     shows what the fuzzers find
  --keep             at the end, put the smallest set of inputs that reaches what the found and the
                     committed ones reach into tests/fuzz/corpus, which the suite replays
  --cxx COMPILER     a clang++ (default: clang++)
  --no-install       install nothing

Stops at the first finding with exit status 1: the failing program is made smaller and printed as
code, and the input's file is named. Exit status 77: there is no clang with libFuzzer.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
seconds=
build_dir=$root/build-fuzz
include=$root/include
cxx=clang++
install=1
keep=0
list=0
chosen=()
while (($# > 0)); do
  case $1 in
    --target | --build-dir | --include | --cxx)
      if (($# < 2)); then
        usage >&2
        exit 2
      fi
      ;;&
    --target) chosen+=("$2") && shift 2 ;;
    --build-dir) build_dir=$2 && shift 2 ;;
    --include) include=$(cd "$2" && pwd) && shift 2 ;;
    --cxx) cxx=$2 && shift 2 ;;
    --keep) keep=1 && shift ;;
    --list) list=1 && shift ;;
    --no-install) install=0 && shift ;;
    --help | -h) usage && exit 0 ;;
    *)
      if [[ ! $1 =~ ^[0-9]+$ || -n $seconds ]]; then
        echo "unknown option: $1" >&2
        usage >&2
        exit 2
      fi
      seconds=$1 && shift
      ;;
  esac
done
if [[ -z $seconds && $list == 0 ]]; then
  usage >&2
  exit 2
fi

# ---- what is missing -------------------------------------------------------------------------------
have() { command -v "$1" >/dev/null 2>&1; }
has_libfuzzer() {
  have "$cxx" && echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
    "$cxx" -x c++ - -fsanitize=fuzzer,address,undefined -o /dev/null 2>/dev/null
}
packages=()
have cmake || packages+=(cmake)
have "$cxx" || packages+=(clang)
if ((${#packages[@]} > 0)) || ! has_libfuzzer; then
  as_root=()
  if ((EUID != 0)); then
    if have sudo; then
      as_root=(sudo)
      [[ -t 0 ]] || as_root+=(-n)
    else
      install=0
    fi
  fi
  if ((install == 1)) && have apt-get; then
    apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
    "${apt[@]}" update -q || echo "apt-get update failed; trying with the package lists as they are"
    if ((${#packages[@]} > 0)); then
      "${apt[@]}" install -y -q --no-install-recommends "${packages[@]}" ||
        echo "could not install all of: ${packages[*]}"
    fi
    # Its runtimes are a package of their own in some releases.
    if have "$cxx" && ! has_libfuzzer; then
      runtime=libclang-rt-$("$cxx" -dumpversion | cut -d. -f1)-dev
      "${apt[@]}" install -y -q --no-install-recommends "$runtime" || echo "could not install $runtime"
    fi
  fi
fi
if ! have cmake || ! has_libfuzzer; then
  echo "skipped: fuzzing needs cmake and a clang with libFuzzer (Debian: apt-get install cmake clang)"
  exit 77
fi

# ---- build -----------------------------------------------------------------------------------------
jobs=$(nproc 2>/dev/null || echo 2)
configure=(cmake -S "$root/tests/fuzz" -B "$build_dir" "-DARENA_FUZZ_INCLUDE=$include")
[[ -e $build_dir/CMakeCache.txt ]] || configure+=("-DCMAKE_CXX_COMPILER=$(command -v "$cxx")")
have ninja && [[ ! -e $build_dir/CMakeCache.txt ]] && configure+=(-G Ninja)
echo "building in $build_dir"
"${configure[@]}" >/dev/null
cmake --build "$build_dir" --parallel "$jobs"
fuzzer=$build_dir/arena_fuzz
export ASAN_OPTIONS=${ASAN_OPTIONS:-halt_on_error=1:detect_leaks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}

mapfile -t targets < <("$fuzzer" --targets)
if ((list == 1)); then
  printf '%s\n' "${targets[@]}"
  exit 0
fi
if ((${#chosen[@]} > 0)); then
  for target in "${chosen[@]}"; do
    if ! printf '%s\n' "${targets[@]}" | grep -qx -- "$target"; then
      echo "there is no target $target; --list tells them" >&2
      exit 2
    fi
  done
  targets=("${chosen[@]}")
fi
is_program() { [[ $1 == arena || $1 == buffers || $1 == pool ]]; }

# A program gets as much time as ten functions.
shares=0
for target in "${targets[@]}"; do
  if is_program "$target"; then shares=$((shares + 10)); else shares=$((shares + 1)); fi
done

# ---- fuzz ------------------------------------------------------------------------------------------
running=
trap '[[ -n $running ]] && kill "$running" 2>/dev/null' EXIT

# One line of libFuzzer's log as one of progress. What counts is the last one: "#1234 ... cov: 5 ..."
progress() {  # progress TARGET LOG SECONDS-LEFT
  local line
  line=$(grep -aE '^#[0-9]+' "$2" | tail -n 1 | tr '\t' ' ') || true
  [[ $line =~ ^#([0-9]+) ]] || return 0
  local execs=${BASH_REMATCH[1]} coverage=- features=- speed=- inputs=-
  [[ $line =~ cov:\ ([0-9]+) ]] && coverage=${BASH_REMATCH[1]}
  [[ $line =~ ft:\ ([0-9]+) ]] && features=${BASH_REMATCH[1]}
  [[ $line =~ corp:\ ([0-9]+) ]] && inputs=${BASH_REMATCH[1]}
  [[ $line =~ exec/s:\ ([0-9]+) ]] && speed=${BASH_REMATCH[1]}
  printf '%-17s %4d s left  %9d runs, %6s a second, %5s blocks and %6s features reached, %4s inputs\n' \
    "$1" "$3" "$execs" "$speed" "$coverage" "$features" "$inputs"
}

finding() {  # finding TARGET LOG
  local input
  input=$(grep -aoE 'Test unit written to .*' "$2" | tail -n 1 | sed 's/Test unit written to //') || true
  echo
  echo "==== $1: a finding; the end of $2:"
  grep -avE '^#[0-9]+' "$2" | tail -n 60
  if [[ -n $input ]] && is_program "$1"; then
    echo "==== made smaller, as code:"
    "$build_dir/arena_random" --subject "$1" --bytes "$input" || true
  fi
  [[ -n $input ]] && echo "==== the input: $input"
  echo "again: $fuzzer --target=$1 ${input:-$build_dir/found/$1}"
  exit 1
}

total=0
for target in "${targets[@]}"; do
  share=1
  is_program "$target" && share=10
  time=$((seconds * share / shares))
  ((time > 0)) || time=1
  found=$build_dir/found/$target
  log=$build_dir/$target.log
  corpus=$root/tests/fuzz/corpus/$target
  mkdir -p "$found"
  folders=("$found")
  [[ -d $corpus ]] && folders+=("$corpus")
  # Without what takes longer than the programs: weighing inputs by how rare is what they reach, and
  # counting how often they reach it.
  "$fuzzer" "--target=$target" "${folders[@]}" "-max_total_time=$time" -max_len=2000 -timeout=20 \
    -entropic=0 -use_counters=0 -print_funcs=0 "-artifact_prefix=$build_dir/$target-" >"$log" 2>&1 &
  running=$!
  end=$((SECONDS + time))
  while kill -0 "$running" 2>/dev/null; do
    left=$((end - SECONDS))
    progress "$target" "$log" $((left > 0 ? left : 0))
    for ((i = 0; i < 50; ++i)); do
      kill -0 "$running" 2>/dev/null || break
      sleep 0.2
    done
  done
  status=0
  wait "$running" || status=$?
  running=
  ((status == 0)) || finding "$target" "$log"
  progress "$target" "$log" 0
  runs=$(grep -aoE '^Done [0-9]+ runs' "$log" | grep -oE '[0-9]+') || runs=0
  total=$((total + runs))
done

# ---- keep ------------------------------------------------------------------------------------------
if ((keep == 1)); then
  for target in "${targets[@]}"; do
    corpus=$root/tests/fuzz/corpus/$target
    merged=$(mktemp -d)
    # Short ones, and of those as few as it takes.
    "$fuzzer" "--target=$target" -set_cover_merge=1 -use_counters=0 -max_len=500 "$merged" "$build_dir/found/$target" \
      $([[ -d $corpus ]] && echo "$corpus") >"$build_dir/$target.merge.log" 2>&1 || finding "$target" "$build_dir/$target.merge.log"
    rm -rf "$corpus"
    mkdir -p "$corpus"
    find "$merged" -type f -exec mv -t "$corpus" {} +
    rmdir "$merged"
    echo "$target: $(find "$corpus" -type f | wc -l) inputs of $(cat "$corpus"/* | wc -c) bytes kept"
  done
fi
echo "nothing found in $total runs of ${#targets[@]} targets"
