// What the hardened profile is made of: X25519 by TweetNaCl, all else by Node.

import {
  createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual,
} from 'node:crypto';

import {expect} from './checks.mjs';
import {encode, nacl} from './compat.mjs';

export const version = 2;
const bytesOf = part => typeof part === 'number' ? Buffer.of(part) : Buffer.from(part);
export const bytes = (...parts) => Buffer.concat(parts.map(bytesOf));
export const number = value => {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64BE(BigInt(value));
  return eight;
};
export const sized = text => bytes(Buffer.byteLength(text), text);
/** The bytes of base64url in its one spelling. */
export function decode(text) {
  const decoded = Buffer.from(text, 'base64url');
  expect('the spelling', encode(decoded), text);
  return decoded;
}

export const hmac = (key, ...parts) => createHmac('sha256', key).update(bytes(...parts)).digest();
export const sha256 = (...parts) => createHash('sha256').update(bytes(...parts)).digest();
export const hkdf = (secret, salt, info, size = 32) =>
    Buffer.from(hkdfSync('sha256', secret, salt, info, size));
export function verify(what, proof, wanted) {
  if (proof.length !== wanted.length || !timingSafeEqual(proof, wanted))
    throw new Error(`${what} is wrong`);
}

const aead = 'chacha20-poly1305';
const authTagLength = 16; // bytes
const nonceOf = counter => bytes(Buffer.alloc(4), number(counter));
export function seal(key, counter, ad, plaintext) {
  const cipher = createCipheriv(aead, key, nonceOf(counter), {authTagLength});
  cipher.setAAD(ad);
  return bytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}
export function open(key, counter, ad, sealed) {
  const end = sealed.length - authTagLength;
  const cipher = createDecipheriv(aead, key, nonceOf(counter), {authTagLength});
  cipher.setAAD(ad);
  cipher.setAuthTag(sealed.subarray(end));
  return bytes(cipher.update(sealed.subarray(0, end)), cipher.final());
}

/** ss, es, se, ee, whichever side asks: each is two keys that agree. */
export const agreements = (...pairs) =>
    bytes(...pairs.map(([mine, theirs]) => nacl.scalarMult(mine.secretKey, theirs)));
