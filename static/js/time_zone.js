/* Chooses the browser's time zone in a field that nobody has changed yet. It stays visible, and can be changed. */

const field = document.querySelector("[data-time-zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const isUntouched = field?.value === field?.dataset.timeZone;
if (isUntouched && [...field.options].some((option) => option.value === zone)) field.value = zone;
