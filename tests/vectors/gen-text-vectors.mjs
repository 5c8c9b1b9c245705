/*
 * Writes text_change.jsonl: what the real @codemirror/state and @codemirror/collab make of random
 * changes. server/text must make the same. Run `npm ci` in web/, then
 * `node tests/vectors/gen-text-vectors.mjs > tests/vectors/text_change.jsonl`; the same versions
 * give the same bytes. ROKUSHA_CM_PACKAGE names another package.json to resolve from.
 *
 * A line is one of
 * {d,a,b,c,ad,mf,mt,co,inv}  text, change a and b on it, c on a's result; a applied, a.map(b),
 *                            a.map(b,true), a.compose(c), a.invert(d)
 * {start,push,end}           a session: each push in order of arrival is {client,base,changes} and
 *                            `mapped`, what was accepted, or null when a pair would be cut
 */
import { createRequire } from 'node:module'
import assert from 'node:assert/strict'

const from = process.env.ROKUSHA_CM_PACKAGE ?? new URL('../../web/package.json', import.meta.url)
const require = createRequire(from)
const { ChangeSet, EditorState, Text } = require('@codemirror/state')
const { collab, getSyncedVersion, receiveUpdates, sendableUpdates } = require('@codemirror/collab')

let seed = 0x6b757368

function random(n) { /* mulberry32, 0 .. n-1 */
	seed = (seed + 0x6d2b79f5) | 0
	let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
	t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
	return ((t ^ (t >>> 14)) >>> 0) % n
}

const chance = percent => random(100) < percent
const pick = list => list[random(list.length)]
const LETTERS = ['a', 'b', 'é', 'あ', '漢', '𠮷', '👍', '👩‍👩‍👧', '\n', '\n', '\t', '1', '"']
const textOf = string => Text.of(string.split('\n'))

function randomText(max) {
	let out = ''
	for (let n = random(max + 1); n > 0; n--) out += pick(LETTERS)
	return out
}

/* Positions between code points, or, for a rude client, any. */
function boundaries(string, rude) {
	const out = [0]
	if (rude) {
		for (let i = 1; i <= string.length; i++) out.push(i)
	} else {
		for (const point of string) out.push(out.at(-1) + point.length)
	}
	return out
}

/* Up to four ranges in order; `hot` positions make changes of different people meet. */
function plainChange(string, hot, rude) {
	const places = boundaries(string, rude)
	const near = places.filter(p => hot.includes(p))
	const place = () => near.length && chance(60) ? pick(near) : pick(places)
	const ranges = pick([1, 1, 1, 2, 2, 3, 4])
	const points = []
	for (let i = 0; i < ranges * 2; i++) points.push(place())
	points.sort((x, y) => x - y)
	const spec = []
	for (let i = 0; i < ranges; i++) {
		const at = points[2 * i]
		let to = chance(40) ? at : points[2 * i + 1]
		if (chance(5)) to = Math.max(to, points.at(-1))
		const insert = chance(35) ? '' : randomText(3)
		if (spec.length && at < spec.at(-1).to) continue
		if (chance(20)) {
			spec.push({ from: at, to: at, insert }, { from: at, to, insert: '' })
		} else if (chance(20)) {
			spec.push({ from: at, to, insert: '' }, { from: to, to, insert })
		} else {
			spec.push({ from: at, to, insert })
		}
	}
	return ChangeSet.of(spec, string.length, '\n')
}

/* Also changes as compose, map and invert leave them. */
function anyChange(string, hot) {
	const one = plainChange(string, hot)
	const after = one.apply(textOf(string))
	switch (random(8)) {
	case 0: return one.compose(plainChange(after.toString(), hot))
	case 1: return plainChange(after.toString(), hot).map(one.invert(textOf(string)))
	case 2: return one.compose(one.invert(textOf(string)))
	case 3: return one.compose(plainChange(string, hot).map(one))
	case 4: return ChangeSet.of({ from: 0, to: string.length, insert: randomText(4) },
		string.length, '\n')
	default: return one
	}
}

function pairLine() {
	const d = chance(4) ? '' : randomText(chance(5) ? 40 : 10)
	const doc = textOf(d)
	const hot = [random(d.length + 1), random(d.length + 1)]
	const a = anyChange(d, hot)
	const b = anyChange(d, hot)
	const ad = a.apply(doc)
	const c = anyChange(ad.toString(), hot)
	const mf = a.map(b)
	const mt = a.map(b, true)
	assert.equal(b.compose(mt).apply(doc).toString(), a.compose(b.map(a)).apply(doc).toString())
	return { d, a, b, c, ad: ad.toString(), mf, mt, co: a.compose(c), inv: a.invert(doc) }
}

