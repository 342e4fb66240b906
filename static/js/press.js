/* Submits the servicer's buttons without reloading: shows the press at once, replaces the page with the response, and
   sends nothing twice. Without JavaScript the same forms lead to the same page. */

import { exchange } from "./exchange.js";

const TIMEOUT_MS = 15_000;
const SETTLE_MS = 700; // a second tap within this time is not meant for a button that has just appeared

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
  const answer = await send(form);
  pressed.removeAttribute("aria-busy");
  counter.classList.remove("is-pressed");
  pressed = null;
  const isRefused = answer !== null && !show(answer, form);
  if (!answer) notices.replaceChildren(notice(counter.dataset.unsent));
  document.dispatchEvent(new CustomEvent("answered", { detail: { isRefused } }));
}

/* The page in the response; null if there was no response. The press id makes it safe to press again. */
async function send(form) {
  const controller = new AbortController();
  const timeout = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.action, { method: "POST", body, cache: "no-store", signal: controller.signal });
    if (answer.status >= 500 || answer.status === 429) return null;
    const html = await answer.text();
    const { url, redirected } = answer;
    return { address: redirected ? url : "", page: new DOMParser().parseFromString(html, "text/html") };
  } catch {
    return null;
  } finally {
    clearTimeout(timeout);
  }
}

/* Replaces the page with the response; false if the press was refused as a whole. */
function show({ address, page }, form) {
  const now = page.getElementById("notices");
  if (!page.querySelector(".counter") || !now) return showOther(address, page);
  const messages = [...now.children];
  const fresh = page.querySelector(`form[action="${form.getAttribute("action")}"] [name=press]`);
  exchange(page, { whole: true });
  notices.replaceChildren(...messages);
  const wrong = document.querySelector("[aria-invalid]");
  if (wrong) {
    wrong.focus();
    return true;
  }
  form.reset();
  if (fresh) form.elements.press.value = fresh.value;
  return true;
}

/* After a redirect elsewhere, such as to the sign-in page, goes there. Otherwise shows the error on this page. */
function showOther(address, page) {
  if (address) {
    location.assign(address); // a question first, or the sign-in page
    return true;
  }
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

/* A double tap means one press: when a press has changed the buttons under the thumb, the new ones ignore taps for a
   moment. Keys and screen readers are not delayed. */
function settle(part) {
  part.classList.add("settling");
  clearTimeout(part.settled);
  part.settled = setTimeout(() => part.classList.remove("settling"), SETTLE_MS);
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
