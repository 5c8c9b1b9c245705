/*
 * Criterion starts a process a test, and in each libgit2 (for Criterion's diffs) would have all the
 * certificates of the machine parsed: half of the time a small test takes. In its place, before the
 * library's own. The server's TLS is another library.
 */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);

int mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	(void)chain;
	(void)path;
	return 0;
}
