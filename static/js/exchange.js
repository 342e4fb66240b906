/* Updates the page from a fresh copy of it, part by part (data-part). Elements that look the same are kept, so
   fields keep their content and screen readers announce only changes. Makes no requests. */

// Replaced as a whole, so that a button never turns into another one under the thumb.
const WHOLE = ["A", "BUTTON", "FORM", "LI", "SELECT"];

/* whole: also updates parts that hold user input, since the fresh page is the answer to that input. */
export function exchange(fresh, { whole = false } = {}) {
  document.title = fresh.title;
  document.body.className = fresh.body.className;
  copyData(document.querySelector("[data-refresh-seconds]"), fresh.querySelector("[data-refresh-seconds]"));
  for (const part of document.querySelectorAll("[data-part]")) {
    const now = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!now || (whole && isKept(part, now))) continue;
    if (whole || !hasUserInput(part)) keepingFocus(part, () => update(part, now));
  }
  renewToken(fresh);
  document.dispatchEvent(new CustomEvent("exchanged", { detail: { whole } }));
}

/* What stays until somebody dismisses it, or a page that is fetched later says that it is so no more. */
function isKept(part, now) {
  return part.dataset.kept !== undefined && part.firstElementChild && !now.firstElementChild;
}

/* The data-* values of the page: the newest change it shows, its ticket's place and so on. */
function copyData(page, now) {
  if (!now) return;
  for (const name of Object.keys(page.dataset)) if (!(name in now.dataset)) delete page.dataset[name];
  Object.assign(page.dataset, now.dataset);
}

/* Signing in in another tab starts a new session, so the forms of this page need the new CSRF token. */
function renewToken(fresh) {
  const token = fresh.querySelector("[name=csrf_token]")?.value;
  if (!token) return;
  for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = token;
}

/* Also what a refused form says and offers stays until the next press. */
export function hasUserInput(part) {
  if (part.querySelector("[aria-invalid]")) return true;
  const fields = [...part.querySelectorAll("input:not([type=hidden]), textarea, select")];
  return fields.some((field) => field === document.activeElement || field.value !== initialValue(field));
}

function initialValue(field) {
  if (!field.options) return field.defaultValue;
  const options = [...field.options];
  return (options.find((option) => option.defaultSelected) || options[0])?.value;
}

function update(old, now) {
  if (shown(old) === shown(now)) return renewFields(old, now);
  if (old.nodeName !== now.nodeName || old.id !== now.id || WHOLE.includes(old.nodeName)) {
    return old.replaceWith(now);
  }
  if (!(old instanceof Element)) return (old.data = now.data);
  copyAttributes(old, now);
  const before = [...old.childNodes];
  const after = [...now.childNodes];
  if (before.length === after.length) return before.forEach((child, index) => update(child, after[index]));
  // What both begin with stays: a live region is heard only if it was there before its words.
  const differs = before.findIndex((child, index) => !isAlike(child, after[index]));
  const alike = differs < 0 ? before.length : differs;
  for (let index = 0; index < alike; index += 1) update(before[index], after[index]);
  for (const child of before.slice(alike)) child.remove();
  old.append(...after.slice(alike));
}

function isAlike(old, now) {
  return now !== undefined && old.nodeName === now.nodeName && old.id === now.id && old.className === now.className;
}

/* Without hidden fields, which differ in every rendering but are not visible. */
function shown(node) {
  if (!(node instanceof Element)) return node.data;
  const copy = node.cloneNode(true);
  for (const field of copy.querySelectorAll("input[type=hidden]")) field.remove();
  return copy.outerHTML;
}

/* A form that is kept gets the current hidden values, except its press id: that stays valid until it is used. */
function renewFields(old, now) {
  if (!(old instanceof Element)) return;
  const fresh = now.querySelectorAll("input[type=hidden]");
  for (const [index, field] of old.querySelectorAll("input[type=hidden]").entries()) {
    if (fresh[index]?.name === field.name && field.name !== "press") field.value = fresh[index].value;
  }
}

function copyAttributes(old, now) {
  // <details> that the user opened stay open, and what has just appeared goes on ignoring taps.
  const isKept = (name) => name === "open" || name === "data-settling" || now.hasAttribute(name);
  for (const { name } of [...old.attributes]) if (!isKept(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

/* Restores the keyboard focus to the button with the same text, or else to the start of the main content. */
function keepingFocus(part, change) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  change();
  if (!focused || focused.isConnected) return;
  const same = [...document.querySelectorAll("button, a")].find((one) => one.textContent === focused.textContent);
  (same || document.querySelector("main")).focus({ preventScroll: true });
}
