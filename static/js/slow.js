/* For a browser too old for the scripts that keep a page true: it loads the page again now and then, unless
   somebody is writing in it. Written as such a browser reads it. */

(function () {
  var page = document.querySelector("[data-refresh-seconds]");
  if (!page) return;
  setInterval(function () {
    var at = document.activeElement;
    var isWriting = at && /^(INPUT|SELECT|TEXTAREA)$/.test(at.nodeName);
    if (!document.documentElement.hasAttribute("data-follows") && !isWriting) location.reload();
  }, 15000);
})();
