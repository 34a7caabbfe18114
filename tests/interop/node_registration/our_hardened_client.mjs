// Our client with a second implementation of the hardened server.

import {check, done, expect} from './checks.mjs';
import {encode, nacl} from './compat.mjs';
import {Contact} from './contact.mjs';
import {HardenedClient} from './hardened.mjs';
import {HardenedServer} from './hardened_server.mjs';
import {bytes, decode, version} from './primitives.mjs';
import {freshKeyFile, OurClient} from './program.mjs';

const server = await HardenedServer.start();
const url = server.url;
const dial = (...options) => OurClient.start(url, '--stay', ...options);

/** Our client, registered. */
async function ours(...options) {
  const registration = server.registerNext();
  const client = await dial(...options);
  expect('the key', (await registration).key, client.key);
  await client.expectLine('* registered');
  return client;
}
async function onNode() {
  const [connection, client] =
      await Promise.all([server.registerNext(), HardenedClient.registered(url)]);
  expect('the key', connection.key, client.key);
  return client;
}
/** Our client and the connection on which its key is proved; it has not been told. */
async function proven(...options) {
  const proof = server.proven();
  const client = await dial(...options);
  return {client, connection: await proof};
}

// It says nothing by itself but that it is there, every 15 seconds: that is waited for at the end.
const silent = await ours();

// Registration.

await check('its response is canonical JSON, and proves its key and what it dialled', async () => {
  const {client, connection} = await proven();
  expect('whose it is', connection.key, client.key);
  connection.say(connection.success(false));
  await client.expectLine('* registered');
  await client.stop();
});

await check('it tells that another connection had to go', async () => {
  const {client, connection} = await proven();
  connection.say(connection.success(true));
  await client.expectLine('* registered; another connection with this key had to go');
  await client.stop();
});

const wrongChallenges = {
  'another version': [c => ({...c, version: 1}), 'wrong_version'],
  'another version, as text': [c => ({...c, version: '2'}), 'wrong_version'],
  'the deployed challenge': [({version, ...c}) => c, 'wrong_version'],
  'another type': [c => ({...c, type: 'REGISTER_SUCCESS'}), 'malformed'],
  'a type that is none': [c => ({...c, type: 'HELLO'}), 'unknown_type'],
  'a name too many': [c => ({...c, more: 1}), 'malformed'],
  'a name too few': [({nonce, ...c}) => c, 'malformed'],
  'another order': [({version, ...c}) => ({...c, version}), 'malformed'],
  'a text that is too long': [c => ({...c, challengeText: 'x'.repeat(201)}), 'oversized'],
  'a key that is too short':
      [c => ({...c, from: encode(decode(c.from).subarray(0, 31))}), 'wrong_length'],
  'a key with bits left over': [c => ({...c, from: c.from.slice(0, 42) + '_'}), 'bad_encoding'],
  'a key of low order': [c => ({...c, from: encode(Buffer.alloc(32))}), 'low_order_key'],
  'a nonce of low order': [c => ({...c, nonce: encode(Buffer.alloc(32))}), 'low_order_key'],
  'a nonce that is not canonical':
      [c => ({...c, nonce: encode(Buffer.alloc(32, 255))}), 'non_canonical_key'],
};
for (const [name, [change, fault]] of Object.entries(wrongChallenges)) {
  await check(`a challenge with ${name} is ${fault}, and the right one is answered`, async () => {
    const connecting = server.connection();
    const client = await dial();
    const connection = await connecting;
    connection.say(change(connection.challenge()));
    await client.expectLine(`* refused: ${fault}`);
    connection.sayChallenge();
    await connection.takeResponse();
    await client.stop();
  });
}

await check('a server that has not the key which is pinned is answered nothing', async () => {
  const connecting = server.connection();
  const client = await dial('--server-key', encode(nacl.box.keyPair().publicKey));
  const connection = await connecting;
  connection.sayChallenge();
  await client.expectLine('* refused: unexpected_key');
  await client.stop();
  await connection.socket.expectEnd();
});
await check('the server that is pinned is', async () => {
  await (await ours('--server-key', server.key)).stop();
});

const wrongResults = {
  'a success without a proof': (c, success) => ({...success, proof: encode(Buffer.alloc(32))}),
  'a success that says the other thing': (c, success) => ({...success, replaced: true}),
  "a success with the failure's proof": (c, success) => ({...success, proof: c.failure().proof}),
  "a failure with the success's proof": (c, success) => ({...c.failure(), proof: success.proof}),
};
for (const [name, wrong] of Object.entries(wrongResults)) {
  await check(`${name} is not authentic, and the right one counts`, async () => {
    const {client, connection} = await proven();
    const success = connection.success(false);
    connection.say(wrong(connection, success));
    await client.expectLine('* refused: not_authentic');
    connection.say(success);
    await client.expectLine('* registered');
    await client.stop();
  });
}
await check('the success of another connection is not authentic', async () => {
  const one = await proven(), other = await proven();
  one.connection.say(other.connection.success(false));
  await one.client.expectLine('* refused: not_authentic');
  await one.client.stop();
  await other.client.stop();
});
await check('a failure with its proof is named', async () => {
  const {client, connection} = await proven();
  connection.say(connection.failure());
  await client.expectLine('* another connection has this key, and stays');
  await connection.socket.expectEnd();
  expect('the exit code', await client.ended(), 1);
});

