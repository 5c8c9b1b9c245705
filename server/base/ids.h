#ifndef ROKUSHA_BASE_IDS_H
#define ROKUSHA_BASE_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* A connection of this process; a number, never a pointer. 0 is none. */
struct conn_id {
	uint32_t n;
};

/* A series by its row in the store. 0 is none. */
struct series_id {
	int64_t n;
};

/* Seats of a series by index; a set of seats is a viewer. */
enum { SEAT_MAX = 64, SEAT_NONE = 255 };
typedef uint64_t seat_set;

static inline seat_set seat_bit(unsigned seat)
{
	return (seat_set)1 << seat;
}

/* 64 random bits as 16 lower-case hex digits: clients, rows and seats on the wire. */
enum { HEX64_LEN = 16 };
void id_to_hex(uint64_t id, char out[HEX64_LEN + 1]);
bool id_from_hex(struct slice s, uint64_t *out); /* exactly 16 lower-case digits */

#endif
