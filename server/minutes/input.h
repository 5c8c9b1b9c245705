#ifndef ROKUSHA_MINUTES_INPUT_H
#define ROKUSHA_MINUTES_INPUT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ids.h"
#include "base/slice.h"

/*
 * What is sealed of a conference, as schema/minutes.md §2 and §9 have it: who was invited, who
 * reads which class, who sat together, who may know of whom, and every cell with its readers. Plain
 * data; who fills it in decides everything about rights, sealing nothing. All of it is borrowed.
 */
enum { MIN_NONE = 0xffff };

struct min_seat {
	uint8_t seat;
	uint64_t wire; /* as values of the room name it */
	struct slice role;
	struct slice name;  /* its own */
	struct slice label; /* what others may call it */
	seat_set knows;     /* seats it may know of, itself among them */
};

struct min_class {
	struct slice label; /* id of the class */
	seat_set readers;   /* by matrix and grants, without regard to rows */
};

enum min_value_kind {
	MIN_JSON, /* `json`: string, number, true, false, or a list of them */
	MIN_SEAT, /* `seat` */
	MIN_ROW,  /* `ref`: another row of the conference */
	MIN_PLACE /* `ref`: the agenda item's row, `nth` of its table there */
};

struct min_cell {
	struct slice column; /* id of the column */
	struct slice table;  /* empty: a field */
	uint64_t row;        /* with a table: the room's number of the row */
	uint8_t named;       /* of a list of seats, one cell a seat: that seat; else SEAT_NONE */
	enum min_value_kind kind;
	const json_t *json;
	uint8_t seat;
	uint64_t ref;
	uint32_t nth;
	uint16_t cls;      /* which of `cls`, where the cell may go to a class's box; MIN_NONE */
	uint16_t audience; /* which of `audience`, where it was born among them; MIN_NONE */
	seat_set readers;
};

struct min_input {
	const struct min_seat *seat; /* the roster, by seat */
	size_t seat_count;
	const struct min_class *cls; /* in the order of the matrix */
	size_t class_count;
	const seat_set *audience; /* distinct sets of seats of the roster that sat together */
	size_t audience_count;
	const struct min_cell *cell;
	size_t cell_count;
	struct slice notice; /* what is said of being invented; empty: nothing */
};

#endif
