#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# warnings.sh COMPILER FLAG...: warnings.cpp, which uses every header, compiles without a warning at -O0
# and at -O2 with the flags, of which those are left out that the compiler does not know, and so does
# every header on its own.
set -euo pipefail

compiler=$1
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

flags=()
left_out=()
for flag in "$@"; do
  if echo 'int main() {}' | "$compiler" -std=c++20 -Werror "$flag" -fsyntax-only -x c++ - 2>"$work/log"; then
    flags+=("$flag")
  else
    left_out+=("$flag")
  fi
done
if ((2 * ${#flags[@]} < $#)); then
  cat "$work/log"
  echo "FAILED: $compiler knows hardly any of the flags"
  exit 1
fi

failed=0
for level in -O0 -O2; do
  if ! "$compiler" -std=c++20 "$level" "${flags[@]}" -I"$root/include" -c "$here/warnings.cpp" \
    -pthread -o "$work/warnings.o"; then
    echo "FAILED: $level"
    failed=1
  fi
done
while IFS= read -r header; do
  if ! echo "#include \"$header\"" | "$compiler" -std=c++20 "${flags[@]}" -fsyntax-only -x c++ -; then
    echo "FAILED: ${header#"$root/"}"
    failed=1
  fi
done < <(find "$root/include/arena" -name '*.hpp' | LC_ALL=C sort)
echo "$compiler ${flags[*]}, without ${left_out[*]:-any}: $failed"
exit "$failed"
