/* A double tap means one press: what has just appeared under the thumb ignores taps for a moment. Keys and screen
   readers are not delayed. */

const SETTLE_MS = 700; // a second tap within this time is not meant for what has appeared

export function settle(part) {
  part.toggleAttribute("data-settling", true);
  clearTimeout(part.settled);
  part.settled = setTimeout(() => part.removeAttribute("data-settling"), SETTLE_MS);
}
