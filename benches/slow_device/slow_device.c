/* A file system with the directory SOURCE's files and the times of a slow device, to measure how many
 * readers are best. Opening a file, and reading anywhere but behind what was read last, costs a seek.
 *
 *   slow_device SOURCE SEEK_MICROSECONDS MEGABYTES_PER_SECOND alone|together MOUNTPOINT -f -o max_threads=128
 *
 * `alone`: one request after another, as a disk with one arm. `together`: requests do not wait for
 * each other, as over a network. Nothing is cached, so that each run finds the device as the first did.
 */
#define FUSE_USE_VERSION 312
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int source, alone;
static long seek_microseconds, bytes_per_microsecond;
static pthread_mutex_t arm = PTHREAD_MUTEX_INITIALIZER;
static int arm_file = -1;
static off_t arm_offset;

static void rest(long microseconds) {
    struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&time, NULL);
}

/* Lets the time pass that the device takes for `bytes` of the open file at `offset`. */
static void pass(int file, off_t offset, size_t bytes) {
    if (alone) pthread_mutex_lock(&arm);
    int seeks = !alone || bytes == 0 || file != arm_file || offset != arm_offset;
    rest((seeks ? seek_microseconds : 0) + (long)bytes / bytes_per_microsecond);
    arm_file = file;
    arm_offset = offset + (off_t)bytes;
    if (alone) pthread_mutex_unlock(&arm);
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
    alone = !strcmp(arguments[4], "alone");
    arguments[4] = arguments[0];
    return fuse_main(count - 4, arguments + 4, &operations, NULL);
}
