/* What a form must have so that a conference can be held with it: the names of room_names.h. */
#include "room/room.h"
#include "room/room_names.h"

#define LINES (1u << CELL_LINE | 1u << CELL_TEXT)
#define ONLY(TYPE) (1u << CELL_##TYPE)

static const char agenda[] = "会議の進行が次第を読みます";
static const char attendance[] = "会議の出入りはサーバーが書きます";
static const char consent[] = "会議での同意と撤回はサーバーが書きます";
static const char status[] = "計画の状態はサーバーが進めます";

static const struct schema_need needs[] = {
    {NAME_PLAN_STATUS, ONLY(ENUM), status},
    {NAME_START, ONLY(LINE), "会議の始まりの時刻を読みます"},
    {NAME_AGENDA "/title", LINES, agenda},
    {NAME_AGENDA "/" NAME_AGENDA_AUDIENCE, ONLY(SEATS), agenda},
    {NAME_AGENDA "/" NAME_AGENDA_MINUTES, ONLY(INT), agenda},
    {NAME_ATTENDANCE "/" NAME_ATTENDANCE_WHO, ONLY(SEAT), attendance},
    {NAME_ATTENDANCE "/" NAME_ATTENDANCE_IN, ONLY(LINE), attendance},
    {NAME_ATTENDANCE "/" NAME_ATTENDANCE_OUT, ONLY(LINE), attendance},
    {NAME_CONSENT "/to", ONLY(SEAT), consent},
    {NAME_CONSENT "/scope", ONLY(LIST), consent},
    {NAME_CONSENT "/level", ONLY(LINE), consent},
    {NAME_CONSENT "/given_on", ONLY(DATE), consent},
    {NAME_CONSENT "/until", ONLY(LINE), consent},
    {NAME_CONSENT "/method", ONLY(LINE), consent},
    {NAME_CONSENT "/note", LINES, consent},
    {NAME_CONSENT "/" NAME_WITHDRAWAL, ONLY(TEXT), consent},
    {NAME_PARTY "/" NAME_LABEL, ONLY(LINE), "参加者の表示名はここから出ます"},
    {NAME_RESOURCES "/" NAME_RESOURCE_NAME, LINES, "社会資源の名前はここから出ます"},
};

static const char *const states[] = {"draft",       "checked", "proposed",
				     "provisional", "adopted", "superseded"};

void room_schema_needs(const struct schema_source *src, const struct schema *s,
		       struct schema_problems *found)
{
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
		schema_need(src, s, &needs[i], false, found);
	}
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		schema_need_value(src, s, NAME_PLAN_STATUS, states[i], status, found);
	}
	schema_need_role(s, "ps", status, false, found);
	schema_need_role(s, "sup", status, false, found);
}
