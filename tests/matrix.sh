#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the tests in many surroundings: compilers, standard libraries, standards, levels of optimisation,
# sanitizers, processors. bash tests/matrix.sh --help tells the options.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bash tests/matrix.sh [options]
  --full          every cell (the default)
  --subset        the cells and programs that .ci/run has time for
  --only REGEX    only cells whose name matches
  --list          print the cells and what runs in them, and end
  --jobs N        cells at a time (default: one for each core)
  --dir DIR       logs, and what is built (default: build-matrix)
  --no-install    install nothing

Each cell is passed, failed or skipped, with the reason. A cell is skipped only where its compiler, its
libraries or what runs its programs is missing; where apt-get exists, they are installed before that.
The log of a cell is DIR/CELL.log. The exit code is 1 if a cell failed. CMAKE_CXX_COMPILER_LAUNCHER
(ccache, say) is honoured.
TEXT
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tests=$root/tests
work=$root/build-matrix
jobs=$(nproc 2>/dev/null || echo 2)
mode=full
only=.
install=1
list=0
while (($# > 0)); do
  case $1 in
    --only | --jobs | --dir)
      if (($# < 2)); then
        usage >&2
        exit 2
      fi
      ;;&
    --full) mode=full && shift ;;
    --subset) mode=subset && shift ;;
    --only) only=$2 && shift 2 ;;
    --list) list=1 && shift ;;
    --jobs) jobs=$2 && shift 2 ;;
    --dir) work=$2 && shift 2 ;;
    --no-install) install=0 && shift ;;
    --help | -h) usage && exit 0 ;;
    *)
      echo "unknown option: $1" >&2
      usage >&2
      exit 2
      ;;
  esac
done
if ! [[ $jobs =~ ^[1-9][0-9]*$ ]]; then
  echo "--jobs takes a number, not $jobs" >&2
  exit 2
fi