const cutsPair = (string, at) => at > 0 && at < string.length &&
	/[\ud800-\udbff]/.test(string[at - 1]) && /[\udc00-\udfff]/.test(string[at])

function changeCutsPair(string, change) {
	let at = 0
	for (let i = 0; i < change.sections.length; i += 2) {
		at += change.sections[i]
		if (cutsPair(string, at)) return true
	}
	return false
}

function changesCutPair(doc, changes) {
	for (const change of changes) {
		if (changeCutsPair(doc.toString(), change)) return true
		doc = change.apply(doc)
	}
	return false
}

/* Pushes that cut a pair of their base which was gone by the time they arrived: accepted. */
let hiddenCuts = 0

/* The rule of stack-facts section 4: over one accepted change at a time. null: refused. */
function serverPush(server, { client, base, changes }) {
	let ups = changes
	for (const accepted of server.updates.slice(base)) {
		let over = accepted.changes
		ups = ups.map(up => {
			const mapped = up.map(over)
			over = over.map(up, true)
			return mapped
		})
	}
	let doc = server.doc
	if (changesCutPair(doc, ups)) return null
	for (const up of ups) doc = up.apply(doc)
	assert.ok(!/[\ud800-\udbff](?![\udc00-\udfff])/.test(doc.toString()))
	if (changesCutPair(server.history[base], changes)) hiddenCuts++
	for (const up of ups) {
		server.updates.push({ changes: up, clientID: client })
		server.doc = up.apply(server.doc)
		server.history.push(server.doc)
	}
	return ups
}

function newClient(server, number, generation, rude) {
	const clientID = `${number}-${generation}`
	const config = { startVersion: server.updates.length, clientID }
	const state = EditorState.create({
		doc: server.doc, extensions: [collab(config), EditorState.lineSeparator.of('\n')] })
	return { state, clientID, number, generation, rude, waiting: null }
}

function pull(server, client, most) {
	const at = getSyncedVersion(client.state)
	for (const update of server.updates.slice(at, at + most)) {
		client.state = receiveUpdates(client.state, [update]).state
		if (client.waiting && update.clientID === client.clientID) {
			client.waiting.left--
			if (client.waiting.left === 0) client.waiting = null
		}
	}
}

function send(client) {
	const updates = sendableUpdates(client.state)
	if (client.waiting || updates.length === 0) return
	client.waiting = { left: updates.length, arrived: false, push: {
		client: client.clientID, base: getSyncedVersion(client.state),
		changes: updates.map(u => u.changes) } }
}

function edit(client, hot) {
	const string = client.state.doc.toString()
	const changes = plainChange(string, hot, client.rude)
	if (!changes.empty) client.state = client.state.update({ changes }).state
}

function sessionLine() {
	const rude = chance(40)
	const doc = textOf(rude ? '𠮷'.repeat(1 + random(5)) : randomText(8))
	const server = { doc, updates: [], history: [doc] }
	const line = { start: doc.toString(), push: [], end: '' }
	const clients = []
	for (let i = 1 + random(3); i >= 0; i--) {
		clients.push(newClient(server, i, 0, rude && i === 0))
	}

	const arrive = index => {
		const client = clients[index]
		if (!client.waiting || client.waiting.arrived) return
		const push = client.waiting.push
		const mapped = serverPush(server, push)
		line.push.push({ ...push, mapped })
		client.waiting.arrived = true
		assert.ok(mapped || client.rude)
		if (mapped) return
		const { number, generation } = client
		clients[index] = newClient(server, number, generation + 1, client.rude)
	}
	const hot = [random(9), random(9)]
	for (let n = 15 + random(50); n > 0; n--) {
		const index = random(clients.length)
		const client = clients[index]
		switch (random(6)) {
		case 0: case 1: case 2: edit(client, hot); break
		case 3: send(client); break
		case 4: arrive(index); break
		default: pull(server, client, 1 + random(4))
		}
	}
	for (let busy = true; busy;) {
		busy = false
		for (let i = 0; i < clients.length; i++) {
			arrive(i)
			pull(server, clients[i], Infinity)
			send(clients[i])
			busy ||= clients[i].waiting !== null
		}
	}
	line.end = server.doc.toString()
	for (const client of clients) {
		pull(server, client, Infinity)
		assert.equal(client.state.doc.toString(), line.end)
	}
	return line
}

const lines = []
for (let i = 0; i < 4000; i++) lines.push(JSON.stringify(pairLine()))
for (let i = 0; i < 400; i++) lines.push(JSON.stringify(sessionLine()))
process.stdout.write(lines.join('\n') + '\n')
assert.ok(hiddenCuts >= 20)
console.error(`${lines.length} lines, ${hiddenCuts} accepted pushes cut a pair of their base`)
