/*
 * What is typed may wait a little for what others type: steps and commits of one room then go
 * together, and so do those of all rooms, each group with one wait for the disk.
 */
#include "net/hub_state.h"

void hub_gather(struct hub *h)
{
	h->gathers = true;
}

/* A right that ends, somebody who comes: nothing but typing waits. */
static bool may_wait(const struct hub_room *hr)
{
	for (size_t i = 0; i < hr->queue_count; i++) {
		const struct hub_event *q = &hr->queue[(hr->queue_first + i) % hr->queue_cap];

		if (!q->has_msg || q->msg.kind != MSG_EDIT) {
			return false;
		}
	}
	return hr->queue_count > 0;
}

void hub_room_soon(struct hub_room *hr)
{
	struct hub *h = hr->hub;

	/* While a commit is in flight it waits anyway. */
	if (hr->in_flight || !h->gathers || !may_wait(hr)) {
		hub_room_pump(hr);
		return;
	}
	hub_due(h, hub_room_deadline(hr));
	if (!hr->is_unsettled) {
		hr->is_unsettled = true;
		hr->next_unsettled = NULL;
		*(h->unsettled ? &h->unsettled_last->next_unsettled : &h->unsettled) = hr;
		h->unsettled_last = hr;
		h->unsettled_count++;
	}
}

void hub_room_settled(struct hub_room *hr)
{
	struct hub *h = hr->hub;
	struct hub_room *before = NULL;
	struct hub_room **at = &h->unsettled;

	if (!hr->is_unsettled) {
		return;
	}
	while (*at != hr) {
		before = *at;
		at = &before->next_unsettled;
	}
	*at = hr->next_unsettled;
	if (h->unsettled_last == hr) {
		h->unsettled_last = before;
	}
	hr->is_unsettled = false;
	h->unsettled_count--;
}

size_t hub_unsettled(const struct hub *h)
{
	return h->unsettled_count;
}

void hub_settle(struct hub *h, int64_t now_ms)
{
	h->now_ms = now_ms;
	if (!h->unsettled) {
		return;
	}
	store_hold(h->store, true);
	while (h->unsettled) {
		struct hub_room *hr = h->unsettled;

		hub_room_settled(hr); /* the first: found at once */
		hub_room_pump(hr);
	}
	store_hold(h->store, false);
}
