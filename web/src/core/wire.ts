/** One connection. The handlers are set before anything can happen. */
export interface WireLike {
  onopen: (() => void) | null;
  onmessage: ((text: string) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

/** What a browser's WebSocket and the one of the package ws have in common. */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  readonly readyState: number;
  send(data: string): void;
  close(): void;
}

const OPEN = 1;

export function wireFromSocket(socket: SocketLike): WireLike {
  const wire: WireLike = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (text) => {
      if (socket.readyState === OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
  socket.onopen = () => wire.onopen?.();
  socket.onmessage = (event: { data: unknown }) => {
    if (typeof event.data === 'string') wire.onmessage?.(event.data);
  };
  socket.onclose = () => wire.onclose?.();
  socket.onerror = () => { /* a close follows */ };
  return wire;
}
