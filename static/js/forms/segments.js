/* Counts the characters of a text as it is typed, and the segments that the carrier bills. On the field, data-count is
   the id of the element that shows the count, data-before the start of the text, data-one and data-several the
   messages. Letters outside GSM-7 are replaced when the text is sent, so every text counts as GSM-7. */

"use strict";

(function () {
  const TWO_UNITS = /[\^{}\\[~\]|€]/g;

  function countAll() {
    for (const field of document.querySelectorAll("[data-count]")) {
      const shown = document.getElementById(field.dataset.count);
      const update = () => (shown.textContent = countText(field));
      field.addEventListener("input", update);
      update();
    }
  }

  function countText(field) {
    const typed = field.value.trim();
    if (!typed) return "";
    const text = field.dataset.before + typed;
    const length = text.length + (text.match(TWO_UNITS) || []).length;
    const count = length <= 160 ? 1 : Math.ceil(length / 153);
    const left = field.maxLength - field.value.length;
    const message = count === 1 ? field.dataset.one : field.dataset.several;
    return message.replace("{count}", count).replace("{left}", left);
  }

  countAll();
  document.addEventListener("sheet-shown", countAll);
})();
