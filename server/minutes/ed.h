#ifndef ROKUSHA_MINUTES_ED_H
#define ROKUSHA_MINUTES_ED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum { MIN_ED_KEY = 32, MIN_ED_SIG = 64 };

/*
 * Ed25519 with one verdict in every library (schema/minutes.md §1): refused by bytes before a
 * library is asked where S, A or R are not canonical, or A or R of small order.
 */
bool min_ed_verify(const uint8_t key[MIN_ED_KEY], struct slice message,
		   const uint8_t sig[MIN_ED_SIG]);

#endif
