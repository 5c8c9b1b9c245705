/* Makes a differing line smaller while it still differs: fewer series, acts, seats, consents, rows, keys. */
import {seriesOf} from './oracle_case.mjs';

const copy = (o) => JSON.parse(JSON.stringify(o));

/* The kind of a difference, without its particulars: a smaller case must show the same kind. */
function kindOf(found) {
	const act = /^act \d+ .*"t":"(\w+)".*: (\w+), not (\w+)$/.exec(found[0] ?? '');

	const refused = /^the case is refused: .*: (.*)$/.exec(found[0] ?? '');

	if (refused) {
		return refused[1];
	}
	return act ? act.slice(1).join(' ')
		: found[0]?.replaceAll(/board \S+|p-\S+|k\d+q\S*|#\d+|\d+/g, '').split(/[:"]/)[0]
			.split(' ').slice(0, 4).join(' ');
}

/* Drop pieces of a list, large ones first. */
async function thin(line, listOf, fails) {
	let now = line;

	for (let size = Math.ceil((listOf(now)?.length ?? 0) / 2); size >= 1; size = Math.floor(size / 2)) {
		for (let at = 0; at < (listOf(now)?.length ?? 0);) {
			const next = copy(now);
			listOf(next).splice(at, size);
			if (await fails(next)) {
				now = next;
			} else {
				at += size;
			}
		}
		if (size === 1) {
			break;
		}
	}
	return now;
}

/* Drop members of an object, or of what stands in it. */
async function prune(line, objectOf, keep, fails) {
	let now = line;

	for (const key of Object.keys(objectOf(now) ?? {})) {
		if (keep.includes(key)) {
			continue;
		}
		const next = copy(now);
		delete objectOf(next)[key];
		if (await fails(next)) {
			now = next;
		}
	}
	return now;
}

const NEEDED = ['format', 'fictional', 'parties', 'conference'];
const LISTS = ['consents', 'denials', 'resources', 'referrals', 'bonds', 'outcomes', 'stage_history',
	'monitoring', 'work_sites'];

function dropParty(line, i) {
	const next = copy(line);
	const [{id}] = next.case.parties.splice(i, 1);

	next.script = next.script.filter((a) => !JSON.stringify(a).includes(`"${id}"`) &&
		!JSON.stringify(a).includes(`"@${id}"`));
	next.options.boards = [];
	next.options.export = (next.options.export ?? []).filter((one) => one !== id);
	return next;
}

export async function shrink(line, differences) {
	const kind = kindOf(await differences(line));
	const fails = async (small) => {
		try {
			return kindOf(await differences(small)) === kind;
		} catch {
			return false; /* the oracle has no answer: not a case any more */
		}
	};
	const alone = {...copy(line), case: {...copy(seriesOf(line.case, line.options.series)), other_series: []},
		options: {...line.options, series: 0}};
	let now = await fails(alone) ? alone : line;

	now = await thin(now, (l) => l.script, fails);

	now = await thin(now, (l) => l.options.boards, fails);
	now = await prune(now, (l) => l.case, NEEDED, fails);
	for (const list of LISTS) {
		now = await thin(now, (l) => l.case[list], fails);
	}
	now = await prune(now, (l) => l.case.support_plan?.areas, [], fails);
	now = await thin(now, (l) => l.case.household?.members, fails);
	for (let i = now.case.parties.length - 1; i >= 0; i--) {
		const next = dropParty(now, i);
		if (await fails(next)) {
			now = next;
		}
	}
	for (let i = 0; i < now.case.parties.length; i++) {
		now = await prune(now, (l) => l.case.parties[i], ['id', 'role'], fails);
	}
	now = await thin(now, (l) => l.case.conference.agenda, fails);
	return thin(now, (l) => l.script, fails);
}
