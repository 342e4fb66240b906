/* Pretend phones without reloading: polls for new texts every second, and sends in the background.
   The server renders every text; this script does not interpret them. */

import { retryAfterMs } from "./retry_after.js";

const phones = document.querySelector("[data-texts]");

let newest = 0;
let pollInProgress = null;
let waitUntil = 0;

function start() {
  newest = Math.max(0, ...[...phones.querySelectorAll("[data-id]")].map((bubble) => Number(bubble.dataset.id)));
  phones.addEventListener("submit", send);
  for (const window of phones.querySelectorAll(".phone-texts")) window.scrollTop = window.scrollHeight;
  setInterval(() => document.hidden || poll(), 1000);
  document.addEventListener("visibilitychange", () => document.hidden || poll());
}

function poll() {
  if (Date.now() < waitUntil) return null;
  pollInProgress = pollInProgress || fetchTexts().finally(() => (pollInProgress = null));
  return pollInProgress;
}

async function fetchTexts() {
  try {
    const answer = await fetch(`${phones.dataset.texts}&after=${newest}`, { cache: "no-store" });
    waitUntil = Date.now() + retryAfterMs(answer);
    if (!answer.ok) throw new Error(answer.status);
    const news = await answer.json();
    for (const text of news.texts) show(text);
    for (const field of phones.querySelectorAll("[name=csrf_token]")) field.value = news.csrf_token;
    showConnection(true);
  } catch {
    showConnection(false);
  }
}

function show(text) {
  newest = Math.max(newest, text.id);
  const phone = phones.querySelector(`[data-phone="${text.phone}"]`);
  if (!phone) return;
  const bubble = new DOMParser().parseFromString(text.html, "text/html").querySelector("li");
  const shown = document.getElementById(bubble.id);
  if (shown) {
    if ("read" in bubble.dataset && !("read" in shown.dataset)) shown.replaceWith(bubble);
    return;
  }
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
  void phone.offsetWidth; // forces a reflow, without which the animation would not restart
  phone.classList.add("phone-buzzing");
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const data = new FormData(form);
  if (event.submitter?.name) data.append(event.submitter.name, event.submitter.value); // a quick text
  const field = form.querySelector("[name=body]:not(button)");
  if (!data.get("body").trim()) return;
  if (field) field.value = "";
  const problem = await post(form.action, data);
  if (problem && field && !field.value) field.value = data.get("body");
  notify(problem);
  await poll();
  poll();
}

async function post(address, data) {
  try {
    const headers = { Accept: "application/json" };
    const answer = await fetch(address, { method: "POST", body: data, headers });
    const contentType = answer.headers.get("Content-Type") || "";
    if (contentType.startsWith("application/json")) return (await answer.json()).problem;
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

function showConnection(connected) {
  const line = document.getElementById("connection");
  line.textContent = connected ? "" : Date.now() < waitUntil ? line.dataset.busy : line.dataset.words;
}

if (phones) start();
