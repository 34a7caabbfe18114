// The page, in Chromium: with itself, with the command-line client, and when things go wrong.

import fs from 'node:fs';
import path from 'node:path';
import {Wire, check, expect, expectEqual, hasFailed, inTime, patience, run, startClient,
  startServer} from './programs.mjs';
import {chromium_file, client_file, load, pages, screenshots, server_file, tweetnacl}
  from './places.mjs';

const work = process.argv[2];
if (!chromium_file) {
  console.log('skipped the page: no chromium here; tests/run --all installs it');
  process.exit(0);
}
const {chromium} = load('playwright-core');
const file = name => path.join(work, name);
fs.mkdirSync(screenshots, {recursive: true});

const served = ['--key-file', file('server.key'), '--pages', pages, '--tweetnacl', tweetnacl];
let server = await startServer(server_file, ...served);
const browser = await chromium.launch({
  executablePath: chromium_file,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});

// People. Each has a browser of their own, and a wire of their own to the server.

const complaints = [];  // of all pages
class Person {
  static async named(name, options = {}) {
    const person = new Person();
    person.name = name;
    person.frames = [];
    person.wire = await Wire.to(server.port);
    person.browser = await browser.newContext({viewport: {width: 1180, height: 760}, ...options});
    person.browser.setDefaultTimeout(patience);
    await person.arrive('/');
    person.key = (await person.page.locator('#own-link').getAttribute('href')).split('/').at(-1);
    return person;
  }
  /** Opens the page at this path, in a tab of its own. */
  async arrive(where) {
    await this.page?.close();
    this.page = await this.newTab(where);
  }
  async newTab(where) {
    const tab = await this.browser.newPage();
    tab.on('pageerror', error => complaints.push(`${this.name}: ${error.stack}`));
    tab.on('console', said => {
      // What Chromium itself says of a server that is away.
      const is_lost = /WebSocket connection to|net::ERR_/.test(said.text());
      if (said.type() !== 'error' || is_lost) return;
      complaints.push(`${this.name}: ${said.text()} ${said.location().url}`);
    });
    tab.on('websocket', socket => socket.on('framesent', ({payload}) => this.frames.push(payload)));
    await tab.goto(this.wire.url + where);
    return tab;
  }
  find(selector, text) {
    return this.page.locator(selector, text === undefined ? {} : {hasText: text});
  }
  /** Waits until the page has this element, with this text where one is given. */
  async sees(selector, text) {
    try {
      await this.find(selector, text).last().waitFor();
    } catch (error) {
      await this.keep(`failed-${this.name}`);
      throw new Error(`${this.name} does not see ${selector} ${text ?? ''}: ${error.message}\n` +
        `but:\n${await this.page.locator('body').innerText()}`);
    }
  }
  async isIn(state) {
    await this.sees(`#state[data-name=${state}]`);
  }
  async write(text) {
    await this.find('#text').fill(text);
    await this.find('#text').press('Enter');
  }
  /** Whether the message of ours with this text comes to this. */
  async fate(text, fate) {
    await this.sees(`#messages li.ours:has(.fate[data-fate=${fate}])`, text);
  }
  async open(key) {
    await this.find(`#contacts button[data-key="${key}"]`).click();
    await this.sees('#key', key);
  }
  /** Whether nothing that is shown is wider than the window. */
  async fits() {
    const beside = await this.page.evaluate(() => [...document.body.querySelectorAll('*')]
      .filter(node => !node.closest('.sound') && node.checkVisibility())
      .filter(node => node.getBoundingClientRect().right > outerWidth + 1)
      .map(node => `${node.localName}#${node.id}.${node.className}`));
    expectEqual(beside.join(' '), '', `beside the window of ${this.name}`);
  }
  async keep(name) {
    await this.page.screenshot({path: path.join(screenshots, `${name}.png`)});
  }
}
/** The client of the command line that the page can speak with. */
const startCompat = (name, url, ...words) =>
  startClient(client_file, '--compat', '--url', `${url}/router/compat`, '--key-file', file(name),
    ...words);

