// What the server answers to requests that are wrong, and to those for what is not there.

import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {Program, check, expect, expectEqual, hasFailed, inTime, startClient, startServer}
  from './programs.mjs';
import {client_file, pages, server_file, tweetnacl} from './places.mjs';

const work = process.argv[2];
// The key lies where a path that leads out of the pages would find it.
fs.cpSync(pages, path.join(work, 'pages'), {recursive: true});
const key_file = path.join(work, 'server.key');
const server = await startServer(server_file, '--key-file', key_file,
  '--pages', path.join(work, 'pages'), '--tweetnacl', tweetnacl);
const secret = fs.readFileSync(key_file);

/** All that comes back for these bytes until the server closes the connection. */
function ask(bytes) {
  const answer = new Promise((resolve, reject) => {
    const parts = [];
    const socket = net.connect(server.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', part => parts.push(part));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(parts)));
  });
  return inTime(answer, () => 'the server neither answers nor closes');
}
const request = (line, ...headers) =>
  [line, 'Host: 127.0.0.1', 'Connection: close', ...headers, '', ''].join('\r\n');
const upgrade = (target, version = 13, key = 'dGhlIHNhbXBsZSBub25jZQ==') =>
  [`GET ${target} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket',
    `Sec-WebSocket-Version: ${version}`, `Sec-WebSocket-Key: ${key}`, '', ''].join('\r\n');

/** Asks, and expects this status; the answer as text. */
async function expectStatus(status, bytes) {
  const answer = await ask(bytes);
  expect(!answer.includes(secret), 'the server\'s private key is in the answer');
  const text = answer.toString('latin1');
  expect(text.startsWith(`HTTP/1.1 ${status} `) || text.startsWith(`HTTP/1.0 ${status} `),
    `not ${status}: ${JSON.stringify(text.slice(0, 200))}`);
  return text;
}

const malformed = {
  'no target': 'GET\r\n\r\n',
  'a version that is none': 'GET / HTTP/9.9\r\n\r\n',
  'a header without a colon': 'GET / HTTP/1.1\r\nHost 127.0.0.1\r\n\r\n',
  'a zero byte in a header': 'GET / HTTP/1.1\r\nHost: 127\x00.0.0.1\r\n\r\n',
  'a method that is none': '\x01\x02 / HTTP/1.1\r\n\r\n',
  'line feeds alone': 'GET / HTTP/1.1\nHost: 127.0.0.1\n\n',
  'a length below zero': 'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
  'a length past 64 bits': 'POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n',
  'two lengths': 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
  'a chunk whose size is none': 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'the first bytes of TLS': Buffer.from('1603010200010001fc0303', 'hex'),
};
for (const [name, bytes] of Object.entries(malformed))
  await check(`http: ${name} is answered 400 and the end`, () => expectStatus(400, bytes));

await check('http: headers past 8 KiB are answered 431', () =>
  expectStatus(431, request('GET / HTTP/1.1', `Padding: ${'x'.repeat(20_000)}`)));
await check('http: a target past 8 KiB is answered 431', () =>
  expectStatus(431, request(`GET /${'x'.repeat(20_000)} HTTP/1.1`)));
await check('http: a body past 1 KiB is answered 413', () =>
  expectStatus(413, request('POST / HTTP/1.1', 'Content-Length: 2000') + 'x'.repeat(2000)));
await check('http: an announced body of 1 GiB is answered 413 before it comes', () =>
  expectStatus(413, request('POST / HTTP/1.1', 'Content-Length: 1073741824')));
await check('http: a request that writes is answered 405', async () => {
  const text = await expectStatus(405, request('POST / HTTP/1.1', 'Content-Length: 0'));
  expect(text.includes('Allow: GET, HEAD'), text);
});

const outside = ['/../server.key', '/../../../../../../etc/passwd', '/%2e%2e/server.key',
  '/..%2fserver.key', '/page.js/../../server.key', '/..\\server.key', '//server.key',
  '/./../server.key', '/pages/../server.key', '/.', '/..', '/page.js%00', '/page.js/', '/PAGE.JS',
  'server.key', `${key_file}`, 'http://127.0.0.1/../server.key', '*'];
for (const target of outside)
  await check(`http: the path ${target === key_file ? 'of the key' : target} leads nowhere`, () =>
    expectStatus(404, request(`GET ${target} HTTP/1.1`)));

for (const target of ['/', '/elsewhere', '/router/', '/router/compat/', '/Router', '/page.js',
  '/../router'])
  await check(`http: no WebSocket at ${target}`, () =>
    expectStatus(404, upgrade(target).replace('Connection: Upgrade', '$&, close')));
await check('http: a WebSocket of another version is refused at the right path', async () => {
  const text = (await ask(upgrade('/router', 12))).toString('latin1');
  expect(/^HTTP\/1\.1 (400|426) /.test(text), text);
});
await check('http: a WebSocket without a key is refused at the right path', async () => {
  const text =
    (await ask(upgrade('/router').replace(/Sec-WebSocket-Key.*\r\n/, ''))).toString('latin1');
  expect(/^HTTP\/1\.1 400 /.test(text), text);
});
for (const target of ['/router', '/router/compat'])
  await check(`http: a request without an upgrade at ${target} is answered 426`, () =>
    expectStatus(426, request(`GET ${target} HTTP/1.1`)));

const types = {'/': 'text/html', '/page.js': 'text/javascript', '/client.js': 'text/javascript',
  '/store.js': 'text/javascript', '/picture.js': 'text/javascript', '/nacl.js': 'text/javascript',
  '/page.css': 'text/css', '/icon.svg': 'image/svg+xml'};
for (const [target, type] of Object.entries(types))
  await check(`http: ${target} is served, and lets nothing in from elsewhere`, async () => {
    const text = await expectStatus(200, request(`GET ${target} HTTP/1.1`));
    for (const header of [`Content-Type: ${type}`, 'Content-Security-Policy: default-src \'self\';',
      'X-Content-Type-Options: nosniff', 'Referrer-Policy: no-referrer'])
      expect(text.includes(header), `${header} is missing in ${text.slice(0, 600)}`);
  });
await check('http: any word and any query is the page, which says what is wrong', async () => {
  const page = (await expectStatus(200, request('GET / HTTP/1.1'))).split('\r\n\r\n')[1];
  for (const target of ['/short', `/${'A'.repeat(43)}`, `/${'-_'.repeat(20)}?from=elsewhere`])
    expectEqual((await expectStatus(200, request(`GET ${target} HTTP/1.1`))).split('\r\n\r\n')[1],
      page, target);
});
await check('http: HEAD has the length of the page and not its text', async () => {
  const [head, body] = (await expectStatus(200, request('HEAD / HTTP/1.1'))).split('\r\n\r\n');
  const page = fs.readFileSync(path.join(pages, 'index.html'));
  expect(head.includes(`Content-Length: ${page.length}`), head);
  expectEqual(body, '', 'the body');
});
await check('http: several requests on one connection are answered in their order', async () => {
  const line = target => `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
  const text = (await ask(line('/page.css') + line('/..') + request('GET /icon.svg HTTP/1.1')))
    .toString('latin1');
  expectEqual([...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(match => match[1]).join(' '),
    '200 404 200', 'what is answered');
});

await check('http: requests that never end hold nobody up', async () => {
  const slow = Array.from({length: 100}, () => net.connect(server.port, '127.0.0.1', function () {
    this.write('GET / HTTP/1.1\r\nHos');
  }));
  for (const socket of slow) socket.on('error', () => {});
  await expectStatus(200, request('GET / HTTP/1.1'));
  for (const path_ of ['/router', '/router/compat']) {
    const client = await startClient(client_file, '--url', server.origin + path_, '--key-file',
      path.join(work, 'client.key'), ...path_.endsWith('compat') ? ['--compat'] : []);
    await client.end('SIGTERM');
  }
  for (const socket of slow) socket.destroy();
});

await check('http: a server without pages has none, and its routers', async () => {
  const bare = await startServer(server_file, '--key-file', key_file);
  const response = await fetch(bare.url);
  expectEqual(response.status, 404, 'the status');
  await startClient(client_file, '--url', bare.origin + '/router', '--key-file',
    path.join(work, 'client.key'));
  expectEqual(await bare.end('SIGTERM'), 0, 'the server\'s end');
});
await check('http: a server whose page is not complete does not start, and says what is missing',
  async () => {
    fs.rmSync(path.join(work, 'pages', 'store.js'));
    const broken = new Program(server_file, '--port', '0', '--key-file', key_file, '--pages',
      path.join(work, 'pages'), '--tweetnacl', tweetnacl);
    await broken.line(/^registration_server: cannot read .*store\.js$/);
    expectEqual(await broken.end(), 1, 'its end');
  });
await check('http: the server has outlived all of it, and ends in order', async () => {
  await expectStatus(200, request('GET / HTTP/1.1'));
  expectEqual(await server.end('SIGTERM'), 0, 'its end');
});
process.exit(hasFailed() ? 1 : 0);
