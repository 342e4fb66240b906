/* Settings kept in this browser's localStorage; all off, or lasting as long as the page, if it refuses storage. */

const unstored = new Map();

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

/* A word or number; null if there is none. */
export function rememberedValue(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return unstored.has(name) ? unstored.get(name) : null;
  }
}

export function rememberValue(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    unstored.set(name, String(value));
  }
}
