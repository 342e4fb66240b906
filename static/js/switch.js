/* A switch for what a browser grants only when asked: built where the page has room for it (data-switch), and
   remembered on this device. What it switches is not known here. */

const kept = memory();

/* Builds the switch of this name, if the page has one. Gives it, with isOn() and say(words). */
export function makeSwitch(name, isOnAtFirst, turned) {
  const row = document.querySelector(`[data-switch="${name}"]`);
  if (!row) return null;
  const button = document.createElement("button");
  const label = document.createElement("span");
  const hint = document.createElement("p");
  label.textContent = row.dataset.label;
  button.append(label);
  Object.assign(button, { type: "button", className: "switch" });
  button.setAttribute("role", "switch");
  Object.assign(hint, { className: "switch-hint", id: `hint-${name.replace(" ", "-")}` });
  button.setAttribute("aria-describedby", hint.id);
  row.replaceChildren(button, hint);

  let on = (kept.getItem(name) ?? String(isOnAtFirst)) === "true";
  const made = { isOn: () => on, row, say: (words) => hint.textContent !== words && (hint.textContent = words) };
  const show = () => button.setAttribute("aria-checked", String(on));
  button.addEventListener("click", () => {
    on = !on;
    kept.setItem(name, String(on));
    show();
    turned(on, made);
  });
  made.say(row.dataset.hint);
  show();
  return made;
}

/* Some browsers refuse to remember anything; then it is forgotten with the page. */
function memory() {
  try {
    localStorage.getItem("");
    return localStorage;
  } catch {
    const held = new Map();
    return { getItem: (name) => held.get(name) ?? null, setItem: (name, value) => held.set(name, value) };
  }
}
