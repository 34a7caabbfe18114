// A client of the document's protocol, as its deployed programs speak it (the profile `Compat`), on
// TweetNaCl. Knows nothing of the page.

const text_encoder = new TextEncoder();
const text_decoder = new TextDecoder('utf-8', {fatal: true});

/** Bytes as base64url without padding. */
export function encode(bytes) {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The bytes of base64url without padding in its one spelling; throws for anything else. */
export function decode(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Error('not base64url');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, character => character.charCodeAt(0));
  if (encode(bytes) !== text) throw new Error('not base64url in its one spelling');
  return bytes;
}

export const key_length = 43;        // characters of a key's 32 bytes
const value_size_max = 1 << 16;      // bytes of a message's JSON, as our other programs have it
const timeout = 10_000;              // milliseconds, for each step of the registration, as deployed
const stable_after = 10_000;         // milliseconds after which a connection has not failed
const nonces_max = 4096;             // that are remembered
const shared_max = 1024;             // keys that are kept

const taken = 'SOCKET_ALREADY_REGISTERED';
const registration_errors = new Map([
  ['Registration failed: Invalid ciphertext', 'The server does not accept our answer.'],
  ['Registration timed out', 'The server has heard no answer in time.'],
]);
const delivery_errors = new Map([
  ['RECIPIENT_NOT_AVAILABLE', 'nobody is connected with this key now'],
  ['SOCKET_NOT_REGISTERED', 'the server does not know us yet'],
  ['MISMATCHED_SOCKET_PUBLIC_KEY', 'the server knows us by another key'],
  ['MISSING_CONTENT_FIELD', 'the server misses a part of it'],
  ['MISSING_TYPE_MESSAGE', 'the server did not take it for a message'],
]);

/**
 * One key, connected again and again. Tells by events:
 *   state      detail: {name, why, seconds}    connecting | registered | waiting: tries again in so
 *                                              many seconds | elsewhere: another has the key
 *   message    detail: {from, value}           opened with that contact's key
 *   delivery   detail: {id, why}               of a message of ours; no `why`: it was handed over
 *   trouble    detail: {words}                 something came that could not be used
 */
export class Client extends EventTarget {
  /** `url` of the WebSocket; `keys` as nacl.box.keyPair() makes them. */
  constructor(url, keys) {
    super();
    this.url = url;
    this.keys = keys;
    this.key = encode(keys.publicKey);
    this.shared = new Map();  // contact's key -> nacl.box.before
    this.nonces = new Set();  // of what was sent and opened: none is opened again
    this.attempts = 0;
  }

  /** Connects, at once: where it waits for the next attempt, and where another has had the key. */
  connect() {
    clearTimeout(this.timer);
    const last = this.socket;
    this.registered = false;
    const socket = this.socket = new WebSocket(this.url);
    last?.close();
    socket.onmessage = event => socket === this.socket && this.receive(event.data);
    socket.onclose = () =>
      socket === this.socket && this.lost('The connection to the server is gone.');
    this.expect('The server does not answer.');
    this.tell('state', {name: 'connecting'});
  }

  /** Sends a JSON value to the contact with this key; its id, by which its delivery is told. */
  send(to, value) {
    if (!this.registered) throw new Error('not connected');
    const plain = text_encoder.encode(JSON.stringify(value));
    if (plain.length > value_size_max) throw new Error('too long');
    const nonce = nacl.randomBytes(nacl.box.nonceLength);
    const message = encode(nacl.secretbox(plain, nonce, this.sharedWith(to)));
    const id = encode(nonce);
    this.say({type: 'MESSAGE', from: this.key, to, nonce: id, message});
    this.remember(id);
    return id;
  }

  /** What is wrong with `text` as the key of a contact, in words; nothing where it is one. */
  faultOf(text) {
    if (!/^[A-Za-z0-9_-]*$/.test(text))
      return 'That is no key: a key has letters, digits, - and _ only.';
    if (text.length !== key_length)
      return `That is no key: a key has ${key_length} characters, this has ${text.length}.`;
    try {
      decode(text);
    } catch {
      return `That is no key: none ends with ${text.at(-1)} after what is before it.`;
    }
    if (text === this.key) return 'That is your own key.';
    try {
      this.sharedWith(text);
    } catch {
      return 'That key is nobody\'s: whoever carries a message to it could read it.';
    }
  }

