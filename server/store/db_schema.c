#include "store/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "embedded.h"

enum { APPLICATION_ID = 0x526F6B75 }; /* "Roku" */

void db_scripts(struct slice script[DB_NEWEST])
{
	script[0] = (struct slice){(const char *)embedded_sqlite_0001, embedded_sqlite_0001_len};
	script[1] = (struct slice){(const char *)embedded_sqlite_0002, embedded_sqlite_0002_len};
	script[2] = (struct slice){(const char *)embedded_sqlite_0003, embedded_sqlite_0003_len};
	script[3] = (struct slice){(const char *)embedded_sqlite_0004, embedded_sqlite_0004_len};
	script[4] = (struct slice){(const char *)embedded_sqlite_0005, embedded_sqlite_0005_len};
	script[5] = (struct slice){(const char *)embedded_sqlite_0006, embedded_sqlite_0006_len};
	script[6] = (struct slice){(const char *)embedded_sqlite_0007, embedded_sqlite_0007_len};
	script[7] = (struct slice){(const char *)embedded_sqlite_0008, embedded_sqlite_0008_len};
	script[8] = (struct slice){(const char *)embedded_sqlite_0009, embedded_sqlite_0009_len};
	script[9] = (struct slice){(const char *)embedded_sqlite_0010, embedded_sqlite_0010_len};
}

char *db_path(const char *path, const char *suffix)
{
	size_t a = strlen(path);
	size_t b = strlen(suffix);
	char *p = mem_alloc(a + b + 1);

	memcpy(p, path, a);
	memcpy(p + a, suffix, b);
	return p;
}

enum err db_lock(const char *path, int *fd, char *why)
{
	char *lock = db_path(path, ".lock");
	enum err e = ERR_IO;
	int f = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (f < 0) {
		why_printf(why, "%s: %s", lock, strerror(errno));
	} else if (flock(f, LOCK_EX | LOCK_NB) != 0) {
		why_printf(why, "%s is in use: %s", path,
			   errno == EWOULDBLOCK ? "a server or an import runs" : strerror(errno));
		(void)close(f);
	} else {
		*fd = f;
		e = ERR_OK;
	}
	free(lock);
	return e;
}

/* A pragma that answers one integer. */
static int pragma_int(struct db *d, const char *sql, int *out)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(d->handle, sql, -1, &st, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW) {
			*out = sqlite3_column_int(st, 0);
			rc = SQLITE_OK;
		}
	}
	(void)sqlite3_finalize(st);
	return rc;
}

enum err db_version(struct db *d, int newest, int *version, char *why)
{
	int app = 0;
	int have = 0;

	if (pragma_int(d, "PRAGMA application_id", &app) != SQLITE_OK ||
	    pragma_int(d, "PRAGMA user_version", &have) != SQLITE_OK) {
		why_printf(why, "the database cannot be read: %s", sqlite3_errmsg(d->handle));
		return ERR_IO;
	}
	if (app != APPLICATION_ID || have < 1) {
		why_printf(why, "this is not a database of Rokusha");
		return ERR_IO;
	}
	if (have > newest) {
		why_printf(why, "made by a newer Rokusha (database version %d, this one knows %d)",
			   have, newest);
		return ERR_OLD;
	}
	*version = have;
	return ERR_OK;
}

/* Who made it: of an older database that stays as it is. */
static const char made_with[] =
    "UPDATE meta SET version = (SELECT user_version FROM pragma_user_version)";

/* All or none: until the COMMIT the program that was there before still works. */
enum err db_migrate(struct db *d, int version, const struct slice *script, int count, char *why)
{
	int rc = sqlite3_exec(d->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	int have = 0;

	for (int i = version; i < count && rc == SQLITE_OK; i++) {
		char *sql = mem_dup(script[i]);

		rc = sqlite3_exec(d->handle, sql, NULL, NULL, NULL);
		free(sql);
		if (rc == SQLITE_OK) {
			rc = pragma_int(d, "PRAGMA user_version", &have);
			assert(rc != SQLITE_OK || have == i + 1);
		}
	}
	if (rc == SQLITE_OK && version == 0) {
		rc = sqlite3_exec(d->handle, made_with, NULL, NULL, NULL);
	}
	if (rc == SQLITE_OK) {
		rc = sqlite3_exec(d->handle, "COMMIT", NULL, NULL, NULL);
	}
	if (rc == SQLITE_OK) {
		return ERR_OK;
	}
	why_printf(why, "from database version %d to %d: %s", version, count,
		   sqlite3_errmsg(d->handle));
	if (!sqlite3_get_autocommit(d->handle)) {
		/* should this fail too, closing the connection rolls back */
		(void)sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
	}
	return ERR_IO;
}

/* Closing would do it too, and say nothing when it fails: the tables would stay in a WAL of the
 * draft. */
static enum err fold_wal(struct db *d, char *why)
{
	int rc = sqlite3_wal_checkpoint_v2(d->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	if (rc != SQLITE_OK) {
		why_printf(why, "the database cannot be made: %s", sqlite3_errmsg(d->handle));
	}
	return rc == SQLITE_OK ? ERR_OK : ERR_IO;
}

static enum err create_tables(const char *path, char *why)
{
	struct slice script[DB_NEWEST];
	struct db d = {0};
	enum err e;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || close(fd) != 0) {
		why_printf(why, "%s: %s", path, strerror(errno));
		return ERR_IO;
	}
	e = db_open(&d, path, DB_WRITER, why);
	if (e == ERR_OK) {
		db_scripts(script);
		e = db_migrate(&d, 0, script, DB_NEWEST, why);
		if (e == ERR_OK) {
			e = fold_wal(&d, why);
		}
		db_close(&d);
	}
	return e;
}

static bool sync_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	bool ok;
	int fd;

	if (slash) {
		dir = mem_dup((struct slice){path, (size_t)(slash - path) + 1});
	} else {
		dir = mem_dup(slice_of("."));
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0) {
		(void)close(fd);
	}
	free(dir);
	return ok;
}

static void unlink_with(const char *path, const char *suffix)
{
	char *p = db_path(path, suffix);

	(void)unlink(p); /* mostly not there */
	free(p);
}

/* A WAL left from a file that is gone would be played into the new one. */
static bool has_leftover(const char *path)
{
	static const char *const suffix[] = {"-wal", "-journal"};
	struct stat st;
	bool found = false;

	for (size_t i = 0; i < sizeof suffix / sizeof *suffix; i++) {
		char *p = db_path(path, suffix[i]);

		found = found || (lstat(p, &st) == 0 && st.st_size > 0);
		free(p);
	}
	return found;
}

/* Made under another name and linked to its own when complete: half a database never shows. */
enum err store_create(const char *path, char *why)
{
	char *draft = db_path(path, ".new");
	struct stat st;
	enum err e = ERR_IO;
	int lock = -1;

	if (lstat(path, &st) == 0) {
		why_printf(why, "%s exists already", path);
	} else if (has_leftover(path)) {
		why_printf(why, "beside %s lies the -wal or -journal of another database", path);
	} else if (db_lock(path, &lock, why) == ERR_OK) {
		unlink_with(draft, "");
		unlink_with(draft, "-wal");
		unlink_with(draft, "-shm");
		unlink_with(draft, "-journal");
		e = create_tables(draft, why);
		if (e == ERR_OK && (link(draft, path) != 0 || !sync_dir(path))) {
			why_printf(why, "%s: %s", path, strerror(errno));
			e = ERR_IO;
		}
		unlink_with(draft, "");
		(void)close(lock);
	}
	free(draft);
	return e;
}
