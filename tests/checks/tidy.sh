#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tidy.sh [--all]: clang-tidy's checks (.clang-tidy) pass on the headers that differ from the merge base
# with main, and on main itself from the commit before; on all of them where there is no git. One version
# is asked, the one that the checks were chosen with: others have other checks.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=19
tidy=
for candidate in clang-tidy-$version clang-tidy; do
  if command -v "$candidate" >/dev/null && "$candidate" --version | grep -q "version $version\."; then
    tidy=$candidate
    break
  fi
done
if [[ -z $tidy ]]; then
  echo "skipped: there is no clang-tidy $version (Debian 12: apt-get install clang-tidy-$version)"
  exit 77
fi

all_headers() { find include/arena -name '*.hpp' | LC_ALL=C sort; }

# Fails where it cannot be told, as in a copy without git or a clone of one commit.
changed_headers() {
  local base='' ref
  [[ $(git rev-parse --show-toplevel 2>/dev/null) -ef . ]] || return 1
  for ref in origin/main main; do
    base=$(git merge-base HEAD "$ref" 2>/dev/null) && break
  done
  if [[ -z $base || $base == "$(git rev-parse HEAD)" ]]; then
    base=$(git rev-parse -q --verify HEAD^) || return 1
  fi
  { git diff --name-only --diff-filter=d "$base" -- include/arena &&
    git ls-files --others --exclude-standard -- include/arena; } | grep '\.hpp$' | LC_ALL=C sort || true
}

if [[ ${1:-} == --all ]] || ! headers=$(changed_headers); then
  headers=$(all_headers)
fi
if [[ -z $headers ]]; then
  echo "no header was changed"
  exit 0
fi

# What no compiler warns of, clang-tidy does not either: a buffer may be used after Reset.
if ! "$tidy" --quiet --checks='-*,bugprone-use-after-move' --warnings-as-errors='*' \
  tests/compile_fail/result_outlives_a_local_arena.cpp -- -std=c++20 -Iinclude -DARENA_MISUSE=0; then
  echo "FAILED: clang-tidy warns of the legal programs in result_outlives_a_local_arena.cpp"
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# One translation unit: most of the time goes into what all headers include.
sed -n 's@^include/\(.*\)$@#include <\1>@p' <<<"$headers" >"$work/headers.cpp"
filter=$(sed -e 's/[.]/[.]/g' -e 's/$/$/' <<<"$headers" | paste -sd '|')
if ! "$tidy" --quiet --config-file=.clang-tidy --header-filter="($filter)" "$work/headers.cpp" -- \
  -std=c++20 -Iinclude >"$work/report" 2>"$work/log"; then
  cat "$work/report"
  grep -E 'error:|^Error' "$work/log" || true
  echo "FAILED: see above, or run bash tests/checks/tidy.sh"
  exit 1
fi
echo "$(wc -l <<<"$headers") headers pass the checks of $tidy"
