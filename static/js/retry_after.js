/* Reads Retry-After from a response that was refused because of overload or too many requests. */

const REFUSED = [429, 503];
const SHORTEST_MS = 1000;
const DEFAULT_MS = 10_000;
const LONGEST_MS = 300_000;

/* Milliseconds to wait, or 0. Up to a quarter longer than the header says, so that pages don't all return at once. */
export function retryAfterMs(answer) {
  if (!REFUSED.includes(answer.status)) return 0;
  const header = (answer.headers.get("Retry-After") || "").trim();
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  const wait = Math.min(Math.max(Number.isNaN(ms) ? DEFAULT_MS : ms, SHORTEST_MS), LONGEST_MS);
  return wait * (1 + Math.random() / 4);
}
