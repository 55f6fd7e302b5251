#!/usr/bin/env bash
# Times batchproc and its peers on the trees that `just trees DIR` makes, cached, in turns, and writes
# the medians as TREE,PROGRAM,SECONDS lines to standard output; progress goes to standard error.
# Needs hashdeep, rhash, openssl and xxhsum; those that are missing are left out.
#
# Usage: benches/peers.sh DIR [ROUNDS]
set -euo pipefail
directory=$1
rounds=${2:-5}
batchproc=$(dirname "$0")/../target/release/batchproc
processors=$(nproc)

names=(batchproc "xargs -P md5sum" md5sum hashdeep rhash openssl "xxhsum -H3 (floor)")
commands=(
  "'$batchproc' hash TREE"
  "find TREE -type f -print0 | xargs -0 -P$processors -nCALL md5sum"
  "find TREE -type f -print0 | xargs -0 md5sum"
  "hashdeep -c md5 -r -j$processors TREE"
  "rhash -M -r TREE"
  "find TREE -type f -print0 | xargs -0 openssl md5"
  "find TREE -type f -print0 | xargs -0 xxhsum -q -H3"
)
programs=("$batchproc" md5sum md5sum hashdeep rhash openssl xxhsum)

for tree in small mid large one; do
  [ -d "$directory/$tree" ] || continue
  call=1
  [ "$tree" = small ] && call=500
  times=$(mktemp -d)
  for round in $(seq "$rounds"); do
    for index in "${!names[@]}"; do
      command -v "${programs[index]}" >/dev/null || continue
      line=${commands[index]//TREE/$directory/$tree}
      line=${line//CALL/$call}
      # The kernel may have dropped some of it.
      find "$directory/$tree" -type f -print0 | xargs -0 cat >/dev/null
      begun=$(date +%s%N)
      bash -c "$line" >/dev/null
      echo $((($(date +%s%N) - begun) / 1000)) >>"$times/$index"
      echo "$tree, round $round: ${names[index]}: $(tail -1 "$times/$index") us" >&2
    done
  done
  for index in "${!names[@]}"; do
    [ -f "$times/$index" ] || continue
    median=$(sort -n "$times/$index" | sed -n "$(((rounds + 1) / 2))p")
    echo "$tree,${names[index]},$(awk "BEGIN { print $median / 1000000 }")"
  done
  rm -r "$times"
done
