/* Keyboard shortcuts for the buttons of the servicer's page: inactive while a field has the focus, and when switched
   off. The page that lists them opens in a dialog. */

import { remember, remembered } from "./remembered.js";

const OFF = "keys.off";
const TEXT_FIELDS = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const PRESSES = new Map([
  ["n", "call-next"], ["s", "start"], ["d", "done"], ["a", "call-again"], ["x", "no-show"], ["b", "put-back"],
  ["u", "undo"],
]);

const link = document.getElementById("show-keys");
const dialog = document.createElement("dialog");

function onKeyDown(event) {
  const isChord = event.ctrlKey || event.altKey || event.metaKey || event.isComposing;
  if (isChord || event.repeat || document.querySelector("dialog[open]") || event.target.closest?.(TEXT_FIELDS)) return;
  const key = event.key.toLowerCase();
  const action = key === "?" ? showHelp : remembered(OFF) ? null : actionOf(key);
  if (!action) return;
  event.preventDefault();
  action();
}

function actionOf(key) {
  if (key === "w") return () => document.getElementById("walk-in-name")?.focus();
  const address = PRESSES.get(key);
  return address && (() => document.querySelector(`form[action$="/${address}"] button:enabled`)?.click());
}

async function showHelp() {
  if (!dialog.showModal || (!dialog.isConnected && !(await build()))) return location.assign(link.href);
  dialog.showModal();
}

async function build() {
  try {
    const answer = await fetch(link.href);
    const help = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("keys");
    if (!help) return false;
    const { shut, use } = link.dataset;
    dialog.className = "keys";
    dialog.setAttribute("aria-labelledby", "keys-title");
    dialog.append(...help.childNodes, enableSwitch(use), closeButton(shut));
    document.body.append(dialog);
    return true;
  } catch {
    return false;
  }
}

function enableSwitch(words) {
  const label = Object.assign(document.createElement("label"), { className: "form-check form-switch" });
  const box = Object.assign(document.createElement("input"), { type: "checkbox", className: "form-check-input" });
  box.setAttribute("role", "switch");
  box.checked = !remembered(OFF);
  box.addEventListener("change", () => remember(OFF, !box.checked));
  label.append(box, words);
  return label;
}

function closeButton(words) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-secondary" });
  button.textContent = words;
  button.addEventListener("click", () => dialog.close());
  return button;
}

link.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  showHelp();
});
document.addEventListener("keydown", onKeyDown);
