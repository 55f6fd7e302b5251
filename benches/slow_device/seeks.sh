#!/usr/bin/env bash
# How long a simulated disk is busy when its files are read in the order of names, and in that of inodes, in
# DIR. Seeks take the longer the farther the arm goes: 8 ms for a third of the disk; 100 MB/s. Writes lines
# TREE,OPTIONS,SECONDS BY NAME,SECONDS BY INODE. The disk is mounted on a loop device, which is told to say
# that it rotates or that it does not. Needs root, /dev/fuse, a C compiler and libfuse3-dev. The file system
# of DIR must give inodes in the order in which files are made, as ext4 does within a directory.
#
# Usage: benches/slow_device/seeks.sh DIR
set -euo pipefail
directory=$(realpath "$1")
here=$(dirname "$0")
batchproc=$(realpath "${BATCHPROC:-$here/../../target/release/batchproc}")
make_tree=$here/../../target/release/make_tree

mkdir -p "$directory"/{source,seeks}
cc -O2 "$here/slow_device.c" -o "$directory/slow_device" $(pkg-config --cflags --libs fuse3) -lm
[ -d "$directory/source/small" ] || "$make_tree" "$directory/source/small" small 6000 >&2
for files in 1000 4000 20000; do
  tree=$directory/source/shuffled-$files
  [ -d "$tree" ] && continue
  mkdir "$tree"
  seq -w "$files" | shuf --random-source=<(yes) | while read -r name; do
    head -c 8192 /dev/zero >"$tree/$name"
  done
done

truncate -s 4M "$directory/seeks.img"
loop=$(losetup -f --show "$directory/seeks.img")
trap 'losetup -d "$loop"' EXIT

busy() {
  local rotates=$1
  shift
  echo "$rotates" >"/sys/block/${loop#/dev/}/queue/rotational"
  "$directory/slow_device" "$directory/source" 8000 100 arm "$directory/seeks" -f \
    -o "max_threads=100,blkdev,fsname=$loop" 2>"$directory/busy" &
  until mountpoint -q "$directory/seeks"; do sleep 0.1; done
  "$batchproc" hash "$@" >/dev/null
  umount "$directory/seeks"
  wait $!
  tail -n 1 "$directory/busy"
}

for tree in small shuffled-1000 shuffled-4000 shuffled-20000; do
  for options in "--order input" "--order completion" "--io-threads 1" "--memory 1G"; do
    # shellcheck disable=SC2086
    by_name=$(busy 0 $options "$directory/seeks/$tree")
    # shellcheck disable=SC2086
    echo "$tree,$options,$by_name,$(busy 1 $options "$directory/seeks/$tree")"
  done
done
