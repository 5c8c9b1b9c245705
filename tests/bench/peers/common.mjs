/* Of the servers here: node NAME.mjs PORT_FILE DB ROOMS CHARS. */
import fs from 'node:fs';

const [, , portFile, db, rooms, chars] = process.argv;

export const options = {db, rooms: Number(rooms), chars: Number(chars)};
export const TEXTS = 20;
export const words = 'あ'.repeat(options.chars);

/* `stop`: what it wants to do before it ends. */
export function listening(port, stop = () => {}) {
	fs.writeFileSync(`${portFile}.new`, `${port}\n`);
	fs.renameSync(`${portFile}.new`, portFile);
	process.once('SIGTERM', async () => {
		await stop();
		process.exit(0);
	});
}
