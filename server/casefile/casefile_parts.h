#ifndef ROKUSHA_CASEFILE_CASEFILE_PARTS_H
#define ROKUSHA_CASEFILE_CASEFILE_PARTS_H

#include <jansson.h>

#include "base/day.h"
#include "base/ids.h"
#include "base/map.h"
#include "casefile/casefile.h"

/* Private to casefile/: the format as tables, and a case file while it is being read. */

/* On what the one series rests that holds all about the person. */
#define CASE_HOME_BASIS "consent_based"

/* What stands under a key of the format. */
enum kind {
	KIND_COL, /* a value of the column `col` of the form */
	KIND_ID,  /* a short line that names something */
	KIND_LINE,
	KIND_TEXT,
	KIND_DATE,
	KIND_TIME,   /* date and time of day */
	KIND_CLOCK,  /* HH:MM */
	KIND_OFFSET, /* mm:ss from the start of the meeting */
	KIND_BOOL,
	KIND_INT,   /* from `min` to `max` */
	KIND_WORD,  /* one of `words` */
	KIND_FIELD, /* a class of the matrix or a column of the form */
	KIND_VALUE, /* of a register: string, number, bool */
	KIND_ROLE,  /* references; they are looked up when everything else is known to be well */
	KIND_PARTY,
	KIND_WHO,    /* role or party */
	KIND_ANYONE, /* a party of any series in the file */
	KIND_CONSENT,
	KIND_ITEM,
	KIND_DECISION,
	KIND_RESOURCE,
	KIND_MEMBER,
	KIND_OBJECT,
	KIND_AREAS,         /* an object with a `shape` for each area of the form */
	KIND_SEATS_BY_ROLE, /* {role: [party ids]} */
	KIND_CELLS,         /* {column: value}; held against the form when they are read */
	KIND_COUNT
};

enum key_flag {
	NEED = 1,    /* must be there */
	NULLS = 2,   /* may be null (a value of a column always may, unless needed) */
	LIST = 4,    /* an array of such */
	OR_TEXT = 8, /* an object, or in its place a text */
};

struct reader;
struct shape;

struct key {
	const char *name;
	enum kind kind;
	unsigned flags;
	const char *col;           /* the form's column it goes to; "{area}" in areas */
	const struct shape *shape; /* KIND_OBJECT KIND_AREAS */
	const char *words;         /* KIND_WORD: separated by spaces */
	const char *unique;        /* LIST of objects: no two have the same value of this key */
	int min, max;
};

/* An object of the format: these keys and no other. */
struct shape {
	const struct key *key; /* ends with a NULL name */
	/* What no table can say; called for every such object, in both passes. */
	void (*more)(struct reader *r, json_t *o);
};

extern const struct shape shape_document, shape_case, shape_ledger, shape_person, shape_member,
    shape_party, shape_consent, shape_assessment, shape_pplan, shape_statement, shape_plan,
    shape_area, shape_work_site, shape_conference, shape_item, shape_referral, shape_resource,
    shape_bond, shape_monitoring, shape_closure, shape_follow_up, shape_row;

/* What a document's references may name. Keys are a letter, ':' and the id. */
struct doc {
	json_t *root; /* borrowed */
	struct map ref;
};

/* One seat to be. */
struct party {
	const char *id;
	const char *file_role; /* as the file says; a guest's may be any word */
	uint16_t role;         /* what it may see */
	unsigned duties;
	int64_t from_ms; /* held in [from, until); INT64_MIN, INT64_MAX: no such end */
	int64_t until_ms;
	seat_set before;      /* whose place it takes, and whose those took: casefile_succeed.c */
	seat_set same_person; /* of those, the ones this very person held */
	bool at_meeting;      /* held on the day of the meeting */
	bool remote;
	char wire[HEX64_LEN + 1];
};

/* One row to be. Values are kept until the end, since --after still changes them. */
struct row {
	uint16_t table;
	uint64_t id;
	const char *name; /* outside name; NULL: none */
	seat_set owner, about, audience;
	bool has_audience;
	bool is_entry;   /* an entry of the minutes stands in it already */
	uint64_t item;   /* of a row of the minutes: its agenda item; 0: none is known */
	int64_t from_ms; /* nobody has it before; 0: from the beginning */
	json_t *value;   /* column name -> value; owned */
};

