# What people type, and what is generated. Included by the Makefile.
# Every `make` starts as many jobs as there are cores; a make inside a recipe shares them.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-print-directory

# ---- generated: the web client and the embedded files

WEB_SRC := $(shell find web/src -type f 2>/dev/null) web/build.mjs web/index.html web/verify.html \
	web/icon.svg web/tsconfig.json schema/form.json
SCHEMA := $(shell find schema -type f)
NODE_READY := web/node_modules/.package-lock.json
DIST := web/dist/index.html

$(NODE_READY): web/package-lock.json
	scripts/setup web

$(DIST): $(WEB_SRC) $(NODE_READY)
	node web/build.mjs

# One recipe makes both files; the stamp says when.
$(G)/.ready: $(SCHEMA) $(DIST) scripts/embed
	@mkdir -p $(G)
	node scripts/embed $(G)
	@touch $@

$(G)/embedded.c $(G)/embedded.h: $(G)/.ready ;

# The core of the client for Node, and the type check: both only when the source changed.
build/web-core: $(DIST)
	@test -e web/dist-node/gallery/index.html || node web/build.mjs
	@mkdir -p build
	@touch $@

build/web-types: $(WEB_SRC) $(NODE_READY)
	node web/node_modules/typescript/bin/tsc -p web
	@mkdir -p build
	@touch $@

# ---- what people type

.PHONY: build
build: $(B)/rokusha $(B)/rokusha-verify ## build/dev/rokusha, with sanitizers (MODE=release: without)

.PHONY: run
run: ## the server with three fictional cases and a link for every seat
	@scripts/setup run
	+@$(MAKE) MODE=release build/release/rokusha
	@exec scripts/play build/release/rokusha

.PHONY: check
check: ## the inner loop: what changed is built, unit and property tests, layers, sizes
	@scripts/test-all check

.PHONY: test
test: ## everything; the last line counts
	@scripts/setup test
	@scripts/test-all test

.PHONY: demo
demo: ## play a scripted meeting: make demo CASE=file.json [SIGN=1 [OUT=dir]] [SPEED=n] [SEED=s]
	@test -n "$(CASE)" || { echo "make demo CASE=file.json [SIGN=1 [OUT=dir]] [SPEED=n]" >&2; exit 2; }
	@scripts/setup run
	+@$(MAKE) --silent MODE=$(MODE) $(B)/rokusha $(B)/rokusha-verify $(B)/tests/store/test_store_series >&2
	@ROKUSHA_BIN=$(B)/rokusha node tests/demo/play.mjs $(CASE) $(if $(SPEED),--speed $(SPEED)) $(if $(SEED),--seed $(SEED)) \
		$(if $(SIGN),--sign $(if $(OUT),--out $(OUT)))

.PHONY: mutate
mutate: ## every byte of every bundle of the sketch changed, an hour: make mutate [VALUES=3] [STEP=1] [ONLY=name]
	+@$(MAKE) --silent MODE=release build/release/tests/minutes/mutate >&2
	@node tests/minutes/mutate.mjs $(or $(VALUES),3) $(or $(STEP),1) $(ONLY)

.PHONY: cases
cases: ## random cases against an oracle: make cases N=5000 [SEED=s]
	+@$(MAKE) --silent MODE=release build/release/tests/random/cases >&2
	@node tests/random/run.mjs $(or $(N),200) $(or $(SEED),1)

.PHONY: crash
crash: ## kill -9 under load, with a ledger outside: make crash N=1000 [SEED=s]
	@test -n "$(N)" || { echo "make crash N=n [SEED=s]" >&2; exit 2; }
	+@$(MAKE) --silent MODE=release build/release/rokusha build/dev/tests/faults/shim.so build/web-core >&2
	@ROKUSHA_BIN=build/release/rokusha node tests/faults/crash.mjs $(N) $(SEED)

