// A WebSocket whose frames are waited for one by one.

import {createRequire} from 'node:module';

import {expect, patience, Queue} from './checks.mjs';

// By require, which looks where NODE_PATH says.
export const {WebSocket, WebSocketServer} = createRequire(import.meta.url)('ws');

export class Socket {
  #socket;
  #frames = new Queue();
  #open = new Queue();
  #hasEnded = false;

  constructor(socket) {
    this.#socket = socket;
    socket.on('open', () => this.#open.push(null));
    socket.on('error', error => this.#open.push(error));
    socket.on('message', (data, isBinary) => this.#frames.push(isBinary ? data : data.toString()));
    socket.on('close', () => this.#frames.push(null));
  }
  static async dial(url) {
    const socket = new Socket(new WebSocket(url));
    const error = await socket.#open.next('a connection');
    if (error !== null) throw error;
    return socket;
  }

  /** A string goes as a text frame, bytes as a binary one. */
  send(frame) {
    this.#socket.send(frame);
  }
  close() {
    this.#socket.close();
  }
  /** The next frame: a string, or bytes. Null where the other side has closed it. */
  async next(limit = patience) {
    if (this.#hasEnded) return null;
    const frame = await this.#frames.next('a frame', limit);
    this.#hasEnded = frame === null;
    return frame;
  }
  async nextObject() {
    const frame = await this.next();
    if (typeof frame !== 'string') throw new Error(`no text: ${frame ?? 'it was closed'}`);
    return JSON.parse(frame);
  }
  async expectFrame(wanted) {
    expect('the frame', await this.next(), wanted);
  }
  async expectEnd() {
    await this.expectFrame(null);
  }
}