const alice = await Person.named('Alice'), bob = await Person.named('Bob');

await check('page: it makes a key, shows it in a link, and registers', async () => {
  for (const person of [alice, bob]) {
    expect(/^[A-Za-z0-9_-]{43}$/.test(person.key), person.key);
    await person.isIn('registered');
    await person.sees('#state', 'Connected');
    expect((await person.find('#own-link').innerText()).includes(person.key), 'it is not shown');
  }
  expect(alice.key !== bob.key, 'both have one key');
});
await check('page: a reload keeps the key', async () => {
  await alice.page.reload();
  await alice.isIn('registered');
  await alice.sees(`#own-link[href$="/${alice.key}"]`);
});
await check('page: a link opens the conversation with its key', async () => {
  await bob.arrive('/' + alice.key);
  await bob.sees('#conversation #key', alice.key);
  await bob.isIn('registered');
  const focus = await bob.page.evaluate(() => document.activeElement.id);
  expectEqual(focus, 'text', 'what has the focus');
});

await check('page to page: a message arrives, and its sender is told', async () => {
  await bob.write('Hello Alice, is this you?');
  await bob.fate('Hello Alice', 'delivered');
  await alice.sees('#contacts .unread', '1');
  expectEqual(await alice.page.title(), '(1) Messages by key', 'the title');
  await alice.open(bob.key);
  await alice.sees('#messages li:not(.ours) .text', 'Hello Alice, is this you?');
  expectEqual(await alice.find('#contacts .unread').count(), 0, 'the unread');
});
await check('page to page: and the answer, in the order of what was said', async () => {
  for (const text of ['It is.', 'Grüße aus 東京 🗼', 'Two\nlines'])
    await alice.write(text);
  await alice.fate('Two', 'delivered');
  await bob.sees('#messages .text', 'Two');
  expectEqual((await bob.find('#messages li:not(.ours) .text').allTextContents()).join('|'),
    'It is.|Grüße aus 東京 🗼|Two\nlines', 'what Bob reads');
});
await check('page: what leaves it is sealed', async () => {
  const frames = alice.frames.concat(bob.frames).map(text => JSON.parse(text));
  const messages = frames.filter(({type}) => type === 'MESSAGE');
  expect(messages.length === 4, `${messages.length} messages were sent`);
  for (const {from, to, nonce, message, ...rest} of messages) {
    expectEqual(JSON.stringify(rest), '{"type":"MESSAGE"}', 'what else is in a message');
    expectEqual([from, to, nonce].map(text => Buffer.from(text, 'base64url').length).join(),
      '32,32,24', 'the sizes of its fields');
    expect(!Buffer.from(message, 'base64url').includes('text'), 'a message that is not sealed');
  }
});

let cpp;
await check('client to page: a message from the command line opens in the page', async () => {
  cpp = await startCompat('cpp.key', server.origin, '--to', alice.key);
  cpp.say('Hello from C++, ünd grüße');
  await cpp.line(/^\* delivered$/);
  await alice.open(cpp.key);
  await alice.sees('#messages li:not(.ours) .text', 'Hello from C++, ünd grüße');
});
await check('page to client: and the answer on the command line', async () => {
  await alice.write('Hello from the page, 🌍');
  await alice.fate('Hello from the page', 'delivered');
  const [, text] = await cpp.line(new RegExp(`^${alice.key}: (.*)$`));
  expectEqual(text, 'Hello from the page, 🌍', 'what the client prints');
});
await check('page to client: the largest message that can be typed arrives whole', async () => {
  const text = '東'.repeat(10_000);
  await alice.write(text);
  const [, heard] = await cpp.line(new RegExp(`^${alice.key}: (東.*)$`));
  expect(heard === text, `${heard.length} characters`);
  await alice.fate('東', 'delivered');
});

