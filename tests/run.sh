#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds and runs the tests that a change needs most, or with --all every one; installs what is missing
# for that where apt-get exists. bash tests/run.sh --help tells the options. The exit code is ctest's.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bash tests/run.sh [options] [-- CMAKE_ARGUMENT...]
Without --all, --only and --target: the unit tests, the random programs and the examples.
  --all              every test: also each header alone, packages that use the library, misuse, the inputs
                     of the fuzzers, the service, the README, the formats and the instructions
  --build-dir DIR    build there (default: build, or build-... with other options)
  --cxx COMPILER     g++ or clang++, or any other name of theirs (default: g++)
  --sanitize LIST    address,undefined or thread
  --std 20|23        C++ standard of the tests (default: 20)
  --only REGEX       of all tests, run only those with such a label (unit, threads, random, example,
                     single-file, fuzz, abort, config, compile_fail, http_service, adapter, check,
                     instructions)
  --skip REGEX       leave out tests with such a label
  --target NAME      build only this target; may be repeated
  --no-install       install nothing
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_dir=
cxx=
sanitize=
std=20
all=0
only=
skip=
targets=()
install=1
cmake_arguments=()
while (($# > 0)); do
  case $1 in
    --build-dir | --cxx | --sanitize | --std | --only | --skip | --target)
      if (($# < 2)); then
        usage >&2
        exit 2
      fi
      ;;&
    --build-dir) build_dir=$2 && shift 2 ;;
    --cxx) cxx=$2 && shift 2 ;;
    --sanitize) sanitize=$2 && shift 2 ;;
    --std) std=$2 && shift 2 ;;
    --only) only=$2 && shift 2 ;;
    --skip) skip=$2 && shift 2 ;;
    --target) targets+=("$2") && shift 2 ;;
    --all) all=1 && shift ;;
    --no-install) install=0 && shift ;;
    --help | -h) usage && exit 0 ;;
    --)
      shift
      cmake_arguments=("$@")
      break
      ;;
    *)
      echo "unknown option: $1" >&2
      usage >&2
      exit 2
      ;;
  esac
done
if [[ $std != 20 && $std != 23 ]]; then
  echo "--std takes 20 or 23, not $std" >&2
  exit 2
fi

