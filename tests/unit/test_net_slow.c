/* Who is too slow, to the millisecond and the byte: to ask, to join, to take what they are sent. */
#include "embedded.h"
#include "support/fakenet.h"

static struct schema *schema;
static struct peer reader[1];
static struct peer *const p = reader;

static void start(void)
{
	schema = rig_schema();
	fakenet_init(schema);
}

static void over(void)
{
	gone(p);
	fakenet_fini();
	schema_destroy(schema);
}

/* ---- nothing was asked, or an answer is not taken ---- */

Test(net_slow, so_long_for_a_whole_request)
{
	struct peer other;
	int64_t since;

	start();
	connect_peer(p);
	connect_peer(&other);
	since = mono_ms;
	sweep_at(since + LIMIT_HANDSHAKE_MS - 1);
	cr_expect(!p->wsi.is_dying);
	net_peer_within(other.net, LIMIT_HANDSHAKE_MS); /* as after an answer */
	sweep_at(since + LIMIT_HANDSHAKE_MS);
	cr_expect(p->wsi.is_dying, "its time is over");
	cr_expect(!other.wsi.is_dying);
	sweep_at(since + 2 * LIMIT_HANDSHAKE_MS - 2);
	cr_expect(!other.wsi.is_dying);
	sweep_at(since + 2 * LIMIT_HANDSHAKE_MS - 1);
	cr_expect(other.wsi.is_dying);
	gone(&other);
	over();
}

/* A file of the page that goes out in pieces. */
static const struct embedded_asset *large_asset(void)
{
	for (size_t i = 0; i < embedded_asset_count; i++) {
		if (embedded_asset[i].immutable &&
		    embedded_asset[i].raw_len > 2 * NET_SERVE_BYTES) {
			return &embedded_asset[i];
		}
	}
	cr_assert(false, "the page has no large file");
	return NULL;
}

static void ask_for(const char *path)
{
	p->wsi.method = LWSHUMETH_GET;
	buf_add_str(&p->wsi.uri, path);
	cr_assert_eq(net_http_callback(&p->wsi, LWS_CALLBACK_HTTP, NULL, NULL, 0), 0);
	cr_assert_eq(p->net->http.state, NET_HTTP_SENDING);
}

Test(net_slow, so_long_for_an_answer_to_be_taken)
{
	int64_t since;

	start();
	connect_peer(p);
	ask_for(large_asset()->path);
	since = mono_ms;
	sweep_at(since + LIMIT_ANSWER_MS - 1);
	cr_expect(!p->wsi.is_dying);
	sweep_at(since + LIMIT_ANSWER_MS);
	cr_expect(p->wsi.is_dying);
	over();
}

/* In the last moment it takes the rest: whole, and then it has the time for another request. */
Test(net_slow, who_takes_the_answer_in_time_stays)
{
	const struct embedded_asset *a = large_asset();
	int64_t since;

	start();
	connect_peer(p);
	ask_for(a->path);
	since = mono_ms;
	sweep_at(since + LIMIT_ANSWER_MS - 1);
	while (p->net->http.state == NET_HTTP_SENDING) {
		cr_assert_eq(net_http_callback(&p->wsi, LWS_CALLBACK_HTTP_WRITEABLE, NULL, NULL, 0),
			     0);
	}
	cr_expect(p->wsi.out.len > a->raw_len &&
		  memcmp(p->wsi.out.ptr + p->wsi.out.len - a->raw_len, a->raw, a->raw_len) == 0);
	sweep_at(since + LIMIT_ANSWER_MS + LIMIT_HANDSHAKE_MS - 2);
	cr_expect(!p->wsi.is_dying);
	sweep_at(since + LIMIT_ANSWER_MS + LIMIT_HANDSHAKE_MS - 1);
	cr_expect(p->wsi.is_dying);
	over();
}

/* ---- nothing is said ---- */

