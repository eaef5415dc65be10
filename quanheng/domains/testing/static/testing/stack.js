// One tick for all reports that can be signed.
const all = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-all]"));
const each = /** @type {HTMLInputElement[]} */ (
  all ? [...document.querySelectorAll(`input[name="${all.dataset.all}"]:not(:disabled)`)] : []
);

function show() {
  if (!all) return;
  const ticked = each.filter((one) => one.checked).length;
  all.checked = ticked === each.length;
  all.indeterminate = ticked > 0 && ticked < each.length;
}

all?.addEventListener("change", () => {
  for (const one of each) one.checked = all.checked;
});
for (const one of each) one.addEventListener("change", show);
// What the browser had ticked before it went back.
show();
