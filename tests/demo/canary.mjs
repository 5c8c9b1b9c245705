/*
 * Plants a unique token into every string of a case file that becomes a text or line cell, before
 * the import, and notes for each whose cell it is. This is the player's own reading of the format
 * (samples/README.md); it does not look at what the importer does.
 */
import {meetingStart, timeOf} from './times.mjs';
import {audienceOf, correctedItem, itemOf, narrowestWith, samePersonLater, signingItem} from './cast.mjs';
import {placesOf} from './form.mjs';

export const MARK = 'cnryleak'; /* eight letters, so that two whole base64 groups are always inside */
export const LETTERS = 20;
const TOKEN_UNITS = MARK.length + LETTERS + 2;
const PERSON = 'self';

/* Kinds of the minutes whose rows the script's end writes: list, key of the text, class' column. */
const ENTRIES = [
	['decisions', 'text', 'min.decisions.text'], ['actions', 'what', 'min.actions.what'],
	['dissents', 'text', 'min.dissent.text'],
];

class Planter {
	canaries = [];
	cells = new Map(); /* cell -> {col, plain, now, canary} for the script's edits */

	constructor(file, form, random) {
		Object.assign(this, {file, form, random});
		this.start = meetingStart(file);
		this.day = timeOf(file.conference.held_on);
		this.selfIds = file.parties.filter((p) => p.role === PERSON).map((p) => p.id);
	}

	token() {
		let letters = '';
		for (let i = 0; i < LETTERS; i++) {
			letters += 'abcdefghijklmnopqrstuvwxyz'[Math.floor(this.random() * 26)];
		}
		return MARK + letters;
	}

	/* Is this of a time after the meeting has begun? A day counts from its morning. */
	isLater(date) {
		return typeof date === 'string' && (date.length === 10 ? timeOf(date) > this.day
			: timeOf(date) > this.start);
	}

	fits(col, texts) {
		return texts.every((t) => t.length + TOKEN_UNITS <= col.max);
	}

	canary(col, where, whose = {}) {
		const made = {token: this.token(), col: col.id, cls: col.cls, table: col.table, where,
			owner: whose.owner ?? [], about: whose.about ?? [], known: whose.known ?? [],
			audience: whose.audience ?? null,
			nobody: whose.nobody ?? false, also: whose.also ?? []};

		this.canaries.push(made);
		return made;
	}

	/* Put a token into object[key] if that is a string of a text or line column. */
	put(object, key, columnId, where, whose = {}) {
		const col = this.form.columns.get(columnId);
		const plain = object?.[key];

		if (typeof plain !== 'string' || !col || !this.form.isText(col)) {
			return null;
		}
		const cell = whose.cell ?? (col.table ? `${columnId}#${where}` : columnId);
		const later = this.laterTexts(columnId);
		const canary = plain !== '' && this.fits(col, [plain, ...later])
			? this.canary(col, where, whose) : null;
		object[key] = canary ? `${plain}〔${canary.token}〕` : plain;
		this.cells.set(cell, {col, plain, now: object[key], canary, whose});
		return canary;
	}

	laterTexts(columnId) {
		return (this.file.script ?? []).flatMap((s) => s.edits ?? [])
			.filter((e) => e.field === columnId).map((e) => String(e.after ?? ''));
	}

	/* Every string under `object` whose path is a column's id. */
	putAll(object, prefix, whose = {}) {
		for (const [key, value] of Object.entries(object ?? {})) {
			if (value && typeof value === 'object' && !Array.isArray(value)) {
				this.putAll(value, `${prefix}.${key}`, whose);
			} else {
				this.put(object, key, `${prefix}.${key}`, `${prefix}.${key}`, whose);
			}
		}
	}
}

/* ---- the state before the meeting -------------------------------------------------------------- */

function plantPlan(p, file) {
	p.putAll(file.case, 'case');
	p.putAll(file.person, 'person');
	p.putAll(file.assessment, 'assess');
	p.putAll(file.personal_plan, 'pplan');
	for (const [i, s] of (file.personal_plan?.statements ?? []).entries()) {
		p.put(s, 'text', 'pplan.statements.text', `statements[${i}]`, {owner: p.selfIds});
	}
	const {areas = {}, ...rest} = file.support_plan ?? {};
	for (const key of Object.keys(rest)) {
		p.put(file.support_plan, key, `plan.${key}`, `support_plan.${key}`);
	}
	for (const [area, groups] of Object.entries(areas)) {
		p.putAll(groups, `plan.${area}`);
	}
}

