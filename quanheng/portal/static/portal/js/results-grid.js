// The results grid: moves like a spreadsheet, pastes from one, keeps what is unsaved, saves as JSON.
// Contract (docs/developers/components.md): PUT data-save {version, rows: [{id, <key>: text, …}]} with the changed
// rows in full; 2xx {version} means saved; an RFC 9457 problem with errors [{row, field, message}] means nothing is.
import { looksNumeric, parseBlock, plainNumber } from "./grid-cells.js";
import { csrfToken, fill } from "./page.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Cell */
/** @typedef {{cell: Cell, before: string}[]} Step */

class ResultsGrid {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.words = JSON.parse(box.querySelector('script[type="application/json"]')?.textContent ?? "{}");
    this.store = `grid:${location.pathname}:${box.dataset.grid}`;
    this.saveButton = /** @type {HTMLButtonElement} */ (box.querySelector("[data-grid-save]"));
    this.undoButton = /** @type {HTMLButtonElement} */ (box.querySelector("[data-grid-undo]"));
    /** @type {Cell[][]} rows of cells that can be filled */
    this.rows = [...box.querySelectorAll("tbody tr")].map((row) => [
      .../** @type {NodeListOf<Cell>} */ (row.querySelectorAll("input, select")),
    ]);
    /** @type {Map<Cell, string>} what the server has */
    this.saved = new Map(this.cells().filter((cell) => !cell.closest("[data-unsaved]")).map((cell) => [cell, cell.value]));
    /** @type {Map<Cell, string>} what each cell held when it was last left, for undo */
    this.seen = new Map(this.cells().map((cell) => [cell, cell.value]));
    /** @type {Step[]} */
    this.past = [];
    this.busy = false;
    box.addEventListener("keydown", (event) => this.onKey(event));
    box.addEventListener("paste", (event) => this.onPaste(event));
    box.addEventListener("input", (event) => this.onInput(/** @type {Cell} */ (event.target)));
    box.addEventListener("change", (event) => this.commit(/** @type {Cell} */ (event.target)));
    this.saveButton.addEventListener("click", () => this.save());
    this.undoButton.addEventListener("click", () => this.undo());
    window.addEventListener("beforeunload", (event) => { if (this.changed().length) event.preventDefault(); });
    this.restore();
  }

  cells() { return this.rows.flat(); }
  changed() { return this.cells().filter((cell) => cell.value !== this.saved.get(cell)); }

  /** @param {string} word @param {Record<string, unknown>} [values] */
  say(word, values = {}) {
    /** @type {HTMLElement} */ (this.box.querySelector(".grid-status")).textContent = fill(this.words[word], values);
  }

  /** Row and column of a cell. @param {Cell} cell @returns {[number, number]} */
  place(cell) {
    const row = this.rows.findIndex((cells) => cells.includes(cell));
    return [row, row < 0 ? -1 : this.rows[row].indexOf(cell)];
  }

  /** @param {number} row @param {number} column */
  go(row, column) {
    const cell = this.rows[row]?.[column];
    if (!cell) return false;
    cell.focus();
    if (cell instanceof HTMLInputElement) cell.select();
    return true;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const cell = /** @type {Cell} */ (event.target);
    const control = event.ctrlKey || event.metaKey;
    const [row, column] = this.place(cell);
    if (control && event.key.toLowerCase() === "s") { event.preventDefault(); cell.blur(); cell.focus(); this.save(); return; }
    if (row < 0 || event.isComposing) return;
    if (control && event.key.toLowerCase() === "z" && cell.value === this.seen.get(cell)) { event.preventDefault(); this.undo(); return; }
    if (control || event.altKey) return;
    const select = cell instanceof HTMLSelectElement;
    let moved = false;
    if (event.key === "Enter") moved = this.go(row + (event.shiftKey ? -1 : 1), column);
    else if (event.key === "ArrowDown" && !select) moved = this.go(row + 1, column);
    else if (event.key === "ArrowUp" && !select) moved = this.go(row - 1, column);
    else if (event.key === "ArrowRight" && !event.shiftKey && (select || atEnd(cell))) moved = this.go(row, column + 1);
    else if (event.key === "ArrowLeft" && !event.shiftKey && (select || atStart(cell))) moved = this.go(row, column - 1);
    else if (event.key === "Escape") { cell.value = this.seen.get(cell) ?? ""; this.onInput(cell); }
    if (moved || event.key === "Enter") event.preventDefault();
  }

  /** @param {Cell} cell */
  onInput(cell) {
    if (this.place(cell)[0] < 0) return;
    this.mark(cell, "");
    this.refresh();
  }

  /** A cell was left changed: tidy the number, note the step. @param {Cell} cell */
  commit(cell) {
    if (this.place(cell)[0] < 0) return;
    const before = this.seen.get(cell) ?? "";
    this.put(cell, cell.value);
    if (cell.value !== before) this.past.push([{ cell, before }]);
    this.refresh();
  }

  /** Sets a cell and checks its form. @param {Cell} cell @param {string} text @returns {boolean} taken */
  put(cell, text) {
    if (cell instanceof HTMLSelectElement) {
      const wanted = text.trim();
      const option = [...cell.options].find((o) => o.value === wanted || o.text.trim() === wanted);
      if (!option) { this.mark(cell, fill(this.words.notChoice, { text })); return false; }
      cell.value = option.value;
      this.mark(cell, "");
    } else {
      const number = cell.closest("td")?.dataset.kind === "number";
      cell.value = number ? plainNumber(text) : text.trim();
      this.mark(cell, number && !looksNumeric(cell.value) ? this.words.notNumber : "");
    }
    this.seen.set(cell, cell.value);
    return true;
  }

  /** Pastes a block from the focused cell on; one plain value is left to the browser. @param {ClipboardEvent} event */
  onPaste(event) {
    const [top, left] = this.place(/** @type {Cell} */ (event.target));
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const block = parseBlock(text);
    if (top < 0 || (block.length === 1 && block[0].length === 1)) return;
    event.preventDefault();
    /** @type {Step} */
    const step = [];
    let dropped = 0;
    block.forEach((line, i) => line.forEach((value, j) => {
      const cell = this.rows[top + i]?.[left + j];
      const before = cell?.value ?? "";
      if (!cell || !this.put(cell, value)) dropped += 1;
      else step.push({ cell, before });
    }));
    if (step.length) this.past.push(step);
    this.refresh();
    this.say(dropped ? "dropped" : "pasted", { n: step.length, m: dropped });
  }

  undo() {
    for (const { cell, before } of this.past.pop() ?? []) this.put(cell, before);
    this.refresh();
  }

  /** Shows what is wrong in a cell, or that nothing is. @param {Cell} cell @param {string} message */
  mark(cell, message) {
    const td = /** @type {HTMLElement} */ (cell.closest("td"));
    td.querySelector(".cell-error")?.remove();
    td.classList.remove("flawed");
    td.classList.toggle("wrong", message !== "");
    cell.toggleAttribute("aria-invalid", message !== "");
    if (!message) { cell.removeAttribute("aria-describedby"); return; }
    const note = document.createElement("span");
    note.className = "cell-error";
    note.id = `${this.box.dataset.grid}-${cell.name}-error`;
    note.textContent = message;
    td.append(note);
    cell.setAttribute("aria-invalid", "true");
    cell.setAttribute("aria-describedby", note.id);
  }

  /** Brings marks, buttons, status and the kept copy in line with the cells. */
  refresh() {
    const changed = this.changed();
    for (const cell of this.cells()) cell.closest("td")?.classList.toggle("changed", cell.value !== this.saved.get(cell));
    this.saveButton.disabled = this.busy || changed.length === 0;
    this.undoButton.disabled = this.past.length === 0;
    this.say(changed.length ? "changed" : "clean", { n: changed.length });
    if (changed.length) {
      const kept = { version: this.box.dataset.version, cells: Object.fromEntries(changed.map((c) => [c.name, c.value])) };
      sessionStorage.setItem(this.store, JSON.stringify(kept));
    } else sessionStorage.removeItem(this.store);
  }

  /** What was typed before the page went away, if the server's rows are still the same. */
  restore() {
    const kept = JSON.parse(sessionStorage.getItem(this.store) ?? "null");
    // Rows that the page brings unsaved are newer than what was typed before.
    const same = kept?.version === this.box.dataset.version && !this.box.querySelector("[data-unsaved]");
    const back = same ? this.cells().filter((cell) => cell.name in kept.cells) : [];
    for (const cell of back) this.put(cell, kept.cells[cell.name]);
    this.refresh();
    if (back.length) this.say("restored", { n: back.length });
  }

  async save() {
    const changed = this.changed();
    if (this.busy || changed.length === 0) return;
    const wrong = this.box.querySelectorAll("td.wrong").length;
    if (wrong) { this.say("wrong", { n: wrong }); this.focusWrong(); return; }
    const touched = [...new Set(changed.map((cell) => this.place(cell)[0]))].sort((a, b) => a - b);
    const sent = new Map(this.cells().map((cell) => [cell, cell.value]));
    const rows = touched.map((row) => ({
      id: /** @type {HTMLElement} */ (this.rows[row][0].closest("tr")).dataset.row,
      ...Object.fromEntries(this.rows[row].map((cell) => [cell.closest("td")?.dataset.key, cell.value])),
    }));
    this.busy = true;
    this.saveButton.disabled = true;
    this.say("saving");
    try {
      const answer = await fetch(/** @type {string} */ (this.box.dataset.save), {
        method: "PUT",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify({ version: this.box.dataset.version, rows }),
      });
      const body = await answer.json().catch(() => ({}));
      this.busy = false;
      if (answer.ok) this.onSaved(sent, body);
      else this.onRefused(touched, body, answer.statusText);
    } catch {
      this.busy = false;
      this.refresh();
      this.say("failed", { why: this.words.offline });
    }
  }

  /** @param {Map<Cell, string>} sent @param {{version?: string}} body */
  onSaved(sent, body) {
    this.saved = sent;
    if (body.version !== undefined) this.box.dataset.version = String(body.version);
    this.past = [];
    this.refresh();
    if (!this.changed().length) this.say("saved");
    this.box.dispatchEvent(new CustomEvent("grid:saved", { bubbles: true, detail: body }));
  }

  /** @param {number[]} touched @param {{detail?: string, errors?: {row: number | null, field: string, message: string}[]}} body @param {string} status */
  onRefused(touched, body, status) {
    this.refresh();
    let marked = 0;
    for (const error of body.errors ?? []) {
      const row = error.row === null || error.row === undefined ? undefined : touched[error.row];
      const cell = row === undefined ? undefined : this.rows[row].find((c) => c.closest("td")?.dataset.key === error.field);
      if (cell) { this.mark(cell, error.message); marked += 1; }
    }
    if (marked) { this.say("wrong", { n: marked }); this.focusWrong(); }
    else this.say("failed", { why: body.detail ?? status });
  }

  focusWrong() { /** @type {HTMLElement | null} */ (this.box.querySelector("td.wrong input, td.wrong select"))?.focus(); }
}

/** @param {Cell} cell */
function atEnd(cell) { return cell instanceof HTMLInputElement && cell.selectionEnd === cell.value.length; }
/** @param {Cell} cell */
function atStart(cell) { return cell instanceof HTMLInputElement && cell.selectionStart === 0; }

for (const box of document.querySelectorAll("[data-grid]")) new ResultsGrid(/** @type {HTMLElement} */ (box));
