#!/usr/bin/env bash
# Times batchproc with the found number of readers and with fixed ones on two simulated devices, in DIR:
# a disk that seeks (4 ms, 100 MB/s) and a network that delays (5 ms). Writes lines DEVICE,READERS,SECONDS.
# Needs /dev/fuse, a C compiler and libfuse3-dev, and root or the right to mount with FUSE.
#
# Usage: benches/slow_device/run.sh DIR
set -euo pipefail
directory=$(realpath "$1")
here=$(dirname "$0")
batchproc=$here/../../target/release/batchproc
make_tree=$here/../../target/release/make_tree

mkdir -p "$directory"/{source,disk,network}
cc -O2 "$here/slow_device.c" -o "$directory/slow_device" $(pkg-config --cflags --libs fuse3) -lm
[ -d "$directory/source/small" ] || "$make_tree" "$directory/source/small" small 1500 >&2
[ -d "$directory/source/large" ] || "$make_tree" "$directory/source/large" equal 12 16777216 >&2
[ -d "$directory/source/many" ] || "$make_tree" "$directory/source/many" small 12000 >&2

trap 'umount "$directory"/disk "$directory"/network' EXIT
"$directory/slow_device" "$directory/source" 4000 100 alone "$directory/disk" -o max_threads=300 2>/dev/null
"$directory/slow_device" "$directory/source" 5000 1000 together "$directory/network" -o max_threads=300 2>/dev/null

measure() {
  local name=$1
  shift
  for readers in auto 1 2 4 8 16 32 64; do
    # These would take minutes.
    [[ $name == *network* && $readers =~ ^[1-8]$ ]] && continue
    begun=$(date +%s%N)
    "$batchproc" hash --io-threads "$readers" "$@" >/dev/null
    echo "$name,$readers,$(awk "BEGIN { printf \"%.2f\", ($(date +%s%N) - $begun) / 1e9 }")"
  done
}

measure "disk small" "$directory/disk/small"
measure "disk large" "$directory/disk/large"
measure network "$directory/network/many"
measure "disk then network" "$directory/disk/small" "$directory/network/many"
mapfile -t mixed < <(paste -d '\n' <(find "$directory/disk/small" -type f) \
  <(find "$directory/network/many" -type f | head -1500))
measure "disk and network in turns" "${mixed[@]}"
