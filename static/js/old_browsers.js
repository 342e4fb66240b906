/* For old browsers, in the JavaScript that they understand. Adds what the other scripts use and some lack; loads the
   styles for those that keep no gaps; and where refresh.js does not run, reloads the page every 15 seconds, unless a
   field has the focus. */

(function () {
  var pressed = null;

  if (!Element.prototype.replaceChildren) {
    Element.prototype.replaceChildren = function () {
      this.textContent = "";
      this.append.apply(this, arguments);
    };
  }

  if (!window.SubmitEvent || !("submitter" in SubmitEvent.prototype)) {
    document.addEventListener("click", rememberButton, true);
    Object.defineProperty(Event.prototype, "submitter", { get: buttonOfForm });
  }

  function rememberButton(event) {
    pressed = event.target.closest ? event.target.closest("button") : null;
  }

  function buttonOfForm() {
    return this.type === "submit" && pressed && pressed.form === this.target ? pressed : null;
  }

  // Both came at about the same time.
  if (!window.CSS || !CSS.supports || !CSS.supports("inset", "0")) {
    var link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = document.currentScript.getAttribute("data-styles");
    document.head.appendChild(link);
  }

  if (!document.querySelector("[data-refresh-seconds]")) return;
  setInterval(function () {
    var at = document.activeElement;
    var isWriting = at && /^(INPUT|SELECT|TEXTAREA)$/.test(at.nodeName);
    if (!document.documentElement.hasAttribute("data-follows") && !isWriting) location.reload();
  }, 15000);
})();
