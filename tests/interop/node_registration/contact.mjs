// registration, hardened: client and client, in the messages that a server carries. Written from
// the protocol's page and the layouts and labels of the headers, and sharing nothing with the C++
// side.

import {randomBytes} from 'node:crypto';

import {expect} from './checks.mjs';
import {encode, nacl} from './compat.mjs';
import {
  agreements, bytes, decode, hkdf, hmac, number, open, seal, sha256, verify, version,
} from './primitives.mjs';

const label = text => `handfast registration peer v2${text}`;
const frameHeaderSize = 43; // bytes

/** Message keys, one after the other. */
class Chain {
  #key;
  count = 0;

  constructor(key) {
    this.#key = key;
  }
  next() {
    const key = hkdf(this.#key, label(' message key'), `message:${++this.count}`);
    this.#key = hkdf(this.#key, label(' chain step'), `step:${this.count}`);
    return key;
  }
}

/** One contact of a client's. What it is told to say goes through the client. */
export class Contact {
  constructor(client, key) {
    this.client = client;
    this.key = key;
    this.publicKey = decode(key);
    this.isSmaller = Buffer.compare(client.keys.publicKey, this.publicKey) < 0 ? 1 : 0;
    const shared = agreements([client.keys, this.publicKey]);
    this.helloKey = hkdf(shared, label(' static'), label(' hello'));
    this.newSessionKey = hkdf(shared, label(' static'), label(' new session'));
  }

  send(frame) {
    return this.client.route(this.key, frame);
  }
  #begin(hello, ack, isCaller, pairs) {
    const [caller, answerer] = isCaller ? [this.client.keys.publicKey, this.publicKey]
                                        : [this.publicKey, this.client.keys.publicKey];
    const transcript = sha256(label(''), caller, answerer, hello, ack);
    const secret = agreements(...pairs);
    const derive = text => hkdf(secret, transcript, label(text));
    const chains = [derive(' caller-to-answerer'), derive(' answerer-to-caller')];
    if (!isCaller) chains.reverse();
    const [sends, receives] = chains.map(key => new Chain(key));
    const session = {id: ack.subarray(2, 34), sends, receives};
    return {session, proof: hmac(derive(' confirmation'), transcript)};
  }

  /** Says HELLO. */
  call() {
    this.ephemeral = nacl.box.keyPair();
    this.half = randomBytes(16);
    const head = bytes(version, 17, this.half, this.ephemeral.publicKey);
    this.hello = bytes(head, hmac(this.helloKey, head, this.client.keys.publicKey, this.publicKey));
    return this.send(this.hello);
  }
  /** Takes HELLO_ACK, and shows with a frame that it has the keys. */
  takeAck(frame) {
    expect('the type of HELLO_ACK', frame[1], 18);
    expect('the size of HELLO_ACK', frame.length, 98);
    const head = frame.subarray(0, 66), theirs = head.subarray(34);
    expect('our half', encode(head.subarray(2, 18)), encode(this.half));
    const {session, proof} = this.#begin(this.hello, head, true, [
      [this.client.keys, this.publicKey], [this.ephemeral, this.publicKey],
      [this.client.keys, theirs], [this.ephemeral, theirs],
    ]);
    verify('the proof of HELLO_ACK', frame.subarray(66), proof);
    this.session = session;
    return this.acknowledge();
  }
  /** Answers HELLO. */
  answer(hello) {
    expect('the type of HELLO', hello[1], 17);
    expect('the size of HELLO', hello.length, 82);
    const head = hello.subarray(0, 50), theirs = head.subarray(18);
    verify('the proof of HELLO', hello.subarray(50),
           hmac(this.helloKey, head, this.publicKey, this.client.keys.publicKey));
    const ephemeral = nacl.box.keyPair();
    const ack = bytes(version, 18, head.subarray(2, 18), randomBytes(16), ephemeral.publicKey);
    const {session, proof} = this.#begin(hello, ack, false, [
      [this.client.keys, this.publicKey], [this.client.keys, theirs],
      [ephemeral, this.publicKey], [ephemeral, theirs],
    ]);
    this.session = session;
    return this.send(bytes(ack, proof));
  }
  /** Says that there is no session of that name. */
  denySession(id) {
    const head = bytes(version, 19, id);
    const proof = hmac(this.newSessionKey, head, this.client.keys.publicKey, this.publicKey);
    return this.send(bytes(head, proof));
  }

  takeNoSession(frame, id) {
    const head = bytes(version, 19, id);
    expect('NEW_SESSION', encode(frame.subarray(0, 34)), encode(head));
    verify('the proof of NEW_SESSION', frame.subarray(34),
           hmac(this.newSessionKey, head, this.publicKey, this.client.keys.publicKey));
  }

  /** The next frame; `acknowledged` is all that was opened, for here everything comes in order. */
  frame(type, payload = '') {
    const {id, sends, receives} = this.session, opened = receives.count;
    const key = sends.next();
    const head = bytes(version, 20, this.isSmaller);
    const ad = bytes(head, id, this.client.keys.publicKey, this.publicKey, number(sends.count));
    const bits = opened === 0 ? 0n : (1n << BigInt(Math.min(opened, 64))) - 1n;
    const none = Buffer.alloc(24); // of a session before this one
    const contents = bytes(type, number(opened), number(bits), none, payload);
    return bytes(head, id, number(sends.count), seal(key, sends.count, ad, contents));
  }
  say(payload) {
    return this.send(this.frame(21, payload));
  }
  acknowledge() {
    return this.send(this.frame(22));
  }
  /** What is in a frame of the session: the next one, or it does not open. */
  open(frame) {
    expect('the type of a frame', frame[1], 20);
    expect('whose frame it is', frame[2], 1 - this.isSmaller);
    expect('the session', encode(frame.subarray(3, 35)), encode(this.session.id));
    const counter = Number(frame.readBigUInt64BE(35));
    const key = this.session.receives.next();
    expect('the counter', counter, this.session.receives.count);
    const [from, to] = [this.publicKey, this.client.keys.publicKey];
    const ad = bytes(frame.subarray(0, 35), from, to, number(counter));
    const contents = open(key, counter, ad, frame.subarray(frameHeaderSize));
    return {
      type: {21: 'message', 22: 'ack'}[contents[0]],
      acknowledged: Number(contents.readBigUInt64BE(1)),
      opened: contents.readBigUInt64BE(9),
      payload: contents.subarray(41).toString(),
    };
  }
  /** The contact's next frame, as it came; HELLO may be said again. */
  async nextFrame() {
    for (;;) {
      const {sender, payload} = await this.client.nextRouted();
      expect('who sends it', sender, this.key);
      const isRepeated = payload[1] === 17 && this.lastHello?.equals(payload);
      if (payload[1] === 17) this.lastHello = payload;
      if (!isRepeated) return payload;
    }
  }
  async next() {
    return this.open(await this.nextFrame());
  }
  /** The contact's next message; what is only acknowledged before it may come or not. */
  async nextMessage() {
    for (;;) {
      const one = await this.next();
      if (one.type === 'message') return one;
    }
  }
}
