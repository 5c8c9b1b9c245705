#ifndef ROKUSHA_TESTS_FAULTS_TRACE_H
#define ROKUSHA_TESTS_FAULTS_TRACE_H

/*
 * What a power cut may leave. All that the store does to its files is written down, in order, with
 * what it promised meanwhile. Afterwards, for any moment of it, an image is made of the disk: what
 * was synced is there; of everything else each sector may be there, or an older state of it, in any
 * order, or torn, or as something else where it was just being written. Names are synced by their
 * directory, and by nothing else. The -shm is memory and never there.
 */
#include <pthread.h>

#include "base/mem.h"
#include "faults/disk.h"

enum { TRACE_INODES = 64, TRACE_NAMES = 6, NO_INODE = -1 };

static const char *const trace_suffix[TRACE_NAMES] = {"",     "-wal",     "-journal",
						      ".new", ".new-wal", ".new-journal"};

enum op_kind { OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_SYNC_DIR, OP_NAME, OP_SAID };

struct op {
	enum op_kind kind;
	int inode;
	int name;    /* OP_NAME: which name now means `inode`, or nothing */
	size_t at;   /* OP_WRITE; OP_TRUNCATE: the size */
	size_t len;  /* OP_WRITE */
	size_t data; /* OP_WRITE: where in `bytes`; OP_SAID: which promise */
};

struct trace {
	struct op *op;
	size_t count, cap;
	char *bytes;
	size_t byte_count, byte_cap;
	int inodes;
	int name[TRACE_NAMES];    /* as the program sees them */
	int of_fd[DISK_FDS];      /* inode, or NO_INODE */
	char *first[TRACE_NAMES]; /* content of files that were there before; NULL */
	size_t first_size[TRACE_NAMES];
};

static struct trace trace;
static pthread_mutex_t trace_mutex = PTHREAD_MUTEX_INITIALIZER;

static void trace_push(struct op o)
{
	mem_room(&trace.op, &trace.cap, trace.count, sizeof *trace.op);
	trace.op[trace.count++] = o;
}

static int trace_name(const char *path)
{
	const char *suffix = path + strlen(disk->prefix);

	for (int i = 0; i < TRACE_NAMES; i++) {
		if (strcmp(suffix, trace_suffix[i]) == 0) {
			return i;
		}
	}
	return -1; /* -shm, .lock, .ballast */
}

static void trace_opened(int fd, const char *path, bool created)
{
	int n = trace_name(path);

	(void)pthread_mutex_lock(&trace_mutex);
	trace.of_fd[fd] = NO_INODE;
	if (n >= 0 && (created || trace.name[n] == NO_INODE)) {
		trace.name[n] = trace.inodes++;
		trace_push((struct op){.kind = OP_NAME, .inode = trace.name[n], .name = n});
	}
	if (n >= 0) {
		trace.of_fd[fd] = trace.name[n];
	}
	(void)pthread_mutex_unlock(&trace_mutex);
}

static void trace_wrote(int fd, const void *p, size_t n, off_t at)
{
	(void)pthread_mutex_lock(&trace_mutex);
	if (trace.of_fd[fd] != NO_INODE) {
		while (trace.byte_count + n > trace.byte_cap) {
			trace.byte_cap = trace.byte_cap ? trace.byte_cap * 2 : 1 << 20;
			trace.bytes = mem_grow(trace.bytes, trace.byte_cap, 1);
		}
		memcpy(trace.bytes + trace.byte_count, p, n);
		trace_push((struct op){.kind = OP_WRITE,
				       .inode = trace.of_fd[fd],
				       .at = (size_t)at,
				       .len = n,
				       .data = trace.byte_count});
		trace.byte_count += n;
	}
	(void)pthread_mutex_unlock(&trace_mutex);
}

static void trace_truncated(int fd, off_t size)
{
	(void)pthread_mutex_lock(&trace_mutex);
	if (trace.of_fd[fd] != NO_INODE) {
		trace_push(
		    (struct op){.kind = OP_TRUNCATE, .inode = trace.of_fd[fd], .at = (size_t)size});
	}
	(void)pthread_mutex_unlock(&trace_mutex);
}

static void trace_synced(int fd)
{
	(void)pthread_mutex_lock(&trace_mutex);
	if (disk_kind(fd) == 2) {
		trace_push((struct op){.kind = OP_SYNC_DIR});
	} else if (trace.of_fd[fd] != NO_INODE) {
		trace_push((struct op){.kind = OP_SYNC, .inode = trace.of_fd[fd]});
	}
	(void)pthread_mutex_unlock(&trace_mutex);
}

static void trace_named(const char *path, int inode)
{
	int n = trace_name(path);

	if (n >= 0) {
		trace.name[n] = inode;
		trace_push((struct op){.kind = OP_NAME, .inode = inode, .name = n});
	}
}

static void trace_linked(const char *from, const char *to)
{
	(void)pthread_mutex_lock(&trace_mutex);
	trace_named(to, trace.name[trace_name(from)]);
	(void)pthread_mutex_unlock(&trace_mutex);
}

static void trace_unlinked(const char *path)
{
	(void)pthread_mutex_lock(&trace_mutex);
	trace_named(path, NO_INODE);
	(void)pthread_mutex_unlock(&trace_mutex);
}

/* The `n`-th promise holds from here on. */
static void trace_said(size_t n)
{
	(void)pthread_mutex_lock(&trace_mutex);
	trace_push((struct op){.kind = OP_SAID, .data = n});
	(void)pthread_mutex_unlock(&trace_mutex);
}

static const struct disk_watch trace_watch = {.wrote = trace_wrote,
					      .truncated = trace_truncated,
					      .synced = trace_synced,
					      .opened = trace_opened,
					      .linked = trace_linked,
					      .unlinked = trace_unlinked};

/* Begin with the files that are there now, as if all of it had been synced. */
static void trace_begin(const char *path)
{
	char p[DISK_PATH + 16];
	struct stat st;

	trace = (struct trace){0};
	(void)snprintf(disk->prefix, sizeof disk->prefix, "%s", path);
	for (int i = 0; i < TRACE_NAMES; i++) {
		trace.name[i] = NO_INODE;
		(void)snprintf(p, sizeof p, "%s%s", path, trace_suffix[i]);
		if (stat(p, &st) == 0) {
			FILE *f = fopen(p, "rb");

			trace.name[i] = trace.inodes++;
			trace.first_size[i] = (size_t)st.st_size;
			trace.first[i] = mem_alloc(trace.first_size[i] + 1);
			if (!f || fread(trace.first[i], 1, trace.first_size[i], f) !=
				      trace.first_size[i]) {
				abort();
			}
			(void)fclose(f);
		}
	}
	disk_watch = &trace_watch;
}

static void trace_end(void)
{
	disk_watch = NULL;
	disk->prefix[0] = '\0';
}

static void trace_free(void)
{
	for (int i = 0; i < TRACE_NAMES; i++) {
		free(trace.first[i]);
	}
	free(trace.op);
	free(trace.bytes);
	trace = (struct trace){0};
}

#endif
