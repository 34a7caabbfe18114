// Our client with a server on Node, as the deployed one is.

import {check, done, expect} from './checks.mjs';
import {Client, decode, encode, encodePadded, messageTo, openMessage} from './compat.mjs';
import {NodeServer} from './compat_server.mjs';
import {freshKeyFile, OurClient} from './program.mjs';

const server = await NodeServer.start();
const url = server.url;
const dial = (...options) => OurClient.start(url, '--compat', '--stay', ...options);

/** Our client, registered at the server. */
async function ours(...options) {
  const registration = server.registerNext();
  const client = await dial(...options);
  expect('the key', await registration, client.key);
  await client.expectLine('* registered');
  return client;
}
async function onNode() {
  const registration = server.registerNext();
  const client = await Client.registered(url);
  expect('the key', await registration, client.key);
  return client;
}

await check("what others write moves no cursor, and stays one line", async () => {
  const connection = server.connection();
  const client = await dial();
  server.say(await connection, {
    type: 'REGISTER_FAILURE', error: '\r\u001b[2Kspoof\n* registered\u009b1A \u0007 Grüße',
  });
  await client.expectLine(
    '* the server says: \\x0d\\x1b[2Kspoof\\x0a* registered\\xc2\\x9b1A \\x07 Grüße');
  await client.expectLine('* the connection is over: not_authentic');
  expect('the exit code', await client.ended(), 1);
});

// Registration.

await check('its response is compact JSON', async () => {
  const connection = server.connection();
  const client = await dial();
  const socket = await connection;
  const nonce = server.challenge(socket);
  const frame = await socket.next();
  const {message} = JSON.parse(frame);
  expect('the response', frame,
         `{"type":"CHALLENGE_RESPONSE","from":"${client.key}","to":"${server.key}",` +
         `"nonce":"${encode(nonce)}","message":"${message}"}`);
  expect('the spelling of the box', encode(decode(message)), message);
  expect('whose it is', server.verified(JSON.parse(frame), nonce), client.key);
  await client.stop();
});

await check('a challenge in padded base64, with + and /, and with a text in UTF-8', async () => {
  server.spell = encodePadded;
  server.challengeText = 'Grüße, здравствуй, こんにちは, \u{1F91D} "quoted" \\';
  await (await ours()).stop();
  server.spell = encode;
});

for (const [spelling, words] of [
  ['error', 'Registration failed: Invalid ciphertext'],
  ['reason', 'Registration timed out'],
  ['nothing', ''],
]) {
  await check(`a failure that is told by \`${spelling}\``, async () => {
    for (const afterResponse of [false, true]) {
      const connection = server.connection();
      const client = await dial();
      const socket = await connection;
      if (afterResponse) {
        server.challenge(socket);
        await socket.next();
      }
      server.say(socket, {type: 'REGISTER_FAILURE', [spelling]: words});
      await client.expectLine(`* the server says: ${words}`);
      await client.expectLine('* the connection is over: not_authentic');
      await socket.expectEnd();
      expect('the exit code', await client.ended(), 1);
    }
  });
}

await check('a server that says nothing is given up', async () => {
  for (const afterResponse of [false, true]) {
    const connection = server.connection();
    const client = await dial('--timeout', afterResponse ? '3000' : '300');
    const socket = await connection;
    if (afterResponse) {
      server.challenge(socket);
      expect('the response', (await socket.nextObject()).type, 'CHALLENGE_RESPONSE');
    }
    await client.expectLine('* the server did not answer in time');
    await socket.expectEnd();
    expect('the exit code', await client.ended(), 1);
  }
});

await check('a server that closes is named', async () => {
  const connection = server.connection();
  const client = await dial();
  (await connection).close();
  await client.expectLine('* the server has closed the connection');
  expect('the exit code', await client.ended(), 1);
});

await check('a client that goes during the registration', async () => {
  const connection = server.connection();
  const client = await dial('--timeout', '300');
  const socket = await connection;
  await client.expectLine('* the server did not answer in time');
  const words = await server.register(socket).catch(error => error.message);
  expect('the words', words, 'Connection closed during registration');
  await client.ended();
});

