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
    return error instanceof PicoplanError ? plain(error) : { "not sent": error.message };
  }
}

const sent = (await text(process.stdin)).replace("NaN", "1e999"); // which JavaScript reads as Infinity
const { url, options, calls } = JSON.parse(sent);
const heard = [];
const onHeaders = (headers) => heard.push(headers.get("X-Request-Id"));
const client = new PicoplanClient(url, { onHeaders, ...options });
const told = [];
for (const call of calls) told.push(await called(client, call));
console.log(JSON.stringify({ told, heard }));
