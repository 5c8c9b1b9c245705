#ifndef ROKUSHA_TESTS_FUZZ_ROOM_WORDS_H
#define ROKUSHA_TESTS_FUZZ_ROOM_WORDS_H

/* Of fuzz_room.c: messages with what is in the room put in, as the choices want it. */
#include <ctype.h>

#include "base/utf8.h"
#include "fuzz/room_world.h"

/* %X: see fill(). An odd number of them: see act(). */
static const char *const forms[] = {
    "{\"t\":\"edit\",\"ref\":%F,\"cell\":\"%T\",\"base\":%B,\"changes\":[%D]}",
    "{\"t\":\"edit\",\"ref\":%F,\"cell\":\"%T\",\"base\":%B,\"changes\":[%D],\"for\":\"%S\","
    "\"method\":\"dictated\"}",
    "{\"t\":\"set\",\"ref\":%F,\"cell\":\"%K\",\"base\":%V,\"value\":%X}",
    "{\"t\":\"set\",\"ref\":%F,\"cell\":\"plan.status\",\"base\":%V,\"value\":\"proposed\"}",
    "{\"t\":\"set\",\"ref\":%F,\"cell\":\"conf.agenda_items/%A/audience\",\"base\":%V,"
    "\"value\":[\"@%S\",\"@%S\"]}",
    "{\"t\":\"row\",\"ref\":%F,\"table\":\"min.decisions\",\"cells\":{\"text\":\"%W\"}}",
    "{\"t\":\"row\",\"ref\":%F,\"table\":\"%t\",\"cells\":{\"%c\":%X}}",
    "{\"t\":\"row\",\"ref\":%F,\"table\":\"%t\",\"cells\":{\"%c\":%X},\"to\":\"%A\"}",
    "{\"t\":\"row\",\"ref\":%F,\"table\":\"conf.agenda_items\",\"cells\":{\"title\":\"%W\","
    "\"audience\":[\"@%S\"]}}",
    "{\"t\":\"open\",\"ref\":%F,\"row\":\"%A\"}",
    "{\"t\":\"close\",\"ref\":%F,\"end\":%N}",
    "{\"t\":\"order\",\"ref\":%F,\"row\":\"%A\",\"to\":\"%A\"}",
    "{\"t\":\"attend\",\"ref\":%F,\"what\":\"in\"}",
    "{\"t\":\"attend\",\"ref\":%F,\"what\":\"in\",\"seat\":\"%S\",\"place\":\"room\"}",
    "{\"t\":\"attend\",\"ref\":%F,\"what\":\"out\",\"seat\":\"%S\"}",
    "{\"t\":\"pause\",\"ref\":%F,\"on\":%N}",
    "{\"t\":\"assign\",\"ref\":%F,\"table\":\"%t\",\"row\":\"%R\",\"to\":\"%A\",\"words\":\"%W\"}",
    "{\"t\":\"assent\",\"ref\":%F}",
    "{\"t\":\"grant\",\"ref\":%F,\"seat\":\"%S\",\"value\":[\"%g\"],\"until\":\"2027-0%n-01\"}",
    "{\"t\":\"withdraw\",\"ref\":%F,\"row\":\"%R\",\"words\":\"%W\"}",
    "{\"t\":\"bar\",\"ref\":%F,\"seat\":\"%S\",\"on\":%N}",
    "{\"t\":\"deny\",\"ref\":%F,\"seat\":\"%S\",\"about\":\"%S\",\"on\":%N}",
    "{\"t\":\"here\",\"cell\":\"%T\",\"at\":[%V,%n,%n]}",
    "{\"t\":\"here\",\"cell\":null}",
    "{\"t\":\"reach\",\"cell\":\"%K\"}",
    "{\"t\":\"caseload\",\"ref\":%F}",
    "{\"t\":\"approve\",\"ref\":%F,\"hash\":\"%W\"}",
    "{\"t\":\"ping\"}",
    "{\"t\":\"join\",\"client\":\"%I\"}",
    "{\"t\":\"set\",\"ref\":%F,\"cell\":\"plan.status\",\"base\":%V,\"value\":%X}",
    "{\"t\":\"close\",\"ref\":%F,\"end\":1}",
    "{\"t\":\"withdraw\",\"ref\":%F,\"row\":\"%R\",\"words\":\"%W\",\"for\":\"%S\",\"method\":"
    "\"oral\"}",
    "{\"t\":\"pause\",\"ref\":%F,\"on\":%N,\"for\":\"%S\",\"method\":\"oral\"}",
};