.PHONY: powercut
powercut: ## the store after power cuts at every sync and between: make powercut POINTS=n [SEED=s]
	@test -n "$(POINTS)" || { echo "make powercut POINTS=n [SEED=s]" >&2; exit 2; }
	+@$(MAKE) --silent MODE=release build/release/tests/faults/test_powercut >&2
	@build/release/tests/faults/test_powercut $(POINTS) $(SEED)

.PHONY: calls
calls: ## every STRIDE-th call of the store to its files fails, and FAULTS of the binary's: make calls STRIDE=1 FAULTS=n
	@test -n "$(STRIDE)$(FAULTS)" || { echo "make calls STRIDE=n FAULTS=n [SEED=s]" >&2; exit 2; }
	+@$(MAKE) --silent MODE=release build/release/rokusha build/release/tests/faults/test_calls build/dev/tests/faults/shim.so build/web-core >&2
	@test -z "$(STRIDE)" || build/release/tests/faults/test_calls $(STRIDE) 2>/dev/null
	@test -z "$(FAULTS)" || ROKUSHA_BIN=build/release/rokusha node tests/faults/calls.mjs $(FAULTS) $(SEED)

.PHONY: diskfull
diskfull: ## full disks at many levels under the real binary: make diskfull LEVELS=n [SEED=s]
	@test -n "$(LEVELS)" || { echo "make diskfull LEVELS=n [SEED=s]" >&2; exit 2; }
	+@$(MAKE) --silent MODE=release build/release/rokusha build/dev/tests/faults/shim.so build/web-core >&2
	@ROKUSHA_BIN=build/release/rokusha node tests/faults/diskfull.mjs $(LEVELS) $(SEED)

.PHONY: sim
sim: ## conferences with faults from seeds: make sim SEEDS=n [SEED=s] [MODE=safety|liveness]
	@test -n "$(SEEDS)" || { echo "make sim SEEDS=n [SEED=s] [MODE=safety|liveness]" >&2; exit 2; }
	+@$(MAKE) --silent MODE=release build/release/sim >&2
	@build/release/sim $(SEEDS) $(or $(SEED),1) $(SIM_MODE)

.PHONY: twin
twin: ## the same meeting in two worlds that one seat must not tell apart: make twin RUNS=n [SEED=s]
	+@$(MAKE) --silent MODE=release build/release/tests/sim/twin >&2
	@build/release/tests/sim/twin $(or $(RUNS),200) $(or $(SEED),1)

$(B)/tests/hostile/flood: tests/hostile/flood.c Makefile
	@mkdir -p $(@D)
	@echo "$(MODE) $<"
	$(Q)$(CC) $(CFLAGS) $(LINK_$(MODE)) $< -o $@

.PHONY: hostile
hostile: ## honest people under every attack at once, in figures: make hostile SECONDS=n
	@test -n "$(SECONDS)" || { echo "make hostile SECONDS=n" >&2; exit 2; }
	@scripts/setup run
	+@$(MAKE) --silent MODE=release build/release/rokusha build/release/tests/hostile/flood >&2
	@node tests/hostile/bench.mjs $(SECONDS)

comma := ,

# tests/bench: the load generator, and the least any server has to do. `make bench-build` is what is
# measured (MODE=release); the others only show that it compiles. Not -MMD: all of it is one command.
BENCH_BIN := $(B)/bench/gen $(B)/bench/floor $(B)/bench/rokusha-fast $(B)/bench/rokusha-open $(B)/bench/grow \
	$(B)/bench/minutes $(B)/bench/minutes_verify
