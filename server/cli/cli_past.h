#ifndef ROKUSHA_CLI_CLI_PAST_H
#define ROKUSHA_CLI_CLI_PAST_H

#include "cli/cli.h"
#include "archive/policies.h"
#include "room/room.h"
#include "view/view.h"

/* A series as it stood at a moment. */
struct past {
	struct cli_running running;
	struct policies *policies;
	struct policy_use policy;
	const struct schema *schema; /* what the series was pinned to then */
	struct store *store;
	struct series_id series;
	struct store_series *loaded;
	struct room *room;
};

/* The series of --series at --at, from --db. False after printing why; past_close in any case. */
bool past_open(const struct cli *c, struct past *p);
void past_close(struct past *p);

/* One seat looks at it; everything lives in `mem`. */
struct looker {
	struct view view;
	struct view_export export;
};
void past_look(const struct past *p, uint8_t seat, struct arena *mem, struct looker *out);

#endif
