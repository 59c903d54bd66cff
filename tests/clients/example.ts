// Every method of the TypeScript client, as a program that is checked uses it, and uses that must not pass.
import { PicoplanClient, PicoplanError } from "picoplan-client";
import type { Answer, AssessmentPicoLaser, EvaluateRequest } from "picoplan-client";

const client: AssessmentPicoLaser = {
  concern: "solar_lentigo",
  severity: "mild",
  phototype: "III",
  goal: "clear",
  device: "picosure",
  improvement_pct: 62.5,
};

function* requests(): Generator<EvaluateRequest> {
  for (let age = 18; age < 100; age++) yield { ruleset: "pico-laser", assessment: { ...client, age }, explain: true };
}

const typical = (answer: Answer): number | undefined => answer.sessions?.typical;

export async function right(url: string): Promise<void> {
  const onHeaders = (headers: Headers) => console.log(headers.get("Picoplan-Ruleset-State"));
  const pico = new PicoplanClient(url, { key: "key", timeoutMs: 5000, retries: 2, onHeaders });
  const request: EvaluateRequest = { ruleset: "pico-laser", assessment: client, ref: "record-1" };
  const answer = await pico.evaluate(request, { idempotencyKey: "mine" });
  console.log(typical(answer), answer.fired[0]?.because);
  for await (const told of pico.evaluateMany(requests(), { idempotencyKey: "list" })) {
    console.log(told instanceof PicoplanError ? told.codes : told.verdict);
  }
  for (const change of (await pico.whatIf({ ruleset: "pico-laser", assessment: client })).changes) {
    console.log(change.changed[0]?.instead_label);
  }
  console.log((await pico.tryAssessment(request)).verdict_text);
  const table = await pico.table({ ruleset: "pico-laser", rows: "severity", columns: ["goal"], assessment: client });
  console.log(table.cells[0]?.at);
  console.log((await pico.rulesets()).rulesets.map((one) => one.id));
  console.log((await pico.ruleset("pico-laser", { language: "es" })).digest);
  console.log((await pico.assessmentSchema("pico-laser"))["properties"]);
  console.log((await pico.rule("pico-laser", "lentigo-mild")).papers);
  console.log((await pico.rulesetHistory("pico-laser")).editions[0]?.version);
  console.log((await pico.decision(answer.decision_id)).answer.verdict);
  console.log((await pico.verify(answer.decision_id)).same);
  console.log((await pico.findDecisions({ ref: "record-1" })).more, (await pico.eraseDecisions({ ref: "record-1" })).erased);
}

export async function wrong(pico: PicoplanClient, answer: Answer): Promise<void> {
  // @ts-expect-error: no such option
  const option: AssessmentPicoLaser = { ...client, concern: "solar-lentigo" };
  // @ts-expect-error: no such question
  const question: AssessmentPicoLaser = { ...client, agee: 41 };
  // @ts-expect-error: a day is a text
  await pico.evaluate({ ruleset: "pico-laser", assessment: client, as_of: 20261201 });
  // @ts-expect-error: which ruleset?
  await pico.evaluate({ assessment: client });
  // @ts-expect-error: what-if explains nothing
  await pico.whatIf({ ruleset: "pico-laser", assessment: client, explain: true });
  // @ts-expect-error: an assessment is needed
  pico.evaluateMany([{ ruleset: "pico-laser" }]);
  // @ts-expect-error: no such kind
  await pico.findDecisions({ ref: "record-1", kinds: ["tests"] });
  // @ts-expect-error: no such member
  console.log(answer.session);
  // @ts-expect-error: there may be no numbers
  console.log(answer.sessions.min);
  // @ts-expect-error: no such verdict
  console.log(answer.verdict === "one_session");
  // @ts-expect-error: it may be an error
  for await (const told of pico.evaluateMany([])) console.log(told.verdict);
  console.log(option, question);
}