await check('a server that says nothing is given up', async () => {
  for (const afterResponse of [false, true]) {
    const connecting = afterResponse ? server.proven() : server.connection();
    const client = await dial('--timeout', afterResponse ? '3000' : '300');
    const connection = await connecting;
    await client.expectLine('* the server did not answer in time');
    await connection.socket.expectEnd();
    expect('the exit code', await client.ended(), 1);
  }
});
await check('a server that closes is named', async () => {
  const {client, connection} = await proven();
  connection.socket.close();
  await client.expectLine('* the server has closed the connection');
  expect('the exit code', await client.ended(), 1);
});
await check('the same key again: the first is told', async () => {
  const keyFile = freshKeyFile();
  const first = await ours('--key-file', keyFile);
  const registration = server.registerNext();
  const second = await dial('--key-file', keyFile);
  expect('the key', (await registration).key, first.key);
  await second.expectLine('* registered; another connection with this key had to go');
  await first.expectLine('* another connection has come with this key');
  expect('the exit code', await first.ended(), 1);
  await second.stop();
});

// Messages.

const texts = ['Hello!', 'Grüße, \u{1F91D} "quoted" \\', 'k'.repeat(60_000)];

await check('two of ours, both ways', async () => {
  const alice = await ours(), bob = await ours('--to', alice.key);
  alice.say(`/to ${bob.key}`);
  for (const [i, text] of texts.entries()) {
    alice.say(text);
    await bob.expectLine(`${alice.key}: ${text}`);
    bob.say(`I have heard: ${text}`);
    // Bob says that he has opened it with what he says, or a second later without.
    await alice.expectLines(`${bob.key}: I have heard: ${text}`,
                            `* message ${i + 1} opened by ${bob.key.slice(0, 8)}`);
    await bob.expectLine(`* message ${i + 1} opened by ${alice.key.slice(0, 8)}`);
  }
  await alice.stop();
  await bob.stop();
});

/** Our client and one on Node that are in a session, which the latter began. */
async function pair() {
  const node = await onNode(), client = await ours('--to', node.key);
  const contact = new Contact(node, client.key);
  contact.call();
  contact.takeAck(await contact.nextFrame());
  expect('the answer to the first frame', (await contact.next()).type, 'ack');
  const end = async () => {
    await client.stop();
    node.socket.close();
  };
  return {node, client, contact, end};
}
await check('one of ours and one on Node, both ways', async () => {
  const {node, client, contact, end} = await pair();
  for (const text of texts) {
    client.say(text);
    expect('what ours says', (await contact.nextMessage()).payload, text);
    contact.say(`I have heard: ${text}`);
    await client.expectLine(`${node.key}: I have heard: ${text}`);
    await client.expectLine(/^\* message \d+ opened by /);
  }
  await end();
});

for (const [fate, words] of [
  ['not_available', 'not there now'],
  ['busy', 'busy, try again later'],
]) {
  await check(`a message that is ${fate} is told to be`, async () => {
    const {node, client, end} = await pair();
    server.fate = fate;
    client.say('will it arrive?');
    await client.expectLine(`* message 1 to ${node.key.slice(0, 8)}: ${words}`);
    await end();
  });
}

await check('what was changed, repeated, or is none is refused, and the next frame counts', async () => {
  const {node, client, contact, end} = await pair();
  const connection = server.registered.get(client.key);
  const payload = contact.frame(21, 'only once');
  const record = connection.records.seal(connection.routed(node.key, payload));
  for (const place of [1, 9, record.length - 1]) {
    const changed = Buffer.from(record);
    changed[place] ^= 1;
    connection.socket.send(changed);
    await client.expectLine('* refused: not_authentic');
  }
  connection.socket.send(bytes(version + 1, record.subarray(1)));
  await client.expectLine('* refused: wrong_version');
  connection.socket.send(record);
  await client.expectLine(`${node.key}: only once`);
  connection.socket.send(record);
  await client.expectLine('* refused: replayed');
  connection.send(connection.receipt(1_000, 'forwarded'));
  await client.expectLine('* refused: malformed');
  connection.send(bytes(3, Buffer.alloc(8), 9));
  await client.expectLine('* refused: malformed');
  connection.send(bytes(99));
  await client.expectLine('* refused: unknown_type');
  contact.say('and this');
  await client.expectLine(`${node.key}: and this`);
  await end();
});
// A frame says whether its sender's key is the smaller one, so the other name is tried from both sides.
for (const [side, refusal] of [
  ['same', []],
  ['other', ['* refused: not_authentic']],
]) {
  await check(`a server that names another sender, with a key on the ${side} side of ours, is not ` +
              'believed', async () => {
    const {node, client, contact, end} = await pair();
    const isSmaller = key => Buffer.compare(decode(key), decode(client.key)) < 0;
    let mallory;
    do mallory = encode(nacl.box.keyPair().publicKey);
    while ((isSmaller(mallory) === isSmaller(node.key)) !== (side === 'same'));
    const connection = server.registered.get(client.key);
    const frame = contact.frame(21, 'from the contact alone');
    connection.send(connection.routed(mallory, frame));
    connection.send(connection.routed(node.key, frame));
    for (const line of [...refusal, `${node.key}: from the contact alone`])
      await client.expectLine(line);
    await end();
  });
}

await check('it says that it is there, and hears the answer', async () => {
  expect('who is there', await server.pinged.next('a ping'), silent.key);
  silent.say(`/to ${silent.key}`);
  silent.say('a note to myself'); // the answer was not refused, else that would be told first
  await silent.expectLine('* refused: bad_argument');
  await silent.stop();
});

server.stop();
done();
