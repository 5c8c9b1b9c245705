/*
 * Criterion starts a process a test, and each would load libgit2 (for diffs we do not ask for) with
 * Kerberos, SSH and a TLS of its own, and have all the certificates of the machine parsed. In its
 * place, under its name: the start of a process takes a third less.
 */
int git_libgit2_init(void);
int git_libgit2_shutdown(void);
int git_diff_buffers(void);

int git_libgit2_init(void)
{
	return 1;
}

int git_libgit2_shutdown(void)
{
	return 0;
}

int git_diff_buffers(void)
{
	return -1;
}
