/* For browsers too old for refresh.js: reloads the page every 15 seconds, unless a field has the focus. Written in
   the JavaScript that such browsers understand. */

(function () {
  var page = document.querySelector("[data-refresh-seconds]");
  if (!page) return;
  setInterval(function () {
    var at = document.activeElement;
    var isWriting = at && /^(INPUT|SELECT|TEXTAREA)$/.test(at.nodeName);
    if (!document.documentElement.hasAttribute("data-follows") && !isWriting) location.reload();
  }, 15000);
})();
