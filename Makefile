# Rokusha. `make run` and `make test` are for everybody; the rest is listed by `make help`.
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

MODE ?= dev
# `make sim MODE=liveness`: that word is the simulator's.
SIM_MODE := $(filter safety liveness,$(MODE))
ifneq ($(SIM_MODE),)
override MODE := release
endif
CC_dev := gcc
CC_release := gcc
CC_clang := clang
CC_fuzz := clang
CC_cov := clang
CC := $(or $(CC_$(MODE)),$(error MODE is dev, release, clang, fuzz or cov))
B := build/$(MODE)
G := build/gen

WARN := -Wall -Wextra -Wshadow -Wconversion -Werror -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wvla
FLAGS_dev := -g -O1 -DSELF_CHECK -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
FLAGS_clang := $(FLAGS_dev)
FLAGS_fuzz := $(FLAGS_dev) -fsanitize=fuzzer-no-link
# Without asserts: llvm-cov 14 takes what follows one for never reached.
FLAGS_cov := -g -O0 -fprofile-instr-generate -fcoverage-mapping -DNDEBUG -Wno-unused -Wno-unused-parameter -Wno-unused-but-set-variable
FLAGS_release := -g -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LINK_dev := -fsanitize=address,undefined
LINK_clang := $(LINK_dev)
LINK_fuzz := -fsanitize=fuzzer,address,undefined
LINK_cov := -fsanitize=fuzzer
LINK_release := -pie -Wl,-z,relro,-z,now
CFLAGS := -std=c11 -D_GNU_SOURCE $(WARN) $(FLAGS_$(MODE)) -Iserver -I$(G) -MMD -MP
LIBS := -lwebsockets -luv -lsqlite3 -ljansson -lsodium -lfido2 -lpthread

Q := $(if $(V),,@)