await check('the same key twice', async () => {
  const keyFile = freshKeyFile();
  const first = await ours('--key-file', keyFile);
  const registration = server.registerNext().catch(error => error.message);
  const second = await dial('--key-file', keyFile);
  await second.expectLine('* registered');
  await second.expectLine('* another connection has this key, and stays');
  expect('the words', await registration, 'SOCKET_ALREADY_REGISTERED');
  expect('the exit code', await second.ended(), 1);
  await first.stop();
});

// Messages.

const texts = ['Hello!', 'Grüße, \u{1F91D} "quoted" \\', 'k'.repeat(60_000)];

await check('two of ours, both ways', async () => {
  const alice = await ours(), bob = await ours('--to', alice.key);
  alice.say(`/to ${bob.key}`);
  for (const text of texts) {
    alice.say(text);
    await bob.expectLine(`${alice.key}: ${text}`);
    await alice.expectLine('* delivered');
    bob.say(`I have heard: ${text}`);
    await alice.expectLine(`${bob.key}: I have heard: ${text}`);
    await bob.expectLine('* delivered');
  }
  await alice.stop();
  await bob.stop();
});

await check('one of ours and one on Node, both ways', async () => {
  const alice = await ours(), bob = await onNode();
  alice.say(`/to ${bob.key}`);
  for (const text of texts) {
    alice.say(text);
    await bob.expectHears(alice.key, {text});
    await alice.expectLine('* delivered');
    const envelope = bob.sayTo(alice.key, {text: `I have heard: ${text}`});
    await alice.expectLine(`${bob.key}: I have heard: ${text}`);
    await bob.expectDelivered(envelope);
  }
  await alice.stop();
  bob.socket.close();
});

await check('its envelope is compact JSON', async () => {
  const alice = await ours(), bob = await onNode();
  alice.say(`/to ${bob.key}`);
  alice.say('look at this');
  const frame = await bob.socket.next();
  const envelope = JSON.parse(frame);
  const [nonce, message] = [decode(envelope.nonce), decode(envelope.message)];
  expect('the envelope', frame,
         `{"type":"MESSAGE","from":"${alice.key}","to":"${bob.key}",` +
         `"nonce":"${encode(nonce)}","message":"${encode(message)}"}`);
  expect('the nonce', nonce.length, 24);
  const value = JSON.stringify(openMessage(envelope, bob.keys));
  expect('what is in it', value, '{"text":"look at this"}');
  await alice.expectLine('* delivered');
  await alice.stop();
  bob.socket.close();
});

await check('a message in padded base64, with + and /', async () => {
  const alice = await ours(), bob = await onNode();
  const envelope = messageTo(alice.key, {text: 'spelled otherwise'}, bob.keys, encodePadded);
  server.registered.get(alice.key).send(JSON.stringify(envelope));
  await alice.expectLine(`${bob.key}: spelled otherwise`);
  await alice.stop();
  bob.socket.close();
});

for (const error of [
  'SOCKET_NOT_REGISTERED', 'MISMATCHED_SOCKET_PUBLIC_KEY', 'MISSING_CONTENT_FIELD',
  'MISSING_TYPE_MESSAGE', 'RECIPIENT_NOT_AVAILABLE',
]) {
  await check(`an answer that says ${error}`, async () => {
    const alice = await ours(), bob = await onNode();
    alice.say(`/to ${bob.key}`);
    server.answers = error;
    alice.say('goes nowhere');
    await alice.expectLine(`* not delivered: ${error}`);
    alice.say('arrives');
    await bob.expectHears(alice.key, {text: 'arrives'});
    await alice.expectLine('* delivered');
    await alice.stop();
    bob.socket.close();
  });
}

await check('who is not there is not available', async () => {
  const alice = await ours();
  alice.say(`/to ${server.key}`);
  alice.say('is anybody there?');
  await alice.expectLine('* not delivered: RECIPIENT_NOT_AVAILABLE');
  await alice.stop();
});

await check('it ends when all is said, and the last word has arrived', async () => {
  const bob = await onNode(), registration = server.registerNext();
  const alice = await OurClient.start(url, '--compat', '--to', bob.key);
  await registration;
  alice.say('the last word');
  alice.closeInput();
  await alice.expectLine('* registered');
  await bob.expectHears(alice.key, {text: 'the last word'});
  await alice.expectLine('* delivered');
  expect('the exit code', await alice.ended(), 0);
  bob.socket.close();
});

server.stop();
done();
