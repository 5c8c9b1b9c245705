/* The two files beside the database: what the server signs with, and the heads it gave out. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/archive_parts.h"
#include "minutes/b64.h"
#include "minutes/shape.h"

enum { KEYS_BYTES_MAX = 1024, HEADS_BYTES_MAX = 64 * 1024 * 1024 };

static const char *const key_name[] = {[MIN_SIGN_LOG] = "log", [MIN_SIGN_ATTEST] = "attest"};

static void say(char *why, const char *path, const char *what)
{
	(void)snprintf(why, STORE_WHY_BYTES, "%s: %s", path, what);
}

static char *beside(const struct archive *a, const char *suffix)
{
	struct buf b = {0};

	buf_printf(&b, "%s%s", a->db_path, suffix);
	buf_add(&b, (struct slice){"", 1});
	return b.ptr;
}

/* ERR_GONE it is not there */
static enum err read_file(const char *path, size_t bytes_max, struct buf *out, char *why)
{
	char block[8192];
	FILE *f = fopen(path, "rbe");
	size_t n;
	bool ok;

	if (!f) {
		say(why, path, strerror(errno));
		return errno == ENOENT ? ERR_GONE : ERR_IO;
	}
	while ((n = fread(block, 1, sizeof block, f)) > 0 && out->len <= bytes_max) {
		buf_add(out, (struct slice){block, n});
	}
	ok = !ferror(f) && out->len <= bytes_max;
	sodium_memzero(block, sizeof block);
	(void)fclose(f);
	if (!ok) {
		say(why, path, "cannot be read");
	}
	return ok ? ERR_OK : ERR_IO;
}

static bool sync_dir(const char *path)
{
	char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	int fd;
	bool ok;

	if (slash) {
		slash[slash == dir ? 1 : 0] = '\0';
	}
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0) {
		(void)close(fd);
	}
	free(dir);
	return ok;
}

static bool write_all(int fd, struct slice s)
{
	while (s.len) {
		ssize_t n = write(fd, s.ptr, s.len);

		if (n <= 0) {
			return false;
		}
		s.ptr += n;
		s.len -= (size_t)n;
	}
	return true;
}

/* ---- keys ---- */

/* The next line of `rest`, without its LF. False at the end, or where the last one has none. */
static bool next_line(struct slice *rest, struct slice *line)
{
	const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;

	if (!end) {
		return false;
	}
	*line = (struct slice){rest->ptr, (size_t)(end - rest->ptr)};
	rest->ptr = end + 1;
	rest->len -= line->len + 1;
	return true;
}

static bool take_seed(struct archive_keys *k, enum min_signer which, struct slice line)
{
	size_t name = strlen(key_name[which]);
	uint8_t seed[SEED_BYTES];
	bool ok = line.len > name + 1 && memcmp(line.ptr, key_name[which], name) == 0 &&
		  line.ptr[name] == ' ' &&
		  min_b64_exact((struct slice){line.ptr + name + 1, line.len - name - 1}, seed,
				sizeof seed);

	if (ok) {
		(void)crypto_sign_seed_keypair(k->public_[which], k->secret[which], seed);
	}
	sodium_memzero(seed, sizeof seed);
	return ok;
}

static enum err keys_read(struct archive *a, const char *path, char *why)
{
	struct buf text = {0};
	struct slice rest, line[2];
	enum err e = read_file(path, KEYS_BYTES_MAX, &text, why);

	if (e == ERR_OK) {
		rest = buf_slice(&text);
		if (!next_line(&rest, &line[0]) || !next_line(&rest, &line[1]) || rest.len ||
		    !take_seed(&a->keys, MIN_SIGN_LOG, line[0]) ||
		    !take_seed(&a->keys, MIN_SIGN_ATTEST, line[1])) {
			say(why, path, "is no file of keys");
			e = ERR_IO;
		}
	}
	a->keys.are_there = e == ERR_OK;
	if (text.ptr) {
		sodium_memzero(text.ptr, text.cap);
	}
	buf_fini(&text);
	return e;
}

static void new_seeds(struct buf *out)
{
	for (int which = 0; which < 2; which++) {
		uint8_t seed[SEED_BYTES];

		randombytes_buf(seed, sizeof seed);
		buf_printf(out, "%s ", key_name[which]);
		min_b64_add(out, seed, sizeof seed);
		buf_add_str(out, "\n");
		sodium_memzero(seed, sizeof seed);
	}
}

