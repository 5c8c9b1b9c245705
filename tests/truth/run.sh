#!/bin/bash
# The whole truth table of rights.c against the oracle: for the policy in schema/, and for a made-up
# one that uses every mark everywhere. Usage: tests/truth/run.sh BUILD_DIR
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:?usage: tests/truth/run.sh BUILD_DIR}
truth=$build/truth/truth
mkdir -p "$build/truth"

# Compiled by itself: what it judges is base and policy alone.
if [[ ! -x $truth || -n $(find "$root"/server/{base,policy} "$root/tests/truth/truth.c" -newer "$truth") ]]
then
	"${CC:-gcc}" -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror \
		-fsanitize=address,undefined -fno-sanitize-recover=undefined -I"$root/server" \
		"$root"/server/base/*.c "$root"/server/policy/*.c "$root/tests/truth/truth.c" \
		-ljansson -lsodium -o "$truth"
fi

judge() {
	"$truth" "$1" | ROKUSHA_SCHEMA=$1 node "$root/tests/truth/compare.mjs" "${@:2}"
}

node "$root/tests/truth/marks.mjs" "$build/truth/marks"
made_up=$(judge "$build/truth/marks")
shipped=$(judge "$root/schema" "$root"/tests/cases/case-*.json)
echo "truth: $shipped; every mark everywhere: $made_up"
