// The known answers, recomputed with what the two peers are made of; the argument is their file.

import {
  agree,
  associatedData,
  type Direction,
  directionKey,
  fromBase64,
  openRecord,
  ratcheted,
  sealRecord,
} from "./protocol.ts";

const bytes = (hex: string) => Uint8Array.fromHex(hex);
const text = (s: string) => new TextEncoder().encode(s);

let failed = false;
async function check(name: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
    console.log(`ok known answers: ${name}`);
  } catch (error) {
    failed = true;
    console.log(`${error}\nFAILED known answers: ${name}`);
  }
}
function expect(what: string, seen: string, wanted: string): void {
  if (seen !== wanted) throw new Error(`${what}: ${seen} instead of ${wanted}`);
}

const { common, stdio } = JSON.parse(await Deno.readTextFile(Deno.args[0]));

// RFC 8410, section 7: what goes before the 32 raw bytes.
const pkcs8 = bytes(`302e020100300506032b656e04220420${common.alice_or_client_sk}`);
const alice = await crypto.subtle.importKey("pkcs8", pkcs8, { name: "X25519" }, false, [
  "deriveBits",
]);

const keys: Record<Direction, Uint8Array<ArrayBuffer>[]> = {
  "alice-to-bob": [],
  "bob-to-alice": [],
};

await check("the agreement and the direction keys", async () => {
  const bob = fromBase64(JSON.parse(stdio.bob_stdout_example).public_key);
  expect("Bob's key", bob.toHex(), common.bob_or_server_pk);
  const shared = await agree(alice, bob);
  expect("X25519", shared.toHex(), common.x25519);
  keys["alice-to-bob"].push(await directionKey(shared, "alice-to-bob"));
  keys["bob-to-alice"].push(await directionKey(shared, "bob-to-alice"));
  expect("alice-to-bob", keys["alice-to-bob"][0].toHex(), stdio.a2b_k0);
  expect("bob-to-alice", keys["bob-to-alice"][0].toHex(), stdio.b2a_k0);
});

await check("the ratchets", async () => {
  for (const { counter, a2b, b2a } of stdio.ratchets) {
    for (const [direction, wanted] of [["alice-to-bob", a2b], ["bob-to-alice", b2a]] as const) {
      const next = await ratcheted(keys[direction].at(-1)!, counter);
      expect(`${direction}, ratchet ${counter}`, next.toHex(), wanted);
      keys[direction].push(next);
    }
  }
});

for (const message of stdio.messages) {
  await check(`message ${message.seq}`, async () => {
    const both = [
      ["alice-to-bob", message.req_nonce, message.req_plain, message.req_aad, message.req_body],
      [
        "bob-to-alice",
        message.resp_nonce,
        message.resp_plain,
        message.resp_aad,
        message.resp_encrypted_data,
      ],
    ] as const;
    for (const [direction, nonce, plain, ad, record] of both) {
      const key = keys[direction][message.key_index];
      expect("the associated data", associatedData(message.seq, direction), ad);
      const sealed = await sealRecord(key, message.seq, direction, bytes(nonce), text(plain));
      expect("the record", sealed.toHex(), record);
      const opened = await openRecord(key, message.seq, direction, bytes(record));
      expect("the text", new TextDecoder().decode(opened), plain);
    }
  });
}

Deno.exit(failed ? 1 : 0);
