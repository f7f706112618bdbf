#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# headers.sh COMPILER STANDARD FLAG...: every header of the library compiles on its own and when it is
# included twice, without a single -I (the folder can be copied anywhere) and without a warning.
set -euo pipefail

compiler=$1
standard=$2
shift 2
# 2b is the spelling that older compilers know, too.
[[ $standard == 23 ]] && standard=2b

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mapfile -t headers < <(find "$root/include/arena" -name '*.hpp' | LC_ALL=C sort)
if ((${#headers[@]} == 0)); then
  echo "FAILED: there is no header in include/arena"
  exit 1
fi

failed=0
for header in "${headers[@]}"; do
  if ! printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
    "$compiler" "-std=c++$standard" "$@" -fsyntax-only -x c++ -; then
    echo "FAILED: ${header#"$root/"}"
    failed=$((failed + 1))
  fi
done
echo "${#headers[@]} headers with $compiler -std=c++$standard $*: $failed failed"
((failed == 0))
