#ifndef ROKUSHA_ARCHIVE_ARCHIVE_FILE_H
#define ROKUSHA_ARCHIVE_ARCHIVE_FILE_H

#include "base/slice.h"

/* Private to archive/: what the files beside the database have in common. */

/* `db` with `suffix` behind it; the caller's, free with free(). */
char *file_beside(const char *db, const char *suffix);
/* "path: what" into `why` (STORE_WHY_BYTES). */
void file_say(char *why, const char *path, const char *what);
/* The name is on the disk, too, not only what stands under it. False: errno says why. */
bool file_sync_dir(const char *path);
bool file_write_all(int fd, struct slice s);
/* The next line of `rest`, without its LF. False at the end, or where the last one has none. */
bool file_next_line(struct slice *rest, struct slice *line);

#endif
