/* The pretend phones without a reload: asks each second for new texts, and sends in the background.
   The server renders every text; nothing here knows what a text means. */

import { restAsked } from "./rest.js";

const phones = document.querySelector("[data-texts]");

let newest = 0;
let asked = null;
let restUntil = 0;

function begin() {
  newest = Math.max(0, ...[...phones.querySelectorAll("[data-id]")].map((bubble) => Number(bubble.dataset.id)));
  phones.addEventListener("submit", send);
  for (const window of phones.querySelectorAll(".phone-texts")) window.scrollTop = window.scrollHeight;
  setInterval(() => document.hidden || look(), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || look());
}

function look() {
  if (Date.now() < restUntil) return null;
  asked ||= ask().finally(() => (asked = null));
  return asked;
}

async function ask() {
  try {
    const answer = await fetch(`${phones.dataset.texts}&after=${newest}`, { cache: "no-store" });
    restUntil = Date.now() + restAsked(answer);
    if (!answer.ok) throw new Error(answer.status);
    const news = await answer.json();
    for (const text of news.texts) show(text);
    for (const field of phones.querySelectorAll("[name=csrf_token]")) field.value = news.csrf_token;
    tell(true);
  } catch {
    tell(false);
  }
}

function show(text) {
  newest = Math.max(newest, text.id);
  const phone = phones.querySelector(`[data-phone="${text.phone}"]`);
  if (!phone || document.getElementById(`text-${text.id}`)) return;
  const bubble = new DOMParser().parseFromString(text.html, "text/html").querySelector("li");
  const list = phone.querySelector(".conversation");
  const later = [...list.children].find((other) => Number(other.dataset.id) > text.id);
  bubble.classList.add("bubble-new");
  list.insertBefore(bubble, later || null);
  const window = phone.querySelector(".phone-texts");
  window.scrollTop = window.scrollHeight;
  if (bubble.classList.contains("bubble-in")) buzz(phone);
}

function buzz(phone) {
  phone.classList.remove("phone-buzzing");
  void phone.offsetWidth; // a restart of the animation needs the class gone for a moment
  phone.classList.add("phone-buzzing");
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const given = new FormData(form, event.submitter);
  const field = form.querySelector("[name=body]:not(button)");
  if (!given.get("body").trim()) return;
  if (field) field.value = "";
  const problem = await posted(form.action, given);
  if (problem && field && !field.value) field.value = given.get("body");
  notify(problem);
  await look();
  look();
}

async function posted(address, given) {
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(address, { method: "POST", body: given, headers });
    const said = answer.headers.get("Content-Type") || "";
    if (said.startsWith("application/json")) return (await answer.json()).problem;
    return answer.ok ? null : phones.dataset.unsent;
  } catch {
    return phones.dataset.unreached;
  }
}

function notify(words) {
  const notices = document.getElementById("notices");
  notices.replaceChildren();
  if (!words) return;
  const notice = document.createElement("p");
  notice.className = "notice notice-problem";
  notice.setAttribute("role", "alert");
  notice.textContent = words;
  notices.append(notice);
}

function tell(connected) {
  const line = document.getElementById("connection");
  line.textContent = connected ? "" : Date.now() < restUntil ? line.dataset.busy : line.dataset.words;
}

if (phones) begin();
