/* Keeps a page current without reloading: fetches its address again when its queue has changed (data-live), every
   20 seconds or so, and when it becomes visible or online; without events, every data-refresh-seconds. How soon
   depends on the page's own ticket. Waits while a button is being pressed. */

import { exchange } from "./exchange.js";
import { follow } from "./live.js";
import { retryAfterMs } from "./retry_after.js";

const IDLE_SECONDS = 20; // times and waits change even without news
const TIMEOUT_MS = 10_000;
const PRESS_MS = 2_000; // the longest that a pointer held down delays an update
const NEAR = 3; // places from the front within which every move is fetched at once

const page = document.querySelector("[data-refresh-seconds]");

let isLive = false;
let spread = 0; // seconds over which the open pages spread their requests
let newest = 0; // newest change announced by an event
let isFetching = false;
let fetchAgain = false;
let needed = false; // refresh even in the background, where the title is visible
let due = Infinity;
let waitUntil = 0; // until when the server asked us not to fetch
let crowdedUntil = 0; // until when the server refuses event streams: fetch seldom
let timer = 0;
let pressedUntil = 0;
let pointerDownAt = 0;

function start() {
  document.documentElement.dataset.follows = ""; // tells slow.js not to reload
  document.addEventListener("visibilitychange", () => document.hidden || refreshNow());
  window.addEventListener("online", refreshNow);
  window.addEventListener("offline", () => showConnection(false));
  window.addEventListener("pageshow", (event) => event.persisted && onRestored());
  document.addEventListener("submit", () => (pressedUntil = Date.now() + TIMEOUT_MS));
  document.addEventListener("answered", onPressAnswered);
  document.addEventListener("pointerdown", () => (pointerDownAt = Date.now()));
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => setTimeout(() => (pointerDownAt = 0), 50)); // the click event follows
  }
  scheduleIdleRefresh();
  if (page.dataset.live) follow(page.dataset.live, onNews, onLost);
}

/* press.js has shown a response: fetch what has changed since. A refused press may come from an outdated page. */
function onPressAnswered({ detail }) {
  pressedUntil = 0;
  if (detail.isRefused) refreshNow();
  else if (newest > Number(page.dataset.change)) refreshWithin(0);
}

function onRestored() {
  pressedUntil = pointerDownAt = 0;
  refreshNow();
}

// Events -------------------------------------------------------------------------------------------------

/* News of the queue, or null for a heartbeat. */
function onNews(news) {
  isLive = true;
  if (!isFetching) showConnection(true);
  if (!news) return;
  spread = news.spread;
  newest = news.change;
  if (news.change <= Number(page.dataset.change)) return;
  const seconds = secondsUntilNeeded(news);
  needed ||= seconds === 0;
  if (seconds !== null) refreshWithin(seconds);
}

/* The seconds within which this page must be fetched; null if the news does not affect it. */
function secondsUntilNeeded(news) {
  const { atOnce, number, ahead, state } = page.dataset;
  if (atOnce !== undefined) return 0;
  if (number === undefined) return news.spread;
  if (ahead === undefined || news.present.includes(Number(number))) return 0; // it is their turn, or was
  const place = placeOf(Number(number), news.waiting);
  if (place === null || state !== news.state) return news.spread;
  if (place === Number(ahead)) return null;
  if (place > 0) showPlace(place);
  return place < NEAR ? 0 : news.spread;
}

/* How many stand before a number in a line such as "12-40,43,41"; null if it isn't there. */
function placeOf(number, line) {
  let before = 0;
  for (const run of line.split(",")) {
    const [first, last = first] = run.split("-").map(Number);
    if (first <= number && number <= last) return before + number - first;
    before += last - first + 1;
  }
  return null;
}

/* Shows the new place at once, in the page's own wording; the rest follows with the fetched page. If the plural
   form differs (1 persona, 2 personas), the place has to wait for that page, too. */
function showPlace(place) {
  const line = document.querySelector("[data-place]");
  if (!line || plural(place) !== plural(Number(page.dataset.ahead))) return;
  const words = line.dataset.place.replace("#", place);
  document.title = document.title.replace(line.textContent.trim(), words);
  line.textContent = words;
  page.dataset.ahead = place;
}

function plural(count) {
  return new Intl.PluralRules(document.documentElement.lang).select(count);
}

function onLost(waitMs) {
  isLive = false;
  if (waitMs) {
    crowdedUntil = Date.now() + waitMs;
    if (!isFetching) showConnection(true);
  }
  refreshWithin(waitMs ? IDLE_SECONDS : 2 + spread); // also shows whether the server can be reached
}

// Fetching -----------------------------------------------------------------------------------------------

function refreshNow() {
  needed = true;
  refresh();
}

function refreshWithin(seconds) {
  scheduleAt(Date.now() + Math.random() * seconds * 1000);
}

function scheduleIdleRefresh() {
  const isIdle = isLive || Date.now() < crowdedUntil;
  const seconds = Math.max(isIdle ? IDLE_SECONDS : Number(page.dataset.refreshSeconds), spread);
  scheduleAt(Date.now() + seconds * 1000 * (0.75 + Math.random() / 2));
}

function scheduleAt(moment) {
  if (moment >= due) return;
  due = moment;
  clearTimeout(timer);
  timer = setTimeout(refresh, moment - Date.now());
}

async function refresh() {
  clearTimeout(timer);
  due = Infinity;
  if (isFetching) return (fetchAgain = true);
  if (Date.now() < waitUntil) return scheduleAt(waitUntil);
  if (Date.now() < pressedUntil) return scheduleAt(pressedUntil); // the response to the press is on its way
  if (document.hidden && !needed) return scheduleIdleRefresh();
  isFetching = true;
  needed = false;
  const { isReachable, waitMs, html } = await fetchPage();
  waitUntil = Date.now() + waitMs;
  if (html) await show(new DOMParser().parseFromString(html, "text/html"));
  showConnection(isReachable);
  isFetching = false;
  if (fetchAgain) refreshWithin(0);
  fetchAgain = false;
  scheduleIdleRefresh();
}

async function fetchPage() {
  const controller = new AbortController();
  const timeout = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: controller.signal });
    if (answer.redirected) location.reload();
    const isPage = answer.ok && !answer.redirected;
    const waitMs = retryAfterMs(answer);
    return { isReachable: answer.status < 500, waitMs, html: isPage ? await answer.text() : "" };
  } catch {
    return { isReachable: false, waitMs: 0, html: "" };
  } finally {
    clearTimeout(timeout);
  }
}

async function show(fresh) {
  while (Date.now() - pointerDownAt < PRESS_MS) await new Promise((wake) => setTimeout(wake, 50));
  if (Date.now() < pressedUntil) return scheduleAt(pressedUntil);
  const change = fresh.querySelector("[data-refresh-seconds]")?.dataset.change;
  if (!(Number(change) < Number(page.dataset.change))) exchange(fresh); // never replace the page with an older one
}

function showConnection(isConnected) {
  const line = document.getElementById("connection");
  const isBusy = Date.now() < Math.max(waitUntil, isLive ? 0 : crowdedUntil);
  const words = isBusy ? line?.dataset.busy : isConnected ? "" : line?.dataset.words;
  if (line && line.textContent !== words) line.textContent = words;
}

if (page) start();
