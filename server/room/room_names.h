#ifndef ROKUSHA_ROOM_ROOM_NAMES_H
#define ROKUSHA_ROOM_ROOM_NAMES_H

/*
 * The few names of the form that the conference itself acts on. Everything else in schema/ is
 * data to the server. A room whose form has one of them not lacks that function, nothing more; but
 * room_needs.c tells the people who write the form, and no such form is served.
 */
#define NAME_PLAN_STATUS "plan.status"
#define NAME_AGENDA "conf.agenda_items"
#define NAME_AGENDA_AUDIENCE "audience"
#define NAME_AGENDA_MINUTES "minutes"
/* On what the conference rests; a series is either all of consent or all of law. */
#define NAME_LEGAL_BASIS "conf.legal_basis"
#define NAME_BASIS_HOME "consent_based"
#define NAME_START "conf.schedule.start"
#define NAME_ATTENDANCE "conf.attendance"
#define NAME_ATTENDANCE_WHO "who"
#define NAME_ATTENDANCE_IN "in"
#define NAME_ATTENDANCE_OUT "out"
#define NAME_CONSENT "consent"
#define NAME_WITHDRAWAL "withdrawal"
#define NAME_PARTY "party"
#define NAME_LABEL "display_label"
#define NAME_PARTY_NAME "name"
#define NAME_DISSENT "min.dissent"
#define NAME_DISSENT_ABOUT "about"
#define NAME_RESOURCES "case.resources"
#define NAME_RESOURCE_NAME "name"
#define NAME_PERSON_ROLE "self"
#define NAME_GUEST_ROLE "guest"
#define NAME_ADMIN_ROLE "adm"

#endif
