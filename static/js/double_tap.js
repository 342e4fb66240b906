/* A finger that taps twice means one press. When a press has changed what stands under the thumb, the new
   buttons take no tap for a moment. Keys and what a screen reader presses are not held up. */

"use strict";

(function () {
  const MOMENT = 700;
  const parts = document.querySelectorAll('[data-part="next"], [data-part="other"]');

  function settle(part) {
    part.classList.add("settling");
    clearTimeout(part.settled);
    part.settled = setTimeout(() => part.classList.remove("settling"), MOMENT);
  }

  for (const part of parts) {
    settle(part);
    new MutationObserver(() => settle(part)).observe(part, { childList: true });
  }
})();
