#ifndef ROKUSHA_VERIFY_VERIFY_CRYPTO_H
#define ROKUSHA_VERIFY_VERIFY_CRYPTO_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * ES256 (DER) or RS256 of a passkey, by libcrypto: whether `sig` is of `message` by the key of this
 * SPKI. The key is P-256, or RSA of 2,048 to 4,096 bits, in the one spelling libcrypto writes.
 * `arg` is not used.
 */
bool verify_assertion(void *arg, struct slice spki, struct slice message, struct slice sig);

#endif
