// What the results grid knows of text and numbers: pure functions, no page.

/**
 * A block copied from a spreadsheet, as rows of cells. Tabs part the cells; without any tab, commas or
 * semicolons do when every line has the same number of them. Quoted cells may hold line ends.
 * @param {string} text @returns {string[][]}
 */
export function parseBlock(text) {
  const clean = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
  if (clean.includes("\t")) return split(clean, "\t");
  for (const mark of [",", ";"]) {
    const rows = split(clean, mark);
    if (rows[0].length > 1 && rows.every((row) => row.length === rows[0].length)) return rows;
  }
  return split(clean, "\t");
}

/** @param {string} text @param {string} mark @returns {string[][]} */
function split(text, mark) {
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const row = rows[rows.length - 1];
    const last = row.length - 1;
    const sign = text[i];
    if (quoted) {
      if (sign === '"' && text[i + 1] === '"') { row[last] += '"'; i += 1; }
      else if (sign === '"') quoted = false;
      else row[last] += sign;
    } else if (sign === '"' && row[last] === "") quoted = true;
    else if (sign === mark) row.push("");
    else if (sign === "\n") rows.push([""]);
    else row[last] += sign;
  }
  return rows.map((row) => row.map((cell) => cell.trim()));
}

/**
 * A number as people and spreadsheets write it, in plain form: full-width digits and signs, the typographic
 * minus and separators of thousands become ASCII. What is no number comes back unchanged but trimmed.
 * @param {string} text @returns {string}
 */
export function plainNumber(text) {
  let plain = text.normalize("NFKC").replace(/[\u2212\u2013\u2014\u30fc]/g, "-").replace(/\u3002/g, ".").trim();
  if (/^[-+<>≤≥]?\s*\d{1,3}([, \u00a0\u202f]\d{3})+(\.\d+)?$/.test(plain)) plain = plain.replace(/[, \u00a0\u202f]/g, "");
  const power = /^([-+]?\d*\.?\d+)\s*[×x*]\s*10\s*\^?\s*([-+]?\d+)$/.exec(plain);
  if (power) plain = `${power[1]}E${power[2]}`;
  return plain;
}

/**
 * Is the text a decimal number, or one below or above a limit (``<0.05``)? The service decides; this only
 * marks a slip of the finger at once.
 * @param {string} text
 */
export function looksNumeric(text) {
  return text === "" || /^[<>≤≥]?\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text);
}