function plantHousehold(p, file) {
	const info = (holder, where) => {
		const held = holder?.protected_info;
		const at = 'household.protected_info';
		if (held && typeof held === 'object') {
			p.put(held, 'text', at, where);
		} else if (holder) {
			p.put(holder, 'protected_info', at, where);
		}
	};

	info(file.household, 'household');
	for (const [i, member] of (file.household?.members ?? []).entries()) {
		const where = `members[${i}]`;
		for (const key of ['name', 'relation', 'note']) {
			p.put(member, key, `household.${key}`, where);
		}
		p.put(member, 'consent_record', 'household.member_consent', where, {about: p.selfIds});
		info(member, where);
	}
}

/* The seats a consent speaks of: its party, else everybody of its role. */
export function receiversOf(file, consent) {
	const named = file.parties.filter((q) => (consent.party ? q.id === consent.party : q.role === consent.role))
		.map((q) => q.id);

	return consent.party ? samePersonLater(file, named) : named;
}

function plantParties(p, file) {
	const cast = (a, b) => (file.conference.agenda ?? []).some((item) => {
		const in_ = audienceOf(file, item);
		return in_.has(a) && in_.has(b);
	});

	for (const party of file.parties) {
		const known = file.parties.filter((q) => cast(q.id, party.id)).map((q) => q.id);
		for (const key of ['name', 'display_label', 'affiliation', 'contact', 'pledge']) {
			/* Without a label of its own, the seat goes by its name. */
			const also = key === 'name' && !party.display_label ? ['party.display_label'] : [];
			p.put(party, key, `party.${key}`, party.id, {owner: [party.id], known, also});
		}
	}
	for (const consent of file.consents ?? []) {
		const whose = {owner: p.selfIds, about: receiversOf(file, consent),
			nobody: p.isLater(consent.given_on)};
		for (const key of ['method', 'note']) {
			p.put(consent, key, `consent.${key}`, consent.id, whose);
		}
		const inMeeting = (file.script ?? []).some((s) => JSON.stringify([s.edits, s.events])
			.includes(`"${consent.id}`));
		p.put(consent, 'withdraw_words', 'consent.withdrawal', consent.id,
			{...whose, nobody: p.isLater(consent.withdrawn_at) && !inMeeting});
	}
}

function plantWork(p, file) {
	const employers = file.parties.filter((q) => q.role === 'emp').map((q) => q.id);
	const sites = [...(file.work_sites ?? []).map((site) => [site, site.party]),
		...(file.work_site ? [[file.work_site, employers.length === 1 ? employers[0] : null]] : [])];

	for (const [site, party] of sites) {
		for (const key of ['conditions', 'site_program', 'site_feedback', 'wage_terms']) {
			p.put(site, key, `work.${key}`, `work@${party}`,
				{owner: party ? [party] : [], cell: `work@${party}/${key}`});
		}
		if (Array.isArray(site.job_leads)) {
			site.job_leads.forEach((_, i) => p.put(site.job_leads, i, 'work.job_leads.text', `lead ${i}`));
		} else {
			p.put(site, 'job_leads', 'work.job_leads.text', 'lead');
		}
	}
}

function plantMeeting(p, file) {
	p.put(file.conference, 'place', 'conf.place', 'conference.place');
	for (const item of file.conference.agenda ?? []) {
		const whose = {known: [...audienceOf(file, item)]};
		p.put(item, 'title', 'conf.agenda_items.title', `item ${item.item_no}`, whose);
		p.put(item, 'title_easy', 'conf.agenda_items.title_easy', `item ${item.item_no}`, whose);
	}
	for (const [i, entry] of (file.conference.attendance ?? []).entries()) {
		p.put(entry, 'note', 'conf.attendance.note', `attendance[${i}]`, {owner: [entry.party]});
	}
}

