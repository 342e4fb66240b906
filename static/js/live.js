/* Follows a queue's server-sent events, and finds its way back after a lock, sleep, lost network or restart.
   A browser allows few connections to one host, so its pages of one queue share a stream: whichever came into
   view last reads it aloud to the others. What the news means is not known here. */

import { restAsked } from "./rest.js";

const SILENT_AFTER_MS = 40_000; // the server says something every 15 seconds
const LONGEST_WAIT_MS = 20_000;
const LOOK_EVERY_MS = 5_000;
const PATIENCE_MS = 5_000;

/* Calls heed(news), or heed(null) for a sign of life, and lost(ms) when there is no connection: for ms, if we were
   asked to stay away. */
export function follow(address, heed, lost) {
  if (!window.EventSource) return;
  const name = `live ${address}`;
  const isShared = Boolean(navigator.locks && window.BroadcastChannel); // only over https, or on one's own machine
  const others = isShared ? new BroadcastChannel(name) : null;
  let source = null;
  let latest = null;
  let heardAt = Date.now();
  let wait = 1000;
  let timer = 0;
  let restUntil = 0;
  let giveUp = null; // set while this page reads for all
  let queued = null;

  function open() {
    shut();
    heardAt = Date.now();
    if (heardAt < restUntil) return (timer = setTimeout(open, restUntil - heardAt));
    source = new EventSource(address);
    source.onmessage = (event) => tellAll((latest = event.data));
    source.addEventListener("alive", () => tellAll(""));
    source.onerror = fail;
  }

  async function fail() {
    const mine = source;
    const rest = mine.readyState === EventSource.CLOSED ? await restOf(address) : 0;
    if (mine !== source) return; // another was opened meanwhile
    shut();
    restUntil = Date.now() + rest;
    timer = setTimeout(open, Math.max(rest, wait * (1 + Math.random())));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    others?.postMessage(`lost ${rest}`);
    lost(rest);
  }

  function shut() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function tellAll(data) {
    wait = 1000;
    others?.postMessage(data);
    hear(data);
  }

  function hear(data) {
    heardAt = Date.now();
    heed(data ? JSON.parse(data) : null);
  }

  // Who reads: the lock's holder. A page in the background may be frozen, so one in view takes it over.

  function start() {
    heardAt = Date.now();
    if (!isShared) return document.hidden || open();
    others.postMessage("?");
    if (document.hidden) queueUp();
    else takeOver();
  }

  function takeOver() {
    if (giveUp) return;
    queued?.abort();
    ask({ steal: true });
  }

  function queueUp() {
    queued = new AbortController();
    ask({ signal: queued.signal });
  }

  function ask(options) {
    const robbed = () => {
      if (options.signal?.aborted) return;
      giveUp = null;
      shut();
      queueUp();
    };
    navigator.locks.request(name, options, read).catch(robbed);
  }

  function read() {
    queued = null;
    open();
    return new Promise((release) => (giveUp = release));
  }

  function stop() {
    shut();
    queued?.abort();
    giveUp?.();
    queued = giveUp = null;
  }

  function isReading() {
    return isShared ? Boolean(giveUp) : !document.hidden;
  }

  function look() {
    if (Date.now() - heardAt < SILENT_AFTER_MS) return;
    heardAt = Date.now();
    lost(0);
    if (isReading()) open();
    else if (isShared && !document.hidden) takeOver();
  }

  function comeIntoView() {
    if (document.hidden) return isShared || shut();
    if (isShared && !giveUp) takeOver();
    else if (!source || Date.now() - heardAt > SILENT_AFTER_MS / 2) open();
  }

  if (others) {
    others.onmessage = ({ data }) => {
      if (data === "?") latest && giveUp && others.postMessage(latest);
      else if (data.startsWith("lost ")) lost(Number(data.slice(5)));
      else hear(data);
    };
  }
  setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", comeIntoView);
  window.addEventListener("online", () => isReading() && open());
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => event.persisted && start());
  start();
}

/* A refused stream does not show how it was refused, nor for how long: that has to be asked. */
async function restOf(address) {
  const asking = new AbortController();
  setTimeout(() => asking.abort(), PATIENCE_MS);
  try {
    return restAsked(await fetch(address, { cache: "no-store", signal: asking.signal }));
  } catch {
    return 0;
  } finally {
    asking.abort(); // of a stream that is there after all
  }
}
