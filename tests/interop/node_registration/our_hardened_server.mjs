// A second implementation of the hardened profile, on our server and with our client.

import {check, done, expect} from './checks.mjs';
import {encode, nacl} from './compat.mjs';
import {Contact} from './contact.mjs';
import {HardenedClient} from './hardened.mjs';
import {bytes} from './primitives.mjs';
import {OurClient, OurServer} from './program.mjs';

const server = await OurServer.start();
const url = server.hardened;

// Client and server.

await check('the challenge is canonical JSON', async () => {
  const client = await HardenedClient.challenged(url);
  const {nonce, challengeText} = client.challenge;
  expect('the challenge', client.challengeFrame,
         JSON.stringify({version: 2, type: 'CHALLENGE', from: server.key, nonce, challengeText}));
  expect('the size of the nonce', Buffer.from(nonce, 'base64url').length, 32);
  client.socket.close();
});

const alice = await HardenedClient.registered(url), bob = await HardenedClient.registered(url);

await check('both prove their keys, and a counted, tagged frame goes each way', async () => {
  for (let i = 0; i < 3; ++i) {
    alice.ping();
    const {type, size} = await alice.next();
    expect('the answer', type, 'pong');
    expect('its size', size, 1);
  }
});

await check('a message is routed, and its sender gets a receipt', async () => {
  for (const payload of ['', 'Hello, Bob!', 'k'.repeat(65536)]) {
    const id = alice.route(bob.key, payload);
    const {sender, payload: heard} = await bob.nextRouted();
    expect('the sender', sender, alice.key);
    expect('the payload', heard.toString(), payload);
    const receipt = await alice.next();
    expect('the receipt', receipt.type, 'receipt');
    expect('its id', receipt.id, id);
    expect('the fate', receipt.fate, 'forwarded');
  }
  alice.route(encode(nacl.box.keyPair().publicKey), 'to nobody');
  expect('the fate', (await alice.next()).fate, 'not_available');
});

const wrongResponses = {
  'another audience': client => {
    client.audience = 'elsewhere:80';
    return client.response();
  },
  'a proof that is wrong': client => {
    const response = client.response();
    return {...response, proof: encode(Buffer.from(response.proof, 'base64url').reverse())};
  },
  'another text': client => {
    client.challenge.challengeText += '.';
    return client.response();
  },
  'another server': client => ({...client.response(), to: alice.key}),
  "another's key": client => ({...client.response(), from: alice.key}),
  'a key of low order': client => ({...client.response(), nonce: encode(Buffer.alloc(32))}),
  'another version': client => ({...client.response(), version: 1}),
  'the deployed response': client => {
    const {version, audience, proof, ...rest} = client.response();
    return {...rest, message: proof};
  },
};
for (const [name, wrong] of Object.entries(wrongResponses)) {
  await check(`${name}: the connection ends, without a word`, async () => {
    const client = await HardenedClient.challenged(url);
    client.socket.send(JSON.stringify(wrong(client)));
    await client.socket.expectEnd();
  });
}

await check('a changed record, a repeated one, and one of another are refused', async () => {
  const record = alice.records.seal(bytes(4));
  for (const place of [0, 8, 9, record.length - 1]) {
    const changed = Buffer.from(record);
    changed[place] ^= 1;
    alice.socket.send(changed);
  }
  alice.socket.send(bob.records.seal(bytes(4)));
  alice.socket.send(record);
  alice.socket.send(record);
  alice.ping();
  expect('the first answer', (await alice.next()).type, 'pong');
  expect('the second answer', (await alice.next()).type, 'pong');
});

await check('who sends too much that is wrong is put out, the others go on', async () => {
  const mallory = await HardenedClient.registered(url);
  for (let i = 0; i < 8; ++i) mallory.socket.send('garbage');
  await mallory.socket.expectEnd();
  alice.route(bob.key, 'are you there?');
  expect('the payload', (await bob.nextRouted()).payload.toString(), 'are you there?');
  expect('the fate', (await alice.next()).fate, 'forwarded');
});

await check('the same key again: the one is told, the other has replaced it', async () => {
  const first = await HardenedClient.registered(url);
  const second = await HardenedClient.challenged(url, first.keys);
  second.respond();
  expect('replaced', await second.succeeds(), true);
  const {type, size} = await first.next();
  expect('what the first is told', type, 'superseded');
  expect('its size', size, 1);
  await first.socket.expectEnd();
  alice.route(second.key, 'to the second');
  expect('the payload', (await second.nextRouted()).payload.toString(), 'to the second');
  expect('the fate', (await alice.next()).fate, 'forwarded');
  second.socket.close();
});

await check('or is refused, with a proof', async () => {
  const refusing = await OurServer.start('--refuse-duplicates');
  const first = await HardenedClient.registered(refusing.hardened);
  const second = await HardenedClient.challenged(refusing.hardened, first.keys);
  second.respond();
  await second.fails();
  await second.socket.expectEnd();
  first.ping();
  expect('the answer', (await first.next()).type, 'pong');
  await refusing.stop();
});

// Client and client.