/* Whole under its name, or not at all; one that somebody made meanwhile stays. */
static enum err keys_make(const char *path, char *why)
{
	struct buf draft = {0}, text = {0};
	int fd;
	bool ok;

	buf_printf(&draft, "%s.%ld", path, (long)getpid());
	buf_add(&draft, (struct slice){"", 1});
	new_seeds(&text);
	(void)unlink(draft.ptr);
	fd = open(draft.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ok = fd >= 0 && write_all(fd, buf_slice(&text)) && fsync(fd) == 0;
	ok = (fd < 0 || close(fd) == 0) && ok;
	ok = ok && (link(draft.ptr, path) == 0 || errno == EEXIST) && sync_dir(path);
	if (!ok) {
		say(why, path, strerror(errno));
	}
	(void)unlink(draft.ptr);
	sodium_memzero(text.ptr, text.cap);
	buf_fini(&text);
	buf_fini(&draft);
	return ok ? ERR_OK : ERR_IO;
}

enum err keys_take(struct archive *a, bool may_make, char *why)
{
	char *path = beside(a, ".keys");
	enum err e = a->keys.are_there ? ERR_OK : keys_read(a, path, why);

	if (e == ERR_GONE && may_make) {
		e = keys_make(path, why);
		if (e == ERR_OK) {
			e = keys_read(a, path, why);
		}
	}
	free(path);
	return e;
}

void keys_forget(struct archive_keys *k)
{
	sodium_memzero(k, sizeof *k);
}

/* ---- heads ---- */

/* "origin size root"; false for anything else, as the last line after a crash may be. */
static bool read_head(struct slice line, struct slice origin, struct given_head *out)
{
	const char *space = line.len ? memchr(line.ptr, ' ', line.len) : NULL;
	struct slice rest, number;
	struct given_head h;

	if (!space || !slice_eq((struct slice){line.ptr, (size_t)(space - line.ptr)}, origin)) {
		return false;
	}
	rest = (struct slice){space + 1, line.len - origin.len - 1};
	space = rest.len ? memchr(rest.ptr, ' ', rest.len) : NULL;
	if (!space) {
		return false;
	}
	number = (struct slice){rest.ptr, (size_t)(space - rest.ptr)};
	if (!min_number_read(number, &h.size) ||
	    !min_b64_exact((struct slice){space + 1, rest.len - number.len - 1}, h.root.b,
			   sizeof h.root.b)) {
		return false;
	}
	*out = h;
	return true;
}

enum err heads_find(const struct archive *a, struct slice origin, struct given_head *out, char *why)
{
	char *path = beside(a, ".heads");
	struct buf text = {0};
	struct slice rest, line;
	struct given_head h;
	enum err e = read_file(path, HEADS_BYTES_MAX, &text, why);

	*out = (struct given_head){0};
	rest = buf_slice(&text);
	while (e == ERR_OK && next_line(&rest, &line)) {
		if (read_head(line, origin, &h) && h.size >= out->size) {
			*out = h;
		}
	}
	buf_fini(&text);
	free(path);
	return e == ERR_GONE ? ERR_OK : e;
}

/* What a crash left of a line is ended first, so that ours stands on one of its own. */
static bool begin_line(int fd)
{
	struct stat st;
	char last = '\n';

	if (fstat(fd, &st) != 0 || (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1)) {
		return false;
	}
	return last == '\n' || write_all(fd, (struct slice){"\n", 1});
}

enum err heads_give(const struct archive *a, struct slice origin, const struct given_head *head,
		    char *why)
{
	char *path = beside(a, ".heads");
	bool is_new = access(path, F_OK) != 0;
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char root[MIN_B64_HASH + 1];
	struct buf line = {0};
	bool ok;

	min_b64_hash(&head->root, root);
	buf_printf(&line, "%.*s %" PRIu64 " %s\n", (int)origin.len, origin.ptr, head->size, root);
	ok = fd >= 0 && begin_line(fd) && write_all(fd, buf_slice(&line)) && fsync(fd) == 0 &&
	     (!is_new || sync_dir(path));
	if (!ok) {
		say(why, path, strerror(errno));
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	buf_fini(&line);
	free(path);
	return ok ? ERR_OK : ERR_IO;
}
