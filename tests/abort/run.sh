#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh SOURCE CASE COMMAND...: passes when the command ends abnormally (a signal or a non-zero exit
# code) and what it printed matches the regular expression that its source states,
#   // expect: REGEX          for CASE "-" (the command gets no argument)
#   // expect(CASE): REGEX    otherwise (the command gets CASE as its argument)
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
regex=
while IFS= read -r line; do
  if [[ $line == "$key"* ]]; then
    regex=${line#"$key"}
    break
  fi
done < <(head -n 40 "$source_file")
if [[ -z $regex ]]; then
  echo "$source_file: there is no line \"${key}REGEX\" among the first 40"
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

echo "exit status $status, expected: not 0; output, expected to match: $regex"
head -c 20000 "$output_file" | tr -d '\0'
if ((status == 0)); then
  echo "FAILED: the program ended as if nothing had happened"
  exit 1
fi
# Not through a pipe: grep -q leaves at the first match, and what writes to it would then fail.
if ! grep -Eq -- "$regex" <(tr -d '\0' <"$output_file"); then
  echo "FAILED: the program ended, but nothing it printed matches $regex"
  exit 1
fi
