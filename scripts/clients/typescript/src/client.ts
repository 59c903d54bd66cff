import { PicoplanError } from "./error.js";
import { Transport } from "./transport.js";
import type { Options } from "./transport.js";
import type {
  Answer,
  BatchProblem,
  Decision,
  DecisionsFound,
  Erased,
  EraseRequest,
  EvaluateRequest,
  FindRequest,
  History,
  Rule,
  Ruleset,
  RulesetList,
  Table,
  TableRequest,
  Tried,
  Verification,
  WhatIf,
  WhatIfRequest,
} from "./types.js";

/** So many of many requests are sent together. */
const LINES_TOGETHER = 250;
/** So many such groups are at work at once. */
const AT_ONCE = 3;

/** In which language texts are, as a language tag (BCP 47). */
export interface InLanguage {
  language?: string | undefined;
}

/** Two calls with the same key and request make one decision; without it each makes its own. */
export interface Once {
  idempotencyKey?: string | undefined;
}

/**
 * Asks one service.
 *
 * What is answered is the JSON as it came, with its type; numbers are JavaScript's. A request is sent again where no
 * answer came, where the service is busy or where the key has sent too many, as long after as the service says. No
 * second decision is made by that. Each method throws a PicoplanError where there is no answer.
 */
export class PicoplanClient {
  readonly #transport: Transport;

  /** @param url Where the service is, such as `https://plans.clinic.example`. */
  constructor(url: string, options: Options = {}) {
    this.#transport = new Transport(url, options);
  }

  /** The plan for one client; it is logged as a decision. */
  evaluate(request: EvaluateRequest, { idempotencyKey }: Once = {}): Promise<Answer> {
    return this.#transport.json("POST", "/v1/evaluate", request, idempotencyKey ?? crypto.randomUUID());
  }

  /**
   * The plan for each client, in the order of the requests, or the error that is told instead.
   *
   * At most 1,000 requests and their answers are in memory, however many there are, so `requests` may be a generator; it
   * is read ahead of the answers. Where this program breaks off, the same requests with the same `idempotencyKey` are
   * told the decisions that were made. Throws a PicoplanError where a part of them was refused as a whole.
   */
  async *evaluateMany(
    requests: Iterable<EvaluateRequest> | AsyncIterable<EvaluateRequest>,
    { idempotencyKey = crypto.randomUUID() }: Once = {},
  ): AsyncGenerator<Answer | PicoplanError, void, undefined> {
    const atWork: Promise<(Answer | PicoplanError)[]>[] = [];
    for await (const [before, group] of grouped(requests)) {
      if (atWork.length === AT_ONCE) yield* (await atWork.shift()) ?? [];
      const told = this.#evaluated(group, before, `${idempotencyKey}-${before}`);
      told.catch(() => {}); // it is heard of in its turn
      atWork.push(told);
    }
    for (const told of atWork) yield* await told;
  }

  async #evaluated(group: EvaluateRequest[], before: number, key: string): Promise<(Answer | PicoplanError)[]> {
    const told = await this.#transport.lines<Answer | BatchProblem>("/v1/evaluate/batch", group, key);
    return told.map((one) => ("status" in one ? PicoplanError.of(one.status, one, before + (one.line ?? 0)) : one));
  }

  /** The smallest changes of answers that would change the plan; nothing is decided. */
  whatIf(request: WhatIfRequest): Promise<WhatIf> {
    return this.#transport.json("POST", "/v1/what-if", request);
  }

  /** What would be answered; nothing is decided or logged. */
  tryAssessment(request: EvaluateRequest): Promise<Tried> {
    return this.#transport.json("POST", "/v1/try", request);
  }

  /** What would be answered to each combination of some answers; nothing is decided or logged. */
  table(request: TableRequest): Promise<Table> {
    return this.#transport.json("POST", "/v1/table", request);
  }

  /** The rulesets that serve. */
  rulesets(): Promise<RulesetList> {
    return this.#transport.json("GET", "/v1/rulesets");
  }

  /** One ruleset: its factors, texts, rules and evidence. */
  ruleset(ruleset: string, of: InLanguage = {}): Promise<Ruleset> {
    return this.#described(ruleset, "", of);
  }

  /** The JSON Schema of its assessments: the questions, in the order in which to ask them. */
  assessmentSchema(ruleset: string, of: InLanguage = {}): Promise<Record<string, unknown>> {
    return this.#described(ruleset, "/assessment-schema", of);
  }

  /** One of its rules, and the papers that it cites. */
  rule(ruleset: string, rule: string, of: InLanguage = {}): Promise<Rule> {
    return this.#described(ruleset, `/rules/${encodeURIComponent(rule)}`, of);
  }

  /** What was published of it, the newest first. */
  rulesetHistory(ruleset: string): Promise<History> {
    return this.#described(ruleset, "/history", {});
  }

  #described<T>(ruleset: string, ofIt: string, { language }: InLanguage): Promise<T> {
    const query = language === undefined ? "" : `?language=${encodeURIComponent(language)}`;
    return this.#transport.json("GET", `/v1/rulesets/${encodeURIComponent(ruleset)}${ofIt}${query}`);
  }

  /** A logged decision: what was asked, and what was answered. */
  decision(decisionId: string): Promise<Decision> {
    return this.#transport.json("GET", `/v1/decisions/${encodeURIComponent(decisionId)}`);
  }

  /** The decision made again: is it the same? */
  verify(decisionId: string): Promise<Verification> {
    return this.#transport.json("POST", `/v1/decisions/${encodeURIComponent(decisionId)}/verify`);
  }

  /** The decisions that were made with a `ref`. */
  findDecisions(request: FindRequest): Promise<DecisionsFound> {
    return this.#transport.json("POST", "/v1/refs/find", request);
  }

  /**
   * Erase the decisions that were made with a `ref`, for good.
   *
   * Where the request had to be sent again, those that were erased before don't count.
   */
  eraseDecisions(request: EraseRequest): Promise<Erased> {
    return this.#transport.json("POST", "/v1/refs/erase", request);
  }
}

/** Groups of so many requests as are sent together, each with how many were before. */
async function* grouped(
  requests: Iterable<EvaluateRequest> | AsyncIterable<EvaluateRequest>,
): AsyncGenerator<[number, EvaluateRequest[]]> {
  let group: EvaluateRequest[] = [];
  let before = 0;
  for await (const one of requests) {
    group.push(one);
    if (group.length === LINES_TOGETHER) {
      yield [before, group];
      before += group.length;
      group = [];
    }
  }
  if (group.length) yield [before, group];
}
