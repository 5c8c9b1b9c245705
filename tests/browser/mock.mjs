/* The same handle over the client's stand-in server, to work on the stories themselves (ROKUSHA=mock). */
import { startMock } from '../../web/test/mock-server.mjs';

export async function startMockServer() {
  let mock = await startMock();
  const { port } = new URL(mock.base);
  const { room, base, links } = mock;
  return {
    base, links, log: '',
    link: (role) => base + links.find((l) => l.role === role).path,
    kill: async () => { mock.stop(); },
    serve: async () => { mock = await startMock(Number(port), room); },
    stop: async () => { mock.stop(); },
  };
}
