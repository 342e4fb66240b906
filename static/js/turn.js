/* Alerts the holder of a ticket by sound, vibration and page title when they are called or called again, and more
   softly when their turn is near. exchange.js updates the page; this script only observes it. */

import { canSound, chime, isUnlocked, unlock } from "./chime.js";
import { makeSwitch } from "./switch.js";

const VIBRATION = [400, 150, 400, 150, 800];
const REPEATS = 3;
const REPEAT_MS = 6_000;
const BLINK_MS = 1_000;

const ticket = document.querySelector("[data-screen]");
let previous = currentState();
let repeatTimer = 0;
let blinkTimer = 0;
let lock = null;

const sound = canSound || navigator.vibrate ? makeSwitch("turn sound", true, (on) => on && announce(false)) : null;
const awake = navigator.wakeLock ? makeSwitch("awake", false, keepAwake) : null;

if (canSound) unlock(showSoundHint);
showSoundHint();
keepAwake();
new MutationObserver(onTicketChange).observe(ticket, { attributes: true });
for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, stopAlert);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  stopBlinking();
  keepAwake();
});

function currentState() {
  const { screen, call, near } = ticket.dataset;
  return { isTurn: screen === "turn", call: Number(call), isSoon: screen === "next" || near !== undefined };
}

function onTicketChange() {
  const now = currentState();
  if (now.isTurn && (!previous.isTurn || now.call > previous.call)) alertCall();
  else if (now.isSoon && !previous.isSoon && !previous.isTurn) announce(false);
  if (!now.isTurn) stopAlert();
  if (ticket.dataset.number === undefined) document.querySelector(".switches")?.remove(); // nothing more is told
  previous = now;
}

function alertCall() {
  stopAlert();
  let times = 0;
  const once = () => {
    announce(true);
    times += 1;
    if (times < REPEATS) repeatTimer = setTimeout(once, REPEAT_MS);
  };
  once();
  if (document.hidden) blink();
}

function announce(isCall) {
  if (!sound?.isOn()) return;
  if (canSound) chime(isCall);
  navigator.vibrate?.(isCall ? VIBRATION : VIBRATION.slice(0, 1));
}

/* Stops the alert, because the user has noticed it. */
function stopAlert() {
  clearTimeout(repeatTimer);
  stopBlinking();
}

function blink() {
  const words = document.title;
  blinkTimer = setInterval(() => {
    document.title = document.title === words ? `\u{1F514} ${words}` : words;
  }, BLINK_MS);
}

function stopBlinking() {
  if (!blinkTimer) return;
  clearInterval(blinkTimer);
  blinkTimer = 0;
  document.title = document.title.replace("\u{1F514} ", "");
}

function showSoundHint() {
  if (!sound) return;
  const { hint, blocked } = sound.row.dataset;
  sound.setHint(canSound && sound.isOn() && !isUnlocked() ? blocked : hint);
}

/* Keeps the screen on, if that switch is on: a sleeping phone shows nothing and makes no sound. */
async function keepAwake() {
  if (!awake?.isOn()) return release();
  if (document.hidden || lock) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    lock.addEventListener("release", () => (lock = null));
  } catch {
    lock = null; // refused, for example because the battery is low
  }
}

function release() {
  lock?.release();
}
