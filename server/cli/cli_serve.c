/* serve: everything is wired here. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "net/net.h"

/*
 * The database, rid of what two agreed to erase while the last server ran. What cannot be erased is
 * said, and waits for the next start: it is no reason to keep everybody out.
 */
static struct store *open_store(const struct cli *c, int64_t now_ms)
{
	struct store *store = cli_store(c, STORE_WRITE);
	struct cli_erased erased;

	if (store && cli_erase_waits(c)) {
		store_close(store);
		(void)cli_erase_waiting(c, now_ms, &erased);
		store = cli_store(c, STORE_WRITE);
	}
	return store;
}

int cli_serve(const struct cli *c)
{
	struct net_config config = {.db = c->db,
				    .listen = c->listen ? c->listen : "127.0.0.1:8600",
				    .port_file = c->port_file,
				    .tls_cert = c->tls_cert,
				    .tls_key = c->tls_key,
				    .origin = c->origin,
				    .origin_count = c->origin_count,
				    .has_passkeys = c->passkeys,
				    .has_now = c->now != NULL,
				    .speed = 1};
	struct cli_running policy;
	struct store *store;
	int code;

	if ((c->tls_cert != NULL) != (c->tls_key != NULL)) {
		return cli_fail(c, "--tls-cert and --tls-key go together");
	}
	if (c->speed) {
		char *end;

		config.speed = strtod(c->speed, &end);
		if (*end || !(config.speed >= 0.01 && config.speed <= 100000)) {
			return cli_fail(c, "--speed: \"%s\" is no number from 0.01 to 100000",
					c->speed);
		}
	}
	if (!cli_time(c, "--now", c->now, 0, &config.now_ms)) {
		return EXIT_FAILED;
	}
	if (!cli_running(c, &policy)) {
		return EXIT_FAILED;
	}
	store = open_store(c, c->now ? config.now_ms : cli_wall_ms());
	if (store) {
		cli_keep_policy(c, store, &policy);
	}
	code = store ? net_run(&config, policy.schema, store) : EXIT_FAILED;
	store_close(store);
	cli_running_fini(&policy);
	return code;
}
