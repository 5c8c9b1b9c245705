#include <stdarg.h>
#include <stdio.h>

#include "store/port.h"

void why_printf(char *why, const char *format, ...)
{
	va_list ap;

	if (why) {
		va_start(ap, format);
		(void)vsnprintf(why, STORE_WHY_BYTES, format, ap);
		va_end(ap);
	}
}