DIRS := base msg text policy minutes wire auth casefile room view store archive net cli
SRC := $(foreach d,$(DIRS),$(wildcard server/$(d)/*.c))
OBJ := $(SRC:server/%.c=$(B)/%.o) $(B)/gen/embedded.o
MAIN := $(B)/main.o

# The verifier of signed minutes is a program of its own: base, minutes, and libcrypto for passkeys.
CHECK_OBJ := $(patsubst server/%.c,$(B)/%.o,$(wildcard server/base/*.c server/minutes/*.c) \
	$(filter-out %/verify_main.c,$(wildcard server/verify/*.c)))
CHECK_LIBS := -ljansson -lsodium -lcrypto

UNIT_SRC := $(wildcard tests/unit/test_*.c tests/prop/prop_*.c tests/store/test_*.c tests/faults/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/%.c=$(B)/tests/%) $(B)/tests/vectors/minutes/drive/drive
FUZZERS := import wire change room rows http passkey minutes log
FUZZ_BIN := $(FUZZERS:%=$(B)/fuzz_%)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile scripts/targets.mk | sed -E 's/:.*## /\t/' | expand -t 16

include scripts/targets.mk

$(B)/%.o: server/%.c Makefile | $(G)/.ready
	@mkdir -p $(@D)
	@echo "$(MODE) $<"
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(B)/gen/embedded.o: $(G)/embedded.c Makefile
	@mkdir -p $(@D)
	@echo "$(MODE) $<"
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

$(B)/librokusha.a: $(OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $(OBJ)

$(B)/rokusha: $(MAIN) $(B)/librokusha.a
	@echo "$(MODE) $@"
	$(Q)$(CC) $(LINK_$(MODE)) $(MAIN) $(B)/librokusha.a $(LIBS) -o $@

$(B)/librokusha-verify.a: $(CHECK_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $(CHECK_OBJ)

$(B)/rokusha-verify: $(B)/verify/verify_main.o $(B)/librokusha-verify.a
	@echo "$(MODE) $@"
	$(Q)$(CC) $(LINK_$(MODE)) $^ $(CHECK_LIBS) -o $@

$(B)/tests/minutes/mutate: tests/minutes/mutate.c $(B)/librokusha-verify.a Makefile
	@mkdir -p $(@D)
	@echo "$(MODE) $<"
	$(Q)$(CC) $(CFLAGS) -MF $@.d -MT $@ $(LINK_$(MODE)) $< $(B)/librokusha-verify.a $(CHECK_LIBS) -o $@

# In place of the library Criterion brings along for its diffs, under that library's name.
$(B)/tests/lib/no_git.so: tests/support/no_git.c Makefile
	@mkdir -p $(@D)
	$(Q)name=$$(objdump -p "$$($(CC) -print-file-name=libcriterion.so)" | awk '$$1 == "NEEDED" && /libgit2/ { print $$2 }'); \
		$(CC) -std=c11 $(WARN) -O1 -fPIC -shared -Wl,-soname,$${name:-no_git.so} $< -o $(@D)/$${name:-no_git.so} && \
		{ [[ -z $$name ]] || ln -sf $$name $@; }

# A process a test: what each has to load and to look through for leaks counts, so nothing that is not used.
LINK_TEST_dev := -static-libasan -static-libubsan
LINK_TEST = $(LINK_$(MODE)) $(LINK_TEST_$(MODE)) -Wl,--as-needed \
	-Wl,-rpath,'$$ORIGIN/../lib:$$ORIGIN/../../../lib' -Wl,--push-state,--no-as-needed $(B)/tests/lib/no_git.so -Wl,--pop-state

$(B)/tests/%: tests/%.c $(B)/tests/lib/no_git.so $(B)/librokusha.a Makefile
	@mkdir -p $(@D)
	@echo "$(MODE) $<"
	$(Q)$(CC) $(CFLAGS) -MF $@.d -MT $@ -Itests $< $(LINK_TEST) $(B)/librokusha.a $(LIBS) -lcriterion -o $@

# Keys and signatures for the tests of passkeys; the server itself calls no OpenSSL.
$(B)/tests/unit/test_passkey $(B)/tests/unit/test_passkey_enrol $(B)/tests/unit/test_passkey_vectors: \
	LIBS += -lcrypto
$(B)/tests/unit/test_verify_crypto: $(B)/librokusha-verify.a
$(B)/tests/unit/test_verify_crypto: LIBS += $(B)/librokusha-verify.a -lcrypto

# The real net/ on tests/fuzz/fake_lws.h, at times the test makes up.
$(B)/tests/unit/test_net_slow $(B)/tests/unit/test_net_many $(B)/tests/unit/test_net_send: \
	LIBS += -Wl,--wrap=net_mono_ms,--wrap=net_tcp_acked,--wrap=hub_frame

# Loaded before the real binary: without sanitizers, whatever the mode.
$(B)/tests/faults/shim.so: tests/faults/shim.c tests/faults/disk.h Makefile
	@mkdir -p $(@D)
	@echo "$(MODE) $<"
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O1 -g -fPIC -shared -Itests $< -o $@

# tests/sim: its own folder comes first, so that the helpers of tests/support do without Criterion.
$(B)/sim: $(wildcard tests/sim/sim_*.c tests/sim/*.h tests/sim/criterion/*.h tests/support/*.h) \
		$(B)/librokusha.a Makefile
	@echo "$(MODE) $@"
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) -Itests/sim -Itests $(LINK_$(MODE)) $(filter %.c %.a,$^) $(LIBS) -o $@

# What would be sealed, for tests/truth/sealed.test.mjs. The helpers do without Criterion, as above.
$(B)/sealed: tests/truth/sealed.c $(wildcard tests/support/*.h tests/sim/criterion/*.h) $(B)/librokusha.a Makefile
	@echo "$(MODE) $@"
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) -Itests/sim -Itests $(LINK_$(MODE)) $(filter %.c %.a,$^) $(LIBS) -o $@

# tests/fuzz: only with MODE=fuzz, by libFuzzer (MODE=cov: for tests/fuzz/coverage). The JSON library
# is the instrumented one where tests/fuzz/jansson has made it. No libwebsockets:
# tests/fuzz/fake_lws.h stands in its place.
FUZZ_JSON := $(or $(wildcard build/$(filter fuzz,$(MODE))/libjansson.a),-ljansson)
FUZZ_LIBS := -luv -lsqlite3 -lsodium -lfido2 -lpthread
$(B)/fuzz_import $(B)/fuzz_wire $(B)/fuzz_rows: FUZZ_MUTATE := tests/fuzz/mutate_json.c
$(B)/fuzz_passkey: FUZZ_LIBS += -lcrypto
$(B)/fuzz_http: FUZZ_LIBS += -Wl,--wrap=hub_frame,--wrap=net_watch

$(B)/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/mutate_json.c $(wildcard tests/fuzz/*.h) \
		$(B)/librokusha.a $(wildcard build/fuzz/libjansson.a) Makefile
	@echo "$(MODE) $@"
	$(Q)$(CC) $(CFLAGS) -MF $@.d -MT $@ -Itests/fuzz/shim -Itests $(LINK_$(MODE)) \
		$< $(FUZZ_MUTATE) $(B)/librokusha.a $(FUZZ_JSON) $(FUZZ_LIBS) -o $@

-include $(shell find $(B) -name '*.d' 2>/dev/null)
