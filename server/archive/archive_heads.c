#include "archive/archive_heads.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive_file.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "minutes/b64.h"
#include "minutes/shape.h"

enum {
	FILE_BYTES_MAX = 256 * 1024 * 1024,
	LOGS_MAX = 128 * 1024,
	LINE_BYTES_MAX = 1024, /* origin, head, 32 parties */
	ORIGIN_BYTES_MAX = 235,
	BLOCK_BYTES = 64 * 1024,
	PARTS = 6
};

struct heads {
	char *path;
	struct stat st; /* of the file as it was read */
	bool is_read;
	off_t at; /* behind the last whole line */
	struct head_known *known;
	size_t count, cap;
	struct map index; /* origin -> known */
	struct arena mem;
};

struct heads *heads_create(const char *db)
{
	struct heads *h = mem_alloc(sizeof *h);

	h->path = file_beside(db, ".heads");
	arena_init(&h->mem);
	return h;
}

static void forget(struct heads *h)
{
	map_fini(&h->index);
	h->index = (struct map){0};
	arena_fini(&h->mem);
	arena_init(&h->mem);
	h->count = 0;
	h->at = 0;
	h->is_read = false;
}

void heads_destroy(struct heads *h)
{
	if (h) {
		forget(h);
		arena_fini(&h->mem);
		free(h->known);
		free(h->path);
		free(h);
	}
}

/* ---- lines ---- */

/* Words with one space between. How many; 0: more than PARTS, or an empty one. */
static size_t words_of(struct slice line, struct slice out[PARTS])
{
	size_t n = 0;

	for (;;) {
		const char *space = line.len ? memchr(line.ptr, ' ', line.len) : NULL;
		size_t len = space ? (size_t)(space - line.ptr) : line.len;

		if (len == 0 || n == PARTS) {
			return 0;
		}
		out[n++] = (struct slice){line.ptr, len};
		if (!space) {
			return n;
		}
		line = (struct slice){space + 1, line.len - len - 1};
	}
}

static bool are_parties(struct slice s)
{
	for (;;) {
		if (s.len < MIN_ID_CHARS || !min_id_is_valid((struct slice){s.ptr, MIN_ID_CHARS})) {
			return false;
		}
		if (s.len == MIN_ID_CHARS) {
			return true;
		}
		if (s.ptr[MIN_ID_CHARS] != ',') {
			return false;
		}
		s = (struct slice){s.ptr + MIN_ID_CHARS + 1, s.len - MIN_ID_CHARS - 1};
	}
}

static bool read_line(struct slice line, struct head_known *out)
{
	struct slice word[PARTS];
	size_t n = line.len > LINE_BYTES_MAX ? 0 : words_of(line, word);
	struct head_known k = {0};

	if ((n != 3 && n != PARTS) || word[0].len > ORIGIN_BYTES_MAX ||
	    !min_number_read(word[1], &k.head.size) ||
	    !min_b64_exact(word[2], k.head.root.b, sizeof k.head.root.b)) {
		return false;
	}
	if (n == PARTS) {
		k.of = (struct head_of){.series = word[3], .parties = word[5]};
		if (!min_id_is_valid(word[3]) || !min_number_read(word[4], &k.of.seq) ||
		    !are_parties(word[5])) {
			return false;
		}
	}
	k.origin = word[0];
	*out = k;
	return true;
}

/* False: one log too many. */
static bool take_line(struct heads *h, struct slice line)
{
	struct head_known k, *old;
	uint32_t at;

	if (!read_line(line, &k)) {
		return true;
	}
	at = map_get(&h->index, k.origin);
	if (at == MAP_NONE) {
		if (h->count == LOGS_MAX) {
			return false;
		}
		at = (uint32_t)h->count++;
		mem_room(&h->known, &h->cap, at, sizeof *h->known);
		h->known[at] = (struct head_known){.origin = arena_dup(&h->mem, k.origin)};
		map_put(&h->index, k.origin, at);
	}
	old = &h->known[at];
	if (k.head.size >= old->head.size) {
		old->head = k.head;
	}
	if (k.of.series.len && !old->of.series.len) {
		old->of = (struct head_of){.series = arena_dup(&h->mem, k.of.series),
					   .seq = k.of.seq,
					   .parties = arena_dup(&h->mem, k.of.parties)};
	}
	return true;
}

