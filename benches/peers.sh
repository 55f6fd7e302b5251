#!/usr/bin/env bash
# Times batchproc and its peers on the trees that `just trees DIR` makes, cached, in turns, and writes
# the medians as TREE,PROGRAM,SECONDS lines to standard output; progress goes to standard error.
# Needs hashdeep, rhash, openssl and xxhsum; those that are missing are left out.
# With CACHE=cold, which needs root, only the small tree is read, the caches are dropped before each
# run, and fixed numbers of readers run beside the peers that read in parallel.
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
  "find -H TREE -type f -print0 | xargs -0 -P$processors -nCALL md5sum"
  "find -H TREE -type f -print0 | xargs -0 md5sum"
  "hashdeep -c md5 -r -j$processors TREE"
  "rhash -M -r TREE"
  "find -H TREE -type f -print0 | xargs -0 openssl md5"
  "find -H TREE -type f -print0 | xargs -0 xxhsum -q -H3"
)
programs=("$batchproc" md5sum md5sum hashdeep rhash openssl xxhsum)
trees=(small mid large one)
if [ "${CACHE:-hot}" = cold ]; then
  trees=(small)
  names=(batchproc)
  commands=("'$batchproc' hash TREE")
  for readers in 1 2 4 8 16 32 64; do
    names+=("batchproc --io-threads $readers")
    commands+=("'$batchproc' hash --io-threads $readers TREE")
  done
  names+=("xargs -P md5sum" "hashdeep")
  commands+=(
    "find -H TREE -type f -print0 | xargs -0 -P$processors -nCALL md5sum"
    "hashdeep -c md5 -r -j$processors TREE"
  )
  programs=("$batchproc"{,,,,,,,} md5sum hashdeep)
fi

# Reads the tree into the cache, of which the kernel may have dropped some, or empties that.
prepare() {
  if [ "${CACHE:-hot}" = cold ]; then
    sync
    echo 3 >/proc/sys/vm/drop_caches
  else
    find -H "$1" -type f -print0 | xargs -0 cat >/dev/null
  fi
}

for tree in "${trees[@]}"; do
  [ -d "$directory/$tree" ] || continue
  call=1
  [ "$tree" = small ] && call=500
  times=$(mktemp -d)
  for round in $(seq "$rounds"); do
    for index in "${!names[@]}"; do
      command -v "${programs[index]}" >/dev/null || continue
      line=${commands[index]//TREE/$directory/$tree}
      line=${line//CALL/$call}
      prepare "$directory/$tree"
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
