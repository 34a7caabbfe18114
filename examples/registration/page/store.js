// What this browser keeps between visits: the key, the contacts, and the last messages of each.
// What it holds may be anything: another version of this page has written it, or a person.

import {decode, key_length} from '/client.js';

const names = {key: 'handfast.private-key', contacts: 'handfast.contacts'};
const messages_max = 200;  // of a contact
const fates = ['waiting', 'sending', 'delivered', 'failed'];

const textOr = (value, other) => typeof value === 'string' ? value : other;

function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;  // this browser keeps nothing
  }
}

/** Whether it was kept. */
function write(name, text) {
  try {
    localStorage.setItem(name, text);
    return true;
  } catch {
    return false;
  }
}

/** The text of the private key, or null. */
export const loadKey = () => read(names.key);
export const saveKey = text => write(names.key, text);

/** One contact, as the page has it. */
export const newContact = () => ({name: '', known: false, unread: 0, draft: '', messages: []});

function messageOf(kept) {
  const message = {text: textOr(kept?.text, ''), at: Number(kept?.at) || 0};
  if (kept?.ours !== true) return {...message, ours: false};
  const fate = fates.includes(kept.fate) ? kept.fate : 'failed';
  // Nobody will say any more what became of what was on its way.
  return fate === 'sending' ? {...message, ours: true, fate: 'failed', why: words_when_lost} :
    {...message, ours: true, fate, why: textOr(kept.why, undefined)};
}
export const words_when_lost = 'the connection was lost, it may have arrived';

/** key -> contact, those spoken with last at the end. */
export function loadContacts() {
  const contacts = new Map();
  try {
    for (const [key, kept] of JSON.parse(read(names.contacts) ?? '[]')) {
      if (key.length !== key_length) continue;
      decode(key);
      contacts.set(key, {
        name: textOr(kept.name, ''),
        known: kept.known === true,
        unread: Number(kept.unread) || 0,
        draft: textOr(kept.draft, ''),
        messages: Array.from(kept.messages, messageOf),
      });
    }
  } catch {
    contacts.clear();
  }
  return contacts;
}
export function saveContacts(contacts) {
  return write(names.contacts, JSON.stringify([...contacts]));
}

/** Adds a message to a contact's; the oldest go. */
export function addMessage(contact, message) {
  contact.messages.push(message);
  if (contact.messages.length > messages_max) contact.messages.shift();
}

/** Everything that was kept, for good. */
export function forget() {
  for (const name of Object.values(names)) localStorage.removeItem(name);
}