const texts = ['Hello!', 'Grüße, \u{1F91D}', 'k'.repeat(60_000)];

/** A new session with a contact who answers. */
async function call(contact) {
  contact.call();
  contact.takeAck(await contact.nextFrame());
  const {type, acknowledged} = await contact.next();
  expect('the answer to the first frame', type, 'ack');
  expect('what it has opened', acknowledged, 1);
}
/** What the other side of that does. */
async function answer(contact) {
  contact.answer(await contact.nextFrame());
  expect('the first frame', (await contact.next()).type, 'ack');
  contact.acknowledge();
}

await check('two on Node agree on keys that the server does not have', async () => {
  const toBob = new Contact(alice, bob.key), toAlice = new Contact(bob, alice.key);
  await Promise.all([call(toBob), answer(toAlice)]);
  for (const text of texts) {
    toBob.say(text);
    expect('what is said', (await toAlice.nextMessage()).payload, text);
    toAlice.say(`I have heard: ${text}`);
    const answer = await toBob.nextMessage();
    expect('the answer', answer.payload, `I have heard: ${text}`);
    expect('what it has opened', answer.acknowledged, toBob.session.sends.count);
  }
});

/** Our client and one on Node, which are each other's contacts. */
async function pair() {
  const node = await HardenedClient.registered(url);
  const ours = await OurClient.registered(url, '--stay', '--to', node.key);
  const contact = new Contact(node, ours.key);
  const opened = message => `* message ${message} opened by ${node.key.slice(0, 8)}`;
  const end = async () => {
    await ours.stop();
    node.socket.close();
  };
  return {ours, contact, opened, end, heard: text => `${node.key}: ${text}`};
}
async function converse({ours, contact, opened, heard}, firstMessage) {
  for (const [i, text] of texts.entries()) {
    ours.say(text);
    expect('what ours says', (await contact.nextMessage()).payload, text);
    contact.say(`I have heard: ${text}`);
    await ours.expectLine(heard(`I have heard: ${text}`));
    await ours.expectLine(opened(firstMessage + i));
  }
}

await check('over IPv6 it is the same', async () => {
  const there = await OurServer.start('--address', '::1');
  const node = await HardenedClient.registered(there.hardened);
  const ours = await OurClient.registered(there.hardened, '--stay', '--to', node.key);
  ours.closeInput();
  node.socket.close();
  await ours.stop();
  await there.stop();
});

await check('our client is told that it has dialled what is no name of the server', async () => {
  const ours = await OurClient.start(url.replace('127.0.0.1', '127.1'));
  ours.closeInput();
  await ours.expectLine('* the server has closed the connection');
  expect('the exit code', await ours.ended(), 1);
});

await check('our client calls one on Node: messages both ways', async () => {
  const two = await pair(), {ours, contact} = two;
  ours.say('are you there?');
  await answer(contact);
  expect('what ours says', (await contact.nextMessage()).payload, 'are you there?');
  contact.acknowledge();
  await ours.expectLine(two.opened(1));
  await converse(two, 2);
  await two.end();
});

await check('one on Node calls our client: messages both ways', async () => {
  const two = await pair(), {contact} = two;
  await call(contact);
  contact.say('here I am');
  await two.ours.expectLine(two.heard('here I am'));
  expect('what ours says without being asked', (await contact.next()).acknowledged, 2);
  await converse(two, 1);
  await two.end();
});

await check('what was changed or repeated our client refuses', async () => {
  const two = await pair(), {ours, contact} = two;
  await call(contact);
  const frame = contact.frame(21, 'only once');
  for (const place of [2, 42, 43, frame.length - 1]) {
    const changed = Buffer.from(frame);
    changed[place] ^= 1;
    contact.send(changed);
    await ours.expectLine('* refused: not_authentic');
  }
  contact.send(frame);
  await ours.expectLine(two.heard('only once'));
  contact.send(frame);
  await ours.expectLine('* refused: replayed');
  contact.say('and this');
  await ours.expectLine(two.heard('and this'));
  await two.end();
});

await check("a stranger who repeats a contact's frame has no session", async () => {
  const two = await pair(), {ours, contact} = two;
  await call(contact);
  const stranger = new Contact(alice, ours.key);
  const frame = contact.frame(21, 'only from the contact');
  frame[2] = 1 - stranger.isSmaller;
  stranger.send(frame);
  await ours.expectLine('* refused: not_authentic');
  frame[2] = stranger.isSmaller;
  stranger.send(frame);
  stranger.takeNoSession(await stranger.nextFrame(), frame.subarray(3, 35));
  frame[2] = contact.isSmaller;
  contact.send(frame);
  await ours.expectLine(two.heard('only from the contact'));
  await two.end();
});

await check('one on Node that has forgotten the session gets a new one', async () => {
  const two = await pair(), {ours, contact} = two;
  await call(contact);
  ours.say('do you remember?');
  const lost = await contact.nextFrame();
  contact.denySession(lost.subarray(3, 35));
  await answer(contact);
  contact.say('I do now');
  await ours.expectLine(two.heard('I do now'));
  await two.end();
});

await server.stop();
done();
