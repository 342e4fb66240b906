/* What this device remembers of its owner's wishes; nothing where the browser keeps nothing. */

export function remembered(name) {
  try {
    return localStorage.getItem(name) === "yes";
  } catch {
    return false;
  }
}

export function remember(name, isSo) {
  try {
    if (isSo) localStorage.setItem(name, "yes");
    else localStorage.removeItem(name);
  } catch {
    // Not kept: it holds until the page is closed.
  }
}
