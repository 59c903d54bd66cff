import type { Mistake, Problem } from "./types.js";

/** What more is known of an error than its status and detail. */
export interface ErrorParts {
  type?: string | null;
  errors?: readonly Mistake[];
  requestId?: string | null;
  line?: number | null;
}

/**
 * The service gives no answer, or can't be reached.
 *
 * Its message may go to a log: it has the status, codes and the request's id, and nothing of what was sent. `errors` is
 * for the person who can mend it: its messages may show what a client answered.
 */
export class PicoplanError extends Error {
  override readonly name = "PicoplanError";
  /** The kind of problem, such as `/problems/invalid-assessment`; null where nothing says. */
  readonly type: string | null;
  /** Each mistake, with `pointer`, `code`, `message` and `hint`. */
  readonly errors: readonly Mistake[];
  /** The id under which the service's log has the request. */
  readonly requestId: string | null;
  /** Of which of many requests this is told, from 1 on; null for a single one. */
  readonly line: number | null;

  /**
   * @param status The HTTP status; null where no answer came.
   * @param detail What went wrong, in a sentence.
   */
  constructor(
    readonly status: number | null,
    readonly detail: string,
    { type = null, errors = [], requestId = null, line = null }: ErrorParts = {},
  ) {
    const codes = [...new Set(errors.map((one) => one.code))];
    const said = [
      line === null ? "" : `line ${line}`,
      status === null ? "" : `${status}`,
      codes.join(", "),
      requestId === null ? "" : `request ${requestId}`,
    ].filter((one) => one !== "");
    super(said.length ? `${detail} (${said.join("; ")})` : detail);
    this.type = type;
    this.errors = errors;
    this.requestId = requestId;
    this.line = line;
    Object.defineProperty(this, "errors", { enumerable: false }); // what prints an error prints its members
  }

  /** The codes of its errors, each once, such as `unknown-option`. */
  get codes(): readonly string[] {
    return [...new Set(this.errors.map((one) => one.code))];
  }

  /** The error that a problem document tells; anything else came from something in between. */
  static of(status: number, problem: unknown, line: number | null = null): PicoplanError {
    if (!isProblem(problem)) return new PicoplanError(status, "The answer does not come from picoplan.", { line });
    const { type, detail, errors, instance } = problem;
    return new PicoplanError(status, detail, { type, errors, requestId: instance, line });
  }
}

function isProblem(told: unknown): told is Problem {
  const members = ["type", "detail", "instance", "errors"];
  return typeof told === "object" && told !== null && members.every((name) => name in told);
}
