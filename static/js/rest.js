/* How long an answer asks to be left alone: somebody was too busy for it, or found that we ask too often. */

const REFUSED = [429, 503];
const SHORTEST_MS = 1000;
const UNSAID_MS = 10_000;
const LONGEST_MS = 300_000;

/* Milliseconds; 0 where nothing of the kind was asked. Some more than was said, lest all come back at once. */
export function restAsked(answer) {
  if (!REFUSED.includes(answer.status)) return 0;
  const said = (answer.headers.get("Retry-After") || "").trim();
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  const asked = Math.min(Math.max(Number.isNaN(ms) ? UNSAID_MS : ms, SHORTEST_MS), LONGEST_MS);
  return asked * (1 + Math.random() / 4);
}