await check('client to page: a message of 60 000 bytes arrives whole', async () => {
  const text = 'large '.repeat(10_000).trimEnd();
  cpp.say(text);
  await cpp.line(/^\* delivered$/);
  await alice.sees('#messages li:not(.ours) .text', 'large large');
  expect(await alice.find('#messages .text').last().textContent() === text, 'it is another');
});

await check('page: a contact has the name that it is given', async () => {
  await alice.open(bob.key);
  await alice.find('#name').fill('Bob <b>Marlin</b>');
  await alice.find('#name').press('Enter');
  await alice.sees('#contacts .name', 'Bob <b>Marlin</b>');
  expectEqual(await alice.find('#contacts b').count(), 0, 'markup in a name');
  expectEqual(await alice.find('#text').inputValue(), '', 'what the Enter has left');
});
await check('page: markup in a message stays text', async () => {
  const markup = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"' +
    '</script><a href="javascript:alert(1)">here</a>';
  await bob.write(markup);
  await bob.fate('<img', 'delivered');
  await alice.sees('#messages .text', '<img');
  expectEqual(await alice.find('#messages .text').last().textContent(), markup, 'the text');
  for (const person of [alice, bob]) {
    expectEqual(await person.find('#messages :is(img, script, a)').count(), 0, 'markup');
    expect(!(await person.page.title()).includes('taken'), 'a script has run');
  }
});

let carol;
await check('page: a message to nobody is an error in words, and can be sent again', async () => {
  carol = await Person.named('Carol');
  await carol.isIn('registered');
  await carol.page.close();
  await carol.wire.isLeft();
  await bob.find('#add-key').fill(`${bob.wire.url}/${carol.key}`);
  await bob.find('#add button').click();
  await bob.sees('#key', carol.key);
  await bob.write('Carol, are you there?');
  await bob.fate('Carol, are you there?', 'failed');
  await bob.sees('#messages .fate',
    'not delivered: nobody is connected with this key now');
  await bob.keep('nobody');
  carol.page = await carol.newTab('/');
  await carol.isIn('registered');
  await bob.find('#messages button', 'Send again').click();
  await bob.fate('Carol, are you there?', 'delivered');
  await carol.open(bob.key);
  await carol.sees('#messages .text', 'Carol, are you there?');
});

const canonical = 'A'.repeat(42);
const wrong = {
  'with 42 characters': [`/${canonical}`, 'a key has 43 characters, this has 42'],
  'in a spelling that no key has': [`/${'x'.repeat(42)}B`, 'That is no key: none ends with B'],
  'of a key that is nobody\'s': [`/${canonical}A`, 'That key is nobody\'s'],
  'of another such key': [`/AQ${'A'.repeat(41)}`, 'That key is nobody\'s'],
};
for (const [name, [where, words]] of Object.entries(wrong))
  await check(`page: a link ${name} is told to be wrong`, async () => {
    await carol.arrive(where);
    await carol.sees('#trouble', 'This link leads to nobody.');
    await carol.sees('#trouble', words);
    expect(await carol.find('#conversation').isHidden(), 'a conversation is open');
    await carol.isIn('registered');
  });
await check('page: one\'s own link is told to be that', async () => {
  await carol.arrive('/' + carol.key);
  await carol.sees('#trouble', 'This link is your own');
});
await check('page: what is pasted and is no key is told, and may be corrected', async () => {
  await carol.find('#add-key').fill('not a key!');
  await carol.find('#add button').click();
  await carol.sees('#add-error', 'That is no key: a key has letters, digits, - and _ only.');
  await carol.find('#add-key').fill(carol.key);
  await carol.find('#add button').click();
  await carol.sees('#add-error', 'That is your own key.');
  await carol.find('#add-key').fill(` ${alice.key} `);
  await carol.find('#add button').click();
  await carol.sees('#key', alice.key);
});

