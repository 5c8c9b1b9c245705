/* Every STEPth byte of every bundle of the sketch, VALUES other values each: mutate.mjs VALUES STEP [NAME …] */
import {allBundles} from './bundles.mjs';
import {every} from './rig.mjs';

const [values, step, ...only] = process.argv.slice(2);
let passed = 0;
let failed = 0;

for (const {name, text, key} of allBundles()) {
	if (only.length > 0 && !only.some((word) => name.includes(word))) {
		continue;
	}
	const got = every(name, text, key, Number(step), Number(values));
	console.log(`${name}: ${text.length} bytes, ${got.tried} tried, ${got.taken} taken`);
	if (got.taken > 0 || got.tried === 0) {
		console.log(got.said);
		failed++;
	} else {
		passed++;
	}
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
