/* Tells an idle servicer that somebody has joined an empty line: a sound, a shake, and, where it was asked for,
   a notification. The title says it by itself. A browser makes no sound before the first press on the page. */

import { canSound, chime, isUnlocked, unlock } from "./chime.js";
import { remember, remembered } from "./remembered.js";

const MUTED = "alerts.muted";
const NOTIFIES = "alerts.notifies";
const counter = document.querySelector(".counter");
const box = document.getElementById("alerts");
const sound = document.getElementById("alert-sound");
const notification = document.getElementById("alert-notification");
const words = document.getElementById("alert-words");

let hasNobody = isAlone();

/* Nobody waits, and nobody is served here. */
function isAlone() {
  return counter.dataset.waiting === "0" && isIdle();
}

function isIdle() {
  return counter.dataset.serves === undefined && counter.dataset.state === "open";
}

function look(event) {
  const hadNobody = hasNobody;
  hasNobody = isAlone();
  const isOwnDoing = event.detail.whole;
  if (hadNobody && !hasNobody && isIdle() && !isOwnDoing) alert();
}

function alert() {
  if (sound.checked) ring();
  navigator.vibrate?.([200, 100, 200]);
  if (notification.checked && document.hidden) notify();
}

function ring() {
  if (!isUnlocked()) return;
  chime();
  document.dispatchEvent(new Event("rang"));
}

function notify() {
  try {
    const shown = new Notification(box.dataset.title, { body: counter.dataset.queue, tag: counter.dataset.queue });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
  } catch {
    // Chrome on Android shows none from a page; the sound and the shake remain.
  }
}

async function choose() {
  remember(NOTIFIES, notification.checked);
  words.textContent = "";
  if (!notification.checked || Notification.permission === "granted") return;
  const answer = await Notification.requestPermission();
  if (answer === "granted") return;
  notification.checked = false;
  remember(NOTIFIES, false);
  words.textContent = box.dataset.refused;
}

box.hidden = false;
if (canSound) unlock(() => {});
sound.checked = !remembered(MUTED);
sound.addEventListener("change", () => {
  remember(MUTED, !sound.checked);
  if (sound.checked) ring();
});
if ("Notification" in window) {
  notification.checked = remembered(NOTIFIES) && Notification.permission === "granted";
  notification.addEventListener("change", choose);
} else {
  notification.closest(".form-check").hidden = true;
}
document.addEventListener("exchanged", look);
