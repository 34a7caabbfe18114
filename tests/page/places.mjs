// Where the programs, the page and the npm packages are.

import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const programs = path.join(process.env.HANDFAST_BUILD, 'examples');
export const server_file = path.join(programs, 'registration_server');
export const client_file = path.join(programs, 'registration_client');
export const pages = path.join(here, '..', '..', 'examples', 'registration', 'page');
export const tweetnacl = path.join(process.env.HANDFAST_MODULES, 'tweetnacl', 'nacl-fast.js');
export const screenshots = path.join(process.env.HANDFAST_BUILD, 'page');
export const chromium_file = process.env.HANDFAST_CHROMIUM;
/** An npm package. */
export const load = createRequire(path.join(process.env.HANDFAST_MODULES, 'any.js'));
