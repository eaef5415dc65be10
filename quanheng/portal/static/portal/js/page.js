// Small things that several modules share.

/** The token that Django asks of every request that writes. @returns {string} */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
}

/** Says something in the page's live region, where screen readers hear it too. @param {string} text */
export function announce(text) {
  const place = document.getElementById("live");
  if (!place) return;
  place.textContent = text;
  place.hidden = text === "";
  if (text) setTimeout(() => { if (place.textContent === text) announce(""); }, 6000);
}

/** Puts values into a sentence: fill("有 {n} 处", {n: 3}). @param {string} text @param {Record<string, unknown>} values */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}