/* For the last bytes of an act: where the forms above come for the fifth time. */
static const char *const idea_forms[] = {
    "{\"t\":\"suggest\",\"ref\":%F,\"cell\":\"%U\",\"base\":%B,\"changes\":[%D],\"words\":\"%W\"}",
    "{\"t\":\"suggest\",\"ref\":%F,\"cell\":\"%U\",\"base\":%B,\"changes\":[%D],\"for\":\"%S\","
    "\"method\":\"oral\"}",
    "{\"t\":\"answer\",\"ref\":%F,\"row\":\"%G\",\"cell\":\"%k\",\"what\":\"take\"}",
    "{\"t\":\"answer\",\"ref\":%F,\"row\":\"%G\",\"cell\":\"%k\",\"what\":\"answer\","
    "\"words\":\"%W\"}",
    "{\"t\":\"answer\",\"ref\":%F,\"row\":\"%G\",\"cell\":\"%k\",\"what\":\"back\"}",
    "{\"t\":\"history\",\"ref\":%F,\"cell\":\"%T\",\"base\":%B}",
};
enum { IDEA_FIRST = 244 };

/* ---- what a screen says ---- */

static void put_cell(struct buf *out, const struct room *r, bool text)
{
	size_t first = choose(&w.c, r->cell_count);

	for (size_t i = 0; i < r->cell_count; i++) {
		w.cell = (uint32_t)((first + i) % r->cell_count);
		if (!text || r->cell[w.cell].doc) {
			break;
		}
	}
	buf_add_str(out, r->cell[w.cell].key);
}

/* A text that takes suggestions. */
static void put_suggestable(struct buf *out, const struct room *r)
{
	size_t first = choose(&w.c, r->cell_count);

	for (size_t i = 0; i < r->cell_count; i++) {
		w.cell = (uint32_t)((first + i) % r->cell_count);
		if (schema->col[r->cell[w.cell].place->col].suggestable) {
			break;
		}
	}
	buf_add_str(out, r->cell[w.cell].key);
}

/* One that is there, mostly; its text is the cell named from then on. */
static void put_idea(struct buf *out, const struct room *r)
{
	uint8_t what = choice(&w.c);
	char hex[HEX64_LEN + 1] = "00000000000000ff";

	if (r->suggestion_count > 0 && what < 0xf0) {
		const struct room_suggestion *s = &r->suggestion[what % r->suggestion_count];

		id_to_hex(s->id, hex);
		w.cell = s->cell;
	}
	buf_add_str(out, hex);
}

/* A version and, with it, how long the text was then. */
static uint64_t some_base(const struct room_cell *c, uint32_t *units)
{
	uint8_t what = choice(&w.c);
	uint64_t back = what & 3, ver = c->doc->ver;

	*units = c->doc->body.units;
	while (back-- > 0 && ver > c->doc->fence) {
		ver--;
		*units = change_len_old(&doc_step_at(c->doc, ver)->change);
	}
	return what < 0xc0 ? ver : c->doc->fence - 1; /* nobody knows that any more */
}

static void put_change(struct buf *out, uint32_t units)
{
	static const char *const words[] = {"x", "漢", "𠮷", "あいう", "\\t", "👩‍👩‍👧"};
	uint32_t at = (uint32_t)choose(&w.c, units + 1);
	uint32_t cut = (uint32_t)choose(&w.c, 4);
	uint8_t what = choice(&w.c);

	cut = cut > units - at ? units - at : cut;
	buf_add_str(out, "[");
	if (at) {
		buf_printf(out, "%u,", at);
	}
	if (what % 8 == 0 && cut > 0) {
		buf_printf(out, "[%u]", cut);
	} else {
		buf_printf(out, "[%u,\"%s\"%s]", cut, words[what % 6], what & 64 ? ",\"\"" : "");
	}
	if (units - at - cut + (what == 255)) {
		buf_printf(out, ",%u", units - at - cut);
	}
	buf_add_str(out, "]");
}

static void put_value(struct buf *out, const struct room *r, const struct schema_col *col)
{
	static const char *const some[] = {"null",          "1",   "true", "[]", "\"x\"",
					   "[\"a\",\"b\"]", "1e3", "-1"};
	uint8_t what = choice(&w.c);
	char hex[HEX64_LEN + 1];

	id_to_hex(r->seat[what % r->rights.seat_count].wire, hex);
	if (!col || what >= 0xe0) {
		buf_add_str(out, some[what % 8]);
		return;
	}
	switch (col->type) {
	case CELL_DATE:
		buf_printf(out, "\"2027-01-%02u\"", 1 + what % 28);
		break;
	case CELL_ENUM:
		buf_printf(
		    out, "\"%s\"",
		    schema->enums[col->enum_].value[what % schema->enums[col->enum_].count].id);
		break;
	case CELL_INT:
		buf_printf(out, "%d", what % 5);
		break;
	case CELL_BOOL:
		buf_add_str(out, what & 1 ? "true" : "false");
		break;
	case CELL_SEAT:
		buf_printf(out, "\"@%s\"", hex);
		break;
	case CELL_SEATS:
		buf_printf(out, "[\"@%s\"]", hex);
		break;
	case CELL_LIST:
		buf_add_str(out, what & 1 ? "[\"工房\"]" : "[\"x\"]");
		break;
	default:
		buf_add_str(out, what & 1 ? "\"工房\"" : "\"x\"");
		break;
	}
}