function plantHistory(p, file) {
	const known = new Set([...file.parties.flatMap((q) => [q.id, q.role]),
		...(file.resources ?? []).map((r) => r.id)]);
	const free = (object, key, col, where, whose) =>
		(known.has(object[key]) ? null : p.put(object, key, col, where, whose));

	for (const [i, r] of (file.referrals ?? []).entries()) {
		const whose = {nobody: p.isLater(r.date)};
		free(r, 'from', 'ref.from', `ref ${i}`, whose);
		free(r, 'to', 'ref.to', `ref ${i}`, whose);
		p.put(r, 'reason', 'ref.reason', `ref ${i}`, whose);
		(r.resource_check?.points ?? []).forEach((_, n) =>
			p.put(r.resource_check.points, n, 'ref.resource_check', `ref ${i} point ${n}`, whose));
	}
	for (const r of file.resources ?? []) {
		/* A referral may name the resource, so whoever reads referrals may read its name. */
		p.put(r, 'name', 'case.resources.name', r.id, {also: ['ref.from', 'ref.to',
			...p.form.areas.map((a) => `plan.${a}.action.resource_ids`)]});
	}
	for (const map of file.bonds ?? []) {
		for (const [i, bond] of (map.bonds ?? []).entries()) {
			free(bond, 'with', 'bond.map.with', `bond ${map.as_of} ${i}`, {nobody: p.isLater(map.as_of)});
		}
	}
	for (const [i, o] of (file.outcomes ?? []).entries()) {
		const own = o.rater === PERSON;
		p.put(o, 'note', own ? 'out.self_scale.note' : 'out.staff_scale.note', `outcome ${i}`,
			{owner: own ? p.selfIds : [], nobody: p.isLater(o.as_of)});
	}
	for (const [i, m] of (file.monitoring ?? []).entries()) {
		p.put(m, 'text', 'mon.note.text', `monitoring ${i}`, {nobody: p.isLater(m.date),
			owner: file.parties.filter((q) => q.id === m.by || q.role === m.by).map((q) => q.id)});
	}
	const nobody = p.isLater(file.closure?.closed_on);
	p.put(file.closure, 'reason', 'close.reason', 'closure', {nobody});
	p.put(file.closure, 'post_lead_agency', 'close.lead_agency', 'closure', {nobody});
	p.put(file.closure, 'return_route', 'close.followup.return_route', 'closure', {nobody});
}

/* ---- what the script brings --------------------------------------------------------------------- */

/* The employer whose row an edit on a work.* text means: the writer's, else the only one there. */
export function employerOf(file, edit, itemNo) {
	const isEmployer = (id) => file.parties.find((q) => q.id === id)?.role === 'emp';

	if (isEmployer(edit.by)) {
		return edit.by;
	}
	const there = [...audienceOf(file, itemOf(file, itemNo))].filter(isEmployer);
	const all = file.parties.filter((q) => q.role === 'emp').map((q) => q.id);
	return there.length === 1 ? there[0] : all.length === 1 ? all[0] : null;
}

function cellOfEdit(p, file, step, edit) {
	const {cols} = placesOf(p.form, edit.field, edit.op);
	const holds = (cell, col) => p.cells.get(cell)?.plain === (edit.before ?? '');

	for (const col of cols) {
		const work = `work@${employerOf(file, edit, step.item_no)}/${col.name}`;
		if (col.table === 'work' && (p.cells.has(work) || cols.length === 1)) {
			return [work, col];
		}
		if (!col.table && (cols.length === 1 || holds(col.id))) {
			return [col.id, col];
		}
		const row = [...p.cells.keys()].find((k) => k.startsWith(`${col.id}#`) && holds(k));
		if (row) {
			return [row, col];
		}
	}
	return [null, cols[0]];
}

function plantReplace(p, file, step, edit) {
	const [cell, col] = cellOfEdit(p, file, step, edit);

	if (!cell || !p.form.isText(col) || typeof edit.after !== 'string') {
		return;
	}
	const held = p.cells.get(cell) ?? {col, plain: '', now: '', canary: null, whose: {}};
	if (!held.canary && edit.after !== '' && p.fits(col, [edit.after, ...p.laterTexts(edit.field)]) &&
		held.plain === '') {
		held.canary = p.canary(col, cell, col.table === 'work'
			? {owner: [employerOf(file, edit, step.item_no)].filter(Boolean)} : held.whose);
	}
	const plain = edit.after;
	if ((edit.before ?? '') === held.plain) {
		edit.before = held.now;
	}
	edit.after = held.canary && plain !== '' ? `${plain}〔${held.canary.token}〕` : plain;
	p.cells.set(cell, {...held, plain, now: edit.after});
}

