#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "net/net_state.h"

/*
 * lws gives its log no context, so the count of its lines is the process's. A peer can make lws
 * complain, and some of its lines quote headers: only the first few are shown, cut at the first
 * colon, which leaves the name of the function.
 */
enum { LWS_LINES_MAX = 20, LWS_NAME_MAX = 60 };
static unsigned lws_lines;

/*
 * What peers do fills no disk: so many lines a second, the rest is counted and told with the next
 * line. Errors come from us and are all told.
 */
static struct {
	struct net_bucket often;
	unsigned long hidden;
} lines;

static bool may_tell(const char *level)
{
	if (strcmp(level, "info") == 0 && !net_bucket_take(&lines.often, LIMIT_LOG_LINES_PER_S,
							   LIMIT_LOG_LINES_PER_S, net_mono_ms())) {
		lines.hidden++;
		return false;
	}
	if (lines.hidden) {
		fprintf(stderr, "level=info event=log hidden=%lu\n", lines.hidden);
		lines.hidden = 0;
	}
	return true;
}

void net_log(const char *level, const char *event, const char *format, ...)
{
	char line[512];
	va_list ap;

	if (!may_tell(level)) {
		return;
	}
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
