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
CC := $(or $(CC_$(MODE)),$(error MODE is dev, release, clang or fuzz))
B := build/$(MODE)
G := build/gen

WARN := -Wall -Wextra -Wshadow -Wconversion -Werror -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wvla
FLAGS_dev := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
FLAGS_clang := $(FLAGS_dev)
FLAGS_fuzz := $(FLAGS_dev) -fsanitize=fuzzer-no-link
FLAGS_release := -g -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LINK_dev := -fsanitize=address,undefined
LINK_clang := $(LINK_dev)
LINK_release := -pie -Wl,-z,relro,-z,now
CFLAGS := -std=c11 -D_GNU_SOURCE $(WARN) $(FLAGS_$(MODE)) -Iserver -I$(G) -MMD -MP
LIBS := -lwebsockets -luv -lsqlite3 -ljansson -lsodium -lpthread

Q := $(if $(V),,@)

DIRS := base msg text policy wire auth casefile room view store net cli
SRC := $(foreach d,$(DIRS),$(wildcard server/$(d)/*.c))
OBJ := $(SRC:server/%.c=$(B)/%.o) $(B)/gen/embedded.o
MAIN := $(B)/main.o

UNIT_SRC := $(wildcard tests/unit/test_*.c tests/prop/prop_*.c tests/store/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/%.c=$(B)/tests/%)

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

$(B)/tests/%: tests/%.c $(B)/librokusha.a Makefile
	@mkdir -p $(@D)
	@echo "$(MODE) $<"
	$(Q)$(CC) $(CFLAGS) -MF $@.d -MT $@ -Itests $(LINK_$(MODE)) $< $(B)/librokusha.a $(LIBS) -lcriterion -o $@

# tests/sim: its own folder comes first, so that the helpers of tests/support do without Criterion.
$(B)/sim: $(wildcard tests/sim/*.c tests/sim/*.h tests/sim/criterion/*.h tests/support/*.h) \
		$(B)/librokusha.a Makefile
	@echo "$(MODE) $@"
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) -Itests/sim -Itests $(LINK_$(MODE)) $(filter %.c %.a,$^) $(LIBS) -o $@

# tests/fuzz: only with MODE=fuzz. The JSON library is the instrumented one where tests/fuzz/jansson
# has made it.
FUZZ_DIRS := base msg text policy casefile room view
FUZZ_OBJ := $(foreach d,$(FUZZ_DIRS),$(patsubst server/%.c,$(B)/%.o,$(wildcard server/$(d)/*.c))) \
	$(B)/gen/embedded.o
FUZZ_JSON := $(or $(wildcard build/fuzz/libjansson.a),-ljansson)

$(B)/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/mutate_json.c tests/fuzz/mutate_json.h $(FUZZ_OBJ) \
		$(wildcard build/fuzz/libjansson.a) Makefile
	@echo "$(MODE) $@"
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) -Itests -fsanitize=fuzzer,address,undefined \
		$(filter %.c %.o,$^) $(FUZZ_JSON) -lsodium -o $@

-include $(shell find $(B) -name '*.d' 2>/dev/null)
