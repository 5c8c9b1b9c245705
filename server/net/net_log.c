#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net/net_state.h"

/*
 * lws gives its log no context, so the count of its lines is the process's. A peer can make lws
 * complain, and some of its lines quote headers: only the first few are shown, cut at the first
 * colon, which leaves the name of the function.
 */
enum { LWS_LINES_MAX = 20, LWS_NAME_MAX = 60 };
static unsigned lws_lines;

void net_log(const char *level, const char *event, const char *format, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	fprintf(stderr, "level=%s event=%s%s%s\n", level, event, *line ? " " : "", line);
}

void net_log_lws(int level, const char *line)
{
	char name[LWS_NAME_MAX + 1];
	size_t len = 0;

	if (!(level & LLL_ERR) || lws_lines >= LWS_LINES_MAX) {
		return;
	}
	lws_lines++;
	while (len < LWS_NAME_MAX && line[len] && line[len] != ':' && line[len] != '\n') {
		name[len] =
		    line[len] > ' ' && line[len] < 127 && line[len] != '"' ? line[len] : '_';
		len++;
	}
	name[len] = '\0';
	net_log("error", "lws", "at=%s%s", name, lws_lines == LWS_LINES_MAX ? " more=hidden" : "");
}
