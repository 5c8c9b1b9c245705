#include "archive/archive_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/store.h"

char *file_beside(const char *db, const char *suffix)
{
	struct buf b = {0};

	buf_printf(&b, "%s%s", db, suffix);
	buf_add(&b, (struct slice){"", 1});
	return b.ptr;
}

void file_say(char *why, const char *path, const char *what)
{
	(void)snprintf(why, STORE_WHY_BYTES, "%s: %s", path, what);
}

bool file_sync_dir(const char *path)
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

bool file_write_all(int fd, struct slice s)
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

bool file_next_line(struct slice *rest, struct slice *line)
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
