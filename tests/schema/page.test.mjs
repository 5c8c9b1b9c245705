/* The page under a changed policy: what is new shows under its labels and can be typed in. */
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Seat, launch} from '../browser/browser.mjs';
import {Conn} from '../proto/conn.mjs';
import {login} from '../support/http.mjs';
import {Server, defaultBin, makeDatabase, tempDir} from '../support/server.mjs';
import {changedCase, changedSchema} from './changed.mjs';

const BIN = defaultBin();
const NOW = Date.parse('2026-11-12T14:00:00+09:00');
let server;
let browser;
let links;
let visit; /* key of a text in the new table, made by the new role */

/* The page has no way yet to begin a row of a table it knows only by the policy: a client does it. */
async function makeRow(link) {
	const {sid, cookie} = await login(server.origin, link.secret);
	const conn = new Conn(link.seat);

	await conn.open(`${server.origin.replace('http', 'ws')}/s/${sid}/ws`, {origin: server.origin, headers: {cookie}});
	conn.send({t: 'join', client: conn.client});
	await conn.until(() => conn.me, 'snapshot');
	conn.send({t: 'row', ref: 1, table: 'pet.visits', cells: {text: 'えさをもらいに来た', on: '2026-11-10'}});
	const {row} = await conn.answer(1);
	conn.end();
	return `pet.visits/${row}/text`;
}

before(async () => {
	const dir = changedSchema();
	const home = tempDir('changed-page');
	const made = await makeDatabase({bin: BIN, dir: home, caseFile: changedCase().file, now: NOW,
		more: ['--schema', dir, '--open-first']});

	({links} = made);
	server = new Server({bin: BIN, db: made.db, dir: home, now: NOW, args: ['--schema', dir]});
	await server.start();
	visit = await makeRow(link('minsei'));
	browser = await launch();
});
after(async () => {
	await browser?.close();
	await server?.stop();
	assert.deepEqual(server?.sanitizer, []);
});

const link = (role) => links.find((l) => l.role === role);
const open = (role) => Seat.open(browser, server.origin + link(role).path);
const record = (s, label) => s.page.locator('.records a', {hasText: label}).click();

test('the new role and a companion write in the new field and table, and read each other', async () => {
	const [minsei, ps] = [await open('minsei'), await open('ps')];

	await record(minsei, 'ケース');
	await record(ps, 'ケース');
	await minsei.page.getByText('ペットについて', {exact: true}).first().waitFor();
	await minsei.enter('case.pet');
	await minsei.page.keyboard.type('猫が二匹います。');
	await ps.sees('case.pet', '猫が二匹います。');
	await minsei.shot('schema-field-minsei');
	await ps.shot('schema-field-ps');
	await ps.enter('case.pet');
	await ps.page.keyboard.type('名前はミケとタマ。');
	await minsei.sees('case.pet', '名前はミケとタマ。');

	/* The record has the name of its table: the page has no word of its own for it. */
	await record(minsei, 'ペットの見回り');
	await record(ps, 'ペットの見回り');
	await minsei.sees(visit, 'えさをもらいに来た');
	await minsei.enter(visit);
	await minsei.page.keyboard.type('。元気そうだった');
	await ps.sees(visit, '元気そうだった');
	await ps.page.getByText('ようす', {exact: true}).first().waitFor();
	await minsei.shot('schema-table-minsei');
	await ps.shot('schema-table-ps');
	await Promise.all([minsei.saved(), ps.saved()]);

	/* The whole page of the new role is fit to be read by everybody. */
	assert.deepEqual(await minsei.axe(), []);
	for (const s of [minsei, ps]) {
		assert.deepEqual(s.complaints, []);
		await s.close();
	}
});

test('the ninth area and the new words stand on the page; what was lowered does not', async () => {
	const [ps, hw] = [await open('ps'), await open('hw')];

	await ps.area('動物');
	await ps.page.getByText('めあて', {exact: true}).first().waitFor();
	await ps.sees('plan.animals.action.goal', '入院のときの預け先を決める');
	await ps.shot('schema-area-ps');
	/* Whom one may forget is named first, the new role too: it is outside by the policy alone. */
	await record(ps, 'ケース');
	await ps.enter('case.pet');
	await ps.page.locator('#reach-now', {hasText: '民生委員（浜辺さん）も読みます'}).or(
		ps.page.locator('#reach-now', {hasText: '浜辺さんも読みます'})).waitFor();
	await record(hw, 'ケース');
	await hw.page.getByText('ケース番号', {exact: true}).first().waitFor();
	assert.equal(await hw.page.getByText('支援段階', {exact: true}).count(), 0);
	assert.equal(await hw.page.getByText('ペット').count(), 0);
	for (const s of [ps, hw]) {
		assert.deepEqual(s.complaints, []);
		await s.close();
	}
});
