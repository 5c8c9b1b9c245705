/* The truth table on paper: it fits A4 across, also with many roles, and asks nothing of a network. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {launch} from '../browser/browser.mjs';
import {ROOT, defaultBin, mustCli, tempDir} from '../support/server.mjs';

const BIN = defaultBin();
const PAPER = {width: 1047, height: 710}; /* what the margins leave of A4 across, at 96 dpi */
const SHOTS = path.join(ROOT, 'build/shots');
let browser;

before(async () => {
	browser = await launch();
});
after(() => browser?.close());

/* As many roles as a policy may have, with names nobody would choose. */
function crowdedSchema() {
	const dir = tempDir('crowded');
	const read = (name) => fs.readFileSync(path.join(ROOT, 'schema', name), 'utf8');
	const more = Array.from({length: 20}, (_, i) => `x${i}`);
	const roles = JSON.parse(read('roles.json'));

	more.forEach((id, i) => roles.roles.push({id, label: `地域包括支援センターの担当者${i}`, seal: '甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉'[i]}));
	fs.writeFileSync(path.join(dir, 'roles.json'), JSON.stringify(roles));
	fs.copyFileSync(path.join(ROOT, 'schema/form.json'), path.join(dir, 'form.json'));
	fs.writeFileSync(path.join(dir, 'visibility.tsv'), read('visibility.tsv').trimEnd().split('\n')
		.map((line, i) => `${line}\t${more.map((id) => (i === 0 ? id : line.split('\t')[11])).join('\t')}\n`).join(''));
	return dir;
}

/* What sticks out of its box, or stands over another, in the eyes of the layout. */
const overflowing = () => [...document.querySelectorAll('th, td')].filter((cell) => {
	const box = cell.getBoundingClientRect();
	const inner = document.createRange();
	inner.selectNodeContents(cell);
	return [...inner.getClientRects()].some((r) => r.width > 0 &&
		(r.left < box.left - 1 || r.right > box.right + 1 || r.top < box.top - 1 || r.bottom > box.bottom + 1));
}).map((cell) => cell.textContent);

async function open(dir, name) {
	const file = path.join(tempDir('paper'), 'table.html');
	const page = await browser.newPage({viewport: PAPER});
	const asked = [];

	await mustCli(BIN, ['schema', 'table', '--now', '2026-11-12', '--out', file, dir]);
	page.on('request', (request) => asked.push(request.url()));
	await page.emulateMedia({media: 'print'});
	await page.goto(pathToFileURL(file).href);
	fs.mkdirSync(SHOTS, {recursive: true});
	await page.screenshot({path: path.join(SHOTS, `${name}.png`), fullPage: true});
	assert.deepEqual(asked, [pathToFileURL(file).href]);
	return page;
}

for (const [what, dir, name] of [['the shipped set', path.join(ROOT, 'schema'), 'schema-table'], ['32 roles with long names', crowdedSchema(), 'schema-table-crowded']]) {
	test(`${what} fits the paper`, async () => {
		const page = await open(dir, name);

		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= PAPER.width + 1, 'wider than the paper');
		assert.deepEqual(await page.evaluate(overflowing), []);
		/* The head of the table comes again on every page, and no row is cut in two. */
		assert.deepEqual(await page.evaluate(() => [
			getComputedStyle(document.querySelector('.truth thead')).display,
			getComputedStyle(document.querySelector('.truth tbody tr')).breakInside,
			getComputedStyle(document.querySelector('.sign')).breakInside,
		]), ['table-header-group', 'avoid', 'avoid']);
		const pdf = (await page.pdf({preferCSSPageSize: true, printBackground: true})).toString('latin1');
		const [, width, height] = /\/MediaBox \[\s*0 0 ([\d.]+) ([\d.]+)\s*\]/.exec(pdf).map(Number);
		assert.deepEqual([Math.round(width), Math.round(height)], [842, 595], 'A4 across');
		assert.ok((pdf.match(/\/Type \/Page\b/g) ?? []).length <= 9, 'a table of few pages');
		await page.close();
	});
}
