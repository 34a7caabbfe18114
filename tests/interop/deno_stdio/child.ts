// The child, as the deployed Deno program is: for our parent to talk to.

import { answerTo, fromBase64, makeKeyPair, readLine, Session, toBase64 } from "./protocol.ts";

const lifetime = 60_000; // milliseconds, whatever its parent does
Deno.unrefTimer(setTimeout(() => Deno.exit(1), lifetime));

const offer = JSON.parse(await readLine(Deno.stdin.readable));
const { privateKey, publicKey } = await makeKeyPair();
const session = await Session.begin(privateKey, fromBase64(offer.public_key), "bob-to-alice");

async function answer(request: Request): Promise<Response> {
  const isMessage = new URL(request.url).pathname === "/message" && request.method === "POST";
  if (!isMessage) return new Response("Not Found", { status: 404 });
  try {
    const message = await session.open(new Uint8Array(await request.arrayBuffer()));
    const sealed = await session.seal(answerTo(message));
    await session.ratchet(); // under the old key went the response; both move now
    return Response.json({
      ack: true,
      ratchet_seq: session.ratchetCount,
      encrypted_data: Array.from(sealed),
    });
  } catch (error) {
    console.error(`refused: ${error}`);
    return new Response("Internal Server Error", { status: 500 });
  }
}

let turn: Promise<unknown> = Promise.resolve(); // one request at a time
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(JSON.stringify({ public_key: toBase64(publicKey), port })),
}, (request) => {
  const answered = turn.then(() => answer(request));
  turn = answered;
  return answered;
});