# ---- the cells -------------------------------------------------------------------------------------
# name | compiler | options | programs | of them in the subset | runs on | Debian packages
#
# programs:  unit      all unit tests, a few batches of files
#            threads   the unit tests with threads
#            bare      the unit tests that do without exceptions
#            random=N  N steps of random programs against the model; random-SUBJECT=N, of those about it
#            config    the programs of tests/config (bare: without exceptions)
#            headers   every header alone, without a warning
#            units     two translation units that include everything
#            hostile   the macros that <windows.h> and its like leave behind
#            format    the formatting of the standard library
#            reports=F what a tool reports, and what it does not, by the first lines of tests/checks/F
cells() {
  cat <<'TABLE'
g++-12-c++20-O0          | g++-12     | -std=c++20 -O0                                    | unit random=200000 config                       |                      | native   | g++-12
g++-12-c++20-O2-checked  | g++-12     | -std=c++20 -O2 -Wno-error=restrict -D_GLIBCXX_ASSERTIONS | unit random=200000 headers units hostile        |                      | native   | g++-12
g++-12-c++20-O2-ndebug   | g++-12     | -std=c++20 -O2 -Wno-error=restrict -DNDEBUG       | unit random=200000                              |                      | native   | g++-12
g++-12-c++23-O3          | g++-12     | -std=c++2b -O3 -Wno-error=restrict                | unit random=200000 headers config               | random=200000        | native   | g++-12
g++-12-lto               | g++-12     | -std=c++20 -O2 -Wno-error=restrict -flto=auto     | unit random=200000 units                        |                      | native   | g++-12
g++-12-bare              | g++-12     | -std=c++20 -O2 -fno-exceptions -fno-rtti          | bare headers                                    |                      | native   | g++-12
g++-12-asan-ubsan        | g++-12     | -std=c++20 -O1 -g1 -fsanitize=address,undefined   | unit random=100000 config                       |                      | native   | g++-12
g++-12-heap              | g++-12     | -std=c++20 -O1 -g1 -DARENA_HEAP=1 -fsanitize=address | unit random=100000 random-pool=50000 random-threads=50000 reports=heap_reports.cpp |                     | native   | g++-12
g++-12-tsan              | g++-12     | -std=c++20 -O1 -g1 -fsanitize=thread              | threads                                         |                      | native   | g++-12
g++-12-heap-tsan         | g++-12     | -std=c++20 -O1 -g1 -DARENA_HEAP=1 -fsanitize=thread | threads                                         |                      | native   | g++-12
g++-12-valgrind          | g++-12     | -std=c++20 -O1 -g1 -DARENA_VALGRIND=1             | random=10000 reports=valgrind_reports.cpp       |                      | valgrind | g++-12 valgrind
g++-13                   | g++-13     | -std=c++23 -O2                                    | unit random=200000 headers units format         |                      | native   | g++-13
g++-14                   | g++-14     | -std=c++23 -O2                                    | unit random=200000 headers units format         |                      | native   | g++-14
g++-15                   | g++-15     | -std=c++23 -O2                                    | unit random=200000 headers units format         |                      | native   | g++-15
clang-14-c++20-O0        | clang++-14 | -std=c++20 -O0                                    | unit random=200000 config hostile units         |                      | native   | clang-14
clang-14-c++23-O3        | clang++-14 | -std=c++2b -O3                                    | unit random=200000 headers                      |                      | native   | clang-14
clang-14-bare            | clang++-14 | -std=c++20 -O2 -fno-exceptions -fno-rtti          | bare headers                                    |                      | native   | clang-14
clang-14-asan-ubsan      | clang++-14 | -std=c++20 -O1 -g1 -fsanitize=address,undefined   | unit random=100000 config                       |                      | native   | clang-14 libclang-rt-14-dev
clang-19-c++20-O2        | clang++-19 | -std=c++20 -O2                                    | unit random=200000 headers units hostile config |                      | native   | clang-19
clang-19-c++23-O3        | clang++-19 | -std=c++23 -O3                                    | unit random=200000 headers                      |                      | native   | clang-19
clang-19-lto             | clang++-19 | -std=c++20 -O2 -flto=thin -fuse-ld=lld-19 -Wno-unused-command-line-argument | unit random=200000 units                        |                      | native   | clang-19 lld-19
clang-19-tsan            | clang++-19 | -std=c++20 -O1 -g1 -fsanitize=thread              | threads                                         |                      | native   | clang-19 libclang-rt-19-dev
clang-19-msan            | clang++-19 | -std=c++20 -O1 -g1 -fsanitize=memory              | reports=msan_reports.cpp                        |                      | native   | clang-19 libclang-rt-19-dev
libc++-19-c++20-O0       | clang++-19 | -std=c++20 -O0 -stdlib=libc++                     | unit random=200000 headers units hostile config | random=200000        | native   | clang-19 libc++-19-dev libc++abi-19-dev
libc++-19-c++23-O2       | clang++-19 | -std=c++23 -O2 -stdlib=libc++ -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE | unit random=200000 headers format | | native | clang-19 libc++-19-dev libc++abi-19-dev
libc++-19-asan-ubsan     | clang++-19 | -std=c++20 -O1 -g1 -stdlib=libc++ -fsanitize=address,undefined | unit random=100000                 |                      | native   | clang-19 libc++-19-dev libc++abi-19-dev libclang-rt-19-dev
i686                     | i686-linux-gnu-g++ | -std=c++20 -O1 -static -Wno-error=restrict                    | unit random=200000 headers config               | random=200000 config | i386     | g++-i686-linux-gnu qemu-user
aarch64                  | aarch64-linux-gnu-g++ | -std=c++20 -O1 -static -Wno-error=restrict                 | unit random=50000 headers config                |                      | aarch64  | g++-aarch64-linux-gnu qemu-user
s390x-big-endian         | s390x-linux-gnu-g++ | -std=c++20 -O1 -static -Wno-error=restrict                   | unit random=50000 headers config                | random=20000         | s390x    | g++-s390x-linux-gnu qemu-user
windows-mingw            | x86_64-w64-mingw32-g++ | -std=c++20 -O1 -static -Wno-error=restrict -Wa,-mbig-obj  | unit random=100000 headers config               |                      | wine     | g++-mingw-w64-x86-64 wine
TABLE
}

