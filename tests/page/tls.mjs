// The server's certificate: who trusts it, and how it is replaced while the server runs.

import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import {Program, check, expect, expectEqual, hasFailed, inTime, run, startClient, startServer}
  from './programs.mjs';
import {client_file, server_file} from './places.mjs';

const work = process.argv[2];
const file = name => path.join(work, name);

/** A certificate that signs itself, and its key: NAME.pem and NAME.key. */
async function certify(name, subject = 'IP:127.0.0.1,DNS:localhost', ...words) {
  await run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=${subject}`,
    '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`), ...words);
}
await certify('first');
await certify('second');
await certify('stranger', 'IP:127.0.0.2,DNS:elsewhere.example');

/** Puts these in the files that a server reads. */
function install(certificate, key = certificate) {
  fs.copyFileSync(file(`${certificate}.pem`), file('current.pem'));
  fs.copyFileSync(file(`${key}.key`), file('current.key'));
}
install('first');
const start = () => startServer(server_file, '--key-file', file('server.key'),
  '--certificate', file('current.pem'), '--certificate-key', file('current.key'));
const server = await start();
expect(server.origin.startsWith('wss://'), server.origin);

const at = (authority, name, host = '127.0.0.1') =>
  ['--url', `wss://${host}:${server.port}/router`, '--key-file', file(`${name}.client`),
    ...authority ? ['--authority', file(`${authority}.pem`)] : []];

/** The name in the certificate that a new connection sees. */
function seen() {
  const answer = new Promise((resolve, reject) => {
    const socket = tls.connect({port: server.port, host: '127.0.0.1', rejectUnauthorized: false},
      () => {
        resolve(socket.getPeerCertificate().subject.CN);
        socket.destroy();
      });
    socket.on('error', reject);
  });
  return inTime(answer, () => 'the server does not answer');
}
/** Has `from` say `text`, and `to` hear it; the sender is told that it was opened. */
async function exchange(from, to, text) {
  from.say(`/to ${to.key}`);
  from.say(text);
  const [, heard] = await to.line(new RegExp(`^${from.key}: (.*)$`));
  expectEqual(heard, text, 'what is heard');
  await from.line(/^\* message \d+ opened by /);
}
/** A client that must not come in; what it says of it. */
async function refusal(...words) {
  const client = new Program(client_file, ...words);
  const code = await client.end();
  expectEqual(code, 2, `its end, after\n${client.text}`);
  expect(!client.text.includes('* registered'), client.text);
  return client.text;
}

let alice, bob;
await check('tls: two clients that trust the certificate speak with each other', async () => {
  alice = await startClient(client_file, ...at('first', 'alice'));
  bob = await startClient(client_file, ...at('first', 'bob', 'localhost'));
  await exchange(alice, bob, 'over TLS');
  await exchange(bob, alice, 'and back');
  expectEqual(await seen(), 'first', 'the certificate');
});
await check('tls: a client that does not know who signed refuses, and says so', async () => {
  for (const authority of [undefined, 'second']) {
    const text = await refusal(...at(authority, 'carol'));
    expect(/the server's certificate is not trusted: self[- ]signed certificate/.test(text), text);
  }
});
await check('tls: a client that does not speak TLS is no client', async () => {
  const url = `ws://127.0.0.1:${server.port}/router`;
  await refusal('--url', url, '--key-file', file('carol.client'));
});

await check('tls: a new certificate is read on SIGHUP, and who is connected stays', async () => {
  install('second');
  server.process.kill('SIGHUP');
  await server.line(/^the certificate was read anew$/);
  expectEqual(await seen(), 'second', 'the certificate');
  await exchange(alice, bob, 'after the new certificate');
  await exchange(bob, alice, 'and back again');
});
await check('tls: who comes later sees the new one, and speaks with who came before', async () => {
  const text = await refusal(...at('first', 'carol'));
  expect(text.includes('the server\'s certificate is not trusted'), text);
  const carol = await startClient(client_file, ...at('second', 'carol'));
  await exchange(carol, alice, 'from a new connection to an old one');
  await exchange(alice, carol, 'and the other way');
  expectEqual(await carol.end('SIGTERM'), 'SIGTERM', 'its end');
});

const broken = {
  'a file that is no certificate': () => fs.writeFileSync(file('current.pem'), 'no certificate'),
  'a certificate of another key': () => install('first', 'second'),
  'a certificate that is cut off': () => {
    install('first');
    fs.truncateSync(file('current.pem'), 300);
  },
  'a key that is missing': () => {
    install('first');
    fs.rmSync(file('current.key'));
  },
};
for (const [name, breaks] of Object.entries(broken))
  await check(`tls: for ${name} the old one stays, and the server says so`, async () => {
    breaks();
    server.process.kill('SIGHUP');
    await server.line(/^the old certificate stays: .+/);
    expectEqual(await seen(), 'second', 'the certificate');
    await exchange(alice, bob, name);
    const dave = await startClient(client_file, ...at('second', 'dave'));
    await dave.end('SIGTERM');
  });
await check('tls: a server does not start with any of them', async () => {
  for (const breaks of Object.values(broken)) {
    breaks();
    const other = new Program(server_file, '--port', '0', '--key-file', file('server.key'),
      '--certificate', file('current.pem'), '--certificate-key', file('current.key'));
    await other.line(/^registration_server: .+/);
    expectEqual(await other.end(), 1, 'its end');
  }
});
await check('tls: the good one is read after the broken ones', async () => {
  install('first');
  server.process.kill('SIGHUP');
  await server.line(/^the certificate was read anew$/);
  expectEqual(await seen(), 'first', 'the certificate');
  await exchange(bob, alice, 'all is well');
});

await check('tls: a certificate of another address is refused by name', async () => {
  install('stranger');
  server.process.kill('SIGHUP');
  await server.line(/^the certificate was read anew$/);
  const by_address = await refusal(...at('stranger', 'carol'));
  expect(by_address.includes('is not trusted: IP address mismatch'), by_address);
  const by_name = await refusal(...at('stranger', 'carol', 'localhost'));
  expect(/is not trusted: host ?name mismatch/i.test(by_name), by_name);
});
await check('tls: those who were there first are there last', async () => {
  await exchange(alice, bob, 'goodbye');
  expectEqual(await server.end('SIGTERM'), 0, 'the server\'s end');
});
await check('tls: a SIGHUP ends no server that has no certificate', async () => {
  const plain = await startServer(server_file, '--key-file', file('server.key'));
  plain.process.kill('SIGHUP');
  await plain.line(/^the old certificate stays: there is none$/);
  expectEqual(await plain.end('SIGTERM'), 0, 'its end');
});
process.exit(hasFailed() ? 1 : 0);
