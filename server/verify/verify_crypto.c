#include "verify/verify_crypto.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

enum { SPKI_MAX = 1024, SIG_MAX = 1024, RSA_LEAST = 2048, RSA_MOST = 4096 };

/* Read to its end, and written again the same. */
static EVP_PKEY *key_of(struct slice spki)
{
	const unsigned char *at = (const unsigned char *)spki.ptr;
	EVP_PKEY *key = spki.len <= SPKI_MAX ? d2i_PUBKEY(NULL, &at, (long)spki.len) : NULL;
	unsigned char *again = NULL;
	int len = key ? i2d_PUBKEY(key, &again) : -1;
	bool same = len >= 0 && slice_eq((struct slice){(const char *)again, (size_t)len}, spki);

	OPENSSL_free(again);
	if (!same) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static bool is_kind(EVP_PKEY *key)
{
	char group[32] = "";
	size_t len = 0;

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
		return EVP_PKEY_get_bits(key) >= RSA_LEAST && EVP_PKEY_get_bits(key) <= RSA_MOST;
	}
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(key, group, sizeof group, &len) == 1 &&
	       slice_is((struct slice){group, len}, "prime256v1");
}

bool verify_assertion(void *arg, struct slice spki, struct slice message, struct slice sig)
{
	EVP_PKEY *key = key_of(spki);
	EVP_MD_CTX *ctx = key && is_kind(key) && sig.len <= SIG_MAX ? EVP_MD_CTX_new() : NULL;
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestVerify(ctx, (const unsigned char *)sig.ptr, sig.len,
				   (const unsigned char *)message.ptr, message.len) == 1;

	(void)arg;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}
