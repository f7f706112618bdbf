#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every source is laid out as .clang-format says. One version of clang-format is asked, the one that the
# file was written for: others differ in details.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=19
formatter=
for candidate in clang-format-$version clang-format; do
  if command -v "$candidate" >/dev/null && "$candidate" --version | grep -q "version $version\."; then
    formatter=$candidate
    break
  fi
done
if [[ -z $formatter ]]; then
  echo "skipped: there is no clang-format $version (Debian 12: apt-get install clang-format-$version)"
  exit 77
fi

folders=()
for folder in include/arena tests examples bench; do
  [[ -d $folder ]] && folders+=("$folder")
done
mapfile -d '' -t files < <(find "${folders[@]}" \( -name '*.hpp' -o -name '*.cpp' \) -print0 | LC_ALL=C sort -z)
if ((${#files[@]} == 0)); then
  echo "FAILED: found no source to look at"
  exit 1
fi
bad=()
for file in "${files[@]}"; do
  "$formatter" --dry-run -Werror "$file" 2>/dev/null || bad+=("$file")
done
if ((${#bad[@]} > 0)); then
  echo "FAILED: run $formatter -i ${bad[*]}"
  "$formatter" --dry-run -Werror --ferror-limit=5 "${bad[0]}" || true
  exit 1
fi
echo "${#files[@]} files are formatted"
