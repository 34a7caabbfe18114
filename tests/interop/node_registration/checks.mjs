// What the parts are made of: checks that print a line each, and waiting that ends.

export const patience = 20_000; // milliseconds, for whatever is waited for

const part = process.argv[2]; // the part's name, which begins each line
let failed = false;

export async function check(name, body) {
  try {
    await body();
    console.log(`ok ${part}: ${name}`);
  } catch (error) {
    failed = true;
    console.log(`${error.stack ?? error}\nFAILED ${part}: ${name}`);
  }
}

const short = value => String(JSON.stringify(value)).slice(0, 300);

export function expect(what, seen, wanted) {
  if (seen !== wanted) throw new Error(`${what}: ${short(seen)} instead of ${short(wanted)}`);
}
/** Two JSON values, whatever the order of their names. */
export function expectSame(what, seen, wanted) {
  const sorted = value => value === null || typeof value !== 'object' || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
  expect(what, JSON.stringify(sorted(seen)), JSON.stringify(sorted(wanted)));
}

/** What comes, one by one, to whoever waits for it; what is waited for too long is an error. */
export class Queue {
  #items = [];
  #waiting = [];

  push(item) {
    const first = this.#waiting.shift();
    if (first === undefined) return void this.#items.push(item);
    clearTimeout(first.timer);
    first.resolve(item);
  }
  next(what, limit = patience) {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift());
    return new Promise((resolve, reject) => {
      const timer = limit === Infinity ? undefined : setTimeout(() => {
        this.#waiting = this.#waiting.filter(one => one.timer !== timer);
        reject(new Error(`waited too long for ${what}`));
      }, limit);
      this.#waiting.push({resolve, timer});
    });
  }
}

/** The last words of a part; ends the program. */
export function done() {
  process.exit(failed ? 1 : 0);
}
process.on('unhandledRejection', error => {
  console.log(`${error.stack ?? error}\nFAILED ${part}: nothing goes wrong unseen`);
  process.exit(1);
});
