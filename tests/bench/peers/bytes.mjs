/* Of the files the generator reads: numbers of 32 bits, little-endian; bytes have their length before them. */
export const FIRST = 4_000_000_000; /* ids of clients are 32 random bits: as long as most of them */

export function u32(n) {
	const b = Buffer.alloc(4);

	b.writeUInt32LE(n);
	return b;
}

export const bytes = (b) => [u32(b.length), Buffer.from(b)];
