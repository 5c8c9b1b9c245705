/* What sealing and verifying share: the slots, when rounds are, how a leaf is spelled. */
import {readDisclosure, unb64u} from './prim.mjs';

export const SLOTS = 32;
export const slotName = (i) => `s${String(i).padStart(2, '0')}`;
export const SLOT_NAMES = Array.from({length: SLOTS}, (_, i) => slotName(i));

const HOUR = 3600;
const DAY = 86400;
const AT = 11 * HOUR; /* 20:00 in Japan */

/* When round k of a log sealed then is: an hour later, seven times daily, then weekly. Nothing else moves it. */
export function roundTime(sealed, k) {
	const first = Math.floor((sealed + HOUR - AT) / DAY) + 1;
	const day = k <= 8 ? k - 2 : 6 + 7 * (k - 8);

	return k === 1 ? sealed + HOUR : (first + day) * DAY + AT;
}

/* Strings without controls but LF and TAB, and without lone halves of a pair; no reals; names a to z. */
function plain(v, depth) {
	if (typeof v === 'string') {
		return !/[\x00-\x08\x0b-\x1f]|\p{Cs}/u.test(v);
	}
	if (typeof v === 'number') {
		return Number.isSafeInteger(v);
	}
	if (typeof v !== 'object' || v === null || depth === 0) {
		return typeof v === 'boolean';
	}
	return Object.entries(v).every(([k, x]) => (Array.isArray(v) || /^[a-z]+$/.test(k)) && plain(x, depth - 1));
}

/* 32 bytes as b64u, in the one spelling. */
export const isSalt = (text) => unb64u(text)?.length === 32;

/* A disclosure as a leaf of ours: written in one way only, so that no two readers read it differently. */
export function readLeaf(d) {
	const got = readDisclosure(d);

	return got && isSalt(got[0]) && plain(got[1], 0) && (got[2] === null || plain(got[2], 3)) &&
		JSON.stringify(got) === Buffer.from(d, 'base64url').toString() ? got : null;
}
