/* Switches for features that need the browser's permission: built in elements with data-switch, and remembered in
   this browser. Does not know what they switch. */

const storage = openStorage();

/* Builds the switch with this name, if the page has a place for it. Returns it, with isOn() and setHint(text). */
export function makeSwitch(name, isOnAtFirst, onChange) {
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

  let on = (storage.getItem(name) ?? String(isOnAtFirst)) === "true";
  const control = { isOn: () => on, row, setHint: (text) => hint.textContent !== text && (hint.textContent = text) };
  const show = () => button.setAttribute("aria-checked", String(on));
  button.addEventListener("click", () => {
    on = !on;
    storage.setItem(name, String(on));
    show();
    onChange(on, control);
  });
  control.setHint(row.dataset.hint);
  show();
  return control;
}

/* localStorage, or a Map that lasts as long as the page if the browser refuses storage. */
function openStorage() {
  try {
    localStorage.getItem("");
    return localStorage;
  } catch {
    const values = new Map();
    return { getItem: (name) => values.get(name) ?? null, setItem: (name, value) => values.set(name, value) };
  }
}
