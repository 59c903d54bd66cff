/** A client of picoplan: the plan for one client or for many, and why. */
export { PicoplanClient } from "./client.js";
export { PicoplanError } from "./error.js";
export type { ErrorParts } from "./error.js";
export type { Options } from "./transport.js";
export type * from "./types.js";
