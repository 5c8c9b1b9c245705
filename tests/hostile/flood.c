/*
 * Connections and nothing else, as many as there are addresses in 127.0.0.0/8: each attempt comes
 * from another one. Half of them only connect, half send the beginning of a request; each is
 * dropped when its turn comes round again. Usage: flood PORT SECONDS PER_SECOND [FIRST] Prints:
 * attempts, how many the server had hung up on by the time they were dropped.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HELD = 1500, TICK_MS = 5 };

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 127.16.0.1 and on: never one of the first 127.0.0.0/12, which are others'. */
static uint32_t address(uint32_t n)
{
	return 0x7f100000u + n * 2 + 1;
}

static int dial(uint16_t port, uint32_t from)
{
	struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(from)};
	struct sockaddr_in it = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 &&
	    (bind(fd, (struct sockaddr *)&me, sizeof me) != 0 ||
	     (connect(fd, (struct sockaddr *)&it, sizeof it) != 0 && errno != EINPROGRESS))) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int was_refused(int fd)
{
	char c;
	ssize_t got = recv(fd, &c, 1, MSG_DONTWAIT);

	return got == 0 || (got < 0 && errno != EAGAIN);
}

int main(int argc, char **argv)
{
	static int held[HELD];
	const struct timespec tick = {0, TICK_MS * 1000000L};
	uint16_t port = (uint16_t)(argc > 3 ? atoi(argv[1]) : 0);
	int64_t begun = now_ms();
	int64_t end = begun + (argc > 3 ? atoi(argv[2]) : 0) * 1000LL;
	int64_t rate = argc > 3 ? atoi(argv[3]) : 0;
	uint32_t first = argc > 4 ? (uint32_t)atoi(argv[4]) : 0;
	uint32_t made = 0;
	uint32_t refused = 0;

	memset(held, -1, sizeof held);
	while (port && now_ms() < end) {
		int64_t due = (now_ms() - begun) * rate / 1000;

		for (; made < due; made++) {
			int *slot = &held[made % HELD];

			if (*slot >= 0) {
				refused += (uint32_t)was_refused(*slot);
				(void)close(*slot);
			}
			*slot = dial(port, address((first + made) & 0x3fffff));
			if (*slot >= 0 && made % 2) {
				(void)send(*slot, "GET / HTTP/1.1\r\nX: ", 19, MSG_NOSIGNAL);
			}
		}
		(void)nanosleep(&tick, NULL);
	}
	printf("%u %u\n", made, refused);
	return port ? 0 : 2;
}
