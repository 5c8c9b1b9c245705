/*
 * From a case file to what is to be sealed: seats, who reads which label whole, who sat together, and
 * each cell with its value and its readers. Who reads what is asked of the oracle. The server has the same
 * from its room: seat_set for readers, rows with their segments, texts as they stand.
 */
import fs from 'node:fs';
import {expectedFor, shippedPolicy} from '../../support/oracle.mjs';
import {partyOf, seatRole} from '../../support/oracle_case.mjs';

export const readCase = (n) =>
	JSON.parse(fs.readFileSync(new URL(`../../cases/case-${n}.json`, import.meta.url), 'utf8'));

const SINGLE = ['conf.logistics', 'conf.legal_basis', 'min.next_date'];

/* The labels that are classes: of the plan and the person's plan, where nobody reads only in part. */
export function classLabels(policy = shippedPolicy()) {
	return [...policy.matrix].filter(([cls, marks]) => SINGLE.includes(cls) ||
		(/^p?plan\./.test(cls) && ![...marks.values()].some((m) => m === 'r*' || m === 'w*'))).map(([cls]) => cls);
}

/* Every field of the plan as it stands at the end: the file tells how it stood before the script. */
function planValues(file) {
	const {support_plan: plan, personal_plan: own = {}, conference: conf} = file;
	const values = new Map(Object.entries({
		'plan.no': plan.no, 'plan.status': plan.status, 'plan.period.from': plan.period_from,
		'plan.period.to': plan.period_to, 'plan.overall_goal': plan.overall_goal,
		'plan.review_result': plan.review_result, 'plan.review_comment': plan.review_comment,
		'plan.gap_note': plan.gap_note, 'pplan.written_on': own.written_on, 'pplan.message': own.message,
		'pplan.review': own.review, 'conf.held_on': conf.held_on, 'conf.place': conf.place,
		'conf.legal_basis': conf.legal_basis, 'conf.schedule.conf_no': conf.conf_no,
		'conf.schedule.start': conf.start, 'conf.schedule.end': conf.end,
		'conf.schedule.participation': conf.person_participation, 'min.next_date': file.minutes?.next_date,
	}));

	for (const [area, groups] of Object.entries(plan.areas)) {
		for (const [group, fields] of Object.entries(groups)) {
			for (const [name, value] of Object.entries(group === 'restricted_note' ? {} : fields ?? {})) {
				values.set(`plan.${area}.${group}.${name}`, value);
			}
		}
		values.set(`plan.${area}.restricted_note`, groups.restricted_note);
	}
	for (const edit of file.script.flatMap((s) => s.edits ?? [])) {
		if (edit.op === 'replace' && values.has(edit.field)) {
			values.set(edit.field, edit.after);
		}
	}
	return values;
}

const told = (v) => v !== undefined && v !== null && v !== '' && !(Array.isArray(v) && v.length === 0);

