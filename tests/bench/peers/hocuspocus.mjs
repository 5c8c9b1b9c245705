/* Hocuspocus with its SQLite extension, all else as it comes. */
import {SQLite} from '@hocuspocus/extension-sqlite';
import {Server} from '@hocuspocus/server';
import {listening, options} from './common.mjs';

const server = new Server({port: 0, address: '127.0.0.1', quiet: true, stopOnSignals: false,
	extensions: [new SQLite({database: options.db})]});

await server.listen();
listening(server.address.port, () => server.destroy());
