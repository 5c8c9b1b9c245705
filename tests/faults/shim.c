/* The disk with faults for the real binary: LD_PRELOAD=shim.so ROKUSHA_DISK=file of orders. */
#undef _FORTIFY_SOURCE /* its inline calls would be defined twice */
#include "faults/disk.h"

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("ROKUSHA_DISK");
	void *p;
	long fd;

	if (!path) {
		return;
	}
	fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
	if (fd < 0) {
		abort();
	}
	p = (void *)syscall(SYS_mmap, NULL, sizeof *disk, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			    0L);
	if (p == MAP_FAILED) {
		abort();
	}
	(void)syscall(SYS_close, fd);
	disk = p;
}
