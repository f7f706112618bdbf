#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# consumers.sh CMAKE COMPILER GENERATOR: the ways in which a project takes this library all work (subdirectory,
# FetchContent, two copies at once, a library that exports itself, installed package, pkg-config, copied
# folder, copied single file), none of them lets anything of ours leak into that project, and a version
# that is not installed is refused.
set -euo pipefail

cmake=$1
compiler=$2
export CMAKE_GENERATOR=$3  # there need not be another one
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CMAKE_BUILD_PARALLEL_LEVEL=1
unset CXXFLAGS

fail() {
  echo "FAILED: $1"
  exit 1
}
quietly() {  # prints the output of a command only when it fails
  local log=$work/log
  if ! "$@" >"$log" 2>&1; then
    cat "$log"
    return 1
  fi
}

mkdir "$work/app"
cat >"$work/app/main.cpp" <<'SOURCE'
#include <arena/arena.hpp>

int main() {
  arena::MonotonicArena a;
  auto numbers = arena::AllocateSlice<int>(a, 0, 10);
  numbers = arena::SliceAppend(a, numbers, *arena::Allocate<int>(a, 3));
  return numbers[0] == 3 ? 0 : 1;
}
SOURCE

# ---- as a part of another project, which then looks at itself --------------------------------------
cat >"$work/app/leaks.cmake" <<'CMAKE'
foreach(variable IN ITEMS CMAKE_CXX_FLAGS CMAKE_CXX_STANDARD CMAKE_BUILD_TYPE CMAKE_CXX_EXTENSIONS
    CMAKE_EXPORT_COMPILE_COMMANDS BUILD_TESTING CMAKE_INSTALL_INCLUDEDIR)
  if(NOT "${${variable}}" STREQUAL "")
    message(FATAL_ERROR "${variable} leaked into the parent project: ${${variable}}")
  endif()
endforeach()
foreach(property IN ITEMS COMPILE_OPTIONS COMPILE_DEFINITIONS LINK_OPTIONS INCLUDE_DIRECTORIES TESTS)
  get_directory_property(value ${property})
  if(NOT "${value}" STREQUAL "")
    message(FATAL_ERROR "the directory property ${property} leaked into the parent project: ${value}")
  endif()
endforeach()
get_target_property(directory arena::arena SOURCE_DIR)
get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
if(NOT "${targets}" STREQUAL "arena_arena")
  message(FATAL_ERROR "targets besides the library: ${targets}")
