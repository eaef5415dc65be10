// The list under a search box: htmx fetches it while somebody types; here it is opened, walked by keys and closed.

/** @param {EventTarget | null} target @returns {HTMLInputElement | null} */
const boxOf = (target) => (target instanceof HTMLInputElement && target.getAttribute("role") === "combobox" ? target : null);
/** @param {HTMLInputElement} box */
const listOf = (box) => document.getElementById(box.getAttribute("aria-controls") ?? "");
/** @param {HTMLElement} list */
const optionsOf = (list) => /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role="option"]')]);

/** Shows or hides the list, and forgets what was chosen in it. @param {HTMLInputElement} box @param {boolean} open */
function show(box, open) {
  const list = listOf(box);
  if (!list) return;
  for (const option of optionsOf(list)) option.setAttribute("aria-selected", "false");
  const shown = open && optionsOf(list).length > 0 && box.value.trim() !== "";
  list.hidden = !shown;
  box.setAttribute("aria-expanded", String(shown));
  box.removeAttribute("aria-activedescendant");
}

document.addEventListener("htmx:afterSwap", (event) => {
  const list = /** @type {HTMLElement} */ (event.target);
  if (!list.classList.contains("suggestions")) return;
  // Boxes may share a page: each list names its own options.
  for (const option of optionsOf(list)) option.id = `${list.id}-${option.id}`;
  const box = /** @type {HTMLInputElement | null} */ (document.querySelector(`[aria-controls="${list.id}"]`));
  if (box) show(box, document.activeElement === box);
});

document.addEventListener("keydown", (event) => {
  const box = boxOf(event.target);
  const list = box && listOf(box);
  // While an input method composes, its keys choose characters.
  if (!box || !list || event.isComposing) return;
  if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    show(box, false);
    return;
  }
  const options = optionsOf(list);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Enter" && !list.hidden && at >= 0) {
    event.preventDefault();
    options[at].click();
    return;
  }
  if ((event.key !== "ArrowDown" && event.key !== "ArrowUp") || options.length === 0) return;
  event.preventDefault();
  if (list.hidden) show(box, true);
  const next = event.key === "ArrowDown" ? (at + 1) % options.length : (at <= 0 ? options.length : at) - 1;
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === next)));
  options[next].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", options[next].id);
});

document.addEventListener("focusin", (event) => {
  for (const box of document.querySelectorAll('input[role="combobox"]')) {
    const input = /** @type {HTMLInputElement} */ (box);
    if (!listOf(input)?.contains(/** @type {Node} */ (event.target))) show(input, event.target === input);
  }
});
document.addEventListener("click", (event) => {
  for (const box of document.querySelectorAll('input[role="combobox"]')) {
    const input = /** @type {HTMLInputElement} */ (box);
    if (event.target !== input && !listOf(input)?.contains(/** @type {Node} */ (event.target))) show(input, false);
  }
});