await check('page: when the server goes it says so, and what is written waits', async () => {
  for (const person of [alice, bob]) person.wire.cut();
  expectEqual(await server.end('SIGTERM'), 0, 'the server\'s end');
  for (const person of [alice, bob]) {
    await person.isIn('waiting');
    await person.sees('#state', 'The connection to the server is gone. Trying again in');
  }
  await bob.open(alice.key);
  await bob.write('Written while the server is away');
  await bob.fate('Written while the server is away', 'waiting');
  await bob.sees('#messages .fate', 'waits for the connection');
  await bob.keep('away');
});
await check('page: when the server comes back it says so, and what waited arrives', async () => {
  server = await startServer(server_file, ...served);
  alice.wire.mend(server.port);
  await alice.isIn('registered');
  for (const person of [bob, carol]) person.wire.mend(server.port);
  await bob.isIn('registered');
  await bob.sees('#state', 'Connected');
  await bob.fate('Written while the server is away', 'delivered');
  await alice.open(bob.key);
  await alice.sees('#messages .text', 'Written while the server is away');
});
await check('page: a connection that is cut comes back, and at once when asked to', async () => {
  alice.wire.cut();
  await alice.isIn('waiting');
  await alice.find('#now').click();
  await alice.isIn('waiting');
  alice.wire.mend(server.port);
  await alice.isIn('registered');
  await bob.write('Are you back?');
  await bob.fate('Are you back?', 'delivered');
  await alice.sees('#messages .text', 'Are you back?');
});

await check('page: a reload keeps contacts, their names and what was said', async () => {
  const names = await alice.find('#contacts .name').allTextContents();
  const said = await alice.find('#messages .text').allTextContents();
  await alice.page.reload();
  await alice.isIn('registered');
  await alice.sees('#key', bob.key);  // the address has it
  expectEqual((await alice.find('#contacts .name').allTextContents()).join('|'), names.join('|'),
    'the names');
  expectEqual((await alice.find('#messages .text').allTextContents()).join('|'), said.join('|'),
    'the messages');
});
await check('page: a second tab takes the key over, and the first says so', async () => {
  const first = alice.page;
  const second = await alice.newTab('/');
  await second.locator('#state[data-name=registered]').waitFor();
  await first.locator('#elsewhere[open]', {hasText: 'in use in another tab'}).waitFor();
  await alice.keep('elsewhere');
  await first.locator('#here').click();
  await first.locator('#state[data-name=registered]').waitFor();
  await second.locator('#elsewhere[open]').waitFor();
  await second.close();
  await bob.write('To the first tab');
  await bob.fate('To the first tab', 'delivered');
  await alice.sees('#messages .text', 'To the first tab');
});

await check('page: what a hostile server says is told, and nothing is opened twice', async () => {
  const told = await alice.page.evaluate(async () => {
    const {Client, encode} = await import('/client.js');
    const own = nacl.box.keyPair(), other = nacl.box.keyPair();
    const client = new Client('ws://127.0.0.1:1/', own);
    const said = [], sent = [];
    client.socket = {send: text => sent.push(text), close() {}};
    client.registered = true;
    client.registered_at = performance.now();
    for (const name of ['state', 'message', 'delivery', 'trouble'])
      client.addEventListener(name, ({detail}) =>
        said.push(`${name}: ${detail.words ?? detail.why ?? detail.value?.text ?? detail.name}`));
    const envelope = text => {
      const nonce = nacl.randomBytes(24), plain = new TextEncoder().encode(text);
      return {
        type: 'MESSAGE', from: encode(other.publicKey), to: client.key, nonce: encode(nonce),
        message: encode(nacl.box(plain, nonce, own.publicKey, other.secretKey)),
      };
    };
    const send = frame => client.receive(typeof frame === 'string' ? frame : JSON.stringify(frame));
    const good = envelope('{"text":"once"}');
    for (const frame of [
      'no JSON', 'null', '17', '[]', '{}', good, good,
      {...good, message: 'AAAA' + good.message.slice(4)}, {...good, nonce: 'short'}, {...good, from: 'A'.repeat(43)}, {...good, from: 'B'.repeat(43)},
      {...good, from: 7}, {...good, message: undefined}, envelope('no JSON'),
      {...good, from: client.key, error: 'constructor'}, {...good, from: client.key, error: {}},
      {...good, error: 'what a contact says is no report'}])
      send(frame);
    client.send(encode(other.publicKey), {text: 'ours'});
    const ours = JSON.parse(sent[0]);
    send({...ours, from: ours.to, to: ours.from});  // back as if the other had said it
    send({error: 'SOCKET_ALREADY_REGISTERED'});
    return said;
  });
  const nothing = 'trouble: The server has sent something that is no message.';
  const unknown = 'trouble: The server has sent something unknown.';
  const unopened =
    'trouble: A message could not be opened: it was changed on its way, or is not for us.';
  const again = 'trouble: A message has come a second time, and was left out.';
  expectEqual(told.join('\n'), [
    nothing, nothing, nothing, unknown, unknown, 'message: once', again, unopened, unopened,
    unopened, unopened, unopened, unopened, unopened, 'delivery: the server says: constructor',
    'delivery: the server says: [object Object]', again, again,
    'state: This key is in use in another tab or program.'].join('\n'), 'what is told');
});

