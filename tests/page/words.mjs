// The page's words for whatever can go wrong, in Chromium: its server is a script here, which says
// what no good one does. Time stands still unless a check lets it pass.

import path from 'node:path';
import {check, expect, expectEqual, hasFailed, inTime, patience, startServer} from './programs.mjs';
import {chromium_file, load, pages, server_file, tweetnacl} from './places.mjs';

const work = process.argv[2];
if (!chromium_file) {
  console.log('skipped the words of the page: no chromium here; tests/run --all installs it');
  process.exit(0);
}
const {chromium} = load('playwright-core');
const nacl = load('tweetnacl');
const encode = bytes => Buffer.from(bytes).toString('base64url');
const decode = text => new Uint8Array(Buffer.from(text, 'base64url'));

const server = await startServer(server_file, '--key-file', path.join(work, 'server.key'),
  '--pages', pages, '--tweetnacl', tweetnacl);
const browser = await chromium.launch({
  executablePath: chromium_file,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});

const keys = nacl.box.keyPair();  // the server's
const challenge = () => ({type: 'CHALLENGE', from: encode(keys.publicKey),
  nonce: encode(nacl.randomBytes(24)), challengeText: 'Welcome!'});
const success = {type: 'REGISTER_SUCCESS'};

/** What comes, one by one, to whoever waits for it. */
class Queue {
  #items = [];
  #taker;

  push(item) {
    this.#items.push(item);
    this.#hand();
  }
  get size() {
    return this.#items.length;
  }
  /** The next; an error with these words where it takes too long. */
  next(words) {
    const item = new Promise(resolve => this.#taker = resolve);
    this.#hand();
    return inTime(item, () => words);
  }
  #hand() {
    if (!this.#taker || this.#items.length === 0) return;
    this.#taker(this.#items.shift());
    this.#taker = undefined;
  }
}

/** The server's side of one connection of the page. */
class Connection {
  frames = new Queue();

