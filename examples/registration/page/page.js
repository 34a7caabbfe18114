// The page: who you are, your contacts, and the conversation that is open.

import {Client, decode, encode} from '/client.js';
import {pictureOf} from '/picture.js';
import * as store from '/store.js';

const strangers_max = 50;  // contacts that were not asked for
const element = id => document.getElementById(id);

/** A new element with this text, which stays text whatever stands in it. */
function make(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// What is kept.

let keeps = true;  // whether this browser keeps anything
function loadKeys() {
  const stored = store.loadKey();
  if (stored !== null) {
    try {
      return nacl.box.keyPair.fromSecretKey(decode(stored));
    } catch {
      warn('The key that was kept in this browser is damaged. This is a new one.');
    }
  }
  const made = nacl.box.keyPair();
  keeps = store.saveKey(encode(made.secretKey));
  if (!keeps)
    warn('This browser keeps nothing: your key and messages are gone when the page is closed.');
  return made;
}
const keys = loadKeys();
const contacts = store.loadContacts();
function keep() {
  if (!store.saveContacts(contacts) && keeps)
    warn('There is no more room in this browser: what comes now is gone when the page is closed.');
}

const client = new Client(
  `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/router/compat`, keys);
const link_of = key => `${location.origin}/${key}`;

let open;  // the key whose conversation is shown

/** The contact with this key, made if need be; it is the first of the list from now on. */
function contactOf(key) {
  const contact = contacts.get(key) ?? store.newContact();
  contacts.delete(key);
  contacts.set(key, contact);
  return contact;
}
const nameOf = (key, contact) => contact.name || key.slice(0, 8) + '…';

// Showing.

function warn(words) {
  element('trouble').firstElementChild.textContent = words;
  element('trouble').hidden = false;
}

function drawContacts() {
  let unread_count = 0;
  const items = [...contacts].reverse().map(([key, contact]) => {
    const item = make('li');
    const button = make('button');
    const lines = make('span', 'lines');
    const last = contact.messages.at(-1);
    button.type = 'button';
    button.dataset.key = key;
    button.setAttribute('aria-current', String(key === open));
    const name = make('span', 'name', nameOf(key, contact));
    if (!contact.known) name.append(make('span', 'new', 'new'));
    lines.append(name, make('span', 'last', last ? (last.ours ? 'You: ' : '') + last.text : ''));
    button.append(pictureOf(key), lines);
    if (contact.unread > 0) button.append(make('span', 'unread', contact.unread));
    unread_count += contact.unread;
    button.onclick = () => go(key);
    item.append(button);
    return item;
  });
  element('contacts').replaceChildren(...items);
  element('alone').hidden = items.length > 0;
  document.title = (unread_count > 0 ? `(${unread_count}) ` : '') + 'Messages by key';
}

const fate_words = {
  waiting: () => 'waits for the connection',
  sending: () => 'sending …',
  delivered: () => '✓ delivered',
  failed: message => `not delivered: ${message.why}`,
};
const nodes = new WeakMap();  // message -> its element

function nodeOf(message) {
  let node = nodes.get(message);
  if (!node) {
    node = make('li', message.ours ? 'ours' : '');
    const below = make('span', 'below');
    const at = new Date(message.at);
    below.append(make('time', '', at.toLocaleString([], {
      ...(at.toDateString() !== new Date().toDateString() && {dateStyle: 'short'}),
      timeStyle: 'short',
    })));
    node.append(make('span', 'text', message.text), below);
    nodes.set(message, node);
  }
  if (!message.ours) return node;
  const below = node.querySelector('.below');
  const old = below.querySelector('.fate');
  const words = ' · ' + fate_words[message.fate](message);
  if (old?.firstChild.textContent === words) return node;
  const fate = make('span', 'fate', words);
  fate.dataset.fate = message.fate;
  if (message.fate === 'failed') {
    const again = make('button', 'quiet', 'Send again');
    again.type = 'button';
    again.onclick = () => sendAgain(message);
    fate.append(' ', again);
  }
  old?.remove();
  below.append(fate);
  return node;
}

function drawMessages() {
  const list = element('messages');
  const was_at_end = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const wanted = (contacts.get(open)?.messages ?? []).map(nodeOf);
  // Those that are there stay: somebody may be selecting text in them.
  const is_longer = [...list.children].every((node, at) => node === wanted[at]);
  if (is_longer)
    list.append(...wanted.slice(list.children.length));
  else
    list.replaceChildren(...wanted);
  if (was_at_end || !is_longer) list.scrollTop = list.scrollHeight;
}

function draw() {
  drawContacts();
  drawMessages();
}

/** Shows the conversation with `key`, or none. */
function show(key) {
  open = key;
  document.body.dataset.view = key === undefined ? 'list' : 'talk';
  element('conversation').hidden = key === undefined;
  element('nobody').hidden = key !== undefined;
  if (key !== undefined) {
    if (!contacts.has(key)) contactOf(key).known = true;
    const contact = contacts.get(key);
    contact.unread = 0;
    element('name').value = contact.name;
    element('key').textContent = element('key').title = key;
    element('picture').replaceChildren(pictureOf(key));
    element('text').value = contact.draft;
    fit();
    keep();
  }
  element('messages').replaceChildren();
  draw();
  // Where there is a keyboard of glass, it would come up.
  if (key !== undefined && matchMedia('(hover: hover)').matches) element('text').focus();
}
/** As `show`, and the address says so. */
function go(key) {
  if (key !== open) history.pushState(null, '', key === undefined ? '/' : '/' + key);
  show(key);
}
function fit() {
  const text = element('text');
  text.style.height = 'auto';
  text.style.height = `${text.scrollHeight + 2}px`;
}

// What was said.

function messageOf(id) {
  for (const contact of contacts.values())
    for (const message of contact.messages)
      if (message.id === id && message.fate === 'sending') return message;
}
/** Sends a message that waits, where there is a connection. */
function trySending(key, message) {
  if (!client.registered) return;
  try {
    message.id = client.send(key, {text: message.text});
    message.fate = 'sending';
  } catch (error) {
    message.fate = 'failed';
    message.why = error.message === 'too long' ? 'it is too long' : 'it could not be sealed';
  }
}
function say(key, text) {
  const contact = contactOf(key);
  const message = {text, at: Date.now(), ours: true, fate: 'waiting'};
  contact.known = true;
  store.addMessage(contact, message);
  trySending(key, message);
  keep();
  draw();
  element('messages').scrollTop = element('messages').scrollHeight;
}
function sendAgain(message) {
  message.fate = 'waiting';
  trySending(open, message);
  keep();
  draw();
}

// What the client tells.

const state_words = {
  connecting: () => 'Connecting …',
  registered: () => 'Connected',
  waiting: ({why, seconds}) =>
    `${why} Trying again in ${seconds < 1 ? 'a moment' : `${seconds} s`}.`,
  elsewhere: ({why}) => why,
};
client.addEventListener('state', ({detail}) => {
  element('state').dataset.name = detail.name;
  element('state-words').textContent = state_words[detail.name](detail);
  element('now').hidden = detail.name !== 'waiting';
  for (const [key, contact] of contacts)
    for (const message of contact.messages)
      if (message.fate === 'waiting' && detail.name === 'registered') {
        trySending(key, message);
      } else if (message.fate === 'sending' && detail.name !== 'registered') {
        message.fate = 'failed';
        message.why = store.words_when_lost;
      }
  if (detail.name === 'elsewhere') {
    element('elsewhere-words').textContent =
      `${detail.why} There can be only one: the other would have to go.`;
    element('elsewhere').showModal();
    return;  // what is kept is the other's
  }
  keep();
  draw();
});
client.addEventListener('message', ({detail: {from, value}}) => {
  if (!contacts.has(from) &&
      [...contacts.values()].filter(contact => !contact.known).length >= strangers_max)
    return warn('Too many strangers have written to you: a message was left out.');
  const contact = contactOf(from);
  const text = typeof value?.text === 'string' ? value.text : JSON.stringify(value);
  store.addMessage(contact, {text, at: Date.now(), ours: false});
  if (from !== open || document.hidden) ++contact.unread;
  keep();
  draw();
});
client.addEventListener('delivery', ({detail: {id, why}}) => {
  const message = messageOf(id);
  if (!message) return;
  message.fate = why === undefined ? 'delivered' : 'failed';
  message.why = why;
  keep();
  draw();
});
client.addEventListener('trouble', ({detail: {words}}) => warn(words));

// What the person does.

element('own-link').textContent = client.key;
element('own-link').href = element('own-link').title = link_of(client.key);
element('own-link').onclick = event => event.preventDefault();  // it is for others
element('own-picture').append(pictureOf(client.key));
element('copy').onclick = async () => {
  try {
    await navigator.clipboard.writeText(link_of(client.key));
    element('copy').textContent = 'Copied';
  } catch {
    element('own-link').textContent = link_of(client.key);
    getSelection().selectAllChildren(element('own-link'));
    warn('This browser does not let the page copy: the link is selected, copy it yourself.');
  }
};
element('now').onclick = () => client.connect();
addEventListener('online', () => {
  if (element('state').dataset.name === 'waiting') client.connect();
});

element('add').onsubmit = event => {
  event.preventDefault();
  const typed = element('add-key').value.trim().replace(/[?#].*$/, '').replace(/\/$/, '');
  const key = typed.slice(typed.lastIndexOf('/') + 1);
  const words = client.faultOf(key);
  element('add-error').textContent = words;
  element('add-error').hidden = words === undefined;
  if (words !== undefined) return;
  element('add-key').value = '';
  go(key);
};
element('add-key').oninput = () => element('add-error').hidden = true;

element('name').onchange = () => {
  const contact = contacts.get(open);
  contact.name = element('name').value.trim();
  contact.known = true;
  keep();
  draw();
};
element('name').onkeydown = event => {
  if (event.key !== 'Enter') return;
  event.preventDefault();  // it would be typed where the focus goes
  element('text').focus();
};
element('back').onclick = () => go(undefined);
addEventListener('keydown', event => {
  if (event.key === 'Escape' && open !== undefined && !document.querySelector('dialog[open]'))
    go(undefined);
});
addEventListener('popstate', () => openLinked());

element('text').oninput = () => {
  contacts.get(open).draft = element('text').value;
  fit();
};
element('text').onkeydown = event => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  element('write').requestSubmit();
};
element('write').onsubmit = event => {
  event.preventDefault();
  const text = element('text').value;
  if (text.trim() === '') return;
  element('text').value = contacts.get(open).draft = '';
  fit();
  say(open, text);
};

/** Asks, and resolves to whether the answer is yes. */
function isSure(words) {
  const dialog = element('sure');
  element('sure-words').textContent = words;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise(resolve => {
    dialog.onclose = () => resolve(dialog.returnValue === 'yes');
  });
}
element('remove').onclick = async () => {
  const key = open;
  if (!await isSure('Remove this contact, with all that you have written to each other?')) return;
  contacts.delete(key);
  keep();
  go(undefined);
};
element('forget').onclick = async () => {
  if (!await isSure('Forget your key, your contacts and all messages? Nobody who has your link ' +
      'will reach you by it any more.')) return;
  contacts.clear();
  store.forget();
  location.href = '/';
};
element('here').onclick = () => location.reload();
element('elsewhere').oncancel = event => event.preventDefault();
element('trouble').lastElementChild.onclick = () => element('trouble').hidden = true;
document.addEventListener('visibilitychange', () => {
  if (document.hidden || open === undefined || !contacts.has(open)) return;
  contacts.get(open).unread = 0;
  drawContacts();
});

/** The conversation that the address names. */
function openLinked() {
  const linked = location.pathname.slice(1);
  if (linked === '') return show(undefined);
  const words = client.faultOf(linked);
  if (words === undefined) return show(linked);
  history.replaceState(null, '', '/');
  show(undefined);
  warn(linked === client.key ? 'This link is your own: give it to somebody else.' :
    `This link leads to nobody. ${words}`);
}
openLinked();
client.connect();
