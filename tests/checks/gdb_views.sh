#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# gdb_views.sh COMPILER FLAG...: builds gdb_views.cpp and compares what gdb prints with what it says. Each
# of these expressions is also opened as IDEs do it, by gdb/MI, with all of its children.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_file=$here/gdb_views.cpp
if ! command -v gdb >/dev/null; then
  echo "skipped: there is no gdb (apt-get install gdb)"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$@" -std=c++20 -O0 -g -I"$here/../../include" "$source_file" -pthread -o "$work/program"

mapfile -t lines < <(sed -nE 's|^// expect\(([a-z_]+)\): |\1: |p' "$source_file")
if ((${#lines[@]} == 0)); then
  echo "FAILED: $source_file has nothing to print"
  exit 1
fi
{
  echo "set debuginfod enabled off"
  echo "set pagination off"
  echo "set width 0"
  echo "set startup-with-shell off"
  echo "source $here/../../include/arena/arena_gdb.py"
  echo "break Here"
  echo "run"
  echo "up"
  for i in "${!lines[@]}"; do
    echo "echo @$i@"
    echo "print ${lines[i]%%: *}"
  done
  echo "interpreter-exec mi \"-enable-pretty-printing\""
  for i in "${!lines[@]}"; do
    echo "echo @mi$i@"
    echo "interpreter-exec mi \"-var-create v$i * \\\"${lines[i]%%: *}\\\"\""
    echo "echo @children$i@"
    echo "interpreter-exec mi \"-var-list-children --all-values v$i\""
  done
  echo "echo @end@"
} >"$work/commands"
# -nx: whatever is in somebody's .gdbinit has no part in it. Python keeps its byte code elsewhere.
PYTHONDONTWRITEBYTECODE=1 timeout 240 gdb -nx -batch -x "$work/commands" "$work/program" >"$work/output" 2>&1 ||
  true
if grep -Eq 'Could not trace|ptrace: Operation not permitted|Cannot create process|not supported in this' "$work/output"; then
  cat "$work/output"
  echo "skipped: gdb cannot run a program here"
  exit 77
fi
if grep -q 'Python scripting is not supported' "$work/output"; then
  echo "skipped: this gdb has no Python"
  exit 77
fi

# gdb's own words about types whose names it does not find, wherever it comes to look for one.
sed -i -zE -e "s/warning: RTTI symbol not found for class '[^']*'\n//g" \
  -e "s/&\"warning: RTTI symbol not found for class '[^']*'[^\n]*\n//g" "$work/output"

failed=0
for i in "${!lines[@]}"; do
  regex=${lines[i]#*: }
  output=$(sed -nE "s/^@$i@\\\$[0-9]+ = (\(.*\) @0x[0-9a-f]+: )?//p" "$work/output")
  if [[ ! $output =~ $regex ]]; then
    echo "FAILED: print ${lines[i]%%: *}: $output"
    echo "        does not match: $regex"
    failed=$((failed + 1))
  fi
  if ! grep -q "^@mi$i@^done" "$work/output" || ! grep -q "^@children$i@^done" "$work/output"; then
    echo "FAILED: ${lines[i]%%: *} by gdb/MI"
    failed=$((failed + 1))
  fi
done
if ((failed > 0)); then
  sed 's/^/    gdb: /' "$work/output"
fi
echo "${#lines[@]} views, $failed failed"
((failed == 0))
