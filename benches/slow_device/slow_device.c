/* A file system with the directory SOURCE's files and the times of a slow device, to measure how many
 * readers are best, and in which order they read. Opening a file, and reading anywhere but behind what was
 * read last, costs a seek.
 *
 *   slow_device SOURCE SEEK_MICROSECONDS MEGABYTES_PER_SECOND alone|together|arm MOUNTPOINT -f -o max_threads=128
 *
 * `alone`: one request after another, as a disk with one arm. `together`: requests do not wait for
 * each other, as over a network. `arm`: one after another, and a seek takes the longer the farther the arm
 * has to go. A file lies where its inode says, 16 KiB an inode, of which ext4 makes so many. What lies a
 * little ahead passes under the head in the time of reading what is between. All else costs half a turn
 * of the disk, and a way that takes SEEK_MICROSECONDS for a third of the disk, and otherwise as the root
 * of the distance. Opening costs nothing there, as a disk reads many inodes at once. Nothing is cached, so
 * that each run finds the device as the first did. With `alone` and `arm`, the end of the program says how
 * many seconds the device was busy: so long takes a run that never lets it wait, whatever else the machine does.
 */
#define FUSE_USE_VERSION 312
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { HALF_TURN_MICROSECONDS = 4167, BYTES_PER_INODE = 16384 };

static int source, alone, has_arm;
static double disk_bytes;
static long seek_microseconds, bytes_per_microsecond;
static pthread_mutex_t arm = PTHREAD_MUTEX_INITIALIZER;
static int arm_file = -1;
static off_t arm_offset;
static long busy_microseconds;

static void rest(long microseconds) {
    struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&time, NULL);
}

/* How long the arm is on its way to this offset of the disk. */
static long way(off_t offset) {
    double distance = (double)(offset - arm_offset);
    long turns = HALF_TURN_MICROSECONDS
        + (long)(seek_microseconds * sqrt(3 * fabs(distance) / disk_bytes));
    long ahead = (long)(distance / (double)bytes_per_microsecond);
    return distance >= 0 && ahead < turns ? ahead : turns;
}

/* Lets the time pass that the device takes for `bytes` of the open file at `offset`. */
static void pass(int file, off_t offset, size_t bytes) {
    struct stat facts;
    if (has_arm && bytes == 0) return;
    if (alone) pthread_mutex_lock(&arm);
    int seeks = !alone || bytes == 0 || file != arm_file || offset != arm_offset;
    long seek = seeks ? seek_microseconds : 0;
    if (has_arm && fstat(file, &facts) == 0) {
        offset += (off_t)facts.st_ino * BYTES_PER_INODE;
        seek = way(offset);
    }
    long busy = seek + (long)bytes / bytes_per_microsecond;
    rest(busy);
    busy_microseconds += busy;
    arm_file = file;
    arm_offset = offset + (off_t)bytes;
    if (alone) pthread_mutex_unlock(&arm);
}

/* Lets all see the inodes of SOURCE. */
static void *begin(struct fuse_conn_info *connection, struct fuse_config *config) {
    (void)connection;
    config->use_ino = 1;
    return NULL;
}

static void end(void *nothing) {
    (void)nothing;
    if (alone) fprintf(stderr, "%.2f\n", (double)busy_microseconds / 1e6);
}

static const char *below(const char *path) { return path[1] ? path + 1 : "."; }

static int get_attributes(const char *path, struct stat *to, struct fuse_file_info *info) {
    (void)info;
    return fstatat(source, below(path), to, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
}

static int read_directory(const char *path, void *to, fuse_fill_dir_t fill, off_t offset,
                          struct fuse_file_info *info, enum fuse_readdir_flags flags) {
    (void)offset, (void)info, (void)flags;
    int file = openat(source, below(path), O_RDONLY | O_DIRECTORY);
    DIR *directory = file < 0 ? NULL : fdopendir(file);
    if (!directory) return -errno;
    for (struct dirent *entry; (entry = readdir(directory));) {
        struct stat kind = {.st_ino = entry->d_ino, .st_mode = (mode_t)DTTOIF(entry->d_type)};
        fill(to, entry->d_name, &kind, 0, 0);
    }
    closedir(directory);
    return 0;
}

static int open_file(const char *path, struct fuse_file_info *info) {
    int file = openat(source, below(path), O_RDONLY);
    if (file < 0) return -errno;
    info->fh = (uint64_t)file;
    info->direct_io = 1;
    pass(file, 0, 0);
    return 0;
}

static int read_file(const char *path, char *to, size_t size, off_t offset,
                     struct fuse_file_info *info) {
    (void)path;
    ssize_t bytes = pread((int)info->fh, to, size, offset);
    if (bytes < 0) return -errno;
    if (bytes > 0) pass((int)info->fh, offset, (size_t)bytes);
    return (int)bytes;
}

static int release_file(const char *path, struct fuse_file_info *info) {
    (void)path;
    return close((int)info->fh);
}

static const struct fuse_operations operations = {
    .init = begin,
    .destroy = end,
    .getattr = get_attributes,
    .readdir = read_directory,
    .open = open_file,
    .read = read_file,
    .release = release_file,
};

int main(int count, char **arguments) {
    if (count < 6 || (source = open(arguments[1], O_RDONLY | O_DIRECTORY)) < 0) return 2;
    seek_microseconds = atol(arguments[2]);
    bytes_per_microsecond = atol(arguments[3]);
    has_arm = !strcmp(arguments[4], "arm");
    alone = has_arm || !strcmp(arguments[4], "alone");
    struct statvfs disk;
    if (fstatvfs(source, &disk)) return 2;
    disk_bytes = (double)disk.f_files * BYTES_PER_INODE;
    arguments[4] = arguments[0];
    return fuse_main(count - 4, arguments + 4, &operations, NULL);
}
