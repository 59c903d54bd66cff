import { PicoplanError } from "./error.js";

/** The statuses after which the same request is sent again; the gateway's say that no answer came. */
const AGAIN: readonly number[] = [408, 429, 502, 503, 504];
/** So long at most is waited before a request is sent again, whatever `Retry-After` says. */
const LONGEST_WAIT_MS = 60_000;

/** How to ask. */
export interface Options {
  /** The API key, where the service asks for one. */
  key?: string | undefined;
  /** How long to wait for a whole answer. */
  timeoutMs?: number | undefined;
  /** How often a request is sent again at most. */
  retries?: number | undefined;
  /** Is called with the headers of each answer; `Picoplan-Ruleset-State` is one to look at. */
  onHeaders?: ((headers: Headers) => void) | undefined;
}

interface Sent {
  method: "GET" | "POST";
  path: string;
  media?: string;
  body?: string | undefined;
  idempotencyKey?: string | undefined;
}

interface Told<T> {
  status: number;
  /** Milliseconds to wait before the same is sent again, where the answer says so. */
  retryAfter: number | null;
  content: T | undefined;
  problem: unknown;
}

/** The key without the white space around it, such as the end of the line of a file. */
function token(key: string): string {
  const trimmed = key.trim();
  if (!/^[!-~]*$/.test(trimmed)) throw new TypeError("The key has a character that no key has.");
  return trimmed;
}

/** Sends requests to one service, with retries. */
export class Transport {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #retries: number;
  readonly #onHeaders: (headers: Headers) => void;

  constructor(url: string, { key, timeoutMs = 30_000, retries = 4, onHeaders = () => {} }: Options) {
    this.#url = url.replace(/\/+$/, "");
    this.#headers = key === undefined ? {} : { Authorization: `Bearer ${token(key)}` };
    this.#timeoutMs = timeoutMs;
    this.#retries = retries;
    this.#onHeaders = onHeaders;
  }

  /** What is answered to a body. Throws PicoplanError for any other answer, or none, after all retries. */
  async json<T>(method: "GET" | "POST", path: string, body?: object, idempotencyKey?: string): Promise<T> {
    const media = "application/json";
    const sent: Sent = { method, path, media, body: body && written(body), idempotencyKey };
    return this.#answered(sent, (text) => JSON.parse(text) as T);
  }

  /**
   * What is answered to each of some lines.
   *
   * All are sent again with the same idempotency key while one of them could not be decided for the moment, or was not
   * answered at all: what was decided is told again. Throws PicoplanError where they were refused as a whole, or not all
   * were answered.
   */
  async lines<T extends object>(path: string, lines: readonly object[], idempotencyKey: string): Promise<T[]> {
    const body = lines.map(written).join("\n");
    const sent: Sent = { method: "POST", path, media: "application/x-ndjson", body, idempotencyKey };
    const read = (text: string) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as T);
    const isIncomplete = (told: T[]) =>
      told.length !== lines.length || told.some((one) => "status" in one && isForLater(one.status));
    const told = await this.#answered(sent, read, isIncomplete);
    if (told.length !== lines.length) throw new PicoplanError(null, "Not every line was answered.");
    return told;
  }

  async #answered<T>(sent: Sent, read: (text: string) => T, isIncomplete: (told: T) => boolean = () => false) {
    for (let tried = 0; ; tried++) {
      const isLast = tried >= this.#retries;
      const told = await this.#asked(sent, read);
      if (told.content !== undefined && (isLast || !isIncomplete(told.content))) return told.content;
      if (told.content === undefined && (isLast || !isForLater(told.status))) {
        if (told.status === 0) throw new PicoplanError(null, `No answer came: ${String(told.problem)}.`);
        throw PicoplanError.of(told.status, told.problem);
      }
      const backoff = 500 * (2 ** tried - 1 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, Math.min(told.retryAfter ?? backoff, LONGEST_WAIT_MS)));
    }
  }

  /** One request; its status is 0 where no answer came, and `problem` then says why. */
  async #asked<T>(sent: Sent, read: (text: string) => T): Promise<Told<T>> {
    const { method, path, media, body, idempotencyKey } = sent;
    const headers: Record<string, string> = { ...this.#headers };
    if (body !== undefined && media !== undefined) headers["Content-Type"] = media;
    if (idempotencyKey !== undefined) headers["Idempotency-Key"] = idempotencyKey;
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(this.#url + path, {
        method,
        headers,
        body: body ?? null,
        redirect: "manual",
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      text = await answer.text();
    } catch (error) {
      // Its text may hold a piece of an answer that came in pieces.
      return { status: 0, retryAfter: null, content: undefined, problem: (error as Error).name };
    }
    this.#onHeaders(answer.headers);
    const told = { status: answer.status, retryAfter: retryAfter(answer.headers.get("Retry-After")) };
    try {
      if (answer.status === 200) return { ...told, content: read(text), problem: undefined };
      return { ...told, content: undefined, problem: JSON.parse(text) };
    } catch {
      // Where a connection that will be closed breaks in an answer in chunks, node takes what came for the whole.
      if (answer.status === 200) return { ...told, status: 0, content: undefined, problem: "a part of it did" };
      return { ...told, content: undefined, problem: undefined };
    }
  }
}

function isForLater(status: unknown): boolean {
  return status === 0 || AGAIN.includes(status as number);
}

/** Milliseconds; the header has seconds or a date. */
function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(ms, 0);
}

/** JSON; a number that JSON has not would become null without a word, which says "not given". */
function written(body: object): string {
  return JSON.stringify(body, (_, value: unknown) => {
    if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError("JSON has no such number.");
    return value;
  });
}
