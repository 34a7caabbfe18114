// XEdDSA against Signal's own library: our signatures verify there, theirs here, and what is
// altered is refused on both sides.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [program, packages] = process.argv.slice(2);
const signal = await import(pathToFileURL(`${packages}/@signalapp/libsignal-client/dist/index.js`));

const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
const hex = (bytes) => (bytes.length === 0 ? '-' : Buffer.from(bytes).toString('hex'));

async function ask(...words) {
  child.stdin.write(`${words.join(' ')}\n`);
  const { value, done } = await answers.next();
  if (done) throw new Error('our program has ended');
  return value;
}

let failed = 0;
function report(name, problem) {
  console.log(problem ? `FAILED ${name}\n  ${problem}` : `ok ${name}`);
  if (problem) failed += 1;
}

/** Signal writes a public key with the byte 5 before it. */
const signals = (key) => signal.PublicKey.deserialize(Buffer.concat([Buffer.from([5]), key]));
const message = (i) => randomBytes([0, 1, 33, 300][i % 4]);
function flipped(bytes, bit) {
  const other = Buffer.from(bytes);
  other[bit >> 3] ^= 1 << (bit & 7);
  return other;
}

async function ours() {
  for (let i = 0; i < 40; i += 1) {
    const [seed, digits] = (await ask('new')).split(' ');
    const key = signals(Buffer.from(digits, 'hex'));
    const text = message(i);
    const signature = Buffer.from(await ask('sign', seed, hex(text)), 'hex');
    if (!key.verify(text, signature)) return `a signature of ${seed} is refused`;
    if (key.verify(text, flipped(signature, i * 12))) return 'an altered signature of ours is accepted there';
  }
  return '';
}

async function theirs() {
  const signs = [0, 0];
  for (let i = 0; i < 60; i += 1) {
    const key = signal.PrivateKey.generate();
    const digits = hex(key.getPublicKey().serialize().subarray(1));
    const text = message(i);
    const signature = Buffer.from(key.sign(text));
    signs[signature[63] >> 7] += 1;
    const verdict = await ask('verify', digits, hex(text), hex(signature));
    if (verdict !== 'yes') return `a signature is refused as ${verdict}`;
    for (const bit of [i * 8, 511, 255]) {
      const altered = await ask('verify', digits, hex(text), hex(flipped(signature, bit)));
      if (altered !== 'not_authentic') return `with bit ${bit} flipped it is ${altered}`;
    }
  }
  // Which comes with their keys, half of the time each.
  return Math.min(...signs) > 0 ? '' : `only one sign bit came: ${signs}`;
}

/** S + L, which is the same number modulo the group's order. */
async function malleable() {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  for (let i = 0; i < 10; i += 1) {
    const key = signal.PrivateKey.generate();
    const text = message(i);
    const signature = Buffer.from(key.sign(text));
    const sign = signature[63] & 0x80;
    let s = 0n;
    for (let at = 31; at >= 0; at -= 1) s = (s << 8n) | BigInt(at === 31 ? signature[63] & 0x7f : signature[32 + at]);
    s += order;
    for (let at = 0; at < 32; at += 1, s >>= 8n) signature[32 + at] = Number(s & 0xffn);
    signature[63] |= sign;
    const digits = hex(key.getPublicKey().serialize().subarray(1));
    const verdict = await ask('verify', digits, hex(text), hex(signature));
    if (verdict !== 'not_authentic') return `a second signature is ${verdict}`;
  }
  return '';
}

report("xeddsa: our signatures verify in Signal's library", await ours());
report("xeddsa: signatures of Signal's library verify here, with either sign bit", await theirs());
report("xeddsa: a second signature made from one of Signal's is refused", await malleable());
child.stdin.end();
process.exitCode = failed === 0 ? 0 : 1;
