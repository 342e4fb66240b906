/* What of a page is seen: for each selector what is wrong with the elements that it finds, and their words. */
function () {
  var wanted = WANTED;
  var wrong = [];
  var words = [];

  function channels(colour) {
    return (colour.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  }

  function brightness(colour) {
    var linear = channels(colour).slice(0, 3).map(function (one) {
      var share = one / 255;
      return share <= 0.03928 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }

  function ground(element) {
    for (var each = element; each; each = each.parentElement) {
      var colour = getComputedStyle(each).backgroundColor;
      var parts = channels(colour);
      if (parts.length < 4 || parts[3] > 0.5) return colour;
    }
    return "rgb(255, 255, 255)";
  }

  function contrast(element) {
    var two = [brightness(getComputedStyle(element).color), brightness(ground(element))].sort();
    return (Math.max(two[0], two[1]) + 0.05) / (Math.min(two[0], two[1]) + 0.05);
  }

  function boxOfWords(element) {
    var range = document.createRange();
    range.selectNodeContents(element);
    return range.getBoundingClientRect();
  }

  function isCut(element, box) {
    var slack = 0.3 * parseFloat(getComputedStyle(element).fontSize); // a letter is lower than its line
    for (var each = element; each !== document.documentElement; each = each.parentElement) {
      var style = getComputedStyle(each);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      var frame = each.getBoundingClientRect();
      if (box.left < frame.left - 2 || box.right > frame.right + 2) return true;
      if (style.overflowY === "hidden" && (box.top < frame.top - slack || box.bottom > frame.bottom + slack)) return true;
    }
    return box.left < -1 || box.right > innerWidth + 1;
  }

  function isCovered(element, box) {
    var at = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    return !at || !(element.contains(at) || at.contains(element));
  }

  function look(want) {
    var found = document.querySelectorAll(want.select);
    if (found.length < want.count) wrong.push(want.select + ": " + found.length + " instead of " + want.count);
    var before = null;
    Array.prototype.forEach.call(found, function (element) {
      var said = element.textContent.replace(/\s+/g, " ").trim();
      var box = boxOfWords(element);
      var size = parseFloat(getComputedStyle(element).fontSize);
      var name = want.select + " “" + said + "”";
      if (want.same) words.push(said);
      if (box.width < 1) return wrong.push(name + " is not there");
      if (want.inView && (box.top < -1 || box.bottom > innerHeight + 1)) wrong.push(name + " is out of view");
      if (isCut(element, box)) wrong.push(name + " is cut");
      if (want.inView && isCovered(element, box)) wrong.push(name + " is covered");
      if (/^\d+$/.test(said) && box.height > 1.7 * size) wrong.push(name + " is broken over two lines");
      if (size < want.pixels) wrong.push(name + " is " + size + " pixels");
      if (contrast(element) < 3) wrong.push(name + " has a contrast of " + contrast(element).toFixed(1));
      if (before && Math.abs(before.top - box.top) < 4 && box.left - before.right < 5 && box.left > before.left) {
        wrong.push(name + " runs into the one before");
      }
      before = box;
    });
  }

  wanted.forEach(look);
  var tooWide = document.documentElement.scrollWidth - innerWidth;
  if (tooWide > 1) wrong.push("scrolls sideways by " + tooWide);
  return {wrong: wrong, words: words, isLive: document.documentElement.hasAttribute("data-follows")};
}
