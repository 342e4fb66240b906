/* Settings kept in this browser's localStorage; all off if it refuses storage. */

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
    // Not stored: the setting lasts until the page is closed.
  }
}
