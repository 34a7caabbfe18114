// registration, hardened: the server. Written from the protocol's page and the layouts and labels of
// the headers, and sharing nothing with the C++ side.

import {once} from 'node:events';

import {expect, Queue} from './checks.mjs';
import {encode, nacl} from './compat.mjs';
import {fates, Records, schedule} from './hardened.mjs';
import {bytes, decode, hmac, number, verify, version} from './primitives.mjs';
import {Socket, WebSocketServer} from './socket.mjs';

const fateNumber = fate => Number(Object.keys(fates).find(number => fates[number] === fate));

/** The server's side of one connection. */
class Connection {
  constructor(server, socket) {
    this.server = server;
    this.socket = socket;
    this.ephemeral = nacl.box.keyPair();
  }

  challenge() {
    return {
      version,
      type: 'CHALLENGE',
      from: this.server.key,
      nonce: encode(this.ephemeral.publicKey),
      challengeText: this.server.challengeText,
    };
  }
  sayChallenge() {
    this.say(this.challenge());
  }
  say(object) {
    this.socket.send(JSON.stringify(object));
  }
  /** Takes the next frame for the response to the challenge: its client's key is proved. */
  async takeResponse() {
    const frame = await this.socket.next(), {from, nonce, audience, proof} = JSON.parse(frame);
    const response = {
      version, type: 'CHALLENGE_RESPONSE', from, to: this.server.key, nonce, audience, proof,
    };
    expect('the response', frame, JSON.stringify(response));
    expect('what the client dialled', audience, this.server.name);
    const {keys, challengeText: text} = this.server;
    const client = decode(from), clientNonce = decode(nonce);
    const exchange = {
      client, server: keys.publicKey, clientNonce, serverNonce: this.ephemeral.publicKey, text,
      audience,
    };
    ({transcript: this.transcript, derive: this.derive} = schedule(
        exchange, [keys, client], [keys, clientNonce], [this.ephemeral, client],
        [this.ephemeral, clientNonce]));
    verify('the proof', decode(proof), hmac(this.derive('client proof'), this.transcript));
    this.key = from;
    this.records = new Records(this.derive('server-to-client'), this.derive('client-to-server'));
  }
  success(replaced) {
    const proof = hmac(this.derive('success proof'), this.transcript, replaced ? 1 : 0);
    return {version, type: 'REGISTER_SUCCESS', replaced, proof: encode(proof)};
  }
  failure() {
    const proof = hmac(this.derive('failure proof'), this.transcript);
    return {version, type: 'REGISTER_FAILURE', proof: encode(proof)};
  }

  send(contents) {
    this.socket.send(this.records.seal(contents));
  }
  routed(sender, payload) {
    return bytes(2, decode(sender), payload);
  }
  receipt(id, fate) {
    return bytes(3, number(id), fateNumber(fate));
  }
  pong() {
    return bytes(5);
  }
  superseded() {
    return bytes(6);
  }
  /** What the client asks for next; null where it has gone. */
  async next() {
    const frame = await this.socket.next(Infinity);
    if (frame === null) return null;
    const contents = this.records.open(frame);
    if (contents[0] === 4) {
      expect('the size of a ping', contents.length, 1);
      return {type: 'ping'};
    }
    expect('the type', contents[0], 1);
    return {
      type: 'route',
      id: Number(contents.readBigUInt64BE(1)),
      recipient: encode(contents.subarray(9, 41)),
      payload: contents.subarray(41),
    };
  }
}

export class HardenedServer {
  keys = nacl.box.keyPair();
  key = encode(this.keys.publicKey);
  challengeText = 'Willkommen, здравствуй, こんにちは, \u{1F91D} "quoted" \\';
  registered = new Map(); // key -> connection
  pinged = new Queue(); // the keys of who has said so that it is there
  fate = null; // what is said of the next message instead of carrying it

  static async start() {
    const server = new HardenedServer();
    server.listener = new WebSocketServer({host: '127.0.0.1', port: 0});
    await once(server.listener, 'listening');
    server.name = `127.0.0.1:${server.listener.address().port}`;
    server.url = `ws://${server.name}/router`;
    return server;
  }
  stop() {
    for (const socket of this.listener.clients) socket.terminate();
    this.listener.close();
  }
  /** Whoever connects next, who has heard nothing yet. */
  async connection() {
    const [socket] = await once(this.listener, 'connection');
    return new Connection(this, new Socket(socket));
  }
  /** Whoever connects next, when its key is proved; it has not been told. */
  async proven() {
    const connection = await this.connection();
    connection.sayChallenge();
    await connection.takeResponse();
    return connection;
  }
  /** Registers whoever connects next in the place of whoever had its key. */
  async registerNext() {
    const connection = await this.proven();
    const last = this.registered.get(connection.key);
    this.registered.set(connection.key, connection);
    if (last) {
      last.send(last.superseded());
      last.socket.close();
    }
    connection.say(connection.success(last !== undefined));
    this.carry(connection);
    return connection;
  }
  /** Carries the messages of `connection` until it ends. */
  async carry(connection) {
    for (let one; (one = await connection.next()) !== null;) {
      if (one.type === 'ping') {
        this.pinged.push(connection.key);
        connection.send(connection.pong());
        continue;
      }
      const recipient = this.registered.get(one.recipient);
      const fate = this.fate ?? (recipient ? 'forwarded' : 'not_available');
      this.fate = null;
      if (fate === 'forwarded') recipient.send(recipient.routed(connection.key, one.payload));
      connection.send(connection.receipt(one.id, fate));
    }
    if (this.registered.get(connection.key) === connection) this.registered.delete(connection.key);
  }
}
