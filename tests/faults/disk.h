#ifndef ROKUSHA_TESTS_FAULTS_DISK_H
#define ROKUSHA_TESTS_FAULTS_DISK_H

/*
 * A disk with faults, between the program and the operating system. The calls by which SQLite and
 * the store reach their files are defined here, stand before the C library's, count, and fail as
 * they are told; all other files pass. It lies below SQLite's own VFS, so that what that layer does
 * by itself (sync of a directory, mapping of the -shm) is seen too.
 *
 * Included by one file of a program (the calls are then the program's own) or of shim.c, which is
 * loaded before the real binary and takes its orders from a mapped file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What may fail; bits of `mask`. tests/faults/shim.mjs has the same list. */
enum disk_call {
	DISK_WRITE = 1,
	DISK_SYNC = 2,
	DISK_TRUNCATE = 4,
	DISK_OPEN = 8,
	DISK_UNLINK = 16,
	DISK_LINK = 32,
	DISK_MMAP = 64,
	DISK_ALLOCATE = 128,
	DISK_READ = 256,
	DISK_ALL = 511
};

enum { DISK_SHORT = -1, DISK_PATH = 256, DISK_FDS = 4096, DISK_AT_PREFIX = 128 };

/* Orders and counts. Laid out for a process in another language: 64-bit words, then the prefix. */
struct disk_orders {
	atomic_llong calls;    /* that could have failed, so far */
	atomic_llong fail_at;  /* the number of the one that fails; 0: none */
	atomic_llong ever;     /* and all after it */
	atomic_llong how;      /* errno, or DISK_SHORT: half is written, the rest is not */
	atomic_llong mask;     /* calls that count */
	atomic_llong room;     /* bytes all files together may have; 0: no limit */
	atomic_llong delay_us; /* a write takes up to that long */
	atomic_llong refused;  /* calls that failed */
	atomic_llong spare[8];
	char prefix[DISK_PATH]; /* files whose path begins so are the disk's */
};
_Static_assert(offsetof(struct disk_orders, prefix) == DISK_AT_PREFIX, "as in shim.mjs");

static struct disk_orders disk_none;
static struct disk_orders *disk = &disk_none;

/* Who wants to know what was done, and succeeded. Called on the thread that did it. */
struct disk_watch {
	void (*wrote)(int fd, const void *p, size_t n, off_t at);
	void (*truncated)(int fd, off_t size);
	void (*synced)(int fd);
	void (*opened)(int fd, const char *path, bool created);
	void (*linked)(const char *from, const char *to);
	void (*unlinked)(const char *path);
};
static const struct disk_watch *disk_watch;

static atomic_uchar disk_fd[DISK_FDS]; /* 1: a file of the disk, 2: its directory */

static bool disk_owns(const char *path)
{
	size_t n = strnlen(disk->prefix, DISK_PATH);

	return n > 0 && strncmp(path, disk->prefix, n) == 0;
}

/* The directory the files lie in, with or without a slash behind it. */
static bool disk_is_dir(const char *path)
{
	const char *slash = strrchr(disk->prefix, '/');
	size_t n = strlen(path);

	if (!slash || n == 0) {
		return false;
	}
	n -= path[n - 1] == '/' ? 1 : 0;
	return n == (size_t)(slash - disk->prefix) && strncmp(path, disk->prefix, n) == 0;
}

static int disk_kind(int fd)
{
	return fd >= 0 && fd < DISK_FDS ? disk_fd[fd] : 0;
}

/* 0, an errno, or DISK_SHORT where the call can be cut short. */
static int disk_fault(enum disk_call call)
{
	long long n;
	long long at;

	if (!(disk->mask & call)) {
		return 0;
	}
	n = atomic_fetch_add(&disk->calls, 1) + 1;
	at = disk->fail_at;
	if (at == 0 || (disk->ever ? n < at : n != at)) {
		return 0;
	}
	atomic_fetch_add(&disk->refused, 1);
	if (disk->how == DISK_SHORT && call != DISK_WRITE) {
		return EIO;
	}
	return (int)disk->how;
}

static void disk_delay(void)
{
	static atomic_ullong state = 88172645463325252u;
	unsigned long long x = state;
	long long most = disk->delay_us;
	struct timespec t;

	if (most > 0) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		state = x;
		x %= (unsigned long long)most;
		t = (struct timespec){(time_t)(x / 1000000), (long)(x % 1000000) * 1000};
		(void)syscall(SYS_nanosleep, &t, NULL);
	}
}

/* Bytes of all files of the disk, by name; those beside the database begin with its name. */
static long long disk_used(void)
{
	static const char *const suffix[] = {"",         "-wal", "-shm",     "-journal",
					     ".ballast", ".new", ".new-wal", ".new-shm"};
	char path[DISK_PATH + 16];
	long long sum = 0;
	struct stat st;

	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
		(void)snprintf(path, sizeof path, "%s%s", disk->prefix, suffix[i]);
		sum += stat(path, &st) == 0 ? (long long)st.st_size : 0;
	}
	return sum;
}

/* How many of the bytes [at, at + n) fit. */
static size_t disk_fits(int fd, size_t n, off_t at)
{
	struct stat st;
	long long grow;
	long long left;

	if (disk->room == 0 || fstat(fd, &st) != 0) {
		return n;
	}
	grow = (long long)at + (long long)n - (long long)st.st_size;
	left = disk->room - disk_used();
	if (grow <= 0 || grow <= left) {
		return n;
	}
	left = left < 0 ? 0 : left;
	return grow - left >= (long long)n ? 0 : n - (size_t)(grow - left);
}

