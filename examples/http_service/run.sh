#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs what the service needs, where there is apt-get, builds it and starts it on 127.0.0.1.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: bash run.sh [--no-install] [OPTION OF THE SERVICE...]
  --memory=arena|malloc|pmr   where requests live (default: arena)
  --port=N                    0 takes any that is free (default: 8080)
  --threads=N                 (default: 1)
and more, which http_service --help tells. Try it from another terminal:
  curl -d '{"items": ["Crate of Apples"]}' http://127.0.0.1:8080/process
  curl http://127.0.0.1:8080/stats
TEXT
}

install=1
arguments=()
for argument in "$@"; do
  case $argument in
    --help | -h) usage && exit 0 ;;
    --no-install) install=0 ;;
    *) arguments+=("$argument") ;;
  esac
done

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_service "$install"
exec "$service" "${arguments[@]}"
