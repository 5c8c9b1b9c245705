/* A case file in five steps: scan, check, shift, put the state together, write the records. */
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "casefile/casefile_parts.h"

/* Before parsing: a parser that recurses must not be led too deep. */
static bool too_deep(struct slice t)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < t.len; i++) {
		char c = t.ptr[i];

		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > LIMIT_JSON_DEPTH) {
				return true;
			}
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

/* The parser takes a NUL byte for the end of the file, whatever follows. */
static bool has_nul(struct reader *r, struct slice t)
{
	const char *nul = t.len ? memchr(t.ptr, '\0', t.len) : NULL;
	int line = 1;
	int column = 1;

	for (const char *c = t.ptr; nul && c < nul; c++) {
		column = *c == '\n' ? 1 : column + 1;
		line += *c == '\n';
	}
	if (nul) {
		casefile_refuse(r, ERR_PROTO, "line %d, column %d: not valid JSON", line, column);
	}
	return nul != NULL;
}

/* The parser's own words would quote the file, which may hold anything. */
static const char *parser_words(enum json_error_code code)
{
	switch (code) {
	case json_error_duplicate_key:
		return "a key is there twice";
	case json_error_null_byte_in_key:
		return "a key has control characters";
	case json_error_numeric_overflow:
		return "not valid JSON (a number is too large)";
	default:
		return "not valid JSON";
	}
}

static void parse(struct reader *r, struct slice json)
{
	json_error_t e;

	if (json.len > LIMIT_CASE_FILE_BYTES) {
		casefile_refuse(r, ERR_LIMIT, "larger than %d bytes", LIMIT_CASE_FILE_BYTES);
		return;
	}
	if (too_deep(json)) {
		casefile_refuse(r, ERR_LIMIT, "nested deeper than %d", LIMIT_JSON_DEPTH);
		return;
	}
	if (has_nul(r, json)) {
		return;
	}
	/* What is JSON but no case is left to the checks: they know the place. */
	r->root = json_loadb(json.ptr ? json.ptr : "", json.len,
			     JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);
	if (!r->root) {
		casefile_refuse(r, ERR_PROTO, "line %d, column %d: %s", e.line, e.column,
				parser_words(json_error_code(&e)));
	}
}

static void find_times(struct reader *r)
{
	const json_t *conference = json_object_get(r->root, "conference");
	int64_t clock = 0;

	(void)day_at(conference, "held_on", &r->held_ms);
	(void)clock_ms(slice_at(conference, "start"), &clock);
	r->start_ms = r->held_ms + clock;
	r->known_ms = r->o->after ? INT64_MAX : r->held_ms;
	r->statutory = !slice_is(slice_at(conference, "legal_basis"), CASE_HOME_BASIS);
}

/* In the order in which the rows are to be found in the journal. */
static void make_state(struct reader *r)
{
	typedef void make_fn(struct reader * r);
	static const struct {
		make_fn *make;
		bool statutory; /* also for a meeting that rests on a law instead of consent */
	} part[] = {
	    {make_party_rows, true}, {make_case, false},    {make_household, false},
	    {make_consents, false},  {make_denials, true},  {make_plan, false},
	    {make_work, false},      {make_ledgers, false}, {make_notes, true},
	    {make_meeting, true},    {make_closure, false}, {keep_pending, true},
	    {play_script, true},     {make_more, true},
	};

	for (size_t i = 0; i < sizeof part / sizeof *part && r->failed == ERR_OK; i++) {
		if (part[i].statutory || !r->statutory) {
			part[i].make(r);
		}
	}
}

static void write_records(struct reader *r)
{
	char *text;

	if (r->failed == ERR_OK) {
		make_state(r);
	}
	if (r->failed == ERR_OK) {
		emit_all(r);
		make_segment(r);
	}
	text = json_dumps(r->pending, JSON_COMPACT);
	r->out->pending = arena_dup(&r->out->mem, slice_of(text ? text : "{}"));
	free(text);
}