/* Between two items only those are told who are in the narrowest one with the person. */
function heardBy(file, step) {
	return [...audienceOf(file, itemOf(file, step.item_no) ?? narrowestWith(file))];
}

function plantAppend(p, file, step, edit) {
	const {cols: [col], table} = placesOf(p.form, edit.field, 'append');
	const inSegment = p.form.tables.get(table)?.inSegment;

	if (!col || !table || typeof edit.after !== 'string') {
		plantReplace(p, file, step, edit);
		return;
	}
	const withdrawn = col.id === 'consent.withdrawal'
		? (file.consents ?? []).filter((c) => edit.after.includes(c.id)) : [];
	p.put(edit, 'after', col.id, `step ${step.seq}`, {
		owner: withdrawn.length ? p.selfIds : [edit.by],
		about: withdrawn.flatMap((c) => receiversOf(file, c)),
		audience: inSegment ? heardBy(file, step) : null,
	});
}

function plantScript(p, file) {
	for (const step of file.script ?? []) {
		const audience = heardBy(file, step);
		const text = 'min.utterances.text';

		p.put(step, 'text', text, `said in step ${step.seq}`, {audience});
		for (const event of step.events ?? []) {
			p.put(event, 'note', text, `event in step ${step.seq}`, {audience});
		}
		for (const edit of step.edits ?? []) {
			(edit.op === 'append' ? plantAppend : plantReplace)(p, file, step, edit);
		}
	}
}

function plantMinutes(p, file) {
	const seats = (no, ids = []) => [...audienceOf(file, itemOf(file, no) ?? narrowestWith(file, ids))];

	/* Said again with the token, where it repeats the decision or the correction it corrects. */
	const corrected = (file.minutes?.corrections ?? []).map((c, i, all) =>
		(file.minutes.decisions ?? []).find((d) => d.no === c.decision_no && d.text === c.before) ??
		all.slice(0, i).findLast((b) => b.decision_no === c.decision_no && b.after === c.before) ?? null);
	for (const [list, key, col] of ENTRIES) {
		for (const [i, entry] of (file.minutes?.[list] ?? []).entries()) {
			const no = entry.item_no ?? (file.minutes.decisions ?? [])
				.find((d) => d.no === entry.decision_no)?.item_no;
			p.put(entry, key, col, `${list}[${i}]`,
				{audience: seats(no, list === 'dissents' ? [entry.party] : [])});
		}
	}
	(file.minutes?.person_words ?? []).forEach((w, i, all) => p.put(...(w.text ? [w, 'text'] : [all, i]),
		'min.person_words.text', `person_words[${i}]`, {audience: seats(undefined)}));
	for (const [i, c] of (file.minutes?.corrections ?? []).entries()) {
		const readers = {audience: [...audienceOf(file, correctedItem(file, c))]};
		c.before = corrected[i] ? corrected[i].text ?? corrected[i].after : c.before;
		p.put(c, 'after', 'min.corrections.after', `corrections[${i}]`, readers);
		p.put(c, 'reason', 'min.corrections.reason', `corrections[${i}]`, readers);
	}
	for (const [i, s] of (file.minutes?.signatures ?? []).entries()) {
		p.put(s, 'note', 'min.signatures.note', `signatures[${i}]`,
			{owner: [s.party], audience: [...audienceOf(file, signingItem(file, s.party))]});
	}
}

/* -> the tokens of this document and of the series inside it, each with the series it belongs to */
function plantDocument(file, form, random) {
	const p = new Planter(file, form, random);
	const series = file.conference.series_no;

	for (const plant of [plantPlan, plantHousehold, plantParties, plantWork, plantMeeting, plantHistory,
		plantScript, plantMinutes]) {
		plant(p, file);
	}
	return [...p.canaries.map((c) => ({...c, series})),
		...(file.other_series ?? []).flatMap((other) => plantDocument(other, form, random))];
}

/* -> {file: the copy with tokens, canaries: of all series in it} */
export function plantCanaries(original, form, random) {
	const file = structuredClone(original);

	return {file, canaries: plantDocument(file, form, random)};
}

/* As one series has them: its own, with series null, and those that may never be in it. */
export const canariesFor = (canaries, series) =>
	canaries.map((c) => ({...c, series: c.series === series ? null : c.series}));
