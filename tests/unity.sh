#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# unity.sh FOLDER COUNT FILE...: makes COUNT translation units, FOLDER/batch_N.cpp, of the files in turn.
# Parsing Catch2 and the library and instantiating their templates costs more than most tests do.
#
# Each file keeps its names to itself: it is included inside a namespace of its own, after everything
# that it includes was included outside. The include guards make its own directives do nothing then. So a
# file includes first and has code after that. A file that specialises a template of the library, which
# is possible outside of namespaces only, is included as it is. A batch that would not change is not written.
set -euo pipefail

folder=$1
count=$2
shift 2
mkdir -p "$folder"

# The directives before a file's first line of code. Conditions that stay open there are closed.
head_of() {
  awk '
    { sub(/\r$/, "") }
    /^[ \t]*$/ || /^[ \t]*\/\// { next }
    !/^[ \t]*#/ { exit }
    /^[ \t]*#[ \t]*if/ { ++open }
    /^[ \t]*#[ \t]*endif/ { --open }
    { print }
    END { while (open-- > 0) print "#endif" }' "$1"
}

for ((batch = 0; batch < count && batch < $#; ++batch)); do
  target=$folder/batch_$batch.cpp
  {
    body=
    for ((i = batch + 1; i <= $#; i += count)); do
      file=${!i}
      name=$(basename "$file" .cpp)
      head_of "$file"
      if grep -q '^template <>' "$file"; then
        body+="#include \"$file\""$'\n'
      else
        body+="namespace file_${name//[^A-Za-z0-9_]/_} {"$'\n'"#include \"$file\""$'\n}\n'
      fi
    done
    printf '%s' "$body"
  } >"$target.new"
  if cmp -s "$target.new" "$target"; then
    rm "$target.new"
  else
    mv "$target.new" "$target"
  fi
  echo "$target"
done
# Batches of an earlier, larger call.
while [[ -e $folder/batch_$batch.cpp ]]; do
  rm "$folder/batch_$batch.cpp"
  batch=$((batch + 1))
done
