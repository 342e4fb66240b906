/* While somebody words a text: the preview follows what is typed, and a press on a piece puts it in. The server
   words it, as it will when it leaves; without this script there is a button that asks for the same. */

const PAUSE = 250;

const form = document.getElementById("words-form");
const field = document.getElementById("words");
const preview = document.getElementById("preview");
let timer = 0;
let asked = 0;

form.querySelector("[data-without-script]").hidden = true;
field.addEventListener("input", later);
for (const piece of document.querySelectorAll("[data-insert]")) {
  piece.disabled = false;
  piece.addEventListener("click", () => putIn(piece.dataset.insert));
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE);
}

async function show() {
  const body = new FormData(form);
  body.set("part", "1");
  const mine = ++asked;
  try {
    const answer = await fetch(form.dataset.preview, { method: "POST", body, signal: AbortSignal.timeout(5000) });
    if (answer.ok && mine === asked) preview.innerHTML = await answer.text();
  } catch {
    // Not connected: the preview stays as it is, and saving says what is wrong.
  }
}

function putIn(piece) {
  field.setRangeText(piece, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  later();
}
