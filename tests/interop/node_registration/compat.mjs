// registration, compat, on TweetNaCl: written from the protocol's page, and sharing nothing with
// the C++ side.

import {createRequire} from 'node:module';

import {expect} from './checks.mjs';
import {Socket} from './socket.mjs';

export const nacl = createRequire(import.meta.url)('tweetnacl');

const bytesOf = text => new Uint8Array(Buffer.from(text, 'utf8'));
const textOf = bytes => new TextDecoder('utf-8', {fatal: true}).decode(bytes);

/** Base64url without padding. */
export const encode = bytes => Buffer.from(bytes).toString('base64url');
/** The other spelling, that a decoder also takes: padded, and with + and /. */
export const encodePadded = bytes => Buffer.from(bytes).toString('base64');
export function decode(text) {
  expect('base64', /^[A-Za-z0-9+/_-]*={0,2}$/.test(text), true);
  return new Uint8Array(Buffer.from(text, 'base64'));
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The four spellings of a key: the last of its 43 characters has 2 bits that no byte has. */
export function spellingsOf(key) {
  const last = alphabet.indexOf(key[42]) & ~3;
  return [0, 1, 2, 3].map(bits => key.slice(0, 42) + alphabet[last + bits]);
}

/** X25519; as nacl.box.keyPair() makes it. */
export function keysOfSeed(seed) {
  const secretKey = bytesOf(seed.padEnd(32, '0').slice(0, 32));
  return nacl.box.keyPair.fromSecretKey(secretKey);
}

export const sharedKey = (keys, other) => nacl.box.before(decode(other), keys.secretKey);
export const sealText = (text, nonce, key) => nacl.secretbox(bytesOf(text), nonce, key);
export function openText(box, nonce, key) {
  const bytes = nacl.secretbox.open(box, nonce, key);
  if (bytes === null) throw new Error('the box does not open');
  return textOf(bytes);
}
export const freshNonce = () => nacl.randomBytes(nacl.box.nonceLength);

/** What a client says to a challenge; `spell` is the base64 that it writes. */
export function responseTo(challenge, keys, spell = encode) {
  const nonce = decode(challenge.nonce);
  const box = sealText(challenge.challengeText, nonce, sharedKey(keys, challenge.from));
  return {
    type: 'CHALLENGE_RESPONSE',
    from: spell(keys.publicKey),
    to: spell(decode(challenge.from)),
    nonce: spell(nonce),
    message: spell(box),
  };
}
export function messageTo(to, value, keys, spell = encode) {
  const nonce = freshNonce();
  const box = sealText(JSON.stringify(value), nonce, sharedKey(keys, to));
  return {
    type: 'MESSAGE',
    from: spell(keys.publicKey),
    to: spell(decode(to)),
    nonce: spell(nonce),
    message: spell(box),
  };
}
export function openMessage(envelope, keys) {
  expect('the type', envelope.type, 'MESSAGE');
  const key = sharedKey(keys, envelope.from);
  return JSON.parse(openText(decode(envelope.message), decode(envelope.nonce), key));
}

/** A client of either side's server. */
export class Client {
  static async challenged(url, keys = nacl.box.keyPair()) {
    const client = new Client();
    client.keys = keys;
    client.key = encode(keys.publicKey);
    client.socket = await Socket.dial(url);
    client.challenge = await client.socket.nextObject();
    return client;
  }
  static async registered(url, keys, spell) {
    const client = await Client.challenged(url, keys);
    client.say(responseTo(client.challenge, client.keys, spell));
    await client.socket.expectFrame('{"type":"REGISTER_SUCCESS"}');
    return client;
  }

  /** Sends an object, as compact JSON; the text. */
  say(object) {
    const text = JSON.stringify(object);
    this.socket.send(text);
    return text;
  }
  /** Sends a message; the text of its envelope. */
  sayTo(to, value, spell) {
    return this.say(messageTo(to, value, this.keys, spell));
  }
  /** The next message, opened, and who is said to have sent it. */
  async hears() {
    const envelope = await this.socket.nextObject();
    expect('to whom it is', encode(decode(envelope.to)), this.key);
    return {from: encode(decode(envelope.from)), value: openMessage(envelope, this.keys)};
  }
  async expectHears(from, value) {
    const heard = await this.hears();
    expect('who says it', heard.from, from);
    expect('what is said', JSON.stringify(heard.value), JSON.stringify(value));
  }
  /** The envelope `text` comes back as handed on. */
  async expectDelivered(text) {
    const delivered = {...JSON.parse(text), type: 'MESSAGE_DELIVERED'};
    await this.socket.expectFrame(JSON.stringify(delivered));
  }
}
