/* Hides a door code that may be good no longer, because the server could not be reached for too long. refresh.js
   fetches the next one in time. */

const CHECK_EVERY_MS = 5000;

const page = document.querySelector("[data-refresh-seconds]");

let goodUntil = Infinity;

function onFresh() {
  const seconds = page.dataset.codeSeconds;
  goodUntil = seconds === undefined ? Infinity : Date.now() + Number(seconds) * 1000;
  hideOld();
}

function hideOld() {
  const isOld = Date.now() >= goodUntil;
  for (const one of document.querySelectorAll("[data-code]")) if (one.hidden !== isOld) one.hidden = isOld;
}

document.addEventListener("exchanged", onFresh);
setInterval(hideOld, CHECK_EVERY_MS); // a timer of its own would stand still while the screen sleeps
onFresh();
