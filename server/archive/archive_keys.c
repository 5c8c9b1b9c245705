/* What the server signs with: the file of keys beside the database. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive_file.h"
#include "archive/archive_parts.h"
#include "minutes/b64.h"

enum { KEYS_BYTES_MAX = 1024 };

static const char *const key_name[] = {[MIN_SIGN_LOG] = "log", [MIN_SIGN_ATTEST] = "attest"};

/* ERR_GONE it is not there */
static enum err read_file(const char *path, size_t bytes_max, struct buf *out, char *why)
{
	char block[8192];
	FILE *f = fopen(path, "rbe");
	size_t n;
	bool ok;

	if (!f) {
		file_say(why, path, strerror(errno));
		return errno == ENOENT ? ERR_GONE : ERR_IO;
	}
	while ((n = fread(block, 1, sizeof block, f)) > 0 && out->len <= bytes_max) {
		buf_add(out, (struct slice){block, n});
	}
	ok = !ferror(f) && out->len <= bytes_max;
	sodium_memzero(block, sizeof block);
	(void)fclose(f);
	if (!ok) {
		file_say(why, path, "cannot be read");
	}
	return ok ? ERR_OK : ERR_IO;
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
		if (!file_next_line(&rest, &line[0]) || !file_next_line(&rest, &line[1]) ||
		    rest.len || !take_seed(&a->keys, MIN_SIGN_LOG, line[0]) ||
		    !take_seed(&a->keys, MIN_SIGN_ATTEST, line[1])) {
			file_say(why, path, "is no file of keys");
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
	ok = fd >= 0 && file_write_all(fd, buf_slice(&text)) && fsync(fd) == 0;
	ok = (fd < 0 || close(fd) == 0) && ok;
	ok = ok && (link(draft.ptr, path) == 0 || errno == EEXIST) && file_sync_dir(path);
	if (!ok) {
		file_say(why, path, strerror(errno));
	}
	(void)unlink(draft.ptr);
	sodium_memzero(text.ptr, text.cap);
	buf_fini(&text);
	buf_fini(&draft);
	return ok ? ERR_OK : ERR_IO;
}

enum err keys_take(struct archive *a, bool may_make, char *why)
{
	char *path = file_beside(a->db_path, ".keys");
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