await check('page: it knows the last 4096 nonces, and keys for 1024 contacts', async () => {
  const told = await alice.page.evaluate(async () => {
    const {Client, encode} = await import('/client.js');
    const own = nacl.box.keyPair(), other = nacl.box.keyPair(), contact = encode(other.publicKey);
    const client = new Client('ws://127.0.0.1:1/', own);
    client.socket = {send() {}, close() {}};
    client.registered = true;
    const said = [];
    client.addEventListener('message', () => said.push('opened'));
    client.addEventListener('trouble', ({detail}) => said.push(detail.words));
    const nonce = nacl.randomBytes(24);
    const frame = JSON.stringify({
      type: 'MESSAGE', from: contact, to: client.key, nonce: encode(nonce),
      message: encode(nacl.box(new Uint8Array([0x31]), nonce, own.publicKey, other.secretKey)),
    });
    client.receive(frame);
    for (let i = 1; i < 4096; ++i) client.send(contact, i);
    client.receive(frame);
    client.send(contact, 'one more');
    client.receive(frame);
    const key = encode(client.sharedWith(contact));
    const count = () => said.push(`${client.shared.size}, ${client.shared.has(contact)}`);
    for (let i = 1; i < 1024; ++i) client.sharedWith(encode(nacl.randomBytes(32)));
    count();
    client.sharedWith(encode(nacl.randomBytes(32)));
    count();
    said.push(encode(client.sharedWith(contact)) === key);
    return said;
  });
  expectEqual(told.join('\n'), ['opened', 'A message has come a second time, and was left out.',
    'opened', '1024, true', '1, false', 'true'].join('\n'), 'what is told');
});

await check('page: what it kept may be damaged', async () => {
  const dora = await Person.named('Dora');
  const damaged =
    ['{', 'null', '[[1]]', '[["x",{"messages":7}]]', '[["AAAA",{"messages":[]}]]'];
  for (const kept of damaged) {
    await dora.page.evaluate(text => localStorage.setItem('handfast.contacts', text), kept);
    await dora.page.reload();
    await dora.isIn('registered');
    await dora.sees(`#own-link[href$="/${dora.key}"]`);
    expectEqual(await dora.find('#contacts li').count(), 0, 'the contacts');
  }
  await dora.page.evaluate(() => localStorage.setItem('handfast.private-key', 'no key'));
  await dora.page.reload();
  await dora.sees('#trouble', 'The key that was kept in this browser is damaged.');
  await dora.isIn('registered');
  await dora.browser.close();
});
await check('page: a contact can be removed, and everything forgotten', async () => {
  await carol.open(alice.key);
  await carol.find('#remove').click();
  await carol.find('#sure button', 'No').click();
  await carol.sees('#key', alice.key);
  await carol.find('#remove').click();
  await carol.find('#sure button', 'Yes').click();
  await carol.sees('#nobody');
  expectEqual(await carol.find(`#contacts button[data-key="${alice.key}"]`).count(), 0, 'Alice');
  await carol.find('#about summary').click();
  await carol.find('#forget').click();
  await carol.find('#sure button', 'Yes').click();
  await carol.sees('#alone');
  await carol.isIn('registered');
  const link = await carol.find('#own-link').getAttribute('href');
  expect(!link.endsWith(carol.key), 'the key is the same');
});

