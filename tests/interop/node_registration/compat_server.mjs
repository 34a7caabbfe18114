// The server, as the deployed Node program is, except that its router routes and forgets who has
// gone. Written from the protocol's page.

import {once} from 'node:events';

import {decode, encode, freshNonce, nacl, openText, sharedKey} from './compat.mjs';
import {Socket, WebSocketServer} from './socket.mjs';

export class NodeServer {
  keys = nacl.box.keyPair();
  key = encode(this.keys.publicKey);
  spell = encode; // the base64 that it writes
  challengeText = `Simpatico Welcomes You! ${new Date()}`;
  timeout = 10_000; // milliseconds
  answers = null; // what is said to the next message instead of what became of it
  registered = new Map(); // key -> socket

  static async start() {
    const server = new NodeServer();
    server.listener = new WebSocketServer({host: '127.0.0.1', port: 0});
    await once(server.listener, 'listening');
    server.url = `ws://127.0.0.1:${server.listener.address().port}/`;
    return server;
  }
  /** Whoever connects next, who has heard nothing yet. */
  async connection() {
    const [socket] = await once(this.listener, 'connection');
    return new Socket(socket);
  }
  /** Registers whoever connects next, and carries its messages from then on. */
  async registerNext() {
    const socket = await this.connection();
    const key = await this.register(socket);
    this.carry(socket, key);
    return key;
  }
  stop() {
    for (const socket of this.listener.clients) socket.terminate();
    this.listener.close();
  }

  say(socket, object) {
    socket.send(JSON.stringify(object));
  }
  challenge(socket) {
    const nonce = freshNonce();
    this.say(socket, {
      type: 'CHALLENGE',
      from: this.spell(this.keys.publicKey),
      nonce: this.spell(nonce),
      challengeText: this.challengeText,
    });
    return nonce;
  }

  /** The key of who is on `socket`; throws what the deployed program says, and tells it. */
  async register(socket) {
    const nonce = this.challenge(socket);
    let frame;
    try {
      frame = await this.inTime(socket.next());
      if (frame === null) throw new Error('Connection closed during registration');
      const key = this.verified(JSON.parse(frame), nonce);
      this.say(socket, {type: 'REGISTER_SUCCESS'});
      if (this.registered.has(key)) {
        this.say(socket, {error: 'SOCKET_ALREADY_REGISTERED'});
        throw new Error('SOCKET_ALREADY_REGISTERED');
      }
      this.registered.set(key, socket);
      return key;
    } catch (error) {
      if (frame !== null && error.message !== 'SOCKET_ALREADY_REGISTERED')
        this.say(socket, {type: 'REGISTER_FAILURE', error: error.message});
      socket.close();
      throw error;
    }
  }
  async inTime(promise) {
    let timer;
    const over = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('Registration timed out')), this.timeout);
    });
    try {
      return await Promise.race([promise, over]);
    } finally {
      clearTimeout(timer);
    }
  }
  verified(response, nonce) {
    if (response.type !== 'CHALLENGE_RESPONSE')
      throw new Error(`Registration failed: Unexpected message type: ${response.type}`);
    try {
      const shared = sharedKey(this.keys, response.from);
      const text = openText(decode(response.message), decode(response.nonce), shared);
      const isRight = encode(decode(response.to)) === this.key &&
          encode(decode(response.nonce)) === encode(nonce) && text === this.challengeText;
      if (isRight) return encode(decode(response.from));
    } catch {
      // It is told the same of all of it.
    }
    throw new Error('Registration failed: Invalid ciphertext');
  }

  /** Carries the messages of `key` until its socket ends. */
  async carry(socket, key) {
    const next = () => socket.next(Infinity);
    for (let frame = await next(); frame !== null; frame = await next()) {
      const envelope = JSON.parse(frame);
      const answer = this.answers ?? this.errorOf(envelope, socket, key);
      this.answers = null;
      if (answer !== undefined) {
        this.say(socket, {...envelope, error: answer});
        continue;
      }
      this.registered.get(envelope.to).send(frame);
      this.say(socket, {...envelope, type: 'MESSAGE_DELIVERED'});
    }
    if (this.registered.get(key) === socket) this.registered.delete(key);
  }
  errorOf(envelope, socket, key) {
    if (this.registered.get(key) !== socket) return 'SOCKET_NOT_REGISTERED';
    if (envelope.from !== key) return 'MISMATCHED_SOCKET_PUBLIC_KEY';
    if (envelope.message === undefined) return 'MISSING_CONTENT_FIELD';
    if (envelope.type !== 'MESSAGE') return 'MISSING_TYPE_MESSAGE';
    if (!this.registered.has(envelope.to)) return 'RECIPIENT_NOT_AVAILABLE';
    return undefined;
  }
}
