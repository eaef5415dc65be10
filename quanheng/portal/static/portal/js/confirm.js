// Asks before an act that cannot be taken back: <form data-confirm="…" data-confirm-title="…">.
// The dialog is in base.html; without scripts the form is simply sent, and the service still checks it.

/** @type {HTMLFormElement | null} */
let waiting = null;
/** @type {HTMLElement | null} */
let pressed = null;
const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("confirm"));

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!dialog || !form.dataset.confirm || form.dataset.confirmed) return;
  event.preventDefault();
  waiting = form;
  pressed = /** @type {SubmitEvent} */ (event).submitter;
  const yes = /** @type {HTMLElement} */ (dialog.querySelector("[value=yes]"));
  const title = form.dataset.confirmTitle ?? pressed?.textContent?.trim() ?? "";
  /** @type {HTMLElement} */ (dialog.querySelector("h2")).textContent = title;
  /** @type {HTMLElement} */ (dialog.querySelector("p")).textContent = form.dataset.confirm;
  yes.textContent = title;
  yes.className = pressed?.classList.contains("btn-danger") ? "btn btn-danger" : "btn btn-primary";
  dialog.showModal();
}, true);

dialog?.addEventListener("close", () => {
  if (dialog.returnValue === "yes" && waiting) {
    waiting.dataset.confirmed = "yes";
    waiting.requestSubmit(pressed);
    delete waiting.dataset.confirmed;
  }
  dialog.returnValue = "";
  waiting = pressed = null;
});