$(B)/bench/gen: $(wildcard tests/bench/gen*.c tests/bench/*.h)
	@mkdir -p $(@D)
	@echo "$(MODE) $@"
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) -Itests $(LINK_$(MODE)) $(filter %.c,$^) -ljansson -o $@

$(B)/bench/floor: tests/bench/floor/floor.c
	@mkdir -p $(@D)
	@echo "$(MODE) $@"
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) $(LINK_$(MODE)) $< -lwebsockets -luv -lsqlite3 -lpthread -o $@

# The server as it is, but for one thing (tests/bench/open): what that thing costs, or hides. Never
# installed, and no part of anything but the benchmarks.
BENCH_OPEN = $(CC) $(filter-out -MMD -MP,$(CFLAGS)) $(LINK_$(MODE)) $(filter %.o %.c,$^) \
	$(B)/librokusha.a $(LIBS) -o $@
$(B)/bench/rokusha-fast: $(MAIN) tests/bench/open/fast.c $(B)/librokusha.a
	@mkdir -p $(@D)
	@echo "$(MODE) $@"
	$(Q)$(BENCH_OPEN) -Wl,--wrap=net_bucket_take,--wrap=net_guard_message

# rights.c stands before the library's: one function of it more there, and this does not link.
$(B)/bench/rokusha-open: $(MAIN) tests/bench/open/rights.c tests/bench/open/audit.c $(B)/librokusha.a
	@mkdir -p $(@D)
	@echo "$(MODE) $@"
	$(Q)$(BENCH_OPEN) -Wl,--wrap=fx_audit

$(B)/bench/grow: tests/bench/grow.c $(B)/librokusha.a
	@mkdir -p $(@D)
	@echo "$(MODE) $@"
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) $(LINK_$(MODE)) $^ $(LIBS) -o $@

# The hashes that are asked for are counted on their way to the library.
$(B)/bench/minutes: tests/bench/minutes.c $(wildcard tests/support/*.h tests/sim/criterion/*.h) $(B)/librokusha.a
	@mkdir -p $(@D)
	@echo "$(MODE) $@"
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) -Itests/sim -Itests $(LINK_$(MODE)) $(filter %.c %.a,$^) $(LIBS) -o $@ \
		$(addprefix -Wl$(comma)--wrap=crypto_hash_sha256_,init update final)

$(B)/bench/minutes_verify: tests/bench/minutes_verify.c $(B)/librokusha.a
	@mkdir -p $(@D)
	@echo "$(MODE) $@"
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) $(LINK_$(MODE)) $^ $(LIBS) -o $@ \
		$(addprefix -Wl$(comma)--wrap=crypto_hash_sha256_,init update final) -Wl$(comma)--wrap=crypto_sign_verify_detached

.PHONY: bench-build
bench-build:
	+@$(MAKE) --silent MODE=release build/release/rokusha build/release/rokusha-verify \
		build/release/tests/store/test_store_series $(BENCH_BIN:$(B)/%=build/release/%) >&2

# The servers of others, in a folder that is not committed. npm builds better-sqlite3: minutes.
build/bench/peers/.ready: tests/bench/peers/package.json tests/bench/peers/package-lock.json
	@mkdir -p $(@D)
	cp $^ $(@D)
	cd $(@D) && npm ci --no-audit --no-fund </dev/null
	@touch $@

BENCH_PEERS := floor,floor-gather,floor-memory,twin,yws,hocuspocus,sharedb

BENCH_RUN = node tests/bench/run.mjs $(1) --servers $(2) --seconds $(or $(SECONDS),3) \
	--rooms $(or $(ROOMS),20,100) --top $(or $(TOP),1000) --reps

.PHONY: bench
bench: ## speed and memory beside others, an hour: make bench [SECONDS=3] [ROOMS=20,100] [REPS=3] [TOP=1000]
	@scripts/setup bench
	+@$(MAKE) --silent build/bench/peers/.ready bench-build >&2
	@cp tests/bench/peers/*.mjs build/bench/peers
	@[ ! -e build/bench/results.jsonl ] || mv build/bench/results.jsonl build/bench/results.old.jsonl
	@$(call BENCH_RUN,w1 w3 capacity,ours$(comma)$(BENCH_PEERS)) $(or $(REPS),3)
	@$(call BENCH_RUN,w2,ours$(comma)floor$(comma)yws$(comma)hocuspocus$(comma)sharedb) $(or $(REPS),3)
	@$(call BENCH_RUN,w4,ours-fast$(comma)floor$(comma)twin$(comma)yws$(comma)sharedb) $(or $(REPS),3) --first 40000
	@$(call BENCH_RUN,w5,ours) 5
	@$(call BENCH_RUN,w6,ours) $(or $(REPS),3)
	@$(call BENCH_RUN,ab,ours$(comma)$(BENCH_PEERS)) 5
	@node tests/bench/minutes.mjs
	@node tests/bench/run.mjs w1 --servers ours,sharedb,sharedb-pg --chars 150 --rooms 5,10 --reps $(or $(REPS),3)
	@node tests/bench/run.mjs capacity --servers sharedb-pg --chars 150 --rooms 10 --top 60 --reps $(or $(REPS),3)

.PHONY: bench-quick
bench-quick: bench-build ## half a minute of it: 20 rooms, ours and the floor
	@node tests/bench/run.mjs w1 --servers ours,floor --rooms 20 --reps 2

.PHONY: profile
profile: ## what an edit costs in instructions and system calls: make profile [RUNS=2] [TOP=40]
	@scripts/setup bench
	+@$(MAKE) --silent bench-build
	@node tests/bench/profile.mjs --runs $(or $(RUNS),2) --top $(or $(TOP),40)

.PHONY: collab
collab: build/web-core ## random editors over a bad line against an oracle: make collab SESSIONS=5000 [SEED=s]
	+@$(MAKE) --silent MODE=release build/release/rokusha >&2
	@ROKUSHA_BIN=build/release/rokusha node tests/collab/run.mjs $(or $(SESSIONS),1000) $(or $(SEED),1)

.PHONY: damage
damage: ## damaged databases and WALs: make damage FILES=n [SEED=s]
	@test -n "$(FILES)" || { echo "make damage FILES=n [SEED=s]" >&2; exit 2; }
	+@$(MAKE) --silent $(B)/tests/faults/test_damage >&2
	@$(B)/tests/faults/test_damage $(FILES) $(SEED)

.PHONY: gallery
gallery: build/web-core ## every state of the page, made of its real elements: says which file to open
	@echo "web/dist-node/gallery/index.html"

.PHONY: fuzz
fuzz: ## hostile bytes against every reader: make fuzz SECONDS=n for each [TARGETS="wire rows"]
	@test -n "$(SECONDS)" || { echo "make fuzz SECONDS=n" >&2; exit 2; }
	@scripts/setup fuzz
	@tests/fuzz/jansson || echo "fuzz: Debian's JSON library, without instrumentation" >&2
	+@$(MAKE) --silent MODE=fuzz fuzzers >&2
	@tests/fuzz/run $(SECONDS) $(or $(TARGETS),$(FUZZERS))

.PHONY: fuzzers
fuzzers: $(FUZZ_BIN)

.PHONY: mutants
mutants: ## the planted bugs of tests/mutants one by one: each must be seen (ONLY=word, an hour without)
	+@$(MAKE) --silent MODE=dev tests-build >&2
	@node tests/mutants/run.mjs $(ONLY)

.PHONY: lint
lint: ## what is no error but worth a look: clang-format, cppcheck, shellcheck
	@scripts/lint

.PHONY: verify-fresh
verify-fresh: ## make run and make test of HEAD on a bare Debian 12 (as root; TEST=no: only run)
	@scripts/verify-fresh

.PHONY: clean
clean: ## throw away build/ and the built web client
	rm -rf build web/dist web/dist-node

# For the scripts: everything the tests run.
.PHONY: tests-build
tests-build: $(B)/rokusha $(B)/rokusha-verify $(UNIT_BIN) $(BENCH_BIN)
