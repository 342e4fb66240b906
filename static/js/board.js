/* The board, which runs unattended for weeks: highlights and announces new calls, prevents burn-in, and reloads at
   night and after a long disconnection. refresh.js updates its content. */

import { announce, setUpVoice, tellOfNoVoice } from "./board_voice.js";
import { canSound, chime, isUnlocked, unlock } from "./chime.js";
import "./door_code.js";
import { makeSwitch } from "./switch.js";

const HIGHLIGHT_MS = 15_000;
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const LONG_DISCONNECTION_MS = 10 * MINUTE_MS;
const IDLE_MS = 5_000;
const RELOAD_AFTER_MS = 6 * 60 * MINUTE_MS;
const NIGHT = [3, 4]; // hours of the screen's own clock
const DRIFT = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];

const board = document.querySelector(".board");
const numbers = board.querySelector('[data-part="now"]');
const connection = document.getElementById("connection");
const messages = board.querySelector(".board-messages");
const highlighted = new Map(); // call -> end of its highlight, in ms
const loadedAt = Date.now();
const nightMinute = Math.floor(Math.random() * 60); // spreads the reloads of many screens

const lastCalls = new Map(); // queue -> its newest call; those of different queues may become visible in another order

let queues = queuesShown();
let disconnectedSince = 0;
let minutes = 0;
let idle = 0;

const sound = canSound ? makeSwitch("board sound", false, (on) => on && (chime(), tellOfNoVoice())) : null;
if (canSound) unlock(showSoundHint, sound?.isOn());
takeNewCalls();
showSoundHint();
setUpVoice(() => Boolean(sound?.isOn()));
document.addEventListener("click", showSoundHint);
new MutationObserver(onNumbersChange).observe(numbers, { childList: true, subtree: true, characterData: true });
new MutationObserver(watchConnection).observe(connection, { childList: true, characterData: true, subtree: true });
for (const touch of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(touch, wake);
document.addEventListener("visibilitychange", keepAwake);
setInterval(everyMinute, MINUTE_MS);
if (messages) setInterval(showMessage, SECOND_MS);
document.addEventListener("exchanged", onFresh);
wake();
keepAwake();

// Calls --------------------------------------------------------------------------------------------------

/* Those that were not here before, in their order. */
function takeNewCalls() {
  const shown = [...numbers.querySelectorAll("[data-call]")].map(({ dataset }) => [dataset.queue, Number(dataset.call)]);
  const found = shown.filter(([queue, call]) => call > (lastCalls.get(queue) ?? 0)).sort((one, other) => one[1] - other[1]);
  for (const [queue, call] of found) lastCalls.set(queue, call);
  return found.map(([, call]) => call);
}

function onNumbersChange() {
  const newCalls = takeNewCalls();
  for (const call of newCalls) highlighted.set(call, Date.now() + HIGHLIGHT_MS);
  if (newCalls.length) {
    newCalls.forEach(announce);
    setTimeout(highlight, HIGHLIGHT_MS + 50);
  }
  highlight();
}

/* Called after every update, because replaced elements lose the highlight. */
function highlight() {
  for (const [call, until] of highlighted) if (until <= Date.now()) highlighted.delete(call);
  for (const one of numbers.querySelectorAll("[data-call]")) {
    one.classList.toggle("called-now", highlighted.has(Number(one.dataset.call)));
  }
}

function showSoundHint() {
  sound?.setHint(sound.isOn() && !isUnlocked() ? sound.row.dataset.blocked : "");
}

// Several queues -----------------------------------------------------------------------------------------

function onFresh() {
  if (messages) showMessage();
  if (queuesShown() === queues) return;
  queues = queuesShown();
  document.dispatchEvent(new Event("follow anew"));
}

function queuesShown() {
  return Object.keys(JSON.parse(board.dataset.changes || "{}")).join();
}

/* One after the other, by the clock alone, so that a fresh copy of the page shows the same one. */
function showMessage() {
  const all = [...messages.querySelectorAll("p")];
  const shown = Math.floor(Date.now() / (Number(messages.dataset.messageSeconds) * SECOND_MS)) % all.length;
  all.forEach((one, at) => one.hidden === (at !== shown) || (one.hidden = at !== shown));
}

// Unattended ---------------------------------------------------------------------------------------------

function everyMinute() {
  minutes += 1;
  const [x, y] = DRIFT[minutes % DRIFT.length];
  board.style.setProperty("--drift-x", x);
  board.style.setProperty("--drift-y", y);
  const now = new Date();
  const isNight = NIGHT.includes(now.getHours()) && now.getMinutes() === nightMinute;
  if (isNight && Date.now() - loadedAt > RELOAD_AFTER_MS) reloadIfOnline();
}

/* Only if the server answers: otherwise the browser would be stuck on its own error page. */
async function reloadIfOnline() {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.reload();
}

function watchConnection() {
  const isDisconnected = connection.textContent !== "";
  document.documentElement.classList.toggle("cut", isDisconnected);
  if (isDisconnected) disconnectedSince = disconnectedSince || Date.now();
  else if (disconnectedSince && Date.now() - disconnectedSince > LONG_DISCONNECTION_MS) reloadIfOnline();
  if (!isDisconnected) disconnectedSince = 0;
}

function wake() {
  document.documentElement.classList.remove("idle");
  clearTimeout(idle);
  idle = setTimeout(() => document.documentElement.classList.add("idle"), IDLE_MS);
}

async function keepAwake() {
  if (!document.hidden) await navigator.wakeLock?.request("screen").catch(() => null);
}
