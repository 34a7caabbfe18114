// The parent, as the deployed Go program is: spawns our child, whose program is the argument, and
// prints a line a check.

import {
  answerTo,
  conversation,
  fromBase64,
  makeKeyPair,
  readLine,
  Session,
  toBase64,
} from "./protocol.ts";

const patience = 20_000; // milliseconds, for one answer

let failed = false;
async function check(name: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
    console.log(`ok Deno's parent, our child: ${name}`);
  } catch (error) {
    failed = true;
    console.log(`${error}\nFAILED Deno's parent, our child: ${name}`);
  }
}

function expect(what: string, seen: unknown, wanted: unknown): void {
  if (seen === wanted) return;
  const short = (value: unknown) => String(JSON.stringify(value)).slice(0, 200);
  throw new Error(`${what}: ${short(seen)} instead of ${short(wanted)}`);
}

const child = new Deno.Command(Deno.args[0], { stdin: "piped", stdout: "piped" }).spawn();
const { privateKey, publicKey } = await makeKeyPair();
let session: Session;
let port = 0;

function ask(path: string, init: RequestInit): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    ...init,
    signal: AbortSignal.timeout(patience),
  });
}
function post(record: Uint8Array<ArrayBuffer>): Promise<Response> {
  const headers = { "content-type": "application/octet-stream" };
  return ask("/message", { method: "POST", headers, body: record });
}

async function take(response: Response, message: string): Promise<void> {
  expect("the status", response.status, 200);
  const { ack, ratchet_seq, encrypted_data, ...rest } = await response.json();
  expect("further names", Object.keys(rest).length, 0);
  expect("ack", ack, true);
  expect("ratchet_seq", ratchet_seq, session.ratchetCount + 1);
  expect("encrypted_data is an array", Array.isArray(encrypted_data), true);
  expect("the answer", await session.open(Uint8Array.from(encrypted_data)), answerTo(message));
  await session.ratchet();
}

await check("the lines are exchanged", async () => {
  const writer = child.stdin.getWriter();
  const line = JSON.stringify({ public_key: toBase64(publicKey) }) + "\n";
  await writer.write(new TextEncoder().encode(line));
  await writer.close();
  const answer = JSON.parse(await readLine(child.stdout));
  expect("further names", Object.keys(answer).sort().join(), "port,public_key");
  port = answer.port;
  session = await Session.begin(privateKey, fromBase64(answer.public_key), "alice-to-bob");
});

for (const [name, message] of conversation) {
  await check(name, async () => await take(await post(await session.seal(message)), message));
}

await check("a corrupted record gets 500, and the intact one its answer", async () => {
  const record = await session.seal("message 7");
  for (const place of [8, 20, record.length - 1]) {
    const corrupted = record.slice();
    corrupted[place] ^= 1;
    const response = await post(corrupted);
    expect("the status", response.status, 500);
    expect("the body", await response.text(), "Internal Server Error");
  }
  expect("the status of a short one", (await post(record.slice(0, 35))).status, 500);
  await take(await post(record), "message 7");
});

await check("another path or method gets 404", async () => {
  for (const [path, method] of [["/other", "POST"], ["/message", "GET"], ["/message", "PUT"]]) {
    const response = await ask(path, { method, body: method === "GET" ? undefined : "x" });
    await response.body?.cancel();
    expect(`the status of ${method} ${path}`, response.status, 404);
  }
});

await check("and the session goes on", async () => {
  await take(await post(await session.seal("message 8")), "message 8");
  expect("ratchets", session.ratchetCount, conversation.length + 2);
});

try {
  child.kill("SIGKILL");
} catch {
  // it has ended by itself
}
await child.status;
Deno.exit(failed ? 1 : 0);
