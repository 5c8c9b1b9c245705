#include <sodium.h>
#include <stdio.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
	if (sodium_init() < 0) {
		fputs("rokusha: no source of randomness\n", stderr);
		return EXIT_FAILED;
	}
	return cli_main(argc, argv);
}
