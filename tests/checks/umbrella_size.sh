#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# umbrella_size.sh COMPILER: what <arena/arena.hpp> brings in is at most a quarter more than what
# <memory_resource> and <memory> together bring in, in preprocessed lines.
set -euo pipefail

compiler=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

count() {
  "$compiler" -std=c++20 -I"$root/include" -E -P -x c++ - <<<"$1" | wc -l
}
standard=$(count $'#include <memory_resource>\n#include <memory>')
umbrella=$(count '#include <arena/arena.hpp>')
echo "umbrella $umbrella lines, <memory_resource> and <memory> $standard, ratio $((100 * umbrella / standard)) %"
if ((standard < 1000)); then
  echo "FAILED: the standard headers cannot be that small"
  exit 1
fi
if ((4 * umbrella > 5 * standard)); then
  echo "FAILED: the umbrella header is more than 125 % of <memory_resource> and <memory>"
  exit 1
fi