await check('page: it is usable on a phone, one thing at a time', async () => {
  const phone = await Person.named('Phone', {viewport: {width: 390, height: 780}, hasTouch: true,
    isMobile: true, colorScheme: 'dark'});
  await phone.isIn('registered');
  await phone.fits();
  await phone.keep('phone-empty');
  await phone.find('#add-key').fill(bob.key);
  await phone.find('#add button').click();
  await phone.sees('#conversation');
  expect(await phone.find('#people').isHidden(), 'the contacts are there beside it');
  await phone.write('Greetings from the train');
  await phone.fate('Greetings', 'delivered');
  await bob.open(phone.key);
  await bob.write('W'.repeat(300));
  await bob.write('Have a good journey! Will you be there at eight?');
  await phone.sees('#messages .text', 'Have a good journey!');
  await phone.fits();
  await phone.keep('phone-conversation');
  await phone.find('#back').click();
  await phone.sees('#contacts .last', 'Have a good journey!');
  expect(await phone.find('#conversation').isHidden(), 'the conversation is there beside it');
  await phone.fits();
  await phone.keep('phone-contacts');
  await phone.page.goBack();
  await phone.sees('#conversation #key', bob.key);
  await phone.browser.close();
});

await check('page: over TLS it registers over TLS, and speaks with the client', async () => {
  await run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '2', '-subj', '/CN=page', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', file('tls.key'), '-out', file('tls.pem'));
  const secure = await startServer(server_file, ...served, '--certificate', file('tls.pem'),
    '--certificate-key', file('tls.key'));
  const client = await startCompat('cpp.key', secure.origin, '--authority', file('tls.pem'));
  const context = await browser.newContext({ignoreHTTPSErrors: true});
  context.setDefaultTimeout(patience);
  const tab = await context.newPage();
  await tab.goto(`${secure.url}/${client.key}`);
  await tab.locator('#state[data-name=registered]').waitFor();
  const key = (await tab.locator('#own-link').getAttribute('href')).split('/').at(-1);
  await tab.locator('#text').fill('over TLS');
  await tab.locator('#send').click();
  await client.line(new RegExp(`^${key}: over TLS$`));
  secure.process.kill('SIGHUP');
  await secure.line(/^the certificate was read anew$/);
  client.say(`/to ${key}`);
  client.say('and back, after a new certificate');
  await tab.locator('#messages .text', {hasText: 'and back, after a new certificate'}).waitFor();
  expectEqual(await tab.locator('#state').getAttribute('data-name'), 'registered', 'the state');
  await context.close();
  expectEqual(await secure.end('SIGTERM'), 0, 'the server\'s end');
});

await check('page: it has run without an error of its own', async () => {
  expectEqual(complaints.join('\n'), '', 'what the browser has complained of');
});
await check('page: it fits into its window, by day and by night', async () => {
  await alice.open(bob.key);
  await bob.page.emulateMedia({colorScheme: 'dark'});
  await bob.open(alice.key);
  for (const person of [alice, bob]) {
    await person.fits();
    await person.keep(`desktop-${person.name}`);
  }
});
console.log(`note screenshots are in ${screenshots}`);
await check('page: the server has outlived all of it, and ends in order', async () =>
  expectEqual(await server.end('SIGTERM'), 0, 'its end'));
await inTime(browser.close(), () => 'the browser does not end');
process.exit(hasFailed() ? 1 : 0);
