// Reads files as Mermaid does, and says of each whether it could: `ok FILE` or `bad FILE: reason`.

import fs from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';

const module = (name) => import(pathToFileURL(path.join(process.env.HANDFAST_MODULES, name)));

// Mermaid cleans labels by a browser's means.
const {JSDOM} = await module('jsdom/lib/api.js');
const {window} = new JSDOM('');
Object.assign(globalThis, {window, document: window.document, Element: window.Element});
const {default: mermaid} = await module('mermaid/dist/mermaid.core.mjs');

for (const file of process.argv.slice(2)) {
  try {
    await mermaid.parse(fs.readFileSync(file, 'utf8'));
    console.log(`ok ${file}`);
  } catch (error) {
    console.log(`bad ${file}: ${error.message.split('\n').slice(0, 3).join(' ')}`);
  }
}
