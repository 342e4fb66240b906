/* Alerts an idle servicer when somebody joins an empty line: by sound, vibration and, if enabled, a notification; and
   by a short sound when whoever they have called says something.
   The page title changes without this script. Browsers allow sound only after the first press on the page. */

import { canSound, chime, isUnlocked, unlock } from "./chime.js";
import { remember, remembered } from "./remembered.js";

const MUTED = "alerts.muted";
const NOTIFIES = "alerts.notifies";
const counter = document.querySelector(".counter");
const box = document.getElementById("alerts");
const sound = document.getElementById("alert-sound");
const notification = document.getElementById("alert-notification");
const message = document.getElementById("alert-words");

let isEmpty = isLineEmpty();
let heard = newestSaid();

/* Nobody waits, and this servicer serves nobody. */
function isLineEmpty() {
  return counter.dataset.waiting === "0" && isIdle();
}

function isIdle() {
  return counter.dataset.serves === undefined && counter.dataset.state === "open";
}

function checkLine(event) {
  const wasEmpty = isEmpty;
  isEmpty = isLineEmpty();
  const isOwnPress = event.detail.whole;
  if (wasEmpty && !isEmpty && isIdle() && !isOwnPress) alert();
}

function newestSaid() {
  return Number(counter.dataset.said || 0);
}

function checkSaid(event) {
  const isNew = newestSaid() > heard;
  heard = Math.max(heard, newestSaid());
  if (isNew && !event.detail.whole && sound.checked) playSound(false);
}

function alert() {
  if (sound.checked) playSound();
  navigator.vibrate?.([200, 100, 200]);
  if (notification.checked && document.hidden) notify();
}

function playSound(isCall = true) {
  if (!isUnlocked()) return;
  chime(isCall);
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
    // Chrome on Android shows no notifications from a page; sound and vibration still work.
  }
}

async function changeNotifications() {
  remember(NOTIFIES, notification.checked);
  message.textContent = "";
  if (!notification.checked || Notification.permission === "granted") return;
  const answer = await Notification.requestPermission();
  if (answer === "granted") return;
  notification.checked = false;
  remember(NOTIFIES, false);
  message.textContent = box.dataset.refused;
}

box.hidden = false;
if (canSound) unlock(() => {});
sound.checked = !remembered(MUTED);
sound.addEventListener("change", () => {
  remember(MUTED, !sound.checked);
  if (sound.checked) playSound();
});
if ("Notification" in window) {
  notification.checked = remembered(NOTIFIES) && Notification.permission === "granted";
  notification.addEventListener("change", changeNotifications);
} else {
  notification.closest(".form-check").hidden = true;
}
document.addEventListener("exchanged", checkLine);
document.addEventListener("exchanged", checkSaid);
