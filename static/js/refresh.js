/* Keeps a page true to what is so now, without a reload: fetches the same address again and
   exchanges the parts that differ. A page asks for it by data-refresh-seconds on <main>;
   a part is any element with data-part. Never touches a part in which somebody is writing. */

"use strict";

(function () {
  const main = document.querySelector("main");
  const seconds = Number(document.querySelector("[data-refresh-seconds]")?.dataset.refreshSeconds);
  if (!seconds) return;

  let asked = false;

  async function refresh() {
    if (asked || document.hidden) return;
    asked = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.redirected) location.reload();
      else if (answer.ok) exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
      tell(answer.ok);
    } catch {
      tell(false);
    } finally {
      asked = false;
    }
  }

  function exchange(fresh) {
    document.title = fresh.title;
    document.body.className = fresh.body.className;
    renewToken(fresh);
    for (const part of main.querySelectorAll("[data-part]")) {
      const now = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      if (now && shown(part) !== shown(now) && !isWrittenIn(part)) replace(part, now);
    }
  }

  /* A sign-in in another tab begins a new session; the forms that stand here must not die of it. */
  function renewToken(fresh) {
    const token = fresh.querySelector("[name=csrf_token]")?.value;
    if (!token) return;
    for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = token;
  }

  /* These two differ on every rendering, and an unused press id stays good; but whom a press is about counts. */
  function shown(part) {
    const copy = part.cloneNode(true);
    for (const field of copy.querySelectorAll("[name=press], [name=csrf_token]")) field.remove();
    return copy.innerHTML;
  }

  function isWrittenIn(part) {
    const fields = [...part.querySelectorAll("input:not([type=hidden]), textarea, select")];
    return fields.some((field) => field === document.activeElement || field.value !== asItCame(field));
  }

  function asItCame(field) {
    if (!field.options) return field.defaultValue;
    const options = [...field.options];
    return (options.find((option) => option.defaultSelected) || options[0])?.value;
  }

  function replace(part, now) {
    const label = part.contains(document.activeElement) ? document.activeElement.textContent : null;
    part.replaceChildren(...now.childNodes);
    if (label === null) return;
    const same = [...part.querySelectorAll("button, a")].find((one) => one.textContent === label);
    (same || main).focus({ preventScroll: true });
  }

  function tell(connected) {
    const line = document.getElementById("connection");
    if (line) line.textContent = connected ? "" : line.dataset.words;
  }

  setInterval(refresh, seconds * 1000);
  document.addEventListener("visibilitychange", refresh);
  window.addEventListener("online", refresh);
  window.addEventListener("pageshow", (event) => event.persisted && refresh());
})();
