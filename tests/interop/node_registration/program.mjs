// Our programs, as somebody at a terminal has them: lines in, lines out.

import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';

import {start} from '../../support/started.mjs';
import {expect, Queue} from './checks.mjs';

const folder = mkdtempSync(join(tmpdir(), 'handfast-'));
let keyFiles = 0;
process.on('exit', () => rmSync(folder, {recursive: true}));

export const freshKeyFile = () => join(folder, `${++keyFiles}.key`);

class Program {
  #process;
  #lines = new Queue();
  #ended = new Queue();

  constructor(path, options) {
    const {program, exit} = start(path, options, 'inherit');
    this.#process = program;
    createInterface({input: program.stdout}).on('line', line => this.#lines.push(line));
    exit.then(code => {
      this.#lines.push(null);
      this.#ended.push(code);
    });
  }
  say(line) {
    this.#process.stdin.write(line + '\n');
  }
  /** What is typed, and no line yet. */
  type(text) {
    this.#process.stdin.write(text);
  }
  closeInput() {
    this.#process.stdin.end();
  }
  /** Its next line, null where it has ended. */
  line() {
    return this.#lines.next('a line');
  }
  /** `wanted`: the whole line, or a pattern in it. */
  async expectLine(wanted) {
    const line = await this.line();
    const matches = wanted instanceof RegExp && wanted.test(line ?? '');
    expect('the line', line, matches ? line : String(wanted));
  }
  /** Its next lines are these, in whatever order. */
  async expectLines(...wanted) {
    const lines = [];
    while (lines.length < wanted.length) lines.push(await this.line());
    expect('the lines', lines.sort().join('\n'), wanted.sort().join('\n'));
  }
  /** Waits until it has ended by itself; its exit code. */
  ended() {
    return this.#ended.next('the end of a program');
  }
  /** Has it end. */
  async stop() {
    this.#process.kill('SIGTERM');
    await this.ended();
  }
}

/** What `line` has behind `prefix`. */
function behind(prefix, line) {
  expect('the beginning of the line', line?.slice(0, prefix.length), prefix);
  return line.slice(prefix.length);
}

export class OurServer extends Program {
  /** One that listens; `key` is its public key as it says it. */
  static async start(...options) {
    const server = new OurServer(process.env.SERVER_PROGRAM,
                                 ['--port', '0', '--key-file', freshKeyFile(), ...options]);
    server.key = behind('key ', await server.line());
    server.host = behind('listening on http://', await server.line());
    server.compat = `ws://${server.host}/router/compat`;
    server.hardened = `ws://${server.host}/router`;
    return server;
  }
}

export class OurClient extends Program {
  /** One that dials; `key` is its public key as it says it. */
  static async start(url, ...options) {
    if (!options.includes('--key-file')) options.push('--key-file', freshKeyFile());
    const client = new OurClient(process.env.CLIENT_PROGRAM, ['--url', url, ...options]);
    client.key = behind('key ', await client.line());
    return client;
  }
  static async registered(url, ...options) {
    const client = await OurClient.start(url, ...options);
    await client.expectLine('* registered');
    return client;
  }
}
