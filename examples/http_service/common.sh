# SPDX-License-Identifier: Apache-2.0
#
# For run.sh, and for bench/http/compare.sh: installs what is missing, where there is apt-get, and builds
# the service.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build_dir=$root/build-http-service

have() { command -v "$1" >/dev/null 2>&1; }

has_boost() {
  echo '#include <boost/version.hpp>
#if BOOST_VERSION < 108100 || !__has_include(<boost/json/src.hpp>)
#error too old
#endif' | "${CXX:-g++}" -x c++ -fsyntax-only - 2>/dev/null
}

install_packages() {  # install_packages PACKAGE...: names as in Debian
  (($# > 0)) || return 0
  echo "missing: $*" >&2
  local as_root=()
  if ((EUID != 0)); then
    have sudo || return 1
    as_root=(sudo)
    [[ -t 0 ]] || as_root+=(-n)
  fi
  have apt-get || return 1
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
  "${apt[@]}" update -q >&2 || echo "apt-get update failed; trying with the package lists as they are" >&2
  local package status=0
  for package in "$@"; do
    "${apt[@]}" install -y -q --no-install-recommends "$package" >&2 || status=1
  done
  return "$status"
}

# build_service INSTALL [VARIANT...]: builds the service, optimised, as $service, and its variants of
# bench/http in $variants. INSTALL 0 installs nothing.
build_service() {
  local install=$1 missing=() targets=(arena_example_http_service)
  shift
  (($# == 0)) || targets+=("${@/#/arena_bench_http_}")
  have "${CXX:-g++}" || missing+=(g++)
  have cmake || missing+=(cmake)
  have ninja || have make || missing+=(ninja-build)
  { have "${CXX:-g++}" && has_boost; } || missing+=(libboost1.81-dev)
  if ((${#missing[@]} > 0)); then
    { ((install)) && install_packages "${missing[@]}"; } || true
  fi
  if ! have "${CXX:-g++}" || ! have cmake || ! has_boost; then
    echo "the service needs a C++20 compiler, CMake 3.23 and Boost 1.81 or newer: ${missing[*]}" >&2
    return 1
  fi
  local configure=(cmake -S "$root" -B "$build_dir" -DCMAKE_BUILD_TYPE=Release
    -DARENA_BUILD_TESTS=OFF -DARENA_BUILD_EXAMPLES=ON -DARENA_BUILD_BENCH=ON)
  [[ ! -e $build_dir/CMakeCache.txt ]] && have ninja && configure+=(-G Ninja)
  echo "building the service in $build_dir" >&2
  "${configure[@]}" >&2
  cmake --build "$build_dir" --parallel --target "${targets[@]}" >&2
  service=$build_dir/examples/http_service/http_service
  variants=$build_dir/bench/http
}
