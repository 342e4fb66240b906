/* The line on the servicer's page: finds somebody as one types, shows all rows, and keeps what the bars cover out of
   the way of the focus. The rows behind the first ones come once they are wanted. */

const search = document.getElementById("find-words");
const bars = [[".top", "--top-height"], [".now", "--now-height"]];
const MOST_COVERED = 0.6; // of the screen's height, by bars that never leave it

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

/* The page is fetched with all rows while one searches; the address says so. */
function wantRows(isSearching) {
  const here = new URL(location.href);
  if (isSearching === here.searchParams.has("search")) return;
  if (isSearching && !document.querySelector("[data-in-short]")) return;
  if (isSearching) here.searchParams.set("search", "1");
  else here.searchParams.delete("search");
  history.replaceState(null, "", here);
  if (isSearching) document.dispatchEvent(new CustomEvent("outdated"));
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

/* Bars that would leave no room between them, as with letters twice as large, scroll with the page. */
function fit() {
  const covered = heightOf(".top") + heightOf(".next");
  document.querySelector(".counter").classList.toggle("is-tight", covered > MOST_COVERED * window.innerHeight);
}

function heightOf(bar) {
  return document.querySelector(bar).offsetHeight;
}

search.addEventListener("focus", () => wantRows(true));
search.addEventListener("blur", () => search.value || wantRows(false));
search.addEventListener("input", filter);
document.addEventListener("exchanged", filter);
document.addEventListener("click", onClick);
if (window.ResizeObserver) {
  for (const [bar, name] of bars) {
    const measure = () => {
      document.documentElement.style.setProperty(name, `${heightOf(bar)}px`);
      fit();
    };
    new ResizeObserver(measure).observe(document.querySelector(bar));
  }
}
