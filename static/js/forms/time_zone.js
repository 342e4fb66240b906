/* Chooses the browser's time zone in a field that nobody has changed yet. It stays visible, and can be changed. */

const field = document.querySelector("[data-time-zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const isUntouched = field !== null && field.value === field.dataset.timeZone;
if (isUntouched && zone) {
  const isListed = [...field.options].some((option) => option.value === zone);
  if (!isListed) field.add(new Option(zone.replace(/_/g, " "), zone)); // by another name than the list's
  field.value = zone;
}
