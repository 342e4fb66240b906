/* Follows a queue's server-sent events, and reconnects after a screen lock, sleep, lost network or server restart.
   Browsers allow few connections per host, so the pages of one queue share a stream: the page that was visible
   last reads it and passes the events on to the others. Does not interpret the events. */

import { retryAfterMs } from "./retry_after.js";

const SILENT_AFTER_MS = 40_000; // the server sends at least a heartbeat every 15 seconds
const MAX_RETRY_MS = 20_000;
const CHECK_EVERY_MS = 5_000;
const TIMEOUT_MS = 5_000;
const NO_REFUSAL = { waitMs: 0, isCrowd: false };

/* Calls onNews(news), or onNews(null) for a heartbeat, and onLost(ms) when the connection fails; ms is the time that
   the server asked us to wait because of a crowd, or 0. */
export function follow(address, onNews, onLost) {
  if (!window.EventSource) return;
  const name = `live ${address}`;
  const isShared = Boolean(navigator.locks && window.BroadcastChannel); // both need https or localhost
  const others = isShared ? new BroadcastChannel(name) : null;
  let source = null;
  let latest = null;
  let lastEventAt = Date.now();
  let retryMs = 1000;
  let timer = 0;
  let waitUntil = 0;
  let releaseLock = null; // set while this page holds the lock and reads
  let lockRequest = null;

  function open() {
    closeSource();
    lastEventAt = Date.now();
    if (lastEventAt < waitUntil) return (timer = setTimeout(open, waitUntil - lastEventAt));
    source = new EventSource(address);
    source.onmessage = (event) => broadcast((latest = event.data));
    source.addEventListener("alive", () => broadcast(""));
    source.onerror = fail;
  }

  async function fail() {
    const mine = source;
    const { waitMs, isCrowd } = mine.readyState === EventSource.CLOSED ? await refusalOf(address) : NO_REFUSAL;
    if (mine !== source) return; // another stream was opened meanwhile
    closeSource();
    waitUntil = Date.now() + waitMs;
    timer = setTimeout(open, Math.max(waitMs, retryMs * (1 + Math.random())));
    retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
    const crowdMs = isCrowd ? waitMs : 0;
    others?.postMessage(`lost ${crowdMs}`);
    onLost(crowdMs);
  }

  function closeSource() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function broadcast(data) {
    retryMs = 1000;
    others?.postMessage(data);
    receive(data);
  }

  function receive(data) {
    lastEventAt = Date.now();
    onNews(data ? JSON.parse(data) : null);
  }

  // The page that holds the lock reads. Background pages may be frozen, so a visible page takes the lock over.

  function start() {
    lastEventAt = Date.now();
    if (!isShared) return document.hidden || open();
    others.postMessage("?");
    if (document.hidden) waitForLock();
    else stealLock();
  }

  function stealLock() {
    if (releaseLock) return;
    lockRequest?.abort();
    requestLock({ steal: true });
  }

  function waitForLock() {
    lockRequest = new AbortController();
    requestLock({ signal: lockRequest.signal });
  }

  function requestLock(options) {
    const onStolen = () => {
      if (options.signal?.aborted) return;
      releaseLock = null;
      closeSource();
      waitForLock();
    };
    navigator.locks.request(name, options, read).catch(onStolen);
  }

  function read() {
    lockRequest = null;
    open();
    return new Promise((release) => (releaseLock = release));
  }

  function stop() {
    closeSource();
    lockRequest?.abort();
    releaseLock?.();
    lockRequest = releaseLock = null;
  }

  function isReading() {
    return isShared ? Boolean(releaseLock) : !document.hidden;
  }

  function checkSilence() {
    if (Date.now() - lastEventAt < SILENT_AFTER_MS) return;
    lastEventAt = Date.now();
    onLost(0);
    if (isReading()) open();
    else if (isShared && !document.hidden) stealLock();
  }

  function onVisibilityChange() {
    if (document.hidden) return isShared || closeSource();
    if (isShared && !releaseLock) stealLock();
    else if (!source || Date.now() - lastEventAt > SILENT_AFTER_MS / 2) open();
  }

  if (others) {
    others.onmessage = ({ data }) => {
      if (data === "?") latest && releaseLock && others.postMessage(latest);
      else if (data.startsWith("lost ")) onLost(Number(data.slice(5)));
      else receive(data);
    };
  }
  setInterval(checkSilence, CHECK_EVERY_MS);
  document.addEventListener("visibilitychange", onVisibilityChange);
  window.addEventListener("online", () => isReading() && open());
  document.addEventListener("follow anew", () => isReading() && open()); // other queues are on the page now
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", (event) => event.persisted && start());
  start();
}

/* EventSource exposes neither the status nor the headers of a refusal, so they are fetched separately. A server that
   restarts refuses, too, but not because many are looking. */
async function refusalOf(address) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const answer = await fetch(address, { cache: "no-store", signal: controller.signal });
    return { waitMs: retryAfterMs(answer), isCrowd: !answer.headers.has("X-Restarts") };
  } catch {
    return NO_REFUSAL;
  } finally {
    controller.abort(); // closes the stream, if it was accepted after all
  }
}