struct reader {
	const struct schema *schema;
	const struct casefile_options *o;
	char *why;
	enum err failed; /* the first error wins; what is read after it is thrown away */
	char path[512];  /* where in the file we are: "$.parties[3]" */
	size_t path_len;
	uint16_t area;         /* inside support_plan.areas */
	bool refs;             /* second pass: references */
	const struct doc *doc; /* whose references */
	struct doc *docs;      /* all of the file: itself, then its further series */
	size_t docs_count, docs_cap, docs_at;
	struct map series; /* series_no -> index in docs */
	struct map anyone; /* party ids of all documents of the file */

	json_t *root;    /* the document of this series; owned by whoever parsed the file */
	bool is_other;   /* not the series the file begins with */
	int64_t held_ms; /* first moment of the meeting's day */
	int64_t start_ms;
	int64_t known_ms; /* what is dated later is not yet known; with `after` everything is */
	const struct shape *shape; /* of the whole document */
	bool statutory;            /* of such a series only parties, meeting and notes are kept */

	struct casefile *out;
	struct party party[SEAT_MAX];
	unsigned party_count;
	json_t *field; /* field id -> value; owned */
	struct row *row;
	size_t row_count, row_cap;
	json_t *grants, *withdrawals, *denials, *bars; /* bodies of records; owned */
	json_t *pending;                               /* owned */
	size_t record_cap, cell_count, grant_count, bytes;
};

