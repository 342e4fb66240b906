/* Counts what is typed into a text: characters, and the segments the carrier bills. A field asks for it by
   data-count, the id of the element that shows it; data-before is what the text begins with; data-one and data-several are the words to say it in. Letters that
   phones can't show are replaced when the text leaves, so the count is of its length, not of its alphabet. */

"use strict";

(function () {
  const TWICE = /[\^{}\\[~\]|€]/g;

  for (const field of document.querySelectorAll("[data-count]")) {
    const shown = document.getElementById(field.dataset.count);
    const tell = () => (shown.textContent = words(field));
    field.addEventListener("input", tell);
    tell();
  }

  function words(field) {
    const typed = field.value.trim();
    if (!typed) return "";
    const text = field.dataset.before + typed;
    const length = text.length + (text.match(TWICE) || []).length;
    const count = length <= 160 ? 1 : Math.ceil(length / 153);
    const left = field.maxLength - field.value.length;
    const told = count === 1 ? field.dataset.one : field.dataset.several;
    return told.replace("{count}", count).replace("{left}", left);
  }
})();
