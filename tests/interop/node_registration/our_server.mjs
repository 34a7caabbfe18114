// Clients on Node, as the deployed browser program is, on our server.

import {check, done, expect, expectSame} from './checks.mjs';
import {
  Client, decode, encode, encodePadded, freshNonce, messageTo, nacl, openMessage, responseTo,
  sealText, sharedKey, spellingsOf,
} from './compat.mjs';
import {freshKeyFile, OurClient, OurServer} from './program.mjs';

const server = await OurServer.start();
const url = server.compat;

// Registration.

await check('the challenge is compact JSON', async () => {
  const client = await Client.challenged(url);
  const {type, from, nonce, challengeText, ...rest} = client.challenge;
  expect('further names', Object.keys(rest).length, 0);
  expect('the type', type, 'CHALLENGE');
  expect('the key', from, server.key);
  expect('the nonce', decode(nonce).length, 24);
  expect('its spelling', encode(decode(nonce)), nonce);
  expect('the text', typeof challengeText, 'string');
  const again = await Client.challenged(url);
  expect('a nonce that comes twice', again.challenge.nonce === nonce, false);
  client.socket.close();
  again.socket.close();
});

const alice = await Client.registered(url), bob = await Client.registered(url);

await check('padded base64, and + and /, register too', async () => {
  const client = await Client.registered(url, nacl.box.keyPair(), encodePadded);
  alice.sayTo(client.key, 'by the key in its one spelling');
  await client.expectHears(alice.key, 'by the key in its one spelling');
  expect('the answer', (await alice.socket.nextObject()).type, 'MESSAGE_DELIVERED');
  client.socket.close();
});

const failure = error => `{"type":"REGISTER_FAILURE","error":"${error}"}`;
async function refused(client, error) {
  await client.socket.expectFrame(failure(error));
  await client.socket.expectEnd();
}

const mallory = nacl.box.keyPair();
const boxOf = (text, nonce, keys) => encode(sealText(text, nonce, sharedKey(keys, server.key)));
const wrongResponses = {
  "a box under another's key": (response, c) => {
    response.message = boxOf(c.challenge.challengeText, decode(c.challenge.nonce), mallory);
  },
  'a box of another text': (response, c) => {
    response.message = boxOf('another', decode(c.challenge.nonce), c.keys);
  },
  'a box of no text': (response, c) => {
    response.message = boxOf('', decode(c.challenge.nonce), c.keys);
  },
  'a box that was changed': response => {
    const box = decode(response.message);
    box[box.length - 1] ^= 1;
    response.message = encode(box);
  },
  'no box': response => {
    response.message = '';
  },
  'another nonce': (response, c) => {
    const nonce = freshNonce();
    response.nonce = encode(nonce);
    response.message = boxOf(c.challenge.challengeText, nonce, c.keys);
  },
  'another server': response => {
    response.to = encode(mallory.publicKey);
  },
  "another's key": response => {
    response.from = alice.key;
  },
};
for (const [name, change] of Object.entries(wrongResponses)) {
  await check(`${name} is an invalid ciphertext`, async () => {
    const client = await Client.challenged(url);
    const response = responseTo(client.challenge, client.keys);
    change(response, client);
    client.say(response);
    await refused(client, 'Registration failed: Invalid ciphertext');
  });
}

for (const [type, object] of [
  ['MESSAGE', messageTo(alice.key, 'early', mallory)],
  ['HELLO', {type: 'HELLO'}],
  ['undefined', {greeting: 'hello'}],
]) {
  await check(`another type is unexpected: ${type}`, async () => {
    const client = await Client.challenged(url);
    client.say(object);
    await refused(client, `Registration failed: Unexpected message type: ${type}`);
  });
}

await check('who says nothing is told that the time is over', async () => {
  const impatient = await OurServer.start('--timeout', '300');
  const client = await Client.challenged(impatient.compat);
  await refused(client, 'Registration timed out');
  await impatient.stop();
});