short=0
if ((all == 0 && ${#targets[@]} == 0)) && [[ -z $only ]]; then
  short=1
  only='^(unit|random$|example)'
  # Of two quiet cores, with everything installed and g++'s plain build.
  echo "Building and running the unit tests, the random programs and the examples: 2 to 4 minutes on two cores,"
  echo "the first results in about one (sanitizers and clang++ take longer). Everything else: --all."
  echo
elif ((all == 1)); then
  echo "Building and running every test: 10 to 15 minutes on two cores."
  echo
fi

have() { command -v "$1" >/dev/null 2>&1; }

# ---- what is missing -------------------------------------------------------------------------------
has_header() {
  local folder
  for folder in /usr/include /usr/local/include; do
    [[ -e $folder/$1 ]] && return 0
  done
  return 1
}
has_sanitizer_runtime() {  # clang's come in a package of their own
  [[ -z $sanitize ]] && return 0
  echo 'int main() {}' | "$1" -x c++ - "-fsanitize=$sanitize" -o /dev/null 2>/dev/null
}

required=()
optional=()
have "${cxx:-g++}" || case $cxx in
  *clang*) required+=("$(basename "${cxx%%++*}")${cxx##*++}") ;;
  *) required+=("$(basename "${cxx:-g++}")") ;;
esac
have cmake || required+=(cmake)
have ninja || required+=(ninja-build)
has_header catch2 || required+=(catch2)
have python3 || required+=(python3)
has_header nlohmann/json.hpp || optional+=(nlohmann-json3-dev)
has_header fmt/format.h || optional+=(libfmt-dev)
if ((short == 0)); then
  have valgrind || optional+=(valgrind libc6-dbg)
  have clang++ || optional+=(clang)
  have clang-format-19 || optional+=(clang-format-19)
  have clang-tidy-19 || optional+=(clang-tidy-19)
  has_header boost/version.hpp || optional+=(libboost1.81-dev)
  # The libraries of examples/adapters, beside those above.
  has_header absl/container/flat_hash_map.h || optional+=(libabsl-dev)
  has_header asio.hpp || optional+=(libasio-dev)
  has_header google/protobuf/struct.pb.h || optional+=(libprotobuf-dev)
  has_header rapidjson/document.h || optional+=(rapidjson-dev)
  has_header simdjson.h || optional+=(libsimdjson-dev)
  have curl || optional+=(curl)
  have doxygen || optional+=(doxygen)
  { python3 -c 'import prometheus_client' || /usr/bin/python3 -c 'import prometheus_client'; } 2>/dev/null ||
    optional+=(python3-prometheus-client)
fi
if [[ $cxx == *clang* ]] && have "$cxx" && ! has_sanitizer_runtime "$cxx"; then
  optional+=("libclang-rt-$("$cxx" -dumpversion | cut -d. -f1)-dev")
fi

if ((${#required[@]} + ${#optional[@]} > 0)); then
  missing=("${required[@]}" "${optional[@]}")
  echo "missing: ${missing[*]}"
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
    if ((${#required[@]} > 0)); then
      "${apt[@]}" install -y -q --no-install-recommends "${required[@]}" ||
        echo "could not install all of: ${required[*]}"
    fi
    # One by one: one that cannot be had does not keep the others away.
    for package in "${optional[@]}"; do
      "${apt[@]}" install -y -q --no-install-recommends "$package" ||
        echo "could not install $package; the tests that need it are left out"
    done
  else
    echo "install these with your package manager (names as in Debian). Without ${optional[*]:-the rest}"
    echo "some tests are left out; without catch2, CMake downloads Catch2."
  fi
fi
for program in "${cxx:-g++}" cmake; do
  if ! have "$program"; then
    echo "cannot go on without $program" >&2
    exit 1
  fi
done

# ---- configure, build, test --------------------------------------------------------------------------
if [[ -z $build_dir ]]; then
  build_dir=$root/build
  [[ -n $cxx ]] && build_dir+=-$(basename "$cxx")
  [[ -n $sanitize ]] && build_dir+=-${sanitize//,/-}
  [[ $std != 20 ]] && build_dir+=-c++$std
fi
# promtool reads the metrics of budgets. Its package would start a server, so only the program is taken
# out of it (19 MB to download), and installed nowhere.
get_promtool() {
  local folder=$build_dir/promtool
  mkdir -p "$folder"
  [[ -x $folder/promtool ]] && return
  (cd "$folder" && apt-get download -q prometheus &&
    dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x --strip-components=3 ./usr/bin/promtool)
  rm -f "$folder"/prometheus_*.deb
  [[ -x $folder/promtool ]]
}
if ((all == 1 && install == 1)) && [[ ! check =~ ${skip:-^$} ]] && ! have promtool && have apt-get && have dpkg-deb; then
  if get_promtool; then
    PATH=$(cd "$build_dir/promtool" && pwd):$PATH
  else
    echo "could not get promtool (of Debian's package prometheus); metrics are checked without it"
  fi
fi

jobs=$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)

configure=(cmake -S "$root" -B "$build_dir")
if [[ ! -e $build_dir/CMakeCache.txt ]]; then
  have ninja && configure+=(-G Ninja)
  # Assertions on, and fast to compile.
  configure+=(-DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g")
fi
if [[ -n $cxx ]]; then
  configure+=("-DCMAKE_CXX_COMPILER=$(command -v "$cxx")")
elif [[ ! -e $build_dir/CMakeCache.txt && -z ${CXX:-} ]]; then
  configure+=("-DCMAKE_CXX_COMPILER=$(command -v g++)")
fi
configure+=("-DCMAKE_CXX_STANDARD=$std" "-DARENA_SANITIZE=$sanitize"
  -DARENA_BUILD_TESTS=ON -DARENA_BUILD_EXAMPLES=ON)
configure+=("${cmake_arguments[@]}")
"${configure[@]}"

build() { cmake --build "$build_dir" --parallel "$jobs" "$@"; }
run() { ctest --test-dir "$build_dir" --output-on-failure --no-tests=error --parallel "$jobs" "$@"; }

# A report of a sanitizer is a failure, and leaks are reported.
export ASAN_OPTIONS=${ASAN_OPTIONS:-halt_on_error=1:detect_leaks=1:detect_stack_use_after_return=1:strict_init_order=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}

selection=()
[[ -n $only ]] && selection+=(--label-regex "$only")
[[ -n $skip ]] && selection+=(--label-exclude "$skip")
if ((short == 1)); then
  # An early look. Its tests are run and counted once more with the others, so its failures are only shown.
  build --target arena_first
  run "${selection[@]}" --label-regex '^unit-core' || true
  echo
  echo "So far the core. Building the rest."
  build --target arena_short
elif ((${#targets[@]} > 0)); then
  build --target "${targets[@]}"
else
  build
fi
run "${selection[@]}"
