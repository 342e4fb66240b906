/* A button that prints the page, where there is a browser that can. */

const place = document.querySelector("[data-print]");
const button = document.createElement("button");
button.type = "button";
button.className = "btn btn-primary";
button.textContent = place.dataset.print;
button.addEventListener("click", () => window.print());
place.prepend(button);
