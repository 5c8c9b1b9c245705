/*
 * --mode replay: what somebody once typed, typed again as fast as the acks come, by the first
 * client of one room; the others read. One push is in flight; with --batch so many changes share
 * it. Every reader keeps the text as it is told, and has to end with the text of the recording,
 * byte for byte.
 *
 * With --dump FILE (Yjs) what each was sent goes there instead, for its own library to read.
 *
 * Input: --trace FILE, {"patches": [[position, deleted, inserted], …], "end": text} in UTF-16
 * units.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gen_trace.h"

struct text {
	uint16_t *unit;
	size_t len;
	size_t cap;
	bool is_other; /* a change did not fit: one before it was missing, or another one */
};

static struct {
	json_t *input; /* owns the words of the patches */
	const char *end;
	struct patch *patch;
	int64_t *sent_ns; /* of each patch */
	uint32_t count;
	uint32_t next;  /* to be typed */
	uint32_t acked; /* patches */
	uint32_t away;  /* messages without an ack */
	uint32_t pushes;
	uint64_t taken; /* by the readers */
	int64_t push_ns;
	struct client *writer;
	struct text *text; /* of each client */
	uint32_t *seen;    /* patches, by each */
	struct hist delivery, ack;
	struct bytes {
		uint8_t *p;
		size_t len;
		size_t cap;
	} * raw; /* of each reader, where only its own library can read what it was sent */
} t;

static void *need(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p) {
		gen_die("no memory");
	}
	return p;
}

/* ---- a text in UTF-16 units ---- */

/* -> units of `n` bytes of UTF-8; `out` NULL: counted only. */
static size_t to_units(const char *s, size_t n, uint16_t *out)
{
	size_t units = 0;

	for (size_t i = 0; i < n;) {
		uint8_t first = (uint8_t)s[i];
		uint32_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
		uint32_t code = more ? first & (0x3fu >> more) : first;

		if (i + more >= n) {
			gen_die("half a character");
		}
		for (uint32_t k = 1; k <= more; k++) {
			code = code << 6 | ((uint8_t)s[i + k] & 0x3f);
		}
		i += 1 + more;
		if (code > 0xffff) {
			if (out) {
				out[units] = (uint16_t)(0xd7c0 + (code >> 10));
				out[units + 1] = (uint16_t)(0xdc00 | (code & 0x3ff));
			}
			units += 2;
		} else {
			if (out) {
				out[units] = (uint16_t)code;
			}
			units++;
		}
	}
	return units;
}

static void change_text(struct text *x, uint32_t pos, uint32_t del, const char *ins, size_t bytes)
{
	size_t units = to_units(ins, bytes, NULL);

	if (x->is_other || (size_t)pos + del > x->len) {
		x->is_other = true;
		return;
	}
	if (x->len - del + units > x->cap) {
		x->cap = (x->len + units) * 2;
		x->unit = realloc(x->unit, x->cap * sizeof *x->unit);
		if (!x->unit) {
			gen_die("no memory");
		}
	}
	if (units != del) {
		memmove(x->unit + pos + units, x->unit + pos + del,
			(x->len - pos - del) * sizeof *x->unit);
	}
	(void)to_units(ins, bytes, x->unit + pos);
	x->len = x->len - del + units;
}

static bool is_text(const struct text *x, const char *words)
{
	size_t bytes = strlen(words);
	uint16_t *unit = need(bytes, sizeof *unit);
	size_t units = to_units(words, bytes, unit);
	bool is_same =
	    !x->is_other && units == x->len && memcmp(unit, x->unit, units * sizeof *unit) == 0;

	free(unit);
	return is_same;
}

/* ---- what the protocols tell ---- */

bool trace_is_on(void)
{
	return opt.trace != NULL;
}

size_t trace_length(const struct client *c)
{
	return t.text[c->index].len;
}

void trace_begins(struct client *c, const char *words)
{
	t.text[c->index].len = 0;
	change_text(&t.text[c->index], 0, 0, words, strlen(words));
}

static void push_next(void)
{
	uint32_t end = t.count - t.next > opt.batch ? t.next + opt.batch : t.count;

	t.push_ns = clock_ns();
	while (t.next < end) {
		uint32_t n = opt.proto->push(t.writer, &t.patch[t.next], end - t.next);

		for (uint32_t i = 0; i < n; i++) {
			const struct patch *p = &t.patch[t.next];

			change_text(&t.text[t.writer->index], p->pos, p->del, p->ins, p->bytes);
			t.sent_ns[t.next++] = t.push_ns;
		}
		t.writer->sent++;
		t.away++;
		t.pushes++;
		if (opt.proto->has_pushes) {
			break; /* one in flight, whatever went into it */
		}
	}
}