export class Input {
	constructor(file) {
		const all = file.parties.filter((p) => p.attends !== false && this.#held(file, p));

		this.file = file;
		this.policy = shippedPolicy();
		/* Who does not read its own name in its row is called as others call it. */
		this.seats = all.map((p) => ({key: p.id, role: seatRole(p), label: p.display_label,
			name: this.#may(p.id, 'party.affiliation', {rowParty: p.id}) ? p.name : p.display_label}));
		this.keys = this.seats.map((s) => s.key);
		this.classes = classLabels(this.policy).map((cls) => ({label: cls,
			readers: this.keys.filter((k) => this.#may(k, cls, {row: 'other'}))}));
		this.items = new Map(file.conference.agenda.map((i) => [i.item_no,
			this.keys.filter((k) => this.#may(k, 'min.decisions', {itemNo: i.item_no, row: 'other'}))]));
		this.groups = [...new Map([...this.items.values()].map((m) => [m.join(), m])).values()]
			.filter((members) => members.length > 0);
		this.cells = [];
		this.#fields();
		this.#work();
		this.#conference();
		this.#minutes();
	}

	#held(file, p) {
		const day = file.conference.held_on;
		return (!p.from || p.from <= day) && (!p.until || day <= p.until);
	}

	#may(key, field, opts) {
		const found = expectedFor(this.file, key, field, opts);

		return found.level === 'read' || found.level === 'write';
	}

	/* What names a seat that one must not learn of is not for that one. */
	#denied(one, another) {
		return (this.file.denials ?? []).some((d) => d.party === one && d.about_party === another);
	}

	knows(one, another) {
		return one === another || (!this.#denied(one, another) && this.#shares(one, another));
	}

	#shares(one, another) {
		return this.groups.some((g) => g.includes(one) && g.includes(another)) ||
			this.#may(one, 'party.display_label', {rowParty: another, row: 'other'});
	}

	/* cls: the label the cell would belong to; group: who sat together when its row was born. */
	#cell(name, value, readers, cls = null, group = null) {
		if (told(value)) {
			this.cells.push({name, value, readers, cls, group});
		}
	}

	/*
	 * Only what nothing but the class decides goes to a class's box: no cell of a row, and none that names a seat. Else
	 * one reader who may not have it would move it for all the others, and they would see that there is one.
	 */
	#fields() {
		for (const [id, value] of planValues(this.file)) {
			const readers = this.keys.filter((k) => this.#may(k, id, {row: 'other'}));
			if (!id.endsWith('.action.who')) {
				this.#cell(`field/${id}`, value, readers, this.policy.columns.get(id).cls);
				continue;
			}
			/* A list of seats is a cell a seat: a reader gets those it knows. */
			for (const seat of this.seats.filter((s) => value?.includes(s.role))) {
				this.#cell(`field/${id}/${seat.key}`, `@${seat.key}`, readers.filter((k) => this.knows(k, seat.key)));
			}
		}
		for (const s of this.file.personal_plan?.statements ?? []) {
			const readers = this.keys.filter((k) => this.#may(k, 'pplan.statements', {row: 'other'}));
			this.#cell(`row/pplan.statements/${s.id}/area`, s.area, readers);
			this.#cell(`row/pplan.statements/${s.id}/text`, s.text, readers);
		}
	}

	#work() {
		const emps = this.seats.filter((s) => s.role === 'emp');
		const sites = this.file.work_sites ?? [{...this.file.work_site, party: emps[0]?.key}];

		for (const site of sites.filter((w) => this.keys.includes(w.party))) {
			for (const col of ['conditions', 'site_program', 'site_feedback', 'wage_terms']) {
				const last = this.file.script.flatMap((s) => s.edits ?? []).filter((e) =>
					e.field === `work.${col}` && e.before === site[col]).at(-1);
				this.#cell(`row/work/${site.party}/${col}`, last?.after ?? site[col],
					this.keys.filter((k) => this.#may(k, `work.${col}`, {rowParty: site.party})));
			}
		}
	}

	#conference() {
		for (const item of this.file.conference.agenda) {
			const group = this.items.get(item.item_no);
			for (const col of ['title', 'title_easy']) {
				this.#cell(`row/conf.agenda_items/${item.item_no}/${col}`, item[col],
					this.keys.filter((k) => this.#may(k, 'conf.agenda_items', {itemNo: item.item_no})), null, group);
			}
		}
		for (const [i, a] of this.file.conference.attendance.entries()) {
			const readers = this.keys.filter((k) => this.#may(k, 'conf.attendance', {rowParty: a.party}));
			for (const [col, value] of [['who', `@${a.party}`], ['in', a.in], ['out', a.out]]) {
				this.#cell(`row/conf.attendance/${i}.${a.party}/${col}`, value,
					readers.filter((k) => this.keys.includes(a.party) && this.knows(k, a.party)));
			}
		}
	}

	/* Rows born in a segment: everybody who sat in it. */
	#row(table, id, item, cells) {
		const group = this.items.get(item) ?? [];
		const place = `${table}/${item}`;
		const named = Object.values(cells).filter((v) => /^@/.test(v ?? '')).map((v) => v.slice(1));
		const readers = group.filter((k) => !named.some((who) => this.#denied(k, who)));

		/* ①② within the segment: of rows all its readers have, so no gap can show. */
		this.numbers ??= new Map();
		this.numbers.set(place, (this.numbers.get(place) ?? 0) + 1);
		const all = {...cells, place: [`row:conf.agenda_items/${item}`, this.numbers.get(place)]};
		for (const [col, value] of Object.entries(all)) {
			const who = /^@/.test(String(value)) ? value.slice(1) : null;
			this.#cell(`row/min.${table}/${id}/${col}`, value,
				readers.filter((k) => !who || (this.keys.includes(who) && this.knows(k, who))), null, group);
		}
	}

	#minutes() {
		const {decisions = [], actions = [], dissents = [], person_words: words = []} = this.file.minutes ?? {};
		const withSelf = [...this.items].filter(([, m]) => m.some((k) => partyOf(this.file, k).role === 'self'));
		const own = withSelf.sort((a, b) => a[1].length - b[1].length)[0]?.[0];

		decisions.forEach((d) => this.#row('decisions', `d${d.no}`, d.item_no, {text: d.text}));
		actions.forEach((a, i) => this.#row('actions', `a${i}`, a.item_no,
			{what: a.what, who: a.who && `@${a.who}`, due: a.due}));
		dissents.forEach((d, i) => this.#row('dissent', `x${i}`,
			decisions.find((e) => e.no === d.decision_no)?.item_no, {text: d.text, by: `@${d.party}`, about: `row:min.decisions/d${d.decision_no}`}));
		words.forEach((w, i) => this.#row('person_words', `w${i}`, own, {text: w.text ?? w}));
		for (const s of this.file.script) {
			this.#row('utterances', `u${s.seq}`, s.item_no, {text: s.text, speaker: `@${s.speaker}`});
		}
	}
}
