#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# reports.sh SOURCE COMPILER FLAG... [-- WRAPPER...]: builds the program SOURCE and runs it once for
# each case that its first lines name, with the name as its argument, under WRAPPER if there is one.
#   // expect(CASE): REGEX    has to end abnormally, with a report that matches
#   // fine(CASE)             has to end well and without a word on standard error
# Skipped when the compiler cannot build a program with these flags.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_file=$here/$1
shift
build=()
while (($# > 0)) && [[ $1 != -- ]]; do
  build+=("$1")
  shift
done
(($# > 0)) && shift
wrapper=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ulimit -c 0

if ! echo 'int main() {}' | "${build[@]}" -x c++ - -o "$work/probe" 2>"$work/log"; then
  cat "$work/log"
  echo "skipped: ${build[*]} does not build a program"
  exit 77
fi
"${build[@]}" -std=c++20 -O1 -g -fno-omit-frame-pointer -I"$here/../../include" -I"$here/.." "$source_file" \
  -pthread -o "$work/program"

cases=0
failed=0
name=
while IFS= read -r line; do
  before=$name
  name=${line#*\(}
  name=${name%%\)*}
  [[ $name == "$before" ]] && continue  # one more line of the case
  cases=$((cases + 1))
  if [[ $line == "// fine("* ]]; then
    status=0
    "${wrapper[@]}" "$work/program" "$name" >"$work/log" 2>"$work/errors" || status=$?
    if ((status == 0)) && [[ ! -s $work/errors ]]; then
      echo "$name: fine"
      continue
    fi
    cat "$work/log" "$work/errors"
    echo "FAILED: $name: exit status $status"
  else
    if bash "$here/../abort/run.sh" "$source_file" "$name" "${wrapper[@]}" "$work/program" \
      >"$work/log" 2>&1; then
      echo "$name: reported"
      continue
    fi
    cat "$work/log"
    echo "FAILED: $name"
  fi
  failed=$((failed + 1))
done < <(head -n 60 "$source_file" | grep -E '^// (fine\([a-z_0-9]+\)$|expect\([a-z_0-9]+\): )')
if ((cases == 0)); then
  echo "FAILED: $source_file names no case"
  exit 1
fi
echo "$cases cases, $failed failed"
((failed == 0))