void trace_acked(struct client *c)
{
	if (c != t.writer || t.away == 0) {
		gen_die("an ack for nothing");
	}
	hist_add(&t.ack, clock_ns() - t.push_ns);
	if (--t.away == 0) {
		t.acked = t.next;
		push_next();
	}
}

void trace_take(struct client *reader, uint32_t pos, uint32_t del, const char *ins, size_t bytes)
{
	uint32_t nth = t.seen[reader->index]++;

	if (nth >= t.next) {
		gen_die("client %u had more than was typed", reader->index);
	}
	change_text(&t.text[reader->index], pos, del, ins, bytes);
	hist_add(&t.delivery, clock_ns() - t.sent_ns[nth]);
	t.taken++;
}

static void keep_raw(struct bytes *b, const void *p, size_t n)
{
	if (b->len + n > b->cap) {
		b->cap = (b->len + n) * 2;
		b->p = realloc(b->p, b->cap);
		if (!b->p) {
			gen_die("no memory");
		}
	}
	memcpy(b->p + b->len, p, n);
	b->len += n;
}

void trace_take_raw(struct client *reader, const uint8_t *p, size_t n)
{
	uint32_t len = (uint32_t)n;

	trace_take(reader, 0, 0, "", 0);
	keep_raw(&t.raw[reader->index], &len, sizeof len);
	keep_raw(&t.raw[reader->index], p, n);
}

/* For peers/decode.mjs; the numbers are little-endian, as those of this machine. */
static void dump_raw(void)
{
	FILE *f = fopen(opt.dump, "we");

	if (!f) {
		gen_die("%s: cannot be written", opt.dump);
	}
	for (uint32_t i = 1; i < opt.seats; i++) {
		const struct bytes *b = &t.raw[t.writer->index + i];

		(void)fwrite(&t.seen[t.writer->index + i], sizeof *t.seen, 1, f);
		(void)fwrite(b->p, 1, b->len, f);
	}
	if (fclose(f) != 0) {
		gen_die("%s: not written", opt.dump);
	}
}

static void take_lines(struct client *reader, uint32_t pos, const json_t *e)
{
	size_t size = 1;
	size_t len = 0;
	char *words;

	for (size_t k = 1; k < json_array_size(e); k++) {
		size += json_string_length(json_array_get(e, k)) + 1;
	}
	words = need(size, 1);
	for (size_t k = 1; k < json_array_size(e); k++) {
		const json_t *line = json_array_get(e, k);

		if (k > 1) {
			words[len++] = '\n';
		}
		memcpy(words + len, json_string_value(line), json_string_length(line));
		len += json_string_length(line);
	}
	trace_take(reader, pos, (uint32_t)json_integer_value(json_array_get(e, 0)), words, len);
	free(words);
}

/* A ChangeSet: [kept, [deleted, "line", …], kept], applied as one patch for each changed place. */
static void take_change(struct client *reader, const json_t *change)
{
	uint32_t pos = 0;
	uint32_t changed = 0;
	size_t i;
	json_t *e;

	json_array_foreach(change, i, e)
	{
		if (json_is_integer(e)) {
			pos += (uint32_t)json_integer_value(e);
			continue;
		}
		if (changed++ > 0) {
			gen_die("a change of two places");
		}
		take_lines(reader, pos, e);
	}
}

void trace_take_frame(struct client *reader, const uint8_t *p, size_t n, const char *name)
{
	json_t *frame = json_loadb((const char *)p, n, 0, NULL);

	if (!json_is_array(json_object_get(frame, name))) {
		gen_die("an edit without %s", name);
	}
	take_change(reader, json_object_get(frame, name));
	json_decref(frame);
}