  // What comes.

  receive(data) {
    let frame = null;
    try {
      frame = JSON.parse(data);
    } catch {
      // told below
    }
    if (frame === null || typeof frame !== 'object')
      return this.trouble('The server has sent something that is no message.');
    if (this.registered) return this.receiveRegistered(frame);
    if (frame.type === 'CHALLENGE') return this.answer(frame);
    if (frame.type === 'REGISTER_SUCCESS') return this.succeeded();
    this.refused(frame.error ?? frame.reason);
  }

  /** The challenge is the server's text, sealed under the key that we share with it. */
  answer({from, nonce, challengeText}) {
    try {
      const text = text_encoder.encode(challengeText);
      const message = encode(nacl.secretbox(text, decode(nonce), this.sharedWith(from)));
      this.say({type: 'CHALLENGE_RESPONSE', from: this.key, to: from, nonce, message});
    } catch {
      return this.fail('The server has asked something that we cannot answer.');
    }
    this.expect('The server does not say whether we are registered.');
  }

  succeeded() {
    clearTimeout(this.timer);
    this.registered = true;
    this.registered_at = performance.now();
    this.tell('state', {name: 'registered'});
  }

  receiveRegistered(frame) {
    if (frame.error === taken && frame.type === undefined) return this.refused(taken);
    // What is ours comes back with what became of it; from ourselves nothing else comes, and what
    // others say is no report.
    if (frame.from === this.key)
      return this.tell('delivery', {
        id: frame.nonce,
        why: frame.error === undefined ? undefined :
          delivery_errors.get(frame.error) ?? `the server says: ${frame.error}`,
      });
    if (frame.type !== 'MESSAGE') return this.trouble('The server has sent something unknown.');
    let value;
    try {
      const shared = this.sharedWith(frame.from);
      const plain = nacl.secretbox.open(decode(frame.message), decode(frame.nonce), shared);
      if (plain === null) throw new Error('not authentic');
      value = JSON.parse(text_decoder.decode(plain));
    } catch {
      return this.trouble(
        'A message could not be opened: it was changed on its way, or is not for us.');
    }
    // One key serves both ways and says nothing of when: the server can repeat what it has carried,
    // and give us back what we have said as if the other had.
    if (this.nonces.has(frame.nonce))
      return this.trouble('A message has come a second time, and was left out.');
    this.remember(frame.nonce);
    this.tell('message', {from: frame.from, value});
  }
  remember(nonce) {
    this.nonces.add(nonce);
    if (this.nonces.size > nonces_max) this.nonces.delete(this.nonces.values().next().value);
  }

  // What goes.

  say(frame) {
    this.socket.send(JSON.stringify(frame));
  }
  /** The key that we share with another; throws where that is none, or one that all can know. */
  sharedWith(key) {
    if (!this.shared.has(key)) {
      const other = decode(key);
      if (nacl.scalarMult(this.keys.secretKey, other).every(byte => byte === 0))
        throw new Error('a key of low order');
      if (this.shared.size >= shared_max) this.shared.clear();
      this.shared.set(key, nacl.box.before(other, this.keys.secretKey));
    }
    return this.shared.get(key);
  }
  expect(words) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fail(words), timeout);
  }

  // Ends.

  refused(error) {
    if (error !== taken)
      return this.fail(registration_errors.get(error) ?? `The server refuses us: ${error}`);
    this.leave();  // to try again would only take it from the other
    this.tell('state', {name: 'elsewhere', why: 'This key is in use in another tab or program.'});
  }
  fail(why) {
    this.lost(why);
  }
  /** Tries again: soon, then ever later, up to half a minute. */
  lost(why) {
    if (this.registered && performance.now() - this.registered_at > stable_after) this.attempts = 0;
    this.leave();
    const seconds = Math.min(30, 2 ** this.attempts++ / 2);
    this.timer = setTimeout(() => this.connect(), seconds * 1000);
    this.tell('state', {name: 'waiting', why, seconds});
  }
  leave() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = undefined;
    this.registered = false;
    socket?.close();
  }
  trouble(words) {
    this.tell('trouble', {words});
  }
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, {detail}));
  }
}
