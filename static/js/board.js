/* A board that nobody touches for weeks: marks and sounds a new call, spares the screen, and begins afresh at
   night and after a long absence. What it shows is brought by refresh.js. */

import { canSound, chime, isUnlocked, unlock } from "./chime.js";
import { makeSwitch } from "./switch.js";

const MARKED_MS = 15_000;
const MINUTE_MS = 60_000;
const LONG_CUT_MS = 10 * MINUTE_MS;
const IDLE_MS = 5_000;
const OLD_MS = 6 * 60 * MINUTE_MS;
const NIGHT = [3, 4]; // hours of the screen's own clock
const DRIFT = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];

const board = document.querySelector(".board");
const numbers = board.querySelector('[data-part="now"]');
const connection = document.getElementById("connection");
const marked = new Map(); // call -> until when
const begun = Date.now();
const nightMinute = Math.floor(Math.random() * 60); // not every screen at once

let lastCall = Math.max(0, ...calls());
let cutSince = 0;
let minutes = 0;
let idle = 0;

const sound = canSound ? makeSwitch("board sound", false, (on) => on && chime()) : null;
if (canSound) unlock(tellSound, sound?.isOn());
tellSound();
document.addEventListener("click", tellSound);
new MutationObserver(look).observe(numbers, { childList: true, subtree: true, characterData: true });
new MutationObserver(watchConnection).observe(connection, { childList: true, characterData: true, subtree: true });
for (const touch of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(touch, wake);
document.addEventListener("visibilitychange", keepAwake);
setInterval(everyMinute, MINUTE_MS);
wake();
keepAwake();

// Calls --------------------------------------------------------------------------------------------------

function calls() {
  return [...numbers.querySelectorAll("[data-call]")].map((one) => Number(one.dataset.call));
}

function look() {
  const fresh = calls().filter((call) => call > lastCall);
  for (const call of fresh) marked.set(call, Date.now() + MARKED_MS);
  if (fresh.length) {
    lastCall = Math.max(...fresh);
    if (sound?.isOn()) chime();
    setTimeout(mark, MARKED_MS + 50);
  }
  mark();
}

/* Anew each time: what is exchanged comes without the mark. */
function mark() {
  for (const [call, until] of marked) if (until <= Date.now()) marked.delete(call);
  for (const one of numbers.querySelectorAll("[data-call]")) {
    one.classList.toggle("called-now", marked.has(Number(one.dataset.call)));
  }
}

function tellSound() {
  sound?.say(sound.isOn() && !isUnlocked() ? sound.row.dataset.blocked : "");
}

// Weeks --------------------------------------------------------------------------------------------------

function everyMinute() {
  minutes += 1;
  const [x, y] = DRIFT[minutes % DRIFT.length];
  board.style.setProperty("--drift-x", x);
  board.style.setProperty("--drift-y", y);
  const now = new Date();
  const isNight = NIGHT.includes(now.getHours()) && now.getMinutes() === nightMinute;
  if (isNight && Date.now() - begun > OLD_MS) beginAfresh();
}

/* Only where somebody answers: a browser's own page of errors would stay for good. */
async function beginAfresh() {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.reload();
}

function watchConnection() {
  const isCut = connection.textContent !== "";
  document.documentElement.classList.toggle("cut", isCut);
  if (isCut) cutSince ||= Date.now();
  else if (cutSince && Date.now() - cutSince > LONG_CUT_MS) beginAfresh();
  if (!isCut) cutSince = 0;
}

function wake() {
  document.documentElement.classList.remove("idle");
  clearTimeout(idle);
  idle = setTimeout(() => document.documentElement.classList.add("idle"), IDLE_MS);
}

async function keepAwake() {
  if (!document.hidden) await navigator.wakeLock?.request("screen").catch(() => null);
}
