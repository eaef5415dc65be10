// The columns that are ticked go into the address as one parameter.
for (const joined of document.querySelectorAll("[data-joined]")) {
  const name = joined.getAttribute("data-joined");
  const form = joined.closest("form");
  form?.addEventListener("submit", () => {
    const ticked = [...form.querySelectorAll(`[data-part="${name}"]:checked`)];
    joined.value = ticked.map((part) => /** @type {HTMLInputElement} */ (part).value).join(",");
  });
}