Test(net_slow, so_long_for_the_first_message)
{
	struct peer other;
	int64_t since;

	start();
	open_socket(p, 1, 0, 1);
	open_socket(&other, 1, 1, 2);
	since = mono_ms;
	sweep_at(since + LIMIT_JOIN_MS - 1);
	cr_expect_eq(closed(p), 0);
	message(&other, "{\"t\":\"join\",\"client\":\"0123456789abcdef\"}");
	cr_expect_eq(delivered, 1);
	sweep_at(since + LIMIT_JOIN_MS);
	cr_expect_eq(closed(p), NET_POLICY);
	cr_expect_eq(closed(&other), 0, "who spoke has all the time in the world");
	sweep_at(since + 1000 * (int64_t)LIMIT_JOIN_MS);
	cr_expect_eq(closed(&other), 0);
	gone(&other);
	over();
}

/* ---- what they are sent is not taken ---- */

/* A socket that has spoken and of which the kernel takes nothing more. */
static void open_full(void)
{
	start();
	open_socket(p, 1, 0, 1);
	message(p, "{\"t\":\"join\",\"client\":\"0123456789abcdef\"}");
	p->wsi.is_full = true;
}

Test(net_slow, behind_above_so_many_bytes_for_so_long)
{
	int64_t since;

	open_full();
	send_bytes(p, LIMIT_OUT_SOFT_BYTES - 10);
	send_bytes(p, 10);
	mono_ms += 100 * LIMIT_OUT_SOFT_MS;
	cr_expect(!is_behind(p), "that much may wait");
	send_bytes(p, 1);
	since = mono_ms;
	mono_ms = since + LIMIT_OUT_SOFT_MS - 1;
	cr_expect(!is_behind(p));
	mono_ms = since + LIMIT_OUT_SOFT_MS;
	cr_expect(is_behind(p));
	cr_expect_eq(closed(p), 0, "it begins again, and is not closed");
	over();
}

Test(net_slow, who_falls_back_to_the_limit_is_behind_no_more)
{
	int64_t since;

	open_full();
	send_bytes(p, 1);
	send_bytes(p, LIMIT_OUT_SOFT_BYTES);
	since = mono_ms;
	take(p, 1);
	mono_ms = since + LIMIT_OUT_SOFT_MS;
	cr_expect(!is_behind(p), "what waits now is no more than may");
	p->wsi.is_full = true;
	send_bytes(p, 1);
	mono_ms += LIMIT_OUT_SOFT_MS - 1;
	cr_expect(!is_behind(p), "and the time begins anew");
	mono_ms++;
	cr_expect(is_behind(p));
	over();
}

Test(net_slow, stuck_when_nothing_is_confirmed_for_so_long)
{
	int64_t since;

	open_full();
	acked = 5;
	sweep_at(mono_ms + 100 * LIMIT_OUT_STALL_MS);
	send_bytes(p, 100);
	since = mono_ms + 500;
	sweep_at(since);
	sweep_at(since + LIMIT_OUT_STALL_MS - 1);
	cr_expect_eq(closed(p), 0);
	acked++; /* one byte, in the last moment */
	since += LIMIT_OUT_STALL_MS;
	sweep_at(since);
	sweep_at(since + LIMIT_OUT_STALL_MS - 1);
	cr_expect_eq(closed(p), 0, "it takes, however slowly");
	sweep_at(since + LIMIT_OUT_STALL_MS);
	cr_expect_eq(closed(p), NET_TRY_LATER);
	cr_expect_eq(net.out_bytes, 0);
	over();
}

Test(net_slow, who_has_taken_all_is_not_stuck)
{
	int64_t since;

	open_full();
	send_bytes(p, 100);
	since = mono_ms;
	sweep_at(since);
	sweep_at(since + LIMIT_OUT_STALL_MS - 1);
	take(p, 1);
	sweep_at(since + LIMIT_OUT_STALL_MS);
	cr_expect_eq(closed(p), 0);
	p->wsi.is_full = true;
	send_bytes(p, 100);
	sweep_at(since + 2 * LIMIT_OUT_STALL_MS);
	cr_expect_eq(closed(p), 0, "it has not waited for long");
	over();
}

