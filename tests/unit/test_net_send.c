/* What one turn of the loop has for a reader: in one write, whole, in order, and never too late. */
#include "embedded.h"
#include "support/fakenet.h"

static struct schema *schema;
static struct peer reader[1];
static struct peer *const p = reader;
static struct buf sent; /* what should arrive */

static void start(void)
{
	schema = rig_schema();
	fakenet_init(schema);
	open_socket(p, 1, 0, 1);
	message(p, "{\"t\":\"join\",\"client\":\"0123456789abcdef\"}");
}

static void over(void)
{
	gone(p);
	fakenet_fini();
	schema_destroy(schema);
	buf_fini(&sent);
}

/* Bytes that no two frames have alike. */
static void put(size_t len)
{
	static unsigned count;
	char *bytes = mem_alloc(len);
	struct frame *f;

	count++;
	for (size_t i = 0; i < len; i++) {
		bytes[i] = (char)('a' + (count * 7 + i) % 26);
	}
	buf_add(&sent, (struct slice){bytes, len});
	f = frame_create((struct slice){bytes, len});
	send_frame(p, f);
	frame_release(f);
	free(bytes);
}

static bool is_all_there(void)
{
	return p->wsi.said.len == sent.len && memcmp(p->wsi.said.ptr, sent.ptr, sent.len) == 0;
}

Test(net_send, what_a_turn_has_goes_in_one_write)
{
	static const size_t len[] = {1, 125, 126, 127, 255, 256, 300, 65, 2};

	start();
	for (size_t i = 0; i < sizeof len / sizeof *len; i++) {
		put(len[i]);
	}
	cr_expect_eq(p->wsi.writes, 0);
	net_send_flush(&net);
	cr_expect_eq(p->wsi.writes, 1);
	cr_expect_eq(p->wsi.frames, sizeof len / sizeof *len);
	cr_expect(is_all_there());
	net_send_flush(&net);
	cr_expect_eq(p->wsi.writes, 1, "and once");
	put(7);
	net_send_flush(&net);
	cr_expect_eq(p->wsi.writes, 2);
	cr_expect(is_all_there());
	over();
}

/* What waits for the end of a turn is little: nobody is slow for it. */
Test(net_send, more_than_one_write_holds_does_not_wait)
{
	start();
	for (size_t i = 0; i < 400; i++) {
		put(1000);
		cr_expect_leq(net.out_bytes, 8192);
	}
	net_send_flush(&net);
	cr_expect(is_all_there());
	cr_expect_eq(p->wsi.frames, 400);
	cr_expect_lt(p->wsi.writes, 60);
	over();
}

Test(net_send, a_long_frame_goes_at_once_behind_what_waits)
{
	start();
	put(10);
	put(100000);
	cr_expect(is_all_there());
	cr_expect_eq(net.out_bytes, 0);
	put(3);
	net_send_flush(&net);
	cr_expect(is_all_there());
	over();
}

/* Was it written at once, before: so it is of a time when the viewer could read it. */
Test(net_send, a_drop_finds_only_what_a_slow_reader_has_not_taken)
{
	struct transport t = net_transport(&net);

	start();
	put(10);
	put(20);
	cr_expect_not(t.purge(t.self, p->net->conn->id));
	cr_expect(is_all_there());
	p->wsi.is_full = true;
	buf_clear(&sent);
	put(30);
	cr_expect(t.purge(t.self, p->net->conn->id));
	cr_expect_eq(net.out_bytes, 0);
	p->wsi.is_full = false;
	net_send_flush(&net);
	cr_expect_eq(p->wsi.frames, 2, "what was purged is gone");
	over();
}

Test(net_send, of_a_full_socket_lws_asks_for_the_rest)
{
	start();
	p->wsi.is_slow = true;
	put(9000);
	put(10);
	put(20);
	net_send_flush(&net);
	cr_expect_eq(p->wsi.frames, 1, "lws holds a part of it");
	cr_expect(p->wsi.wants_write);
	take(p, 1);
	cr_expect_eq(p->wsi.frames, 3);
	cr_expect(is_all_there());
	over();
}

Test(net_send, who_leaves_within_the_turn_is_not_written_to)
{
	struct peer other, third;

	start();
	open_socket(&other, 1, 1, 2);
	open_socket(&third, 1, 2, 3);
	put(10);
	send_bytes(&other, 10);
	send_bytes(&third, 10);
	gone(&other);
	net_send_flush(&net);
	cr_expect(is_all_there());
	cr_expect_eq(third.wsi.frames, 1);
	gone(&third);
	over();
}

Test(net_send, a_goodbye_goes_behind_what_was_said)
{
	struct transport t = net_transport(&net);

	start();
	put(10);
	put(20);
	t.close(t.self, p->net->conn->id, 1008);
	net_send_flush(&net);
	cr_expect(p->wsi.wants_write);
	take(p, 2);
	cr_expect(is_all_there());
	cr_expect(p->wsi.has_said_close);
	over();
}

Test(net_send, a_broken_socket_is_let_go)
{
	start();
	put(10);
	put(20);
	p->wsi.is_broken = true;
	net_send_flush(&net);
	cr_expect(p->wsi.is_dying);
	cr_expect_eq(net.out_bytes, 0);
	put(30);
	net_send_flush(&net);
	cr_expect_eq(p->wsi.frames, 0);
	over();
}
