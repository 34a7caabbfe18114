// Programs that the checks start, what they print, and connections that can be cut.

import net from 'node:net';

import {start} from '../support/started.mjs';

export const patience = 30_000;  // milliseconds, for whatever must happen
let failures = 0;
export const hasFailed = () => failures > 0;

/** Runs `body` and prints how it ended. */
export async function check(name, body) {
  try {
    await body();
    console.log(`ok ${name}`);
  } catch (error) {
    ++failures;
    console.log(`FAILED ${name}\n${error.stack ?? error}`);
  }
}
export function expect(is_so, words) {
  if (!is_so) throw new Error(words);
}
export function expectEqual(is, should_be, what) {
  expect(is === should_be,
    `${what}: it is ${JSON.stringify(is)}, not ${JSON.stringify(should_be)}`);
}
/** The promise's result; an error with these words where it takes too long. */
export async function inTime(promise, words) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`too late: ${words()}`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A program with its standard input and what it prints. */
export class Program {
  constructor(file, ...words) {
    this.name = file.split('/').at(-1);
    this.text = '';
    this.read_size = 0;  // of `text`, by line()
    this.waiting = () => {};
    ({program: this.process, exit: this.exit} = start(file, words, 'pipe'));
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.setEncoding('utf8').on('data', text => {
        this.text += text;
        this.waiting();
      });
  }

  say(line) {
    this.process.stdin.write(line + '\n');
  }
  /** The match of the next line that has `pattern` in it. */
  line(pattern) {
    const found = new Promise((resolve, reject) => {
      this.waiting = () => {
        for (let end; (end = this.text.indexOf('\n', this.read_size)) >= 0;) {
          const match = this.text.slice(this.read_size, end).match(pattern);
          this.read_size = end + 1;
          if (!match) continue;
          this.waiting = () => {};
          return resolve(match);
        }
      };
      this.exit.then(code => {
        this.waiting();
        reject(new Error(`${this.name} ended with ${code} and no ${pattern} in:\n${this.text}`));
      });
      this.waiting();
    });
    return inTime(found, () => `${this.name} does not say ${pattern}:\n${this.text}`);
  }
  /** Its exit code; ends it first where a signal is given. */
  end(signal) {
    if (signal) this.process.kill(signal);
    return inTime(this.exit, () => `${this.name} does not end:\n${this.text}`);
  }
}

/** Runs a program to its end; what it prints. */
export async function run(file, ...words) {
  const program = new Program(file, ...words);
  const code = await program.end();
  expect(code === 0, `${file} ended with ${code}:\n${program.text}`);
  return program.text;
}

/** A server, when it listens; `url` is where. */
export async function startServer(file, ...words) {
  const server = new Program(file, '--port', '0', ...words);
  [, server.url] = await server.line(/^listening on (https?:\/\/\S+)$/);
  server.port = Number(new URL(server.url).port);
  server.origin = server.url.replace(/^http/, 'ws');
  return server;
}
/** A client, when it is registered; `key` is its own. */
export async function startClient(file, ...words) {
  const client = new Program(file, '--stay', ...words);
  [, client.key] = await client.line(/^key (\S+)$/);
  await client.line(/^\* registered/);
  return client;
}

/** A port of its own that leads to a server's, and can be cut: who is on it is then cut off. */
export class Wire {
  static async to(port) {
    const wire = new Wire();
    wire.port = port;
    wire.sockets = new Set();
    wire.listener = net.createServer(socket => wire.join(socket));
    wire.listener.listen(0, '127.0.0.1');
    await new Promise(resolve => wire.listener.once('listening', resolve));
    wire.url = `http://127.0.0.1:${wire.listener.address().port}`;
    return wire;
  }
  cut() {
    this.port = undefined;
    for (const socket of this.sockets) socket.destroy();
  }
  mend(port) {
    this.port = port;
  }
  /** Waits until nobody is on it. */
  async isLeft() {
    const end = performance.now() + patience;
    while (this.sockets.size > 0) {
      expect(performance.now() < end, 'somebody stays');
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  }
  close() {
    this.cut();
    this.listener.close();
  }
  join(socket) {
    if (this.port === undefined) return void socket.destroy();
    const other = net.connect(this.port, '127.0.0.1');
    for (const [one, its_other] of [[socket, other], [other, socket]]) {
      this.sockets.add(one);
      one.pipe(its_other);
      one.on('error', () => {});  // its end is told by `close`
      one.on('close', () => {
        this.sockets.delete(one);
        its_other.destroy();
      });
    }
  }
}
