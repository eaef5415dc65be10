// The columns that are ticked go into the address as one parameter.
for (const joined of document.querySelectorAll("[data-joined]")) {
  const name = joined.getAttribute("data-joined");
  const form = joined.closest("form");
  form?.addEventListener("submit", () => {
    const ticked = [...form.querySelectorAll(`[data-part="${name}"]:checked`)];
    joined.value = ticked.map((part) => /** @type {HTMLInputElement} */ (part).value).join(",");
  });
}

// On a phone the list comes first: filters fold away, and stay folded out for whoever opens them.
if (matchMedia("(max-width: 47.99rem)").matches) {
  for (const fold of document.querySelectorAll("details[data-fold]")) fold.removeAttribute("open");
}
