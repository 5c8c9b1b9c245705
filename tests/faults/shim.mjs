/*
 * The disk with faults (disk.h) under the real binary: orders go into a file that the server has
 * mapped, so that they can change while it runs.
 */
import fs from 'node:fs';
import path from 'node:path';
import {ROOT} from '../support/server.mjs';

export const CALL = {write: 1, sync: 2, truncate: 4, open: 8, unlink: 16, link: 32, mmap: 64, allocate: 128, read: 256, all: 511};
export const HOW = {EIO: 5, ENOSPC: 28, EDQUOT: 122, EINTR: 4, SHORT: -1};
const WORDS = ['calls', 'failAt', 'ever', 'how', 'mask', 'room', 'delayUs', 'refused'];
const PREFIX_AT = 128;
const SIZE = PREFIX_AT + 256;

export const shimFile = (mode = 'dev') => path.join(ROOT, `build/${mode}/tests/faults/shim.so`);

export class Disk {
	#fd;

	/* For the database `db`, and what lies beside it. */
	constructor({dir, db, mode = 'dev'}) {
		const file = path.join(dir, 'disk-orders');
		const bytes = Buffer.alloc(SIZE);

		if (!fs.existsSync(shimFile(mode))) {
			throw new Error(`${shimFile(mode)} is missing`);
		}
		bytes.write(fs.realpathSync(path.dirname(db)) + path.sep + path.basename(db), PREFIX_AT, 'utf8');
		fs.writeFileSync(file, bytes);
		this.#fd = fs.openSync(file, 'r+');
		this.order({mask: CALL.all});
		this.env = {
			ROKUSHA_DISK: file,
			LD_PRELOAD: shimFile(mode),
			ASAN_OPTIONS: [process.env.ASAN_OPTIONS, 'verify_asan_link_order=0'].filter(Boolean).join(':'),
		};
	}

	order(words) {
		for (const [name, value] of Object.entries(words)) {
			const bytes = Buffer.alloc(8);
			bytes.writeBigInt64LE(BigInt(value));
			fs.writeSync(this.#fd, bytes, 0, 8, WORDS.indexOf(name) * 8);
		}
	}

	look(name) {
		const bytes = Buffer.alloc(8);

		fs.readSync(this.#fd, bytes, 0, 8, WORDS.indexOf(name) * 8);
		return Number(bytes.readBigInt64LE());
	}

	heal() {
		this.order({failAt: 0, ever: 0, room: 0});
	}

	close() {
		fs.closeSync(this.#fd);
	}
}