trim() {
  local text=$1
  text=${text#"${text%%[![:space:]]*}"}
  printf '%s' "${text%"${text##*[![:space:]]}"}"
}

names=()
declare -A compiler_of options_of programs_of runner_of packages_of
while IFS='|' read -r name compiler options programs subset runner packages; do
  name=$(trim "$name")
  [[ $mode == subset ]] && programs=$subset
  programs=$(trim "$programs")
  if [[ -z $programs ]] || ! [[ $name =~ $only ]]; then
    continue
  fi
  names+=("$name")
  compiler_of[$name]=$(trim "$compiler")
  options_of[$name]=$(trim "$options")
  programs_of[$name]=$programs
  runner_of[$name]=$(trim "$runner")
  packages_of[$name]=$(trim "$packages")
done < <(cells)

if ((${#names[@]} == 0)); then
  echo "no cell is named like $only" >&2
  exit 2
fi
if ((list)); then
  for name in "${names[@]}"; do
    printf '%-24s %s %s\n%-24s runs %s (%s)\n' "$name" "${compiler_of[$name]}" "${options_of[$name]}" \
      "" "${programs_of[$name]}" "${runner_of[$name]}"
  done
  exit 0
fi

# ---- what the cells need ---------------------------------------------------------------------------
have() { command -v "$1" >/dev/null 2>&1; }
mkdir -p "$work"
work=$(cd "$work" && pwd)
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Werror)
export ASAN_OPTIONS=${ASAN_OPTIONS:-halt_on_error=1:detect_leaks=1:detect_stack_use_after_return=1:strict_init_order=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
# Without the search for deadlocks: libstdc++ does not tell when a mutex ends, so mutexes that lie at one
# address of the stack in turn are taken for one. tests/run.sh --sanitize thread does search.
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:detect_deadlocks=0}
export WINEPREFIX=$work/wine WINEDEBUG=-all

# The versions of MinGW with std::mutex, where there is a choice.
compiler_command() {
  if [[ $1 == *mingw* ]] && have "$1-posix"; then
    echo "$1-posix"
  else
    echo "$1"
  fi
}

# What precedes a program of this kind on the command line. 32-bit x86 runs by itself on most kernels.
runner_command() {  # runner_command RUNNER A_PROGRAM
  case $1 in
    native) ;;
    i386) "$2" >/dev/null 2>&1 || echo qemu-i386 ;;
    aarch64 | s390x) echo "qemu-$1" ;;
    valgrind) echo valgrind -q --error-exitcode=99 --leak-check=full ;;
    wine) echo wine ;;
  esac
}

suffix_for() {
  [[ $1 != wine ]] || echo .exe
}

