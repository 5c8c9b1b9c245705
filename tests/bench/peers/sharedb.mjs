/* ShareDB in memory. */
import ShareDB from 'sharedb';
import {serve} from './share.mjs';

await serve(new ShareDB());
