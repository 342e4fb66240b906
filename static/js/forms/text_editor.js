/* The editor of a text's wording: updates the preview while typing, and inserts placeholders. The server renders the
   preview exactly as it will be sent; without this script a button requests the same preview. */

const PAUSE_MS = 250; // after the last key, before the preview is requested
const TIMEOUT_MS = 5000;

const form = document.getElementById("words-form");
const field = document.getElementById("words");
const preview = document.getElementById("preview");
let timer = 0;
let newestRequest = 0;

form.querySelector("[data-without-script]").hidden = true;
field.addEventListener("input", schedulePreview);
for (const piece of document.querySelectorAll("[data-insert]")) {
  piece.disabled = false;
  piece.addEventListener("click", () => insert(piece.dataset.insert));
}

function schedulePreview() {
  clearTimeout(timer);
  timer = setTimeout(showPreview, PAUSE_MS);
}

async function showPreview() {
  const body = new FormData(form);
  body.set("part", "1");
  const request = ++newestRequest;
  const controller = new AbortController();
  const timeout = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const answer = await fetch(form.dataset.preview, { method: "POST", body, signal: controller.signal });
    if (answer.ok && request === newestRequest) preview.innerHTML = await answer.text();
  } catch {
    // Not connected: the preview stays as it is, and saving will show any problem.
  } finally {
    clearTimeout(timeout);
  }
}

function insert(piece) {
  field.setRangeText(piece, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  schedulePreview();
}
