// htmx under a strict content policy: its settings are in <meta name="htmx-config">; here the token and the failures.
import { announce, csrfToken } from "./page.js";

document.addEventListener("htmx:configRequest", (event) => {
  const { headers, verb } = /** @type {CustomEvent} */ (event).detail;
  if (verb !== "get") headers["X-CSRFToken"] = csrfToken();
});

// A refused form comes back as 422 with its fields marked: show it as any other answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  const detail = /** @type {CustomEvent} */ (event).detail;
  if (detail.xhr.status === 422) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => announce(document.body.dataset.sayOffline ?? ""));
}
document.addEventListener("htmx:responseError", () => announce(document.body.dataset.sayFailed ?? ""));
