/* Answers a press at once and in place: the button shows that it was pressed, the answer becomes the page, and
   nothing is sent twice. Whoever has no JavaScript sends the same forms and gets the same page. */

import { exchange } from "./exchange.js";

const PATIENCE_MS = 15_000;
const MOMENT = 700; // within this, a second tap is not meant for the button that now stands there

const counter = document.querySelector(".counter");
const notices = document.getElementById("notices");
let pressed = null;

async function press(event) {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  if (pressed) return;
  pressed = event.submitter || form.querySelector("button");
  pressed.setAttribute("aria-busy", "true");
  counter.classList.add("is-pressed");
  const answer = await sent(form);
  pressed.removeAttribute("aria-busy");
  counter.classList.remove("is-pressed");
  pressed = null;
  const isRefused = answer !== null && !show(answer, form);
  if (!answer) notices.replaceChildren(notice(counter.dataset.unsent));
  document.dispatchEvent(new CustomEvent("answered", { detail: { isRefused } }));
}

/* The page that answers; none if nobody did. The press id makes it safe to press again. */
async function sent(form) {
  const impatience = new AbortController();
  const patience = setTimeout(() => impatience.abort(), PATIENCE_MS);
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, cache: "no-store", signal: impatience.signal });
    if (answer.status >= 500 || answer.status === 429) return null;
    const html = await answer.text();
    const { url, redirected } = answer;
    return { address: redirected ? url : "", page: new DOMParser().parseFromString(html, "text/html") };
  } catch {
    return null;
  } finally {
    clearTimeout(patience);
  }
}

/* Whether the page is now the answer. */
function show({ address, page }, form) {
  const now = page.getElementById("notices");
  if (!page.querySelector(".counter") || !now) return showOther(address, page);
  const said = [...now.children];
  const unused = page.querySelector(`form[action="${form.getAttribute("action")}"] [name=press]`);
  exchange(page, { whole: true });
  notices.replaceChildren(...said);
  const wrong = document.querySelector("[aria-invalid]");
  if (wrong) {
    wrong.focus();
    return true;
  }
  form.reset();
  if (unused) form.elements.press.value = unused.value;
  return true;
}

/* Signed out meanwhile: there is another page to see. Refused altogether: the reason stands on this one. */
function showOther(address, page) {
  if (address) location.assign(address);
  const why = [...page.querySelectorAll("main h1, main .lead")].map((one) => one.textContent.trim());
  notices.replaceChildren(notice(why.join(". ") || counter.dataset.unsent));
  return false;
}

function notice(words) {
  const line = document.createElement("p");
  line.className = "notice notice-problem";
  line.setAttribute("role", "alert");
  line.textContent = words;
  return line;
}

/* A finger that taps twice means one press. When a press has changed what stands under the thumb, the new
   buttons take no tap for a moment. Keys and what a screen reader presses are not held up. */
function settle(part) {
  part.classList.add("settling");
  clearTimeout(part.settled);
  part.settled = setTimeout(() => part.classList.remove("settling"), MOMENT);
}

for (const part of document.querySelectorAll('[data-part="next"], [data-part="other"]')) {
  settle(part);
  const watch = new MutationObserver((changes) => changes.some(hasNewButtons) && settle(part));
  watch.observe(part, { childList: true, subtree: true });
}

function hasNewButtons({ addedNodes }) {
  return [...addedNodes].some((node) => node.matches?.("button, form, section, div"));
}

counter.addEventListener("submit", press);