# Whether a small program can be built and run. Prints why not.
probe() {  # probe NAME
  local name=$1 compiler folder=$work/$1.build said
  local suffix
  suffix=$(suffix_for "${runner_of[$name]}")
  local -a options runner
  compiler=$(compiler_command "${compiler_of[$name]}")
  read -ra options <<<"${options_of[$name]}"
  if ! have "$compiler"; then
    echo "there is no $compiler"
    return 1
  fi
  mkdir -p "$folder"
  cat >"$folder/probe.cpp" <<'PROBE'
#include <memory_resource>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
int main() {
  std::mutex mutex;
  std::pmr::vector<std::pmr::string> texts;
  std::thread([&] {
    const std::lock_guard<std::mutex> lock(mutex);
    texts.emplace_back("a text that is too long to lie in the string object");
  }).join();
  return texts.size() == 1 ? 0 : 1;
}
PROBE
  if ! said=$("$compiler" "${options[@]}" -pthread "$folder/probe.cpp" -o "$folder/probe$suffix" 2>&1); then
    echo "$compiler cannot build a small program: $(grep -m 1 -iE 'error|cannot' <<<"$said" || tail -n 1 <<<"$said")"
    return 1
  fi
  read -ra runner < <(runner_command "${runner_of[$name]}" "$folder/probe$suffix" || true) || true
  if ((${#runner[@]} > 0)) && ! have "${runner[0]}"; then
    echo "there is no ${runner[0]}"
    return 1
  fi
  if ! said=$(timeout 120 "${runner[@]}" "$folder/probe$suffix" 2>&1 </dev/null); then
    echo "a small program does not run${runner[*]:+ under ${runner[0]}}: $(tail -n 1 <<<"$said")"
    return 1
  fi
}

missing=()
for name in "${names[@]}"; do
  if ! probe "$name" >/dev/null; then
    for package in ${packages_of[$name]}; do
      [[ " ${missing[*]} " == *" $package "* ]] || missing+=("$package")
    done
  fi
done
catch=
find_catch() {  # the version of one header, which every compiler can build
  local folder
  for folder in /usr/include /usr/local/include; do
    if [[ -e $folder/catch2/catch.hpp ]]; then
      catch=$folder/catch2/catch.hpp
      return 0
    fi
  done
  return 1
}
find_catch || missing+=(catch2)
if ((${#missing[@]} > 0)); then
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
    echo "installing, as far as they can be had: ${missing[*]}"
    apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get)
    "${apt[@]}" update -q >"$work/install.log" 2>&1 || echo "apt-get update failed, see $work/install.log"
    # One by one: one that cannot be had does not keep the others away.
    for package in "${missing[@]}"; do
      "${apt[@]}" install -y -q --no-install-recommends "$package" >>"$work/install.log" 2>&1 ||
        echo "could not install $package"
    done
  else
    echo "install these for all cells (names as in Debian): ${missing[*]}"
  fi
  find_catch || echo "unit tests are skipped, there is no Catch2 of one header (catch2/catch.hpp)"
fi
# ---- sources ---------------------------------------------------------------------------------------
# Compilers for other processors do not look into /usr/include.
sources=$work/sources
mkdir -p "$sources/catch/catch2"
if [[ -n $catch ]]; then
  cp -u "$catch" "$sources/catch/catch2/catch.hpp"
  printf '#define CATCH_CONFIG_MAIN\n#include <catch2/catch.hpp>\n' >"$sources/catch_main.cpp"
fi
batches() {  # batches NAME COUNT FILE...: so many translation units, with the files in turn
  local name=$1 count=$2
  shift 2
  bash "$tests/unity.sh" "$sources/$name" "$count" "$@" >/dev/null
}
# Files without such a word; of the tests, also without a header of ours that has one, or that includes one
# that has, and so on.
without_exceptions() {
  grep -LE '\bthrow\b|\btry\b|\bcatch \(|_THROWS|_NOTHROW|dynamic_cast|typeid|<locale>|random/' "$@" || true
}
batches unit 4 "$tests"/unit/*/*.cpp
mapfile -t some < <(grep -l '\[threads\]' "$tests"/unit/*/*.cpp)
batches threads 2 "${some[@]}"
mapfile -t some < <(without_exceptions "$tests"/support/*.hpp)
with=$(printf '%s\n' "$tests"/support/*.hpp "${some[@]}" | sort | uniq -u | grep -v /catch.hpp | sed 's@.*/@@' | paste -sd '|')
while more=$(grep -lE "support/($with)" "$tests"/support/*.hpp | sed 's@.*/@@' | grep -vxE "$with"); do
  with+="|$(paste -sd '|' <<<"$more")"
done
mapfile -t some < <(without_exceptions "$tests"/unit/*/*.cpp | xargs grep -LE "support/($with)")
batches bare 2 "${some[@]}"

# ---- one cell --------------------------------------------------------------------------------------
build() {  # build PROGRAM [OPTION...] -- SOURCE...: uses the variables of run_cell
  local program=$1 source object
  local -a extra=() objects=()
  shift
  while [[ $1 != -- ]]; do
    extra+=("$1")
    shift
  done
  shift
  for source in "$@"; do
    object=$folder/$program-$(basename "$source" .cpp).o
    "${launcher[@]}" "$compiler" "${options[@]}" "${warnings[@]}" "${extra[@]}" -I"$root/include" -I"$tests" \
      -isystem "$sources/catch" -c "$source" -o "$object" || return 1
    objects+=("$object")
  done
  [[ $program == unit* || $program == threads || $program == bare ]] && objects+=("$folder/catch_main.o")
  "$compiler" "${options[@]}" "${extra[@]}" -pthread "${objects[@]}" -o "$folder/$program$suffix" || return 1
  rm -f "$folder/$program"-*.o
}

execute() {  # execute PROGRAM ARGUMENT...
  timeout 1200 "${runner[@]}" "$folder/$1$suffix" "${@:2}" </dev/null
}

build_catch_main() {  # Catch2 is not ours to warn about, and fast enough as it is
  [[ -e $folder/catch_main.o ]] || "${launcher[@]}" "$compiler" "${options[@]}" -O0 -g0 -w \
    -isystem "$sources/catch" -c "$sources/catch_main.cpp" -o "$folder/catch_main.o"
}

# Writes "WORD NUMBER SECONDS WHAT" to the cell's result: passed, failed or skipped.
run_cell() {  # run_cell NAME
  local name=$1 compiler reason word said ok steps subject source output
  local folder=$work/$name.build result=passed what="" started=$SECONDS suffix
  local -a options runner=() launcher=() check_sources=() own_options=() unit_arguments=()
  suffix=$(suffix_for "${runner_of[$name]}")
  : >"$work/$name.log"
  rm -f "$folder/random$suffix"  # of a run before, perhaps of other headers
  if ! reason=$(probe "$name"); then
    printf 'skipped\t0\t%s\n' "$reason" >"$work/$name.result"
    return
  fi
  compiler=$(compiler_command "${compiler_of[$name]}")
  read -ra options <<<"${options_of[$name]}"
  [[ -n ${CMAKE_CXX_COMPILER_LAUNCHER:-} ]] && launcher=("$CMAKE_CXX_COMPILER_LAUNCHER")
  read -ra runner < <(runner_command "${runner_of[$name]}" "$folder/probe$suffix") || true
  # An emulator passes advice to the kernel on, or not, and has an address space of its own, with a table of
  # its pages: one as large as can be had would take all memory.
  [[ ${runner[*]} == qemu-* ]] && unit_arguments=("~[kernel]")
  # With ARENA_HEAP=1 an allocation does not lie where its chunk does, nor does it grow in place: left out
  # are tests of nothing else.
  [[ ${options[*]} == *ARENA_HEAP=1* ]] && unit_arguments+=("~[places]")
  # One of libstdc++'s declarations promises what a test's upstream breaks on purpose.
  if [[ ${options_of[$name]} == *undefined* ]]; then
    options+=(-fno-sanitize-recover=all -fno-sanitize=returns-nonnull-attribute -fno-omit-frame-pointer)
  fi
  {
    "$compiler" --version | head -n 1
    echo "options: ${options[*]}"
  } >>"$work/$name.log" 2>&1
  for word in ${programs_of[$name]}; do
    output=$folder/$word.out
    ok=1
    said=$word
    echo "==== $word" >>"$work/$name.log"
    case $word in
      unit | threads | bare)
        if [[ -z $catch ]]; then
          what+="${what:+, }$word skipped (no catch2/catch.hpp)"
          continue
        fi
        { build_catch_main && build "$word" -- "$sources/$word"/batch_*.cpp && execute "$word" "${unit_arguments[@]}"; } \
          >"$output" 2>&1 || ok=0
        said="$word: $(sed -nE 's/^All tests passed \((.*) in (.*)\)\r?$/\2/p' "$output" | tail -n 1)"
        ;;
      random=* | random-*=*)
        steps=${word#*=} subject=${word%=*}
        subject=${subject#random} subject=${subject:--arena}
        { { [[ -e $folder/random$suffix ]] || build random -- "$tests"/random/*.cpp; } &&
          execute random --subject "${subject#-}" --steps "$steps"; } >"$output" 2>&1 || ok=0
        said="${word%=*}: $(sed -nE 's/^(.*: )?([0-9]+ steps).*, all as the model says.*/\2/p' "$output" | tail -n 1)"
        ;;
      config)
        for source in "$tests"/config/*.cpp; do
          if [[ ${options[*]} == *-fsanitize=* ]] && grep -q '^// needs:.*plain' "$source"; then
            continue
          fi
          # At the kernel's limit of mappings the emulator itself has no memory, either.
          if [[ ${runner[*]} == qemu-* ]] && grep -q 'support/mappings.hpp' "$source"; then
            continue
          fi
          read -ra own_options < <(awk '$1 == "//" && $2 == "options:" { for (i = 3; i <= NF; ++i) printf "%s ", $i }
            $1 == "//" && $2 == "define:" { for (i = 3; i <= NF; ++i) printf "-D%s ", $i }' "$source") || true
          { build config "${own_options[@]}" -- "$source" && execute config; } >>"$output" 2>&1 || ok=0
        done
        ;;
      headers)
        bash "$tests/checks/headers.sh" "$compiler" "$(sed -E 's/.*-std=c\+\+([0-9a-z]+).*/\1/' <<<"${options[*]}")" \
          "${options[@]}" "${warnings[@]}" >"$output" 2>&1 || ok=0
        ;;
      units | hostile | format)
        case $word in
          units) check_sources=(two_units_a.cpp two_units_b.cpp) ;;
          hostile) check_sources=(hostile_macros.cpp) ;;
          format) check_sources=(std_format.cpp) ;;
        esac
        bash "$tests/checks/program.sh" "$compiler" "${options[@]}" "${warnings[@]}" -- "${check_sources[@]}" \
          >"$output" 2>&1 || ok=0
        ;;
      reports=*)
        bash "$tests/checks/reports.sh" "${word#reports=}" "$compiler" "${options[@]}" "${warnings[@]}" \
          ${runner[0]:+-- "${runner[@]}"} >"$output" 2>&1 || ok=0
        said=reports
        ;;
      *)
        echo "unknown program: $word" >"$output"
        ok=0
        ;;
    esac
    cat "$output" >>"$work/$name.log"
    if ((ok == 0)); then
      result=failed
      said="$word FAILED"
    fi
    what+="${what:+, }$said"
  done
  rm -rf "$folder"
  printf '%s\t%s\t%s\n' "$result" "$((SECONDS - started))" "$what" >"$work/$name.result"
}

