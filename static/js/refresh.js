/* Keeps a page true to what is so now, without a reload: fetches the same address again when its queue has
   changed (data-live), every now and then, and after an absence; without events, every data-refresh-seconds.
   How much a page is concerned it judges by its own ticket. A page on which somebody presses is left alone. */

import { exchange } from "./exchange.js";
import { follow } from "./live.js";
import { restAsked } from "./rest.js";

const CALM_SECONDS = 20; // times and waits grow old without any news
const PATIENCE_MS = 10_000;
const THUMB_MS = 2_000;
const NEAR = 3; // places from the front where every move is fetched at once

const page = document.querySelector("[data-refresh-seconds]");

let isLive = false;
let spread = 0; // seconds over which the many open pages come for theirs, lest they all come at once
let newest = 0; // change that was heard of
let asked = false;
let again = false;
let needed = false; // also by a page in the background, whose title is seen
let due = Infinity;
let restUntil = 0; // until when we were asked to stay away
let crowdedUntil = 0; // until when there is no news but what we fetch, and that seldom
let timer = 0;
let pressedUntil = 0;
let heldSince = 0;

function begin() {
  document.documentElement.dataset.follows = ""; // slow.js need not
  document.addEventListener("visibilitychange", () => document.hidden || refreshNow());
  window.addEventListener("online", refreshNow);
  window.addEventListener("offline", () => tell(false));
  window.addEventListener("pageshow", (event) => event.persisted && comeBack());
  document.addEventListener("submit", () => (pressedUntil = Date.now() + PATIENCE_MS));
  document.addEventListener("answered", heedAnswer);
  document.addEventListener("pointerdown", () => (heldSince = Date.now()));
  for (const end of ["pointerup", "pointercancel"]) {
    document.addEventListener(end, () => setTimeout(() => (heldSince = 0), 50)); // the click comes after
  }
  calm();
  if (page.dataset.live) follow(page.dataset.live, heed, lose);
}

/* A press was answered in place; whatever has happened since is still to come. A refused one may have come from
   a page that is too old. */
function heedAnswer({ detail }) {
  pressedUntil = 0;
  if (detail.isRefused) refreshNow();
  else if (newest > Number(page.dataset.change)) refreshWithin(0);
}

function comeBack() {
  pressedUntil = heldSince = 0;
  refreshNow();
}

// What is heard ------------------------------------------------------------------------------------------

/* News of the queue, or null for a sign of life. */
function heed(news) {
  isLive = true;
  if (!asked) tell(true);
  if (!news) return;
  spread = news.spread;
  newest = news.change;
  if (news.change <= Number(page.dataset.change)) return;
  const seconds = howSoon(news);
  needed ||= seconds === 0;
  if (seconds !== null) refreshWithin(seconds);
}

/* The seconds within which this page must come for what is new; null if nothing in it is. */
function howSoon(news) {
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

/* The place alone, in the words the page came with; all the rest follows with the page. Where another number
   asks for other words (1 persona, 2 personas), they come with it too. */
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

function lose(rest) {
  isLive = false;
  if (rest) {
    crowdedUntil = Date.now() + rest;
    if (!asked) tell(true);
  }
  refreshWithin(rest ? CALM_SECONDS : 2 + spread); // which tells whether anybody is there at all
}

// What is fetched ----------------------------------------------------------------------------------------

function refreshNow() {
  needed = true;
  refresh();
}

function refreshWithin(seconds) {
  at(Date.now() + Math.random() * seconds * 1000);
}

function calm() {
  const isCalm = isLive || Date.now() < crowdedUntil;
  const seconds = Math.max(isCalm ? CALM_SECONDS : Number(page.dataset.refreshSeconds), spread);
  at(Date.now() + seconds * 1000 * (0.75 + Math.random() / 2));
}

function at(moment) {
  if (moment >= due) return;
  due = moment;
  clearTimeout(timer);
  timer = setTimeout(refresh, moment - Date.now());
}

async function refresh() {
  clearTimeout(timer);
  due = Infinity;
  if (asked) return (again = true);
  if (Date.now() < restUntil) return at(restUntil);
  if (Date.now() < pressedUntil) return at(pressedUntil); // the answer is on its way
  if (document.hidden && !needed) return calm();
  asked = true;
  needed = false;
  const { isThere, rest, html } = await fetched();
  restUntil = Date.now() + rest;
  if (html) await show(new DOMParser().parseFromString(html, "text/html"));
  tell(isThere);
  asked = false;
  if (again) refreshWithin(0);
  again = false;
  calm();
}

async function fetched() {
  const impatience = new AbortController();
  const patience = setTimeout(() => impatience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: impatience.signal });
    if (answer.redirected) location.reload();
    const isPage = answer.ok && !answer.redirected;
    const rest = restAsked(answer);
    return { isThere: answer.status < 500, rest, html: isPage ? await answer.text() : "" };
  } catch {
    return { isThere: false, rest: 0, html: "" };
  } finally {
    clearTimeout(patience);
  }
}

async function show(fresh) {
  while (Date.now() - heldSince < THUMB_MS) await new Promise((wake) => setTimeout(wake, 50));
  if (Date.now() < pressedUntil) return at(pressedUntil);
  const change = fresh.querySelector("[data-refresh-seconds]")?.dataset.change;
  if (!(Number(change) < Number(page.dataset.change))) exchange(fresh); // an older one came too late
}

function tell(isConnected) {
  const line = document.getElementById("connection");
  const isBusy = Date.now() < Math.max(restUntil, isLive ? 0 : crowdedUntil);
  const words = isBusy ? line?.dataset.busy : isConnected ? "" : line?.dataset.words;
  if (line && line.textContent !== words) line.textContent = words;
}

if (page) begin();
