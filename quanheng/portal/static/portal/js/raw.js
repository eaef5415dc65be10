// Is the file in hand one of a report's raw data? It is hashed here and stays here; where the browser cannot, the form
// is sent as any other, and the server hashes it.

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-raw]"))) {
  const input = /** @type {HTMLInputElement | null} */ (form.querySelector("input[type=file]"));
  const told = form.querySelector("[data-raw-told]");
  if (!input || !told || !globalThis.crypto?.subtle) continue;

  /** @param {File} file */
  const check = async (file) => {
    told.textContent = "…";
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
    let same = false;
    for (const row of document.querySelectorAll("li[data-sha256]")) {
      const hit = row.getAttribute("data-sha256") === hex;
      row.classList.toggle("same", hit);
      same ||= hit;
    }
    told.className = same ? "mb-0 raw-same" : "mb-0 raw-other";
    told.textContent = `${same ? "✓" : "✗"} ${form.dataset[same ? "same" : "other"]} ${file.name} · SHA-256 ${hex}`;
  };

  form.addEventListener("submit", (event) => {
    if (!input.files?.length) return;
    event.preventDefault();
    check(input.files[0]);
  });
  input.addEventListener("change", () => { if (input.files?.length) check(input.files[0]); });
  for (const name of ["dragover", "drop"]) form.addEventListener(name, (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    const file = event.dataTransfer?.files[0];
    if (file) check(file);
  });
}
