/* Submits the servicer's buttons without reloading: shows the press at once, replaces the page with the response, and
   sends nothing twice. Without JavaScript the same forms lead to the same page. */

import { exchange } from "./exchange.js";
import { settle } from "./settle.js";
import { closeSheet, isOpen, showPage, staysOpen } from "./sheet.js";

const TIMEOUT_MS = 15_000;
const IN_PLACE = { "X-In-Place": "yes" }; // answered with the parts of the page, without what this one has

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
  if (!answer) refuse(counter.dataset.unsent);
  const isKept = answer !== null && document.querySelector(".given") !== null; // it may be untrue now
  document.dispatchEvent(new CustomEvent("answered", { detail: { isOutdated: isRefused || isKept } }));
}

/* What went wrong is said above the main button, which the sheet must not cover. */
function refuse(words) {
  closeSheet();
  notices.replaceChildren(notice(words));
}

/* The page in the response; null if there was no response. The press id makes it safe to press again. */
async function send(form) {
  const controller = new AbortController();
  const timeout = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const body = new URLSearchParams(new FormData(form));
    const asked = { method: "POST", body, headers: IN_PLACE, cache: "no-store", signal: controller.signal };
    const answer = await fetch(form.action + location.search, asked); // which rows this page has
    if (answer.status >= 500) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.status === 429 && !page.querySelector("[data-sheet-page]")) return null;
    const here = answer.headers.get("Content-Location"); // where that page is, if nothing led there
    return { address: answer.redirected ? answer.url : here ? new URL(here, location.href).href : "", page };
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
  const given = address && new URL(address).searchParams.get("given");
  if (given) setAddress(given); // the page that is fetched next still shows the number
  const fresh = page.querySelector(`form[action="${form.getAttribute("action")}"] [name=press]`);
  const isWrong = page.querySelector("[aria-invalid]") !== null; // what the sheet said before may still stand there
  exchange(page, { whole: true });
  notices.replaceChildren(...messages);
  if (isWrong) {
    document.querySelector("[aria-invalid]")?.focus();
    return true;
  }
  if (isOpen() && !staysOpen()) hideSheet();
  form.reset();
  if (fresh) form.elements.press.value = fresh.value;
  return true;
}

function hideSheet() {
  closeSheet();
  settle(counter); // a second tap is not meant for what lay under the sheet
}

/* The number of a walk-in stays in view until somebody has read it. */
function onClick(event) {
  const link = event.target.closest?.("[data-dismiss]");
  if (!link) return;
  event.preventDefault();
  setAddress(null);
  link.closest(".given").remove();
  if (isOpen()) closeSheet();
  else document.getElementById("walk-in-name")?.focus();
}

function setAddress(given) {
  const here = new URL(location.href);
  if (given) here.searchParams.set("given", given);
  else here.searchParams.delete("given");
  history.replaceState(null, "", here);
}

/* After a redirect elsewhere goes there. Otherwise shows the form again, or the error, on this page. */
function showOther(address, page) {
  // The words of an answer that was undone.
  if (address && page.getElementById("note-again") && showPage(page, `${address}#conversation`)) return true;
  if (address) {
    location.assign(address); // a question first, or the sign-in page
    return true;
  }
  if (showPage(page, "")) return true; // what was typed, and what is wrong with it
  const why = [...page.querySelectorAll("main h1, main .lead")].map((one) => one.textContent.trim());
  refuse(why.join(". ") || counter.dataset.unsent);
  return false;
}

function notice(words) {
  const line = document.createElement("p");
  line.className = "notice notice-problem";
  line.setAttribute("role", "alert");
  line.textContent = words;
  return line;
}

// When a press has changed the buttons under the thumb.
for (const part of document.querySelectorAll('[data-part="next"], [data-part="other"], [data-part="undo"]')) {
  settle(part);
  const watch = new MutationObserver((changes) => changes.some(hasNewButtons) && settle(part));
  watch.observe(part, { childList: true, subtree: true });
}

function hasNewButtons({ addedNodes }) {
  return [...addedNodes].some((node) => node.matches?.("button, form, section, div"));
}

counter.addEventListener("submit", press);
counter.addEventListener("click", onClick);
