/* The policies a server keeps loaded: one for all rooms of it, and a few that no room uses. */
#include "base/limits.h"
#include "base/mem.h"
#include "archive/policies.h"
#include "support/files.h"

enum { KINDS = LIMIT_POLICIES_IDLE + 2 };

/* A policy of its own: the shipped one with so many empty lines more at the end of the form. */
struct kind {
	struct buf form;
	struct store_policy kept;
	struct record record;
	struct buf body;
	struct store_series series;
};

static struct buf visibility, roles;
static struct kind kind[KINDS];
static struct schema *running;
static struct policies *policies;

static void kind_init(struct kind *k, size_t lines)
{
	struct schema *schema;
	char why[512];

	k->form = rig_file("schema/form.json");
	for (size_t i = 0; i < lines; i++) {
		buf_add_str(&k->form, "\n");
	}
	k->kept.visibility = buf_slice(&visibility);
	k->kept.roles = buf_slice(&roles);
	k->kept.form = buf_slice(&k->form);
	cr_assert_eq(
	    schema_load(&(struct schema_source){k->kept.visibility, k->kept.roles, k->kept.form},
			&schema, why, sizeof why),
	    ERR_OK, "%s", why);
	memcpy(k->kept.hash, schema->hash, sizeof k->kept.hash);
	schema_destroy(schema);
	buf_printf(&k->body, "{\"hash\":\"%s\"}", k->kept.hash);
	k->record = (struct record){.kind = RECORD_POLICY, .body = buf_slice(&k->body)};
	k->series = (struct store_series){
	    .record = &k->record, .record_count = 1, .policy = &k->kept, .policy_count = 1};
}

static void start(void)
{
	visibility = rig_file("schema/visibility.tsv");
	roles = rig_file("schema/roles.json");
	running = rig_schema();
	policies = policies_create(running);
	for (size_t i = 0; i < KINDS; i++) {
		kind_init(&kind[i], i + 1);
	}
}

static void over(void)
{
	policies_destroy(policies);
	schema_destroy(running);
	for (size_t i = 0; i < KINDS; i++) {
		buf_fini(&kind[i].form);
		buf_fini(&kind[i].body);
	}
	buf_fini(&visibility);
	buf_fini(&roles);
}

static struct policy_use take(size_t n)
{
	struct policy_use use;
	char why[STORE_WHY_BYTES] = "";

	cr_assert_eq(policies_take(policies, &kind[n].series, 1, &use, why), ERR_OK, "%s", why);
	cr_assert_str_eq(use.schema->hash, kind[n].kept.hash);
	return use;
}

/* A room of it comes and goes. */
static void visit(size_t n)
{
	struct policy_use use = take(n);

	policies_release(policies, &use);
}

/* Whether it is still loaded: then it can be had without its files. */
static bool is_loaded(size_t n)
{
	struct policy_use use;
	char why[STORE_WHY_BYTES];
	bool is;

	kind[n].series.policy_count = 0;
	is = policies_take(policies, &kind[n].series, 1, &use, why) == ERR_OK;
	kind[n].series.policy_count = 1;
	policies_release(policies, &use);
	return is;
}

Test(policies, so_many_stay_though_nobody_uses_them)
{
	start();
	for (size_t i = 0; i < LIMIT_POLICIES_IDLE; i++) {
		visit(i);
	}
	cr_expect_eq(policies_count(policies), LIMIT_POLICIES_IDLE);
	for (size_t i = 0; i < LIMIT_POLICIES_IDLE; i++) {
		cr_expect(is_loaded(i), "%zu", i);
	}
	over();
}

Test(policies, for_one_more_the_one_used_longest_ago_goes)
{
	start();
	for (size_t i = 0; i < LIMIT_POLICIES_IDLE; i++) {
		visit(i);
	}
	visit(0);
	visit(LIMIT_POLICIES_IDLE);
	cr_expect_eq(policies_count(policies), LIMIT_POLICIES_IDLE);
	for (size_t i = 0; i <= LIMIT_POLICIES_IDLE; i++) {
		cr_expect_eq(is_loaded(i), i != 1, "%zu", i);
	}
	visit(1); /* and it comes back from its files */
	over();
}

/* However many are used, none of them goes. */
Test(policies, what_is_used_is_not_counted)
{
	struct policy_use use[KINDS];

	start();
	for (size_t i = 0; i < KINDS; i++) {
		use[i] = take(i);
	}
	cr_expect_eq(policies_count(policies), KINDS);
	for (size_t i = 0; i < KINDS; i++) {
		cr_expect_str_eq(use[i].schema->hash, kind[i].kept.hash);
		policies_release(policies, &use[i]);
	}
	cr_expect_eq(policies_count(policies), LIMIT_POLICIES_IDLE);
	over();
}
