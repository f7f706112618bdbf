#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh SOURCE CASE COMMAND...: passes when the command ends abnormally (a signal or a non-zero exit
# code) and what it printed matches the regular expression that its source states,
#   // expect: REGEX          for CASE "-" (the command gets no argument)
#   // expect(CASE): REGEX    otherwise (the command gets CASE as its argument)
# Of several such lines, each has to match a line behind that of the one before.
set -euo pipefail

source_file=$1
case_name=$2
shift 2
command=("$@")

if [[ $case_name == - ]]; then
  key='// expect: '
else
  key="// expect($case_name): "
  command+=("$case_name")
fi
regexes=()
while IFS= read -r line; do
  [[ $line == "$key"* ]] && regexes+=("${line#"$key"}")
done < <(head -n 60 "$source_file")
if ((${#regexes[@]} == 0)); then
  echo "$source_file: there is no line \"${key}REGEX\" among the first 60"
  exit 1
fi
for program in "${command[0]}" "${@: -1}"; do
  if ! command -v "$program" >/dev/null; then
    echo "$program cannot be run"
    exit 1
  fi
done

ulimit -c 0
output_file=$(mktemp)
trap 'rm -f "$output_file"' EXIT
status=0
# The inner shell keeps this one from printing "Aborted" between the lines.
("${command[@]}" >"$output_file" 2>&1 </dev/null) 2>/dev/null || status=$?

echo "exit status $status, expected: not 0; output, expected to match:"
printf '  %s\n' "${regexes[@]}"
head -c 20000 "$output_file" | tr -d '\0'
if ((status == 0)); then
  echo "FAILED: the program ended as if nothing had happened"
  exit 1
fi
last=0  # the number of the line that matched
for regex in "${regexes[@]}"; do
  # None of these leaves before it has read all: what writes to it would fail.
  last=$(grep -En -- "$regex" <(tr -d '\0' <"$output_file") | cut -d : -f 1 |
    awk -v last="$last" '$1 > last && !found { found = $1 } END { print found }') || true
  if [[ -z $last ]]; then
    echo "FAILED: the program ended, but nothing it printed (after the match before) matches $regex"
    exit 1
  fi
done
