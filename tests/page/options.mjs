// What the two programs say of options that mean nothing, and of what is not where they say.

import fs from 'node:fs';
import path from 'node:path';
import {Program, check, expect, expectEqual, hasFailed, startServer} from './programs.mjs';
import {client_file, pages, server_file, tweetnacl} from './places.mjs';

const work = process.argv[2];
const file = name => path.join(work, name);
fs.writeFileSync(file('short.key'), 'too short');
const key = 'A'.repeat(42) + 'E';

/** Runs it, which must end by itself before it does anything; what it says. */
async function refusal(program, ...words) {
  const one = new Program(program, ...words);
  const code = await one.end();
  expect(code !== 0, `it ended well:\n${one.text}`);
  expect(!/^(key|listening|\* )/m.test(one.text), `it has begun:\n${one.text}`);
  return one.text;
}
const client = (...words) => refusal(client_file, '--key-file', file('client.key'), ...words);
const server = (...words) => refusal(server_file, '--key-file', file('server.key'), ...words);
function expectLine(text, line) {
  expect(text.split('\n').includes(line), `${JSON.stringify(line)} is not in:\n${text}`);
}

await check('options: a deployed server proves no key, so none is expected of it', async () => {
  const words = ['--compat', '--url', 'ws://127.0.0.1:1/router/compat', '--server-key', key];
  for (const all of [words, [...words.slice(1), '--compat']])
    expectLine(await client(...all), '--server-key excludes --compat');
});
await check('options: without TLS there is nobody to trust', async () =>
  expectLine(await client('--authority', file('none.pem')),
    'registration_client: --authority is for wss: without TLS there is nobody to trust'));
await check('options: an authority that is not there, or is none, is named', async () => {
  for (const name of ['none.pem', 'short.key'])
    expectLine(await client('--url', 'wss://127.0.0.1:1/router', '--authority', file(name)),
      `registration_client: --authority: no certificate can be read from ${file(name)}`);
});
for (const url of ['http://127.0.0.1/router', '127.0.0.1:8080', 'ws://', 'ws://:80/router',
  'ws://127.0.0.1:/router', 'wss:127.0.0.1', 'ws://[]:80/router', 'ws://[::1/router'])
  await check(`options: ${url} is nowhere to dial`, async () =>
    expectLine(await client('--url', url),
      'registration_client: --url is neither ws://host[:port]/path nor wss://'));
for (const option of ['--to', '--server-key'])
  for (const text of ['short', 'A'.repeat(43), `${'x'.repeat(42)}B`])
    await check(`options: ${option} ${text} is no key`, async () =>
      expectLine(await client(option, text), `registration_client: ${option} is no key`));
await check('options: a key file that holds no key is named, and stays as it is', async () => {
  for (const [program, name] of [[client_file, 'client'], [server_file, 'server']]) {
    const text = await refusal(program, '--key-file', file('short.key'));
    expect(text.includes(`registration_${name}: `) && text.includes('short.key'), text);
  }
  expectEqual(fs.readFileSync(file('short.key'), 'utf8'), 'too short', 'the file');
});
await check('options: a word that is no option, and a time that is none', async () => {
  expect((await client('--compatible')).includes('--compatible'), 'it is not named');
  expect((await client('--timeout', 'soon')).includes('--timeout'), 'it is not named');
  expect((await server('--port', '65536')).includes('--port'), 'it is not named');
});

await check('options: of a pair that belongs together neither goes alone', async () => {
  for (const [one, other] of [['--certificate', '--certificate-key'], ['--pages', '--tweetnacl']])
    for (const [given, missing] of [[one, other], [other, one]])
      expectLine(await server(given, file('some')), `${given} requires ${missing}`);
});
await check('options: pages that are not there are named', async () => {
  for (const [folder, script] of [[file('none'), tweetnacl], [pages, file('none.js')]]) {
    const text = await server('--pages', folder, '--tweetnacl', script);
    expect(/^registration_server: cannot read .*none/m.test(text), text);
  }
});
await check('options: an address that is none, and a port that is taken', async () => {
  expect(/^registration_server: /m.test(await server('--port', '0', '--address', 'somewhere')), 'no words');
  const first = await startServer(server_file, '--key-file', file('server.key'));
  const text = await server('--port', String(first.port));
  expect(/^registration_server: .*Address already in use/m.test(text), text);
  expectEqual(await first.end('SIGTERM'), 0, 'the end of the first');
});
process.exit(hasFailed() ? 1 : 0);
