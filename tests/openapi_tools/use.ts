// Asks a running service with what each tool has made, and reads real answers with it.
import createClient from "openapi-fetch";
import type { paths } from "./types";
import * as orval from "./orval/zod";
import { client } from "./hey/client.gen";
import { evaluate } from "./hey/sdk.gen";
import * as hey from "./hey/zod.gen";

declare const process: { argv: string[] };
const base = process.argv[2] ?? "";
const bodies = JSON.parse(process.argv[3] ?? "[]") as HeyBody[];
type HeyBody = Parameters<typeof evaluate>[0]["body"];

// @ts-expect-error An option that no ruleset has does not compile, with the types of either tool.
const unknownOption: HeyBody = { ruleset: "tattoo-kirby-desai", assessment: { phototype: "VII" } };
type TypedBody = paths["/v1/evaluate"]["post"]["requestBody"]["content"]["application/json"];
// @ts-expect-error
const alsoUnknown: TypedBody = { ruleset: "tattoo-kirby-desai", assessment: { phototype: "VII" } };
void [unknownOption, alsoUnknown];

const typed = createClient<paths>({ baseUrl: base });
client.setConfig({ baseUrl: base });

async function json(path: string, body?: unknown): Promise<unknown> {
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(base + path, { ...sent, headers: { "Content-Type": "application/json" } });
  return answer.json();
}

const read: string[] = [];
for (const body of bodies) {
  const answer = await typed.POST("/v1/evaluate", { body });
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  const verdict: "do_not_treat" | "defer" | "clinician_review" | "goal_reached" | "one_session_may_suffice"
    | "several_sessions" = answer.data.verdict;
  const again = await evaluate({ body });
  if (again.data?.verdict !== verdict) throw new Error("another verdict");
  hey.zAnswer.parse(again.data);
  orval.evaluateResponse.parse(answer.data);
  read.push(verdict);
  const { explain, ref, test, ...asked } = body;
  orval.whatIfResponse.parse(await json("/v1/what-if", asked));
  hey.zWhatIf.parse(await json("/v1/what-if", asked));
  const ruleset = await typed.GET("/v1/rulesets/{id}", { params: { path: { id: body.ruleset ?? "" } } });
  orval.rulesetResponse.parse(ruleset.data);
  const shown = hey.zRuleset.parse(ruleset.data);
  for (const rule of shown.rules) {
    const one = await json(`/v1/rulesets/${shown.id}/rules/${rule.id}`);
    orval.ruleResponse.parse(one);
    hey.zRule.parse(one);
  }
}
const wrong = await typed.POST("/v1/evaluate", { body: { ...bodies[0], version: "0.0.1" } as HeyBody });
if (wrong.error === undefined) throw new Error("taken");
const code: string = hey.zProblem.parse(wrong.error).errors[0]?.code ?? "";
console.log(JSON.stringify({ read, code }));
