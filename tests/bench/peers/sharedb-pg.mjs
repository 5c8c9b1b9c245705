/*
 * ShareDB with PostgreSQL, as it is installed: fsync and synchronous_commit are on. The database is made beside
 * DB, for this run, and belongs to a user without rights, because PostgreSQL refuses root. It listens on
 * a socket in its own directory only, and ends with this process, whatever ends that.
 */
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import pg from 'pg';
import ShareDB from 'sharedb';
import PostgresDB from 'sharedb-postgres';
import {options} from './common.mjs';
import {serve} from './share.mjs';

const POOL = 10;
const USER = 'postgres'; /* who it runs as where root starts it: Debian's package makes one */
const DEBIAN = '/usr/lib/postgresql';
const data = `${options.db}-pg`;
const isRoot = process.getuid() === 0;

const bin = () => {
	const versions = fs.existsSync(DEBIAN) ? fs.readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
	return versions.length ? path.join(DEBIAN, versions[0], 'bin') : '';
};

/* As that user, and with this process as its life. */
function start(program, args) {
	const as = isRoot ? ['--reuid', USER, '--regid', USER, '--clear-groups', '--no-new-privs'] : [];

	return spawn('setpriv', [...as, '--pdeathsig', 'QUIT', path.join(bin(), program), ...args],
		{cwd: '/', stdio: ['ignore', 'ignore', 'pipe'], env: {PATH: process.env.PATH, LC_ALL: 'C'}});
}

function ended(child) {
	return new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
}

fs.mkdirSync(data, {mode: 0o700});
if (isRoot) {
	const id = fs.statSync('/var/lib/postgresql');
	fs.chownSync(data, id.uid, id.gid);
	fs.chmodSync(path.dirname(data), 0o711); /* it may go through, and sees nothing else */
}
const made = start('initdb', ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
made.stderr.pipe(process.stderr);
if (await ended(made) !== 0) process.exit(1);

const server = start('postgres', ['-D', data, '-k', data, '-c', 'listen_addresses=']);
const serverEnd = ended(server).then(() => { throw new Error('PostgreSQL ended'); });
await Promise.race([serverEnd, new Promise((resolve) => {
	readline.createInterface({input: server.stderr}).on('line', (line) => /ready to accept/.test(line) && resolve());
})]);

const at = {host: data, user: 'bench', database: 'postgres', max: POOL};
const tables = new pg.Client(at);
await tables.connect();
await tables.query(fs.readFileSync(path.join(path.dirname(createRequire(import.meta.url).resolve('sharedb-postgres')), 'structure.sql'), 'utf8'));
await tables.end();

/* All connections at once, so that every process of PostgreSQL is there before anything is measured. */
const db = new PostgresDB({...at, idleTimeoutMillis: 0});
const all = await Promise.all(Array.from({length: POOL}, () => db._pool.connect()));
all.forEach((client) => client.release());

await serve(new ShareDB({db}), async () => {
	await db.close();
	server.kill('SIGINT');
	await serverEnd.catch(() => {});
});
