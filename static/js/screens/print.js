/* Adds a button that prints the page; without JavaScript there is none. */

const place = document.querySelector("[data-print]");
const button = document.createElement("button");
button.type = "button";
button.className = "btn btn-primary";
button.textContent = place.dataset.print;
button.addEventListener("click", () => window.print());
place.prepend(button);