endif()
get_property(subdirectories DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
if(NOT "${subdirectories}" STREQUAL "")
  message(FATAL_ERROR "directories besides the library's: ${subdirectories}")
endif()
foreach(property IN ITEMS INTERFACE_COMPILE_OPTIONS INTERFACE_COMPILE_DEFINITIONS
    INTERFACE_LINK_LIBRARIES INTERFACE_LINK_OPTIONS)
  get_target_property(value arena_arena ${property})
  if(value)
    message(FATAL_ERROR "the library forces ${property} on its users: ${value}")
  endif()
endforeach()
CMAKE
cat >"$work/app/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.23)
project(app LANGUAGES CXX)
if(WAY STREQUAL "subdirectory")
  add_subdirectory("${ARENA_ROOT}" arena)
  include(leaks.cmake)
elseif(WAY STREQUAL "fetch")
  include(FetchContent)
  FetchContent_Declare(arena SOURCE_DIR "${ARENA_ROOT}")
  FetchContent_MakeAvailable(arena)
  include(leaks.cmake)
else()
  find_package(arena ${VERSION} REQUIRED)
  if(TARGET arena_arena)
    message(FATAL_ERROR "the package is not the installed one")
  endif()
endif()
add_executable(app main.cpp)
target_link_libraries(app PRIVATE arena::arena)
CMAKE

configure() {
  local build=$1
  shift
  "$cmake" -S "$work/app" -B "$work/$build" "-DCMAKE_CXX_COMPILER=$compiler" "$@"
}
for way in subdirectory fetch; do
  quietly configure "$way" "-DWAY=$way" "-DARENA_ROOT=$root" || fail "$way: it does not configure"
  quietly "$cmake" --build "$work/$way" || fail "$way: it does not build"
  "$work/$way/app" || fail "$way: the program fails"
  echo "$way: fine"
done

# ---- without tests, as packagers ask for it ----------------------------------------------------------
quietly "$cmake" -S "$root" -B "$work/packager" "-DCMAKE_CXX_COMPILER=$compiler" -DBUILD_TESTING=OFF ||
  fail "BUILD_TESTING=OFF: it does not configure"
count=$(cd "$work/packager" && "${cmake%cmake}ctest" -N | sed -n 's/^Total Tests: //p')
[[ ${count:-0} == 0 ]] || fail "BUILD_TESTING=OFF: there are $count tests"
! grep -qi catch2 "$work/packager/CMakeCache.txt" || fail "BUILD_TESTING=OFF: Catch2 is looked for"
echo "BUILD_TESTING=OFF: fine"

# ---- installed, then moved ---------------------------------------------------------------------------
quietly "$cmake" -S "$root" -B "$work/library" "-DCMAKE_CXX_COMPILER=$compiler" \
  -DARENA_BUILD_TESTS=OFF -DARENA_BUILD_EXAMPLES=OFF -DARENA_INSTALL=ON ||
  fail "install: the library alone does not configure"
quietly "$cmake" --install "$work/library" --prefix "$work/first" || fail "install: it does not install"
mv "$work/first" "$work/prefix"
[[ -f $work/prefix/include/arena/arena.hpp ]] || fail "install: there is no include/arena/arena.hpp"
for view in arena_gdb.py arena.natvis arena.cppm; do
  [[ -f $work/prefix/include/arena/$view ]] || fail "install: there is no include/arena/$view"
done
cmp -s "$root/LICENSE" "$work/prefix/share/licenses/arena/LICENSE" ||
  fail "install: the licence is not there"
[[ ! -e $work/prefix/include/arena.hpp ]] || fail "install: the single-file copy is installed, too"
missing=$(diff <(cd "$root/include/arena" && find . -name '*.hpp' | LC_ALL=C sort) \
  <(cd "$work/prefix/include/arena" && find . -name '*.hpp' | LC_ALL=C sort)) ||
  fail "install: not the headers that are in the folder: $missing"
if grep -rq "$work/first" "$work/prefix"; then
  fail "install: the prefix is written into an installed file"
fi

version=$(sed -nE 's/^# *define +ARENA_VERSION_(MAJOR|MINOR|PATCH) +([0-9]+).*/\2/p' \
  "$root/include/arena/version.hpp" | paste -sd.)
IFS=. read -r major minor patch <<<"$version"
configure_installed() {
  configure "$1" -DWAY=package "-DVERSION=$2" "-DCMAKE_PREFIX_PATH=$work/prefix"
}
quietly configure_installed package "$major.$minor" || fail "package: $major.$minor is not found"
quietly "$cmake" --build "$work/package" || fail "package: it does not build"
"$work/package/app" || fail "package: the program fails"
refuse=("$major.$((minor + 1))" "$((major + 1))" "$major.$minor.$((patch + 1))")
# While the major version is 0, an older minor version is another interface.
((major == 0 && minor > 0)) && refuse+=("0.$((minor - 1))")
for refused in "${refuse[@]}"; do
  if configure_installed "refused-$refused" "$refused" >/dev/null 2>&1; then
    fail "package: version $refused is accepted, installed is $version"
  fi
done
echo "installed package $version: fine"

# ---- several copies in one project -------------------------------------------------------------------
# A copy as others have it: without tests, examples and licence.
copy_to() {
  mkdir -p "$1/include"
  cp -R "$root/include/arena" "$1/include/"
  cp "$root/CMakeLists.txt" "$1/"
}
copy_to "$work/copies/first"
copy_to "$work/copies/second"
copy_to "$work/copies/newer"
sed -i "s/ARENA_VERSION_MINOR $minor/ARENA_VERSION_MINOR $((minor + 1))/" \
  "$work/copies/newer/include/arena/version.hpp"
cp "$work/app/main.cpp" "$work/copies/"
cat >"$work/copies/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.23)
project(app LANGUAGES CXX)
foreach(part IN LISTS PARTS)
  if(part STREQUAL "found")
    find_package(arena REQUIRED)
  else()
    add_subdirectory(${part})
  endif()
endforeach()
add_executable(app main.cpp)
target_link_libraries(app PRIVATE arena::arena)
CMAKE
for parts in "first;second" "found;first" "first;found" "first;newer" "newer;first"; do
  build=$work/copies/build-${parts/;/-}
  "$cmake" -S "$work/copies" -B "$build" "-DCMAKE_CXX_COMPILER=$compiler" "-DPARTS=$parts" \
    "-DCMAKE_PREFIX_PATH=$work/prefix" >"$work/log" 2>&1 ||
    { cat "$work/log" && fail "copies $parts: it does not configure"; }
  if [[ $parts == *newer* ]]; then
    tr -s '\n ' ' ' <"$work/log" | grep -q "is not used, there is an arena::arena already" ||
      fail "copies $parts: nothing is said of the other version"
  elif grep -q Warning "$work/log"; then
    cat "$work/log"
    fail "copies $parts: there is a warning"
  fi
  quietly "$cmake" --build "$build" || fail "copies $parts: it does not build"
  "$build/app" || fail "copies $parts: the program fails"
done
echo "several copies: fine"

# ---- part of a library that exports itself, installed by component -----------------------------------
mkdir -p "$work/dependent/source" "$work/dependent/user"
copy_to "$work/dependent/source/arena"
cat >"$work/dependent/source/part.cpp" <<'SOURCE'
#include <arena/arena.hpp>
int Part(arena::Arena& a) { return *arena::Allocate<int>(a, 3); }
SOURCE
cat >"$work/dependent/source/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.23)
project(part VERSION 1.0 LANGUAGES CXX)
add_subdirectory(arena)
add_library(part STATIC part.cpp)
target_link_libraries(part PUBLIC arena::arena)
install(TARGETS part EXPORT partTargets)
install(EXPORT partTargets NAMESPACE part:: DESTINATION lib/cmake/part)
file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/partConfig.cmake" "include(CMakeFindDependencyMacro)
find_dependency(arena)
include(\"\${CMAKE_CURRENT_LIST_DIR}/partTargets.cmake\")
")
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/partConfig.cmake" DESTINATION lib/cmake/part)
CMAKE
sed 's|int main() {|int Part(arena::Arena\& a);\nint main() {\n  arena::MonotonicArena b;\n  if (Part(b) != 3) return 1;|' \
  "$work/app/main.cpp" >"$work/dependent/user/main.cpp"
cat >"$work/dependent/user/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.23)
project(user LANGUAGES CXX)
find_package(part REQUIRED)
add_executable(user main.cpp)
target_link_libraries(user PRIVATE part::part)
CMAKE
for with in OFF ON; do
  build=$work/dependent/build-$with
  prefix=$work/dependent/prefix-$with
  quietly "$cmake" -S "$work/dependent/source" -B "$build" "-DCMAKE_CXX_COMPILER=$compiler" \
    "-DARENA_INSTALL=$with" -DCMAKE_INSTALL_LIBDIR=lib || fail "dependent: it does not configure with ARENA_INSTALL=$with"
  quietly "$cmake" --build "$build" || fail "dependent: it does not build"
  quietly "$cmake" --install "$build" --prefix "$prefix" || fail "dependent: it does not install"
  if [[ $with == OFF ]]; then
    [[ -f $prefix/lib/cmake/part/partTargets.cmake && ! -e $prefix/include/arena ]] ||
      fail "dependent: what it installs has our headers in it, or not its own files"
    quietly "$cmake" --install "$build" --prefix "$prefix" --component arena ||
      fail "dependent: the component arena does not install"
  fi
  [[ -f $prefix/include/arena/arena.hpp ]] || fail "dependent: our headers are not installed"
  quietly "$cmake" -S "$work/dependent/user" -B "$work/dependent/user-$with" \
    "-DCMAKE_CXX_COMPILER=$compiler" "-DCMAKE_PREFIX_PATH=$prefix" || fail "dependent: it is not found"
  quietly "$cmake" --build "$work/dependent/user-$with" || fail "dependent: its user does not build"
  "$work/dependent/user-$with/user" || fail "dependent: its user fails"
done
echo "a library that exports itself: fine"

if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH=$work/prefix/share/pkgconfig
  [[ $(pkg-config --modversion arena) == "$version" ]] || fail "pkg-config: not version $version"
  read -r -a flags <<<"$(pkg-config --cflags arena)"
  "$compiler" -std=c++20 "${flags[@]}" "$work/app/main.cpp" -o "$work/app-pkg" ||
    fail "pkg-config: it does not compile"
  "$work/app-pkg" || fail "pkg-config: the program fails"
  echo "pkg-config: fine"
else
  echo "pkg-config: not installed, left out"
fi

# ---- copied, without any -I --------------------------------------------------------------------------
mkdir -p "$work/copy/third_party"
cp -R "$root/include/arena" "$work/copy/third_party/memory"
sed 's|<arena/arena.hpp>|"third_party/memory/arena.hpp"|' "$work/app/main.cpp" >"$work/copy/main.cpp"
"$compiler" -std=c++20 "$work/copy/main.cpp" -o "$work/copy/app" || fail "copied folder: it does not compile"
"$work/copy/app" || fail "copied folder: the program fails"
echo "copied folder: fine"

if [[ -f $root/include/arena.hpp ]]; then
  mkdir "$work/single"
  cp "$root/include/arena.hpp" "$work/single/arena.hpp"
  sed 's|<arena/arena.hpp>|"arena.hpp"|' "$work/app/main.cpp" >"$work/single/main.cpp"
  "$compiler" -std=c++20 "$work/single/main.cpp" -o "$work/single/app" ||
    fail "copied single file: it does not compile"
  "$work/single/app" || fail "copied single file: the program fails"
  # Each of its parts works without the others.
  for part in POOL IOSTREAM FORMAT; do
    "$compiler" -std=c++20 "-DARENA_WITH_$part" -fsyntax-only "$work/single/main.cpp" ||
      fail "copied single file: it does not compile with ARENA_WITH_$part alone"
  done
  grep -q "^// Version $version, revision [0-9a-f]\{12\} " "$work/single/arena.hpp" ||
    fail "copied single file: its head does not say what it is"
  echo "copied single file: fine"
fi
