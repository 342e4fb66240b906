/* Keeps a page current without reloading: fetches its address again when its queue has changed (data-live), every
   20 seconds or so, and when it becomes visible or online; without events, every data-refresh-seconds. How soon
   depends on the page's own ticket. Waits while a button is being pressed. */

import { exchange } from "./exchange.js";
import { follow } from "./live.js";
import { retryAfterMs } from "./retry_after.js";

const IDLE_SECONDS = 20; // times and waits change even without news
const TIMEOUT_MS = 8_000; // with the longest pause between two fetches this is within 30 seconds
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
let gone; // why this page is there no more, if it is not
let pointerDownAt = 0;

function start() {
  document.documentElement.dataset.follows = ""; // tells old_browsers.js not to reload
  document.addEventListener("visibilitychange", () => document.hidden || refreshNow());
  window.addEventListener("online", refreshNow);
  window.addEventListener("offline", () => showConnection(false));
  window.addEventListener("pageshow", (event) => event.persisted && onRestored());
  document.addEventListener("submit", () => (pressedUntil = Date.now() + TIMEOUT_MS));
  document.addEventListener("answered", onPressAnswered);
  document.addEventListener("outdated", refreshNow);
  document.addEventListener("pointerdown", () => (pointerDownAt = Date.now()));
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => setTimeout(() => (pointerDownAt = 0), 50)); // the click event follows
  }
  scheduleIdleRefresh();
  if (page.dataset.live) follow(page.dataset.live, onNews, onLost);
}

/* press.js has shown a response: fetch what has changed since, or what it could not tell. */
function onPressAnswered({ detail }) {
  pressedUntil = 0;
  if (detail.isOutdated) refreshNow();
  else if (newest > Number(page.dataset.change)) refreshWithin(0);
  scheduleWhatIsDue();
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
  if (news.change <= shownChange(news.queue)) return;
  const seconds = secondsUntilNeeded(news);
  needed = needed || seconds === 0;
  if (seconds !== null) refreshWithin(seconds);
}

/* The newest change that the page shows of that queue; a page of several queues has one for each. */
function shownChange(queue) {
  return Number(page.dataset.changes ? JSON.parse(page.dataset.changes)[queue] : page.dataset.change) || 0;
}

/* The seconds within which this page must be fetched; null if the news does not affect it. */
function secondsUntilNeeded(news) {
  const { atOnce, number, ahead, state } = page.dataset;
  if (atOnce !== undefined) return 0;
  if (number === undefined) return news.spread;
  if (ahead === undefined || news.present.includes(Number(number))) return 0; // it is their turn, or was
  const place = placeOf(Number(number), news.waiting);
  if (place === null || state !== news.state) return news.spread;
  if (place === Number(ahead)) return page.dataset.talks === undefined ? null : 0; // perhaps an answer
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
  scheduleWhatIsDue();
  const isIdle = isLive || Date.now() < crowdedUntil;
  const seconds = Math.max(isIdle ? IDLE_SECONDS : Number(page.dataset.refreshSeconds), spread);
  scheduleAt(Date.now() + seconds * 1000 * (0.75 + Math.random() * 0.35));
}

/* The page itself says when there will be something else on it: no event tells that. */
function scheduleWhatIsDue() {
  const seconds = Number(page.dataset.dueSeconds);
  if (seconds) scheduleAt(Date.now() + seconds * 1000);
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
  const { isReachable, waitMs, fresh, whyGone } = await fetchPage();
  waitUntil = Date.now() + waitMs;
  gone = whyGone;
  if (fresh) await show(fresh);
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
    const asked = { headers: { "X-In-Place": "yes" }, cache: "no-store", signal: controller.signal };
    const answer = await fetch(location.href, asked);
    if (answer.redirected) location.reload();
    const waitMs = retryAfterMs(answer);
    if (answer.redirected || waitMs || answer.status >= 500) return { isReachable: answer.status < 500, waitMs };
    return { waitMs, ...read(new DOMParser().parseFromString(await answer.text(), "text/html"), answer.ok) };
  } catch {
    return { isReachable: false, waitMs: 0 };
  } finally {
    clearTimeout(timeout);
  }
}

/* A copy of this page; or why it is gone, in the words of the page that came instead. Nothing is known of anything
   else, such as a sign-in page of the network. */
function read(fresh, isFound) {
  if (!isFound) return { isReachable: true, whyGone: wordsOf(fresh) };
  return { isReachable: true, ...(fresh.querySelector("[data-refresh-seconds]") ? { fresh } : { whyGone: "" }) };
}

function wordsOf(errorPage) {
  const words = [...errorPage.querySelectorAll("main h1, main .lead")].map((one) => one.textContent.trim());
  return words.map((one) => one.replace(/\s+/g, " ").replace(/([^.?!])$/, "$1.")).join(" ");
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
  const lost = isConnected && gone ? `${gone} ${line?.dataset.old}` : line?.dataset.words;
  const words = isBusy ? line?.dataset.busy : isConnected && gone === undefined ? "" : lost;
  if (line && line.textContent !== words) line.textContent = words;
}

if (page) start();
