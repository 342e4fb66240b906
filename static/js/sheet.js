/* The sheet: opens links with data-sheet over the servicer's page, without leaving it. A link to a place (#walk-in)
   brings that section; any other link brings the part of its page that is marked data-sheet-page. */

import { hasUserInput } from "./exchange.js";
import { settle } from "./settle.js";

const TIMEOUT_MS = 8_000;

const sheet = document.getElementById("sheet");
const content = document.createElement("div");
const hide = Object.assign(document.createElement("button"), { type: "button", className: "sheet-hide" });

let section = null; // of this page, while the sheet shows it
let place = null; // where that section belongs
let address = ""; // of the page that the sheet shows
let asked = 0; // counts what was asked for: an answer that comes late is not shown

export function isOpen() {
  return sheet.open;
}

/* Whether what the sheet shows goes on after a press: somebody at the desk is seldom the last. */
export function staysOpen() {
  return section?.dataset.stays !== undefined;
}

export function closeSheet() {
  if (sheet.open) sheet.close();
}

/* Shows a page that came as the answer to a press; false if it has nothing for the sheet. */
export function showPage(page, from) {
  const part = page.querySelector("[data-sheet-page]");
  if (!part) return false;
  for (const one of part.querySelectorAll(".back-link, .connection")) one.remove();
  putBack();
  address = from;
  content.replaceChildren(part);
  open(titled(part.querySelector("h1")));
  document.dispatchEvent(new CustomEvent("sheet-shown"));
  part.querySelector("[aria-invalid], [autofocus]")?.focus();
  const at = from && new URL(from, location.href).hash;
  if (at) part.querySelector(at)?.scrollIntoView();
  return true;
}

/* A page has one heading of the first level, and that is not the sheet's. */
function titled(heading) {
  const title = Object.assign(document.createElement("h2"), { className: "sheet-title" });
  title.append(...(heading?.childNodes || []));
  heading?.replaceWith(title);
  return title;
}

function showSection(one) {
  putBack();
  address = "";
  section = one;
  place = document.createComment("");
  section.replaceWith(place);
  content.replaceChildren(section);
  open(section.querySelector("h2"));
  section.querySelector("input:not([type=hidden]):not([type=checkbox]), select")?.focus();
}

function open(title) {
  title.id = title.id || "sheet-title";
  sheet.setAttribute("aria-labelledby", title.id);
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
  settle(sheet);
}

function putBack() {
  if (section) place.replaceWith(section);
  section = place = null;
  content.replaceChildren();
}

/* The words of the link at once, the page as soon as it is there. */
async function fetchPage(href, words) {
  const mine = ++asked;
  if (words) showWords(words);
  const page = await pageAt(href);
  if (mine !== asked || !sheet.open) return;
  if (!page || !showPage(page, href)) location.assign(href);
}

function showWords(words) {
  putBack();
  const title = document.createElement("h1");
  title.textContent = words;
  content.replaceChildren(title);
  open(titled(title));
}

async function pageAt(href) {
  const controller = new AbortController();
  const timeout = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const answer = await fetch(href, { cache: "no-store", signal: controller.signal });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timeout);
  }
}

/* Something has happened in the queue: a ticket that is shown may be at another place now. */
async function renew() {
  if (!sheet.open || !content.querySelector("[data-sheet-page][data-live]")) return;
  if (content.contains(document.activeElement) && document.activeElement.matches("select")) return;
  const mine = asked;
  const fresh = (await pageAt(address))?.querySelector("[data-sheet-page]");
  if (!fresh || mine !== asked || !sheet.open) return;
  for (const part of content.querySelectorAll("[data-part]")) {
    const now = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    const heading = now?.querySelector("h1");
    if (heading) titled(heading).id = sheet.getAttribute("aria-labelledby");
    if (now && !hasUserInput(part) && shown(now) !== shown(part)) part.replaceChildren(...now.childNodes);
  }
}

/* Without hidden fields, which differ in every rendering. */
function shown(part) {
  const copy = part.cloneNode(true);
  for (const field of copy.querySelectorAll("input[type=hidden]")) field.remove();
  return copy.innerHTML;
}

function onClick(event) {
  if (event.target === sheet) return closeSheet(); // beside it
  const link = event.target.closest?.("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (sheet.contains(link) && link.dataset.dismiss === undefined && isThisPage(link)) {
    event.preventDefault();
    closeSheet(); // the way back
  } else if (link.dataset.sheet !== undefined) {
    event.preventDefault();
    const one = link.getAttribute("href").startsWith("#") && document.querySelector(link.hash);
    if (one) showSection(one);
    else fetchPage(link.href, wordsOf(link));
  }
}

function wordsOf(link) {
  const named = (link.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id));
  return (named.filter(Boolean).map((one) => one.textContent).join(" ") || link.textContent).replace(/\s+/g, " ").trim();
}

function isThisPage(link) {
  return link.origin === location.origin && link.pathname === location.pathname && !link.hash;
}

function onSubmit(event) {
  const form = event.target;
  if (form.method !== "get" || form.dataset.sheet === undefined) return;
  event.preventDefault();
  fetchPage(`${form.action}?${new URLSearchParams(new FormData(form))}`, "");
  if (!sheet.open) showWords(form.querySelector("label").textContent);
}

if (sheet?.showModal) {
  hide.setAttribute("aria-label", sheet.dataset.hide);
  hide.addEventListener("click", closeSheet);
  sheet.append(hide, content);
  sheet.addEventListener("close", () => (asked++, putBack()));
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("exchanged", ({ detail }) => detail.whole || renew());
}