  constructor(route) {
    this.route = route;
    route.onMessage(text => this.frames.push(JSON.parse(text)));
  }
  say(object) {
    this.route.send(typeof object === 'string' ? object : JSON.stringify(object));
  }
  close() {
    return this.route.close();
  }
  /** What the page says next. */
  next() {
    return this.frames.next('the page says nothing');
  }
  async register() {
    this.say(challenge());
    const {type, from} = await this.next();
    expectEqual(type, 'CHALLENGE_RESPONSE', 'what the page says');
    this.say(success);
    this.page_key = from;
  }
  /** A message of whoever has `from`. */
  sayFrom(from, value) {
    const nonce = nacl.randomBytes(24), plain = new Uint8Array(Buffer.from(JSON.stringify(value)));
    const message = encode(nacl.box(plain, nonce, decode(this.page_key), from.secretKey));
    this.say({type: 'MESSAGE', from: encode(from.publicKey), to: this.page_key,
      nonce: encode(nonce), message});
  }
}

/** The page, in a browser of its own; `prepare` is given that before there is a page in it. */
class Visit {
  static async to(where = '/', prepare = async () => {}, options = {}) {
    const visit = new Visit();
    visit.connections = new Queue();
    visit.browser = await browser.newContext(options);
    visit.browser.setDefaultTimeout(patience);
    visit.page = await visit.browser.newPage();
    await visit.page.clock.install({time: 0});
    await visit.page.clock.pauseAt(1000);
    await visit.page.routeWebSocket(/\/router\/compat$/, route =>
      visit.connections.push(new Connection(route)));
    await prepare(visit);
    await visit.page.goto(server.url + where);
    return visit;
  }
  /** A page that is registered. */
  static async registered(where, prepare) {
    const visit = await Visit.to(where, prepare);
    visit.server = await visit.connection();
    await visit.server.register();
    await visit.sees('#state', 'Connected');
    return visit;
  }
  /** The next connection that the page opens. */
  connection() {
    return this.connections.next('the page does not connect');
  }
  find(selector, text) {
    return this.page.locator(selector, text === undefined ? {} : {hasText: text});
  }
  async sees(selector, text) {
    try {
      await this.find(selector, text).last().waitFor();
    } catch (error) {
      throw new Error(`${selector} ${text ?? ''} is not seen: ${error.message}\n` +
        `but:\n${await this.page.locator('body').innerText()}`);
    }
  }
  async says(words) {
    await this.sees('#state-words', words);
    expectEqual(await this.find('#state-words').innerText(), words, 'what the page says');
  }
  async passes(milliseconds) {
    await this.page.clock.runFor(milliseconds);
  }
  async write(text) {
    await this.find('#text').fill(text);
    await this.find('#text').press('Enter');
  }
  /** What is said to have become of our message with this text. */
  async fate(text, words) {
    await this.sees(`#messages li.ours:has(.text:text-is("${text}")) .fate`, words);
  }
  async end() {
    await this.browser.close();
  }
}
const contact = nacl.box.keyPair(), contact_key = encode(contact.publicKey);

// Before it runs.

const parts = ['nacl.js', 'page.js', 'client.js', 'picture.js', 'store.js'];
for (const part of parts)
  await check(`words: without ${part} the page says that a part of it has not come`, async () => {
    const visit = await Visit.to('/', ({page}) =>
      page.route(`**/${part}`, route => route.fulfill({status: 404})));
    await visit.passes(3_600_000);
    await visit.says('Loading … If this stays, a part of the page has not come: load it again.');
    await visit.end();
  });
await check('words: without JavaScript the page says that it needs it', async () => {
  const visit = await Visit.to('/', () => {}, {javaScriptEnabled: false});
  const seen = await visit.find('body').innerText();
  expect(seen.includes('This page needs JavaScript: messages are sealed'), seen);
  expect(!seen.includes('Loading'), seen);
  await visit.end();
});

// Registration.

const soon = ' Trying again in a moment.';
for (const [name, words, reach] of [
  ['does not answer', 'The server does not answer.', async () => {}],
  ['says nothing after the response', 'The server does not say whether we are registered.',
    async connection => {
      connection.say(challenge());
      await connection.next();
    }],
])
  await check(`words: a server that ${name} is given up after ten seconds`, async () => {
    const visit = await Visit.to();
    await reach(await visit.connection());
    await visit.passes(9_999);
    await visit.says('Connecting …');
    await visit.passes(1);
    await visit.says(words + soon);
    await visit.end();
  });

const failure = (name, words) => ({type: 'REGISTER_FAILURE', [name]: words});
const unanswerable = 'The server has asked something that we cannot answer.';
for (const [name, frame, words] of [
  ['does not accept our answer', failure('error', 'Registration failed: Invalid ciphertext'),
    'The server does not accept our answer.'],
  ['has heard no answer', failure('error', 'Registration timed out'),
    'The server has heard no answer in time.'],
  ['refuses us in words of its own', failure('error', 'not <b>today</b>'),
    'The server refuses us: not <b>today</b>'],
  ['refuses us in the document\'s words', failure('reason', 'Registration timed out'),
    'The server has heard no answer in time.'],
  ['challenges with a key that is none', {...challenge(), from: 'none'}, unanswerable],
  ['challenges with a key that is nobody\'s', {...challenge(), from: 'A'.repeat(43)}, unanswerable],
  ['challenges with a nonce that is none', {...challenge(), nonce: '?'}, unanswerable],
  ['challenges without a key', {type: 'CHALLENGE'}, unanswerable],
])
  await check(`words: a server that ${name} is told of`, async () => {
    const visit = await Visit.to();
    (await visit.connection()).say(frame);
    await visit.says(words + soon);
    expectEqual(await visit.find('#state b').count(), 0, 'markup in the words');
    await visit.end();
  });
await check('words: a server that says what is no message is told of, and may go on', async () => {
  const visit = await Visit.to();
  visit.server = await visit.connection();
  visit.server.say('no JSON');
  await visit.sees('#trouble', 'The server has sent something that is no message.');
  await visit.find('#trouble button').click();
  expect(await visit.find('#trouble').isHidden(), 'it cannot be put away');
  await visit.server.register();
  await visit.says('Connected');
  await visit.end();
});
await check('words: a key that is taken is told of, and not tried again by itself', async () => {
  const visit = await Visit.to();
  const connection = await visit.connection();
  connection.say(challenge());
  await connection.next();
  connection.say(success);
  connection.say({error: 'SOCKET_ALREADY_REGISTERED'});
  const words = 'This key is in use in another tab or program.';
  await visit.sees('#elsewhere', `${words} There can be only one: the other would have to go.`);
  await visit.says(words);
  await visit.passes(3_600_000);
  expectEqual(visit.connections.size, 0, 'connections');
  await visit.end();
});

await check('words: it tries again ever later, after half a minute at most, and at once if asked',
  async () => {
    const visit = await Visit.to();
    const gone = 'The connection to the server is gone. Trying again in ';
    for (const [seconds, words] of [[0.5, 'a moment'], [1, '1 s'], [2, '2 s'], [4, '4 s'], [8, '8 s'],
      [16, '16 s'], [30, '30 s'], [30, '30 s']]) {
      await (await visit.connection()).close();
      await visit.says(`${gone}${words}.`);
      await visit.passes(seconds * 1000 - 1);
      expectEqual(visit.connections.size, 0, `connections before ${words}`);
      await visit.passes(1);
    }
    await (await visit.connection()).close();
    await visit.says(`${gone}30 s.`);
    await visit.find('#now').click();
    await visit.says('Connecting …');
    visit.server = await visit.connection();
    await visit.server.register();
    await visit.says('Connected');
    // A connection that has lasted begins the count anew, one that has not does not.
    await visit.passes(10_000);
    await visit.server.close();
    await visit.says(`${gone}30 s.`);
    await visit.find('#now').click();
    visit.server = await visit.connection();
    await visit.server.register();
    await visit.says('Connected');
    await visit.passes(10_001);
    await visit.server.close();
    await visit.says(`${gone}a moment.`);
    await visit.end();
  });

// Delivery.

await check('words: what becomes of a message is told by its words', async () => {
  const visit = await Visit.registered('/' + contact_key);
  await visit.write('on its way');
  await visit.fate('on its way', 'sending …');
  const sent = await visit.server.next();
  visit.server.say({...sent, type: 'MESSAGE_DELIVERED'});
  await visit.fate('on its way', '✓ delivered');
  for (const [error, words] of [
    ['RECIPIENT_NOT_AVAILABLE', 'nobody is connected with this key now'],
    ['SOCKET_NOT_REGISTERED', 'the server does not know us yet'],
    ['MISMATCHED_SOCKET_PUBLIC_KEY', 'the server knows us by another key'],
    ['MISSING_CONTENT_FIELD', 'the server misses a part of it'],
    ['MISSING_TYPE_MESSAGE', 'the server did not take it for a message'],
    ['SOMETHING_NEW', 'the server says: SOMETHING_NEW'],
  ]) {
    await visit.write(error);
    visit.server.say({...await visit.server.next(), error});
    await visit.fate(error, `not delivered: ${words}`);
  }
  await visit.find('#messages li.ours', 'SOMETHING_NEW').locator('button', {hasText: 'Send again'})
    .click();
  visit.server.say({...await visit.server.next(), type: 'MESSAGE_DELIVERED'});
  await visit.fate('SOMETHING_NEW', '✓ delivered');
  await visit.end();
});
const lost = 'not delivered: the connection was lost, it may have arrived';
await check('words: what was on its way when the connection was lost may have arrived', async () => {
  const visit = await Visit.registered('/' + contact_key);
  await visit.write('before the end');
  await visit.server.next();
  await visit.server.close();
  await visit.fate('before the end', lost);
  await visit.write('after the end');
  await visit.fate('after the end', 'waits for the connection');
  await visit.passes(500);
  visit.server = await visit.connection();
  await visit.server.register();
  visit.server.say({...await visit.server.next(), type: 'MESSAGE_DELIVERED'});
  await visit.fate('after the end', '✓ delivered');
  await visit.fate('before the end', lost);
  expectEqual(visit.server.frames.size, 0, 'what else was sent');
  await visit.end();
});
await check('words: what was on its way when the page was closed may have arrived', async () => {
  const visit = await Visit.registered('/' + contact_key);
  await visit.write('the last word');
  await visit.server.next();
  await visit.page.reload();
  await visit.fate('the last word', lost);
  await visit.end();
});
await check('words: a text that is too long is not sent, and told to be', async () => {
  const visit = await Visit.registered('/' + contact_key);
  const type = text => visit.page.evaluate(typed => {
    document.getElementById('text').value = typed;  // past what a person can type
    document.getElementById('write').requestSubmit();
  }, text);
  const around = '{"text":""}'.length;
  await type('x'.repeat(65_536 - around));
  expectEqual((await visit.server.next()).message.length, Math.ceil((65_536 + 16) / 3 * 4),
    'what is sent');
  await type('y'.repeat(65_536 - around + 1));
  await visit.sees('#messages .fate', 'not delivered: it is too long');
  await visit.end();
});
await check('words: a contact who is nobody cannot be written to', async () => {
  const nobody = 'A'.repeat(43);
  const visit = await Visit.registered('/', ({page}) => page.addInitScript(key => {
    const kept = [[key, {name: 'Nobody', known: true, messages: []}]];
    localStorage.setItem('handfast.contacts', JSON.stringify(kept));
  }, nobody));
  await visit.find(`#contacts button[data-key="${nobody}"]`).click();
  await visit.write('who are you?');
  await visit.fate('who are you?', 'not delivered: it could not be sealed');
  await visit.end();
});
await check('words: strangers beyond fifty are left out, and contacts are not', async () => {
  const visit = await Visit.registered('/' + contact_key);
  for (let i = 0; i < 50; ++i) visit.server.sayFrom(nacl.box.keyPair(), {text: `stranger ${i}`});
  await visit.sees('#contacts .last', 'stranger 49');
  expect(await visit.find('#trouble').isHidden(), 'there is trouble');
  visit.server.sayFrom(nacl.box.keyPair(), {text: 'one more'});
  await visit.sees('#trouble', 'Too many strangers have written to you: a message was left out.');
  expectEqual(await visit.find('#contacts li').count(), 51, 'the contacts');
  visit.server.sayFrom(contact, {text: 'from the contact'});
  await visit.sees('#messages .text', 'from the contact');
  await visit.end();
});
await check('words: of a contact\'s messages the last two hundred are kept', async () => {
  const visit = await Visit.registered('/' + contact_key);
  for (let i = 1; i <= 201; ++i) visit.server.sayFrom(contact, {text: `message ${i}.`});
  await visit.sees('#messages .text', 'message 201.');
  const texts = await visit.find('#messages .text').allTextContents();
  expectEqual(texts.length, 200, 'the messages');
  expectEqual(texts[0], 'message 2.', 'the first of them');
  await visit.page.reload();
  await visit.sees('#messages .text', 'message 201.');
  expectEqual(await visit.find('#messages li').count(), 200, 'the messages after a reload');
  await visit.end();
});
// What the browser refuses.

/** Has the browser keep nothing under the names that have `name` in them. */
const keepNone = name => ({page}) => page.addInitScript(refused => {
  const {setItem} = Storage.prototype;
  Storage.prototype.setItem = function (at, text) {
    if (at.includes(refused)) throw new DOMException('full', 'QuotaExceededError');
    return setItem.call(this, at, text);
  };
}, name);
await check('words: a browser that keeps nothing is told of', async () => {
  const visit = await Visit.registered('/', keepNone(''));
  await visit.sees('#trouble',
    'This browser keeps nothing: your key and messages are gone when the page is closed.');
  await visit.find('#trouble button').click();
  visit.server.sayFrom(contact, {text: 'nobody keeps this'});
  await visit.sees('#contacts .last', 'nobody keeps this');
  expect(await visit.find('#trouble').isHidden(), 'it is told again');
  await visit.end();
});
await check('words: a browser that has no room is told of', async () => {
  const visit = await Visit.registered('/', keepNone('contacts'));
  await visit.sees('#trouble',
    'There is no more room in this browser: what comes now is gone when the page is closed.');
  await visit.end();
});
await check('words: the link is copied, and where it cannot be it is selected', async () => {
  const visit = await Visit.registered('/', ({page}) => page.addInitScript(() => {
    globalThis.copied = [];
    globalThis.may_copy = true;
    const writeText = async text => {
      if (!may_copy) throw new DOMException('no', 'NotAllowedError');
      copied.push(text);
    };
    Object.defineProperty(navigator, 'clipboard', {value: {writeText}});
  }));
  const link = await visit.find('#own-link').getAttribute('href');
  await visit.find('#copy').click();
  await visit.sees('#copy', 'Copied');
  expectEqual(await visit.page.evaluate(() => copied.join()), link, 'what was copied');
  await visit.page.evaluate(() => may_copy = false);
  await visit.find('#copy').click();
  await visit.sees('#trouble',
    'This browser does not let the page copy: the link is selected, copy it yourself.');
  expectEqual(await visit.page.evaluate(() => String(getSelection())), link, 'what is selected');
  await visit.end();
});

expectEqual(await server.end('SIGTERM'), 0, 'the server\'s end');
await inTime(browser.close(), () => 'the browser does not end');
process.exit(hasFailed() ? 1 : 0);
