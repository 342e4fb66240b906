/* Brings the page to what a fresh copy of it shows, part by part (data-part). What looks the same stays the
   same element: fields keep their words, screen readers hear only news. Asks nobody for anything. */

// Exchanged whole: a thing one presses must not turn into another under the thumb.
const WHOLE = ["A", "BUTTON", "FORM", "LI", "SELECT"];

/* whole: also the parts in which somebody writes, since this is the answer to what they wrote. */
export function exchange(fresh, { whole = false } = {}) {
  document.title = fresh.title;
  document.body.className = fresh.body.className;
  takeFacts(document.querySelector("[data-refresh-seconds]"), fresh.querySelector("[data-refresh-seconds]"));
  for (const part of document.querySelectorAll("[data-part]")) {
    const now = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (now && (whole || !isWrittenIn(part))) keepingFocus(part, () => bring(part, now));
  }
  renewToken(fresh);
  document.dispatchEvent(new CustomEvent("exchanged", { detail: { whole } }));
}

/* What the page knows of itself: the newest change it shows, and where its ticket stands. */
function takeFacts(page, now) {
  if (!now) return;
  for (const name of Object.keys(page.dataset)) if (!(name in now.dataset)) delete page.dataset[name];
  Object.assign(page.dataset, now.dataset);
}

/* A sign-in in another tab begins a new session; the forms that stand here must not die of it. */
function renewToken(fresh) {
  const token = fresh.querySelector("[name=csrf_token]")?.value;
  if (!token) return;
  for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = token;
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

function bring(old, now) {
  if (shown(old) === shown(now)) return renewFields(old, now);
  if (old.nodeName !== now.nodeName || old.id !== now.id || WHOLE.includes(old.nodeName)) {
    return old.replaceWith(now);
  }
  if (!(old instanceof Element)) return (old.data = now.data);
  takeAttributes(old, now);
  const before = [...old.childNodes];
  const after = [...now.childNodes];
  if (before.length !== after.length) old.replaceChildren(...after);
  else before.forEach((child, index) => bring(child, after[index]));
}

/* The hidden fields differ on every rendering, and are not seen. */
function shown(node) {
  if (!(node instanceof Element)) return node.data;
  const copy = node.cloneNode(true);
  for (const field of copy.querySelectorAll("input[type=hidden]")) field.remove();
  return copy.outerHTML;
}

/* A form that stays is about what is so now. An unused press id stays good, and a used one counts once. */
function renewFields(old, now) {
  if (!(old instanceof Element)) return;
  const fresh = now.querySelectorAll("input[type=hidden]");
  for (const [index, field] of old.querySelectorAll("input[type=hidden]").entries()) {
    if (fresh[index]?.name === field.name && field.name !== "press") field.value = fresh[index].value;
  }
}

function takeAttributes(old, now) {
  const isOurs = (name) => name === "open" || now.hasAttribute(name); // what somebody folded out stays so
  for (const { name } of [...old.attributes]) if (!isOurs(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

/* Whoever stands on a button finds it again by its words, or is led to the top of the page. */
function keepingFocus(part, change) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  change();
  if (!focused || focused.isConnected) return;
  const same = [...document.querySelectorAll("button, a")].find((one) => one.textContent === focused.textContent);
  (same || document.querySelector("main")).focus({ preventScroll: true });
}
