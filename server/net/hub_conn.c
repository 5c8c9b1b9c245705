/* The connections of the hub: all of them, by number, and by room in the order they came. */
#include <stdlib.h>

#include "base/mem.h"
#include "net/hub_state.h"
#include "wire/wire.h"

static struct hub_conn **bucket_of(struct hub *h, struct conn_id id)
{
	return &h->bucket[id.n % HUB_CONN_BUCKETS];
}

struct hub_conn *hub_conn_find(struct hub *h, struct conn_id id)
{
	struct hub_conn *c = *bucket_of(h, id);

	while (c && c->id.n != id.n) {
		c = c->next_in_bucket;
	}
	return c;
}

void hub_conn_add(struct hub *h, struct hub_conn *c)
{
	struct hub_conn **bucket = bucket_of(h, c->id);
	struct hub_room *hr = c->room;

	mem_room(&h->conn, &h->conn_cap, h->conn_count, sizeof(struct hub_conn *));
	c->at = h->conn_count;
	h->conn[h->conn_count++] = c;
	c->next_in_bucket = *bucket;
	*bucket = c;
	c->before = hr->last;
	*(hr->last ? &hr->last->after : &hr->first) = c;
	hr->last = c;
	hr->conns++;
}

static void take_out(struct hub *h, struct hub_conn *c)
{
	struct hub_conn **at = bucket_of(h, c->id);
	struct hub_room *hr = c->room;

	while (*at != c) {
		at = &(*at)->next_in_bucket;
	}
	*at = c->next_in_bucket;
	*(c->before ? &c->before->after : &hr->first) = c->after;
	*(c->after ? &c->after->before : &hr->last) = c->before;
	hr->conns--;
	h->conn[c->at] = h->conn[--h->conn_count];
	h->conn[c->at]->at = c->at;
}

void hub_conn_saw(struct hub_conn *c, uint8_t seat, uint64_t cell)
{
	if (seat >= c->here_cap) {
		c->here_cap = (uint8_t)(seat + 1);
		c->here_cell = mem_grow(c->here_cell, c->here_cap, sizeof *c->here_cell);
	}
	c->here_cell[seat] = cell;
}

void hub_conn_drop_here(struct hub_conn *c)
{
	if (c->here) {
		wire_release(c->here);
		free(c->here);
		c->here = NULL;
	}
}

void hub_conn_destroy(struct hub *h, struct hub_conn *c)
{
	take_out(h, c);
	hub_conn_drop_here(c);
	free(c->here_cell);
	hub_caseload_stop(c);
	hub_history_stop(c);
	free(c);
}