/* ---- casefile_path.c: places and errors ---- */
void casefile_refuse(struct reader *r, enum err e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Go down; the answer is what path_back wants to come up again. */
size_t path_key(struct reader *r, const char *key);
size_t path_index(struct reader *r, size_t index);
void path_back(struct reader *r, size_t before);

/* ---- casefile_time.c ---- */
bool clock_ms(struct slice clock, int64_t *out); /* "HH:MM" */

/* ---- casefile_check.c, casefile_value.c, casefile_refs.c ---- */
/* The whole document against the format; `r->failed` tells. */
void check_document(struct reader *r);
void check_object(struct reader *r, const struct shape *shape, json_t *o);
/* Is `v` (not null) a value of this column? */
void check_cell(struct reader *r, uint16_t col, json_t *v);
void check_value(struct reader *r, const struct key *key, json_t *v);
/* One entry of a list of names. */
void check_name(struct reader *r, const json_t *v);
/* The column a key of the format names, in this area; SCHEMA_NONE when the form has none. */
uint16_t format_col(const struct schema *s, uint16_t area, const char *col);
/* The column a key names, here; SCHEMA_NONE and an error when the form has none. */
uint16_t key_col(struct reader *r, const struct key *key);
bool is_word_of(const char *words, const char *word);
void case_docs_init(struct reader *r); /* once the types in the file are known to be well */
void case_docs_fini(struct reader *r);
/* NULL when there is no such series in the file */
const struct doc *case_docs_series(const struct reader *r, struct slice series_no);
bool doc_has(const struct doc *d, char letter, const json_t *id);
bool is_role(const struct reader *r, const struct doc *d, const json_t *v);
void check_ref(struct reader *r, const struct key *key, json_t *v);

/* The column an edit of the script speaks of; SCHEMA_NONE when it is none. */
uint16_t edit_col(const struct reader *r, struct slice field, bool append);

void more_party(struct reader *r, json_t *o);
void more_consent(struct reader *r, json_t *o);
void more_item(struct reader *r, json_t *o); /* also of decisions: audience_parties */
void more_edit(struct reader *r, json_t *o);
void more_event(struct reader *r, json_t *o);
void more_expectation(struct reader *r, json_t *o);
void more_denial(struct reader *r, json_t *o);

/* ---- casefile_office.c ---- */
extern const struct shape shape_office;
void office_records(struct reader *r);

/* ---- casefile_shift.c ---- */
void shift_dates(struct reader *r);

/* ---- casefile_series.c: several series in one file ---- */
/* Each has a name of its own, and one at most is the home of all about the person. */
void check_series(struct reader *r);
/* How many further ones there are, at any depth. */
size_t count_series(const json_t *doc);
/* The n-th of them, as count_series counts; the path goes there. */
json_t *find_series(struct reader *r, size_t n);

/* ---- casefile_state.c: fields and rows to be ---- */
const char *text_at(const json_t *o, const char *key); /* NULL when absent or null */
struct slice slice_at(const json_t *o, const char *key);
bool day_at(const json_t *o, const char *key, int64_t *ms);
/* A copy fit for the column: null becomes its empty value, names of seats become seats. */
json_t *cell_value(struct reader *r, uint16_t col, json_t *v);
void field_set(struct reader *r, const char *id, json_t *value); /* takes `value` */
/* Every key of the shape that goes to a field, objects inside included. */
void fields_take(struct reader *r, const struct shape *shape, json_t *o);
/* The row is valid until the next one. `name` may be NULL. */
struct row *row_new(struct reader *r, const char *table, const char *name);
bool row_is_in(const struct reader *r, const struct row *row, const char *table);
void row_set(struct reader *r, struct row *row, const char *column, json_t *value); /* takes it */
/* Every key of the shape that goes to this table. */
void row_take(struct reader *r, struct row *row, const struct shape *shape, json_t *o);
const char *row_number_name(struct reader *r, const json_t *o, const char *key);
void pending_add(struct reader *r, const char *list, json_t *o);      /* borrows */
void pending_keep(struct reader *r, const char *name, json_t *value); /* borrows; NULL: nothing */
uint64_t random_id(struct reader *r);

/* ---- casefile_more.c: what the format has no key for ---- */
/* The "row" of a list's entry: whose it is, and values without a key. */
void row_more(struct reader *r, struct row *row, json_t *entry);
void make_more(struct reader *r);

/* ---- casefile_emit.c: everything becomes records ---- */
void emit(struct reader *r, enum record_kind kind, struct slice cell, json_t *body); /* takes */
void emit_all(struct reader *r);
void emit_rows(struct reader *r);
json_t *seats_json(seat_set seats);

/* ---- casefile_succeed.c: who took over whose seat ---- */
/* Fills in when each party's seat is held, and whose place it takes. */
void find_successions(struct reader *r);
void emit_successions(struct reader *r);

/* ---- casefile_party.c ---- */
void read_parties(struct reader *r);
void make_party_rows(struct reader *r);
seat_set seat_of_party(const struct reader *r, const char *id);
/* Seats holding a role ("rec": the duty); `who` may also be a party. */
seat_set party_seats_of_role(const struct reader *r, const char *role);
seat_set seats_of_who(const struct reader *r, const char *who);
/* The same, of those who held their seat then; where nobody did, all of them. */
seat_set seats_of_who_at(const struct reader *r, const char *who, int64_t ms);
/* Seats an agenda item or decision lets in. */
seat_set seats_of_audience(const struct reader *r, const json_t *o);
/* "@wire" of a single seat; null for none or several. */
json_t *seat_value(const struct reader *r, seat_set seats);
json_t *seats_value(const struct reader *r, seat_set seats);
/* For people to read: a role's label where `who` is a role or party, else `who` itself. */
const char *who_label(const struct reader *r, const char *who);

/* ---- the subjects ---- */
void make_household(struct reader *r); /* casefile_home.c */
void make_case(struct reader *r);      /* casefile_home.c */
void make_closure(struct reader *r);   /* casefile_home.c */
void make_consents(struct reader *r);  /* casefile_consent.c */
void make_denials(struct reader *r);   /* casefile_consent.c */
void make_plan(struct reader *r);      /* casefile_plan.c */
void make_work(struct reader *r);      /* casefile_plan.c */
void make_ledgers(struct reader *r);   /* casefile_ledger.c */
void make_notes(struct reader *r);     /* casefile_ledger.c */
void make_meeting(struct reader *r);   /* casefile_meeting.c */
void make_segment(struct reader *r);   /* casefile_meeting.c */
void keep_pending(struct reader *r);   /* casefile_meeting.c */
void play_script(struct reader *r);    /* casefile_after.c: with `after` only */

#endif