Test(net_slow, so_much_may_wait_for_one)
{
	open_full();
	send_bytes(p, LIMIT_OUT_QUEUE_BYTES - 1000);
	for (int i = 0; i < 10; i++) {
		send_bytes(p, 100);
	}
	cr_expect_eq(net.out_bytes, LIMIT_OUT_QUEUE_BYTES);
	cr_expect_eq(closed(p), 0);
	take(p, 2);
	cr_expect_eq(p->wsi.frames, 11, "and all of it goes out in the end");
	cr_expect_eq(p->wsi.frame_bytes, LIMIT_OUT_QUEUE_BYTES);
	cr_expect_eq(net.out_bytes, 0);
	over();
}

Test(net_slow, one_byte_more_and_it_is_let_go)
{
	open_full();
	send_bytes(p, LIMIT_OUT_QUEUE_BYTES);
	cr_expect_eq(closed(p), 0);
	send_bytes(p, 1);
	cr_expect_eq(closed(p), NET_TRY_LATER);
	cr_expect_eq(net.out_bytes, 0, "what waited is forgotten");
	take(p, 1);
	cr_expect(p->wsi.has_said_close && p->wsi.frames == 0, "and it is told so, nothing else");
	over();
}

/* ---- all of them together ---- */

enum { MANY = LIMIT_OUT_TOTAL_BYTES / LIMIT_OUT_QUEUE_BYTES };

static struct peer many[MANY];
static struct frame *largest;

static void open_many(bool slow)
{
	start();
	largest = frame_of(LIMIT_OUT_QUEUE_BYTES);
	for (size_t i = 0; i < MANY; i++) {
		open_socket(&many[i], 1, (uint8_t)(i % 8), i + 10);
		many[i].wsi.is_full = !slow;
		many[i].wsi.is_slow = slow;
		send_frame(&many[i], largest);
	}
	cr_assert_eq(net.out_bytes, LIMIT_OUT_TOTAL_BYTES);
	open_socket(p, 1, 9, 1);
}

static size_t dying(void)
{
	size_t n = 0;

	for (size_t i = 0; i < MANY; i++) {
		n += many[i].wsi.is_dying;
	}
	return n;
}

static void end_many(void)
{
	for (size_t i = 0; i < MANY; i++) {
		gone(&many[i]);
	}
	frame_release(largest);
	over();
}

/* Nothing waits for the last one: it is not the one to go. */
static void one_byte_more(void)
{
	cr_expect_eq(dying(), 0, "so much may wait");
	send_bytes(p, 1);
	cr_expect_eq(dying(), 1, "for one byte more the longest goes, and only that");
	cr_expect(!p->wsi.is_dying && closed(p) == 0);
	cr_expect_eq(net.out_bytes, LIMIT_OUT_TOTAL_BYTES - LIMIT_OUT_QUEUE_BYTES + 1);
}

Test(net_slow, so_much_may_wait_for_all)
{
	open_many(false);
	p->wsi.is_full = true;
	one_byte_more();
	take(p, 1);
	cr_expect_eq(p->wsi.frames, 1, "what the others are sent is not lost");
	for (size_t i = 0; i < MANY; i++) {
		if (!many[i].wsi.is_dying) {
			take(&many[i], 1);
			cr_expect_eq(many[i].wsi.frame_bytes, LIMIT_OUT_QUEUE_BYTES);
		}
	}
	cr_expect_eq(net.out_bytes, 0);
	end_many();
}

/* The same of what libwebsockets holds, who took a frame and could not pass on all of it. */
Test(net_slow, so_much_may_be_held_for_all)
{
	open_many(true);
	p->wsi.is_slow = true;
	one_byte_more();
	end_many();
}