await check('what ends the deployed process ends one connection', async () => {
  const frames = ['no JSON', '{"type":', '[]', '{"type":"CHALLENGE_RESPONSE"}', new Uint8Array(9)];
  for (const frame of frames) {
    const client = await Client.challenged(url);
    client.socket.send(frame);
    await client.socket.expectEnd();
  }
  const client = await Client.challenged(url);
  client.say({...responseTo(client.challenge, client.keys), from: 'no key'});
  await client.socket.expectEnd();
});

// Messages.

await check('a message arrives as it was written, and its sender hears of it', async () => {
  for (const [from, to, value] of [
    [alice, bob, 'Hello, Bob!'],
    [bob, alice, {text: 'Grüße, здравствуй, こんにちは, \u{1F91D} "quoted" \\ \u0000', n: [1, null]}],
    [alice, bob, 'k'.repeat(60_000)],
    [alice, alice, 'a note to myself'],
  ]) {
    const envelope = from.sayTo(to.key, value);
    await to.socket.expectFrame(envelope);
    expectSame('the value', openMessage(JSON.parse(envelope), to.keys), value);
    await from.expectDelivered(envelope);
  }
});

await check('padded base64, and + and /, in a message', async () => {
  const envelope = alice.sayTo(bob.key, 'spelled otherwise', encodePadded);
  await bob.socket.expectFrame(envelope);
  expect('the value', openMessage(JSON.parse(envelope), bob.keys), 'spelled otherwise');
  const answer = await alice.socket.nextObject();
  expect('the type', answer.type, 'MESSAGE_DELIVERED');
  for (const name of ['from', 'to', 'nonce', 'message'])
    expect(name, encode(decode(answer[name])), encode(decode(JSON.parse(envelope)[name])));
});

await check('a key is reached by each of its four spellings', async () => {
  for (const to of spellingsOf(bob.key)) {
    alice.say({...messageTo(bob.key, to, alice.keys), to});
    await bob.expectHears(alice.key, to);
    expect('the answer', (await alice.socket.nextObject()).type, 'MESSAGE_DELIVERED');
  }
});

// Each of these fails all checks but those before its own.
const stranger = encode(mallory.publicKey);
const good = messageTo(stranger, 'to nobody', alice.keys);
const {message, ...empty} = good;
for (const [error, envelope] of [
  ['SOCKET_NOT_REGISTERED', {...empty, from: 'no key', type: 'OTHER'}],
  ['MISMATCHED_SOCKET_PUBLIC_KEY', {...empty, from: bob.key, type: 'OTHER'}],
  ['MISSING_CONTENT_FIELD', {...empty, type: 'OTHER'}],
  ['MISSING_TYPE_MESSAGE', {...good, type: 'OTHER'}],
  ['RECIPIENT_NOT_AVAILABLE', good],
]) {
  await check(`the router's checks in their order: ${error}`, async () => {
    alice.say(envelope);
    expectSame('the answer', await alice.socket.nextObject(), {...envelope, error});
  });
}

await check('a key that nobody has registered is as good as that of another', async () => {
  // The page's router says SOCKET_NOT_REGISTERED, and so tells who is there.
  const envelope = {...good, from: stranger};
  alice.say(envelope);
  expectSame('the answer', await alice.socket.nextObject(),
             {...envelope, error: 'MISMATCHED_SOCKET_PUBLIC_KEY'});
});

// The same key twice.

await check('the same key again takes the place of the first', async () => {
  const first = await Client.registered(url), second = await Client.registered(url, first.keys);
  await first.socket.expectFrame('{"error":"SOCKET_ALREADY_REGISTERED"}');
  await first.socket.expectEnd();
  const envelope = alice.sayTo(second.key, 'to the second');
  await second.expectHears(alice.key, 'to the second');
  await alice.expectDelivered(envelope);
  second.socket.close();
});

