// The known answers of the document, recomputed with what the peers are made of; the argument is
// their file.

import {readFileSync} from 'node:fs';

import {check, done, expect} from './checks.mjs';
import {
  decode, encode, keysOfSeed, nacl, openText, responseTo, sealText, sharedKey,
} from './compat.mjs';

const {registration} = JSON.parse(readFileSync(process.argv[3], 'utf8'));
const {pair2, ...first} = registration;
const keysOf = secret => nacl.box.keyPair.fromSecretKey(decode(secret));

for (const [name, pair] of [['the first keys', first], ['the second keys', pair2]]) {
  await check(`${name}, and what they share`, async () => {
    const client = keysOf(pair.client_sk), server = keysOf(pair.server_sk);
    expect("the client's key", encode(client.publicKey), pair.client_pk);
    expect("the server's key", encode(server.publicKey), pair.server_pk);
    const raw = nacl.scalarMult(client.secretKey, server.publicKey);
    expect('X25519', Buffer.from(raw).toString('hex'), pair.x25519_raw_hex);
    expect('box.before', encode(sharedKey(client, pair.server_pk)), pair.box_before);
    expect('box.before', encode(sharedKey(server, pair.client_pk)), pair.box_before);
  });
}

await check('the key of a seed', async () => {
  const keys = keysOfSeed('client-seed-123');
  expect('the private key', encode(keys.secretKey), pair2.client_sk);
  expect('the public key', encode(keys.publicKey), pair2.client_pk);
});

await check("the document's bug: a public key as a private one", async () => {
  const mistaken = nacl.box.before(decode(pair2.server_pk), decode(pair2.client_pk));
  expect('the value in the document', encode(mistaken), pair2.buggy_value_in_doc);
});

await check('the response to a challenge', async () => {
  const challenge = {
    type: 'CHALLENGE',
    from: first.server_pk,
    nonce: first.nonce,
    challengeText: first.challengeText,
  };
  expect('the response', JSON.stringify(responseTo(challenge, keysOf(first.client_sk))),
         `{"type":"CHALLENGE_RESPONSE","from":"${first.client_pk}","to":"${first.server_pk}",` +
         `"nonce":"${first.nonce}","message":"${first.challenge_response_message}"}`);
});

await check('a message, sealed and opened', async () => {
  const nonce = decode(first.nonce), sealed = first.message_message_same_nonce;
  const ours = sharedKey(keysOf(first.client_sk), first.server_pk);
  const theirs = sharedKey(keysOf(first.server_sk), first.client_pk);
  expect('the box', encode(sealText(first.message_json, nonce, ours)), sealed);
  expect('the text', openText(decode(sealed), nonce, theirs), first.message_json);
});

done();
