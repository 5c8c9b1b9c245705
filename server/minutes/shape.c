#include "minutes/shape.h"

#include <assert.h>

static const char slots[MIN_SLOTS][MIN_SLOT_CHARS + 1] = {
    "s00", "s01", "s02", "s03", "s04", "s05", "s06", "s07", "s08", "s09", "s10",
    "s11", "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21",
    "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "s30", "s31"};

const char *min_slot_name(size_t slot)
{
	assert(slot < MIN_SLOTS);
	return slots[slot];
}

size_t min_slot_of(struct slice label)
{
	size_t i = 0;

	while (i < MIN_SLOTS && !slice_is(label, slots[i])) {
		i++;
	}
	return i;
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool min_label_is_class(struct slice label)
{
	bool begins = true; /* of a word */
	size_t dots = 0;

	for (size_t i = 0; i < label.len; i++) {
		char c = label.ptr[i];

		if (begins) {
			if (!is_lower(c)) {
				return false;
			}
			begins = false;
		} else if (c == '.') {
			begins = true;
			dots++;
		} else if (!is_lower(c) && !is_digit(c) && c != '_') {
			return false;
		}
	}
	return !begins && dots > 0;
}

static bool is_hex(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.ptr[i]) && !(s.ptr[i] >= 'a' && s.ptr[i] <= 'f')) {
			return false;
		}
	}
	return true;
}

bool min_origin_is_valid(struct slice origin)
{
	enum { TAIL = 3 + 32, HOST = 200 };
	size_t host;

	if (origin.len <= TAIL || origin.len > HOST + TAIL) {
		return false;
	}
	host = origin.len - TAIL;
	for (size_t i = 0; i < host; i++) {
		char c = origin.ptr[i];

		if (!is_lower(c) && !is_digit(c) && c != '.' && c != ':' && c != '-') {
			return false;
		}
	}
	return memcmp(origin.ptr + host, "/c/", 3) == 0 &&
	       is_hex((struct slice){origin.ptr + host + 3, 32});
}

bool min_number_read(struct slice s, uint64_t *out)
{
	uint64_t n = 0;

	if (s.len == 0 || s.len > MIN_NUMBER_DIGITS || (s.len > 1 && s.ptr[0] == '0')) {
		return false;
	}
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.ptr[i])) {
			return false;
		}
		n = n * 10 + (uint64_t)(s.ptr[i] - '0');
	}
	*out = n;
	return true;
}

bool min_id_is_valid(struct slice s)
{
	return s.len == MIN_ID_CHARS && is_hex(s);
}

uint64_t min_round_time(uint64_t sealed, uint64_t k)
{
	enum { HOUR = 3600, DAY = 86400, AT = 11 * HOUR /* 20:00 in Japan */ };
	/* A day more and one less: the difference would be below 0 in the first hours of 1970. */
	uint64_t first = (sealed + HOUR + DAY - AT) / DAY;
	uint64_t day = k <= 8 ? k - 2 : 6 + 7 * (k - 8);

	assert(k > 0);
	return k == 1 ? sealed + HOUR : (first + day) * DAY + AT;
}

size_t min_box_size(size_t n)
{
	size_t size = 2;

	if (n == 0) {
		return 1;
	}
	while (size < n + 1) {
		size *= 2;
	}
	return size;
}

struct min_hash min_box_root(const struct min_hash *leaf, size_t count)
{
	assert(count > 0);
	return count == 1 ? min_node_hash(leaf, leaf) : min_root(leaf, count);
}

/* ---- trees in part --------------------------------------------------------------------------- */

static bool any_open(const bool *open, size_t from, size_t to)
{
	while (from < to && !open[from]) {
		from++;
	}
	return from < to;
}

static struct min_part *parts_of(const bool *open, size_t from, size_t to, struct min_part *out)
{
	size_t middle;

	if (to - from == 1 || !any_open(open, from, to)) {
		out->from = (uint16_t)from;
		out->to = (uint16_t)to;
		out->open = open[from];
		return out + 1;
	}
	middle = from + min_split(to - from);
	out = parts_of(open, from, middle, out);
	return parts_of(open, middle, to, out);
}

size_t min_parts_of(const bool *open, size_t count, struct min_part *out)
{
	assert(count > 0 && count <= MIN_LABELS);
	return (size_t)(parts_of(open, 0, count, out) - out);
}

static struct min_hash root_of(const struct min_part **next, size_t from, size_t to)
{
	const struct min_part *p = *next;
	struct min_hash left;
	struct min_hash right;
	size_t middle;

	assert(p->from == from && p->to <= to);
	if (p->to == to) {
		*next = p + 1;
		return p->hash;
	}
	middle = from + min_split(to - from);
	left = root_of(next, from, middle);
	right = root_of(next, middle, to);
	return min_node_hash(&left, &right);
}

struct min_hash min_parts_root(const struct min_part *part, size_t parts, size_t count)
{
	const struct min_part *next = part;
	struct min_hash root = root_of(&next, 0, count);

	assert(next == part + parts);
	return root;
}

void min_parts_fill(struct min_part *part, size_t parts, const struct min_hash *place)
{
	for (size_t i = 0; i < parts; i++) {
		part[i].hash = part[i].open ? place[part[i].from]
					    : min_root(place + part[i].from,
						       (size_t)(part[i].to - part[i].from));
	}
}