static ssize_t disk_pwrite(int fd, const void *p, size_t n, off_t at)
{
	int e = disk_fault(DISK_WRITE);
	size_t fits = disk_fits(fd, n, at);
	ssize_t done;

	disk_delay();
	if (e == DISK_SHORT) {
		fits = fits < n / 2 ? fits : n / 2;
		e = 0;
	} else if (e == 0 && fits == 0 && n > 0) {
		atomic_fetch_add(&disk->refused, 1);
		e = ENOSPC;
	}
	if (e != 0) {
		errno = e;
		return -1;
	}
	done = syscall(SYS_pwrite64, fd, p, fits, at);
	if (done > 0 && disk_watch) {
		disk_watch->wrote(fd, p, (size_t)done, at);
	}
	return done;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return disk_kind(fd) ? disk_pwrite(fd, p, n, at) : syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return pwrite(fd, p, n, at);
}

ssize_t pread64(int fd, void *p, size_t n, off64_t at)
{
	int e = disk_kind(fd) ? disk_fault(DISK_READ) : 0;

	if (e != 0) {
		errno = e;
		return -1;
	}
	return syscall(SYS_pread64, fd, p, n, at);
}

static int disk_sync(int fd, long call)
{
	int e = disk_kind(fd) ? disk_fault(DISK_SYNC) : 0;

	if (e != 0) {
		errno = e;
		return -1;
	}
	if (syscall(call, fd) != 0) {
		return -1;
	}
	if (disk_kind(fd) && disk_watch) {
		disk_watch->synced(fd);
	}
	return 0;
}

int fsync(int fd)
{
	return disk_sync(fd, SYS_fsync);
}

int fdatasync(int fd)
{
	return disk_sync(fd, SYS_fdatasync);
}

int ftruncate(int fd, off_t size)
{
	int e = disk_kind(fd) ? disk_fault(DISK_TRUNCATE) : 0;
	struct stat st;

	if (e == 0 && disk_kind(fd) && fstat(fd, &st) == 0 && size > st.st_size &&
	    disk_fits(fd, (size_t)(size - st.st_size), st.st_size) == 0) {
		atomic_fetch_add(&disk->refused, 1);
		e = ENOSPC;
	}
	if (e != 0) {
		errno = e;
		return -1;
	}
	if (syscall(SYS_ftruncate, fd, size) != 0) {
		return -1;
	}
	if (disk_kind(fd) && disk_watch) {
		disk_watch->truncated(fd, size);
	}
	return 0;
}

int ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

static int disk_fallocate(int fd, off_t at, off_t n)
{
	int e = disk_kind(fd) ? disk_fault(DISK_ALLOCATE) : 0;

	if (e == 0 && disk_kind(fd) && disk_fits(fd, (size_t)n, at) < (size_t)n) {
		atomic_fetch_add(&disk->refused, 1);
		e = ENOSPC;
	}
	if (e == 0 && syscall(SYS_fallocate, fd, 0, at, n) != 0) {
		e = errno;
	}
	return e;
}

int posix_fallocate(int fd, off_t at, off_t n)
{
	return disk_fallocate(fd, at, n);
}

static int disk_open(const char *path, int flags, mode_t mode)
{
	int kind = disk_owns(path) ? 1 : disk_is_dir(path) ? 2 : 0;
	int e = kind ? disk_fault(DISK_OPEN) : 0;
	bool is_new = kind == 1 && (flags & O_CREAT) && access(path, F_OK) != 0;
	int fd;

	if (e != 0) {
		errno = e;
		return -1;
	}
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (fd >= 0 && fd < DISK_FDS) {
		disk_fd[fd] = (unsigned char)kind;
		if (kind == 1 && disk_watch) {
			disk_watch->opened(fd, path, is_new);
		}
	}
	return fd;
}

static mode_t disk_mode(int flags, va_list *ap)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(*ap, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = disk_mode(flags, &ap);
	va_end(ap);
	return disk_open(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = disk_mode(flags, &ap);
	va_end(ap);
	return disk_open(path, flags, mode);
}

int close(int fd)
{
	if (fd >= 0 && fd < DISK_FDS) {
		disk_fd[fd] = 0;
	}
	return (int)syscall(SYS_close, fd);
}

int unlink(const char *path)
{
	int e = disk_owns(path) ? disk_fault(DISK_UNLINK) : 0;

	if (e != 0) {
		errno = e;
		return -1;
	}
	if (syscall(SYS_unlink, path) != 0) {
		return -1;
	}
	if (disk_owns(path) && disk_watch) {
		disk_watch->unlinked(path);
	}
	return 0;
}

int link(const char *from, const char *to)
{
	int e = disk_owns(to) ? disk_fault(DISK_LINK) : 0;

	if (e != 0) {
		errno = e;
		return -1;
	}
	if (syscall(SYS_link, from, to) != 0) {
		return -1;
	}
	if (disk_owns(to) && disk_watch) {
		disk_watch->linked(from, to);
	}
	return 0;
}

void *mmap64(void *want, size_t n, int prot, int flags, int fd, off64_t at)
{
	int e = disk_kind(fd) ? disk_fault(DISK_MMAP) : 0;

	if (e != 0) {
		errno = e;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mmap, want, n, prot, flags, fd, at);
}

#endif
