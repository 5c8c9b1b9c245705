/* 2,000 places of all bundles there are, one byte changed in each: both verifiers say the same, and no. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {verify} from '../vectors/minutes/verify.mjs';
import {allBundles} from './bundles.mjs';
import {places} from './rig.mjs';

const PLACES = 2000;

test('2,000 places changed, both verifiers refuse', () => {
	const all = allBundles();
	const each = Math.ceil(PLACES / all.length);
	let tried = 0;

	all.forEach(({name, text, key}, i) => {
		const bytes = Buffer.from(text);
		for (const {at, value, verdict} of places(name, text, key, 1000 + i, each)) {
			const old = bytes[at];
			bytes[at] = value;
			assert.equal(verdict, 'invalid', `${name} byte ${at} as ${value}`);
			assert.equal(verify(bytes, [key]).verdict, 'invalid', `${name} byte ${at} as ${value}`);
			bytes[at] = old;
			tried++;
		}
	});
	assert.ok(tried >= PLACES);
});