finished=0
report() {  # the line of a cell that has just ended
  local result seconds what
  finished=$((finished + 1))
  IFS=$'\t' read -r result seconds what <"$work/$1.result"
  printf '[%d/%d] %-7s %s, %d s: %s\n' "$finished" "${#names[@]}" "$result" "$1" "$seconds" "$what"
  if [[ $result == failed ]]; then
    echo "---- the end of $work/$1.log"
    tail -n 40 "$work/$1.log" | cut -c 1-300
    echo "----"
  fi
}

echo "${#names[@]} cells, $jobs at a time; logs in $work"
declare -A running=()
trap 'for pid in "${!running[@]}"; do kill "$pid" 2>/dev/null || true; done' EXIT
next=0
while ((next < ${#names[@]} || ${#running[@]} > 0)); do
  while ((next < ${#names[@]} && ${#running[@]} < jobs)); do
    rm -f "$work/${names[next]}.result"
    run_cell "${names[next]}" &
    running[$!]=${names[next]}
    next=$((next + 1))
  done
  pid=
  status=0
  wait -n -p pid "${!running[@]}" || status=$?
  name=${running[$pid]}
  unset "running[$pid]"
  if [[ ! -e $work/$name.result ]]; then
    printf 'failed\t0\t%s\n' "the cell itself ended with $status" >"$work/$name.result"
  fi
  report "$name"
done

# ---- the table -------------------------------------------------------------------------------------
echo
printf '%-24s %-8s %7s  %s\n' cell result seconds "what ran, or why not"
declare -A count=([passed]=0 [failed]=0 [skipped]=0)
for name in "${names[@]}"; do
  IFS=$'\t' read -r result seconds what <"$work/$name.result"
  count[$result]=$((${count[$result]} + 1))
  printf '%-24s %-8s %7d  %s\n' "$name" "$result" "$seconds" "$what"
done
echo
echo "${count[passed]} passed, ${count[failed]} failed, ${count[skipped]} skipped of ${#names[@]} cells in $SECONDS s"
((count[failed] == 0))
