// Takes a long list through the TypeScript client, and says how: stream.mjs URL LINES.
// It prints how much had been read when the first answer came, and whether all answers came in order. Its memory
// is bounded from outside, by node's own option.
import { PicoplanClient } from "picoplan-client";

const [url, lines] = [process.argv[2], Number(process.argv[3])];
let read = 0;

function* requests() {
  for (read = 1; read <= lines; read++) {
    yield { ruleset: "small", assessment: { concern: "sun_spots", gold: false }, ref: `line-${read}` };
  }
}

const client = new PicoplanClient(url);
let [ahead, inOrder, number] = [0, true, 0];
for await (const told of client.evaluateMany(requests())) {
  ahead ||= read;
  inOrder &&= told.ref === `line-${++number}`;
}
for await (const _ of client.evaluateMany(requests())) break; // whoever has enough may go
console.log(ahead, inOrder && number === lines);
