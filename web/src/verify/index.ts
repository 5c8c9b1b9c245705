export { verify } from './verify.ts';
export { edVerify, lacks, partyVerify, rawOf } from './keys.ts';
export { b64, unb64, unb64u, b64u } from './bytes.ts';
export { forkOf, headNote } from './fork.ts';
export { readLeaf, roundTime } from './leaf.ts';
export { leafHash, rootOf, Growing } from './hash.ts';
export type * from './report.ts';
