export * from './protocol.ts';
export * from './marks.ts';
export * from './texts.ts';
export * from './room.ts';
export { Suggestions, piecesOf, rewrite, type Piece, type Suggestion } from './suggest.ts';
export { wireFromSocket, type SocketLike, type WireLike } from './wire.ts';
export type { Status } from './link.ts';
export * from './minutes.ts';
