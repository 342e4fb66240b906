/* The line on the servicer's page: finds somebody as one types, shows all rows, and keeps what the bars cover out of
   the way of the focus. */

const search = document.getElementById("find-words");
const bars = [[".top", "--top-height"], [".now", "--now-height"]];

function plain(words) {
  return words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

/* By the number's beginning or any part of the name. */
function filter() {
  const wanted = plain(search.value);
  const rows = [...document.querySelectorAll(".line-counted > .line-row")];
  for (const row of rows) {
    const [number, name] = [".line-number", ".line-who"].map((part) => plain(row.querySelector(part).textContent));
    row.hidden = Boolean(wanted) && !number.startsWith(wanted) && !name.includes(wanted);
  }
  document.querySelector(".line-counted")?.classList.toggle("is-searched", Boolean(wanted));
  const none = document.getElementById("line-none");
  if (none) none.hidden = !wanted || rows.some((row) => !row.hidden);
}

/* Shows all rows, or the first ones again; the address says which, so that the page that is fetched next agrees. */
function onClick(event) {
  const link = event.target.closest?.(".line-all");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.replaceState(null, "", link.href);
  document.querySelector(".line-counted").classList.toggle("line-short");
  document.dispatchEvent(new CustomEvent("outdated"));
}

search.addEventListener("input", filter);
document.addEventListener("exchanged", filter);
document.addEventListener("click", onClick);
if (window.ResizeObserver) {
  for (const [bar, name] of bars) {
    const one = document.querySelector(bar);
    new ResizeObserver(() => document.documentElement.style.setProperty(name, `${one.offsetHeight}px`)).observe(one);
  }
}
