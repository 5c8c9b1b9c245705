/*
 * In place of policy/rights.c, in bench/rokusha-open alone: every cell is everybody's to write.
 * What the server costs more than this, the rules cost. Nothing that is not measured links it.
 */
#include "policy/rights.h"

static const struct verdict all = {LEVEL_WRITE, REASON_MATRIX};
static const struct verdict none = {LEVEL_NONE, REASON_SEAT};

struct verdict rights_seat_level(const struct rights *r, unsigned seat, const struct cell_place *c)
{
	(void)c;
	return seat < r->seat_count ? all : none;
}

struct verdict rights_level(const struct rights *r, seat_set viewer, const struct cell_place *c)
{
	(void)r;
	(void)c;
	return viewer ? all : none;
}

struct verdict rights_class_level(const struct rights *r, unsigned seat, uint16_t cls, int own_row)
{
	(void)cls;
	(void)own_row;
	return seat < r->seat_count ? all : none;
}

struct verdict rights_col_level(const struct rights *r, unsigned seat, uint16_t col, int own_row)
{
	(void)col;
	(void)own_row;
	return seat < r->seat_count ? all : none;
}

/* Nobody makes one while it is measured. */
bool rights_may_add_row(const struct rights *r, unsigned seat, uint16_t table)
{
	(void)r;
	(void)seat;
	(void)table;
	return false;
}

const char *level_name(enum level l)
{
	static const char *const name[] = {"none", "read", "write"};

	return name[l];
}

const char *reason_name(enum reason r)
{
	(void)r;
	return "matrix";
}
