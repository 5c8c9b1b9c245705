/* export: what a seat may read, to be carried away; written down as read before it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "casefile/casefile.h"
#include "cli/cli_past.h"

/* Readable by the owner of the file only; never over a file that is there. */
static bool write_file(const char *path, struct slice bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");
	bool ok;

	if (!f) {
		return false;
	}
	ok = fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len && fflush(f) == 0 &&
	     fsync(fileno(f)) == 0;
	return fclose(f) == 0 && ok;
}

struct csv_dir {
	const char *path;
	char failed[1024];
};

static bool write_csv(void *arg, const char *name, struct slice bytes)
{
	struct csv_dir *dir = arg;
	int len = snprintf(dir->failed, sizeof dir->failed, "%s/%s.csv", dir->path, name);

	if (len < 0 || (size_t)len >= sizeof dir->failed) {
		errno = ENAMETOOLONG;
		return false;
	}
	return write_file(dir->failed, bytes);
}

/* ---- the audit ---- */

static struct slice cell_keys(const struct looker *l, struct arena *mem)
{
	json_t *list = json_array();
	char *text;
	struct slice out;

	for (size_t i = 0; i < l->export.snapshot.cell_count; i++) {
		struct slice key = l->export.snapshot.cell[i].key;

		json_array_append_new(list, json_stringn(key.ptr, key.len));
	}
	text = json_dumps(list, JSON_COMPACT);
	out = arena_dup(mem, slice_of(text));
	free(text);
	json_decref(list);
	return out;
}

static bool write_down(const struct cli *c, const struct past *p, const struct looker *l,
		       struct arena *mem)
{
	struct audit a = {.at_ms = cli_wall_ms(),
			  .seats = l->view.viewer,
			  .what = slice_of("export"),
			  .cells = cell_keys(l, mem)};
	char why[STORE_WHY_BYTES] = "";

	if (store_audit_beside(c->db, p->series, &a, why) != ERR_OK) {
		cli_fail(c, "%s", why);
		return false;
	}
	return true;
}

/* ---- the command ---- */

static int write_out(const struct cli *c, struct slice json, struct slice shown,
		     const struct schema *schema)
{
	struct csv_dir dir = {.path = c->csv};

	if (c->out && !write_file(c->out, json)) {
		return cli_fail(c, "%s: %s", c->out, strerror(errno));
	}
	if (c->csv && mkdir(c->csv, 0700) != 0) {
		return cli_fail(c, "%s: %s", c->csv, strerror(errno));
	}
	if (c->csv && casefile_csv(shown, schema, write_csv, &dir) != ERR_OK) {
		return cli_fail(c, "%s: %s", dir.failed, strerror(errno));
	}
	if (!c->out && !c->csv && fwrite(json.ptr, 1, json.len, stdout) != json.len) {
		return cli_fail(c, "standard output: %s", strerror(errno));
	}
	return EXIT_OK;
}

static int export_seat(const struct cli *c, const struct past *p, uint8_t seat, struct arena *mem)
{
	const struct seat *held = &room_rights(p->room)->seat[seat];
	char why[CASEFILE_WHY_BYTES] = "";
	struct buf json = {0};
	struct looker l;
	struct frame *f;
	struct slice shown;
	int code = EXIT_FAILED;

	if (!held->live || held->barred) {
		return cli_fail(c, "--as: \"%s\" %s", c->as,
				held->barred ? "is barred" : "is not held now");
	}
	past_look(p, seat, mem, &l);
	f = view_export(&l.view, &l.export);
	shown = (struct slice){(const char *)frame_bytes(f), frame_len(f)};
	if (casefile_write(shown, p->schema, &json, why) != ERR_OK) {
		cli_fail(c, "--as: %s", why);
	} else if (write_down(c, p, &l, mem)) {
		code = write_out(c, buf_slice(&json), shown, p->schema);
	}
	buf_fini(&json);
	frame_release(f);
	return code;
}

int cli_export(const struct cli *c)
{
	struct past p;
	struct arena mem;
	int code = EXIT_FAILED;

	arena_init(&mem);
	if (past_open(c, &p)) {
		uint8_t seat = room_seat_find(p.room, slice_of(c->as));

		code = seat == SEAT_NONE ? cli_fail(c, "--as: there is no seat \"%s\"", c->as)
					 : export_seat(c, &p, seat, &mem);
	}
	past_close(&p);
	arena_fini(&mem);
	return code;
}