size_t trace_change(const struct patch *p, size_t len, char *out)
{
	const char *line = p->ins;
	const char *end = p->ins + p->bytes;
	char *at = out;

	*at++ = '[';
	if (p->pos) {
		at += sprintf(at, "%u,", p->pos);
	}
	at += sprintf(at, "[%u", p->del);
	while (p->bytes) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		*at++ = ',';
		*at++ = '"';
		for (; line < (stop ? stop : end); line++) {
			if (*line == '"' || *line == '\\' || *line == '\t') {
				*at++ = '\\';
			}
			*at++ = *line == '\t' ? 't' : *line;
		}
		*at++ = '"';
		if (!stop) {
			break;
		}
		line = stop + 1;
	}
	*at++ = ']';
	if (len > (size_t)p->pos + p->del) {
		at += sprintf(at, ",%zu", len - p->pos - p->del);
	}
	*at++ = ']';
	return (size_t)(at - out);
}

/* ---- replay ---- */

static void read_trace(void)
{
	size_t len;
	char *text = file_text(opt.trace, &len);
	json_t *patches;
	json_t *e;
	size_t i;

	t.input = json_loadb(text, len, 0, NULL);
	free(text);
	patches = json_object_get(t.input, "patches");
	t.end = json_string_value(json_object_get(t.input, "end"));
	if (!json_array_size(patches) || !t.end) {
		gen_die("%s: no recording", opt.trace);
	}
	t.count = (uint32_t)json_array_size(patches);
	t.patch = need((size_t)t.count + 1, sizeof *t.patch);
	t.sent_ns = need((size_t)t.count + 1, sizeof *t.sent_ns);
	t.patch++; /* before the first there is room for one that clears the text */
	json_array_foreach(patches, i, e)
	{
		json_t *ins = json_array_get(e, 2);

		t.patch[i] = (struct patch){(uint32_t)json_integer_value(json_array_get(e, 0)),
					    (uint32_t)json_integer_value(json_array_get(e, 1)),
					    json_string_length(ins), json_string_value(ins)};
	}
}

void trace_start(uint32_t clients)
{
	if (opt.rooms != 1) {
		gen_die("a recording is typed in one room");
	}
	t.text = need(clients, sizeof *t.text);
	t.seen = need(clients, sizeof *t.seen);
	t.raw = need(clients, sizeof *t.raw);
	read_trace();
}

static void clear_first(void)
{
	size_t len = t.text[t.writer->index].len;

	if (len > 0) {
		*--t.patch = (struct patch){.del = (uint32_t)len, .ins = ""};
		t.count++;
	}
}

/* All have everything, or nothing has come for as long as that. */
static void type_all(uint64_t want, void (*wait)(int64_t until))
{
	int64_t moved_ns = clock_ns();
	uint64_t had = 0;

	push_next();
	while (t.acked < t.count || t.taken < want) {
		int64_t now = clock_ns();

		if (t.acked + t.taken != had) {
			had = t.acked + t.taken;
			moved_ns = now;
		} else if (now - moved_ns > (int64_t)opt.drain_ms * 1000000) {
			return;
		}
		wait(now + 10000000);
	}
}

int trace_run(struct client *writer, void (*wait)(int64_t until))
{
	uint32_t same = 0;
	uint64_t want;
	int64_t begun;
	int64_t server;
	int64_t own;
	double took;

	t.writer = writer;
	clear_first();
	want = (uint64_t)t.count * (opt.seats - 1);
	server = cpu_of(opt.pid, opt.pid_count);
	own = cpu_own();
	begun = clock_ns();
	type_all(want, wait);
	took = (double)(clock_ns() - begun);
	server = cpu_of(opt.pid, opt.pid_count) - server;
	own = cpu_own() - own;
	for (uint32_t i = 0; i < opt.seats; i++) {
		same += (opt.dump && i) || is_text(&t.text[writer->index + i], t.end);
	}
	if (opt.dump) {
		dump_raw();
	}
	printf("{\"proto\":\"%s\",\"edits\":%u,\"pushes\":%u,\"acks\":%u,\"deliveries\":%llu,"
	       "\"missing\":%llu,\"differ\":%u,\"edits_s\":%.1f,\"cpu_us\":%.3f,\"cpu\":%.3f,"
	       "\"gen\":%.3f",
	       opt.proto->name, t.count, t.pushes, t.acked, (unsigned long long)t.taken,
	       (unsigned long long)(want - t.taken), opt.seats - same,
	       (double)t.acked / (took / 1e9), (double)server / 1e3 / t.count,
	       (double)server / took, (double)own / took);
	hist_print("delivery_us", &t.delivery);
	hist_print("ack_us", &t.ack);
	puts("}");
	return t.acked == t.count && t.taken == want && same == opt.seats ? 0 : 3;
}
