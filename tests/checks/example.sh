#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# example.sh STEM PROGRAM: runs an example. STEM.args holds its arguments, STEM.input, STEM.json or
# STEM.log its standard input, STEM.expected regular expressions, one a line, that its standard
# output has to match in this order. Each of these files is optional.
set -euo pipefail

stem=$1
program=$2

arguments=()
[[ -f $stem.args ]] && read -r -a arguments <"$stem.args"
input=/dev/null
for candidate in "$stem.json" "$stem.log" "$stem.input"; do
  [[ -f $candidate ]] && input=$candidate
done

output=$("$program" "${arguments[@]}" <"$input")
printf '%s\n' "$output"
[[ -f $stem.expected ]] || exit 0

mapfile -t lines <<<"$output"
next=0
while IFS= read -r regex || [[ -n $regex ]]; do
  [[ -z $regex ]] && continue
  found=0
  while ((next < ${#lines[@]})); do
    line=${lines[next]}
    next=$((next + 1))
    if [[ $line =~ $regex ]]; then
      found=1
      break
    fi
  done
  if ((found == 0)); then
    echo "FAILED: the output has no line (left) that matches: $regex"
    exit 1
  fi
done <"$stem.expected"