/* What one series needs while it is put together. */
static void reader_init(struct reader *r)
{
	r->area = SCHEMA_NONE;
	r->field = json_object();
	r->grants = json_array();
	r->withdrawals = json_array();
	r->denials = json_array();
	r->bars = json_array();
	r->pending = json_object();
	arena_init(&r->out->mem);
}

static void reader_fini(struct reader *r)
{
	for (size_t i = 0; i < r->row_count; i++) {
		json_decref(r->row[i].value);
	}
	free(r->row);
	json_decref(r->field);
	json_decref(r->grants);
	json_decref(r->withdrawals);
	json_decref(r->denials);
	json_decref(r->bars);
	json_decref(r->pending);
	case_docs_fini(r);
}

static void read_series(struct reader *r)
{
	r->out->series =
	    arena_dup(&r->out->mem, slice_at(json_object_get(r->root, "conference"), "series_no"));
	find_times(r);
	read_parties(r);
	write_records(r);
}

/* The n-th further series, by itself: it gets nothing of what was read before. */
static void read_other(struct reader *home, size_t n)
{
	size_t start = home->path_len;
	struct reader r = {.schema = home->schema,
			   .o = home->o,
			   .why = home->why,
			   .is_other = true,
			   .out = &home->out->other[n]};

	r.root = find_series(home, n);
	memcpy(r.path, home->path, sizeof r.path);
	r.path_len = home->path_len;
	path_back(home, start);
	reader_init(&r);
	read_series(&r);
	home->failed = r.failed;
	reader_fini(&r);
}

static void read_all(struct reader *r)
{
	size_t count = count_series(r->root);

	read_series(r);
	if (r->failed == ERR_OK && count > 0) {
		r->out->other = mem_alloc(count * sizeof *r->out->other);
	}
	for (size_t i = 0; i < count && r->failed == ERR_OK; i++) {
		r->out->other[i] = (struct casefile){0};
		r->out->other_count++;
		read_other(r, i);
	}
}

static void read_office(struct reader *r)
{
	r->out->series = arena_dup(&r->out->mem, slice_at(r->root, "name"));
	r->held_ms = r->o->now_ms;
	office_records(r);
	r->out->pending = arena_dup(&r->out->mem, slice_of("{}"));
}

static void read_file(struct reader *r)
{
	check_document(r);
	if (r->failed == ERR_OK && r->shape == &shape_office) {
		read_office(r);
		return;
	}
	if (r->failed == ERR_OK) {
		check_series(r);
	}
	if (r->failed == ERR_OK) {
		shift_dates(r);
	}
	if (r->failed == ERR_OK) {
		read_all(r);
	}
}

static enum err read_document(struct slice json, const struct shape *shape,
			      const struct schema *schema, const struct casefile_options *options,
			      struct casefile *out, char *why)
{
	struct reader r = {.schema = schema,
			   .o = options,
			   .why = why,
			   .path = "$",
			   .path_len = 1,
			   .shape = shape,
			   .out = out};

	*out = (struct casefile){0};
	reader_init(&r);
	parse(&r, json);
	if (r.failed == ERR_OK) {
		read_file(&r);
	}
	json_decref(r.root);
	reader_fini(&r);
	if (r.failed != ERR_OK) {
		casefile_fini(out);
	}
	return r.failed;
}

enum err casefile_read(struct slice json, const struct schema *schema,
		       const struct casefile_options *options, struct casefile *out,
		       char why[CASEFILE_WHY_BYTES])
{
	return read_document(json, &shape_document, schema, options, out, why);
}

enum err casefile_office(struct slice json, const struct schema *schema,
			 const struct casefile_options *options, struct casefile *out,
			 char why[CASEFILE_WHY_BYTES])
{
	return read_document(json, &shape_office, schema, options, out, why);
}

void casefile_fini(struct casefile *c)
{
	for (size_t i = 0; i < c->other_count; i++) {
		casefile_fini(&c->other[i]);
	}
	free(c->other);
	free(c->record);
	free(c->seat);
	arena_fini(&c->mem);
	*c = (struct casefile){0};
}
