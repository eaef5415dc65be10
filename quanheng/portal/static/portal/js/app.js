// What every page needs. Pages work without it: menus are <details>, acts are forms, rows hold links.
import "./htmx-setup.js";
import "./copy.js";
import "./confirm.js";
import "./offline.js";
import "./suggest.js";

/** Menus close when one clicks elsewhere or presses Escape. */
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.removeAttribute("open");
    menu.querySelector("summary")?.focus();
  }
});

/** The row is the link: a click anywhere in it, unless on something that acts itself or on selected text. */
document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const link = /** @type {HTMLAnchorElement | null | undefined} */ (target.closest("tr")?.querySelector("a.row-link"));
  if (!link || target.closest("a, button, input, select, textarea, label, summary")) return;
  if (String(getSelection()) !== "") return;
  if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
  else link.click();
});

/** Filters that are chosen apply at once; those that are typed wait for Enter or the button. */
document.addEventListener("change", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  const form = field.closest("form[data-filters]");
  if (form && (field.tagName === "SELECT" || field.type === "checkbox")) /** @type {HTMLFormElement} */ (form).requestSubmit();
});

/** Empty filters stay out of the address. */
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches("form[data-filters]")) return;
  for (const field of form.elements) {
    const input = /** @type {HTMLInputElement} */ (field);
    if (input.name && input.value === "") input.disabled = true;
  }
});
window.addEventListener("pageshow", () => {
  for (const field of document.querySelectorAll("form[data-filters] :disabled")) field.removeAttribute("disabled");
});

/** After a refused form the reader, and the screen reader, begin at what is wrong. */
/** @type {HTMLElement | null} */ (document.querySelector("[data-focus]"))?.focus();

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
