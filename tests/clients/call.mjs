// Makes calls with the TypeScript client: what tests.clients.calling writes to it -> what was told.
import { text } from "node:stream/consumers";
import { PicoplanClient, PicoplanError } from "picoplan-client";

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const camels = (members) => Object.fromEntries(Object.entries(members).map(([name, value]) => [camel(name), value]));

function plain(told) {
  if (!(told instanceof PicoplanError)) return told;
  const { status, type, detail, errors, codes, requestId, line, message } = told;
  return { error: { status, type, detail, errors, codes, request_id: requestId, line, text: message } };
}

async function called(client, { method, of = [], request, told = {} }) {
  try {
    const answer = client[camel(method)](...of, ...(request ? [request] : []), camels(told));
    if (method !== "evaluate_many") return await answer;
    const all = [];
    for await (const one of answer) all.push(plain(one));
    return all;
  } catch (error) {
    if (!(error instanceof PicoplanError)) throw error;
    return plain(error);
  }
}

const { url, options, calls } = JSON.parse(await text(process.stdin));
const { timeout, ...others } = options;
const client = new PicoplanClient(url, { ...others, timeoutMs: timeout === undefined ? undefined : timeout * 1000 });
const answers = [];
for (const call of calls) answers.push(await called(client, call));
console.log(JSON.stringify(answers));
