// One tick for all reports that can be signed; nothing is asked before one is ticked.
const all = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-all]"));
const each = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll('input[name="uid"]:not(:disabled)')]);
const sign = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-sign]"));

function show() {
  const ticked = each.filter((one) => one.checked).length;
  if (sign) sign.disabled = ticked === 0;
  if (!all) return;
  all.checked = ticked === each.length;
  all.indeterminate = ticked > 0 && ticked < each.length;
}

all?.addEventListener("change", () => {
  for (const one of each) one.checked = all.checked;
  show();
});
for (const one of each) one.addEventListener("change", show);
// What the browser had ticked before it went back.
window.addEventListener("pageshow", show);