/* ---- the file ---- */

/* Whole lines from `h->at` on. */
static enum err read_on(struct heads *h, int fd, char *why)
{
	char *block = mem_alloc(BLOCK_BYTES);
	struct slice rest, line;
	enum err e = ERR_OK;
	ssize_t n;

	while (e == ERR_OK && (n = pread(fd, block, BLOCK_BYTES, h->at)) > 0) {
		rest = (struct slice){block, (size_t)n};
		while (e == ERR_OK && file_next_line(&rest, &line)) {
			e = take_line(h, line) ? ERR_OK : ERR_LIMIT;
		}
		if (rest.ptr == block) {
			/* No line is so long: what stands there says nothing, and its end neither.
			 */
			if (n < BLOCK_BYTES) {
				break;
			}
			rest.len = 0;
		}
		h->at += n - (ssize_t)rest.len;
	}
	if (e != ERR_OK || n < 0) {
		file_say(why, h->path,
			 e != ERR_OK ? "more logs than can be known" : strerror(errno));
		e = ERR_IO;
	}
	free(block);
	return e;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_unchanged(const struct stat *a, const struct stat *b)
{
	return is_same(a, b) && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static enum err refresh(struct heads *h, char *why)
{
	int fd = open(h->path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	enum err e = ERR_OK;

	if (fd < 0 && errno == ENOENT) {
		forget(h);
		return ERR_OK;
	}
	if (fd < 0 || fstat(fd, &st) != 0) {
		file_say(why, h->path, strerror(errno));
		e = ERR_IO;
	} else if (st.st_size > FILE_BYTES_MAX) {
		file_say(why, h->path, "longer than can be read");
		e = ERR_IO;
	} else if (!h->is_read || !is_unchanged(&st, &h->st)) {
		if (h->is_read && (!is_same(&st, &h->st) || st.st_size <= h->st.st_size)) {
			forget(h);
		}
		e = read_on(h, fd, why);
		h->is_read = e == ERR_OK;
		h->st = st;
	}
	if (e != ERR_OK) {
		forget(h);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return e;
}

enum err heads_read(struct heads *h, size_t *count, char *why)
{
	enum err e = refresh(h, why);

	*count = h->count;
	return e;
}

const struct head_known *heads_at(const struct heads *h, size_t i)
{
	return &h->known[i];
}

enum err heads_find(struct heads *h, struct slice origin, struct head_known *out, char *why)
{
	enum err e = refresh(h, why);
	uint32_t at = map_get(&h->index, origin);

	*out = at == MAP_NONE ? (struct head_known){0} : h->known[at];
	return e;
}

/* ---- adding ---- */

/* What a crash left of a line is ended first, so that ours stands on one of its own. */
static bool begin_line(int fd)
{
	struct stat st;
	char last = '\n';

	if (fstat(fd, &st) != 0 || (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1)) {
		return false;
	}
	return last == '\n' || file_write_all(fd, (struct slice){"\n", 1});
}

static void write_line(struct buf *out, struct slice origin, const struct given_head *head,
		       const struct head_of *of)
{
	char root[MIN_B64_HASH + 1];

	min_b64_hash(&head->root, root);
	buf_printf(out, "%.*s %" PRIu64 " %s", (int)origin.len, origin.ptr, head->size, root);
	if (of) {
		buf_printf(out, " %.*s %" PRIu64 " %.*s", (int)of->series.len, of->series.ptr,
			   of->seq, (int)of->parties.len, of->parties.ptr);
	}
	buf_add_str(out, "\n");
}

enum err heads_give(struct heads *h, struct slice origin, const struct given_head *head,
		    const struct head_of *of, char *why)
{
	bool is_new = access(h->path, F_OK) != 0;
	int fd = open(h->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct buf line = {0};
	bool ok;

	write_line(&line, origin, head, of);
	ok = fd >= 0 && begin_line(fd) && file_write_all(fd, buf_slice(&line)) && fsync(fd) == 0 &&
	     (!is_new || file_sync_dir(h->path));
	if (!ok) {
		file_say(why, h->path, strerror(errno));
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	buf_fini(&line);
	return ok ? ERR_OK : ERR_IO;
}