await check('or is refused, and the first stays', async () => {
  const refusing = await OurServer.start('--refuse-duplicates');
  const first = await Client.registered(refusing.compat);
  const second = await Client.registered(refusing.compat, first.keys);
  await second.socket.expectFrame('{"error":"SOCKET_ALREADY_REGISTERED"}');
  await second.socket.expectEnd();
  const other = await Client.registered(refusing.compat);
  const envelope = other.sayTo(first.key, 'to the first');
  await first.expectHears(other.key, 'to the first');
  await other.expectDelivered(envelope);
  await refusing.stop();
});

await check('who has gone is not available, and may come again', async () => {
  const first = await Client.registered(url);
  first.socket.close();
  await first.socket.expectEnd();
  const second = await Client.registered(url, first.keys);
  const envelope = alice.sayTo(second.key, 'welcome back');
  await second.expectHears(alice.key, 'welcome back');
  await alice.expectDelivered(envelope);
  second.socket.close();
});

// And with our client there.

await check('with our client: messages both ways', async () => {
  const carol = await OurClient.registered(url, '--compat', '--stay', '--to', alice.key);
  for (const text of ['Hello, Alice!', 'Grüße, \u{1F91D} "quoted" \\', 'k'.repeat(60_000)]) {
    carol.say(text);
    await alice.expectHears(carol.key, {text});
    await carol.expectLine('* delivered');
    const envelope = alice.sayTo(carol.key, {text: `I have heard: ${text}`});
    await carol.expectLine(`${alice.key}: I have heard: ${text}`);
    await alice.expectDelivered(envelope);
  }
  alice.sayTo(carol.key, [1, {two: null}], encodePadded);
  await carol.expectLine(`${alice.key}: [1,{"two":null}]`);
  expect('the answer', (await alice.socket.nextObject()).type, 'MESSAGE_DELIVERED');
  await carol.stop();
});

await check('with our client: what is said last is said, also in a line without an end', async () => {
  const carol = await OurClient.start(url, '--compat', '--to', alice.key);
  carol.type('goodbye');
  carol.closeInput();
  await carol.expectLine('* registered');
  await alice.expectHears(carol.key, {text: 'goodbye'});
  await carol.expectLine('* delivered');
  expect('the exit code', await carol.ended(), 0);
});

await check('with our client: who has nothing to say is registered all the same', async () => {
  const carol = await OurClient.start(url, '--compat');
  carol.closeInput();
  await carol.expectLine('* registered');
  expect('the exit code', await carol.ended(), 0);
});

await check('with our client: a box that does not open is refused', async () => {
  const carol = await OurClient.registered(url, '--compat', '--stay');
  const envelope = messageTo(carol.key, {text: 'changed'}, alice.keys);
  const box = decode(envelope.message);
  box[20] ^= 1;
  alice.say({...envelope, message: encode(box)});
  expect('the answer', (await alice.socket.nextObject()).type, 'MESSAGE_DELIVERED');
  await carol.expectLine('* refused: not_authentic');
  alice.say(envelope);
  await carol.expectLine(`${alice.key}: changed`);
  expect('the answer', (await alice.socket.nextObject()).type, 'MESSAGE_DELIVERED');
  await carol.stop();
});

await check('with our client: it takes the place of a client on Node with its key', async () => {
  const keyFile = freshKeyFile();
  const first = await OurClient.registered(url, '--compat', '--stay', '--key-file', keyFile);
  const second = await OurClient.registered(url, '--compat', '--stay', '--key-file', keyFile);
  await first.expectLine('* another connection has this key, and stays');
  await first.ended();
  await second.stop();
});

await check('and those who were there from the beginning still are', async () => {
  const envelope = bob.sayTo(alice.key, 'the last word');
  await alice.expectHears(bob.key, 'the last word');
  await bob.expectDelivered(envelope);
});

await server.stop();
done();