/* The id of some row, of the agenda where `agenda`. */
static void put_row(struct buf *out, const struct room *r, bool agenda)
{
	size_t first = choose(&w.c, r->row_count);
	const char *key = "none/0000000000000000";

	for (size_t i = 0; i < r->row_count; i++) {
		key = r->row[(first + i) % r->row_count].key;
		if (!agenda || strncmp(key, "conf.agenda_items/", 18) == 0) {
			break;
		}
	}
	buf_add_str(out, strrchr(key, '/') + 1);
}

static void put_seat(struct buf *out, const struct room *r)
{
	uint8_t what = choice(&w.c);
	char hex[HEX64_LEN + 1];

	/* Or a seat that is none. */
	id_to_hex(what < 0xf0 ? r->seat[what % r->rights.seat_count].wire : what, hex);
	buf_add_str(out, hex);
}

/* What a client knows of the text it edits. */
struct filling {
	const struct schema_table *table;
	const struct schema_col *col;
	uint32_t units;
	uint64_t base;
};

/* The cell the message names, where that was not by %T or %K. */
static void find_named(const struct buf *out, const struct room *r)
{
	static const char before[] = "\"cell\":\"";
	const char *at = memmem(out->ptr, out->len, before, sizeof before - 1);
	size_t left, len = 0;
	uint32_t found;

	if (!at) {
		return;
	}
	at += sizeof before - 1;
	left = out->len - (size_t)(at - out->ptr);
	while (len < left && at[len] != '"') {
		len++;
	}
	found = cells_find(r, (struct slice){at, len});
	w.cell = found == MAP_NONE ? w.cell : found;
}

static void fill_cell(struct buf *out, const struct room *r, char what, struct filling *f)
{
	const struct room_cell *c;

	if (what == 'T' || what == 'K') {
		put_cell(out, r, what == 'T');
	} else if (what == 'U') {
		put_suggestable(out, r);
	} else if (what == 'k') {
		buf_add_str(out, r->cell[w.cell < r->cell_count ? w.cell : 0].key);
	} else if (out->len) {
		find_named(out, r);
	}
	c = &r->cell[w.cell < r->cell_count ? w.cell : 0];
	f->col = &schema->col[c->place->col];
	if (what == 'B') {
		f->base = c->doc ? some_base(c, &f->units) : c->ver;
		buf_printf(out, "%llu", (unsigned long long)f->base);
	} else if (what == 'V') {
		buf_printf(
		    out, "%llu",
		    (unsigned long long)((c->doc ? c->doc->ver : c->ver) - (choice(&w.c) > 0xc0)));
	} else if (what == 'D') {
		put_change(out, f->units);
	}
}

/* %F a fresh ref  %S seat  %A item  %R row  %T text %U one that takes suggestions %K cell
 * %G suggestion %k its cell  %B base %V version  %D change
 * %X value  %t table %c column  %g class  %W words  %N 0 or 1  %n digit  %I client */
static void fill(struct buf *out, const struct room *r, struct screen *s, char what,
		 struct filling *f)
{
	static const char *const words[] = {"x", "宿題", "👩‍👩‍👧", "", "工房"};

	switch (what) {
	case 'F':
		buf_printf(out, "%llu", (unsigned long long)++s->ref);
		break;
	case 'S':
		put_seat(out, r);
		break;
	case 'A':
	case 'R':
		put_row(out, r, what == 'A');
		break;
	case 'G':
		put_idea(out, r);
		break;
	case 'X':
		put_value(out, r, f->col);
		break;
	case 't':
		f->table = &schema->table[choose(&w.c, schema->table_count)];
		buf_add_str(out, f->table->id);
		break;
	case 'c':
		if (f->table) {
			f->col =
			    &schema->col[f->table->first_col + choose(&w.c, f->table->col_count)];
			buf_add_str(out, f->col->name);
		}
		break;
	case 'g':
		buf_add_str(out, schema->cls[choose(&w.c, schema->cls_count)].id);
		break;
	case 'W':
		buf_add_str(out, words[choose(&w.c, 5)]);
		break;
	case 'N':
	case 'n':
		buf_printf(out, "%zu", choose(&w.c, what == 'N' ? 2 : 9));
		break;
	case 'I':
		buf_printf(out, "%016llx", (unsigned long long)s->client);
		break;
	default:
		fill_cell(out, r, what, f);
		break;
	}
}

#endif
