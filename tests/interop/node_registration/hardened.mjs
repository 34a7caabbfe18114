// registration, hardened: what client and server have in common, and the client. Written from the
// protocol's page and the layouts and labels of the headers, and sharing nothing with the C++ side.

import {expect} from './checks.mjs';
import {encode, nacl} from './compat.mjs';
import {
  agreements, bytes, decode, hkdf, hmac, number, open, seal, sha256, sized, verify, version,
} from './primitives.mjs';
import {Socket} from './socket.mjs';

const headerSize = 9; // bytes, of a record
export const fates = {1: 'forwarded', 2: 'not_available', 3: 'busy'};

/**
 * The transcript of a handshake, and what its keys are derived with; `pairs` are those that agree.
 * Public keys are bytes.
 */
export function schedule({client, server, clientNonce, serverNonce, text, audience}, ...pairs) {
  const transcript = sha256('handfast registration', version, client, server, clientNonce,
                            serverNonce, sized(text), sized(audience));
  const secret = agreements(...pairs);
  return {transcript, derive: label => hkdf(secret, transcript, `handfast registration v2 ${label}`)};
}

/** One side's frames once it is registered. */
export class Records {
  #sent = 0;
  #received = 0;

  constructor(sendKey, receiveKey) {
    this.sendKey = sendKey;
    this.receiveKey = receiveKey;
  }
  /** The next record. */
  seal(contents) {
    const header = bytes(version, number(++this.#sent));
    return bytes(header, seal(this.sendKey, this.#sent, header, contents));
  }
  open(record) {
    if (!Buffer.isBuffer(record)) throw new Error(`no record: ${record ?? 'it was closed'}`);
    expect('the version', record[0], version);
    const header = record.subarray(0, headerSize), counter = Number(header.readBigUInt64BE(1));
    expect('the counter', counter, this.#received + 1);
    const contents = open(this.receiveKey, counter, header, record.subarray(headerSize));
    this.#received = counter;
    return contents;
  }
}

export class HardenedClient {
  #lastId = 0;
  receipts = []; // that have come while something else was waited for

  /** `audience` is what the client has dialled. */
  static async challenged(url, keys = nacl.box.keyPair()) {
    const client = new HardenedClient();
    client.keys = keys;
    client.key = encode(keys.publicKey);
    client.ephemeral = nacl.box.keyPair();
    client.audience = new URL(url).host;
    client.socket = await Socket.dial(url);
    client.challengeFrame = await client.socket.next();
    client.challenge = JSON.parse(client.challengeFrame);
    return client;
  }
  static async registered(url, keys) {
    const client = await HardenedClient.challenged(url, keys);
    client.respond();
    expect('whether another one had to go', await client.succeeds(), false);
    return client;
  }

  /** Derives the keys, and what it would say. */
  response() {
    const {from, nonce, challengeText} = this.challenge;
    const server = decode(from), serverNonce = decode(nonce);
    const exchange = {
      client: this.keys.publicKey, server, clientNonce: this.ephemeral.publicKey, serverNonce,
      text: challengeText, audience: this.audience,
    };
    ({transcript: this.transcript, derive: this.derive} = schedule(
        exchange, [this.keys, server], [this.ephemeral, server], [this.keys, serverNonce],
        [this.ephemeral, serverNonce]));
    this.records = new Records(this.derive('client-to-server'), this.derive('server-to-client'));
    return {
      version,
      type: 'CHALLENGE_RESPONSE',
      from: this.key,
      to: from,
      nonce: encode(this.ephemeral.publicKey),
      audience: this.audience,
      proof: encode(hmac(this.derive('client proof'), this.transcript)),
    };
  }
  respond() {
    this.socket.send(JSON.stringify(this.response()));
  }
  /** The server proves that it has the keys too; whether another connection had to go. */
  async succeeds() {
    const frame = await this.socket.next();
    const {replaced, proof} = JSON.parse(frame);
    expect('the success', frame, `{"version":2,"type":"REGISTER_SUCCESS","replaced":${replaced},` +
           `"proof":"${proof}"}`);
    verify('the proof', decode(proof),
           hmac(this.derive('success proof'), this.transcript, replaced ? 1 : 0));
    return replaced;
  }
  async fails() {
    const frame = await this.socket.next();
    const {proof} = JSON.parse(frame);
    expect('the failure', frame, `{"version":2,"type":"REGISTER_FAILURE","proof":"${proof}"}`);
    verify('the proof', decode(proof), hmac(this.derive('failure proof'), this.transcript));
  }

  say(contents) {
    this.socket.send(this.records.seal(contents));
  }
  ping() {
    this.say(bytes(4));
  }
  /** Hands `payload` to `recipient`, a key as base64url; the id by which its receipt names it. */
  route(recipient, payload) {
    this.say(bytes(1, number(++this.#lastId), decode(recipient), payload));
    return this.#lastId;
  }
  /** What is in the next record. */
  async next() {
    const contents = this.records.open(await this.socket.next());
    const sender = encode(contents.subarray(1, 33));
    switch (contents[0]) {
      case 2: return {type: 'routed', sender, payload: contents.subarray(33)};
      case 3:
        expect('the size of a receipt', contents.length, 10);
        return {type: 'receipt', id: Number(contents.readBigUInt64BE(1)), fate: fates[contents[9]]};
      case 5: return {type: 'pong', size: contents.length};
      case 6: return {type: 'superseded', size: contents.length};
      default: throw new Error(`contents of type ${contents[0]}`);
    }
  }
  /** The next message; receipts that come before it are kept. */
  async nextRouted() {
    for (;;) {
      const one = await this.next();
      if (one.type === 'routed') return one;
      expect('what else may come', one.type, 'receipt');
      this.receipts.push(one);
    }
  }
}
