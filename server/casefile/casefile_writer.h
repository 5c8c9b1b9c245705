#ifndef ROKUSHA_CASEFILE_CASEFILE_WRITER_H
#define ROKUSHA_CASEFILE_CASEFILE_WRITER_H

#include "casefile/casefile_parts.h"

/* Private to casefile/: a document of the format while it is being written. */
struct writer {
	const struct schema *schema;
	json_t *in;     /* what view_export gave; borrowed, its cells are copied before use */
	json_t *out;    /* the document */
	json_t *fields; /* of `in`: what has no key yet is left in it */
	json_t *more;   /* rows without a list */
	uint8_t follows[SEAT_MAX]; /* of a party, by place: the one before, or SEAT_NONE */
	seat_set persons;          /* parties, by place: they are who held the seat they follow */
	uint16_t area;
	char why[CASEFILE_WHY_BYTES];
};

/* ---- casefile_write.c ---- */
/* The object at a path such as "conference.agenda", made where it is missing. */
json_t *out_object(json_t *root, const char *path);
json_t *out_list(json_t *root, const char *path);
const struct shape *shape_at(const char *path);
uint16_t col_of_key(const struct writer *w, const struct key *k);
bool is_empty_value(const struct schema_col *c, const json_t *v);
/* A cell's value as the key takes it; NULL where it cannot. Owned by the caller. */
json_t *value_out(const struct writer *w, const struct key *k, uint16_t col, const json_t *v);
const json_t *party_of_seat(const struct writer *w, const char *hex);
/* The id behind "@"; NULL when it is no seat of the file. */
const char *seat_out(const struct writer *w, const json_t *v);

/* ---- casefile_write_rows.c ---- */
struct shown_row {
	const json_t *row; /* of `in` */
	json_t *cells;     /* a copy; what has got a key is taken out */
	json_t *entry;
	const char
	    *unset; /* a cell that is empty though reading the entry would fill it; or NULL */
};
typedef bool entry_fn(struct writer *w, struct shown_row *s);

void write_parties(struct writer *w);
void write_agenda(struct writer *w);
void write_rows(struct writer *w); /* all the others */
/* Whose it is and what has no key, into `o`: as "row" of an entry, or a row of `more`. */
void put_rest(struct writer *w, struct shown_row *s, json_t *o);
const char *single_seat(const json_t *row, const char *list);
bool has_seats(const json_t *row, const char *list);
/* Takes a text cell out; NULL when there is none. */
json_t *take_cell(struct shown_row *s, const char *name);

/* ---- casefile_write_entries.c: what the lists' entries need beyond their columns ---- */
extern const struct list_out {
	const char *table, *path;
	entry_fn *fill; /* false: this row cannot be such an entry; NULL: nothing more is needed */
	bool nobodys;   /* without a "row" such an entry is nobody's in particular */
} list_out[];
void put_audience(const struct writer *w, json_t *entry, const json_t *seats, bool at_signs);
int item_no_of(const struct writer *w, const json_t *row);
/* Is the row about all seats of one role, and nobody else? */
bool is_of_whole_role(const struct writer *w, const json_t *row);

/* ---- casefile_write_persons.c: who is the same person in their next seat ---- */
void find_persons(struct writer *w); /* before anything else of this part */
/* The seat before, which the same person held; NULL: none that the file may tell of. */
const char *person_before(const struct writer *w, const json_t *party);
/* The seat to name, so that this consent to several opens again what it opened; or NULL. */
const char *person_consented(const struct writer *w, const json_t *row);
/* Of a consent to one seat: those it would reach if it named that party, and did not. */
seat_set person_widens(const struct writer *w, const json_t *row);

#endif
