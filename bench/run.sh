#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Measures arena beside the libraries that one would otherwise use; bench/README.md tells how.
# bash bench/run.sh --help tells the options.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bash bench/run.sh [options]
Without options: everything, in less than 30 minutes, into bench/results. Leave the machine alone meanwhile.
  --scaling          what threads share, by their number: scaling.md and scaling.svg, in less than 8 minutes
  --quick            one round in about two minutes, to see that it works; not to be quoted
  --check            run each case of each peer once, measure nothing; installs nothing
  --report           make tables, plots and the README's part again from raw.json; measures nothing
  --case REGEX       only cases with this in their name, as small/16B
  --peers REGEX      only peers with this in their name
  --rounds N         rounds (default: 7)
  --minutes N        time to measure for (default: what the build leaves of 28 minutes)
  --seed N           seed of the random order (default: 1)
  --out DIR          results go there (default: bench/results; build-bench/results unless it is a full run)
  --build-dir DIR    build below this (default: build-bench)
  --cxx LIST         compilers, the first one counts (default: g++,clang++)
  --no-install       install nothing
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
command_line="bash bench/run.sh"  # with the options that change the figures
mode=measure
full=1
out=
build_dir=$root/build-bench
compilers=g++,clang++
minutes=
install=1
driver=()
while (($# > 0)); do
  case $1 in
    --case | --peers | --rounds | --minutes | --seed | --out | --build-dir | --cxx)
      if (($# < 2)); then
        usage >&2
        exit 2
      fi
      [[ $1 == --build-dir || $1 == --out ]] || command_line+=" $1 $2"
      ;;&
    --quick) driver+=(--quick) && full=0 && command_line+=" $1" && shift ;;
    --scaling) mode=scaling && command_line+=" $1" && shift ;;
    --check) mode=check && install=0 && shift ;;
    --report) mode=report && shift ;;
    --case | --peers) driver+=("$1" "$2") && full=0 && shift 2 ;;
    --rounds) driver+=("$1" "$2") && { (($2 >= 7)) || full=0; } && shift 2 ;;
    --seed) driver+=("$1" "$2") && shift 2 ;;
    --minutes) minutes=$2 && shift 2 ;;
    --out) out=$2 && shift 2 ;;
    --build-dir) build_dir=$2 && shift 2 ;;
    --cxx) compilers=$2 && shift 2 ;;
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
need() {  # need PROGRAM: ends with what to install
  if ! have "$1"; then
    echo "cannot go on without $1" >&2
    exit 1
  fi
}

if [[ $mode == report ]]; then
  need python3
  exec python3 "$root/bench/driver/main.py" report --out "${out:-$root/bench/results}"
fi
if [[ -z $out ]]; then
  out=$root/bench/results
  ((full == 1)) || out=$build_dir/results
fi

# ---- what is missing -----------------------------------------------------------------------------
apt=()
if ((install == 1)) && have apt-get; then
  if ((EUID == 0)); then
    apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
  elif have sudo; then
    apt=(sudo env DEBIAN_FRONTEND=noninteractive apt-get)
    [[ -t 0 ]] || apt=(sudo -n env DEBIAN_FRONTEND=noninteractive apt-get)
  fi
fi
updated=0
get() {  # get PACKAGE...: one by one, so that one that cannot be had does not keep the others away
  local package
  if ((${#apt[@]} == 0)); then
    echo "not installed: $* (names as in Debian)"
    return
  fi
  if ((updated == 0)); then
    updated=1
    "${apt[@]}" update -q || echo "apt-get update failed; trying with the package lists as they are"
  fi
  for package in "$@"; do
    "${apt[@]}" install -y -q --no-install-recommends "$package" || echo "could not install $package"
  done
}
has_benchmark() {
  [[ -e /usr/include/benchmark/benchmark.h || -e /usr/local/include/benchmark/benchmark.h ]]
}

have cmake || get cmake
have ninja || get ninja-build
have python3 || get python3
has_benchmark || get libbenchmark-dev
if [[ $mode != check ]]; then
  have gnuplot || get gnuplot-nox
fi
IFS=, read -r -a wanted <<<"$compilers"
usable=()
for compiler in "${wanted[@]}"; do
  if ! have "$compiler"; then
    case $compiler in
      *clang*) get "$(basename "${compiler%%++*}")${compiler##*++}" ;;
      *) get "$(basename "$compiler")" ;;
    esac
  fi
  if have "$compiler"; then
    usable+=("$compiler")
  else
    echo "skipped: $compiler, it is not installed"
  fi
done
need cmake
need python3
if ((${#usable[@]} == 0)); then
  echo "cannot go on without a compiler" >&2
  exit 1
fi
if [[ $mode == check && ! -e /usr/include/benchmark/benchmark.h && ! -e /usr/local/include/benchmark/benchmark.h ]]; then
  echo "benchmarks: skipped, there is no Google Benchmark (apt-get install libbenchmark-dev)"
  exit 0
fi
# One compiler is enough to see that it works.
if [[ $mode != measure || " ${driver[*]} " == *" --quick "* ]]; then
  usable=("${usable[0]}")
fi

# ---- build ---------------------------------------------------------------------------------------
jobs=$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
configure() {  # configure COMPILER FOLDER
  local command=(cmake -S "$root" -B "$2" -DCMAKE_BUILD_TYPE=Release
    # bench/CMakeLists.txt says which optimisation; CMake's own would be -O3.
    -DCMAKE_CXX_FLAGS_RELEASE= "-DCMAKE_CXX_COMPILER=$(command -v "$1")"
    -DARENA_BUILD_BENCH=ON -DARENA_BUILD_TESTS=OFF -DARENA_BUILD_EXAMPLES=OFF)
  if have ninja && [[ ! -e $2/CMakeCache.txt ]]; then
    command+=(-G Ninja)
  fi
  "${command[@]}"
}
left_out() {  # left_out FOLDER: the packages of the peers that are not there
  [[ -e $1/bench/peers.txt ]] || return 0
  sed -n $'s/^-[^\t]*\t\\(.*\\)/\\1/p' "$1/bench/peers.txt" | sort -u
}

builds=()
for compiler in "${usable[@]}"; do
  folder=$build_dir/$(basename "$compiler")
  echo "==== building with $compiler"
  configure "$compiler" "$folder"
  mapfile -t packages < <(left_out "$folder")
  if ((${#packages[@]} > 0)) && ((${#apt[@]} > 0)); then
    get "${packages[@]}"
    configure "$compiler" "$folder"
  fi
  cmake --build "$folder" --parallel "$jobs"
  builds+=(--build "$compiler=$folder")
done

# ---- run -----------------------------------------------------------------------------------------
if [[ $mode == check ]]; then
  bash "$root/bench/adapters/run.sh" --check --build-dir "$folder"
  exec python3 "$root/bench/driver/main.py" check "${builds[@]}"
fi
if [[ -z $minutes ]]; then
  minutes=$(awk -v spent="$SECONDS" 'BEGIN { left = 28 - spent / 60; print left < 10 ? 10 : left }')
  [[ $mode == scaling ]] && minutes=5
  [[ " ${driver[*]} " == *" --quick "* ]] && minutes=2
fi
exec python3 "$root/bench/driver/main.py" "$mode" "${builds[@]}" --out "$out" --minutes "$minutes" \
  --command "$command_line" "${driver[@]}"
