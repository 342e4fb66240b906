/* The pages of a kiosk. Forgets each visitor once nobody has touched the screen for a while; steps the number of people;
   and beside a number: more time, read aloud, print. */

const SECOND_MS = 1_000;
const MORE_SECONDS = 60;
const ANSWERS_WITHIN_MS = 8_000;
const AGAIN_AFTER_MS = 3_000;

const kiosk = document.querySelector(".kiosk");
const seconds = Number(kiosk.dataset.forgetSeconds);
const connection = document.getElementById("connection");
const left = kiosk.querySelector(".kiosk-left");
const speech = window.SpeechSynthesisUtterance ? window.speechSynthesis : null;
let forgetAt = 0; // by the clock that nobody puts back
let isForgetting = false;
let isSending = false;

wait();
for (const touch of ["pointerdown", "keydown", "input"]) document.addEventListener(touch, () => wait());
window.addEventListener("pageshow", (event) => event.persisted && forget());
setInterval(look, SECOND_MS);
kiosk.querySelector("h1").focus({ preventScroll: true });
document.addEventListener("click", step);
document.addEventListener("click", (event) => event.target.dataset?.done !== undefined && (event.preventDefault(), forget()));
document.addEventListener("submit", send);
document.addEventListener("exchanged", showSteps);
showSteps();
button("more", () => wait(MORE_SECONDS));
button("print", () => window.print());
if (speech) {
  speech.addEventListener?.("voiceschanged", offerVoice);
  offerVoice();
}
if (kiosk.dataset.prints !== undefined) window.addEventListener("load", () => window.print());

// Forgetting ---------------------------------------------------------------------------------------------

function wait(longer = seconds) {
  forgetAt = Math.max(forgetAt, performance.now() + longer * SECOND_MS);
  look();
}

function look() {
  const rest = Math.ceil((forgetAt - performance.now()) / SECOND_MS);
  if (left) left.textContent = left.dataset.words.replace("#", Math.max(0, rest));
  if (rest <= 0 && isBegun()) forget();
}

/* Nobody's words stand here, so there is nothing to forget: the page only follows its queue. */
function isBegun() {
  if (kiosk.dataset.begun !== undefined) return true;
  return [...kiosk.querySelectorAll("input:not([type=hidden])")].some((field) => field.value !== "");
}

async function forget() {
  if (isForgetting) return;
  isForgetting = kiosk.hidden = true;
  if (speech) speech.cancel();
  while (!(await isServed())) {
    connection.textContent = connection.dataset.words;
    await new Promise((wake) => setTimeout(wake, AGAIN_AFTER_MS));
  }
  location.replace(kiosk.dataset.home);
}

/* Leaving the page while the server doesn't answer would end at the browser's own error page, where nobody gets away from. */
async function isServed() {
  const controller = new AbortController();
  const limit = setTimeout(() => controller.abort(), ANSWERS_WITHIN_MS);
  const asked = fetch(kiosk.dataset.home, { cache: "no-store", signal: controller.signal });
  const answer = await asked.catch(() => null);
  clearTimeout(limit);
  return Boolean(answer && answer.ok);
}

async function send(event) {
  event.preventDefault();
  if (isSending) return;
  isSending = true;
  wait(seconds);
  if (await isServed()) return event.target.submit();
  connection.textContent = connection.dataset.words;
  isSending = false;
}

// Buttons ------------------------------------------------------------------------------------------------

function button(name, act) {
  const found = kiosk.querySelector(`[data-${name}]`);
  if (!found) return;
  found.hidden = false;
  found.onclick = act;
}

function showSteps() {
  for (const one of kiosk.querySelectorAll("[data-step]")) one.hidden = false;
}

function step(event) {
  const by = Number(event.target.dataset?.step);
  if (!by) return;
  const field = kiosk.querySelector("#party");
  field.value = Math.min(99, Math.max(1, (Number(field.value) || 1) + by));
}

function offerVoice() {
  const language = document.documentElement.lang;
  const voice = speech.getVoices().find((one) => one.lang.toLowerCase().split(/[-_]/)[0] === language);
  if (voice && kiosk.dataset.say) button("aloud", () => say(voice));
}

function say(voice) {
  const words = Object.assign(new SpeechSynthesisUtterance(kiosk.dataset.say), { voice, lang: voice.lang });
  speech.cancel();
  speech.speak(words);
}
