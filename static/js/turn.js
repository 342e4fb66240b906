/* Tells the holder of a ticket by sound, by shaking and in the title when their turn comes, also when they are
   called again; softly when it is near. What the page shows is exchange.js's business: this only watches. */

import { canSound, chime, isUnlocked, unlock } from "./chime.js";
import { makeSwitch } from "./switch.js";

const SHAKES = [400, 150, 400, 150, 800];
const TIMES = 3;
const AGAIN_MS = 6_000;
const BLINK_MS = 1_000;

const ticket = document.querySelector("[data-screen]");
let before = seen();
let sounding = 0;
let blinking = 0;
let lock = null;

const sound = canSound || navigator.vibrate ? makeSwitch("turn sound", true, (on) => on && announce(false)) : null;
const awake = navigator.wakeLock ? makeSwitch("awake", false, keepAwake) : null;

if (canSound) unlock(tellSound);
tellSound();
keepAwake();
new MutationObserver(look).observe(ticket, { attributes: true });
for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, hush);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  stopBlinking();
  keepAwake();
});

function seen() {
  const { screen, call, near } = ticket.dataset;
  return { isTurn: screen === "turn", call: Number(call), isSoon: screen === "next" || near !== undefined };
}

function look() {
  const now = seen();
  if (now.isTurn && (!before.isTurn || now.call > before.call)) callOut();
  else if (now.isSoon && !before.isSoon && !before.isTurn) announce(false);
  if (!now.isTurn) hush();
  before = now;
}

function callOut() {
  hush();
  let times = 0;
  const once = () => {
    announce(true);
    times += 1;
    if (times < TIMES) sounding = setTimeout(once, AGAIN_MS);
  };
  once();
  if (document.hidden) blink();
}

function announce(isCall) {
  if (!sound?.isOn()) return;
  if (canSound) chime(isCall);
  navigator.vibrate?.(isCall ? SHAKES : SHAKES.slice(0, 1));
}

/* Somebody has noticed. */
function hush() {
  clearTimeout(sounding);
  stopBlinking();
}

function blink() {
  const words = document.title;
  blinking = setInterval(() => {
    document.title = document.title === words ? `\u{1F514} ${words}` : words;
  }, BLINK_MS);
}

function stopBlinking() {
  if (!blinking) return;
  clearInterval(blinking);
  blinking = 0;
  document.title = document.title.replace("\u{1F514} ", "");
}

function tellSound() {
  if (!sound) return;
  const { hint, blocked } = sound.row.dataset;
  sound.say(canSound && sound.isOn() && !isUnlocked() ? blocked : hint);
}

/* A phone that sleeps shows nothing and makes no sound. */
async function keepAwake() {
  if (!awake?.isOn()) return release();
  if (document.hidden || lock) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    lock.addEventListener("release", () => (lock = null));
  } catch {
    lock = null; // a battery nearly empty, for one
  }
}

function release() {
  lock?.release();
}
