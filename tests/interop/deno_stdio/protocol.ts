// stdio, compat, on WebCrypto alone: written from the protocol's page, and sharing nothing with the
// C++ side. A session is one side's keys and counts.

export type Direction = "alice-to-bob" | "bob-to-alice";

const text = (s: string) => new TextEncoder().encode(s);
type Octets = Uint8Array<ArrayBuffer>;

export const tagSize = 16; // bytes
export const headerSize = 20; // bytes: sequence 8, nonce 12

export async function hkdf(key: Octets, salt: string, info: string): Promise<Octets> {
  const input = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: text(salt), info: text(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(how, input, 256));
}

export function directionKey(shared: Octets, direction: Direction): Promise<Octets> {
  return hkdf(shared, "denobridge-directional-key", direction);
}

export function ratcheted(key: Octets, counter: number): Promise<Octets> {
  return hkdf(key, "denobridge-key-ratchet", `ratchet:${counter}`);
}

export function associatedData(sequence: number, direction: Direction): string {
  return `v1:seq:${sequence}:${direction}:/message`;
}

function gcm(nonce: Octets, sequence: number, direction: Direction): AesGcmParams {
  const additionalData = text(associatedData(sequence, direction));
  return { name: "AES-GCM", iv: nonce, additionalData, tagLength: 8 * tagSize };
}

export async function sealRecord(
  key: Octets,
  sequence: number,
  direction: Direction,
  nonce: Octets,
  plaintext: Octets,
): Promise<Octets> {
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const sealed = await crypto.subtle.encrypt(gcm(nonce, sequence, direction), aes, plaintext);
  const record = new Uint8Array(headerSize + sealed.byteLength);
  new DataView(record.buffer).setBigUint64(0, BigInt(sequence));
  record.set(nonce, 8);
  record.set(new Uint8Array(sealed), headerSize);
  return record;
}

// The sequence of the associated data is the receiver's own, not the header's.
export async function openRecord(
  key: Octets,
  sequence: number,
  direction: Direction,
  record: Octets,
): Promise<Octets> {
  if (record.length < headerSize + tagSize) throw new Error("a record that is too short");
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const how = gcm(record.slice(8, headerSize), sequence, direction);
  return new Uint8Array(await crypto.subtle.decrypt(how, aes, record.slice(headerSize)));
}

export function toBase64(bytes: Octets): string {
  return btoa(String.fromCharCode(...bytes));
}

export function fromBase64(encoded: string): Octets {
  const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
  if (toBase64(bytes) !== encoded) throw new Error("base64 that is not strict");
  return bytes;
}

export async function makeKeyPair(): Promise<{ privateKey: CryptoKey; publicKey: Octets }> {
  const pair = await crypto.subtle.generateKey({ name: "X25519" }, true, [
    "deriveBits",
  ]) as CryptoKeyPair;
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { privateKey: pair.privateKey, publicKey };
}

export async function agree(privateKey: CryptoKey, theirs: Octets): Promise<Octets> {
  if (theirs.length !== 32) throw new Error("a public key has 32 bytes");
  const peer = await crypto.subtle.importKey("raw", theirs, { name: "X25519" }, false, []);
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "X25519", public: peer }, privateKey, 256),
  );
}

export class Session {
  #sendKey: Octets;
  #receiveKey: Octets;
  #sent = 0;
  #received = 0;
  ratchetCount = 0;

  private constructor(
    readonly sends: Direction,
    readonly receives: Direction,
    sendKey: Octets,
    receiveKey: Octets,
  ) {
    this.#sendKey = sendKey;
    this.#receiveKey = receiveKey;
  }

  static async begin(privateKey: CryptoKey, theirs: Octets, sends: Direction): Promise<Session> {
    const shared = await agree(privateKey, theirs);
    const receives = sends === "alice-to-bob" ? "bob-to-alice" : "alice-to-bob";
    const keys = [await directionKey(shared, sends), await directionKey(shared, receives)];
    return new Session(sends, receives, keys[0], keys[1]);
  }

  seal(plaintext: string): Promise<Octets> {
    this.#sent += 1;
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    return sealRecord(this.#sendKey, this.#sent, this.sends, nonce, text(plaintext));
  }

  // Throws, and changes nothing, where the record is not the peer's next one.
  async open(record: Octets): Promise<string> {
    const plaintext = await openRecord(this.#receiveKey, this.#received + 1, this.receives, record);
    const decoded = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plaintext);
    this.#received += 1;
    return decoded;
  }

  async ratchet(): Promise<void> {
    this.ratchetCount += 1;
    this.#sendKey = await ratcheted(this.#sendKey, this.ratchetCount);
    this.#receiveKey = await ratcheted(this.#receiveKey, this.ratchetCount);
  }
}

// One line of a stream, without its line feed.
export async function readLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = stream.getReader();
  let line = "";
  while (!line.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the stream ended within a line");
    line += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return line.slice(0, line.indexOf("\n"));
}

// Each message of a check, with its name.
export const conversation: [name: string, message: string][] = [
  ["a short text", "message 1"],
  ["an empty text", ""],
  ["a text in UTF-8", 'Grüße, здравствуй, こんにちは, \u{1F91D} "quoted" \\ \u0000'],
  ["a text of 1 KiB", "k".repeat(1024)],
  ["a text of 64 KiB", "0123456789abcdef".repeat(4096)],
  ["a short text after it", "message 6"],
];

export const answerTo = (message: string) => `Hello Alice! I received your message: "${message}"`;
