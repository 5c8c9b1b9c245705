#ifndef ROKUSHA_NET_NET_H
#define ROKUSHA_NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/schema.h"
#include "store/store.h"

/* How the server runs; filled by the command line. Strings are borrowed for the whole run. */
struct net_config {
	const char *db;        /* its path, for signed minutes; NULL: there are none */
	const char *listen;    /* "127.0.0.1:8600", "[::1]:8600", port 0: any free one */
	const char *port_file; /* the port in use is written here once it listens; NULL: not */
	const char *tls_cert;  /* PEM files; both or none */
	const char *tls_key;
	const char *const *origin; /* exact Origins besides the one that follows from `listen` */
	size_t origin_count;
	bool has_passkeys; /* --passkeys: the signing page is at sign.HOST of the first `origin` */
	bool has_now;      /* --now: the wall clock starts at now_ms */
	int64_t now_ms;
	double speed; /* --speed: wall-clock seconds per second; 1 unless rehearsing */
};

/*
 * Serve until SIGTERM or SIGINT. Returns the process's exit code; what went wrong has been printed
 * as one line on standard error.
 */
int net_run(const struct net_config *config, const struct schema *schema, struct store *store);

#endif
