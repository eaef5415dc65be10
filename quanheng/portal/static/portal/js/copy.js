// Buttons that copy a number or a code: <button data-copy="TEXT" data-copied="已复制">.
import { announce } from "./page.js";

document.addEventListener("click", async (event) => {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-copy]"));
  if (!button) return;
  const text = button.dataset.copy ?? "";
  if (await copy(text)) announce(`${button.dataset.copied ?? ""} ${text}`);
});

/** Copies, also where the clipboard is closed to plain-HTTP pages. @param {string} text @returns {Promise<boolean>} */
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    return navigator.clipboard.writeText(text).then(() => true, () => false);
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
